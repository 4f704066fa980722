"""How many spikes are where in time and in another value: at most as many numbers as cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Floats32, Ints

_CHUNK = 1 << 19
"""Spikes that are counted at a time: memory does not grow with their number."""

_SAMPLE = 50_000
"""Values that an axis is chosen by."""

_ROUND = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0)


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """Counts of spikes in cells of time and value. Every spike is in a cell or told apart.

    Attributes
    ----------
    counts : numpy.ndarray
        Spikes in each cell, unsigned, as small as holds them, shape (n_rows, n_columns); the first
        row is the lowest value, the first column the earliest time.
    levels : numpy.ndarray
        The logarithm of the counts from 0 (none) to 255 (the largest), uint8, the same shape.
    end_s : float
        The columns go from 0 to here, s.
    low, high : float
        The rows go from here to here, in the value's unit.
    below, above : int
        Spikes outside the rows.
    no_number : int
        Spikes whose value is no finite number.
    outside : int
        Spikes before 0 or after the end.
    """

    counts: npt.NDArray[Any]
    levels: npt.NDArray[np.uint8]
    end_s: float
    low: float
    high: float
    below: int
    above: int
    no_number: int
    outside: int


def density(
    samples: Ints,
    values: Floats32,
    sample_rate: float,
    end_s: float,
    span: tuple[float, float],
    shape: tuple[int, int],
) -> Density:
    """Count spikes in cells.

    Parameters
    ----------
    samples : numpy.ndarray
        When, in samples, shape (n,).
    values : numpy.ndarray
        A value of each spike, shape (n,).
    sample_rate : float
        Hz.
    end_s : float
        End of the last column, s; the first starts at 0.
    span : tuple of float
        Low and high end of the rows; a value equal to the high end is in the last row.
    shape : tuple of int
        Rows and columns.
    """
    rows, columns = shape
    low, high = span
    counts = np.zeros(rows * columns, np.int64)
    below = above = no_number = outside = 0
    per_sample = columns / (end_s * sample_rate)
    per_value = rows / (high - low)
    for first in range(0, len(samples), _CHUNK):
        when = samples[first : first + _CHUNK]
        value = np.asarray(values[first : first + _CHUNK], np.float64)
        finite = np.isfinite(value)
        in_time = (when >= 0) & (when <= end_s * sample_rate)
        under, over = finite & in_time & (value < low), finite & in_time & (value > high)
        no_number += int((~finite).sum())
        outside += int((finite & ~in_time).sum())
        below, above = below + int(under.sum()), above + int(over.sum())
        there = finite & in_time & ~under & ~over
        column = np.minimum((when[there] * per_sample).astype(np.int64), columns - 1)
        row = np.minimum(((value[there] - low) * per_value).astype(np.int64), rows - 1)
        counts += np.bincount(row * columns + column, minlength=rows * columns)
    small = counts.astype(np.min_scalar_type(int(counts.max(initial=0)))).reshape(shape)
    return Density(small, levels(small), end_s, low, high, below, above, no_number, outside)


def levels(counts: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return the logarithm of counts on a scale from 0 to 255; a single spike is above 0."""
    most = int(counts.max(initial=0))
    if most == 0:
        return np.zeros(counts.shape, np.uint8)
    scale = np.log1p(counts.astype(np.float32)) * (255.0 / np.log1p(most))
    return np.asarray(np.maximum(np.rint(scale), counts > 0).astype(np.uint8))


def round_up(value: float) -> float:
    """Return the next round number that is not smaller than a positive one."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(f * power for f in (*_ROUND, 20.0) if f * power >= value * (1 - 1e-9)))


def value_span(values: Floats32) -> tuple[float, float]:
    """Return the ends of an axis from 0 for amplitudes; a few that lie very far are left out.

    Both ends are round, so that the axis of most units is the same.
    """
    step = max(1, len(values) // _SAMPLE)
    some = values[::step].astype(np.float64)
    finite = some[np.isfinite(some)]
    if not len(finite):
        return 0.0, 1.0
    low, middle, high = (float(q) for q in np.quantile(finite, (0.02, 0.5, 0.98)))
    least, most = extremes(values)
    reach = max(high - low, abs(middle) * 0.1, 1e-6)
    top = min(most, high + reach)
    bottom = max(least, low - reach)
    ceiling = round_up(top * 1.02) if top > 0 else 0.0
    floor = -round_up(-bottom * 1.02) if bottom < 0 else 0.0
    return (floor, ceiling) if ceiling > floor else (0.0, 1.0)


def extremes(values: Floats32) -> tuple[float, float]:
    """Return the smallest and largest finite value; 0 and 0 where there is none."""
    if not len(values):
        return 0.0, 0.0
    least, most = float(values.min()), float(values.max())
    if not (np.isfinite(least) and np.isfinite(most)):
        finite = values[np.isfinite(values)]
        if not len(finite):
            return 0.0, 0.0
        least, most = float(finite.min()), float(finite.max())
    return least, most
