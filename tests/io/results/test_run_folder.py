"""Where the results of a run go: never over anything, whole, and nothing is left of a dead one."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from bcviewer.errors import UsageError, UserError
from bcviewer.io.results.run_folder import check_results, free_results, remove_stale, staging


def test_the_first_name_that_is_free(tmp_path: Path):
    assert free_results(tmp_path).name == "bombcell"
    (tmp_path / "bombcell").mkdir()
    (tmp_path / "bombcell_2").write_text("")
    (tmp_path / "bombcell_3").symlink_to(tmp_path / "nowhere")
    assert free_results(tmp_path).name == "bombcell_4"


@pytest.mark.parametrize("there", ["folder", "file", "link"])
def test_a_place_that_is_taken_is_refused(tmp_path: Path, there: str):
    place = tmp_path / "results"
    if there == "folder":
        place.mkdir()
    elif there == "file":
        place.write_text("")
    else:
        place.symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="is there already"):
        check_results(place)
    with pytest.raises(UsageError, match="there is no folder"):
        check_results(tmp_path / "no" / "results")
    assert check_results(tmp_path / "new") == tmp_path / "new"


def test_a_place_in_results_is_refused_and_one_in_an_old_kilosort_directory_is_not(
    tmp_path: Path,
):
    results = tmp_path / "bombcell"
    (results / "deep").mkdir(parents=True)
    (results / "cluster_bc_unitType.tsv").touch()
    (results / "templates._bc_qMetrics.parquet").touch()
    (tmp_path / "link").symlink_to(results)
    for place in (results / "x", results / "deep" / "x", tmp_path / "link" / "x"):
        with pytest.raises(UsageError, match="holds results of another run"):
            check_results(place)
    (results / "spike_times.npy").touch()
    assert check_results(results / "x") == results / "x"


def test_results_are_given_their_place_whole(tmp_path: Path):
    place = tmp_path / "bombcell"
    with staging(place) as where:
        assert where.results.name == "bombcell"
        where.results.mkdir()
        (where.results / "a").write_text("x")
        assert not place.exists()
        assert where.give() == place
    assert [path.name for path in tmp_path.iterdir()] == ["bombcell"]
    assert (place / "a").read_text() == "x"


def test_what_somebody_made_meanwhile_stays(tmp_path: Path):
    place = tmp_path / "bombcell"
    with staging(place) as where:
        where.results.mkdir()
        place.mkdir()
        (place / "theirs").write_text("x")
        with pytest.raises(UserError, match="made it meanwhile"):
            where.give()
    assert [path.name for path in place.iterdir()] == ["theirs"]
    assert [path.name for path in tmp_path.iterdir()] == ["bombcell"]


def test_a_name_that_nobody_chose_gives_way_to_another_runs(tmp_path: Path):
    place = tmp_path / "bombcell"
    place.mkdir()
    with staging(place, or_next=True) as where:  # the run before in the queue took the name
        (where.results / "mine").mkdir(parents=True)
        (tmp_path / "bombcell_2").mkdir()  # and a third one was faster
        assert where.give() == tmp_path / "bombcell_3"
    assert (tmp_path / "bombcell_3" / "mine").is_dir()
    assert sorted(path.name for path in tmp_path.iterdir())[:2] == ["bombcell", "bombcell_2"]
    assert not list(place.iterdir())


def end_early(place: Path, error: BaseException) -> None:
    with staging(place) as where:
        (where.results / "deep").mkdir(parents=True)
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError(), UserError("x")])
def test_nothing_is_left_of_what_ended_early(tmp_path: Path, error):
    with pytest.raises(type(error)):
        end_early(tmp_path / "bombcell", error)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(UserError, match="cannot be written: permission denied"):
        end_early(tmp_path / "bombcell", AssertionError())


def test_a_drive_that_becomes_full(tmp_path: Path):
    with pytest.raises(UserError, match="no space left"):
        end_early(tmp_path / "bombcell", OSError(28, "No space left on device"))
    assert list(tmp_path.iterdir()) == []


def stale(parent: Path, name: str, said: object) -> Path:
    folder = parent / name
    (folder / "bombcell").mkdir(parents=True)
    if said is not None:
        (folder / "bcviewer-run.json").write_text(json.dumps(said))
    return folder


def test_what_a_dead_run_left_is_taken_away_by_the_next_and_nothing_else(tmp_path: Path):
    here = {"host": socket.gethostname()}
    dead = stale(tmp_path, ".bcviewer-run-1", here)
    kept = [
        stale(tmp_path, ".bcviewer-run-2", {"host": "another"}),
        stale(tmp_path, ".bcviewer-run-3", None),
        stale(tmp_path, ".bcviewer-run-4", [1]),
        stale(tmp_path, "mine", here),
    ]
    target = tmp_path / "elsewhere"
    stale(tmp_path, "elsewhere", here)
    link = tmp_path / ".bcviewer-run-5"
    link.symlink_to(target)
    with staging(tmp_path / "bombcell") as running:
        assert not dead.exists()
        assert all(folder.exists() for folder in (*kept, link, target))
        assert remove_stale(tmp_path) == 0
        assert running.folder.exists()  # the lock tells that it is in use
    os.mkfifo(tmp_path / ".bcviewer-run-3" / "bcviewer-run.json")
    assert remove_stale(tmp_path) == 0  # a pipe is not waited for
