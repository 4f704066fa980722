"""Amplitudes and firing rate over the session, and the distribution of the amplitudes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Floats, Floats32, Ints
from bcviewer.core.evidence.density import Density, density, value_span
from bcviewer.core.evidence.presence import KeptTime, Presence, kept_time, presence_of
from bcviewer.core.evidence.recording import UnitData, UnitSpikes
from bcviewer.errors import UserError

FEW = 3000
"""So many spikes are drawn as points; more as a density."""

MOST_RATE_BINS = 150
"""Bins of the firing rate, at most."""

FIT_BINS = 50
"""Bins that Bombcell fits (``bombcell.quality_metrics.perc_spikes_missing``)."""

_WIDTHS = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0)


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """When a unit fires, over the whole session.

    Attributes
    ----------
    n : int
        Its spikes in the whole session.
    first_s : float
        The session's first spike, s; NaN where unknown.
    end_s : float
        End of the axis, s: the session's last spike, or this unit's where that is unknown.
    end_known : bool
        Whether it is the session's.
    edges : numpy.ndarray
        Edges of the bins of the firing rate, s, shape (n_bins + 1,).
    rate : numpy.ndarray
        Spikes per second, shape (n_bins,).
    kept : KeptTime
        The time that Bombcell kept.
    note : str
        What a curator must know of where the spikes come from; empty: nothing.
    """

    n: int
    first_s: float
    end_s: float
    end_known: bool
    edges: Floats
    rate: Floats
    kept: KeptTime
    note: str

    @property
    def left_out(self) -> Floats:
        """Spans of the session that Bombcell did not keep, s, shape (n, 2)."""
        kept = self.kept
        # For Bombcell a session goes from its first to its last spike.
        around = np.array([[self.first_s, kept.start], [kept.stop, self.end_s]])
        left = (around[:, 1] > around[:, 0]) & bool(kept.share < 1)
        around[0, 0] = 0.0
        return np.asarray(around[left])


@dataclass(frozen=True, slots=True, eq=False)
class AmplitudesOverTime:
    """A unit's amplitudes over the session.

    Attributes
    ----------
    timeline : Timeline
        Firing rate and kept time.
    density : Density or None
        The amplitudes, Kilosort's arbitrary unit; None where there are none.
    times, amplitudes : numpy.ndarray
        Every spike that is in the density, s and arbitrary unit, where they are few; else empty.
    presence : Presence or None
        The presence bins.
    no_presence, no_amplitudes : str
        Why there are none; empty where there are.
    """

    timeline: Timeline
    density: Density | None
    times: Floats
    amplitudes: Floats32
    presence: Presence | None
    no_presence: str
    no_amplitudes: str


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """The amplitudes of the kept time in the bins that Bombcell fits.

    Attributes
    ----------
    edges : numpy.ndarray
        Shape (51,), Kilosort's arbitrary unit; empty where there are no amplitudes to count.
    counts : numpy.ndarray
        Spikes, shape (50,).
    n : int
        Spikes in the kept time (the last instant apart, as Bombcell leaves it out).
    outliers : int
        Spikes that Bombcell leaves out: more than ten times the range of the inner 98 % above it.
    no_number : int
        Amplitudes that are no finite number; with any of them Bombcell has no percentage.
    kept : KeptTime
        The time; where it is unknown all spikes are counted.
    note : str
        What a curator must know of where the spikes come from; empty: nothing.
    """

    edges: Floats
    counts: Ints
    n: int
    outliers: int
    no_number: int
    kept: KeptTime
    note: str


def timeline(unit: UnitData, spikes: UnitSpikes, times: Floats) -> Timeline:
    """Return when a unit fires over the whole session."""
    first, end = unit.run.session_s
    known = bool(np.isfinite(end) and end > 0)
    last = float(times[-1]) if len(times) else 0.0
    end = max(end, last) if known else last
    end = end if end > 0 else 1.0
    edges = rate_edges(end)
    counts = np.diff(np.searchsorted(times, edges, "left"))
    counts[-1] = np.searchsorted(times, edges[-1], "right") - np.searchsorted(times, edges[-2])
    rate = counts / np.diff(edges)
    return Timeline(spikes.n, first, end, known, edges, rate, kept_time(unit), spikes.note)


def rate_edges(end_s: float) -> Floats:
    """Return edges of bins of a round width from 0 to the end; the last one may be narrower.

    A rest of less than half a bin is added to the bin before it.
    """
    wanted = end_s / MOST_RATE_BINS
    width = next((w for w in _WIDTHS if w >= wanted), wanted)
    n = max(1, round(end_s / width))
    edges = width * np.arange(n + 1, dtype=np.float64)
    edges[-1] = end_s
    return edges


def over_time(unit: UnitData, rows: int, columns: int) -> AmplitudesOverTime:
    """Return a unit's amplitudes over the session.

    Parameters
    ----------
    unit : UnitData
        The unit.
    rows, columns : int
        Cells of the density.
    """
    spikes = unit.recording.spikes(unit.row)
    times = spikes.times
    line = timeline(unit, spikes, times)
    counted, why = presence_of(unit, times, line.kept)
    values = spikes.amplitudes
    none = (np.empty(0), np.empty(0, np.float32))
    if values is None:
        said = spikes.no_amplitudes or "amplitudes.npy: not usable."
        return AmplitudesOverTime(line, None, *none, counted, why, said)
    cells = density(
        spikes.samples, values, spikes.sample_rate, line.end_s, value_span(values), (rows, columns)
    )
    points = none
    if spikes.n <= FEW:
        shown = (values >= cells.low) & (values <= cells.high) & (times >= 0)
        points = times[shown], values[shown]
    return AmplitudesOverTime(line, cells, *points, counted, why, "")


def distribution(unit: UnitData) -> Distribution:
    """Return the amplitudes of the kept time, binned as Bombcell bins them.

    Raises
    ------
    UserError
        Where there are no amplitudes.
    """
    spikes = unit.recording.spikes(unit.row)
    if spikes.amplitudes is None:
        raise UserError(spikes.no_amplitudes or "amplitudes.npy: not usable.")
    kept = kept_time(unit)
    values = spikes.amplitudes
    if kept.known:
        ends = np.searchsorted(spikes.times, (kept.start, kept.stop), "left")
        values = values[slice(*ends.tolist())]
    numbers = values[np.isfinite(values)].astype(np.float64)
    no_number = len(values) - len(numbers)
    edges, counts, outliers = fit_bins(numbers)
    return Distribution(edges, counts, len(values), outliers, no_number, kept, spikes.note)


def fit_bins(values: Floats) -> tuple[Floats, Ints, int]:
    """Return edges and counts of the histogram that Bombcell fits, and how many it leaves out.

    As ``bombcell.quality_metrics.perc_spikes_missing`` (0.94): values above the 99th percentile by
    more than ten times the distance of the 1st and 99th are left out, the rest fills 50 bins.

    Parameters
    ----------
    values : numpy.ndarray
        Finite amplitudes, shape (n,).
    """
    if not len(values):
        return np.empty(0), np.empty(0, np.int64), 0
    low, high = (float(q) for q in np.percentile(values, [1, 99]))
    inside = values[values <= high + 10 * (high - low)]
    counts, edges = np.histogram(inside, bins=FIT_BINS)
    return edges, counts.astype(np.int64), len(values) - len(inside)
