"""Two verdicts about the same units: every label before and after, and why they differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Array, Bools, Codes
from bcviewer.core.audit.states import State
from bcviewer.core.comparison.causes import Cause, FourLabels, four_labels
from bcviewer.core.comparison.judging import READ, labelled
from bcviewer.core.comparison.measured import BESIDE
from bcviewer.core.comparison.pairing import NOWHERE, Pairing
from bcviewer.core.comparison.smallest import smallest_sets
from bcviewer.core.rules.criteria import Criteria, ParameterChange
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES, Rule
from bcviewer.core.run.run import Run, SavedTable


@dataclass(frozen=True, slots=True, eq=False)
class RunVerdict:
    """The metrics of one run, judged by one set of thresholds and flags.

    Attributes
    ----------
    run : Run
        The run.
    criteria : Criteria
        What it is judged by.
    """

    run: Run
    criteria: Criteria

    @classmethod
    def of(cls, run: Run) -> RunVerdict:
        """Return a run by its own criteria."""
        return cls(run, run.criteria)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What differs between two verdicts, unit by unit.

    Attributes
    ----------
    before, after : RunVerdict
        The two.
    pairing : Pairing
        Which units are the same; all arrays are in its order, shape (n,).
    label_before, label_after : numpy.ndarray of int8
        The labels; ``Label.UNSCORED`` where a unit is in the other run only.
    cause : numpy.ndarray of int8
        :class:`~bcviewer.core.comparison.causes.Cause` of each change. Each unit whose label
        differs, or which one run lacks, has exactly one.
    would_change : numpy.ndarray of bool
        Labels that stay although thresholds or measurement alone would change them.
    parameters : numpy.ndarray
        The smallest sets of changed parameters that lead to the new label, ``a+b | a+c``; empty
        where none do. Object array of str.
    metrics : numpy.ndarray
        The metrics with which what a rule says changed, ``presenceRatio 0.61 → 0.75``; empty where
        measurement has no part in a change. Object array of str.
    """

    before: RunVerdict
    after: RunVerdict
    pairing: Pairing
    label_before: Codes
    label_after: Codes
    cause: Codes
    would_change: Bools
    parameters: Array
    metrics: Array

    @property
    def n(self) -> int:
        """Number of units, each once."""
        return len(self.cause)

    @property
    def matched(self) -> int:
        """How many units are in both runs; 0: counts can be told side by side only."""
        return int(self.pairing.both.sum())

    @property
    def changed(self) -> Bools:
        """Which units have another label, or are in one run only, shape (n,)."""
        return np.asarray(self.cause != Cause.NONE)

    @property
    def thresholds(self) -> tuple[ParameterChange, ...]:
        """The thresholds and flags that differ."""
        return self.before.criteria.diff(self.after.criteria)

    @property
    def measured(self) -> tuple[ParameterChange, ...]:
        """The parameters of measurement that differ; of the same run there are none."""
        first, second = (v.run.settings.saved for v in (self.before, self.after))
        names = [name for name in dict.fromkeys((*first, *second)) if name not in BESIDE]
        found = (ParameterChange(n, first.get(n), second.get(n)) for n in names)
        return tuple(change for change in found if not _same(change.before, change.after))


def _same(a: object, b: object) -> bool:
    return a == b or (a != a and b != b) or (a is None and b != b) or (a != a and b is None)


def compare(before: RunVerdict, after: RunVerdict, pairing: Pairing) -> Comparison:
    """Compare two verdicts.

    Parameters
    ----------
    before, after : RunVerdict
        The two.
    pairing : Pairing
        Which units of their runs are the same.
    """
    both = pairing.both
    rows, others = pairing.before[both], pairing.after[both]
    old = before.run.units.picked(rows, READ)
    whole = before.run is after.run and np.array_equal(rows, others)
    new = old if whole else after.run.units.picked(others, READ)
    four = four_labels(old, before.criteria, new, after.criteria)
    n = len(both)
    cause = np.where(pairing.before == NOWHERE, Cause.ONLY_AFTER, Cause.ONLY_BEFORE)
    cause[both] = four.causes()
    would_change = np.zeros(n, bool)
    would_change[both] = four.would_change()
    parameters, metrics = np.full(n, "", dtype=object), np.full(n, "", dtype=object)
    parameters[both], metrics[both] = _explained(four, old, new, before.criteria, after.criteria)
    labels = []
    for verdict, own in ((before, pairing.before), (after, pairing.after)):
        label, _ = labelled(verdict.run.units, verdict.criteria)
        labels.append(np.append(label, np.int8(Label.UNSCORED))[own])  # the last one: NOWHERE
    first, second = labels
    why = cause.astype(np.int8)
    return Comparison(before, after, pairing, first, second, why, would_change, parameters, metrics)


def _explained(
    four: FourLabels, old: SavedTable, new: SavedTable, before: Criteria, after: Criteria
) -> tuple[Array, Array]:
    """Return the smallest sets of parameters, and the metrics, behind each change."""
    causes = four.causes()
    parameters, metrics = (np.full(len(causes), "", dtype=object) for _ in range(2))
    both_needed = (causes == Cause.TOGETHER) | (causes == Cause.GATE)
    alone = (causes == Cause.THRESHOLDS) | (causes == Cause.EITHER)
    for rows, table in ((np.flatnonzero(alone), old), (np.flatnonzero(both_needed), new)):
        if len(rows):
            part = table.picked(rows, READ)
            parameters[rows] = smallest_sets(part, before, after, four.after[rows])
    by_old, by_new = (four.states[0], four.states[2]), (four.states[1], four.states[3])
    measured = (causes == Cause.MEASUREMENT) | (causes == Cause.EITHER)
    for rows, (was, now) in ((measured, by_old), (both_needed, by_new)):
        for row in np.flatnonzero(rows).tolist():
            metrics[row] = moved_metrics(old, new, row, was[:, row], now[:, row])
    return parameters, metrics


_HOLDS = (State.FAIL, State.BEYOND)


def moved_metrics(old: SavedTable, new: SavedTable, row: int, was: Array, now: Array) -> str:
    """Return the metrics of a unit with which a rule began or ceased to hold, with their values."""
    found: dict[str, str] = {}
    for i in np.flatnonzero(np.isin(was, _HOLDS) != np.isin(now, _HOLDS)).tolist():
        for name in _behind(RULES[i], int(was[i]), int(now[i])):
            values = [_value(table, name, row) for table in (old, new)]
            if not _same(*values):
                found[name] = f"{name} {_change(*values)}"
    spikes = [_value(table, "nSpikes", row) for table in (old, new)]
    if (spikes[0] == 0) != (spikes[1] == 0):  # a unit without any has no label, by no rule
        found["nSpikes"] = f"nSpikes {_change(*spikes)}"
    return ", ".join(found.values())


def _behind(rule: Rule, was: int, now: int) -> list[str]:
    exempting = [rule.exemption.column] if rule.exemption and State.EXEMPT in (was, now) else []
    return [rule.metric, *exempting]


def _value(table: SavedTable, name: str, row: int) -> float:
    column = table.floats(name)
    return float("nan") if column is None else float(column[row])


def _change(old: float, new: float) -> str:
    """Return ``old → new``, which differ, with as many digits as tell them apart."""
    written = (
        tuple(format(value, digits) if value == value else "–" for value in (old, new))
        for digits in (".4g", ".6g", ".9g", ".17g")
    )
    return " → ".join(next(pair for pair in written if pair[0] != pair[1]))
