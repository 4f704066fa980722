"""Thresholds that Bombcell suggests by the curator's labels, and how well several hold together."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Bools, Floats
from bcviewer.core.audit.states import exempt_units
from bcviewer.core.comparison.agreement import needs_fresh_status
from bcviewer.core.comparison.what_if import chooses_kept_time
from bcviewer.core.curation.counted import CountedLabels
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.rules import KEPT_UNCERTAIN, RULES, Block, Rule
from bcviewer.core.run.run import Run, SavedTable

OFFERED = "suggested"
"""The status of a suggestion that Bombcell stands by."""
_COUNTED = ("maxNPeaks", "maxNTroughs", "minNumSpikes")
"""Thresholds of whole counts."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What Bombcell says of one threshold, as it gives it.

    Attributes
    ----------
    name, stage : str
        The threshold, and which decision it has a part in: ``noise`` or ``mua``.
    current, suggested : float
        The run's, and the suggested one; NaN where there is none.
    status : str
        ``suggested``, ``inconclusive``, ``ok as is``, ``rejects only good units``,
        ``too few labels``, ``no variation``, or what a newer one says.
    n_pass, n_fail : int
        Labelled units on either side.
    accuracy_now, accuracy : float
        Balanced accuracy of the present one, and of suggested ones on units that were held out.
    low, high : float
        Its 68 % interval.
    withheld : str
        Why none of it can be taken; empty: nothing speaks against it.
    """

    name: str
    stage: str
    current: float
    suggested: float
    status: str
    n_pass: int
    n_fail: int
    accuracy_now: float
    accuracy: float
    low: float
    high: float
    withheld: str = ""

    @property
    def is_offered(self) -> bool:
        """Whether it can be taken into a proposal."""
        return self.status == OFFERED and not self.withheld and math.isfinite(self.suggested)

    @property
    def is_rounded_out(self) -> bool:
        """Whether rounding took it out of its own interval, and not by a hair.

        Bombcell rounds by the largest value of the metric: a small threshold becomes 0. Counts it
        rounds so that the same units pass.
        """
        if self.name in _COUNTED:
            return False
        wide = self.high - self.low
        beyond = max(self.low - self.suggested, self.suggested - self.high)
        return beyond > max(wide, 0.01 * abs(self.suggested))


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """Thresholds tuned alone on the same resamples of one stage, each held out from some units.

    Attributes
    ----------
    names : tuple of str
        The thresholds that are offered.
    below : numpy.ndarray of bool
        Whether a threshold rejects what is below it, shape (n_names,).
    values : numpy.ndarray
        The metric of each threshold, shape (n_names, n_units).
    current : numpy.ndarray
        The present thresholds, shape (n_names,).
    tuned : numpy.ndarray
        Those tuned on each resample, shape (n_names, n_folds).
    held_out : numpy.ndarray of bool
        The units that a resample left out, shape (n_folds, n_units).
    reject, others : numpy.ndarray of bool
        Which units the labels reject, and which other criteria of the stage do, shape (n_units,).
    """

    names: tuple[str, ...]
    below: Bools
    values: Floats
    current: Floats
    tuned: Floats
    held_out: Bools
    reject: Bools
    others: Bools

    def accuracy(self, taken: Collection[str]) -> float:
        """Return the held-out balanced accuracy of some thresholds together, the others as now.

        The mean over the resamples, as Bombcell has it for each alone: thresholds that a resample
        tuned, one by one, judge the units that it left out.
        """
        scores = []
        for k, units in enumerate(self.held_out):
            reject = self.reject[units]
            if not 0 < reject.sum() < len(reject):
                continue
            rejected = self.others[units].copy()
            for i, name in enumerate(self.names):
                limit = self.tuned[i, k] if name in taken else self.current[i]
                values = self.values[i][units]
                rejected |= values < limit if self.below[i] else values > limit
            scores.append((rejected[reject].mean() + (~rejected[~reject]).mean()) / 2)
        return float(np.mean(scores)) if scores else math.nan


@dataclass(frozen=True, slots=True)
class Joint:
    """How well suggestions of one stage hold together, on units that were held out."""

    stage: str
    names: tuple[str, ...]
    n_units: int
    n_folds: int
    now: float
    together: float


@dataclass(frozen=True, slots=True, eq=False)
class Suggested:
    """Bombcell's answer for a run.

    Attributes
    ----------
    run, criteria, counted : Run, Criteria, CountedLabels
        What it was asked: the saved criteria and the labels that counted.
    version : str
        Bombcell's.
    n_units, left_out : int
        Labelled units that it was asked about, and those without a verdict, which it was not.
    suggestions : tuple of Suggestion
        One for each threshold that it looked at, in its order.
    folds : mapping of str to Folds
        By stage; of a stage without an offered threshold none.
    """

    run: Run
    criteria: Criteria
    counted: CountedLabels
    version: str
    n_units: int
    left_out: int
    suggestions: tuple[Suggestion, ...]
    folds: Mapping[str, Folds]

    def of(self, name: str) -> Suggestion | None:
        """Return what it says of a threshold; None: it did not look at it."""
        return next((one for one in self.suggestions if one.name == name), None)

    @property
    def offered(self) -> tuple[Suggestion, ...]:
        """Those that can be taken."""
        return tuple(one for one in self.suggestions if one.is_offered)

    def taken(self, changes: Mapping[str, float | bool]) -> tuple[Suggestion, ...]:
        """Return the offered ones that a proposal has taken as they are."""
        return tuple(one for one in self.offered if changes.get(one.name) == one.suggested)

    def next_offered(self, changes: Mapping[str, float | bool]) -> Suggestion | None:
        """Return the first one that a proposal has not taken; None: there is none left."""
        taken = self.taken(changes)
        return next((one for one in self.offered if one not in taken), None)

    def joint(self, names: Collection[str]) -> tuple[Joint, ...]:
        """Return how well some offered thresholds hold together, of each stage with two or more."""
        out = []
        for stage, folds in self.folds.items():
            taken = tuple(name for name in folds.names if name in names)
            if len(taken) > 1:
                now, together = folds.accuracy(()), folds.accuracy(taken)
                n, n_folds = len(folds.reject), len(folds.held_out)
                out.append(Joint(stage, taken, n, n_folds, now, together))
        return tuple(out)


def withheld(run: Run, criteria: Criteria, table: SavedTable) -> dict[str, str]:
    """Return which thresholds Bombcell's suggester cannot speak of, and why.

    Parameters
    ----------
    run, criteria : Run, Criteria
        A run, and what it is judged by.
    table : SavedTable
        The labelled units.
    """
    out: dict[str, str] = {}
    for rule in RULES:
        if rule.op == "missing" or rule.block == Block.NON_SOMA:
            continue
        why = _why_withheld(rule, run, criteria, table)
        if why:
            out[rule.parameter] = why
    return out


def _why_withheld(rule: Rule, run: Run, criteria: Criteria, table: SavedTable) -> str:
    if chooses_kept_time(run, rule.parameter):
        return "needs a run: it chooses the kept time"
    if rule.exemption == KEPT_UNCERTAIN and needs_fresh_status(run, criteria):
        return f"needs a run: {KEPT_UNCERTAIN.column} was decided at the saved limit"
    n = int(exempt_units(rule, table, criteria).sum())
    if not n or rule.exemption is None:
        return ""
    what = rule.exemption.flag or f"that {rule.exemption.column} is missing"
    return f"withheld: Bombcell's suggester ignores {what}, which exempts {count_of(n, 'unit')}"
