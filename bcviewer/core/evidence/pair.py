"""Two units beside each other: what speaks for, and against, their being one neuron."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from bcviewer.core.arrays import Floats
from bcviewer.core.evidence.correlogram import Correlogram, correlogram
from bcviewer.core.evidence.pair_templates import (
    Overlay,
    both_templates,
    distance_um,
    overlay_of,
    peak_channel,
    similarity_of,
)
from bcviewer.core.evidence.recording import Ints, UnitData, UnitSpikes

NEAR_MS = 2.0
"""A spike of the other unit is near that is less than so far away, before or after."""

MINUTE_S = 60.0
"""Rates, and whether a unit is active, are taken in bins of that length."""

_MOST_MINUTES = 100_000
"""No recording is so long: times that say so are damaged, and one bin has them all."""


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """Of one unit's spikes, those whose nearest spike of the other is nearer than ``NEAR_MS``.

    Attributes
    ----------
    share : float
        Their share; NaN without spikes.
    chance : float
        The share if the two fired independently at the rates of each minute; NaN without spikes.
    """

    share: float
    chance: float


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two units, over the whole session: not the kept time only.

    Attributes
    ----------
    rows : tuple of int
        The units.
    lags : Correlogram
        Lags from the first unit's spikes to the second's.
    chance : float
        Pairs in a whole bin if the two fired independently at the rates of each minute.
    near : tuple of Near
        Of the first unit's spikes, and of the second's.
    similarity : float
        Of the templates, NaN where it is not known.
    similarity_source : str
        Where it comes from, or why it is not known.
    overlay : Overlay or None
        The templates.
    why_no_overlay : str
        Why there are none.
    distance_um : float
        Between the peak channels; NaN where it is not known.
    n_both, n_either : int
        Minutes in which both units fire, and in which any of them does.
    notes : tuple of str
        What a curator must know of where the spikes come from.
    """

    rows: tuple[int, int]
    lags: Correlogram
    chance: float
    near: tuple[Near, Near]
    similarity: float
    similarity_source: str
    overlay: Overlay | None
    why_no_overlay: str
    distance_um: float
    n_both: int
    n_either: int
    notes: tuple[str, ...]


def pair(unit: UnitData, a: int, b: int, window_ms: float, bin_ms: float) -> Pair:
    """Compare two units.

    Parameters
    ----------
    unit : UnitData
        Gives the run and the recording; which unit it is says nothing.
    a, b : int
        Rows of the units.
    window_ms, bin_ms : float
        Of the correlogram.

    Raises
    ------
    UserError
        If the spikes of either cannot be read.
    """
    run, recording = unit.run, unit.recording
    trains = [recording.spikes(row) for row in (a, b)]
    samples = [train.samples for train in trains]
    rate = trains[0].sample_rate
    lags = correlogram(samples[0], samples[1], window_ms, bin_ms, rate)
    minutes = _Minutes.of(samples[0], samples[1], rate)
    back = replace(minutes, of_a=minutes.of_b, of_b=minutes.of_a)
    units = replace(unit, row=a), replace(unit, row=b)
    templates, why = both_templates(units)
    similarity, source = similarity_of(units, templates, why)
    overlay, apart = None, math.nan
    if templates is not None:
        peaks = peak_channel(units[0], templates[0]), peak_channel(units[1], templates[1])
        apart = distance_um(run, *peaks)
        overlay, why = overlay_of(run, templates, peaks, apart)
    return Pair(
        (a, b),
        lags,
        minutes.pairs_within(lags.bin_ms / 1000.0),
        (_near(samples[0], samples[1], minutes), _near(samples[1], samples[0], back)),
        similarity,
        source,
        overlay,
        why,
        apart,
        minutes.n_both,
        minutes.n_either,
        _notes(units, trains),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Minutes:
    """Spikes of two units in each minute, and what follows if they fire independently there.

    Rates are taken minute by minute: two units that are active at the same times meet more often
    than their mean rates say, without having to do with each other.
    """

    of_a: Ints
    of_b: Ints
    seconds: Floats
    sample_rate: float

    @classmethod
    def of(cls, a: Ints, b: Ints, sample_rate: float) -> _Minutes:
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


def _near(a: Ints, b: Ints, minutes: _Minutes) -> Near:
    """Return how many spikes of ``a`` have one of ``b`` near; a lag in whole samples."""
    if not len(a) or not len(b):
        return Near(math.nan, math.nan)
    limit = NEAR_MS / 1000.0 * minutes.sample_rate
    at = np.searchsorted(b, a)
    after = np.abs(b[np.minimum(at, len(b) - 1)] - a)
    before = np.abs(a - b[np.maximum(at - 1, 0)])
    n = int((np.minimum(after, before) < limit).sum())
    n_lags = 2 * math.ceil(limit) - 1
    return Near(n / len(a), minutes.share_within(n_lags / minutes.sample_rate))


def _notes(units: tuple[UnitData, UnitData], trains: list[UnitSpikes]) -> tuple[str, ...]:
    found = zip(units, trains, strict=True)
    return tuple(f"{unit.named.capitalize()}: {t.note}" for unit, t in found if t.note)
