"""The mean of the spikes that Bombcell takes, held against the one that it saved."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Floats
from bcviewer.core.evidence.raw_view import RawView
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.rules.counts import count_of
from bcviewer.errors import UserError

MOST_OF_MEAN = 2000
"""A mean of more spikes than that is not counted again: it would be most of the file."""

SAME = 1e-4
"""Two means are the same within this share of the largest value of the two: Bombcell saves what it
computed, and some releases in single precision."""


@dataclass(frozen=True, slots=True)
class MeanDifference:
    """Two means that were held against each other.

    Attributes
    ----------
    off : float
        Their largest difference; infinite where one has a value and the other has none.
    is_same : bool
        Whether they are the same, but for rounding.
    """

    off: float
    is_same: bool

    def how(self, unit: str) -> str:
        """Return how two that differ do, in words that go on after *differs*."""
        if math.isinf(self.off):
            return "in which samples and channels have a value"
        return f"by up to {self.off:.3g} {unit}"


def compare(ours: Floats, theirs: Floats) -> MeanDifference:
    """Hold two means against each other; what neither of them has is no difference."""
    one, other = np.isnan(ours), np.isnan(theirs)
    if (one != other).any():
        return MeanDifference(math.inf, is_same=False)
    if one.all():
        return MeanDifference(0.0, is_same=True)
    off = float(np.nanmax(np.abs(ours - theirs)))
    largest = max(float(np.nanmax(np.abs(mean))) for mean in (ours, theirs))
    return MeanDifference(off, off <= SAME * max(largest, 1e-9))


def why_no_mean(n: int) -> str:
    """Return why the mean of so many spikes is not counted; empty: it is."""
    if n > MOST_OF_MEAN:
        return (
            f"it is of {count_of(n, 'spike')}, and more than {MOST_OF_MEAN:,} are not read for it."
        )
    return "" if n else "no spike is taken for it."


def against_saved(unit: UnitData, view: RawView, mean: Floats) -> MeanDifference | str:
    """Hold a mean against the one that Bombcell saved; a text: why that cannot be done."""
    if unit.stretch is not None:
        return "of a stretch Bombcell saved none."
    try:
        saved = np.asarray(unit.recording.raw_waveform(unit.row).values, np.float64)
    except UserError as error:
        return error.message
    if len(saved) != view.cut.width:
        return f"the saved one has {count_of(len(saved), 'sample')}, {view.cut.width} are cut."
    if saved.shape[1] <= (last := int(view.channels.max())):
        return f"the saved one has {count_of(saved.shape[1], 'channel')}, none for {last}."
    return compare(mean, saved[:, view.channels] * view.scale)
