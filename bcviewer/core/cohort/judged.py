"""What a proposal makes of every unit of a cohort, run by run."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Array, Codes, Floats, Ints
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.what_if import what_if
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.settings import Settings
from bcviewer.core.run.run import Provenance, Run, SavedTable
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.core.sheet.tried import EXACT


@dataclass(frozen=True, slots=True)
class SavedRun:
    """What judges the units of a run anew.

    Attributes
    ----------
    start, n : int
        Its rows among all units.
    parameters, columns, measured : str
        As :func:`~bcviewer.core.cohort.run_columns.run_facts` tells them.
    """

    start: int
    n: int
    parameters: str
    columns: str
    measured: str

    @property
    def rows(self) -> Ints:
        """Its rows."""
        return np.arange(self.start, self.start + self.n)


@dataclass(frozen=True, slots=True, eq=False)
class CohortWhatIf:
    """A cohort judged by a proposal.

    Attributes
    ----------
    before : numpy.ndarray of int8
        Bombcell's label of each unit, shape (n_units,).
    codes : numpy.ndarray of int8
        The label by the proposal; ``Label.UNSCORED`` where it needs a run.
    answers : numpy.ndarray
        As :class:`~bcviewer.core.comparison.what_if.WhatIf` has them.
    which : numpy.ndarray of int64
        The run of each unit.
    n_runs : int
        How many runs there are.
    """

    before: Codes
    codes: Codes
    answers: Array
    which: Ints
    n_runs: int

    def moved(self) -> Ints:
        """Return how many units of each run go from each label to each.

        Shape (n_runs, n_labels, n_labels); of units that need a run nothing is told.
        """
        n = len(Label)
        known = self.codes != Label.UNSCORED
        key = (self.which * n + self.before) * n + self.codes
        counted = np.bincount(key[known], minlength=self.n_runs * n * n)
        return counted.astype(np.int64).reshape(self.n_runs, n, n)

    def without_label(self) -> Ints:
        """Return how many units of each run have no label by the proposal: it needs a run."""
        open_ = self.which[self.codes == Label.UNSCORED]
        return np.bincount(open_, minlength=self.n_runs).astype(np.int64)

    def not_exact(self) -> Ints:
        """Return how many units of each run the saved metrics do not answer for certain."""
        open_ = self.which[self.answers != EXACT]
        return np.bincount(open_, minlength=self.n_runs).astype(np.int64)


def judged_by(
    proposal: Proposal, runs: Sequence[SavedRun], before: Codes, floats: Callable[[str], Floats]
) -> CohortWhatIf:
    """Judge all runs by a proposal; those that were judged by the same parameters at once.

    Parameters
    ----------
    proposal : Proposal
        What is tried.
    runs : sequence of SavedRun
        The runs, in the order of their rows, which are all rows.
    before : numpy.ndarray of int8
        Bombcell's label of each unit.
    floats : callable
        Returns a metric of all units as float64; called for those that rules read.
    """
    codes = np.full(len(before), Label.UNSCORED, np.int8)
    answers = np.full(len(before), EXACT, dtype=object)
    alike: dict[tuple[str, str, str], list[SavedRun]] = {}
    for run in runs:
        alike.setdefault((run.parameters, run.columns, run.measured), []).append(run)
    for group in alike.values():
        rows = np.concatenate([run.rows for run in group])
        found = what_if(Inputs.of(_joined(group[0], rows, floats)), proposal, with_reasons=False)
        codes[rows], answers[rows] = found.codes, found.answers
    which = np.repeat(np.arange(len(runs)), [run.n for run in runs])
    return CohortWhatIf(before, codes, answers, which, len(runs))


def _joined(like: SavedRun, rows: Ints, floats: Callable[[str], Floats]) -> Run:
    """Return some units as one run: its columns in the precision that they were saved in."""
    columns: dict[str, Array] = {}
    for name, saved in json.loads(like.columns).items():
        kind = np.dtype(saved)
        if kind.kind == "f":
            columns[name] = floats(name)[rows].astype(kind)
        elif kind.kind != "O":  # whole numbers and flags compare alike in any precision
            columns[name] = floats(name)[rows]
        else:
            columns[name] = np.full(len(rows), None, dtype=object)
    criteria = Criteria.from_saved(json.loads(like.parameters))
    settings = Settings(json.loads(like.measured))
    n = len(rows)
    nothing = np.full(n, None, dtype=object)
    unknown = np.full(n, Label.UNKNOWN, np.int8)
    table = SavedTable(columns, n)
    here = Provenance("", "", "", "")
    return Run(table, np.arange(n), criteria, settings, nothing, unknown, here)
