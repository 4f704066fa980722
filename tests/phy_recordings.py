"""Recordings on disk that phy has curated since Bombcell ran."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from factories import SAMPLE_RATE
from qt_fixtures import write_recording

from bcviewer.io import names

SPIKES = 40
"""Spikes of each unit."""


def write_sorted(folder: Path, n_units: int, **columns: Any) -> Path:
    """Write a recording with ``SPIKES`` spikes a unit, as Kilosort left it and Bombcell scored it.

    The spikes of the units take turns, 1 ms apart; the kept time is all of the session.
    """
    n = n_units * SPIKES
    times = 30 * np.arange(n)
    given = {
        "nSpikes": [float(SPIKES)] * n_units,
        "useTheseTimesStop": [times[-1] / SAMPLE_RATE] * n_units,
        **columns,
    }
    write_recording(folder, given, params_py=True)
    np.save(folder / names.SPIKE_TIMES, times)
    for name in (names.SPIKE_TEMPLATES, names.SPIKE_CLUSTERS):
        np.save(folder / name, np.arange(n) % n_units)
    return folder


def merge(folder: Path, ids: list[int], into: int) -> None:
    """Merge units as phy does: all their spikes get a new id."""
    clusters = np.load(folder / names.SPIKE_CLUSTERS)
    clusters[np.isin(clusters, ids)] = into
    np.save(folder / names.SPIKE_CLUSTERS, clusters)


def split(folder: Path, one: int, n: int, into: tuple[int, int]) -> None:
    """Split a unit as phy does: its first ``n`` spikes, and the others, get new ids."""
    clusters = np.load(folder / names.SPIKE_CLUSTERS)
    where = np.flatnonzero(clusters == one)
    clusters[where[:n]], clusters[where[n:]] = into
    np.save(folder / names.SPIKE_CLUSTERS, clusters)
