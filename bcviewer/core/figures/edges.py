"""Where the bins of a metric's histogram begin and end.

No bin of a continuous metric lies on both sides of a threshold: thresholds are edges, and a value
equal to one is in the bin of those that pass. Metrics that are counts, or whole samples, have one
value in the middle of each bin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Bools, Floats, Ints
from bcviewer.core.rules.metric import Step

MAX_BINS = 40
"""About how many bins; at most twice as many."""

CENTRAL = (0.005, 0.25, 0.75, 0.995)
"""Quantiles: the axis covers the outer two, unless they lie very far from the inner two."""

FENCE = 10.0
"""How many times the inner quantiles' distance the axis may reach beyond them."""

_SAMPLE = 20_000
_MANY = 1e6
_HUGE_POWER = 200
_HUGE = 10.0**_HUGE_POWER


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Edges of bins.

    Attributes
    ----------
    places : numpy.ndarray
        Shape (n_bins + 1,), rising; empty where there is nothing to draw.
    closed : numpy.ndarray
        Whether a value equal to the edge is in the bin on its left, shape (n_bins + 1,).
    quantum : float
        Distance of the values, where each bin has whole ones in its middle; else 0.
    """

    places: Floats
    closed: Bools
    quantum: float = 0.0

    @property
    def n_bins(self) -> int:
        """How many bins there are."""
        return max(0, len(self.places) - 1)

    def bins(self, values: Floats) -> Ints:
        """Return each value's bin; −1 is below them, ``n_bins`` above."""
        bounds = np.where(self.closed, np.nextafter(self.places, np.inf), self.places)
        return np.searchsorted(bounds, values, "right").astype(np.int64) - 1

    def turn(self, threshold: float, op: str) -> float:
        """Return where on the axis the values begin that fail: ``>`` or ``<`` the threshold.

        Where each bin is one count, a threshold in its middle would halve a bar that passes
        altogether: the turn is half a count further.
        """
        if self.quantum != 1.0:
            return threshold
        return float(np.floor(threshold) + 0.5 if op == ">" else np.ceil(threshold) - 0.5)


@dataclass(frozen=True, slots=True)
class DrawnThreshold:
    """A threshold: its value, and the failing comparison (``<`` or ``>``)."""

    value: float
    op: str


NO_EDGES = Edges(np.empty(0), np.empty(0, bool))


def find_edges(
    values: Floats,
    cuts: Sequence[DrawnThreshold],
    step: Step | None,
    log: bool,
    sample_us: float,
    also: Sequence[float] = (),
) -> Edges:
    """Return edges that cover most values and every threshold.

    Parameters
    ----------
    values : numpy.ndarray
        Ordinary values; above 0 where the axis is logarithmic.
    cuts : sequence of DrawnThreshold
        Thresholds.
    step : Step or None
        The metric's step.
    log : bool
        Whether the edges are evenly spaced in the logarithm.
    sample_us : float
        Duration of one sample, in µs.
    also : sequence of float
        What the axis is to reach, too, without an edge there: thresholds that were left.
    """
    cuts = [cut for cut in cuts if np.isfinite(cut.value) and (cut.value > 0 or not log)]
    quantum = {"count": 1.0, "sample": sample_us}.get(step.kind if step else "", 0.0)
    quantum = quantum if 0 < quantum < np.inf else 0.0
    kept = [value for value in also if np.isfinite(value) and (value > 0 or not log)]
    span = _span(values, [*(cut.value for cut in cuts), *kept], log, quantum)
    if span is None:
        return NO_EDGES
    low, high = span
    if quantum and high - low < _MANY * quantum:
        return _whole(low, high, quantum)
    places = _geometric(low, high, cuts) if log else _linear(low, high, cuts)
    for cut in cuts:  # an edge was meant to be there; it was rounded
        nearest = int(np.abs(places - cut.value).argmin())
        off = abs(places[nearest] - cut.value)
        if off <= (1e-3 * cut.value if log else 1e-6 * (high - low)):
            places[nearest] = cut.value
    # even steps go through two thresholds; those of further probes are edges between them
    inside = [cut.value for cut in cuts if places[0] < cut.value < places[-1]]
    places = np.union1d(places, inside)
    closed = np.full(len(places), bool(cuts) and all(cut.op == ">" for cut in cuts))
    for cut in cuts:
        closed[places == cut.value] = cut.op == ">"
    closed[0], closed[-1] = False, True
    return Edges(places, closed)


