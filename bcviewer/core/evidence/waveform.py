"""A unit's waveform at its place on the probe: the template, and the mean raw one over it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Floats
from bcviewer.core.evidence.neighbours import neighbours, trace_room
from bcviewer.core.evidence.recording import UnitData, Waveform
from bcviewer.core.evidence.sampled import Sampled
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError

_HUGE = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class Picture(Sampled):
    """A unit's waveform on the channels around its peak channel.

    Attributes
    ----------
    channels : numpy.ndarray
        Channels that are drawn, shape (k,), the peak channel first.
    offsets : numpy.ndarray
        Their places relative to the peak channel, µm, shape (k, 2).
    place : tuple of float
        x and y of the peak channel, µm; NaN where unknown.
    template : numpy.ndarray
        The unwhitened template, float64, shape (n_samples, k), in Kilosort's arbitrary unit; what
        is not finite is NaN.
    raw : numpy.ndarray or None
        The mean raw waveform in ``unit``, shape (n_raw_samples, k).
    raw_shift : int
        Sample of the template at which the raw waveform begins.
    scale : float
        What the template is multiplied by to be compared: it gets the raw waveform's
        peak-to-peak on the peak channel. 1 without one.
    unit : str
        Unit of ``raw`` and of the scaled template: ``µV`` or ``a.u.``.
    sample_ms : float
        Duration of a sample, ms; NaN where the sample rate is unknown.
    room : tuple of float
        Width and height that one trace has in the picture, µm.
    template_line, raw_line : tuple of numpy.ndarray
        x and y of the traces in the picture, µm, each of shape (k × (samples + 1),), with NaN
        after each channel; empty without a raw waveform.
    extent : tuple of float
        The least and the largest x, then y, that they reach, µm.
    tallest : float
        The largest peak-to-peak of anything drawn, in ``unit``; 0 where all is flat.
    peak_range : tuple of float
        The lowest and the highest value on the peak channel, in ``unit``, 0 included.
    baseline : tuple of int or None
        First sample of Bombcell's baseline window, and the one after its last.
    notes : tuple of str
        What a curator must know of what is drawn.
    """

    channels: npt.NDArray[np.int64]
    offsets: Floats
    place: tuple[float, float]
    template: Floats
    raw: Floats | None
    raw_shift: int
    scale: float
    unit: str
    sample_ms: float
    room: tuple[float, float]
    template_line: tuple[Floats, Floats]
    raw_line: tuple[Floats, Floats]
    extent: tuple[float, float, float, float]
    tallest: float
    peak_range: tuple[float, float]
    baseline: tuple[int, int] | None
    notes: tuple[str, ...]

    @property
    def peak_channel(self) -> int:
        """The channel whose waveform Bombcell measures."""
        return int(self.channels[0])

    @property
    def n_samples(self) -> int:
        """Samples of the template."""
        return len(self.template)


def picture(unit: UnitData) -> Picture:
    """Return a unit's waveform around its peak channel.

    Raises
    ------
    UserError
        Where there is no template.
    """
    whole, peak, notes = whole_template(unit)
    channels, offsets, place = neighbours(unit.run, peak, whole.shape[1])
    raw, uv, said = _raw(unit, channels, peak)
    notes += [said] if said else []
    template = _finite(whole[:, channels])
    if not np.nan_to_num(template[:, 0]).any():
        notes.append("The template is zero on this channel.")
    scale, shift = 1.0, 0
    if raw is not None:
        scale, shift = _scale(template[:, 0], raw[:, 0]), _shift(template[:, 0], raw[:, 0])
    room, scaled = trace_room(unit.run), template * scale
    both = [scaled] if raw is None else [scaled, raw]
    tallest = max(float(peak_to_peak(values).max(initial=0.0)) for values in both)
    lines = [
        trace_line(values, start, len(template), offsets, room, tallest)
        for values, start in zip(both, (0, shift), strict=False)
    ]
    ends = np.concatenate([[0.0], *(values[:, 0] for values in both)])
    return Picture(
        channels=channels,
        offsets=offsets,
        place=place,
        template=template,
        raw=raw,
        raw_shift=shift,
        scale=scale,
        unit="µV" if uv else "a.u.",
        sample_ms=1e3 / sample_rate(unit.run),
        room=room,
        template_line=lines[0],
        raw_line=lines[1] if raw is not None else (np.empty(0), np.empty(0)),
        extent=_extent(lines, offsets, room),
        tallest=tallest,
        peak_range=(float(np.nanmin(ends)), float(np.nanmax(ends))),
        baseline=baseline_window(unit.run, len(template)),
        notes=tuple(notes),
    )


def whole_template(unit: UnitData) -> tuple[Floats, int, list[str]]:
    """Return a unit's whole template, its peak channel, and what is to be said of them."""
    found = unit.recording.template(unit.row)
    template = np.asarray(found.values, np.float64)
    if not template.size:
        raise UserError("templates.npy: has no samples or no channels.")
    peak, notes = peak_channel(unit, template)
    if unit.run.sites is None:
        notes.append("channel_positions.npy: absent or unusable; only the peak channel is drawn.")
    return template, peak, [*notes, *([found.note] if found.note else [])]


