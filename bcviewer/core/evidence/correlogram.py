"""Auto- and cross-correlograms: how often a spike follows another after each lag."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Floats, Ints
from bcviewer.core.evidence.kept import KeptSpikes, kept_spikes
from bcviewer.core.evidence.pairs import close_pairs, violations
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.evidence.tau_r import Refractory, refractory

WINDOWS_MS, BINS_MS = (25.0, 50.0, 100.0, 500.0), (0.5, 1.0, 2.0, 5.0)
"""How far from zero one can be asked for, and in which bins, ms."""


@dataclass(frozen=True, slots=True, eq=False)
class Correlogram:
    """Pairs of spikes by lag.

    Bin edges are whole samples. A bin holds the lags from its inner edge (included) to its outer
    one (not included), on both sides of zero, as phy's and Bombcell's do; lag zero is in none:
    see :attr:`same_sample`.

    Attributes
    ----------
    edges : numpy.ndarray
        Samples, int64, ascending and symmetric, shape (n_bins + 1,); the middle one is 0.
    counts : numpy.ndarray
        Pairs in each bin, int64, shape (n_bins,).
    lags : numpy.ndarray
        How many different lags each bin has, int64, shape (n_bins,): its width in samples, one
        less beside zero.
    n_a, n_b : int
        Spikes of the one that the lag is counted from, and of the other.
    same_sample : int
        Pairs at the same sample, each once. Of one unit with itself: duplicates.
    sample_rate : float
        Hz.
    is_auto : bool
        Whether it is one unit with itself.
    """

    edges: Ints
    counts: Ints
    lags: Ints
    n_a: int
    n_b: int
    same_sample: int
    sample_rate: float
    is_auto: bool

    @property
    def edges_ms(self) -> Floats:
        """Edges of the bins, ms, shape (n_bins + 1,)."""
        return np.asarray(self.edges * (1000.0 / self.sample_rate))

    @property
    def bin_ms(self) -> float:
        """Width of a bin, ms: a whole number of samples."""
        return float(self.edges[1] - self.edges[0]) * 1000.0 / self.sample_rate

    @property
    def rates(self) -> Floats:
        """Rate of the second unit at each lag from a spike of the first, spikes/s, (n_bins,)."""
        time = self.n_a * self.lags / self.sample_rate
        out = np.full(len(time), np.nan)
        return np.asarray(np.divide(self.counts, time, out=out, where=time > 0))

    def expected(self, duration_s: float) -> float:
        """Return the pairs in a whole bin if spikes fell independently of each other.

        ``n_a · n_b / duration · bin``; NaN where the duration is not known.
        """
        if not duration_s > 0:
            return float("nan")
        others = self.n_b - 1 if self.is_auto else self.n_b
        return max(0, self.n_a * others) / duration_s * self.bin_ms / 1000.0


def correlogram(
    samples_a: Ints,
    samples_b: Ints | None,
    window_ms: float,
    bin_ms: float,
    sample_rate: float,
) -> Correlogram:
    """Count the pairs of spikes by lag, exactly.

    Parameters
    ----------
    samples_a, samples_b : numpy.ndarray
        Spikes, int64 samples, ascending, shapes (n_a,) and (n_b,). A positive lag means that the
        spike of ``b`` is later. None for ``b``: of ``a`` with itself, no spike with itself.
    window_ms : float
        Longest lag on either side, ms.
    bin_ms : float
        Width of a bin, ms; rounded to whole samples, at least one.
    sample_rate : float
        Hz.

    Returns
    -------
    Correlogram
        Of ``2 · window / bin`` bins. ``correlogram(a, b)`` is ``correlogram(b, a)`` reversed.
    """
    size = max(1, round(bin_ms * sample_rate / 1000.0))
    n_bins = max(1, round(window_ms * sample_rate / 1000.0 / size))
    a = np.asarray(samples_a, np.int64)
    b = None if samples_b is None else np.asarray(samples_b, np.int64)
    right = _by_lag(a, b, n_bins * size)
    left = right if b is None else _by_lag(b, a, n_bins * size)
    same = int(right[0])
    starts = np.arange(0, n_bins * size, size)
    halves = []
    for by_lag in (left, right):
        by_lag[0] = 0
        halves.append(np.add.reduceat(by_lag, starts))
    lags = np.full(2 * n_bins, size, np.int64)
    lags[n_bins - 1 : n_bins + 1] -= 1
    edges = np.arange(-n_bins, n_bins + 1, dtype=np.int64) * size
    counts = np.concatenate((halves[0][::-1], halves[1]))
    n_b = len(a) if b is None else len(b)
    return Correlogram(edges, counts, lags, len(a), n_b, same, sample_rate, b is None)


def _by_lag(a: Ints, b: Ints | None, width: int) -> Ints:
    """Return the pairs at each lag of 0 to ``width`` − 1 samples, int64, shape (width,)."""
    found = np.zeros(width, np.int64)
    for _, lag in close_pairs(a, b, width):
        found += np.bincount(lag, minlength=width)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class AutoCorrelogram:
    """A unit's auto-correlogram in the kept time, with what its refractory period is judged by.

    Attributes
    ----------
    correlogram : Correlogram
        The counts.
    refractory : Refractory
        What close pairs are held against.
    n_violations : int
        Pairs of at least tau_c and less than the refractory limit, each once, as Bombcell counts.
    baseline : float
        Pairs in a bin if spikes fell independently, at the unit's rate; NaN where unknown.
    kept : KeptSpikes
        Where the spikes come from.
    """

    correlogram: Correlogram
    refractory: Refractory
    n_violations: int
    baseline: float
    kept: KeptSpikes


def auto_correlogram(
    unit: UnitData, window_ms: float, bin_ms: float, *scored: float
) -> AutoCorrelogram:
    """Return a unit's auto-correlogram; see :func:`correlogram`.

    What it is ``scored`` by is as of :func:`refractory`.

    Raises
    ------
    UserError
        If the unit's spikes cannot be read.
    """
    (spikes, kept), periods = kept_spikes(unit), refractory(unit, scored)
    rate = spikes.sample_rate
    found = correlogram(spikes.samples, None, window_ms, bin_ms, rate)
    close = violations(spikes.samples, rate, periods.tau_c, np.array([periods.limit]))
    return AutoCorrelogram(found, periods, int(close[0]), found.expected(kept.duration_s), kept)
