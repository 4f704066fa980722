"""The units whose templates are most like a unit's, with what tells them apart or not.

Evidence, and no advice: whether two units are one neuron is for a person to say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bcviewer.core.evidence.dip import Dip, dip
from bcviewer.core.evidence.minutes import Minutes
from bcviewer.core.evidence.pair_templates import distance_um, peak_channel, template_of
from bcviewer.core.evidence.recording import UnitData, UnitSpikes
from bcviewer.core.evidence.tau_r import Refractory, refractory
from bcviewer.errors import UserError

RAW_SIZE = "mean raw waveforms (rawAmplitude)"
SCALED_SIZE = "medians of Kilosort's amplitudes"


@dataclass(frozen=True, slots=True)
class Size:
    """How large one unit is beside another.

    Attributes
    ----------
    ratio : float
        The second one's size in shares of the first one's; NaN where it is not known.
    source : str
        What was compared, or why nothing was.
    """

    ratio: float
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """A similar unit beside the one that it is similar to; over the whole session.

    Attributes
    ----------
    row : int
        The similar unit.
    similarity : float
        Of the templates.
    distance_um : float
        Between the peak channels; NaN where it is not known.
    size : Size
        Its size in shares of the other's.
    n_both, n_either : int
        Minutes in which both fire, and in which any of them does.
    dip : Dip
        Pairs of spikes within the refractory period.
    """

    row: int
    similarity: float
    distance_um: float
    size: Size
    n_both: int
    n_either: int
    dip: Dip

    @property
    def overlap(self) -> float:
        """Of the minutes in which any of them fires the share in which both do; NaN: none."""
        return self.n_both / self.n_either if self.n_either else math.nan


@dataclass(frozen=True, slots=True, eq=False)
class Similar:
    """The most similar units of one, the likest first.

    Attributes
    ----------
    row : int
        The unit.
    others : tuple of Alike
        At most five.
    source : str
        Where the similarity comes from, a sentence.
    by_kilosort : bool
        Whether it is Kilosort's.
    why_none : str
        Why there are no others; empty where there are.
    """

    row: int
    others: tuple[Alike, ...]
    source: str
    by_kilosort: bool
    why_none: str = ""


def similar(unit: UnitData, n_units: int) -> Similar:  # noqa: ARG001  another number, another ask
    """Return the units whose templates are most like a unit's.

    Parameters
    ----------
    unit : UnitData
        The unit.
    n_units : int
        Rows of its sheet, as far as whoever asks knows: once phy's units are among them, what was
        answered before is no answer any more.

    Raises
    ------
    UserError
        If the unit's spikes cannot be read, or nothing is known of its template.
    """
    found = unit.recording.similar(unit.row)
    own = unit.recording.spikes(unit.row)
    periods = refractory(unit)
    others = []
    for row, value in zip(found.rows.tolist(), found.values.tolist(), strict=True):
        unit.asker.check()
        others.append(_beside(unit, own, periods, unit.at(row), value))
    why = "" if others else why_none(unit)
    return Similar(unit.row, tuple(others), found.source, found.by_kilosort, why)


def why_none(unit: UnitData) -> str:
    """Return why a unit has no similar one: a sentence."""
    if int(unit.unit_ids.has_id.sum()) < 2:
        return "There is no other unit to compare this one with."
    return (
        "No other unit with spikes has a template that is like this one at all"
        " (similarity above 0)."
    )


def _beside(
    unit: UnitData, own: UnitSpikes, periods: Refractory, other: UnitData, value: float
) -> Alike:
    theirs = other.recording.spikes(other.row)
    minutes = Minutes.of(own.samples, theirs.samples, own.sample_rate)
    return Alike(
        other.row,
        value,
        apart_um((unit, other)),
        size_ratio((unit, other), (own, theirs)),
        minutes.n_both,
        minutes.n_either,
        dip(own.samples, theirs.samples, minutes, (periods, refractory(other))),
    )


def apart_um(units: tuple[UnitData, UnitData]) -> float:
    """Return the distance of two units' peak channels, µm; NaN where it is not known."""
    try:
        first, second = map(peak_of, units)
    except UserError:
        return math.nan
    return distance_um(units[0].run, first, second)


def peak_of(unit: UnitData) -> int:
    """Return Bombcell's peak channel; of a unit that it has not scored, its template's."""
    saved = unit.metric("maxChannels")
    if saved >= 0 and saved == math.floor(saved):
        return int(saved)
    return peak_channel(unit, template_of(unit))


def size_ratio(units: tuple[UnitData, UnitData], trains: tuple[UnitSpikes, UnitSpikes]) -> Size:
    """Return the second unit's size in shares of the first one's.

    By Bombcell's raw amplitude where both have one, else by Kilosort's amplitudes.
    """
    first, second = (unit.metric("rawAmplitude") for unit in units)
    if 0 < first < math.inf and 0 < second < math.inf:
        return Size(second / first, RAW_SIZE)
    medians = []
    for train in trains:
        if train.amplitudes is None:
            return Size(math.nan, train.no_amplitudes or "amplitudes.npy: not usable.")
        finite = train.amplitudes[np.isfinite(train.amplitudes)]
        medians.append(float(np.median(finite)) if len(finite) else math.nan)
    if not (medians[0] > 0 and medians[1] > 0):
        return Size(math.nan, "no amplitudes above 0")
    return Size(medians[1] / medians[0], SCALED_SIZE)
