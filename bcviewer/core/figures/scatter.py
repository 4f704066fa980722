"""The numbers behind the scatter of two metrics, and which of its points a line encloses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Bools, Floats, Ints
from bcviewer.core.figures.histograms import histogram_metrics
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.sheet.table import Table

_HUGE = 1e150
"""Larger values cannot be drawn: differences of them overflow."""
_NEAR = 0.25
"""Share of the data's span that an axis reaches beyond them for a threshold."""
_MOST = 0.001
"""Share of the units at either end that the axes leave out where they lie very far."""

SCATTER_COLUMNS: tuple[str, ...] = (
    *histogram_metrics(),
    "depth_um",
    "firing_rate",
    "steps_to_good",
    "safety_of_good",
)
"""Columns that the scatter offers."""


@dataclass(frozen=True, slots=True, eq=False)
class Scatter:
    """Two columns against each other.

    Attributes
    ----------
    rows : numpy.ndarray
        Units that are drawn, shape (n,).
    x, y : numpy.ndarray
        Their values, shape (n,); logarithms (base 10) where the axis is logarithmic.
    log_x, log_y : bool
        Whether the axis is logarithmic.
    left_out : int
        Units of the scope without a value, with a sentinel or an absurd value, or not above 0 on a
        log axis.
    """

    rows: npt.NDArray[np.int64]
    x: Floats
    y: Floats
    log_x: bool
    log_y: bool
    left_out: int


def scatter(table: Table, x: str, y: str, rows: Ints | None = None) -> Scatter:
    """Return the units of a scope by two columns."""
    scope = np.arange(table.n_units) if rows is None else rows
    xs, use_x, log_x = _axis(table, x)
    ys, use_y, log_y = _axis(table, y)
    drawn = scope[(use_x & use_y)[scope]]
    with np.errstate(divide="ignore", invalid="ignore"):
        px = np.log10(xs[drawn]) if log_x else xs[drawn]
        py = np.log10(ys[drawn]) if log_y else ys[drawn]
    return Scatter(drawn, px, py, log_x, log_y, len(scope) - len(drawn))


def _axis(table: Table, key: str) -> tuple[Floats, Bools, bool]:
    values = np.asarray(table.values(key), np.float64)
    metric = METRICS.get(key)
    log = key == "firing_rate" or bool(metric and metric.step and metric.step.kind == "factor")
    use = np.abs(values) < _HUGE
    if metric is not None:
        use &= ~metric.sentinel_mask(values)
    if log:
        use &= values > 0
    return values, use, log


def enclosed(x: Floats, y: Floats, corners: Floats) -> npt.NDArray[np.int64]:
    """Return the indices of the points inside a closed polygon (even-odd rule).

    Parameters
    ----------
    x, y : numpy.ndarray
        The points, shape (n,).
    corners : numpy.ndarray
        Shape (n_corners, 2); the last is joined to the first.
    """
    if len(corners) < 3:
        return np.empty(0, np.int64)
    (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
    near = np.flatnonzero((x >= left) & (x <= right) & (y >= bottom) & (y <= top))
    px, py = x[near], y[near]
    inside = np.zeros(len(near), bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crosses = (py >= min(y0, y1)) & (py < max(y0, y1))
        inside ^= crosses & (px < x0 + (py - y0) * ((x1 - x0) / (y1 - y0)))
    return near[inside]


def axis_ends(values: Floats, limits: Sequence[float]) -> tuple[float, float]:
    """Return the ends of an axis: all values, unless a few lie very far, and thresholds near them.

    One that lies further away is named at the edge: the axis ends where the data end.

    Parameters
    ----------
    values : numpy.ndarray
        The values of the units, as they stand on the axis, shape (n_units,).
    limits : sequence of float
        The thresholds, likewise.
    """
    if not len(values):
        low, high = min(limits, default=0.0), max(limits, default=1.0)
    else:
        low, high = float(values.min()), float(values.max())
        first, last = (float(q) for q in np.quantile(values, (_MOST, 1 - _MOST)))
        lower, upper = (float(q) for q in np.quantile(values, (0.25, 0.75)))
        reach = 20 * max([upper - lower, *(abs(v - lower) for v in limits), 1e-9])
        low = low if low > first - reach else max(first, lower - reach)
        high = high if high < last + reach else min(last, upper + reach)
        near = _NEAR * (high - low)
        ends = [low, high, *(v for v in limits if low - near <= v <= high + near)]
        low, high = min(ends), max(ends)
    if high <= low:
        low, high = low - 0.5 * max(abs(low), 1.0), high + 0.5 * max(abs(high), 1.0)
    return low, high
