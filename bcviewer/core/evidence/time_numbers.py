"""What can be said in numbers of a unit's kept time, and as well of a stretch of the recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.evidence.drift import bin_medians, drift_bin, drift_bins
from bcviewer.core.evidence.kept import KeptSpikes, kept_spikes
from bcviewer.core.evidence.presence import Presence, kept_time, presence_of
from bcviewer.core.evidence.recording import UnitData, UnitSpikes


@dataclass(frozen=True, slots=True, eq=False)
class TimeNumbers:
    """Numbers of some time of a unit.

    Attributes
    ----------
    kept : KeptSpikes
        The time, and how many spikes are in it.
    presence : Presence or None
        In which of its bins the unit fires.
    no_presence : str
        Why there are no bins; empty where there are.
    amplitude : float
        Median of the amplitudes, Kilosort's arbitrary unit; NaN without any.
    drift_um : float
        Largest minus smallest median depth, of the depths that are saved and in Bombcell's bins,
        µm; NaN where no depths are known.
    """

    kept: KeptSpikes
    presence: Presence | None
    no_presence: str
    amplitude: float
    drift_um: float


def time_numbers(unit: UnitData) -> TimeNumbers:
    """Return the numbers of the time that is asked about: what Bombcell kept, or a stretch.

    Raises
    ------
    UserError
        If the unit's spikes cannot be read.
    """
    spikes, kept = kept_spikes(unit)
    presence, why = presence_of(unit, spikes.times, kept_time(unit))
    values = np.empty(0) if spikes.amplitudes is None else spikes.amplitudes
    finite = values[np.isfinite(values)]
    median = float(np.median(finite)) if len(finite) else float("nan")
    return TimeNumbers(kept, presence, why, median, _drift(unit, spikes))


def _drift(unit: UnitData, spikes: UnitSpikes) -> float:
    """Return the largest minus the smallest median depth of some spikes, µm; NaN: not known."""
    if spikes.depths is None:
        return float("nan")
    edges, size = drift_bins(spikes.times, drift_bin(unit))
    if len(edges) < 2:
        return float("nan")
    medians, _ = bin_medians(spikes.times, spikes.depths, edges, size)
    there = medians[np.isfinite(medians)]
    return float(there.max() - there.min()) if len(there) else float("nan")


def beside_words(part: TimeNumbers, whole: TimeNumbers) -> tuple[str, ...]:
    """Return what no rule reads of a stretch, beside the whole: ``firing rate 3 Hz (whole: 2)``."""
    pairs = (
        ("firing rate", part.kept.rate, whole.kept.rate, "Hz", ".3g"),
        ("median amplitude", part.amplitude, whole.amplitude, "a.u.", ".4g"),
        ("drift of the saved depths", part.drift_um, whole.drift_um, "µm", ".1f"),
    )
    return tuple(
        f"{name} {part_of:{digits}} {unit} (whole: {all_of:{digits}})"
        for name, part_of, all_of, unit, digits in pairs
        if part_of == part_of and all_of == all_of
    )
