"""What several units would be as one: numbers for a pair that a person chose, and no advice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.evidence.dip import ENOUGH
from bcviewer.core.evidence.pairs import close_pairs
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.run.scored import Scored, listed

CONTAMINATION = "fractionRPVs_estimatedTauR"
_SAME_MS, _CLOSE_MS, _FAR_MS = 0.25, 2.0, 50.0
"""Pairs that are nearer than the first are one spike that both have; close ones are nearer than
the second; how many of these are expected is told by those from there up to the third."""


@dataclass(frozen=True, slots=True)
class Close:
    """Pairs of spikes of different units that are close in time.

    Attributes
    ----------
    same : int
        Pairs nearer than 0.25 ms: spikes that both have.
    observed : int
        Pairs 0.25 to 2 ms apart.
    expected : float
        So many of these as those 2 to 50 ms apart let expect.
    """

    same: int
    observed: int
    expected: float

    @property
    def words(self) -> str:
        """Whether they keep out of each other's way: ``dip 0.20 of 14 expected pairs``."""
        expected = f"{self.expected:,.0f}" if self.expected >= 10 else f"{self.expected:.1f}"
        if self.expected < ENOUGH:
            return f"dip: {expected} expected pairs, too few to say"
        return f"dip {self.observed / self.expected:.2g} of {expected} expected pairs"


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """Several units, scored as if they were one.

    Attributes
    ----------
    cluster_ids : tuple of int
        The units.
    scored : Scored
        What bombcell says of all their spikes.
    presence : str
        In how many bins of its kept time it is present (``58/60``); empty: not known.
    apart : tuple of float
        RPV fraction of each by itself; NaN: not known.
    sizes : tuple of int
        Spikes of each.
    close : Close
        Pairs of spikes of different units.
    """

    cluster_ids: tuple[int, ...]
    scored: Scored
    presence: str
    apart: tuple[float, ...]
    sizes: tuple[int, ...]
    close: Close

    @property
    def parts(self) -> tuple[str, ...]:
        """What there is to say, the verdict first."""
        each = tuple(METRICS[CONTAMINATION].text(value) for value in self.apart)
        all_of_them = self.scored.value(CONTAMINATION)
        same, by = self.close.same, "both" if len(self.sizes) == 2 else "two of them"
        return (
            self.scored.verdict,
            f"RPV {METRICS[CONTAMINATION].text(all_of_them)} ({listed(each)})",
            f"presence {of_bins(self.presence)}",
            self.close.words,
            f"sizes {listed(tuple(f'{n:,}' for n in self.sizes))}",
            *((f"{count_of(same, 'spike')} found by {by}",) if same else ()),
            *self.scored.remarks,
        )


def of_bins(presence: str) -> str:
    """Return in how many bins a unit is present, to be read: ``58 of 60``."""
    return presence.replace("/", " of ") or "not known"


def close_of(trains: Sequence[Ints], sample_rate: float) -> Close:
    """Count the close pairs of spikes of different units.

    Parameters
    ----------
    trains : sequence of numpy.ndarray
        Spikes of each unit, int64 samples, ascending.
    sample_rate : float
        Hz.
    """
    same, close, far = (
        math.ceil(ms / 1000 * sample_rate - 1e-3) for ms in (_SAME_MS, _CLOSE_MS, _FAR_MS)
    )
    counts = np.zeros(3, np.int64)
    for one, other in combinations(trains, 2):
        for first, second, low in ((one, other, 0), (other, one, 1)):  # lag 0 is met once
            for _, lag in close_pairs(first, second, far):
                kept = lag[lag >= low]
                bins = np.searchsorted([same, close], kept, "right")
                counts += np.bincount(bins, minlength=3)
    expected = float(counts[2]) * (close - same) / max(far - close, 1)
    return Close(int(counts[0]), int(counts[1]), expected)
