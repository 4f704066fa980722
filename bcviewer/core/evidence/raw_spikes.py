"""Single spikes from the raw file, as Bombcell cuts them: what a verdict rests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Floats, Floats32, Ints
from bcviewer.core.evidence.intervals import violating
from bcviewer.core.evidence.kept import KeptSpikes, kept_spikes
from bcviewer.core.evidence.raw_mean import MeanDifference, against_saved, why_no_mean
from bcviewer.core.evidence.raw_view import RawView, open_raw, read, taken
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.evidence.tau_r import Refractory, refractory
from bcviewer.core.rules.counts import count_of

SEED = 0
"""Of what is drawn of many: the same spikes each time."""

SINGLE, PAIRS, NEAR = 200, 60, 60
"""So many single spikes, violating pairs, and spikes nearest the cut-off are drawn at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Snippets:
    """Some spikes of a kind.

    Attributes
    ----------
    peak : numpy.ndarray
        Each of them on the peak channel, float32, shape (n, width).
    mean : numpy.ndarray
        Their mean on all channels of the view, shape (width, k); NaN without any.
    n_all : int
        How many there are of the kind; some of them are drawn.
    n_outside : int
        How many of them are not wholly in the file, and never drawn.
    """

    peak: Floats32
    mean: Floats
    n_all: int
    n_outside: int

    @property
    def n(self) -> int:
        """How many are drawn."""
        return len(self.peak)


@dataclass(frozen=True, slots=True, eq=False)
class RawSpikes:
    """Single spikes of a unit in the raw file.

    Attributes
    ----------
    view : RawView
        Which file, and how it is looked at.
    single : Snippets
        A sample of all spikes.
    first, second : Snippets
        Of the pairs that violate the refractory period, in the kept time: the earlier, and the
        later one.
    refractory : Refractory
        Which pairs violate.
    mean : numpy.ndarray or str
        The mean of the spikes that Bombcell takes, on all channels of the view, shape (width, k);
        or why it is not counted.
    n_mean : int
        How many they are.
    saved : MeanDifference or str
        That mean held against the one that Bombcell saved, in the view's unit; or why they were
        not compared.
    kept : KeptSpikes
        The time that the pairs are of.
    """

    view: RawView
    single: Snippets
    first: Snippets
    second: Snippets
    refractory: Refractory
    mean: Floats | str
    n_mean: int
    saved: MeanDifference | str
    kept: KeptSpikes

    def mean_words(self) -> str:
        """Whether the mean of Bombcell's spikes is the one that it saved, in words."""
        if isinstance(self.mean, str):
            return f"The mean is not counted again: {self.mean}"
        if self.kept.chosen is not None:
            of = count_of(self.n_mean, "spike")
            return f"{self.kept.chosen.chosen}: mean of {of}, taken as Bombcell takes them"
        ours = f"The mean of the {count_of(self.n_mean, 'spike')} that Bombcell takes"
        if isinstance(self.saved, str):
            return f"{ours} cannot be compared: {self.saved}"
        if self.saved.is_same:
            return f"{ours} is the one that it saved"
        how = self.saved.how(self.view.unit)
        return f"{ours} differs from the saved one {how}: another file, or other spikes?"


def raw_spikes(unit: UnitData, chosen: str) -> RawSpikes:
    """Return single spikes of a unit, the pairs that violate, and the mean of Bombcell's spikes.

    Raises
    ------
    UserError
        Where the raw file or the spikes cannot be read. See also :func:`open_raw`.
    """
    view, file = open_raw(unit, chosen)
    cut, samples = view.cut, spikes_of_mean(unit)
    (kept, about), periods = kept_spikes(unit), refractory(unit)
    inside = taken(view, unit, samples)
    of_mean = cut.mean_of(inside)
    n_mean, why = len(of_mean), why_no_mean(len(of_mean))
    close, _ = violating(kept.samples, kept.sample_rate, periods)
    fits = cut.inside(kept.samples, view.about.n_samples)
    pairs = np.flatnonzero(close & fits[:-1] & fits[1:])
    n_close = int(np.count_nonzero(close))
    of_pairs = n_close, n_close - len(pairs)
    rng = np.random.default_rng(SEED)
    drawn, both = _some(inside, SINGLE, rng), _some(pairs, PAIRS, rng)
    groups = of_mean[:0] if why else of_mean, drawn, kept.samples[both], kept.samples[both + 1]
    wholes = read(view, file, unit, groups)
    mean = why or wholes[0].mean(axis=0)
    return RawSpikes(
        view,
        snippets_of(wholes[1], len(samples), len(samples) - len(inside)),
        snippets_of(wholes[2], *of_pairs),
        snippets_of(wholes[3], *of_pairs),
        periods,
        mean,
        n_mean,
        mean if isinstance(mean, str) else against_saved(unit, view, mean),
        about,
    )


def spikes_of_mean(unit: UnitData) -> Ints:
    """Return the spikes of which some make a mean: all of a unit, as Bombcell takes them.

    Of a stretch they are those of the stretch.
    """
    if unit.stretch is not None:
        return kept_spikes(unit)[0].samples
    return unit.recording.spikes(unit.row).samples


def snippets_of(values: Floats, n_all: int, n_outside: int) -> Snippets:
    """Return what is kept of some snippets, shape (n, width, k), of a kind of so many."""
    none = np.full(values.shape[1:], np.nan)
    mean = values.mean(axis=0) if len(values) else none
    return Snippets(values[:, :, 0].astype(np.float32), mean, n_all, n_outside)


def _some(of: Ints, most: int, rng: np.random.Generator) -> Ints:
    """Return at most so many of some numbers, drawn at random, in their order."""
    if len(of) <= most:
        return of
    return np.sort(rng.choice(of, most, replace=False))
