"""The amplitudes of two units over the session, few enough to be drawn over each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Floats, Floats32
from bcviewer.core.evidence.recording import UnitSpikes

MOST_DOTS = 3000
"""So many spikes of a unit are drawn, spread evenly over them; more would hide the other's."""


@dataclass(frozen=True, slots=True, eq=False)
class Dots:
    """Some spikes of a unit.

    Attributes
    ----------
    times : numpy.ndarray
        When, s, shape (k,).
    amplitudes : numpy.ndarray
        Kilosort's arbitrary unit, finite, shape (k,).
    every : int
        Each so-many-th spike of the unit is one of them.
    why_none : str
        Why there are none; empty where there are.
    """

    times: Floats
    amplitudes: Floats32
    every: int
    why_none: str = ""


def dots(train: UnitSpikes) -> Dots:
    """Return the spikes of a unit that are drawn: each k-th of them, whatever their amplitudes."""
    values = train.amplitudes
    every = max(1, -(-train.n // MOST_DOTS))
    if values is None:
        why = train.no_amplitudes or "amplitudes.npy: not usable."
        return Dots(np.empty(0), np.empty(0, np.float32), every, why)
    some = values[::every]
    finite = np.isfinite(some)
    return Dots(train.times[::every][finite], some[finite], every, "" if finite.any() else "none")
