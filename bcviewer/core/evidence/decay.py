"""How a unit's amplitude falls with the distance from its peak channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Floats
from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.evidence.waveform import peak_channel
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError

TOLERANCE_UM = 33.0
"""Channels so far to the side of the peak channel, or nearer, may be in Bombcell's fit."""

LEAST_CHANNELS = {True: 5, False: 8}
"""Bombcell fits nothing to fewer such channels (linear, exponential)."""

REACH_UM = 150.0
"""Channels further from the peak channel are not drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Falloff:
    """Amplitude against distance, on every channel that is near.

    Attributes
    ----------
    channels : numpy.ndarray
        The channels, nearest first, shape (n,); the peak channel is the first.
    distance : numpy.ndarray
        From the peak channel, µm, shape (n,).
    amplitude : numpy.ndarray
        Largest absolute value of the template, shape (n,), as Bombcell takes it.
    note : str
        What a curator must know of the template; empty: nothing.
    """

    channels: npt.NDArray[np.int64]
    distance: Floats
    amplitude: Floats
    note: str


def falloff(unit: UnitData) -> Falloff:
    """Return the amplitude of the template on the channels around its peak channel.

    Raises
    ------
    UserError
        Where there is no template, or the channels' places are not known.
    """
    sites = unit.run.sites
    if sites is None:
        raise UserError("channel_positions.npy: absent or unusable; distances are not known.")
    found = unit.recording.template(unit.row)
    template = np.asarray(found.values, np.float64)
    if not template.size:
        raise UserError("templates.npy: has no samples or no channels.")
    peak, _ = peak_channel(unit, template)
    if len(sites.xy) < template.shape[1]:
        raise UserError(
            f"channel_positions.npy: has {count_of(len(sites.xy), 'channel')}, "
            f"the template {template.shape[1]}."
        )
    away = sites.xy[: template.shape[1]] - sites.xy[peak]
    distance = np.hypot(away[:, 0], away[:, 1])
    order = np.argsort(distance, kind="stable")
    order = np.concatenate([[peak], order[order != peak]])
    order = order[distance[order] <= REACH_UM]
    size = np.abs(np.where(np.isfinite(template), template, 0.0)).max(axis=0)
    return Falloff(order, distance[order], size[order], found.note)


def few_channels(run: Run, peak: int) -> str:
    """Return, in words, that too few channels are near enough for a fit; empty: there are enough.

    As ``bombcell.quality_metrics.waveform_shape`` counts them: by their place to the side only.
    """
    if run.sites is None:
        return ""
    n = int(np.count_nonzero(np.abs(run.sites.xy[:, 0] - run.sites.xy[peak, 0]) <= TOLERANCE_UM))
    least = LEAST_CHANNELS[run.criteria.flags["spDecayLinFit"]]
    if n >= least:
        return ""
    return f"{n} of the {least} channels that Bombcell asks for within {TOLERANCE_UM:g} µm sideways"
