"""Two units beside each other: what speaks for, and against, their being one neuron."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.evidence.correlogram import Correlogram, correlogram
from bcviewer.core.evidence.dip import Dip, dip
from bcviewer.core.evidence.minutes import Minutes
from bcviewer.core.evidence.pair_templates import (
    Overlay,
    both_templates,
    overlay_of,
    peak_channel,
    similarity_of,
)
from bcviewer.core.evidence.pair_time import Dots, dots
from bcviewer.core.evidence.recording import UnitData, UnitSpikes
from bcviewer.core.evidence.similar import Size, apart_um, size_ratio, why_none
from bcviewer.core.evidence.tau_r import refractory
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError

NEAR_MS = 2.0
"""A spike of the other unit is near that is less than so far away, before or after."""


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
class Auto:
    """A unit's auto-correlogram.

    Attributes
    ----------
    lags : Correlogram
        In the bins of the cross-correlogram.
    chance : float
        Pairs in a whole bin if its spikes fell independently at the rates of each minute.
    """

    lags: Correlogram
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
    dip : Dip
        Pairs within the refractory period.
    size : Size
        The second one's size in shares of the first one's.
    autos : tuple of Auto
        Of each with itself.
    dots : tuple of Dots
        Amplitudes of each over the session.
    end_s : float
        Where the session ends, s: at its last spike, or at theirs.
    place, n_places : int
        Which one of how many similar units the second one is; −1 of none: it was chosen.
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
    dip: Dip
    size: Size
    autos: tuple[Auto, Auto]
    dots: tuple[Dots, Dots]
    end_s: float
    place: int = -1
    n_places: int = 0


def beside(
    unit: UnitData,
    place: int,
    window_ms: float,
    bin_ms: float,
    n_units: int,  # noqa: ARG001  another number, another ask
) -> Pair:
    """Compare a unit with one of its most similar units.

    Parameters
    ----------
    unit : UnitData
        The unit: it is the first of the pair.
    place : int
        Which one: 0 is the likest. Goes around the end of those that there are.
    window_ms, bin_ms : float
        Of the correlogram.
    n_units : int
        Rows of the sheet, as for :func:`bcviewer.core.evidence.similar.similar`.

    Raises
    ------
    UserError
        If the spikes of either cannot be read, or there is no similar unit.
    """
    found = unit.recording.similar(unit.row)
    n = len(found.rows)
    if n == 0:
        raise UserError(why_none(unit))
    at = place % n
    pair_of = pair(unit, unit.row, int(found.rows[at]), window_ms, bin_ms)
    return replace(pair_of, similarity=float(found.values[at]), place=at, n_places=n)


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
    minutes = Minutes.of(samples[0], samples[1], rate)
    units = unit.at(a), unit.at(b)
    templates, why = both_templates(units)
    similarity, source = similarity_of(units, templates, why)
    overlay, apart = None, apart_um(units)
    if templates is not None:
        peaks = peak_channel(units[0], templates[0]), peak_channel(units[1], templates[1])
        overlay, why = overlay_of(run, templates, peaks, apart)
    return Pair(
        (a, b),
        lags,
        minutes.pairs_within(lags.bin_ms / 1000.0),
        (_near(samples[0], samples[1], minutes), _near(samples[1], samples[0], minutes.back)),
        similarity,
        source,
        overlay,
        why,
        apart,
        minutes.n_both,
        minutes.n_either,
        _notes(units, trains),
        dip(samples[0], samples[1], minutes, (refractory(units[0]), refractory(units[1]))),
        size_ratio(units, (trains[0], trains[1])),
        (
            _auto(samples[0], minutes.of_a, minutes, lags),
            _auto(samples[1], minutes.of_b, minutes, lags),
        ),
        (dots(trains[0]), dots(trains[1])),
        _end_s(run, trains),
    )


def _end_s(run: Run, trains: list[UnitSpikes]) -> float:
    """Return the end of the session, s; where it is not known, the last spike of the two."""
    lasts = [float(train.times[-1]) for train in trains if train.n]
    known = [run.session_s[1]] if math.isfinite(run.session_s[1]) else []
    return max([*lasts, *known, 0.0])


def _auto(samples: Ints, counts: Ints, minutes: Minutes, like: Correlogram) -> Auto:
    """Return a unit's auto-correlogram in the bins of a cross-correlogram."""
    window = like.bin_ms * (len(like.counts) // 2)
    found = correlogram(samples, None, window, like.bin_ms, like.sample_rate)
    alone = replace(minutes, of_a=counts, of_b=np.maximum(counts - 1, 0))
    return Auto(found, alone.pairs_within(like.bin_ms / 1000.0))


def _near(a: Ints, b: Ints, minutes: Minutes) -> Near:
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
