"""Which of Bombcell's units still exist: read from files, real and broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from factories import sheet_of
from spike_folders import run_of, some_spikes, write_spikes

from bcviewer.core.evidence.compare_phy import compare_phy
from bcviewer.core.evidence.recording import Recording
from bcviewer.core.run.phy import PHY_STATES, Phy
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.io.spikes.recording import open_recording


def told(folder: Path, cache: Path) -> tuple[Run, Recording, Phy]:
    run = read_run(find_runs(str(folder))[0])
    recording = open_recording(run, cache)
    return run, recording, compare_phy(run, recording, lambda: None)


def states(found: Phy) -> dict[str, int]:
    return dict(Counter(PHY_STATES[code] for code in found.state))


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        ("phy_curated_rerun", {"current": 15, "no spikes": 3}),
        ("time_chunks", {"current": 15}),
        ("remove_duplicates_synthpc", {"current": 15}),
        ("split_nonsoma", {"current": 15}),
    ],
)
def test_variants_of_toy(
    toy_with: Callable[[str], Path], tmp_path: Path, variant: str, expected: dict[str, int]
) -> None:
    run, _, found = told(toy_with(variant), tmp_path / "cache")
    assert states(found) == expected
    assert not found.details
    if variant == "phy_curated_rerun":
        assert run.cluster_id[found.state == PHY_STATES.index("no spikes")].tolist() == [0, 2, 3]


def test_curated_after_the_run(hostile: Path, tmp_path: Path) -> None:
    run, recording, found = told(hostile / "phy_curated_stale", tmp_path)
    assert states(found) == {"current": 12, "gone": 3, "new": 3}
    texts = [found.text(row) for row in range(18)]
    assert [t for t in texts if t] == [
        "gone: split into 16 (50%) and 17 (50%)",
        "gone: merged into 15 with 3",
        "gone: merged into 15 with 2",
        "made by phy: 81% from 2, 19% from 3",
        "made by phy: all from 0 (50% of its spikes)",
        "made by phy: all from 0 (50% of its spikes)",
    ]
    # their spikes and templates can be seen
    more = sheet_of(run, phy=found)
    clusters = np.load(hostile / "phy_curated_stale" / "kilosort4_A" / names.SPIKE_CLUSTERS)
    reading = recording.with_ids(more.ids)
    for row in (15, 16, 17):
        assert reading.spikes(row).n == (clusters == more.ids.cluster_id[row]).sum()
        assert reading.spikes(row).note == ""
    assert "the mean of templates 2 and 3" in reading.template(15).note
    with pytest.raises(UserError, match="_bc_rawWaveforms"):
        reading.raw_waveform(15)
    assert np.array_equal(reading.spikes(2).samples, recording.spikes(2).samples)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("missing_npy", {"not known": 15}),
        ("no_kilosort_files", {"not known": 15}),
        ("zero_spikes", {"not known": 15}),
        ("missing_units", {"current": 10, "not scored": 5}),
        ("sparse_ids", {"current": 14, "gone": 1, "new": 1}),
        ("duplicate_ids", {"current": 14, "stale": 1, "not scored": 1}),
        ("nan_columns", {"not known": 15}),
        ("inf_huge", {"current": 8, "not known": 6, "stale": 1}),
    ],
)
def test_broken_recordings(
    hostile: Path, tmp_path: Path, case: str, expected: dict[str, int]
) -> None:
    _, _, found = told(hostile / case, tmp_path)
    assert states(found) == expected
    if case == "missing_npy":
        assert found.text(0).startswith("not known: spike_clusters.npy: not there.")


def test_only_one_of_the_two_files(tmp_path: Path) -> None:
    arrays = some_spikes()
    for absent in ("spike_templates", "spike_clusters"):
        kept = {name: array for name, array in arrays.items() if name != absent}
        folder = write_spikes(tmp_path / absent / "kilosort4_A", **kept)
        table = open_recording(run_of(folder, [0, 7]), tmp_path / "cache").table()
        why = f"{absent}.npy: not there."
        assert table.no_templates.startswith(why) == (absent == "spike_templates")
        assert table.no_clusters.startswith(why) == (absent == "spike_clusters")
        assert bool(table.no_templates) != bool(table.no_clusters)
    folder = write_spikes(tmp_path / "both" / "kilosort4_A", **arrays)
    table = open_recording(run_of(folder, [0, 7]), tmp_path / "cache").table()
    assert table.no_templates == table.no_clusters == ""


def test_spikes_of_a_cluster_in_the_kept_time(tmp_path: Path) -> None:
    arrays = some_spikes()
    folder = write_spikes(tmp_path / "kilosort4_A", **arrays)
    kept = {"useTheseTimesStart": [30.0, np.nan], "useTheseTimesStop": [200.0, np.nan]}
    recording = open_recording(run_of(folder, [6, 7], kept), tmp_path / "cache")
    seconds = arrays["spike_times"][arrays["spike_clusters"] == 6] / 30000.0
    assert recording.kept_now(0) == ((seconds >= 30) & (seconds <= 200)).sum() > 0
    with pytest.raises(UserError, match="not known"):
        recording.kept_now(1)