def _span(
    values: Floats, limits: list[float], log: bool, quantum: float
) -> tuple[float, float] | None:
    """Return the ends of the axis: most values, every threshold and something on its far side."""
    if not len(values) and not limits:
        return None
    some = np.clip(values[:: max(1, len(values) // _SAMPLE)], -_HUGE, _HUGE)
    some, limits = (np.log10(some), [float(np.log10(v)) for v in limits]) if log else (some, limits)
    low, high = min(limits, default=np.inf), max(limits, default=-np.inf)
    if len(some):
        first, lower, upper, last = (float(q) for q in np.quantile(some, CENTRAL))
        middle, least, most = (lower + upper) / 2, float(some.min()), float(some.max())
        smallest = 0.3 if log else quantum or 0.05 * max(abs(lower), abs(upper))
        reach = FENCE * max([upper - lower, smallest, *(abs(v - middle) for v in limits)])
        first, last = max(first, lower - reach), min(last, upper + reach)
        beyond = 0.25 * (last - first)
        low = min([first, low, *(max(least, v - beyond) for v in limits if least < v)])
        high = max([last, high, *(min(most, v + beyond) for v in limits if most > v)])
    wide = 0.04 * (high - low)  # a threshold is never the end of the axis
    low, high = low - wide * (low in limits), high + wide * (high in limits)
    room = 0.02 * (high - low) or (0.2 if log else 0.5 * max(abs(high), 1e-3))
    low, high = (low - room, high + room) if log or high - low <= 2 * room else (low, high)
    if not log:
        return low, high
    return 10.0 ** max(low, -_HUGE_POWER), 10.0 ** min(high, _HUGE_POWER)


def _whole(low: float, high: float, quantum: float) -> Edges:
    """Return edges half way between whole multiples of a quantum."""
    first, last = np.rint(low / quantum), np.rint(high / quantum)
    each = max(1.0, np.ceil((last - first + 1) / (1.5 * MAX_BINS)))
    count = int((last - first) // each) + 1
    places = (first - 0.5 + each * np.arange(count + 1)) * quantum
    closed = np.zeros(len(places), bool)
    closed[-1] = True
    return Edges(places, closed, quantum * each)


def _linear(low: float, high: float, cuts: Sequence[DrawnThreshold]) -> Floats:
    """Return round, evenly spaced edges through the first threshold, and the second if it can."""
    raw = (high - low) / MAX_BINS
    power = 10.0 ** np.floor(np.log10(raw))
    width = next(power * f for f in (1, 2, 2.5, 5, 10) if power * f >= raw * 0.999)
    anchor, width = _through([cut.value for cut in cuts], width)
    first, last = np.floor((low - anchor) / width + 1e-9), np.ceil((high - anchor) / width - 1e-9)
    places = anchor + width * np.arange(first, last + 1)
    digits = int(np.clip(2 - np.floor(np.log10(width)), 0, 300))
    rounded = np.round(places, digits) if digits < 16 else places
    return np.asarray(rounded if (np.diff(rounded) > 0).all() else places)


def _geometric(low: float, high: float, cuts: Sequence[DrawnThreshold]) -> Floats:
    """Return edges evenly spaced in the logarithm, through the thresholds."""
    width = (np.log10(high) - np.log10(low)) / MAX_BINS
    anchor, width = _through([float(np.log10(cut.value)) for cut in cuts], width)
    start, end = np.log10(low) - anchor, np.log10(high) - anchor
    places = 10.0 ** (anchor + width * np.arange(np.floor(start / width), np.ceil(end / width) + 1))
    rounded = np.array([float(f"{place:.3e}") for place in places])
    return np.asarray(rounded if (np.diff(rounded) > 0).all() else places)


def _through(limits: list[float], width: float) -> tuple[float, float]:
    """Return where to begin and a width near the given one, so that edges meet two limits."""
    if not limits:
        return 0.0, width
    first, second = limits[0], limits[-1]
    if abs(first / width - round(first / width)) < 1e-6:
        anchor = 0.0 if second == first else first
    else:
        anchor = first
    bins = round(abs(second - first) / width)
    return anchor, abs(second - first) / bins if bins else width
