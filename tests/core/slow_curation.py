"""What curators said, by the definition: slow, and without any state that is kept up to date."""

from __future__ import annotations

from bcviewer.core.curation.entries import LABEL, MARKS, UNDO, Action

Values = dict[tuple[int, str], tuple[str | None, str]]


def undone(actions: list[Action]) -> set[str]:
    """Return the actions whose last mark by their own person, after them, is an undo."""
    by_id, out = {a.id: a for a in actions}, set()
    for mark in sorted((a for a in actions if a.kind in MARKS), key=lambda a: a.key):
        target = by_id.get(mark.target)
        if target is None or target.kind in MARKS or target.who.person != mark.who.person:
            continue
        if target.key < mark.key:
            (out.add if mark.kind == UNDO else out.discard)(target.id)
    return out


def shown(actions: list[Action]) -> Values:
    """Return each field's value and whose it is: what was said last and is not undone."""
    gone, out = undone(actions), {}
    for action in sorted(actions, key=lambda a: a.key):
        if action.kind not in MARKS and action.id not in gone:
            for change in action.changes:
                out[change.cluster_id, change.field] = (change.new, action.said_by)
    return out


def stacks(actions: list[Action], person: str) -> tuple[list[str], list[str]]:
    """Return what undo and redo of a person would reach, the next one last."""
    by_id = {a.id: a for a in actions}
    undo: list[str] = []
    redo: list[str] = []
    for action in sorted(actions, key=lambda a: a.key):
        if action.who.person != person:
            continue
        if action.kind not in MARKS:
            undo.append(action.id)
            redo.clear()
            continue
        target = by_id.get(action.target)
        own = target is not None and target.who.person == person and target.kind not in MARKS
        if not own or not target.key < action.key:
            continue
        for stack in (undo, redo):
            if target.id in stack:
                stack.remove(target.id)
        (redo if action.kind == UNDO else undo).append(target.id)
    return undo, redo


def differing(actions: list[Action]) -> set[int]:
    """Return the units of which somebody's last label is not the one shown."""
    gone = undone(actions)
    last: dict[tuple[int, str], str | None] = {}
    for action in sorted(actions, key=lambda a: a.key):
        if action.kind not in MARKS and action.id not in gone:
            for change in action.changes:
                if change.field == LABEL:
                    last[change.cluster_id, action.said_by] = change.new
    values = shown(actions)
    return {
        unit
        for (unit, _), label in last.items()
        if label is not None and label != values[unit, LABEL][0]
    }
