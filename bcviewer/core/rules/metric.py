"""What a metric is: name, unit, format, help, the size of a step, and sentinels.

A *step* is a difference that measurement error could make. It belongs to the metric, never to
the population, so that neither a filter nor another probe changes a unit's margin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Bools, Floats

MARGIN_CLIP = 20.0
"""Margins are clipped to this many steps on either side."""

NO_VALUE = "–"
"""What stands where there is no value."""


_MOST_SIGNS = 12
"""Of a number as people read it: beyond, its size says more than its digits."""


def figure(value: float, fmt: str) -> str:
    """Return a number as people read it: ``4.41e+11`` where its format gives a row of digits."""
    text = format(value, fmt)
    return text if len(text) <= _MOST_SIGNS else format(value, ".3g")


@dataclass(frozen=True, slots=True)
class StepContext:
    """What the size of a step depends on, beside the metric itself.

    Attributes
    ----------
    sample_us : float
        Duration of one sample, in µs; NaN where the sample rate is unknown.
    presence_bin : numpy.ndarray
        Share of its kept time that one presence bin is, for each unit, shape (n_units,).
    """

    sample_us: float
    presence_bin: Floats


@dataclass(frozen=True, slots=True)
class Step:
    """How far one step is: ``kind`` says how ``size`` is meant.

    ``count`` (from the limit + ½), ``add`` (in the metric's unit), ``sample`` (one sample),
    ``bin`` (one presence bin of the unit's kept time), ``factor`` (a ratio), ``share`` (of the
    threshold).
    """

    kind: str
    size: float = 1.0

    @property
    def is_count(self) -> bool:
        """Whether a step is one of a count, which has no measurement error."""
        return self.kind == "count"

    def signed(self, value: Floats, threshold: float, op: str, context: StepContext) -> Floats:
        """Return the distance from a threshold in steps, positive on the passing side.

        Parameters
        ----------
        value : numpy.ndarray
            The metric, shape (n_units,); missing values give NaN.
        threshold : float
            The limit; the comparison ``value op threshold`` is a failure.
        op : {'<', '>'}
            Direction of the failing comparison.
        context : StepContext
            Sizes that depend on the run and the unit.

        Returns
        -------
        numpy.ndarray
            Shape (n_units,), neither clipped nor cleared of sentinels.
        """
        side = 1.0 if op == "<" else -1.0
        if self.kind == "factor":
            return _factor_steps(value, threshold, side, self.size)
        difference = side * (value - threshold)
        if self.kind == "count":
            whole = value == np.rint(value)
            limit = np.ceil(threshold) - 0.5 if op == "<" else np.floor(threshold) + 0.5
            return np.where(whole, side * (value - limit), difference)
        return np.asarray(difference / self.width(threshold, context), dtype=np.float64)

    def width(self, threshold: float, context: StepContext) -> float | Floats:
        """Return one additive step in the metric's unit (scalar, or one a unit)."""
        if self.kind == "sample":
            return context.sample_us
        if self.kind == "bin":
            return context.presence_bin
        if self.kind == "share":
            return abs(threshold) * self.size
        return self.size

    def words(self, unit: str = "") -> str:
        """Return the step in words, for a tooltip; ``unit`` is the metric's."""
        return {
            "count": "1 count, from the limit + ½",
            "sample": "1 sample",
            "bin": "1 presence bin of the unit's kept time (0.05 where unknown)",
            "factor": f"a factor of {self.size:g}",
            "share": f"{self.size:.0%} of the threshold",
        }.get(self.kind, f"{self.size:g} {unit}".rstrip())


def _factor_steps(value: Floats, threshold: float, side: float, factor: float) -> Floats:
    """Return log-ratio steps; no factor leads from one sign to the other, so that is infinite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if threshold == 0:
            return np.where(value == 0, 0.0, side * np.sign(value) * np.inf)
        steps = value / threshold
        np.maximum(steps, 0.0, out=steps)
        np.log(steps, out=steps)
        steps *= (side if threshold > 0 else -side) / np.log(factor)
    return steps


@dataclass(frozen=True, slots=True)
class Sentinel:
    """A value that stands for something other than a measurement.

    It passes or fails as it does, but has no margin, no bar, and its own bin.
    """

    op: str
    value: float
    words: str

    def found(self, values: Floats) -> Bools:
        """Return where ``values`` hold this sentinel, shape (n_units,)."""
        if self.op == ">=":
            return np.asarray(values >= self.value)
        return np.asarray(values == self.value)


@dataclass(frozen=True, slots=True)
class Metric:
    """One column of Bombcell's table that a rule reads, or that a curator does.

    Attributes
    ----------
    key : str
        Bombcell's column name.
    title : str
        What people call it.
    unit : str
        Unit of the values, empty for a pure number.
    fmt : str
        ``format`` specification with as many digits as mean something.
    help : str
        What it measures and where the number comes from.
    step : Step or None
        One step, where a rule reads the metric.
    sentinels : tuple of Sentinel
        Values that are not measurements.
    head : str
        A shorter title, for the head of a column.
    """

    key: str
    title: str
    unit: str
    fmt: str
    help: str
    step: Step | None = None
    sentinels: tuple[Sentinel, ...] = ()
    head: str = ""

    def sentinel_mask(self, values: Floats) -> Bools:
        """Return where a value is a sentinel (an infinity always is), shape (n_units,)."""
        mask = np.isinf(values)
        for sentinel in self.sentinels:
            mask |= sentinel.found(values)
        return mask

    def sentinel_words(self, value: float) -> str:
        """Return what a sentinel value stands for, or an empty text."""
        one = np.array([value], dtype=np.float64)
        for sentinel in self.sentinels:
            if sentinel.found(one)[0]:
                return sentinel.words
        return "infinite: the fit or the ratio did not end" if np.isinf(value) else ""

    def text(self, value: float) -> str:
        """Return a value with its unit, or a dash where it is missing."""
        if np.isnan(value):
            return NO_VALUE
        number = figure(value, self.fmt)
        return f"{number} {self.unit}" if self.unit and self.unit != "%" else number + self.unit