def trace_line(
    values: Floats,
    start: int,
    n_samples: int,
    offsets: Floats,
    room: tuple[float, float],
    tallest: float,
) -> tuple[Floats, Floats]:
    """Return x and y of all channels' traces, µm, with NaN after each."""
    time = (start + np.arange(len(values))) / max(n_samples - 1, 1) - 0.5
    shape = len(offsets), len(values) + 1
    x, y = np.full(shape, np.nan), np.full(shape, np.nan)
    x[:, :-1] = offsets[:, :1] + time * room[0]
    y[:, :-1] = offsets[:, 1:] + values.T * (room[1] / (tallest or 1.0))
    return x.ravel(), y.ravel()


def _extent(
    lines: list[tuple[Floats, Floats]], offsets: Floats, room: tuple[float, float]
) -> tuple[float, float, float, float]:
    (wide, high), (across, up) = room, offsets.T
    y = np.concatenate([up - high / 4, up + high / 4, *(line[1] for line in lines)])
    left, right = float(across.min()) - wide / 2, float(across.max()) + wide / 2
    return left, right, float(np.nanmin(y)), float(np.nanmax(y))


def peak_channel(unit: UnitData, template: Floats) -> tuple[int, list[str]]:
    """Return the channel that Bombcell measures, and what must be said of it.

    Bombcell's ``maxChannels``; without one, the channel with the largest peak-to-peak, as
    ``bombcell.quality_metrics.get_waveform_peak_channel`` takes it.
    """
    saved, n = unit.metric("maxChannels"), template.shape[1]
    largest = int(np.argmax(peak_to_peak(template)))
    if not (0 <= saved < n and saved == math.floor(saved)):
        why = "no peak channel is saved" if saved != saved else f"no channel {saved:g}"
        return largest, [f"{why[0].upper()}{why[1:]}: drawn where the template is largest."]
    notes = []
    if largest != saved and peak_to_peak(template)[largest] > 0:
        notes.append(
            f"The saved peak channel is {saved:.0f}; this template is largest on {largest}."
        )
    return int(saved), notes


def sample_rate(run: Run) -> float:
    """Return the sample rate, Hz: Bombcell's parameter, else the recording's; NaN: unknown."""
    rate = run.settings.number("ephys_sample_rate")
    rate = rate if 0 < rate < math.inf else run.sample_rate
    return rate if 0 < rate < math.inf else math.nan


def baseline_window(run: Run, n_samples: int) -> tuple[int, int] | None:
    """Return the samples of Bombcell's baseline window; None where it is not saved or empty."""
    names = ("waveform_baseline_window_start", "waveform_baseline_window_stop")
    ends = [run.settings.number(name) for name in names]
    if not all(math.isfinite(end) and abs(end) < _HUGE for end in ends):
        return None
    start, stop, _ = slice(int(ends[0]), int(ends[1])).indices(n_samples)
    return (start, stop) if stop > start else None


def peak_to_peak(values: Floats) -> Floats:
    """Return the peak-to-peak of each column, shape (n_channels,); 0 where nothing is finite."""
    good = np.isfinite(values)
    high = np.where(good, values, -np.inf).max(axis=0, initial=-np.inf)
    low = np.where(good, values, np.inf).min(axis=0, initial=np.inf)
    return np.asarray(np.where(high >= low, high - low, 0.0))


def round_bar(most: float) -> float:
    """Return the longest of 1, 2 and 5 times a power of ten that is no longer than ``most``.

    0 where there is none.
    """
    if not 0 < most < math.inf:
        return 0.0
    power = math.floor(math.log10(most))
    return max(
        (b for p in (power - 1, power) for f in (1, 2, 5) if (b := float(f"{f}e{p}")) <= most),
        default=0.0,
    )


def _raw(
    unit: UnitData, channels: npt.NDArray[np.int64], peak: int
) -> tuple[Floats | None, bool, str]:
    """Return the raw waveform on some channels, whether it is in µV, and what to say of it."""
    try:
        found: Waveform = unit.recording.raw_waveform(unit.row)
    except UserError as error:
        return None, False, f"No raw waveform: {error.message}"
    values = np.asarray(found.values, np.float64)
    if values.ndim != 2 or not len(values) or channels.max() >= values.shape[1]:
        return None, False, f"The raw waveform has no channel {int(channels.max())}."
    known = 0 < found.scale_uv < math.inf
    values = _finite(values[:, channels] * (found.scale_uv if known else 1.0))
    note = found.note or ("" if known else "The gain is not known: amplitudes have no unit.")
    if not np.nan_to_num(values[:, 0]).any():
        return None, known, f"The raw waveform is empty on channel {peak}."
    return values, known, note


def _finite(values: Floats) -> Floats:
    return np.where(np.abs(values) < np.finfo(np.float32).max, values, np.nan)


def _scale(template: Floats, raw: Floats) -> float:
    """Return what gives the template the raw waveform's peak-to-peak."""
    own, other = (float(peak_to_peak(v[:, None])[0]) for v in (template, raw))
    return other / own if own > 0 and other > 0 else 1.0


def _shift(template: Floats, raw: Floats) -> int:
    """Return where the raw waveform begins: at 0, or where its largest value meets the template's.

    Of the same length they are drawn sample by sample, as they are saved.
    """
    if len(template) == len(raw):
        return 0
    return int(np.nanargmax(np.abs(_zero(template)))) - int(np.nanargmax(np.abs(_zero(raw))))


def _zero(values: Floats) -> Floats:
    return np.nan_to_num(values)
