"""Before others are scored, one that nobody changed is: the files may be of another sort."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.io.spikes.recording import open_recording
from bcviewer.oracle.client import Bombcell
from bcviewer.oracle.score_control import not_as_saved


@pytest.fixture
def copy(shared: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "kilosort4_A"
    shutil.copytree(shared / "sim_3probes" / "kilosort4_A", folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def test_the_files_of_a_run_score_as_saved_and_others_do_not(
    copy: Path, tmp_path: Path, real_bombcell: Bombcell
):
    run = read_run(find_runs(copy)[0])
    recording = open_recording(run, tmp_path / "cache")
    assert [not_as_saved(run, recording, row, real_bombcell) for row in (0, 1, 2)] == ["", "", ""]
    times = np.load(copy / "spike_times.npy")
    np.save(copy / "spike_times.npy", times // 2)  # those of another recording
    recording = open_recording(run, tmp_path / "other")
    found = not_as_saved(run, recording, 1, real_bombcell)
    assert found.startswith("unit 1, which nobody changed, does not score as saved: ")
    assert ", saved " in found
