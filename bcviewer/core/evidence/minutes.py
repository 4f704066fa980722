"""What follows if two units fire independently of each other at the rates of each minute."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bcviewer.core.arrays import Floats, Ints

MINUTE_S = 60.0
"""Rates, and whether a unit is active, are taken in bins of that length."""

_MOST_MINUTES = 100_000
"""No recording is so long: times that say so are damaged, and one bin has them all."""


@dataclass(frozen=True, slots=True, eq=False)
class Minutes:
    """Spikes of two units in each minute, and what follows if they fire independently there.

    Rates are taken minute by minute: two units that are active at the same times meet more often
    than their mean rates say, without having to do with each other.

    Attributes
    ----------
    of_a, of_b : numpy.ndarray
        Spikes of each unit in each minute, int64, shape (n,).
    seconds : numpy.ndarray
        How much of each minute is between the first and the last spike of both, s, shape (n,).
    sample_rate : float
        Hz.
    """

    of_a: Ints
    of_b: Ints
    seconds: Floats
    sample_rate: float

    @classmethod
    def of(cls, a: Ints, b: Ints, sample_rate: float) -> Minutes:
        """Count spikes, int64 samples, ascending, shapes (n_a,) and (n_b,)."""
        ends = [int(train[i]) for train in (a, b) for i in (0, -1) if len(train)]
        first, last = (min(ends), max(ends)) if ends else (0, 0)
        size = max(1, round(MINUTE_S * sample_rate))
        start = first // size * size  # minutes of the recording
        if (last - start) // size >= _MOST_MINUTES:
            start, size = first, last - first + 1
        n = (last - start) // size + 1
        of_a, of_b = (np.bincount((train - start) // size, minlength=n) for train in (a, b))
        samples = np.full(n, size)  # but before the first and after the last spike
        samples[0] -= first - start
        samples[-1] -= start + n * size - last - 1
        return cls(of_a, of_b, samples / sample_rate, sample_rate)

    @property
    def back(self) -> Minutes:
        """The same, seen from the other unit."""
        return replace(self, of_a=self.of_b, of_b=self.of_a)

    @property
    def n_both(self) -> int:
        """Minutes in which both fire."""
        return int(((self.of_a > 0) & (self.of_b > 0)).sum())

    @property
    def n_either(self) -> int:
        """Minutes in which any of them fires."""
        return int(((self.of_a > 0) | (self.of_b > 0)).sum())

    def pairs_within(self, seconds: float) -> float:
        """Return how many pairs have a lag in a range of that length."""
        return float((self.of_a * (self.of_b / self.seconds)).sum() * seconds)

    def share_within(self, seconds: float) -> float:
        """Return the share of the first unit's spikes with one of the second in such a range."""
        meets = -np.expm1(-self.of_b / self.seconds * seconds)
        return float((self.of_a * meets).sum() / self.of_a.sum())
