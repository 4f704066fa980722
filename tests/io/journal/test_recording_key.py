"""What a recording is known by: its content, not its place, its time or its scores."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from factories import make_columns, make_run

from bcviewer.core.run.run import Provenance, Run
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.journal import recording_key
from bcviewer.io.journal.recording_key import RecordingKey, results_key, spikes_key


def spikes(folder: Path, n: int = 1000, seed: int = 0) -> Path:
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    np.save(folder / names.SPIKE_TIMES, np.sort(rng.integers(0, 10**8, n)))
    np.save(folder / names.SPIKE_TEMPLATES, rng.integers(0, 300, n).astype(np.int32))
    return folder


def run_of(folder: Path, **columns: object) -> Run:
    return make_run(
        columns or None, provenance=Provenance(str(folder), str(folder / "bombcell"), "ks", "A")
    )


def test_a_copy_is_the_same_recording_wherever_and_whenever(tmp_path: Path) -> None:
    first = spikes(tmp_path / "one" / "kilosort4_A")
    second = tmp_path / "two" / "kilosort4_A"
    shutil.copytree(first, second)
    os.utime(second / names.SPIKE_TIMES, (0, 0))
    (second / "cluster_group.tsv").write_text("cluster_id\tgroup\n1\tgood\n")
    np.save(second / names.SPIKE_CLUSTERS, np.zeros(1000, np.int32))  # merged in phy
    assert spikes_key(first) == spikes_key(second)


@pytest.mark.parametrize("n", [0, 1, 1000, 400_000, 1_000_000])
def test_another_sort_is_another_recording(tmp_path: Path, n: int) -> None:
    key = spikes_key(spikes(tmp_path / "a", n))
    assert len(key) == 17
    assert key == spikes_key(spikes(tmp_path / "b", n))
    assert key != spikes_key(spikes(tmp_path / "c", n + 1))
    assert n == 0 or key != spikes_key(spikes(tmp_path / "d", n, seed=1))


def test_of_large_files_parts_are_read_and_all_of_small_ones(tmp_path: Path) -> None:
    def read(size: int) -> tuple[int, list[tuple[int, int]]]:
        parts = recording_key._parts(size)
        assert all(start >= 0 and start + length <= size for start, length in parts)
        assert parts[-1][0] + parts[-1][1] == size
        return sum(length for _, length in parts), parts

    assert read(recording_key._WHOLE)[0] == recording_key._WHOLE
    total, parts = read(600_000_000)
    assert total < 1_300_000
    starts = np.array([start for start, _ in parts])
    assert np.diff(starts).max() < 600_000_000 / 60  # no large part of it is left out
    read(recording_key._WHOLE + 1)


def test_the_order_of_spikes_among_templates_counts(tmp_path: Path) -> None:
    folder = spikes(tmp_path / "a", 600_000)
    key = spikes_key(folder)
    templates = np.load(folder / names.SPIKE_TEMPLATES)
    np.save(folder / names.SPIKE_TEMPLATES, templates[::-1].copy())
    assert spikes_key(folder) != key


def test_without_spikes_there_is_no_spikes_key(tmp_path: Path) -> None:
    (tmp_path / "ks").mkdir()
    with pytest.raises(UserError):
        spikes_key(tmp_path / "ks")
    key = recording_key.recording_key(run_of(tmp_path / "ks"))
    assert key.spikes == ""
    assert key.primary == key.results


def test_a_run_of_bombcell_anew_leaves_the_results_key() -> None:
    channels = [3.0, 5.0, np.nan]
    first = run_of(Path("a"), maxChannels=channels, nSpikes=[100.0, 200.0, 300.0])
    again = run_of(Path("b"), maxChannels=channels, nSpikes=[90.0, 180.0, 270.0])
    assert results_key(first) == results_key(again)
    other = run_of(Path("a"), maxChannels=[3.0, 6.0, np.nan])
    assert results_key(first) != results_key(other)
    ids = make_run({"maxChannels": channels}, cluster_id=np.array([0, 1, 7]))
    assert results_key(first) != results_key(ids)
    assert results_key(make_run(make_columns(drop=["maxChannels"]))).startswith("r")


def test_keys_of_lines_and_keys_of_a_run() -> None:
    here = RecordingKey("s1", "r1")
    assert here.fits("s1", "r2")  # scored again, after merges
    assert not here.fits("s2", "r1")  # sorted again: other spikes, whatever the units' ids
    assert here.fits("r1", "r1")  # said where there were no spikes
    assert RecordingKey("", "r1").fits("s1", "r1")  # and the other way round
    assert not RecordingKey("", "r1").fits("s1", "r2")
    assert not here.fits("", "")
    assert not RecordingKey("", "r1").fits("", "")
