"""The templates of two units beside each other: how alike they are, and both on the probe."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Floats
from bcviewer.core.evidence.neighbours import NEIGHBOURS_UM, neighbours, trace_room
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError

Both = tuple[Floats, Floats]
"""Two templates of one shape, (samples, channels)."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """The templates of two units on their common channels.

    Attributes
    ----------
    channels : numpy.ndarray
        Channels within 100 µm of both peak channels, shape (k,).
    lines : tuple of two pairs of numpy.ndarray
        x and y of each unit's traces, µm from the first one's peak channel, with NaN after each
        channel; of one scale.
    extent : tuple of float
        The least and the largest x, then y.
    """

    channels: npt.NDArray[np.int64]
    lines: tuple[tuple[Floats, Floats], tuple[Floats, Floats]]
    extent: tuple[float, float, float, float]


def both_templates(units: tuple[UnitData, UnitData]) -> tuple[Both | None, str]:
    """Return the templates, each (samples, channels) of one shape, or why there are none."""
    try:
        a, b = map(template_of, units)
    except UserError as error:
        return None, error.message
    if a.shape != b.shape or not a.size:
        return None, f"the templates have different shapes, {a.shape} and {b.shape}"
    return (a, b), ""


def template_of(unit: UnitData) -> Floats:
    """Return a unit's template, (samples, channels), with 0 for what is no number."""
    values = np.asarray(unit.recording.template(unit.row).values, np.float64)
    return np.nan_to_num(values, posinf=0, neginf=0)


def similarity_of(
    units: tuple[UnitData, UnitData], templates: Both | None, why: str
) -> tuple[float, str]:
    """Return Kilosort's similarity, else the cosine of the two templates, and which it is."""
    try:
        found = units[0].recording.similarity(units[0].row, units[1].row)
        if math.isfinite(found):
            return found, "Kilosort's"
        no_file = "similar_templates.npy has no number there"
    except UserError as error:
        no_file = error.message
    if templates is None:
        return math.nan, f"{no_file} {why}"
    return cosine(*templates), f"cosine of the templates; {no_file}"


def cosine(a: Floats, b: Floats) -> float:
    """Return the cosine of two waveforms, sample by sample and channel by channel.

    From −1 to 1, whatever their amplitudes; NaN where one is zero throughout.
    """
    # not by linear algebra: its threads take long to start, on a busy machine
    size = math.sqrt(float((a * a).sum())) * math.sqrt(float((b * b).sum()))
    return float(np.clip((a * b).sum() / size, -1.0, 1.0)) if size > 0 else math.nan


def peak_channel(unit: UnitData, template: Floats) -> int:
    """Return Bombcell's peak channel; of a unit that it has not scored, the template's largest."""
    saved, n = unit.metric("maxChannels"), template.shape[1]
    if 0 <= saved < n and saved == math.floor(saved):
        return int(saved)
    return int(np.argmax(np.ptp(template, axis=0)))


def distance_um(run: Run, a: int, b: int) -> float:
    """Return how far two channels are from each other, µm; NaN where it is not known."""
    sites = run.sites
    if sites is None or max(a, b) >= len(sites.xy):
        return 0.0 if a == b else math.nan
    return float(np.hypot(*(sites.xy[a] - sites.xy[b])))


def overlay_of(
    run: Run, templates: Both, peaks: tuple[int, int], apart_um: float
) -> tuple[Overlay | None, str]:
    """Return two templates on their common channels, or why they have none."""
    n_samples, n_channels = templates[0].shape
    near, places, _ = neighbours(run, peaks[0], n_channels)
    shared = np.isin(near, neighbours(run, peaks[1], n_channels)[0])
    channels, places = near[shared], places[shared]
    if not len(channels):
        apart = f" {apart_um:.0f} µm apart" if math.isfinite(apart_um) else ""
        return None, f"peak channels{apart}: none within {NEIGHBOURS_UM:.0f} µm of both"
    wide, high = trace_room(run)
    parts = templates[0][:, channels], templates[1][:, channels]
    tallest = max(float(np.ptp(part, axis=0).max()) for part in parts) or 1.0
    time = np.arange(n_samples) / max(n_samples - 1, 1) - 0.5
    lines = []
    for part in parts:
        x, y = np.full((2, len(channels), n_samples + 1), np.nan)
        x[:, :-1] = places[:, :1] + time * wide
        y[:, :-1] = places[:, 1:] + part.T * (high / tallest)
        lines.append((x.ravel(), y.ravel()))
    across, up = places.T
    heights = np.concatenate([up - high / 4, up + high / 4, lines[0][1], lines[1][1]])
    extent = (
        float(across.min()) - wide / 2,
        float(across.max()) + wide / 2,
        float(np.nanmin(heights)),
        float(np.nanmax(heights)),
    )
    return Overlay(channels, (lines[0], lines[1]), extent), ""
