"""Parts of the scene: what was done, what is odd about journals, what Bombcell said."""

from __future__ import annotations

from dataclasses import dataclass

from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.run.run import Issue, Run
from bcviewer.oracle.client import Verification


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


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """What Bombcell answered, and what it was asked.

    Attributes
    ----------
    run, criteria : Run, Criteria
        What it was asked.
    verification : Verification
        The answer.
    """

    run: Run
    criteria: Criteria
    verification: Verification
