"""Single spikes from the raw file, as Bombcell cuts them: what a verdict rests on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Floats
from bcviewer.core.evidence.intervals import violating
from bcviewer.core.evidence.kept import Kept, kept_spikes
from bcviewer.core.evidence.neighbours import neighbours, trace_room
from bcviewer.core.evidence.raw_cut import Cut, cut_of
from bcviewer.core.evidence.raw_file import RawAbout, RawFile
from bcviewer.core.evidence.recording import Floats32, Ints, UnitData
from bcviewer.core.evidence.tau_r import Refractory, refractory
from bcviewer.core.evidence.waveform import sample_rate, whole_template
from bcviewer.core.rules.counts import count_of
from bcviewer.errors import UserError

SEED = 0
"""Of what is drawn of many: the same spikes each time."""

SINGLE, PAIRS, NEAR = 200, 60, 60
"""So many single spikes, violating pairs, and spikes nearest the cut-off are drawn at most."""

MOST_OF_MEAN = 2000
"""A mean of more spikes than that is not counted again: it would be most of the file."""

SAME = 1e-4
"""Two means are the same within this share of the larger one's largest value: Bombcell saves what
it computed, and some releases in single precision."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Which raw file is looked at, and how.

    Attributes
    ----------
    about : RawAbout
        The file.
    cut : Cut
        How spikes are cut out of it.
    channels : numpy.ndarray
        Channels, the peak channel first, shape (k,).
    offsets : numpy.ndarray
        Their places relative to it, µm, shape (k, 2).
    place : tuple of float
        x and y of the peak channel, µm; NaN where unknown.
    room : tuple of float
        Width and height of one trace on the probe, µm.
    scale : float
        What a number of the file is multiplied by.
    unit : str
        The unit that it has then: ``µV``, or ``raw units`` where the gain is not known.
    sample_ms : float
        Duration of a sample, ms; NaN where the sample rate is unknown.
    notes : tuple of str
        What a curator must know of it.
    """

    about: RawAbout
    cut: Cut
    channels: Ints
    offsets: Floats
    place: tuple[float, float]
    room: tuple[float, float]
    scale: float
    unit: str
    sample_ms: float
    notes: tuple[str, ...]

    @property
    def time(self) -> Floats:
        """Times of a snippet's samples from the spike on, ms, or samples where that is unknown."""
        step = 1.0 if math.isnan(self.sample_ms) else self.sample_ms
        return np.asarray((np.arange(self.cut.width) - self.cut.half - 1) * step)


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
    """

    peak: Floats32
    mean: Floats
    n_all: int

    @property
    def n(self) -> int:
        """How many are drawn."""
        return len(self.peak)


@dataclass(frozen=True, slots=True, eq=False)
class RawSpikes:
    """Single spikes of a unit in the raw file.

    Attributes
    ----------
    view : View
        Which file, and how it is looked at.
    single : Snippets
        A sample of all spikes.
    first, second : Snippets
        Of the pairs that violate the refractory period, in the kept time: the earlier, and the
        later one.
    refractory : Refractory
        Which pairs violate.
    mean : numpy.ndarray or None
        The mean of the spikes that Bombcell takes, on all channels of the view, shape (width, k);
        None where those are too many to read.
    n_mean : int
        How many they are.
    n_outside : int
        Spikes whose snippet is not wholly in the file.
    saved_off : float
        The largest difference of that mean from the one that Bombcell saved, in the view's unit;
        NaN where it saved none.
    saved_is_same : bool
        Whether the two are the same, but for rounding.
    no_saved : str
        Why they were not compared; empty where they were.
    kept : Kept
        The time that the pairs are of.
    """

    view: View
    single: Snippets
    first: Snippets
    second: Snippets
    refractory: Refractory
    mean: Floats | None
    n_mean: int
    n_outside: int
    saved_off: float
    saved_is_same: bool
    no_saved: str
    kept: Kept

    def mean_words(self) -> str:
        """Whether the mean of Bombcell's spikes is the one that it saved, in words."""
        if self.mean is None:
            return f"The mean is not counted again: {self.no_saved}"
        if self.kept.chosen is not None:
            of = count_of(self.n_mean, "spike")
            return f"{self.kept.chosen.chosen}: mean of {of}, taken as Bombcell takes them"
        ours = f"The mean of the {count_of(self.n_mean, 'spike')} that Bombcell takes"
        if self.no_saved:
            return f"{ours} cannot be compared: {self.no_saved}"
        if self.saved_is_same:
            return f"{ours} is the one that it saved"
        off = f"{self.saved_off:.3g} {self.view.unit}"
        return f"{ours} differs from the saved one by up to {off}: another file, or other spikes?"


