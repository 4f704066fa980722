"""What somebody said that another window, or another person, overruled without knowing it."""

from __future__ import annotations

from collections.abc import Iterable

from bcviewer.core.curation.entries import LABEL, NOTE, Action
from bcviewer.core.curation.history import clock_time
from bcviewer.core.curation.opinions import crossings
from bcviewer.core.curation.state import CurationState, Field
from bcviewer.core.rules.counts import units_named

_MOST_NAMED, _MOST_TOLD = 5, 30
"""Units that are named: on opening, where a column has them, and live, where they are news."""


def overruled_words(
    before: CurationState, after: CurationState, ids: Iterable[int], person: str, process: str
) -> str:
    """Say what of a person's own words is no longer shown; empty: all of it is.

    Parameters
    ----------
    before, after : CurationState
        What was known before and after something arrived.
    ids : iterable of int
        The units that it is about, by cluster id.
    person : str
        Who is told.
    process : str
        The run of the program that tells.
    """
    lost = []
    for cluster_id in ids:
        for field in (LABEL, NOTE):
            if before.said_by(cluster_id, field) != person:
                continue
            old, new = before.value(cluster_id, field), after.value(cluster_id, field)
            if old and old != new:
                lost.append((cluster_id, field, old, new))
    if not lost:
        return ""
    cluster_id, field, old, new = min(lost)
    mine = f"you said {old}" if field == LABEL else "your note was another one"
    theirs = _theirs(before, after, (cluster_id, field), person, process)
    more = _others(lost, cluster_id, field)
    return f"Unit {cluster_id}: {mine}, {theirs}{more}. History has both."


def _theirs(
    before: CurationState, after: CurationState, about: Field, person: str, process: str
) -> str:
    """Say who did what that another word than one's own is shown: the last act that did it."""
    was, action = before.shown_action(*about), after.shown_action(*about)
    new = after.value(*about)
    is_label = about[1] == LABEL
    if was is not None and after.is_undone(was.id):
        now = (new or "no label") if is_label else ("the one before" if new else "no note")
        mark = _last_mark(after, was)
        who = "" if mark is None else f"{_who(mark, person, process)} took it back{_at(mark)}"
        return f"{who or 'it was taken back'}: {now} again"
    if action is None:
        return "it is said no more"
    who = _who(action, person, process)
    if before.is_undone(action.id):
        mark = _last_mark(after, action)
        by = who if mark is None else _who(mark, person, process)
        return f"{by} brought back {new if is_label else 'one'}{_at(mark)}"
    did = f"said {new or 'no label'}" if is_label else "wrote one"
    return f"{who} {did}{_at(action)}"


def _last_mark(state: CurationState, target: Action) -> Action | None:
    """Return what took an action back, or brought it back, last."""
    marks = (state.actions[key[1]] for key in reversed(state.marks.get(target.id, ())))
    return next((mark for mark in marks if mark.who.person == target.who.person), None)


def _others(lost: list[tuple[int, str, str, str | None]], cluster_id: int, told: str) -> str:
    """Say of which other units a label is no longer shown, and of which a note."""
    more = ""
    for field, named in ((told, "and so for"), (*({LABEL, NOTE} - {told}), "")):
        name = named or ("and your labels of" if field == LABEL else "and your notes of")
        if units := sorted({i for i, which, *_ in lost if which == field} - {cluster_id}):
            more += f", {name} {units_named(units, _MOST_TOLD)}"
    return more


def crossing_words(state: CurationState, person: str) -> str:
    """Say which units have a label that was given not knowing of another one; empty: none."""
    found = crossings(state, person)
    if not found:
        return ""
    ids = sorted(found)
    action, other = found[ids[0]]
    same = action.who.person == other.who.person
    whom = f"two windows of {person}" if same else f"{other.who.person} and {action.who.person}"
    units = units_named(ids, _MOST_NAMED)
    return f"{units} got two labels from {whom}, who did not see each other's."


def _who(action: Action, person: str, process: str) -> str:
    if action.who.person != person:
        return action.said_by
    return "this window" if action.who.process == process else "another window of yours"


def _at(action: Action | None) -> str:
    at = "" if action is None else clock_time(action.at)
    return f" at {at}" if at else ""
