"""The cost curves of a metric's thresholds: which is drawn where on its axis, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Floats
from bcviewer.core.comparison.cost_rows import signed
from bcviewer.core.comparison.costs import CostCurve
from bcviewer.core.comparison.proposal import value_words
from bcviewer.core.rules.comparisons import passing
from bcviewer.core.rules.labels import class_name
from bcviewer.core.rules.palette import LABEL_SIGN
from bcviewer.core.rules.rules import RULES


@dataclass(frozen=True, slots=True, eq=False)
class CostLine:
    """The curve of one threshold, and the part of the axis that is its.

    Attributes
    ----------
    curve : CostCurve
        How many units each class has.
    value : float
        Where the threshold stands.
    low, high : float
        Where its part begins and ends: half way to the next threshold of the same metric.
    """

    curve: CostCurve
    value: float
    low: float
    high: float


def cost_lines(
    curves: Sequence[tuple[CostCurve, float]], low: float, high: float, log: bool
) -> tuple[CostLine, ...]:
    """Share an axis out among thresholds: a minimum and a maximum are on one.

    Parameters
    ----------
    curves : sequence of (CostCurve, float)
        Each threshold, and where it stands.
    low, high : float
        The ends of the axis.
    log : bool
        Whether it is logarithmic.
    """
    placed = sorted(curves, key=lambda pair: pair[1])
    at = np.clip([value for _, value in placed], low, high)
    middles = np.sqrt(at[1:] * at[:-1]) if log else (at[1:] + at[:-1]) / 2
    ends = [low, *middles.tolist(), high]
    return tuple(
        CostLine(curve, value, ends[k], ends[k + 1]) for k, (curve, value) in enumerate(placed)
    )


def heights(line: CostLine, values: Floats, most: int) -> Floats:
    """Return how high the units of each label that moves are drawn at some values, from 0 to 1.

    A logarithmic scale of the units and one more, so that few and many are both seen, and none is
    at the bottom. Shape (n_labels, n_values).
    """
    counts = line.curve.along(values)[list(line.curve.labels)]
    return np.asarray(np.log1p(counts) / np.log1p(max(most, 1)))


def line_words(line: CostLine, value: float) -> str:
    """Return what a threshold would make of the classes at another value, line by line."""
    rule = RULES[line.curve.rule]
    here = line.curve.along(np.array([value, line.value]))
    head = f"{passing(rule)} {value_words(value)}"
    out = [f"What if {head} (it is {value_words(line.value)}), and nothing else changed?"]
    for label in line.curve.labels:
        then, now = here[label].tolist()
        change = f" ({signed(then - now)})" if then != now else ""
        out.append(f"{LABEL_SIGN[label]} {class_name(label)} {then:,}{change}")
    if not line.curve.labels:
        out.append("No label hangs on it.")
    return "\n".join(out)