def open_raw(unit: UnitData, chosen: str) -> tuple[View, RawFile]:
    """Return a unit's raw file, and how it is looked at.

    Parameters
    ----------
    unit : UnitData
        The unit.
    chosen : str
        The raw file that somebody pointed at; empty: nobody did.

    Raises
    ------
    UserError
        Where there is no raw file, or nothing says how to read it.
    """
    template, peak, notes = whole_template(unit)
    cut = cut_of(unit.run.settings, len(template))
    file = unit.recording.raw_file(chosen, unit.asker.at)
    unit.asker.at(unit.run.provenance.ks_dir)  # what is read next is there again
    channels, offsets, place = neighbours(unit.run, peak, template.shape[1])
    gain = unit.run.settings.number("gain_to_uV")
    known = 0 < gain < math.inf
    if not known:
        notes.append("The gain is not known: amplitudes are in raw units.")
    view = View(
        file.about,
        cut,
        channels,
        offsets,
        place,
        trace_room(unit.run),
        gain if known else 1.0,
        "µV" if known else "raw units",
        1e3 / sample_rate(unit.run),
        (*notes, *file.about.notes),
    )
    return view, file


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
    of_mean = of_mean if len(of_mean) <= MOST_OF_MEAN else of_mean[:0]
    close, _ = violating(kept.samples, kept.sample_rate, periods)
    fits = cut.inside(kept.samples, view.about.n_samples)
    pairs = np.flatnonzero(close & fits[:-1] & fits[1:])
    rng = np.random.default_rng(SEED)
    drawn, both = _some(inside, SINGLE, rng), _some(pairs, PAIRS, rng)
    groups = of_mean, drawn, kept.samples[both], kept.samples[both + 1]
    wholes = read(view, file, unit, groups)
    mean = wholes[0].mean(axis=0) if len(of_mean) else None
    off, same, why = _against_saved(unit, view, mean)
    return RawSpikes(
        view,
        snippets_of(wholes[1], len(inside)),
        snippets_of(wholes[2], len(pairs)),
        snippets_of(wholes[3], len(pairs)),
        periods,
        mean,
        len(cut.mean_of(inside)),
        len(samples) - len(inside),
        off,
        same,
        why,
        about,
    )


def spikes_of_mean(unit: UnitData) -> Ints:
    """Return the spikes of which some make a mean: all of a unit, as Bombcell takes them.

    Of a stretch they are those of the stretch.
    """
    if unit.stretch is not None:
        return kept_spikes(unit)[0].samples
    return unit.recording.spikes(unit.row).samples


def taken(view: View, unit: UnitData, samples: Ints) -> Ints:
    """Return the spikes whose snippet is wholly in the file, as Bombcell takes them.

    Raises
    ------
    UserError
        Where there is none.
    """
    inside = samples[view.cut.inside(samples, view.about.n_samples)]
    if len(samples) and not len(inside):
        ends = view.about.n_samples / unit.run.sample_rate
        raise UserError(
            f"{view.about.files[-1]}: ends at {ends:,.1f} s, and no spike of {unit.named} is in "
            "it: is it this file?"
        )
    return inside


def read(view: View, file: RawFile, unit: UnitData, groups: tuple[Ints, ...]) -> tuple[Floats, ...]:
    """Return the snippets of some groups of spikes, each spike read once.

    Parameters
    ----------
    view, file : View, RawFile
        As :func:`open_raw` returns them.
    unit : UnitData
        Who waits for them.
    groups : tuple of numpy.ndarray
        Spikes, samples, each of shape (n,); all of them are in the file.

    Returns
    -------
    tuple of numpy.ndarray
        For each group its snippets in the view's unit, shape (n, width, k).
    """
    which, back = np.unique(np.concatenate(groups), return_inverse=True)
    starts = view.cut.starts(which)
    stored = file.snippets(starts, view.cut.width, view.channels, unit.asker.check)
    unit.asker.at(unit.run.provenance.ks_dir)
    values = view.cut.levelled(stored) * view.scale
    ends = np.cumsum([len(group) for group in groups])
    return tuple(values[at] for at in np.split(back, ends[:-1]))


def snippets_of(values: Floats, n_all: int) -> Snippets:
    """Return what is kept of some snippets, shape (n, width, k)."""
    none = np.full(values.shape[1:], np.nan)
    mean = values.mean(axis=0) if len(values) else none
    return Snippets(values[:, :, 0].astype(np.float32), mean, n_all)


def _some(of: Ints, most: int, rng: np.random.Generator) -> Ints:
    """Return at most so many of some numbers, drawn at random, in their order."""
    if len(of) <= most:
        return of
    return np.sort(rng.choice(of, most, replace=False))


def _against_saved(unit: UnitData, view: View, mean: Floats | None) -> tuple[float, bool, str]:
    """Return how far a mean is from the one that Bombcell saved, whether it is it, or why not."""
    if unit.stretch is not None:
        return math.nan, False, "of a stretch Bombcell saved none."
    if mean is None:
        return math.nan, False, f"it is of more than {count_of(MOST_OF_MEAN, 'spike')}, or of none."
    try:
        saved = np.asarray(unit.recording.raw_waveform(unit.row).values, np.float64)
    except UserError as error:
        return math.nan, False, error.message
    if len(saved) != view.cut.width or saved.shape[1] <= view.channels.max():
        return math.nan, False, f"the saved one has {count_of(len(saved), 'sample')}."
    theirs = saved[:, view.channels] * view.scale
    off, same = difference(mean, theirs)
    return off, same, ""


def difference(ours: Floats, theirs: Floats) -> tuple[float, bool]:
    """Return the largest difference of two means, and whether they are the same but for rounding.

    What neither of them has is no difference; what one of them lacks is one without bound.
    """
    one, other = np.isnan(ours), np.isnan(theirs)
    if (one != other).any():
        return math.inf, False
    if one.all():
        return 0.0, True
    off = float(np.nanmax(np.abs(ours - theirs)))
    return off, off <= SAME * max(float(np.nanmax(np.abs(ours))), 1e-9)
