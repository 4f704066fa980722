"""The depths of a unit's spikes over the session, beside the drift that Bombcell saved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Floats, Floats32
from bcviewer.core.evidence.amplitudes import FEW, Timeline, timeline
from bcviewer.core.evidence.density import Density, density
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.rules.defaults import DEFAULT_COMPUTATION
from bcviewer.core.rules.metrics import METRICS
from bcviewer.errors import UserError

_ROUND_UM = 20.0
"""The axis of depths ends at multiples of it, µm."""

LOW = 0.5
"""Of a lower share of spikes a median is of the others: those without their main channel."""
FEWEST = 30
"""Of fewer spikes that were looked at no share is told."""

_SAMPLE = 50_000

_FEW_IN_BIN = 10
"""A median of fewer spikes is said to be of a sparse bin."""


@dataclass(frozen=True, slots=True, eq=False)
class UsableShare:
    """Of how many of a unit's spikes the drift that Bombcell saved has the main channel.

    Attributes
    ----------
    share : float
        The share of spikes whose first component on the main channel is positive, of a sample:
        Bombcell takes a negative one for 0. NaN: not known, or no drift is saved.
    """

    share: float

    @property
    def words(self) -> str:
        """What is wrong with the saved drift; empty: nothing, or that is not known."""
        if not self.share < LOW:
            return ""
        share = f"about {self.share:.0%} of spikes"
        return f"drift not to be trusted: PC1 on the main channel is positive in {share}"


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """Where a unit's spikes are along the probe, over the session.

    Attributes
    ----------
    timeline : Timeline
        When it fires, and the kept time.
    density : Density
        The depths, µm.
    times, depths : numpy.ndarray
        Every spike that is in the density, s and µm, where they are few; else empty.
    edges : numpy.ndarray
        Edges of the drift bins, s, shape (n_bins + 1,); empty where the kept time is unknown.
    medians : numpy.ndarray
        Median depth in each, µm, NaN without spikes, shape (n_bins,).
    counts : numpy.ndarray
        Spikes in each, shape (n_bins,).
    bin_s : float
        Width of a bin, s.
    saved_max, saved_cumulative : float
        The drift that Bombcell saved, µm; NaN: none.
    usable : UsableShare
        Of how many spikes the saved drift is.
    """

    timeline: Timeline
    density: Density
    times: Floats
    depths: Floats32
    edges: Floats
    medians: Floats
    counts: Floats
    bin_s: float
    saved_max: float
    saved_cumulative: float
    usable: UsableShare

    @property
    def span(self) -> float:
        """Largest minus smallest median of these depths, µm; NaN without any."""
        there = self.medians[np.isfinite(self.medians)]
        return float(there.max() - there.min()) if len(there) else float("nan")

    @property
    def n_medians(self) -> int:
        """In how many bins there is a median; with one, Bombcell's drift can only be 0."""
        return int(np.isfinite(self.medians).sum())

    @property
    def n_sparse(self) -> int:
        """Bins whose median is of one to nine spikes."""
        return int(((self.counts > 0) & (self.counts < _FEW_IN_BIN)).sum())


def over_time(unit: UnitData, rows: int, columns: int) -> Drift:
    """Return a unit's depths over the session.

    Parameters
    ----------
    unit : UnitData
        The unit.
    rows, columns : int
        Cells of the density.

    Raises
    ------
    UserError
        Where the depths of the spikes are not known.
    """
    spikes = unit.recording.spikes(unit.row)
    if spikes.depths is None:
        why = spikes.no_depths or "spike_positions.npy: not there or not usable."
        raise UserError(f"{why} The depths of the spikes are not known. {_saved_words(unit)}")
    times, depths = spikes.times, spikes.depths
    line = timeline(unit, spikes, times)
    cells = density(
        spikes.samples, depths, spikes.sample_rate, line.end_s, depth_span(depths), (rows, columns)
    )
    few = spikes.n <= FEW
    shown = (depths >= cells.low) & (depths <= cells.high) if few else slice(0, 0)
    edges, size = np.empty(0), drift_bin(unit)
    if line.kept.known:
        low = int(np.searchsorted(times, line.kept.start, "left"))
        high = int(np.searchsorted(times, line.kept.stop, "right"))
        times_kept, depths_kept = times[low:high], depths[low:high]
        edges, size = drift_bins(times_kept, size)
    medians, counts = np.empty(0), np.empty(0)
    if len(edges):
        medians, counts = bin_medians(times_kept, depths_kept, edges, size)
    return Drift(
        line,
        cells,
        times[shown],
        depths[shown],
        edges,
        medians,
        counts,
        size,
        unit.metric("maxDriftEstimate"),
        unit.metric("cumDriftEstimate"),
        usable_share(unit),
    )


