"""Verdicts of the refractory test at a limit that is tried, as bombcell gives them bit by bit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.verdicts import LIMIT, untested_rows
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.inputs import Inputs


@dataclass(frozen=True, slots=True, eq=False)
class Retested:
    """The units of a run that are tested anew, and what is known of them by now.

    Attributes
    ----------
    run : Run
        The run.
    limit : float
        The limit that is tried.
    n_units : int
        How many units are to be tested.
    n_done : int
        How many were, whether there is a verdict or not.
    statuses : mapping of int to float
        ``RPV_status`` at that limit, by row.
    ended : bool
        Whether no further one is to be expected.
    why : str
        Why there is none for others: of the first one.
    """

    run: Run
    limit: float
    n_units: int
    n_done: int = 0
    statuses: Mapping[int, float] = field(default_factory=dict)
    ended: bool = False
    why: str = ""

    @property
    def words(self) -> str:
        """How far it is, or why it ended without some; empty where all is told."""
        return retest_words((self,))


def retest_words(found: Sequence[Retested]) -> str:
    """Return how far the test is in some runs together; empty where all is told."""
    of = f"RPV status of {count_of(sum(one.n_units for one in found), 'unit')}"
    if not all(one.ended for one in found):
        return f"{of}: {sum(one.n_done for one in found):,} done"
    missing = sum(one.n_units - len(one.statuses) for one in found)
    why = next((f": {one.why}" for one in found if one.why), "")
    return f"{of}: {missing:,} cannot be tested anew{why}" if missing else ""


def to_retest(inputs: Inputs, proposal: Proposal) -> Retested | None:
    """Return what is to be tested anew by a proposal, of which nothing is known yet; or None."""
    before, after = inputs.criteria, proposal.on(inputs.criteria)
    limit = after.thresholds.get(LIMIT)
    if limit is None or limit == before.thresholds.get(LIMIT):
        return None
    n = len(untested_rows(inputs.run, before, after))
    return Retested(inputs.run, limit, n) if n else None


def retested_of(found: Iterable[Retested], run: Run, limit: float | None) -> Retested | None:
    """Return what is known of a run at a limit; None: nothing is asked of it."""
    return next((one for one in found if one.run is run and one.limit == limit), None)
