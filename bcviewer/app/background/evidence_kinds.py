"""What can be asked of a unit, and who answers. Imported in the thread that first needs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from bcviewer.core.evidence import amplitudes, drift, pair
from bcviewer.core.evidence.ask import Ask
from bcviewer.core.evidence.correlogram import auto_correlogram
from bcviewer.core.evidence.decay import falloff
from bcviewer.core.evidence.intervals import intervals
from bcviewer.core.evidence.raw_spikes import raw_spikes
from bcviewer.core.evidence.similar import similar
from bcviewer.core.evidence.time_numbers import time_numbers
from bcviewer.core.evidence.waveform import picture
from bcviewer.oracle import amplitude_by_bombcell, raw_by_bombcell
from bcviewer.oracle.refractory_by_bombcell import contamination
from bcviewer.oracle.shape_by_bombcell import ask_shape
from bcviewer.oracle.split_by_bombcell import split
from bcviewer.oracle.together_by_bombcell import together

NUMBERS, BOMBCELL, RAW = "numbers", "bombcell", "raw"
"""Who answers: numbers of our own, one who waits for bombcell, one who waits for the raw file."""


class EvidenceKind(NamedTuple):
    """Who answers an ask.

    Attributes
    ----------
    compute : callable
        ``compute(unit, *settings)`` for numbers of our own, ``compute(unit, bombcell, *settings)``
        where bombcell's functions are needed. Raises ``UserError`` where there is no answer.
    by_bombcell : bool
        Whether it asks the helper process.
    from_raw : bool
        Whether it reads the raw file: many places of a large file, maybe on a drive of its own.
    """

    compute: Callable[..., object]
    by_bombcell: bool = False
    from_raw: bool = False


KINDS: dict[str, EvidenceKind] = {
    "amplitudes": EvidenceKind(amplitudes.over_time),
    "amplitude_distribution": EvidenceKind(amplitudes.distribution),
    "amplitude_fit": EvidenceKind(amplitude_by_bombcell.ask, by_bombcell=True),
    "drift": EvidenceKind(drift.over_time),
    "drift_share": EvidenceKind(drift.usable_share),
    "waveform": EvidenceKind(picture),
    "falloff": EvidenceKind(falloff),
    "shape": EvidenceKind(ask_shape, by_bombcell=True),
    "correlogram": EvidenceKind(auto_correlogram),
    "isi": EvidenceKind(intervals),
    "contamination": EvidenceKind(contamination, by_bombcell=True),
    "pair": EvidenceKind(pair.pair),
    "time": EvidenceKind(time_numbers),
    "beside": EvidenceKind(pair.beside),
    "similar": EvidenceKind(similar),
    "together": EvidenceKind(together, by_bombcell=True, from_raw=True),
    "split": EvidenceKind(split, by_bombcell=True, from_raw=True),
    "raw_spikes": EvidenceKind(raw_spikes, from_raw=True),
    "raw_near": EvidenceKind(raw_by_bombcell.near_cut_off, by_bombcell=True, from_raw=True),
    "raw_check": EvidenceKind(raw_by_bombcell.check_mean, by_bombcell=True, from_raw=True),
}
"""Every kind of ask."""


def lane_of(ask: Ask) -> str:
    """Return who answers an ask."""
    kind = KINDS[ask.kind]
    if kind.from_raw:
        return RAW
    return BOMBCELL if kind.by_bombcell else NUMBERS


def compute(ask: Ask, unit: Any, bombcell: Any) -> object:
    """Return the answer to one ask."""
    kind = KINDS[ask.kind]
    unit = replace(unit, stretch=ask.stretch)
    if kind.by_bombcell:
        return kind.compute(unit, bombcell, *ask.settings)
    return kind.compute(unit, *ask.settings)
