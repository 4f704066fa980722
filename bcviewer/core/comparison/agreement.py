"""How far each threshold agrees with the curator: balanced accuracy at any value of it.

A unit is GOOD or it is not, by its manual label and by the verdict; balanced accuracy is the mean
of the share of GOOD units that are called GOOD and the share of the others that are not. All other
thresholds are as they are. It follows from the step curves of the labelled units, hence is exact.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from bcviewer.core.arrays import Floats, Ints
from bcviewer.core.audit.audit import audit
from bcviewer.core.audit.rpv import SLIDING
from bcviewer.core.comparison.curves import StepCurve, step_curves
from bcviewer.core.comparison.judging import READ
from bcviewer.core.comparison.what_if import (
    KEPT_TIME,
    NEEDS_RUN,
    chooses_kept_time,
    unmeasured,
    without_columns,
)
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import KEPT_UNCERTAIN, RPV_RULE, RULES
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.sheet import Sheet

FEWEST = 20
"""Fewer labels than that on either side draw no curve; Bombcell asks for as many a class."""
_EQUAL = 1e-12
"""Two accuracies are the same within this, as Bombcell's suggester has it."""


@dataclass(frozen=True, slots=True)
class Best:
    """Where a threshold agrees best.

    Attributes
    ----------
    low, high : float
        The interval: of a minimum without its lower, of a maximum without its upper end. Infinite
        where nothing bounds it.
    score : float
        Balanced accuracy within it.
    n_others : int
        How many further intervals, apart from this one, agree as well.
    """

    low: float
    high: float
    score: float
    n_others: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class AgreementCurve:
    """How far a threshold agrees with the labels, by its value.

    Attributes
    ----------
    rule : int
        Which of ``RULES``.
    values : numpy.ndarray
        Where it may step, ascending, shape (n_steps,).
    scores : numpy.ndarray
        Balanced accuracy between them, shape (n_steps + 1,): place *k* where *k* values are below
        the threshold (of a maximum: below it or equal). NaN where no verdict of a side is known.
    caveat : str
        On what it hangs: ``if the kept time stayed``, or why it needs a run; empty: it is exact.
    """

    rule: int
    values: Floats
    scores: Floats
    caveat: str
    _sides: tuple[StepCurve, StepCurve]

    @property
    def name(self) -> str:
        """The threshold."""
        return RULES[self.rule].parameter

    @property
    def needs_run(self) -> bool:
        """Whether saved metrics cannot say it: then there are no values."""
        return self.caveat.startswith(NEEDS_RUN)

    def at(self, threshold: float) -> float:
        """Return the balanced accuracy at a threshold; a value equal to it passes.

        NaN where it needs a run.
        """
        if self.needs_run:
            return math.nan
        good, rest = (side.at(threshold)[:, None] for side in self._sides)
        return float(_balanced(good, rest)[0])

    def best(self, near: float) -> Best | None:
        """Return where it agrees best; of several such intervals the one nearest to a value."""
        if self.needs_run or np.isnan(self.scores).all():
            return None
        top = float(np.nanmax(self.scores))
        held = np.concatenate(([False], self.scores >= top - _EQUAL, [False]))
        starts = np.flatnonzero(held[1:] & ~held[:-1])
        stops = np.flatnonzero(held[:-1] & ~held[1:])
        edges = np.concatenate(([-np.inf], self.values, [np.inf]))
        spans = list(zip(edges[starts].tolist(), edges[stops].tolist(), strict=True))
        low, high = min(spans, key=lambda span: max(span[0] - near, near - span[1], 0.0))
        return Best(low, high, top, len(spans) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Agreements:
    """The curves of a run's thresholds.

    Attributes
    ----------
    n_good, n_rest : int
        Labelled units whose label is GOOD, and of any other.
    left_out : int
        Labelled units without a verdict: they have no spikes, or what they are is not known.
    why : str
        Why there is no curve; empty where there are.
    curves : tuple of AgreementCurve
        One for each threshold that some label hangs on, in the order of the rules.
    """

    n_good: int
    n_rest: int
    left_out: int
    why: str
    curves: tuple[AgreementCurve, ...]

    def of(self, name: str) -> AgreementCurve | None:
        """Return the curve of a threshold; None: there is none."""
        return next((curve for curve in self.curves if curve.name == name), None)


def labelled_rows(sheet: Sheet, labels: Mapping[int, Label]) -> tuple[Ints, Ints, int]:
    """Return the rows of labelled units that have a verdict, those labels, and how many have none.

    A unit without spikes, one of which the rules or a proposal cannot say what it is, and one that
    Bombcell has not scored have none.
    """
    rows = sheet.ids.rows_of_any(labels)
    n = len(rows)
    rows = rows[rows < sheet.run.n_units]
    verdict = sheet.parts.verdicts[rows]
    none = (Label.EMPTY, Label.INCOMPLETE, Label.UNSCORED)
    rows = np.sort(rows[~np.isin(verdict, none)])
    said = np.array([int(labels[i]) for i in sheet.ids.ids_of(rows).tolist()], np.int64)
    return rows, said, n - len(rows)


def agreements(sheet: Sheet, labels: Mapping[int, Label]) -> Agreements:
    """Return how far each threshold of a sheet agrees with some labels.

    Parameters
    ----------
    sheet : Sheet
        A run, judged as it is shown: by a proposal where one is on.
    labels : mapping of int to Label
        Manual labels by cluster id: those of
        :func:`bcviewer.core.curation.counted.counted_labels`.
    """
    rows, said, left_out = labelled_rows(sheet, labels)
    good, rest = rows[said == Label.GOOD], rows[said != Label.GOOD]
    why = _too_few(len(good), len(rest)) or _not_known(sheet)
    if why:
        return Agreements(len(good), len(rest), left_out, why, ())
    sides = [_curves_of(sheet, some) for some in (good, rest)]
    moved = _moved(sheet)
    found = (_agreement(sheet, moved, *pair) for pair in zip(*sides, strict=True))
    curves = tuple(one for one in found if len(one.values) or one.needs_run)
    return Agreements(len(good), len(rest), left_out, "", curves)


def needs_fresh_status(run: Run, criteria: Criteria) -> bool:
    """Whether another refractory limit would exempt other units than the saved verdicts do."""
    by_limit = run.settings.text("rpv_method") in (SLIDING, "")
    there = run.units.floats(KEPT_UNCERTAIN.column) is not None
    return criteria.flags[KEPT_UNCERTAIN.flag] and by_limit and there


def _too_few(n_good: int, n_rest: int) -> str:
    if min(n_good, n_rest) >= FEWEST:
        return ""
    return (
        f"Too few labels: {n_good:,} GOOD and {n_rest:,} others;"
        f" {count_of(FEWEST, 'label')} are needed on either side."
    )


def _moved(sheet: Sheet) -> set[str]:
    """Return what a proposal changes of a sheet's criteria."""
    return {change.name for change in sheet.inputs.criteria.diff(sheet.criteria)}


def _not_known(sheet: Sheet) -> str:
    """Return why a proposal leaves open what units would be by further thresholds."""
    if RULES[RPV_RULE].parameter in _moved(sheet) and needs_fresh_status(sheet.run, sheet.criteria):
        return f"{NEEDS_RUN}: {KEPT_UNCERTAIN.column} was decided at another limit."
    return ""


def _caveat(sheet: Sheet, moved: set[str], rule: int) -> str:
    """Return on what a curve hangs; empty: it is exact."""
    if rule == RPV_RULE and needs_fresh_status(sheet.run, sheet.criteria):
        return f"{NEEDS_RUN}: {KEPT_UNCERTAIN.column} was decided at another limit"
    names = {RULES[rule].parameter, *moved}
    return KEPT_TIME if any(chooses_kept_time(sheet.run, name) for name in names) else ""


def _curves_of(sheet: Sheet, rows: Ints) -> tuple[StepCurve, ...]:
    """Return the step curves of some units alone."""
    run, criteria = sheet.run, sheet.criteria
    table = run.units.picked(rows, READ)
    table = without_columns(table, unmeasured(run, sheet.inputs.criteria, criteria))
    part = replace(run, units=table)
    return step_curves(part, criteria, audit(part, criteria))


def _agreement(sheet: Sheet, moved: set[str], good: StepCurve, rest: StepCurve) -> AgreementCurve:
    caveat = _caveat(sheet, moved, good.rule)
    values = np.union1d(good.values.astype(np.float64), rest.values.astype(np.float64))
    if caveat.startswith(NEEDS_RUN):
        values = values[:0]
    # any threshold of a piece stands for all of it: its upper end, of a maximum its lower one
    least = RULES[good.rule].op == "<"
    inside = np.append(values, np.inf) if least else np.append(-np.inf, values)
    scores = _balanced(good.along(inside), rest.along(inside))
    return AgreementCurve(good.rule, values, scores, caveat, (good, rest))


def _balanced(good: Ints, rest: Ints) -> Floats:
    """Return the balanced accuracy of counts by label, of GOOD units and of the others."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = good[Label.GOOD] / _known(good)
        kept_out = 1.0 - rest[Label.GOOD] / _known(rest)
    return np.asarray((found + kept_out) / 2.0)


def _known(counts: Ints) -> Ints:
    return np.asarray(counts.sum(axis=0) - counts[Label.INCOMPLETE])