def usable_share(unit: UnitData) -> UsableShare:
    """Return of how many of a unit's spikes Bombcell's drift has the main channel."""
    unknown = UsableShare(float("nan"))
    if unit.metric("maxDriftEstimate") != unit.metric("maxDriftEstimate"):
        return unknown
    try:
        found = unit.recording.main_components(unit.row)
    except UserError:
        return unknown
    return UsableShare(float((found > 0).mean())) if len(found) >= FEWEST else unknown


def _saved_words(unit: UnitData) -> str:
    """Return the drift that Bombcell saved, in words."""
    most, summed = (METRICS[name] for name in ("maxDriftEstimate", "cumDriftEstimate"))
    if unit.metric(most.key) != unit.metric(most.key):
        return "Bombcell saved no drift."
    drift = most.text(unit.metric(most.key)), summed.text(unit.metric(summed.key))
    return f"Bombcell saved a drift of {drift[0]} (largest minus smallest), {drift[1]} summed."


def drift_bin(unit: UnitData) -> float:
    """Return the run's ``driftBinSize``, s; Bombcell's default where it is not saved."""
    saved = unit.run.settings.number("driftBinSize")
    return saved if saved > 0 else float(DEFAULT_COMPUTATION["driftBinSize"])


def drift_bins(times: Floats, bin_s: float) -> tuple[Floats, float]:
    """Return edges and size (s) of the bins of ``bombcell.quality_metrics.max_drift_estimate``.

    They begin at the first kept spike; a rest at the end is left out; where the spikes span less
    than two bins they are halved. No edges where there is no span.
    """
    if len(times) < 2 or not times[-1] > times[0]:
        return np.empty(0), bin_s
    span = float(times[-1] - times[0])
    if span < 2 * bin_s:
        bin_s = span / 2
    few = span / bin_s < 1e6
    return np.arange(times[0], times[-1], bin_s) if few else np.empty(0), bin_s


def bin_medians(
    times: Floats, depths: Floats32, edges: Floats, size: float
) -> tuple[Floats, Floats]:
    """Return the median depth and the number of spikes in each bin; no spikes: NaN.

    A bin ends at its edge and the size, as Bombcell adds them: to the last digit that can be
    another number than the next edge.
    """
    start = np.searchsorted(times, edges[:-1], "left")
    stop = np.searchsorted(times, edges[:-1] + size, "left")
    medians = np.full(len(edges) - 1, np.nan)
    for i in np.flatnonzero(stop > start).tolist():
        part = depths[start[i] : stop[i]]
        finite = part[np.isfinite(part)]
        if len(finite):
            medians[i] = float(np.median(finite))
    return medians, (stop - start).astype(np.float64)


def depth_span(depths: Floats32) -> tuple[float, float]:
    """Return the ends of an axis of depths: the inner 99 % and as much again, round."""
    some = depths[:: max(1, len(depths) // _SAMPLE)].astype(np.float64)
    finite = some[np.isfinite(some)]
    if not len(finite):
        return 0.0, _ROUND_UM
    low, high = (float(q) for q in np.quantile(finite, (0.005, 0.995)))
    reach = max((high - low) * 0.5, 2.0)
    least, most = float(finite.min()), float(finite.max())
    low, high = max(least, low - reach) - 2.0, min(most, high + reach) + 2.0
    low, high = np.floor(low / _ROUND_UM) * _ROUND_UM, np.ceil(high / _ROUND_UM) * _ROUND_UM
    return float(low), float(high)
