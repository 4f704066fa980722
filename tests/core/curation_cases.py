"""Actions for tests, by hand and drawn at random."""

from __future__ import annotations

from typing import Any

from dice import Dice, thrown
from hypothesis import strategies as st

from bcviewer.core.curation.entries import LABEL, NOTE, REDO, UNDO, Action, Change, Who
from bcviewer.core.curation.manual import MANUAL_LABELS
from bcviewer.core.rules.labels import LABEL_NAMES

PEOPLE = ("ada", "bob")
_TEXTS = [LABEL_NAMES[label] for label in MANUAL_LABELS[:3]] + [None]


def at(seconds: float) -> str:
    """Return a time so many seconds after an arbitrary one."""
    whole, part = divmod(round(seconds * 1e6), 10**6)
    return f"2026-03-01T{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{part:06}Z"


def act(
    name: str, seconds: float, who: str = "ada", label: Any = "GOOD", unit: int = 1, **more: Any
) -> Action:
    """Return an action that labels a unit; its id is the name, filled up."""
    changes = (Change(unit, LABEL, None, label),)
    fields = {"kind": "label", "changes": changes, **more}
    return Action(name.ljust(8, "_"), at(seconds), Who(who, "lab", "p1"), **fields)


def note(name: str, seconds: float, text: str, who: str = "ada", unit: int = 1) -> Action:
    """Return an action that gives a unit a note."""
    return act(name, seconds, who, kind="note", changes=(Change(unit, NOTE, "", text),))


def undo(name: str, seconds: float, target: str, who: str = "ada", kind: str = UNDO) -> Action:
    """Return an action that takes back another one."""
    told = (Change(1, LABEL, None, "NOISE"),)  # what it did when it was done: for people only
    return act(name, seconds, who, kind=kind, changes=told, target=target.ljust(8, "_"))


def redo(name: str, seconds: float, target: str, who: str = "ada") -> Action:
    """Return an action that brings back another one."""
    return undo(name, seconds, target, who, REDO)


def journals(most: int = 24) -> st.SearchStrategy[list[Action]]:
    """Draw the actions of two people, among them undos and redos of anything at any time."""

    def build(dice: Dice) -> list[Action]:
        return [_any_action(dice, f"action{i}", most) for i in range(dice.number(0, most))]

    return thrown(build, 1 + 11 * most)


def _any_action(dice: Dice, name: str, most: int) -> Action:
    who = dice.pick(PEOPLE)
    kind = dice.pick(("label", "label", "note", "import", UNDO, REDO))
    seconds = dice.number(0, 12)  # few, so that many share one
    if kind in (UNDO, REDO):
        target = dice.number(0, most)  # perhaps none, a mark, or another person's
        return undo(name, seconds, f"action{target}", who, kind)
    units = dice.picks(range(4), dice.number(1, 3))
    field = NOTE if kind == "note" else LABEL
    values = ["", "a", "b"] if kind == "note" else _TEXTS
    changes = tuple(Change(unit, field, None, dice.pick(values)) for unit in units)
    voice = dice.pick(["", "phy"]) if kind == "import" else ""
    return act(name, seconds, who, kind=kind, changes=changes, voice=voice)
