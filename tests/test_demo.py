"""The recording that ships with the program."""

from __future__ import annotations

import filecmp
import json
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from bcviewer.io.resources import resource_path

DEMO = resource_path("demo")
SCRIPT = Path(__file__).resolve().parent.parent / "packaging" / "make_demo.py"
SESSION = "Demo_20260201_session001"
RUNS = (
    "bombcell_DEFAULT/kilosort4_A",
    "bombcell_DEFAULT/kilosort4_B",
    "bombcell_DEFAULT/kilosort4_C",
    "bombcell_NP2.0/kilosort4_A",
    "bombcell_NP2.0/kilosort4_C",
)
FILES = (
    "bombcell/_bc_parameters._bc_qMetrics.parquet",
    "bombcell/templates._bc_qMetrics.parquet",
    "bombcell/_bc_rawWaveforms_kilosort_format.npy",
    "spike_times.npy",
    "spike_clusters.npy",
    "spike_templates.npy",
    "amplitudes.npy",
    "templates.npy",
    "channel_map.npy",
    "channel_positions.npy",
    "whitening_mat_inv.npy",
    "params.py",
    "cluster_KSLabel.tsv",
    "cluster_group.tsv",
    "cluster_bc_unitType.tsv",
)


def run_dir(run: str, base: Path = DEMO) -> Path:
    """Return a run's Kilosort directory."""
    return base / SESSION / "bombcell" / run


def test_it_is_small_and_has_no_links() -> None:
    files = list(DEMO.rglob("*"))
    assert sum(path.stat().st_size for path in files if path.is_file()) <= 8_000_000
    assert not any(path.is_symlink() for path in files)


def test_the_config_names_the_folders() -> None:
    config = json.loads((DEMO / "recording_config.json").read_text("utf-8"))
    assert config["recordings_root"] == "."
    assert (DEMO / config["recording_name"]).is_dir()


@pytest.mark.parametrize("run", RUNS)
def test_every_run_is_whole(run: str) -> None:
    folder = run_dir(run)
    assert [name for name in FILES if not (folder / name).is_file()] == []
    n_units = pq.read_metadata(folder / "bombcell/templates._bc_qMetrics.parquet").num_rows
    raw = np.load(folder / "bombcell/_bc_rawWaveforms_kilosort_format.npy")
    times, clusters, templates, amplitudes = (
        np.load(folder / f"{name}.npy")
        for name in ("spike_times", "spike_clusters", "spike_templates", "amplitudes")
    )
    positions = np.load(folder / "channel_positions.npy")
    shapes = np.load(folder / "templates.npy")
    assert raw.shape == (n_units, len(positions), 61)
    assert shapes.shape == (n_units, 61, len(positions))
    assert times.shape == clusters.shape == templates.shape == amplitudes.shape
    assert np.all(np.diff(times) >= 0)
    assert np.unique(clusters).tolist() == list(range(n_units))
    assert np.isfinite(raw).all()


def test_phy_reads_its_types() -> None:
    for run in RUNS:
        folder = run_dir(run)
        assert np.load(folder / "spike_templates.npy").dtype in (np.uint16, np.int32, np.int64)
        assert np.load(folder / "templates.npy").dtype == np.float32
        assert np.load(folder / "channel_map.npy").dtype in (np.int32, np.int64)


@pytest.mark.parametrize("run", RUNS)
def test_it_is_what_was_sorted(shared: Path, run: str) -> None:
    source, folder = run_dir(run, shared / "session_demo"), run_dir(run)
    for name in ("templates._bc_qMetrics.parquet", "_bc_parameters._bc_qMetrics.parquet"):
        assert filecmp.cmp(source / "bombcell" / name, folder / "bombcell" / name, shallow=False)
    for name in (name for name in FILES if name.endswith(".npy")):
        shipped, sorted_ = np.load(folder / name), np.load(source / name)
        if "rawWaveforms" in name:
            np.testing.assert_allclose(shipped, sorted_, rtol=5e-4, atol=1e-4)
        else:
            np.testing.assert_array_equal(shipped, sorted_)


@pytest.mark.skipif(not SCRIPT.is_file(), reason="packaging/ is in a checkout only")
def test_it_can_be_made_again(shared: Path, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    made = subprocess.run(
        [sys.executable, str(SCRIPT), str(shared / "session_demo"), str(out)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    ours = sorted(path.relative_to(DEMO) for path in DEMO.rglob("*") if path.is_file())
    theirs = sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file())
    assert ours == theirs
    assert [path for path in ours if not filecmp.cmp(DEMO / path, out / path, shallow=False)] == []
    assert runpy.run_path(str(SCRIPT))["RUNS"] == RUNS
