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


def write_alike(folder: Path) -> Path:
    """Write five units with templates on five sites; 0 and 1 are the most alike."""
    out = write_sorted(folder, 5, maxChannels=[0.0, 1.0, 2.0, 3.0, 4.0])
    templates = np.zeros((5, 41, 5), np.float32)
    for i in range(5):
        templates[i, 18:24, i] = -(i + 1.0)
        templates[i, 18:24, (i + 1) % 5] = -0.5
    np.save(out / "templates.npy", templates)
    np.save(out / "whitening_mat_inv.npy", np.eye(5))
    np.save(out / names.AMPLITUDES, np.linspace(10, 20, 5 * SPIKES))
    np.save(out / "channel_positions.npy", [[0.0, 30.0 * i] for i in range(5)])
    np.save(out / "channel_map.npy", np.arange(5))
    similar = np.full((5, 5), 0.25, np.float32)
    similar[0, 1] = similar[1, 0] = 0.75
    np.save(out / "similar_templates.npy", similar)
    return out


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
