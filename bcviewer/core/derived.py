"""Numbers of a unit that follow from the run alone: depth, rate, kept time."""

from __future__ import annotations

import numpy as np

from bcviewer.core.metrics import Floats
from bcviewer.core.run import RunData


def depths(run: RunData) -> Floats:
    """Return the y of each unit's peak channel, µm, NaN where unknown."""
    out = np.full(run.n_units, np.nan)
    channel = run.units.floats("maxChannels")
    if run.sites is None or channel is None:
        return out
    with np.errstate(invalid="ignore"):
        known = (channel >= 0) & (channel < len(run.sites.xy)) & (channel == np.floor(channel))
    out[known] = run.sites.xy[channel[known].astype(np.int64), 1]
    return out


def kept_fraction(run: RunData) -> Floats:
    """Return the share of the session each unit's metrics were computed on.

    1 where Bombcell did not choose time chunks; NaN where the session's length is unknown.
    """
    chunks = run.params.saved.get("computeTimeChunks")
    start, stop = run.units.floats("useTheseTimesStart"), run.units.floats("useTheseTimesStop")
    first, last = run.session_s
    if chunks is not None and not bool(chunks):
        return np.ones(run.n_units)
    if start is None or stop is None or not last > first:
        return np.full(run.n_units, np.nan)
    with np.errstate(invalid="ignore", over="ignore"):
        return np.clip((stop - start) / (last - first), 0.0, 1.0)


def firing_rate(run: RunData) -> Floats:
    """Return spikes per second of the kept time, NaN where that is unknown."""
    spikes = run.units.floats("nSpikes")
    start, stop = run.units.floats("useTheseTimesStart"), run.units.floats("useTheseTimesStop")
    if spikes is None or start is None or stop is None:
        return np.full(run.n_units, np.nan)
    with np.errstate(all="ignore"):
        return np.where(stop > start, spikes / (stop - start), np.nan)
