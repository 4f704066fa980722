"""Looking through folders ends: within bounds, out of no link, and says what it left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bcviewer.errors import CancelledError, UserError
from bcviewer.io import names
from bcviewer.io.results import tree
from bcviewer.io.results.find import Search, find_runs, search_runs


def results(folder: Path, name: str = "bombcell") -> Path:
    (folder / name).mkdir(parents=True)
    (folder / name / names.UNITS_PARQUET).write_bytes(b"PAR1")
    return folder


def test_any_folder_above(tmp_path: Path) -> None:
    place = tmp_path / "Record Node 103" / "experiment1" / "recording1" / "continuous"
    for probe in "AB":
        results(place / f"Neuropix-PXI-100.Probe{probe}-AP" / "kilosort4")
    for above in (place, *place.parents[:4]):
        assert [run.probe for run in find_runs(above)] == ["ProbeA-AP", "ProbeB-AP"]


def test_one_folder_too_deep_is_told(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*"abcdefghijk")
    results(deep / "kilosort4_Z")
    results(tmp_path / "near" / "kilosort4_A")
    found = search_runs(tmp_path)
    assert [run.probe for run in found.runs] == ["A"]
    assert [note for note in found.notes if "more than 10 levels down" in note] == list(found.notes)
    assert find_runs(tmp_path / "a")[0].probe == "Z"


def test_no_more_folders_than_the_bound(tmp_path: Path) -> None:
    for i in range(40):
        results(tmp_path / f"mouse{i:02}" / "kilosort4")
    found = search_runs(tmp_path, Search(most_folders=60))
    assert len(found.runs) == 19
    assert "only the first 60 folders were looked into" in found.notes[0]


def test_a_folder_of_very_many_files_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "MOST_ENTRIES", 20)
    results(tmp_path / "mouse" / "kilosort4")
    (tmp_path / "frames").mkdir()
    for i in range(30):
        (tmp_path / "frames" / f"{i}.tif").touch()
    found = search_runs(tmp_path)
    assert [run.probe for run in found.runs] == ["mouse"]
    assert "frames (more than 20 files in it)" in found.notes[0]


def test_it_can_be_cancelled_and_tells_how_far_it_is(tmp_path: Path) -> None:
    for i in range(1100):
        (tmp_path / f"f{i}").mkdir()
    said: list[str] = []
    with pytest.raises(UserError):
        search_runs(tmp_path, Search(progress=said.append))
    assert [text.split(" folders")[0] for text in said] == ["500", "1,000"]
    with pytest.raises(CancelledError):
        search_runs(tmp_path, Search(cancelled=lambda: len(said) > 1))


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = results(tmp_path / "outside" / "kilosort4_B")
    top = tmp_path / "top"
    results(top / "mouse" / "kilosort4_A")
    try:
        (top / "mouse" / "back").symlink_to(top)
        (top / "other").symlink_to(outside.parent)
        (top / "self").symlink_to(top / "self")
    except OSError:
        pytest.skip("no symbolic links here")
    found = search_runs(top)
    assert [run.probe for run in found.runs] == ["A"]
    (note,) = found.notes  # "back" shows nothing that was not looked into
    assert note.endswith("links to folders are not followed: other.")
    assert find_runs(top / "other")[0].probe == "B"  # one that was meant is


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_folder_that_may_not_be_read_is_one_line(tmp_path: Path) -> None:
    results(tmp_path / "mouse" / "kilosort4_A")
    (tmp_path / "private").mkdir(mode=0)
    found = search_runs(tmp_path)
    (tmp_path / "private").chmod(0o700)
    assert [run.probe for run in found.runs] == ["A"]
    assert "cannot be read: private (permission denied)" in found.notes[0]


def test_a_folder_that_cannot_be_listed_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results(tmp_path / "mouse" / "kilosort4_A")
    (tmp_path / "private").mkdir()
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "private":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(tree.os, "scandir", scandir)
    found = search_runs(tmp_path)
    assert [run.probe for run in found.runs] == ["A"]
    assert found.notes == (f"{tmp_path}: cannot be read: private (permission denied).",)


def test_chunks_and_hidden_folders_are_passed_by(tmp_path: Path) -> None:
    for name in ("raw.zarr", ".git", ".snapshot", "__pycache__"):
        results(tmp_path / name / "kilosort4")
    results(tmp_path / "mouse" / "kilosort4")
    assert [run.probe for run in find_runs(tmp_path)] == ["mouse"]
