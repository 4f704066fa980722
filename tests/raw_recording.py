"""A small recording with its raw file and PCs, made from a seed, for tests of raw spikes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from factories import SAMPLE_RATE, bombcell, default_params, make_columns, quiet

from bcviewer.core.evidence.recording import UnitData
from bcviewer.io import names
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.io.spikes.recording import open_recording

SITES, SYNC, WIDTH, SECONDS = 6, 1, 61, 12.0
GAIN = 2.5
TAU_R = 0.002
CLOSE_PAIRS = 9
"""Pairs of unit 0 that violate its refractory period."""


@dataclass(frozen=True)
class RawRecording:
    """What was written.

    Attributes
    ----------
    ks_dir, raw : Path
        The Kilosort directory and the raw file.
    samples, clusters : numpy.ndarray
        The spikes.
    traces : numpy.ndarray
        What is in the raw file, int16, shape (n_samples, n_channels).
    channel_map : numpy.ndarray
        The file's column of each site.
    """

    ks_dir: Path
    raw: Path
    samples: np.ndarray
    clusters: np.ndarray
    traces: np.ndarray
    channel_map: np.ndarray

    def unit(self, row: int = 0) -> UnitData:
        """Return a unit, read as the program reads it."""
        run = read_run(find_runs(self.ks_dir)[0])
        return UnitData(run, row, open_recording(run, self.ks_dir.parent / "cache"))


def write_raw_recording(
    folder: Path, *, seed: int = 5, n_units: int = 2, params_py: str | None = None, **params: Any
) -> RawRecording:
    """Write a sort of a few units with its raw file; ``params`` are Bombcell's."""
    rng = np.random.default_rng(seed)
    ks_dir, raw = folder / "kilosort4_A", folder / "raw" / "probe_g0_t0.imec0.ap.bin"
    (ks_dir / "bombcell").mkdir(parents=True)
    raw.parent.mkdir()
    channel_map = rng.permutation(SITES)
    templates = _templates(n_units)
    samples, clusters = _spikes(rng, n_units)
    amplitudes = rng.normal(20, 3, len(samples)).astype(np.float32)
    traces = _traces(rng, templates, samples, clusters, amplitudes, channel_map)
    traces.tofile(raw)
    arrays = {
        "spike_times": samples,
        "spike_clusters": clusters.astype(np.int32),
        "spike_templates": clusters.astype(np.int32),
        "amplitudes": amplitudes,
        "templates": templates,
        "whitening_mat_inv": np.eye(SITES, dtype=np.float32),
        "channel_map": channel_map.astype(np.int32),
        "channel_positions": np.column_stack([np.zeros(SITES), 20.0 * np.arange(SITES)]),
        "pc_features": rng.normal(size=(len(samples), 3, 4)).astype(np.float32),
        "pc_feature_ind": np.tile(np.arange(4), (n_units, 1)).astype(np.int32),
    }
    for name, array in arrays.items():
        np.save(ks_dir / f"{name}.npy", array)
    layout = f"n_channels_dat = {SITES + SYNC}\noffset = 0\ndtype = 'int16'\nsample_rate = 30000.\n"
    said = f"dat_path = ['../raw/{raw.name}']\n{layout}" if params_py is None else params_py
    (ks_dir / names.PARAMS_PY).write_text(said, "utf-8")
    _write_results(ks_dir, n_units, clusters, params)
    return RawRecording(ks_dir, raw, samples, clusters, traces, channel_map)


def extract_by_bombcell(made: RawRecording, **params: Any) -> np.ndarray:
    """Let bombcell extract and save the mean raw waveforms; return them by cluster id."""
    return np.asarray(extracted(made, **params)[3])


