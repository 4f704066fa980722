"""A recording read by a few lines of NumPy, beside the program's own index, for tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from evidence_fakes import FakeRecording

from bcviewer.core.evidence.recording import UnitData, UnitSpikes
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs


def read_units(ks_dir: Path, arrays: Path | None = None) -> list[UnitData]:
    """Return the units of a run; ``arrays`` is where Kilosort's files are, if elsewhere."""
    run = read_run(find_runs(ks_dir)[0])
    folder = arrays or ks_dir
    read = {
        name: np.load(folder / f"{name}.npy").squeeze()
        for name in ("spike_times", "spike_clusters", "amplitudes", "spike_positions")
        if (folder / f"{name}.npy").exists()
    }
    samples = read["spike_times"].astype(np.int64)
    rate = 30000.0 if np.isnan(run.sample_rate) else run.sample_rate
    run = replace(run, session_s=(samples.min() / rate, samples.max() / rate))
    recording = FakeRecording({})
    for row, unit in enumerate(run.cluster_id):
        hit = np.flatnonzero(read["spike_clusters"] == unit)
        hit = hit[np.argsort(samples[hit], kind="stable")]
        depths = read["spike_positions"][hit, 1] if "spike_positions" in read else None
        amplitudes = read["amplitudes"][hit].astype(np.float32)
        recording.spikes_of[row] = UnitSpikes(samples[hit], rate, amplitudes, depths)
    return [UnitData(run, row, recording) for row in range(run.n_units)]
