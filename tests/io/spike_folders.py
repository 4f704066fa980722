"""Folders of spikes for the tests, and the slow reference: boolean masks over whole arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from factories import SAMPLE_RATE, make_run

from bcviewer.core.run.run import Provenance, Run
from bcviewer.io import names

Listing = dict[str, tuple[int, int]]


def write_spikes(folder: Path, **arrays: Any) -> Path:
    """Write arrays by the names of their files without ``.npy``; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", np.asarray(array))
    return folder


def some_spikes(n: int = 400, seed: int = 0) -> dict[str, np.ndarray]:
    """Return times, templates, clusters (two merged, one split), amplitudes and positions."""
    rng = np.random.default_rng(seed)
    templates = rng.integers(0, 6, n).astype(np.int32)
    clusters = templates.copy()
    clusters[np.isin(templates, (1, 2))] = 6
    split = np.flatnonzero(templates == 3)
    clusters[split[::3]], clusters[split[1::3]], clusters[split[2::3]] = 7, 8, 8
    return {
        "spike_times": np.sort(rng.integers(0, 9_000_000, n)),
        "spike_templates": templates,
        "spike_clusters": clusters,
        "amplitudes": rng.random(n).astype(np.float32),
        "spike_positions": rng.random((n, 2)).astype(np.float32),
    }


def run_of(folder: Path, cluster_id: Any, columns: Any = None, params: Any = None) -> Run:
    """Return a run whose Kilosort directory is a folder; the kept time is not known."""
    n = len(cluster_id)
    nan = [float("nan")] * n
    given = {"useTheseTimesStart": nan, "useTheseTimesStop": nan, **(columns or {})}
    return make_run(
        given,
        params,
        cluster_id=np.asarray(cluster_id, np.int64),
        provenance=Provenance(str(folder), str(folder / "bombcell"), folder.name, "A"),
        sample_rate=SAMPLE_RATE,
    )


def listing(folder: Path) -> Listing:
    """Return size and time of everything below a folder."""
    infos = {str(path): path.lstat() for path in folder.rglob("*")}
    return {path: (info.st_size, info.st_mtime_ns) for path, info in infos.items()}


def expected(arrays: dict[str, Any], mask: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return times, amplitudes and depths of the spikes in a mask, in the order of time."""
    times = np.ravel(arrays["spike_times"])[mask].astype(np.int64)
    order = np.argsort(times, kind="stable")
    amplitudes = np.ravel(arrays["amplitudes"])[mask].astype(np.float32)
    depths = np.asarray(arrays["spike_positions"])[mask, 1].astype(np.float32)
    return times[order], amplitudes[order], depths[order]


FILES = (names.SPIKE_TIMES, names.SPIKE_TEMPLATES, names.SPIKE_CLUSTERS, names.AMPLITUDES)
