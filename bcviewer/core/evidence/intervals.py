"""Inter-spike intervals of a unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Bools, Floats, Ints
from bcviewer.core.evidence.kept import KeptSpikes, kept_spikes
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.evidence.tau_r import Refractory, refractory

N_BINS = 100
"""Bins of a linear histogram."""

LOG_FROM_MS, LOG_TO_MS, LOG_PER_DECADE = 0.1, 100_000.0, 10


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """The histogram of a unit's inter-spike intervals, in the kept time.

    Attributes
    ----------
    edges_ms : numpy.ndarray
        Edges of the bins, whole samples, ms, shape (n_bins + 1,). Lower edges are included.
    counts : numpy.ndarray
        Intervals in each bin, int64, shape (n_bins,).
    violating : numpy.ndarray
        Those of them that violate the refractory period, int64, shape (n_bins,).
    is_log : bool
        Whether the bins grow by a factor.
    below, above : int
        Intervals shorter or longer than all bins.
    n_violations, n_censored : int
        Intervals of at least tau_c and less than the refractory limit; and shorter than tau_c.
    median_ms, cv : float
        Median, and standard deviation over mean; NaN where there are too few.
    refractory : Refractory
        What violations are held against.
    kept : KeptSpikes
        Where the spikes come from.
    """

    edges_ms: Floats
    counts: Ints
    violating: Ints
    is_log: bool
    below: int
    above: int
    n_violations: int
    n_censored: int
    median_ms: float
    cv: float
    refractory: Refractory
    kept: KeptSpikes

    @property
    def n(self) -> int:
        """Number of intervals."""
        return max(0, self.kept.n - 1)

    @property
    def share(self) -> float:
        """Share of intervals that violate; NaN where there are none."""
        return self.n_violations / self.n if self.n else float("nan")


def intervals(unit: UnitData, longest_ms: float, *scored: float) -> Intervals:
    """Return a unit's inter-spike intervals.

    Parameters
    ----------
    unit : UnitData
        The unit.
    longest_ms : float
        Right end of linear bins, ms; 0: bins of equal width on a logarithmic scale.
    *scored : float
        As of :func:`refractory`.

    Raises
    ------
    UserError
        If the unit's spikes cannot be read.
    """
    (spikes, kept), periods = kept_spikes(unit), refractory(unit, scored)
    rate, gaps = spikes.sample_rate, np.diff(spikes.samples)
    close, censored = violating(spikes.samples, rate, periods)
    edges = _log_edges(rate) if longest_ms <= 0 else _edges(longest_ms, rate)
    mean = float(gaps.mean()) if len(gaps) else 0.0
    return Intervals(
        np.asarray(edges * (1000.0 / rate), np.float64),
        _histogram(gaps, edges),
        _histogram(gaps[close], edges),
        longest_ms <= 0,
        int(np.count_nonzero(gaps < edges[0])),
        int(np.count_nonzero(gaps >= edges[-1])),
        int(np.count_nonzero(close)),
        censored,
        float(np.median(gaps)) * 1000.0 / rate if len(gaps) else float("nan"),
        float(gaps.std()) / mean if len(gaps) > 1 and mean > 0 else float("nan"),
        periods,
        kept,
    )


def _edges(longest_ms: float, rate: float) -> Ints:
    """Return edges of linear bins, samples, int64, shape (N_BINS + 1,)."""
    size = max(1, round(longest_ms * rate / 1000.0 / N_BINS))
    return np.arange(N_BINS + 1, dtype=np.int64) * size


def _log_edges(rate: float) -> Ints:
    """Return edges that grow by a factor, as far as whole samples allow, int64."""
    decades = np.log10(LOG_TO_MS / LOG_FROM_MS)
    powers = np.arange(round(decades * LOG_PER_DECADE) + 1) / LOG_PER_DECADE
    edges = np.rint(LOG_FROM_MS * 10.0**powers * rate / 1000.0).astype(np.int64)
    return np.unique(np.maximum(edges, 1))


def _histogram(gaps: Ints, edges: Ints) -> Ints:
    """Return how many gaps are in each bin, int64, shape (n_bins,)."""
    place = np.searchsorted(edges, gaps[gaps < edges[-1]], "right")
    return np.bincount(place, minlength=len(edges) + 1)[1 : len(edges)]


def violating(samples: Ints, rate: float, periods: Refractory) -> tuple[Bools, int]:
    """Return which intervals violate, shape (n − 1,), and how many are censored.

    Times are compared as Bombcell compares them, in floating-point seconds.
    """
    times = samples / rate
    before, after = times[:-1], times[1:]
    censored = after < before + periods.tau_c
    return (after < before + periods.limit) & ~censored, int(np.count_nonzero(censored))