def extracted(made: RawRecording, peaks: Any = None, **params: Any) -> tuple[Any, ...]:
    """Let bombcell extract and save the mean raw waveforms; return all that it returns."""
    bombcell()
    from bombcell.extract_raw_waveforms import extract_raw_waveforms
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # else its progress bars leave a thread behind
    given = {
        "raw_data_file": str(made.raw),
        "ephys_meta_file": None,
        "nChannels": SITES + SYNC,
        "nSyncChannels": SYNC,
        "nRawSpikesToExtract": 100,
        "detrendWaveform": True,
        "waveformBaselineNoiseWindow": 10,
        "spike_width": WIDTH,
        "ephysKilosortPath": str(made.ks_dir),
        "joblib_n_jobs": 1,
        "joblib_backend_preference": "threads",
        **params,
    }
    with quiet():
        found: tuple[Any, ...] = extract_raw_waveforms(
            given, made.clusters, made.samples, True, str(made.ks_dir / "bombcell"), peaks
        )
    return found


def _templates(n_units: int) -> np.ndarray:
    time = np.arange(WIDTH) - 20
    wave = -np.exp(-((time / 3.0) ** 2)) + 0.4 * np.exp(-(((time - 9) / 5.0) ** 2))
    out = np.zeros((n_units, WIDTH, SITES), np.float32)
    for unit in range(n_units):
        away = np.abs(np.arange(SITES) - (1 + 3 * unit) % SITES)
        out[unit] = wave[:, None] * np.exp(-away / 1.5)
    return out


def _spikes(rng: np.random.Generator, n_units: int) -> tuple[np.ndarray, np.ndarray]:
    """Return spikes, far apart but for a few pairs of the first unit; the last one is cut off."""
    trains = []
    n = int(SECONDS * SAMPLE_RATE)
    for unit in range(n_units):
        train = np.arange(3_000 + 700 * unit, n - 3_000, 2_000) + rng.integers(0, 300, 1)
        if unit == 0:
            close = train[5 : 5 + 4 * CLOSE_PAIRS : 4] + int(0.0012 * SAMPLE_RATE)
            train = np.concatenate([[10], train, close, [n - 15]])
        trains.append(np.column_stack([train, np.full(len(train), unit)]))
    both = np.concatenate(trains)
    both = both[np.argsort(both[:, 0], kind="stable")]
    return both[:, 0].astype(np.int64), both[:, 1].astype(np.int64)


def _traces(
    rng: np.random.Generator,
    templates: np.ndarray,
    samples: np.ndarray,
    clusters: np.ndarray,
    amplitudes: np.ndarray,
    channel_map: np.ndarray,
) -> np.ndarray:
    n = int(SECONDS * SAMPLE_RATE)
    values = rng.normal(0, 4, (n, SITES + SYNC)).astype(np.float32)
    values[:, :SITES] += 40 * np.sin(np.arange(n) / 4000)[:, None]  # a slow drift to be taken off
    for at, unit, size in zip(samples, clusters, amplitudes, strict=True):
        first, stop = max(at - 20, 0), min(at + WIDTH - 20, n)
        part = templates[unit, first - (at - 20) : stop - (at - 20)] * 6 * size
        values[first:stop, channel_map] += part
    values[:, SITES] = 64 * (np.arange(n) % 2)
    return np.rint(values).astype(np.int16)


def _write_results(ks_dir: Path, n_units: int, clusters: np.ndarray, params: Any) -> None:
    counts = np.bincount(clusters, minlength=n_units).astype(float)
    one = {
        "nSpikes": counts.tolist(),
        "useTheseTimesStart": [0.0] * n_units,
        "useTheseTimesStop": [SECONDS] * n_units,
        "maxChannels": [float((1 + 3 * unit) % SITES) for unit in range(n_units)],
        "estimatedTauR": [TAU_R] * n_units,
    }
    table = {**make_columns(one), "phy_clusterID": list(range(n_units))}
    pq.write_table(pa.table(table), ks_dir / "bombcell" / names.UNITS_PARQUET)
    given = {
        **default_params(),
        "gain_to_uV": GAIN,
        "spike_width": WIDTH,
        "waveformBaselineNoiseWindow": 10,
        "nRawSpikesToExtract": 100,
        "detrendWaveform": True,
        "nChannels": SITES + SYNC,
        "n_channels_rec": SITES + SYNC,
        "tauC": 0.00025,
        **params,
    }
    row = {key: [value] for key, value in given.items() if value is not None}
    pq.write_table(pa.table(row), ks_dir / "bombcell" / names.PARAMS_PARQUET)
