"""Asks bombcell how many spikes a unit misses, and for the fit behind the number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from bcviewer.core.arrays import Array, Floats
from bcviewer.core.evidence.presence import kept_time
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.run.stretch import Stretch
from bcviewer.errors import UserError
from bcviewer.oracle.asked import Helper

COLUMN = "percentageSpikesMissing_gaussian"
"""The column that the fit's percentage is saved in."""

TOLERANCE = 0.05
"""Percentages that differ by less are one, as they read: the optimiser stops at a change of 0.1 %,
so that another machine's mathematics may move the digits behind."""


@dataclass(frozen=True, slots=True, eq=False)
class CutOffFit:
    """The Gaussian that bombcell fits to a unit's amplitudes.

    Attributes
    ----------
    percent : float
        Spikes missing, %, as bombcell computes it now; 100: the peak is cut off and there is no
        fit; NaN: five spikes or less.
    saved : float
        The percentage in the results; NaN: none.
    x, y : numpy.ndarray
        Middles of the bins and the counts that were fitted; empty where there was no fit.
    height, centre, width, cut_off : float
        The Gaussian, in spikes and Kilosort's arbitrary unit; NaN where there was no fit.
    chosen : Stretch or None
        The stretch that it is of, where one was chosen by hand.
    """

    percent: float
    saved: float
    x: Floats
    y: Floats
    height: float
    centre: float
    width: float
    cut_off: float
    chosen: Stretch | None = None

    @property
    def fitted(self) -> bool:
        """Whether there is a Gaussian."""
        return len(self.x) > 0

    @property
    def agrees(self) -> bool:
        """Whether the percentage is the saved one; a missing one disagrees with nothing."""
        return self.saved != self.saved or abs(self.percent - self.saved) <= TOLERANCE

    def curve(self, x: Floats) -> Floats:
        """Return the whole Gaussian at some amplitudes (``bombcell.gaussian_cut``, uncut)."""
        if self.width == 0:
            return np.zeros(len(x))
        scaled = (x - self.centre) / self.width
        return np.asarray(self.height * np.exp(-0.5 * scaled**2))

    def cut_off_at(self, percent: float) -> float:
        """Return the cut-off at which so many spikes, %, would be missing; NaN: at none.

        The reverse of :meth:`percent_at`.
        """
        if not self.fitted or not self.width or not 0 < percent < 100:
            return math.nan
        return self.centre + abs(self.width) * NormalDist().inv_cdf(percent / 100)

    def percent_at(self, cut_off: float) -> float:
        """Return how many spikes, %, would be missing with the Gaussian cut off elsewhere.

        As ``bombcell.quality_metrics.perc_spikes_missing`` takes it from the fit.
        """
        return 100 * (1 - NormalDist().cdf((self.centre - cut_off) / abs(self.width)))

    def words(self) -> str:
        """Return what the percentage stands for where it is no estimate; empty where it is one."""
        if self.percent != self.percent:
            return "five spikes or less in this time: no percentage"
        return METRICS[COLUMN].sentinel_words(self.percent) if not self.fitted else ""


def ask(unit: UnitData, bombcell: Helper) -> CutOffFit:
    """Return the fit to the kept spikes, as the second pass of a Bombcell run makes it.

    Of a stretch it is the same fit to the spikes of that.

    Raises
    ------
    UserError
        Where the kept time or the amplitudes are unknown, or bombcell cannot be asked.
    """
    kept = kept_time(unit)
    if not kept.known:
        raise UserError(f"No fit: {kept.why}.")
    spikes = unit.recording.spikes(unit.row).between(kept.start, kept.stop)
    if spikes.amplitudes is None:
        raise UserError(spikes.no_amplitudes or "amplitudes.npy: not usable.")
    arrays: dict[str, Array] = {"amplitudes": spikes.amplitudes, "times": spikes.times}
    found = bombcell.ask("amplitude", {"start": kept.start, "stop": kept.stop}, arrays)
    none = np.empty(0)
    height, centre, width, cut_off = (float(v) for v in found.get("fit", np.full(4, np.nan)))
    return CutOffFit(
        float(found["gaussian"]),
        unit.saved(COLUMN),
        np.asarray(found.get("x", none), np.float64),
        np.asarray(found.get("y", none), np.float64),
        height,
        centre,
        width,
        cut_off,
        unit.stretch,
    )
