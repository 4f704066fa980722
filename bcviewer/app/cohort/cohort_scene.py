"""What the window of a cohort draws, and what is worked out for it in threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from bcviewer.app.threads.worker import Control
from bcviewer.core.arrays import Bools, Floats, Ints
from bcviewer.core.cohort.cohort_runs import CohortRuns
from bcviewer.core.cohort.tried_runs import TriedRuns, own_criteria, tried_runs
from bcviewer.core.comparison.proposal import NO_PROPOSAL, Proposal
from bcviewer.core.filter.filter_error import FilterError
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.criteria import Criteria
from bcviewer.io.cohort.opened import Cohort, open_cohort


@dataclass(frozen=True, eq=False)
class OpenedCohort:
    """A cohort that was read.

    Attributes
    ----------
    cohort : Cohort
        Its runs, and its units.
    table : CohortRuns
        Its runs as a filter reads them: a row each.
    own : tuple of Criteria
        What they were judged by, each once.
    """

    cohort: Cohort
    table: CohortRuns
    own: tuple[Criteria, ...]

    @cached_property
    def rows_of_runs(self) -> Ints:
        """The row of each run that has units, shape (n_runs,)."""
        return np.array([bool(row.get("part")) for row in self.cohort.rows]).nonzero()[0]

    def by_row(self, of_runs: Ints) -> Ints:
        """Return numbers of the runs that have units as those of all rows: 0 for others."""
        out = np.zeros((*of_runs.shape[:-1], self.table.n_units), of_runs.dtype)
        out[..., self.rows_of_runs] = of_runs
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """What a filter of units found.

    Attributes
    ----------
    text : str
        The filter.
    units : numpy.ndarray of int64 or None
        How many units of each row it shows; None: it cannot be read.
    error : str
        Why it cannot; empty: it can.
    """

    text: str
    units: Ints | None
    error: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Blocking:
    """What alone keeps units from GOOD.

    Attributes
    ----------
    texts : sequence of str
        The conditions.
    units : numpy.ndarray of int64
        How many units of each row each keeps, shape (n_texts, n_rows).
    """

    texts: Sequence[str]
    units: Ints


@dataclass(frozen=True, slots=True, eq=False)
class TriedRows:
    """What a proposal makes of the rows.

    Attributes
    ----------
    all : TriedRuns
        Of all runs that have units.
    good, gained, lost, open, unsure : numpy.ndarray of int64
        The same by row, shape (n_rows,).
    """

    all: TriedRuns
    good: Ints
    gained: Ints
    lost: Ints
    open: Ints
    unsure: Ints

    @property
    def known_good(self) -> Floats:
        """GOOD units of each row by it; NaN where some need a run."""
        return np.where(self.open > 0, np.nan, self.good.astype(np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class CohortScene:
    """What is shown.

    Attributes
    ----------
    folder : Path
        The cohort.
    opened : OpenedCohort or None
        What was read; None: nothing yet.
    run_filter, run_error : str
        What runs are filtered for, and why that cannot be read.
    shown : numpy.ndarray of bool
        Which rows it shows, shape (n_rows,).
    unit_filter : str
        What is asked of units.
    matching : Matching or None
        What came of the last one that was answered; None: of none, or nothing is asked.
    blocking : Blocking or None
        What alone keeps units from GOOD; None: not known yet.
    proposal : Proposal
        What is tried.
    tried : TriedRows or None
        What the last one that was judged by makes of the runs; None: of none, or nothing is tried.
    """

    folder: Path
    opened: OpenedCohort | None = None
    run_filter: str = ""
    run_error: str = ""
    shown: Bools = field(default_factory=lambda: np.zeros(0, bool))
    unit_filter: str = ""
    matching: Matching | None = None
    blocking: Blocking | None = None
    proposal: Proposal = NO_PROPOSAL
    tried: TriedRows | None = None

    @property
    def known_matching(self) -> Matching | None:
        """What came of the filter of units, where that is the one that is asked now."""
        found = self.matching
        return found if found is not None and found.text == self.unit_filter else None

    @property
    def known_tried(self) -> TriedRows | None:
        """What came of the proposal, where that is the one that is tried now."""
        found = self.tried
        return found if found is not None and found.all.proposal == self.proposal else None


def read_cohort(folder: Path, control: Control) -> OpenedCohort:
    """Read the runs of a cohort, and work out what all of its window asks of them."""
    control.progress(0.0, f"{folder.name}: reading its runs")
    cohort = open_cohort(folder)
    control.progress(0.5, f"{folder.name}: putting its runs in order")
    table = CohortRuns(cohort.rows)
    table.warm()
    return OpenedCohort(cohort, table, own_criteria(cohort.runs))


def find_blockers(opened: OpenedCohort, control: Control) -> Blocking:
    """Count what alone keeps units from GOOD."""
    control.progress(0.5, "Counting what keeps units from GOOD")
    units, texts = opened.cohort.blocked()
    return Blocking(texts, opened.by_row(units))


def match_units(opened: OpenedCohort, text: str, control: Control) -> Matching:
    """Count the units of each run that a filter shows."""
    control.progress(0.0, f"Filtering {count_of(opened.cohort.units.n_units, 'unit')}")
    try:
        shown = opened.cohort.shown(text)
    except FilterError as error:
        return Matching(text, None, str(error))
    return Matching(text, opened.by_row(opened.cohort.by_run(shown)))


def try_on_runs(opened: OpenedCohort, proposal: Proposal, control: Control) -> TriedRows:
    """Judge all units by a proposal."""
    units = count_of(opened.cohort.units.n_units, "unit")
    control.progress(0.0, f"Judging {units} by what is tried")
    found = opened.cohort.what_if(proposal)
    control.progress(0.9, "Counting what changes")
    every = tried_runs(proposal, found)
    of_runs = (every.good, every.gained, every.lost, every.open, every.unsure)
    return TriedRows(every, *map(opened.by_row, of_runs))
