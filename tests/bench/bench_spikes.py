"""The index of spikes at 50,000,000 of them: building it, reading a unit through it, its memory."""

from __future__ import annotations

import shutil
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from bench_measure import SPIKES, Data, Row, interleaved, median, timed
from bench_memory import private_mb

FEW = 95_000
BUILDS, UNITS_READ, MASKS = 3, 400, 5
MOST_MB = 250.0
BUILD_MB = 60.0
READ_MS = 5.0


def rows(data: Data) -> list[Row]:
    few, many = data.spikes(FEW), data.spikes(SPIKES)
    if few is None or many is None:
        return []  # make_big.py is not here
    cache = data.work / "index"
    return [*building(many, cache), *reading(few, many, cache), *memory(many, cache)]


def building(path: Path, cache: Path) -> list[Row]:
    """Time builds, each into an empty folder, in turn with a sort of the clusters."""
    clusters = np.load(path / "spike_clusters.npy")
    run = run_of(path)
    open_recording(run, cache)  # the files are in the system's memory from here on

    def build() -> None:
        shutil.rmtree(cache)
        open_recording(run, cache)

    ours, theirs = interleaved(build, lambda: np.argsort(clusters, kind="stable"), BUILDS)
    beside = 'np.argsort(clusters, kind="stable")'
    what = f"index of {SPIKES:,} spikes, 2,000 units, built and on disk"
    again = timed(lambda: open_recording(run, cache))
    return [
        Row(what, median(ours), "ms", None, median(theirs), beside, 1.5),
        Row("the same, kept from before, opened", again),
    ]


def reading(few: Path, many: Path, cache: Path) -> list[Row]:
    """Time the reading of units all over the table: times, amplitudes, and the note."""
    runs = [run_of(path) for path in (few, many)]
    recordings = [open_recording(run, cache) for run in runs]
    order = np.random.default_rng(0).permutation(min(run.n_units for run in runs))[:UNITS_READ]
    times: list[list[float]] = [[], []]
    for row in order.tolist():
        for which, recording in enumerate(recordings):
            times[which].append(timed(reader(recording, row)))
    clusters, samples = (
        np.load(many / f"{name}.npy", mmap_mode="r") for name in ("spike_clusters", "spike_times")
    )
    masks = [timed(lambda u=u: samples[clusters == u]) for u in order[:MASKS].tolist()]
    mean = SPIKES // runs[1].n_units
    what = f"spikes of a unit of {SPIKES:,} (mean {mean:,}), read for the first time"
    ours = median(times[1])
    note = f"at {FEW:,} spikes (mean {FEW // runs[0].n_units}): {median(times[0]):.2g} ms"
    return [
        Row(what, ours, "ms", READ_MS, median(masks), "a mask over the mapped arrays", None, note)
    ]


def reader(recording: Any, row: int) -> Callable[[], object]:
    return lambda: recording.spikes(row)


def memory(path: Path, cache: Path) -> list[Row]:
    """Measure the memory of a build without its file, and of a recording all of which was read."""
    run = run_of(path)
    shutil.rmtree(cache)
    tracemalloc.start()
    open_recording(run, cache)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    out = [Row(f"memory while the index of {SPIKES:,} spikes is built", peak / 1e6, "MB", BUILD_MB)]
    before = private_mb()
    recording = open_recording(run, cache)
    for row in range(run.n_units):
        recording.spikes(row)
    if before:  # there is a /proc
        what = f"private memory of {SPIKES:,} spikes, after every unit was read"
        out.append(Row(what, private_mb() - before, "MB", MOST_MB))
    return out


def run_of(path: Path) -> Any:
    from bcviewer.io.results.bombcell import read_run
    from bcviewer.io.results.find import find_runs

    return read_run(find_runs(str(path))[0])


def open_recording(*args: Any) -> Any:
    from bcviewer.io.spikes.recording import open_recording as opened

    return opened(*args)
