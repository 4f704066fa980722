"""The kept time of a unit and the bins in which Bombcell counts whether it is present."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Bools, Floats, Ints
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.rules.defaults import DEFAULT_COMPUTATION, LEAST_SPIKES
from bcviewer.core.run.stretch import Stretch

MOST_BINS = 1_000_000
"""More bins than any recording has; a parameter that asks for more is a mistake."""

SAME = 1e-6
"""Two values are the same within this share of the larger one: results saved as CSV are rounded."""


@dataclass(frozen=True, slots=True)
class KeptTime:
    """The time that a unit's metrics were computed on.

    Attributes
    ----------
    start, stop : float
        s; NaN where unknown.
    share : float
        Of the time from the session's first to its last spike; NaN where unknown.
    why : str
        Why it is unknown, or that it was not saved but follows; empty: it was saved.
    chosen : Stretch or None
        The stretch that it is, where it was chosen by hand.
    """

    start: float
    stop: float
    share: float
    why: str = ""
    chosen: Stretch | None = None

    @property
    def known(self) -> bool:
        """Whether there is a start and a stop."""
        return self.stop >= self.start


@dataclass(frozen=True, slots=True, eq=False)
class Presence:
    """In which bins of its kept time a unit fires.

    Attributes
    ----------
    edges : numpy.ndarray
        Edges of the bins, s, shape (n_bins + 1,).
    counts : numpy.ndarray
        Spikes in each, int64, shape (n_bins,).
    needed : float
        So many spikes make a bin present (and at least one): 5 % of the 90th percentile.
    present : numpy.ndarray
        Bool, shape (n_bins,).
    saved : float
        The presence ratio that Bombcell saved; NaN: none.
    """

    edges: Floats
    counts: Ints
    needed: float
    present: Bools
    saved: float = float("nan")

    @property
    def n_bins(self) -> int:
        """How many bins there are."""
        return len(self.counts)

    @property
    def n_present(self) -> int:
        """In how many the unit is present."""
        return int(self.present.sum())

    @property
    def ratio(self) -> float:
        """The presence ratio."""
        return self.n_present / self.n_bins

    @property
    def agrees(self) -> bool:
        """Whether it is the saved one; a missing one disagrees with nothing."""
        return self.saved != self.saved or same(self.ratio, self.saved)

    @property
    def missing_spans(self) -> Floats:
        """Start and stop of each bin without the unit, s, neighbours joined, shape (n, 2)."""
        gone = np.concatenate(([False], ~self.present, [False]))
        turns = np.flatnonzero(gone[1:] != gone[:-1])
        return np.asarray(self.edges[turns].reshape(-1, 2))


def same(value: float, saved: float) -> bool:
    """Whether two finite values are one, but for rounding."""
    return abs(value - saved) <= SAME * max(abs(value), abs(saved), 1.0)


def kept_time(unit: UnitData) -> KeptTime:
    """Return the time of a unit that is asked about: what Bombcell kept, or a chosen stretch.

    Where it was not saved it is the whole session if the run chose no time chunks
    (``bombcell.helper_functions.run_bombcell``: from the first to the last spike of all units).
    """
    first, last = unit.run.session_s
    whole = last - first
    if unit.stretch is not None:
        start, stop = unit.stretch.start_s, unit.stretch.stop_s
        share = min((stop - start) / whole, 1.0) if whole > 0 else float("nan")
        return KeptTime(start, stop, share, chosen=unit.stretch)
    start, stop = unit.kept_s()
    if np.isfinite(start) and np.isfinite(stop) and stop >= start:
        share = min(max((stop - start) / whole, 0.0), 1.0) if whole > 0 else float("nan")
        return KeptTime(start, stop, share)
    nan = float("nan")
    spikes = unit.metric("nSpikes")
    if spikes < LEAST_SPIKES:
        few = f": Bombcell computes nothing below {LEAST_SPIKES}" if spikes else ""
        return KeptTime(nan, nan, nan, f"{unit.counted_words()}{few}")
    chunks = unit.run.settings.saved.get("computeTimeChunks")
    if chunks is not None and not bool(chunks) and whole >= 0:
        return KeptTime(first, last, 1.0, "kept time not saved: the run chose none, so all of it")
    return KeptTime(nan, nan, nan, "the kept time was not saved")


def presence(times: Floats, start: float, stop: float, bin_s: float) -> Presence:
    """Count presence as ``bombcell.quality_metrics.presence_ratio`` does (0.94).

    The bins are ``numpy.arange(start, stop, bin_s)``: what is left at the end and makes no whole
    bin is not looked at, nor is the last whole one where the time is a multiple of ``bin_s``. With
    less than two edges the kept time is one bin.

    Parameters
    ----------
    times : numpy.ndarray
        Spike times, s, ascending, shape (n,).
    start, stop : float
        The kept time, s.
    bin_s : float
        Width of a bin, s.

    Raises
    ------
    ValueError
        Where these make no bins, or too many.
    """
    if not (bin_s > 0 and np.isfinite(bin_s) and np.isfinite(start) and np.isfinite(stop)):
        raise ValueError(f"no bins of {bin_s:g} s from {start:g} to {stop:g} s")
    if (stop - start) / bin_s > MOST_BINS:
        raise ValueError(f"more than {MOST_BINS:,} bins of {bin_s:g} s")
    edges = np.arange(start, stop, bin_s)
    if len(edges) < 2:
        edges = np.array([start, stop], dtype=np.float64)
    counts = np.diff(np.searchsorted(times, edges, "left")).astype(np.int64)
    needed = 0.05 * float(np.percentile(counts, 90))
    return Presence(edges, counts, needed, (counts >= needed) & (counts > 0))


def bin_width(unit: UnitData) -> float:
    """Return the run's ``presenceRatioBinSize``, s; Bombcell's default where it is not saved."""
    saved = unit.run.settings.number("presenceRatioBinSize")
    return saved if saved == saved else float(DEFAULT_COMPUTATION["presenceRatioBinSize"])


def presence_of(unit: UnitData, times: Floats, kept: KeptTime) -> tuple[Presence | None, str]:
    """Return a unit's presence on its kept time, or None and why there is none."""
    if not kept.known:
        return None, kept.why
    try:
        counted = presence(times, kept.start, kept.stop, bin_width(unit))
    except ValueError as error:
        return None, f"presence cannot be counted: {error}"
    saved = unit.saved("presenceRatio")
    return Presence(counted.edges, counted.counts, counted.needed, counted.present, saved), ""
