"""What can be asked of a unit, and who answers. Imported in the thread that first needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from bcviewer.core.evidence import amplitudes, drift, pair
from bcviewer.core.evidence.ask import Ask
from bcviewer.core.evidence.correlogram import auto_correlogram
from bcviewer.core.evidence.decay import falloff
from bcviewer.core.evidence.intervals import intervals
from bcviewer.core.evidence.similar import similar
from bcviewer.core.evidence.waveform import picture
from bcviewer.oracle import amplitude_by_bombcell
from bcviewer.oracle.refractory_by_bombcell import contamination
from bcviewer.oracle.shape_by_bombcell import ask_shape


class Kind(NamedTuple):
    """Who answers an ask.

    Attributes
    ----------
    compute : callable
        ``compute(unit, *settings)`` for numbers of our own, ``compute(unit, bombcell, *settings)``
        where bombcell's functions are needed. Raises ``UserError`` where there is no answer.
    by_bombcell : bool
        Whether it asks the helper process.
    """

    compute: Callable[..., object]
    by_bombcell: bool = False


KINDS: dict[str, Kind] = {
    "amplitudes": Kind(amplitudes.over_time),
    "amplitude_distribution": Kind(amplitudes.distribution),
    "amplitude_fit": Kind(amplitude_by_bombcell.ask, by_bombcell=True),
    "drift": Kind(drift.over_time),
    "waveform": Kind(picture),
    "falloff": Kind(falloff),
    "shape": Kind(ask_shape, by_bombcell=True),
    "correlogram": Kind(auto_correlogram),
    "isi": Kind(intervals),
    "contamination": Kind(contamination, by_bombcell=True),
    "pair": Kind(pair.pair),
    "beside": Kind(pair.beside),
    "similar": Kind(similar),
}
"""Every kind of ask."""


def is_by_bombcell(ask: Ask) -> bool:
    """Return whether an ask needs the helper process."""
    return KINDS[ask.kind].by_bombcell


def compute(ask: Ask, unit: Any, bombcell: Any) -> object:
    """Return the answer to one ask."""
    kind = KINDS[ask.kind]
    if kind.by_bombcell:
        return kind.compute(unit, bombcell, *ask.settings)
    return kind.compute(unit, *ask.settings)
