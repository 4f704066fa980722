"""Numbers of a unit that follow from the run alone: place, rate, kept time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Bools, Floats
from bcviewer.core.rules.defaults import LEAST_SPIKES
from bcviewer.core.run.run import Run


def peak_sites(run: Run) -> npt.NDArray[np.int64]:
    """Return the index of each unit's peak channel among the sites, −1 where it is not there."""
    out = np.full(run.n_units, -1, np.int64)
    channel = run.units.floats("maxChannels")
    if run.sites is None or channel is None:
        return out
    with np.errstate(invalid="ignore"):
        known = (channel >= 0) & (channel < len(run.sites.xy)) & (channel == np.floor(channel))
    out[known] = channel[known].astype(np.int64)
    return out


def places(run: Run) -> Floats:
    """Return x and y of each unit's peak channel, µm, shape (n_units, 2), NaN where unknown."""
    out = np.full((run.n_units, 2), np.nan)
    sites = peak_sites(run)
    known = sites >= 0
    if run.sites is not None:
        out[known] = run.sites.xy[sites[known]]
    return out


def depths(run: Run) -> Floats:
    """Return the y of each unit's peak channel, µm, NaN where unknown."""
    return np.ascontiguousarray(places(run)[:, 1])


def shanks(run: Run) -> Floats:
    """Return the shank of each unit's peak channel, NaN where unknown."""
    out = np.full(run.n_units, np.nan)
    sites = peak_sites(run)
    known = sites >= 0
    if run.sites is not None and run.sites.shank is not None:
        out[known] = run.sites.shank[sites[known]]
    return out


def kept_fraction(run: Run) -> Floats:
    """Return the share of the session each unit's metrics were computed on.

    1 where Bombcell did not choose time chunks; NaN where the session's length is unknown, and for
    units without a kept time: of fewer than 50 spikes Bombcell computes nothing.
    """
    chunks = run.settings.saved.get("computeTimeChunks")
    start, stop = run.units.floats("useTheseTimesStart"), run.units.floats("useTheseTimesStop")
    first, last = run.session_s
    if chunks is not None and not bool(chunks):
        return np.where(_assessed(run), 1.0, np.nan)
    if start is None or stop is None or not last > first:
        return np.full(run.n_units, np.nan)
    with np.errstate(invalid="ignore", over="ignore"):
        return np.clip((stop - start) / (last - first), 0.0, 1.0)


def _assessed(run: Run) -> Bools:
    """Return the units that Bombcell kept a time of, by what it saved of it where it did."""
    start, stop = run.units.floats("useTheseTimesStart"), run.units.floats("useTheseTimesStop")
    if start is not None and stop is not None:
        return np.asarray(np.isfinite(start) & np.isfinite(stop))
    spikes = run.units.floats("nSpikes")
    if spikes is None:
        return np.ones(run.n_units, bool)
    return np.asarray(~(spikes < LEAST_SPIKES))


def firing_rate(run: Run) -> Floats:
    """Return spikes per second of the kept time, NaN where that is unknown."""
    spikes = run.units.floats("nSpikes")
    start, stop = run.units.floats("useTheseTimesStart"), run.units.floats("useTheseTimesStop")
    if spikes is None or start is None or stop is None:
        return np.full(run.n_units, np.nan)
    with np.errstate(all="ignore"):
        return np.where(stop > start, spikes / (stop - start), np.nan)
