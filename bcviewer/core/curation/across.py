"""What undo and redo reach where a person says things of several recordings, a journal each."""

from __future__ import annotations

from collections.abc import Sequence

from bcviewer.core.curation.entries import Action
from bcviewer.core.curation.state import CurationState, SaidKey

TOGETHER = "together"
"""The field of actions that were one act of a person's, on units of several recordings: they are
taken back as one. Older versions keep it, and take back each by itself."""

Reached = tuple[tuple[int, Action], ...]
"""Actions, each with the number of the state that it is in."""


def last_done(states: Sequence[CurationState], person: str) -> Reached:
    """Return what undo takes back: the person's last act that is not taken back.

    Parameters
    ----------
    states : sequence of CurationState
        What is known of each recording that is open.
    person : str
        Who.

    Returns
    -------
    tuple of (int, Action)
        One action, or one of each recording of which the act was; empty: there is none.
    """
    found = _each([state.undoable(person) for state in states])
    return _one_act(found, max(found, key=lambda one: _since(states, one), default=None))


def last_undone(states: Sequence[CurationState], person: str) -> Reached:
    """Return what redo brings back: what the person took back last, if nothing was done since."""
    found = _each([state.redoable(person) for state in states])
    last = max(found, key=lambda one: _since(states, one), default=None)
    if last is None:
        return ()
    done = _each([state.undoable(person) for state in states])
    # by when it was done: what was brought back since is no new act
    if any(action.key > _since(states, last) for _, action in done):
        return ()
    return _one_act(found, last)


def _each(actions: Sequence[Action | None]) -> list[tuple[int, Action]]:
    return [(i, action) for i, action in enumerate(actions) if action is not None]


def _one_act(found: Sequence[tuple[int, Action]], last: tuple[int, Action] | None) -> Reached:
    """Return those of some actions that were one act with the last of them."""
    if last is None:
        return ()
    act = together(last[1])
    return tuple(one for one in found if one == last or (act and together(one[1]) == act))


def together(action: Action) -> str:
    """Return what the act is called that an action was part of; empty: it was all of it."""
    found = next((value for name, value in action.extra if name == TOGETHER), "")
    return found if isinstance(found, str) else ""


def _since(states: Sequence[CurationState], one: tuple[int, Action]) -> SaidKey:
    """Return since when an action is as it is: done, taken back, or brought back."""
    which, action = one
    return max((action.key, *states[which].marks.get(action.id, ())))
