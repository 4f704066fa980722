"""Folders that the tests of io build: tables, probes, and the hostile recordings."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from factories import make_run as make_run_data
from factories import sheet_of

from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Provenance
from bcviewer.core.sheet.sheet import Sheet
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


MakeTable = Callable[..., Sheet]


@pytest.fixture
def on_disk(tmp_path: Path) -> MakeTable:
    """Return a function that makes a run of GOOD units in an (otherwise empty) Kilosort folder."""

    def make(columns: dict[str, object] | None = None, n: int = 6, **more: object) -> Sheet:
        ks_dir = tmp_path / "kilosort4_A"
        (ks_dir / "bombcell").mkdir(parents=True, exist_ok=True)
        (ks_dir / names.PARAMS_PY).write_text("sample_rate = 30000\n")
        roi = more.pop("roi_um", None)
        place = Provenance(str(ks_dir), str(ks_dir / "bombcell"), "kilosort4_A", "A", roi_um=roi)
        columns = {"nSpikes": [2400.0] * n, **(columns or {})}
        run = make_run_data(columns, provenance=place, **more)
        return sheet_of(run)

    return make


@pytest.fixture
def curated() -> dict[int, ManualUnit]:
    """Return what was said of units 0 to 4: every kind of label, and of 5 a note alone."""
    who = {"by": "Ann", "at": "2026-03-01T10:20:30.000000Z"}
    return {
        0: ManualUnit(Label.GOOD, "", **who),
        1: ManualUnit(Label.MUA, "two cells?", **who),
        2: ManualUnit(Label.NOISE, "", **who),
        3: ManualUnit(Label.NON_SOMA, "", **who),
        4: ManualUnit(None, "", **who),
        5: ManualUnit(None, '=1+1\tof "µ"\nsecond\rline', **who),
    }


@pytest.fixture(scope="session")
def python_with() -> Callable[[str], str]:
    """Return a function that gives a Python with a package of others; skip where there is none.

    It is this one, or that of ``BCVIEWER_PYTHON_WITH_<PACKAGE>``: the packages are no dependencies.
    """

    def find(package: str) -> str:
        given = os.environ.get(f"BCVIEWER_PYTHON_WITH_{package.upper()}")
        if not given and importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
        return given or sys.executable

    return find


@pytest.fixture
def toy_with(shared: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that puts the results of a variant beside toy's own arrays."""

    def make(variant: str) -> Path:
        folder = tmp_path / variant / "kilosort4_A"
        source = shared / "toy_variants" / variant / "kilosort4_A"
        shutil.copytree(source, folder)
        for path in (shared / "toy" / "kilosort4_A").glob("*.npy"):
            if not (folder / path.name).exists():
                (folder / path.name).symlink_to(path)
        return folder

    return make
