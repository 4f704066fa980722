"""The channels around one, and how much room each trace has there."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Floats
from bcviewer.core.run.run import Run

NEIGHBOURS_UM = 100.0
"""Channels so near the peak channel are drawn."""

_HUGE = 1e9
_ALONE = 40.0
"""µm: room of a trace that has no other beside it, or above it."""
_WIDE, _HIGH = 0.9, 1.8
"""Shares of a site's room that the longest and the tallest trace take; few are as tall."""


def neighbours(
    run: Run, peak: int, n_channels: int
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


def trace_room(run: Run) -> tuple[float, float]:
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
