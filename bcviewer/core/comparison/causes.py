"""Why a unit's label differs: thresholds, measurement, either, or only both together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from bcviewer.core.arrays import Bools, Codes
from bcviewer.core.audit.states import States
from bcviewer.core.comparison.judging import is_void, labelled
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES
from bcviewer.core.run.run import SavedTable


class Cause(IntEnum):
    """Why a label differs. The values index :data:`CAUSE_WORDS`."""

    NONE = 0
    THRESHOLDS = 1
    MEASUREMENT = 2
    EITHER = 3
    TOGETHER = 4
    GATE = 5
    UNKNOWN = 6
    ONLY_BEFORE = 7
    ONLY_AFTER = 8


CAUSE_WORDS: tuple[str, ...] = (
    "",
    "thresholds",
    "measurement",
    "either",
    "together",
    "gate",
    "unknown",
    "only_before",
    "only_after",
)


@dataclass(frozen=True, slots=True, eq=False)
class FourLabels:
    """The labels of matched units by each metrics and each criteria, shape (n_pairs,) each.

    Attributes
    ----------
    before, by_thresholds, by_measurement, after : numpy.ndarray of int8
        By the metrics and criteria before; the old metrics and the new criteria; the new metrics
        and the old criteria; both new.
    ungated : numpy.ndarray of int8
        As ``after``, but for gates that were switched on and of whose metrics the run before holds
        nothing.
    states : tuple of numpy.ndarray
        What each rule says of each unit, in the order of the four labels.
    """

    before: Codes
    by_thresholds: Codes
    by_measurement: Codes
    after: Codes
    ungated: Codes
    states: tuple[States, States, States, States]

    def causes(self) -> Codes:
        """Return why each label differs, by :class:`Cause`; NONE where it does not."""
        changed = self.before != self.after
        thresholds = self.by_thresholds == self.after
        measurement = self.by_measurement == self.after
        out = np.full(len(changed), Cause.TOGETHER, np.int8)
        out[self.ungated != self.after] = Cause.GATE
        out[measurement] = Cause.MEASUREMENT
        out[thresholds] = Cause.THRESHOLDS
        out[thresholds & measurement] = Cause.EITHER
        four = (self.before, self.by_thresholds, self.by_measurement, self.after)
        out[np.any([label == Label.INCOMPLETE for label in four], axis=0)] = Cause.UNKNOWN
        out[~changed] = Cause.NONE
        return out

    def would_change(self) -> Bools:
        """Return which labels stay although thresholds or measurement alone would change them."""
        moved = (self.by_thresholds != self.before) | (self.by_measurement != self.before)
        return np.asarray((self.before == self.after) & moved)


def four_labels(old: SavedTable, before: Criteria, new: SavedTable, after: Criteria) -> FourLabels:
    """Judge matched units by each metrics and each criteria.

    Parameters
    ----------
    old, new : SavedTable
        The metrics of the same units, row by row.
    before, after : Criteria
        What they were judged by.
    """
    gates = switched_on(old, before, after)
    first, s1 = labelled(old, before)
    second, s2 = labelled(_with_void(old, gates), after)
    third, s3 = (first, s1) if new is old else labelled(new, before)
    fourth, s4 = (second, s2) if new is old and not gates else labelled(new, after)
    without = fourth
    if gates:
        without, _ = labelled(new, after.replace(**dict.fromkeys(gates, False)))
    return FourLabels(first, second, third, fourth, without, (s1, s2, s3, s4))


def switched_on(old: SavedTable, before: Criteria, after: Criteria) -> tuple[str, ...]:
    """Return the gates that were switched on, of whose metrics a table holds no value."""
    metrics: dict[str, list[str]] = {}
    for rule in RULES:
        for flag, wanted in rule.gates:
            if wanted and flag != "spDecayLinFit":
                metrics.setdefault(flag, []).append(rule.metric)
    return tuple(
        flag
        for flag, own in metrics.items()
        if after.flags[flag] and not before.flags[flag] and all(is_void(old, m) for m in own)
    )


def _with_void(table: SavedTable, gates: tuple[str, ...]) -> SavedTable:
    """Return a table with columns that were not measured as ones without values."""
    metrics = {r.metric for r in RULES for flag, _ in r.gates if flag in gates}
    absent = {metric: np.full(table.n_units, np.nan) for metric in metrics - set(table.columns)}
    if not absent:
        return table
    return SavedTable({**table.columns, **absent}, table.n_units)
