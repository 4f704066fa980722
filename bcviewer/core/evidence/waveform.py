"""A unit's waveform at its place on the probe: the template, and the mean raw one over it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bcviewer.core.evidence.recording import UnitData, Waveform
from bcviewer.core.metrics import Floats
from bcviewer.core.run import RunData
from bcviewer.errors import UserError

NEIGHBOURS_UM = 100.0
"""Channels so near the peak channel are drawn."""

_HUGE = 1e9
_ALONE = 40.0
"""µm: room of a trace that has no other beside it, or above it."""
_WIDE, _HIGH = 0.86, 0.95
"""Shares of a site's room that the longest and the tallest trace take."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
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
    half : tuple of float
        How far the picture reaches from the peak channel, µm; the same for all units of a run.
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
    half: tuple[float, float]
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

    @property
    def tallest(self) -> float:
        """Largest peak-to-peak of anything drawn, in :attr:`unit`; 0 where all is flat."""
        sizes = [peak_to_peak(self.template) * self.scale]
        if self.raw is not None:
            sizes.append(peak_to_peak(self.raw))
        return float(np.concatenate(sizes).max(initial=0.0))

    def traces(self, *, raw: bool) -> tuple[Floats, Floats]:
        """Return x and y of the traces in the picture, µm, with NaN between two channels.

        Parameters
        ----------
        raw : bool
            The raw waveform, or else the template.

        Returns
        -------
        x, y : numpy.ndarray
            Shape (k × (samples + 1),); empty without a raw waveform.
        """
        values = self.raw if raw else self.template * self.scale
        if values is None:
            return np.empty(0), np.empty(0)
        start = self.raw_shift if raw else 0
        time = (start + np.arange(len(values))) / max(self.n_samples - 1, 1) - 0.5
        per_um = self.room[1] / (self.tallest or 1.0)
        k = len(self.channels)
        x, y = np.full((k, len(values) + 1), np.nan), np.full((k, len(values) + 1), np.nan)
        x[:, :-1] = self.offsets[:, :1] + time * self.room[0]
        y[:, :-1] = self.offsets[:, 1:] + values.T * per_um
        return x.ravel(), y.ravel()


def picture(unit: UnitData) -> Picture:
    """Return a unit's waveform around its peak channel.

    Raises
    ------
    UserError
        Where there is no template.
    """
    found = unit.recording.template(unit.row)
    template = np.asarray(found.values, np.float64)
    if not template.size:
        raise UserError("templates.npy: has no samples or no channels.")
    peak, notes = peak_channel(unit, template)
    channels, offsets, place = neighbours(unit.run, peak, template.shape[1])
    if unit.run.sites is None:
        notes.append("channel_positions.npy cannot be used: only the peak channel is drawn.")
    notes += [found.note] if found.note else []
    raw, uv, said = _raw(unit, channels, peak)
    notes += [said] if said else []
    template = _finite(template[:, channels])
    if not np.nan_to_num(template[:, 0]).any():
        notes.append("The template is zero on this channel.")
    scale, shift = 1.0, 0
    if raw is not None:
        scale, shift = _scale(template[:, 0], raw[:, 0]), _shift(template[:, 0], raw[:, 0])
    rate = sample_rate(unit.run)
    return Picture(
        channels,
        offsets,
        place,
        template,
        raw,
        shift,
        scale,
        "µV" if uv else "a.u.",
        1e3 / rate,
        _room(unit.run),
        _half(unit.run),
        baseline_window(unit.run, len(template)),
        tuple(notes),
    )


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


def sample_rate(run: RunData) -> float:
    """Return the sample rate, Hz: Bombcell's parameter, else the recording's; NaN: unknown."""
    rate = run.params.number("ephys_sample_rate")
    rate = rate if 0 < rate < math.inf else run.sample_rate
    return rate if 0 < rate < math.inf else math.nan


def baseline_window(run: RunData, n_samples: int) -> tuple[int, int] | None:
    """Return the samples of Bombcell's baseline window; None where it is not saved or empty."""
    names = ("waveform_baseline_window_start", "waveform_baseline_window_stop")
    ends = [run.params.number(name) for name in names]
    if not all(math.isfinite(end) and abs(end) < _HUGE for end in ends):
        return None
    start, stop, _ = slice(int(ends[0]), int(ends[1])).indices(n_samples)
    return (start, stop) if stop > start else None


def neighbours(
    run: RunData, peak: int, n_channels: int
) -> tuple[npt.NDArray[np.int64], Floats, tuple[float, float]]:
    """Return the channels near a channel (itself first), their places from it, and its own, µm."""
    own, none = np.array([peak]), (math.nan, math.nan)
    if run.sites is None or peak >= len(run.sites.xy):
        return own, np.zeros((1, 2)), none
    away = run.sites.xy[:n_channels] - run.sites.xy[peak]
    distance = np.hypot(away[:, 0], away[:, 1])
    near = np.flatnonzero(distance <= NEIGHBOURS_UM)
    near = np.concatenate([own, near[near != peak]])
    x, y = run.sites.xy[peak]
    return near, np.asarray(away[near]), (float(x), float(y))


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
        return None, False, error.message
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


def _room(run: RunData) -> tuple[float, float]:
    """Return the width and height of one trace: what the sites beside and above it leave, µm."""
    if run.sites is None:
        return _ALONE, _ALONE
    xy = run.sites.xy[(np.abs(run.sites.xy) < _HUGE).all(axis=1)]
    return _WIDE * _pitch(xy), _HIGH * _pitch(xy[:, ::-1])


def _pitch(xy: Floats) -> float:
    """Return the least distance of two sites in a row, or else of two columns, µm."""
    order = np.lexsort((xy[:, 0], xy[:, 1]))
    across, up = np.diff(xy[order], axis=0).T
    gaps = across[(up == 0) & (across > 0)]
    if not len(gaps):
        gaps = np.diff(np.unique(xy[:, 0]))
    return float(np.clip(gaps.min(), 1.0, 2 * NEIGHBOURS_UM)) if len(gaps) else _ALONE


def _half(run: RunData) -> tuple[float, float]:
    """Return how far neighbours can be to the side and above, with the room of a trace, µm."""
    width, height = _room(run)
    if run.sites is None:
        return width / 2, height
    reach = []
    for axis in (0, 1):
        places = np.unique(run.sites.xy[:, axis])
        apart = np.abs(places[:, None] - places)
        reach.append(float(apart[apart <= NEIGHBOURS_UM].max(initial=0.0)))
    return reach[0] + width / 2, reach[1] + height
