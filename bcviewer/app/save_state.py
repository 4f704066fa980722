"""What is saved of what curators said, where, and what is odd about where it was read from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from bcviewer.core.run.run import Issue, Run


class SavedWhere(Enum):
    """Where the last action is."""

    NOWHERE = "nothing to save"
    LOCAL = "on this computer"
    BOTH = "on this computer and in the results"
    FAILED = "not saved"


@dataclass(frozen=True, slots=True)
class SaveState:
    """What is saved, and where.

    Attributes
    ----------
    place : SavedWhere
        Where everything is.
    at : datetime or None
        When the last action of this session was written.
    n_actions : int
        Actions of this session that are on the local disk.
    waiting : int
        Actions that the results' folder lacks.
    why : str
        Why it is not in the results' folder, or not saved at all.
    """

    place: SavedWhere = SavedWhere.NOWHERE
    at: datetime | None = None
    n_actions: int = 0
    waiting: int = 0
    why: str = ""

    @property
    def words(self) -> str:
        """What the status bar says; empty: nothing was done."""
        if self.place is SavedWhere.NOWHERE:
            return ""
        if self.place is SavedWhere.FAILED:
            return f"not saved: {self.why}"
        time = f" {self.at:%H:%M}" if self.at else ""
        if self.place is SavedWhere.BOTH:
            return f"saved{time}"
        return f"saved{time} on this computer" + (f" only: {self.why}" if self.why else "")


_WORST = (SavedWhere.NOWHERE, SavedWhere.BOTH, SavedWhere.LOCAL, SavedWhere.FAILED)


def saved_of_all(states: Sequence[SaveState]) -> SaveState:
    """Return what is saved of several recordings together: as little as of any of them."""
    if len(states) == 1:
        return states[0]
    worst = max(states, key=lambda state: _WORST.index(state.place))
    return SaveState(
        worst.place,
        max((state.at for state in states if state.at is not None), default=None),
        sum(state.n_actions for state in states),
        sum(state.waiting for state in states),
        worst.why or next((state.why for state in states if state.why), ""),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Journals:
    """What is odd about the journals of a recording, which were read.

    Attributes
    ----------
    run : Run
        Whose units they are about: something can be said of these.
    issues : tuple of Issue
        What was wrong with them.
    gone : tuple of int
        Cluster ids with a label or a note that the run does not have.
    """

    run: Run
    issues: tuple[Issue, ...] = ()
    gone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What the curator has just done, and to whom.

    Attributes
    ----------
    words : str
        In words: ``MUA → unit 412``.
    action_id : str
        What undo has to take back; empty: nothing was written, because it was said before.
    labelled : tuple of (Run, tuple of int)
        Cluster ids of the units of whose labels it tells, by their run.
    earlier : Done or None
        What was done just before, and is told together with it: keys came faster than that.
    """

    words: str
    action_id: str = ""
    labelled: tuple[tuple[Run, tuple[int, ...]], ...] = ()
    earlier: Done | None = None

    def without(self, taken: Collection[str]) -> Done | None:
        """Return the same without some acts, by what undo has to take back; None: all of it."""
        earlier = None if self.earlier is None else self.earlier.without(taken)
        return earlier if self.action_id in taken else replace(self, earlier=earlier)

    def all_labelled(self) -> dict[Run, tuple[int, ...]]:
        """Return the units of whose labels it and what is told with it tell, by their run."""
        found: dict[Run, tuple[int, ...]] = {}
        one: Done | None = self
        while one is not None:
            for run, ids in one.labelled:
                found[run] = tuple(dict.fromkeys((*ids, *found.get(run, ()))))
            one = one.earlier
        return found
