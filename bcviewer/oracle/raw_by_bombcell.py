"""Single raw spikes for which bombcell is needed: its own mean, and those near its cut-off."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bcviewer.core.evidence.kept import kept_spikes
from bcviewer.core.evidence.raw_spikes import (
    MOST_OF_MEAN,
    NEAR,
    Snippets,
    View,
    difference,
    open_raw,
    read,
    snippets_of,
    spikes_of_mean,
    taken,
)
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.run import Array
from bcviewer.errors import UserError
from bcviewer.oracle import amplitude_by_bombcell
from bcviewer.oracle.client import Bombcell


@dataclass(frozen=True, slots=True)
class MeanCheck:
    """Whether our mean of the spikes that Bombcell takes is bombcell's own.

    Attributes
    ----------
    n : int
        How many spikes.
    off : float
        Their largest difference on any channel, in ``unit``.
    unit : str
        ``µV`` or ``raw units``.
    is_same : bool
        Whether they are the same, but for rounding.
    """

    n: int
    off: float
    unit: str
    is_same: bool

    def words(self) -> str:
        """Return it in a sentence."""
        of = f"mean of the same {count_of(self.n, 'spike')}"
        if self.is_same:
            return f"bombcell's own {of} is ours"
        return f"bombcell's own {of} differs by up to {self.off:.3g} {self.unit}"


@dataclass(frozen=True, slots=True, eq=False)
class NearCutOff:
    """The spikes whose amplitudes are nearest the cut-off that bombcell fits.

    Attributes
    ----------
    view : View
        Which raw file, and how it is looked at.
    snippets : Snippets
        The spikes.
    cut_off : float
        The cut-off, Kilosort's arbitrary unit; NaN where there is none: then these are the
        spikes of the smallest amplitudes.
    low, high : float
        The amplitudes that they reach from and to.
    why_none : str
        Why there is no cut-off; empty where there is one.
    """

    view: View
    snippets: Snippets
    cut_off: float
    low: float
    high: float
    why_none: str

    def words(self) -> str:
        """Return which spikes they are."""
        which = f"{self.snippets.n:,} of {count_of(self.snippets.n_all, 'spike')}"
        reach = f"amplitudes {self.low:.3g} to {self.high:.3g}"
        if self.why_none:
            return f"The smallest amplitudes ({which}, {reach}): {self.why_none}"
        return f"Nearest the cut-off at {self.cut_off:.3g} ({which}, {reach})"


def check_mean(unit: UnitData, bombcell: Bombcell, chosen: str) -> MeanCheck:
    """Ask bombcell for the mean of the spikes that it takes, and hold ours against it.

    Bombcell gets the snippets, not the file: its process must not hang in a drive.

    Raises
    ------
    UserError
        Where the raw file cannot be read, or bombcell cannot be asked.
    """
    view, file = open_raw(unit, chosen)
    cut = view.cut
    spikes = cut.mean_of(taken(view, unit, spikes_of_mean(unit)))
    if not 0 < len(spikes) <= MOST_OF_MEAN:
        raise UserError(f"bombcell is not asked for a mean of {count_of(len(spikes), 'spike')}.")
    stored = file.snippets(cut.starts(spikes), cut.width, view.channels, unit.asker.check)
    params: dict[str, float | bool | str] = {
        "half": float(cut.half),
        "baseline": float(cut.baseline),
        "detrend": cut.detrend,
    }
    arrays: dict[str, Array] = {"snippets": stored}
    theirs = bombcell.ask("raw", params, arrays)["mean"] * view.scale
    ours = cut.levelled(stored).mean(axis=0) * view.scale
    off, same = difference(ours, theirs)
    return MeanCheck(len(spikes), off, view.unit, same)


def near_cut_off(unit: UnitData, bombcell: Bombcell, chosen: str) -> NearCutOff:
    """Return the spikes of the kept time whose amplitudes are nearest bombcell's cut-off.

    Raises
    ------
    UserError
        Where the raw file, the spikes or their amplitudes cannot be read.
    """
    view, file = open_raw(unit, chosen)
    kept, _ = kept_spikes(unit)
    if kept.amplitudes is None:
        raise UserError(kept.no_amplitudes or "amplitudes.npy: not usable.")
    taken(view, unit, kept.samples)  # raises where none of them is in the file
    fits = view.cut.inside(kept.samples, view.about.n_samples) & np.isfinite(kept.amplitudes)
    cut_off, why = _cut_off(unit, bombcell)
    samples = kept.samples[fits]
    amplitudes = kept.amplitudes[fits].astype(np.float64)
    away = amplitudes if math.isnan(cut_off) else np.abs(amplitudes - cut_off)
    near = np.sort(np.argsort(away, kind="stable")[:NEAR])
    (values,) = read(view, file, unit, (samples[near],))
    reach = amplitudes[near] if len(near) else np.full(1, np.nan)
    return NearCutOff(
        view,
        snippets_of(values, len(samples)),
        cut_off,
        float(reach.min()),
        float(reach.max()),
        why,
    )


def _cut_off(unit: UnitData, bombcell: Bombcell) -> tuple[float, str]:
    """Return the cut-off of bombcell's fit, or NaN and why there is none."""
    try:
        fit = amplitude_by_bombcell.ask(unit, bombcell)
    except UserError as error:
        return math.nan, error.message
    return fit.cut_off, "" if fit.fitted else f"{fit.words() or 'no fit'}"
