"""What is saved of what curators said, where, and what is odd about where it was read from."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, eq=False)
class Journals:
    """What is odd about the journals that were read.

    Attributes
    ----------
    issues : tuple of Issue
        What was wrong with them.
    gone : tuple of int
        Cluster ids with a label or a note that the run does not have.
    run : Run or None
        Whose units they are about: where several are open, something can be said of these only.
    """

    issues: tuple[Issue, ...] = ()
    gone: tuple[int, ...] = ()
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What the curator has just done, and to whom.

    Attributes
    ----------
    words : str
        In words: ``MUA → unit 412``.
    action_id : str
        What undo has to take back; empty: nothing was written, because it was said before.
    labelled : tuple of int
        Cluster ids of the units of whose labels it tells.
    run : Run or None
        Whose units these are; None: it tells of none.
    """

    words: str
    action_id: str = ""
    labelled: tuple[int, ...] = ()
    run: Run | None = None
