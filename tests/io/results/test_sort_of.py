"""Results elsewhere than their sort: named by their parameters, or by somebody."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import Search, find_runs, search_runs
from bcviewer.io.results.sort_of import check_sort, sort_of

Elsewhere = Callable[[object], tuple[Path, Path]]


@pytest.fixture
def elsewhere(make_run: Callable[..., Path], tmp_path: Path) -> Elsewhere:
    """Return a function that makes results and their sort in places of their own."""

    def make(saved: object = None) -> tuple[Path, Path]:
        ks_dir = make_run(name="kilosort4_A")
        np.save(ks_dir / names.CHANNEL_POSITIONS, np.array([[0.0, 0.0], [0.0, 20.0]]))
        results = tmp_path / "out" / "mouse7"
        results.parent.mkdir()
        shutil.move(ks_dir / "bombcell", results)
        path = str(ks_dir) if saved is None else saved
        record = pq.read_table(results / names.PARAMS_PARQUET).to_pylist()[0]
        record["ephysKilosortPath"] = path
        pq.write_table(pa.Table.from_pylist([record]), results / names.PARAMS_PARQUET)
        return results, ks_dir

    return make


def test_the_saved_path_names_the_sort(elsewhere: Elsewhere) -> None:
    results, ks_dir = elsewhere(None)
    for path in (results, results.parent, results.parent.parent, results / names.UNITS_PARQUET):
        (run,) = find_runs(path)
        assert (run.ks_dir, run.results_dir, run.sort_from) == (ks_dir, results, "parameters")
        assert (run.probe, run.problem) == ("A", "")
    read = read_run(run)
    assert read.sites is not None
    assert read.session_s[1] > 9
    said = " ".join(map(str, read.issues))
    assert "not in a Kilosort directory; their parameters name it" in said
    assert read.provenance.sort_from == "parameters"


@pytest.mark.parametrize(
    "saved",
    [
        "sorted/kilosort4_A",  # relative to what nobody knows
        "/nowhere/kilosort4_A",
        "//server/share/kilosort4_A",
        "\\\\server\\share\\kilosort4_A",
        "D:/recordings/kilosort4_A",
        "/" + "x" * 5000,
        "a\0b",
        "",
        3.5,
        ["/tmp"],
    ],
)
def test_a_path_that_cannot_be_used_leaves_the_results_alone(
    elsewhere: Elsewhere, saved: object
) -> None:
    results, _ = elsewhere(saved)
    assert sort_of(results, {}) is None
    (run,) = find_runs(results)
    assert (run.ks_dir, run.sort_from, run.probe) == (results.parent, "", "mouse7")
    texts = " ".join(map(str, read_run(run).issues))
    assert "in no Kilosort directory. Say which it is: File > Kilosort folder of" in texts


def test_no_share_is_asked_for(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for a path on somebody's server would send them a person's password."""
    results, _ = elsewhere("//evil/share/kilosort4_A")
    asked: list[str] = []
    real = Path.exists

    def exists(path: Path) -> bool:
        asked.append(str(path))
        return real(path)

    monkeypatch.setattr(Path, "exists", exists)
    find_runs(results)
    assert asked
    assert not [path for path in asked if "evil" in path]


def test_what_somebody_says_goes_first(elsewhere: Elsewhere, tmp_path: Path) -> None:
    results, ks_dir = elsewhere(None)
    other = shutil.copytree(ks_dir, tmp_path / "kilosort4_B")
    told = Search(sorts={str(results): str(other)})
    (run,) = search_runs(results, told).runs
    assert (run.ks_dir, run.sort_from, run.probe) == (other, "person", "B")
    gone = Search(sorts={str(results): str(tmp_path / "unplugged")})
    assert search_runs(results, gone).runs[0].ks_dir == ks_dir


def test_one_directory_for_all_that_are_in_none(elsewhere: Elsewhere, tmp_path: Path) -> None:
    results, ks_dir = elsewhere(None)
    other = shutil.copytree(ks_dir, tmp_path / "kilosort4_B")
    shutil.copytree(results, other / "bombcell")
    shutil.rmtree(ks_dir)
    runs = search_runs(tmp_path, Search(sort=other)).runs
    assert [(run.results_dir, run.ks_dir, run.sort_from) for run in runs] == [
        (other / "bombcell", other, ""),
        (results, other, "person"),
    ]


def test_a_folder_that_is_no_sort_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"not a Kilosort directory: none of params\.py"):
        check_sort(tmp_path)


def test_results_elsewhere_beside_those_in_the_sort(elsewhere: Elsewhere, tmp_path: Path) -> None:
    results, ks_dir = elsewhere(None)
    shutil.copytree(results, ks_dir / "bombcell")
    runs = find_runs(tmp_path)
    assert [(run.mode, run.probe, run.results_dir) for run in runs] == [
        ("", "A", ks_dir / "bombcell"),
        ("mouse7", "A", results),
    ]
    assert [run.others for run in runs] == [("mouse7",), ("bombcell",)]
