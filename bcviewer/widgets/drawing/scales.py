"""Round places on an axis and how numbers are written there."""

from __future__ import annotations

import math


def number(value: float) -> str:
    """Return a number for an axis: short, with as many digits as it has."""
    size = abs(value)
    if size and (size >= 1e6 or size < 1e-3):
        digits, _, power = f"{value:.3e}".partition("e")
        text = f"{float(digits):g}e{int(power)}"
    elif size >= 1e4:
        text = f"{value / 1e3:.4g}k"
    else:
        text = f"{value:,.0f}" if size >= 1000 else f"{value:.4g}"
    return text.replace("-", "−")


def ticks(low: float, high: float, log: bool, most: int, *, whole: bool = False) -> list[float]:
    """Return at most ``most`` round values from ``low`` to ``high``, both as they are read.

    There is one more where it would be one alone: that says nothing of the scale. ``whole``: whole
    numbers only, for counts.
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low or most < 1:
        return []
    found = _log_ticks(low, high, most) if log else []
    if len(found) > 1:
        return found
    return [t for t in _linear_ticks(low, high, most, whole) if t > 0 or not log]


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for factors in ((1, 2, 5), (1, 3), (1,)):
        if (last - first) * len(factors) > 4 * most:
            continue
        places = [float(f"{f}e{p}") for p in range(first, last + 1) for f in factors]
        places = [place for place in places if low <= place <= high]
        if len(places) <= most:
            return places
    every = max(1, -(-(last - first + 1) // most))
    places = [float(f"1e{p}") for p in range(first, last + 1) if p % every == 0]
    return [place for place in places if low <= place <= high][:most]


def _linear_ticks(low: float, high: float, most: int, whole: bool) -> list[float]:
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    power = max(power, 1.0) if whole else power
    finer: list[float] = []
    for factor in (1, 2, 2.5, 5, 10, 20, 50):
        step = power * factor
        if whole and step != round(step):
            continue
        start, end = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        found = [i * step for i in range(start, min(end, start + most) + 1)]
        if len(found) <= most:
            return found if len(found) > 1 else finer or found
        finer = found if end - start == most else []
    return []


ROUND = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
"""Where axes of counts end, times a power of ten: units share ends, and ticks stay."""


def round_up(value: float) -> float:
    """Return where an axis ends that holds a value."""
    if not value > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(end * power for end in ROUND if end * power >= value * (1 - 1e-12))
