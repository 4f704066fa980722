"""Single raw spikes for which bombcell is needed: its own mean, and those near its cut-off."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Array
from bcviewer.core.evidence.kept import kept_spikes
from bcviewer.core.evidence.raw_mean import MeanDifference, compare, why_no_mean
from bcviewer.core.evidence.raw_spikes import NEAR, Snippets, snippets_of, spikes_of_mean
from bcviewer.core.evidence.raw_view import RawView, open_raw, read, taken
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.rules.counts import count_of
from bcviewer.errors import UserError
from bcviewer.oracle import amplitude_by_bombcell
from bcviewer.oracle.asked import Helper


@dataclass(frozen=True, slots=True)
class MeanCheck:
    """Whether our mean of the spikes that Bombcell takes is bombcell's own.

    Attributes
    ----------
    n : int
        How many spikes.
    against : MeanDifference
        The two held against each other.
    unit : str
        The unit of their difference: ``µV`` or ``raw units``.
    """

    n: int
    against: MeanDifference
    unit: str

    def words(self) -> str:
        """Return it in a sentence."""
        of = f"mean of the same {count_of(self.n, 'spike')}"
        if self.against.is_same:
            return f"bombcell's own {of} is ours"
        return f"bombcell's own {of} differs {self.against.how(self.unit)}"


@dataclass(frozen=True, slots=True)
class NoCutOff:
    """Why there is no number to be near to.

    Attributes
    ----------
    why : str
        Why.
    is_known : bool
        Whether bombcell says that there is no cut-off; False: it could not be asked for one.
    """

    why: str
    is_known: bool

    @property
    def short(self) -> str:
        """Which of the two."""
        return "no cut-off" if self.is_known else "cut-off not known"


@dataclass(frozen=True, slots=True, eq=False)
class NearCutOff:
    """The spikes whose amplitudes are nearest the cut-off that bombcell fits.

    Attributes
    ----------
    view : RawView
        Which raw file, and how it is looked at.
    snippets : Snippets
        The spikes.
    cut_off : float or NoCutOff
        The cut-off, Kilosort's arbitrary unit; or why there is none: then these are the spikes of
        the smallest amplitudes.
    low, high : float
        The amplitudes that they reach from and to.
    """

    view: RawView
    snippets: Snippets
    cut_off: float | NoCutOff
    low: float
    high: float

    @property
    def group(self) -> str:
        """What kind of spikes they are."""
        return "smallest" if isinstance(self.cut_off, NoCutOff) else "near the cut-off"

    def title(self) -> str:
        """Return which spikes they are, in short."""
        if isinstance(self.cut_off, NoCutOff):
            return f"{self.cut_off.short}: {self.snippets.n:,} smallest amplitudes"
        return f"{self.snippets.n:,} nearest the cut-off ({self.cut_off:.3g})"

    def words(self) -> str:
        """Return which spikes they are."""
        which = f"{self.snippets.n:,} of {count_of(self.snippets.n_all, 'spike')}"
        reach = f"amplitudes {self.low:.3g} to {self.high:.3g}"
        if isinstance(self.cut_off, NoCutOff):
            why = f"{self.cut_off.short}: {self.cut_off.why}"
            return f"The smallest amplitudes ({which}, {reach}); {why}"
        return f"Nearest the cut-off at {self.cut_off:.3g} ({which}, {reach})"


def check_mean(unit: UnitData, bombcell: Helper, chosen: str) -> MeanCheck:
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
    if why := why_no_mean(len(spikes)):
        raise UserError(f"bombcell is not asked for one: {why}")
    stored = file.snippets(cut.starts(spikes), cut.width, view.channels, unit.asker.check)
    params: dict[str, float | bool | str] = {
        "half": float(cut.half),
        "baseline": float(cut.baseline),
        "detrend": cut.detrend,
    }
    arrays: dict[str, Array] = {"snippets": stored}
    theirs = bombcell.ask("raw", params, arrays)["mean"] * view.scale
    ours = cut.levelled(stored).mean(axis=0) * view.scale
    return MeanCheck(len(spikes), compare(ours, theirs), view.unit)


def near_cut_off(unit: UnitData, bombcell: Helper, chosen: str) -> NearCutOff:
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
    told = np.isfinite(kept.amplitudes)
    fits = view.cut.inside(kept.samples, view.about.n_samples) & told
    if not fits.any():
        time = "kept time" if unit.stretch is None else "stretch"
        raise UserError(f"no spike of the {time} has an amplitude and is wholly in the raw file.")
    cut_off = _cut_off(unit, bombcell)
    samples = kept.samples[fits]
    amplitudes = kept.amplitudes[fits].astype(np.float64)
    away = amplitudes if isinstance(cut_off, NoCutOff) else np.abs(amplitudes - cut_off)
    near = np.sort(np.argsort(away, kind="stable")[:NEAR])
    (values,) = read(view, file, unit, (samples[near],))
    n_all, reach = int(np.count_nonzero(told)), amplitudes[near]
    return NearCutOff(
        view,
        snippets_of(values, n_all, n_all - len(samples)),
        cut_off,
        float(reach.min()),
        float(reach.max()),
    )


def _cut_off(unit: UnitData, bombcell: Helper) -> float | NoCutOff:
    """Return the cut-off of bombcell's fit, or why there is none."""
    try:
        fit = amplitude_by_bombcell.ask(unit, bombcell)
    except UserError as error:
        return NoCutOff(error.message, is_known=False)
    if not fit.fitted or not math.isfinite(fit.cut_off):
        return NoCutOff(fit.words() or "bombcell made no fit", is_known=True)
    return fit.cut_off
