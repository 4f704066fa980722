"""Folders that the tests of io build: tables, probes, and the hostile recordings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bcviewer.io import names

PARAMS = {
    "maxNPeaks": 2.0,
    "maxNTroughs": 1.0,
    "minWvDuration": 100.0,
    "maxWvDuration": 1150.0,
    "minSpatialDecaySlope": -0.008,
    "maxWvBaselineFraction": 0.3,
    "maxPercSpikesMissing": 20.0,
    "minNumSpikes": 300.0,
    "maxRPVviolations": 0.1,
    "minPresenceRatio": 0.7,
    "minAmplitude": 40.0,
    "minSNR": 5.0,
    "spDecayLinFit": False,
    "ephys_sample_rate": 30000.0,
}

MakeRun = Callable[..., Path]


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Return a function that writes a small run and returns its Kilosort directory."""

    def make(
        columns: dict[str, object] | None = None,
        params: dict[str, object] | None = None,
        name: str = "kilosort4_A",
        results: str = "bombcell",
    ) -> Path:
        ks_dir = tmp_path / name
        (ks_dir / results).mkdir(parents=True)
        if columns is None:
            columns = {"phy_clusterID": [0, 1], "nSpikes": [500.0, 20.0], "nPeaks": [1.0, None]}
        pq.write_table(pa.table(columns), ks_dir / results / names.UNITS_PARQUET)
        row = {key: [value] for key, value in (PARAMS if params is None else params).items()}
        pq.write_table(pa.table(row), ks_dir / results / names.PARAMS_PARQUET)
        np.save(ks_dir / names.SPIKE_TIMES, np.arange(0, 300_000, 300))
        return ks_dir

    return make


@pytest.fixture(scope="session")
def hostile(shared: Path) -> Iterator[Path]:
    """Build the hostile recordings once, in a folder that any user may look into."""
    # Not pytest's own folder: only its owner may enter that, and one test reads as "nobody".
    out = Path(tempfile.mkdtemp(prefix="bcviewer_hostile_"))
    out.chmod(0o755)
    for mark in Path(tempfile.gettempdir()).glob("PWNED_*"):
        mark.unlink()
    script = shared / "make_hostile.py"
    # Ordinary permissions, whatever the umask: the cases are opened as another user too.
    subprocess.run(
        [sys.executable, str(script), str(out), "--bombs"],
        check=True,
        capture_output=True,
        umask=0o022,
    )
    yield out
    for folder, _, _ in os.walk(out):
        Path(folder).chmod(0o755)
    shutil.rmtree(out)
