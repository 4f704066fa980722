"""A unit's raw file and how it is looked at: channels, unit, time, and what is in it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Floats, Ints
from bcviewer.core.evidence.neighbours import neighbours, trace_room
from bcviewer.core.evidence.raw_cut import SpikeCut, cut_of
from bcviewer.core.evidence.raw_file import RawAbout, RawFile
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.evidence.sampled import Sampled
from bcviewer.core.evidence.waveform import sample_rate, whole_template
from bcviewer.errors import UserError


@dataclass(frozen=True, slots=True, eq=False)
class RawView(Sampled):
    """Which raw file is looked at, and how.

    Attributes
    ----------
    about : RawAbout
        The file.
    cut : SpikeCut
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
    cut: SpikeCut
    channels: Ints
    offsets: Floats
    place: tuple[float, float]
    room: tuple[float, float]
    scale: float
    unit: str
    sample_ms: float
    notes: tuple[str, ...]

    @property
    def n_samples(self) -> int:
        """Samples of a snippet."""
        return self.cut.width

    @property
    def time(self) -> Floats:
        """Times of a snippet's samples from the spike on, in :attr:`time_unit`."""
        return np.asarray((np.arange(self.cut.width) - self.cut.half - 1) * self.step)


def open_raw(unit: UnitData, chosen: str) -> tuple[RawView, RawFile]:
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
    notes += [cut.note] if cut.note else []
    gain = unit.run.settings.number("gain_to_uV")
    known = 0 < gain < math.inf
    if not known:
        notes.append("The gain is not known: amplitudes are in raw units.")
    view = RawView(
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


def taken(view: RawView, unit: UnitData, samples: Ints) -> Ints:
    """Return the spikes whose snippet is wholly in the file, as Bombcell takes them.

    Raises
    ------
    UserError
        Where there is none.
    """
    inside = samples[view.cut.inside(samples, view.about.n_samples)]
    if len(samples) and not len(inside):
        rate, n = sample_rate(unit.run), view.about.n_samples
        ends = f"sample {n:,}" if math.isnan(rate) else f"{n / rate:,.1f} s"
        whose = unit.named if unit.stretch is None else f"{unit.named} in the stretch"
        raise UserError(
            f"{view.about.files[-1]}: ends at {ends}, and no spike of {whose} is wholly in "
            "it: is it this file?"
        )
    return inside


def read(
    view: RawView, file: RawFile, unit: UnitData, groups: tuple[Ints, ...]
) -> tuple[Floats, ...]:
    """Return the snippets of some groups of spikes, each spike read once.

    Parameters
    ----------
    view, file : RawView, RawFile
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
