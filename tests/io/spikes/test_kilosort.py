"""Kilosort's files: never run, never unpickled, checked before they are used."""

from __future__ import annotations

import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import Params

from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.results.beside import read_beside
from bcviewer.io.spikes import kilosort
from bcviewer.io.spikes.kilosort import (
    check_arrays,
    read_array,
    read_header,
    read_session,
    read_sites,
)
from bcviewer.io.spikes.params_py import read_params_py


class Boom:
    def __reduce__(self) -> Any:
        return (pytest.fail, ("a pickle was opened",))


def test_params_py_as_plain_values(tmp_path: Path) -> None:
    (tmp_path / names.PARAMS_PY).write_text(
        "dat_path = ['D:/x.bin']\nn_channels_dat = 385\nsample_rate = 30000.\noffset = -1\n"
        "hp_filtered = False\ndtype = r'int16'\n"
    )
    values, issues = read_params_py(tmp_path)
    assert values == {
        "dat_path": ["D:/x.bin"],
        "n_channels_dat": 385,
        "sample_rate": 30000.0,
        "offset": -1,
        "hp_filtered": False,
        "dtype": "int16",
    }
    assert issues == ()


def test_params_py_is_never_run(tmp_path: Path) -> None:
    (tmp_path / names.PARAMS_PY).write_text(
        f"import os\nopen({str(tmp_path / 'ran')!r}, 'w')\nsample_rate = 3e4\nx = os.getcwd()\n"
        "a, b = 1, 2\nif True:\n    offset = 5\n"
    )
    values, issues = read_params_py(tmp_path)
    assert values == {"sample_rate": 3e4}
    assert "a statement, x: not plain values." in str(issues[0])
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"dat_path = 'C:\\Users\\x'\nsample_rate = 25000.\n",
        b"dat_path = 'D:\\data'\nsample_rate = 25000.\n",
        b"\xef\xbb\xbfsample_rate = 25000.\n(",
        b"x = " + b"(" * 5000 + b"\nsample_rate = 25000.\n",
        b"x = " + b"-" * 20000 + b"1\nsample_rate = 25000.\n",
        b"x = '\0'\nsample_rate = 25000.\n",
        "sample_rate = 25000.\n".encode("utf-16"),
    ],
)
def test_a_bad_line_does_not_cost_the_sample_rate(tmp_path: Path, content: bytes) -> None:
    (tmp_path / names.PARAMS_PY).write_bytes(content)
    assert read_params_py(tmp_path)[0]["sample_rate"] == 25000.0


def test_params_py_that_is_absent_or_empty(tmp_path: Path) -> None:
    assert read_params_py(tmp_path) == ({}, ())
    (tmp_path / names.PARAMS_PY).write_text("")
    values, issues = read_params_py(tmp_path)
    assert values == {}
    assert "empty" in str(issues[0])


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays(tmp_path: Path, order: Any) -> None:
    expected = np.asarray(np.arange(12, dtype=">i4").reshape(3, 4), order=order)
    np.save(tmp_path / "a.npy", expected)
    assert np.array_equal(read_array(tmp_path / "a.npy", ndim=(2,)), expected)


def broken(folder: Path, kind: str) -> Path:
    path = folder / f"{kind}.npy"
    if kind == "objects":
        one = np.empty((), object)
        one[()] = Boom()
        np.save(path, one, allow_pickle=True)
    elif kind == "pickle":
        path.write_bytes(pickle.dumps(Boom()))
    elif kind == "zip":
        np.savez(path.with_suffix(".npz"), a=np.zeros(3))
        path.with_suffix(".npz").rename(path)
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind in ("cut", "header"):
        np.save(path, np.zeros(1000))
        path.write_bytes(path.read_bytes()[: 500 if kind == "cut" else 20])
    elif kind == "text":
        np.save(path, np.array(["a"]))
    elif kind == "records":
        np.save(path, np.zeros(3, [("a", int)]))
    elif kind == "3d":
        np.save(path, np.zeros((2, 2, 2)))
    elif kind == "negative":
        np.save(path, np.zeros(1))
        path.write_bytes(path.read_bytes().replace(b"(1,), ", b"(-1,),"))
    elif kind == "unbalanced":  # NumPy's own parser lets a TokenError through
        np.save(path, np.zeros(1))
        path.write_bytes(path.read_bytes().replace(b"(1,)", b"((1,"))
    elif kind == "folder":
        path.mkdir()
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("objects", "Python objects"),
        ("pickle", "not a NumPy array"),
        ("zip", "not a NumPy array"),
        ("empty", "empty"),
        ("cut", "cut off"),
        ("header", "cut off in its header"),
        ("text", "not numbers"),
        ("records", "not numbers"),
        ("3d", "has 3 dimensions, not 1 or 2"),
        ("negative", "not numbers|cut off"),
        ("unbalanced", "not a NumPy array"),
        ("folder", "not a file"),
        ("absent", "not there"),
    ],
)
def test_broken_arrays(tmp_path: Path, kind: str, message: str) -> None:
    path = broken(tmp_path, kind)
    for read in (read_header, read_array):
        with pytest.raises(UserError, match=message):
            read(path, ndim=(1, 2))


def test_an_array_that_is_too_large(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(1000))
    with pytest.raises(UserError, match="more than 0 MB"):
        read_array(tmp_path / "a.npy", most_bytes=7999)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (np.array([300, 600, 900], np.uint64), (0.01, 0.03)),
        (np.array([[300], [600]], np.int64), (0.01, 0.02)),
        (np.array([900, 300, 600], np.int32), (0.01, 0.03)),
        (np.array([np.nan, 300.0, 600.0]), (0.01, 0.02)),
        (np.array([], np.int64), (math.nan, math.nan)),
        (np.array([[]], np.int64), (math.nan, math.nan)),
    ],
)
def test_session(tmp_path: Path, times: Any, expected: tuple[float, float]) -> None:
    np.save(tmp_path / names.SPIKE_TIMES, times)
    assert np.allclose(read_session(tmp_path, 30000.0), expected, equal_nan=True)
    assert all(map(math.isnan, read_session(tmp_path, math.nan)))


def test_session_whose_disorder_is_in_a_later_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kilosort, "_BLOCK", 4)
    times = np.arange(100, 1100)
    times[-2:] = times[-2:][::-1]
    times[500] = 5
    np.save(tmp_path / names.SPIKE_TIMES, times)
    assert read_session(tmp_path, 1.0) == (5.0, 1099.0)


def test_sites(tmp_path: Path) -> None:
    assert read_sites(tmp_path) == (None, ())
    path = tmp_path / names.CHANNEL_POSITIONS
    np.save(path, np.array([[0, 10], [32, 20]]))
    sites, issues = read_sites(tmp_path)
    assert sites is not None
    assert (sites.xy.dtype, sites.xy.tolist(), issues) == (float, [[0, 10], [32, 20]], ())
    for bad in (np.zeros((2, 3)), np.zeros((0, 2)), np.zeros(4), np.array([[0.0, np.nan]])):
        np.save(path, bad)
        sites, issues = read_sites(tmp_path)
        assert sites is None
        assert len(issues) == 1


def test_shanks_of_the_sites(tmp_path: Path) -> None:
    np.save(tmp_path / names.CHANNEL_POSITIONS, np.zeros((3, 2)))
    sites, _ = read_sites(tmp_path)
    assert sites is not None
    assert (sites.shank, sites.shanks) == (None, [])
    path = tmp_path / names.CHANNEL_SHANKS
    for good in (np.array([3, 0, 3]), np.array([[3.0], [0.0], [3.0]])):
        np.save(path, good)
        sites, issues = read_sites(tmp_path)
        assert sites is not None
        assert (sites.shanks, issues) == ([0, 3], ())
        assert sites.shank is not None
        assert sites.shank.tolist() == [3, 0, 3]
    for bad, why in (
        (np.array([0, 1]), "2 shanks for 3 channels."),
        (np.array([0.5, 1, 2]), "holds numbers that are no shanks."),
        (np.array([np.nan, 1, 2]), "holds numbers that are no shanks."),
        (np.array(["a", "b", "c"]), "holds <U1, not numbers."),
    ):
        np.save(path, bad)
        sites, issues = read_sites(tmp_path)
        assert sites is not None
        assert sites.shank is None
        assert [(issue.file, issue.what) for issue in issues] == [(names.CHANNEL_SHANKS, why)]


def test_arrays_are_checked_when_the_run_is_opened(tmp_path: Path) -> None:
    np.save(tmp_path / names.TEMPLATES, np.zeros((3, 4)))
    np.save(tmp_path / names.SPIKE_TIMES, np.zeros(0))
    issues = {issue.file: issue.what for issue in check_arrays(tmp_path)[1]}
    assert issues[names.TEMPLATES] == "has 2 dimensions, not 3."
    assert issues[names.SPIKE_TIMES] == "no spikes."
    assert issues[tmp_path.name].startswith("not there: spike_clusters.npy, spike_templates.npy")


def beside(folder: Path, rate: float | None = 30000.0) -> Any:
    params = Params.from_saved({} if rate is None else {"ephys_sample_rate": rate})
    return read_beside(folder, params.settings, np.array([0, 1, 5]))


def test_whose_labels_they_are_is_in_the_heading(tmp_path: Path) -> None:
    group = tmp_path / names.GROUP_TSV
    group.write_text("cluster_id\tKSLabel\n0\tgood\n1\tmua\n")
    side = beside(tmp_path)
    assert side.phy_group is None
    assert side.ks_label.tolist() == ["good", "mua", ""]
    (tmp_path / names.KS_LABEL_TSV).write_text("cluster_id\tKSLabel\n0\tmua\n")
    assert beside(tmp_path).ks_label.tolist() == ["mua", "", ""]
    group.write_text("cluster_id\tgroup\n5\tnoise\n")
    assert beside(tmp_path).phy_group.tolist() == ["", "", "noise"]
    group.write_text("cluster_id\tother\n5\tnoise\n")
    side = beside(tmp_path)
    assert side.phy_group is None
    assert any("no column group" in str(issue) for issue in side.issues)


def test_phy_1s_groups_count_where_the_newer_file_has_none(tmp_path: Path) -> None:
    old, new = tmp_path / names.GROUPS_CSV, tmp_path / names.GROUP_TSV
    old.write_text("cluster_id\tgroup\n0\tgood\n5\tnoise\n")
    assert beside(tmp_path).phy_group.tolist() == ["good", "", "noise"]
    old.write_text("cluster_id,group\n0,mua\n")
    assert beside(tmp_path).phy_group.tolist() == ["mua", "", ""]
    new.write_text("cluster_id\tKSLabel\n0\tgood\n")  # Kilosort's copy of its own
    assert beside(tmp_path).phy_group.tolist() == ["mua", "", ""]
    new.write_text("cluster_id\tgroup\n0\tgood\n")
    assert beside(tmp_path).phy_group.tolist() == ["good", "", ""]
    new.unlink()
    old.write_text("cluster_id\tother\n0\tgood\n")
    side = beside(tmp_path)
    assert side.phy_group is None
    assert any("cluster_groups.csv: no column group" in str(issue) for issue in side.issues)


def test_an_id_of_two_clusters_names_neither(tmp_path: Path) -> None:
    (tmp_path / names.SI_IDS_TSV).write_text("cluster_id\tsi_unit_id\n0\t7\n1\t7\n5\tu12\n")
    side = beside(tmp_path)
    assert side.si_ids.tolist() == ["", "", "u12"]
    assert any("1 id of more than one cluster (7)" in str(i) for i in side.issues)


@pytest.mark.parametrize(
    ("saved", "theirs", "expected", "issue"),
    [
        (30000.0, "", 30000.0, ""),
        (None, "sample_rate = 25000", 25000.0, ""),
        (None, "sample_rate = '25000'", 25000.0, ""),
        (30000.0, "sample_rate = 25000", 30000.0, "Bombcell's is used"),
        (0.0, "sample_rate = 25000", 25000.0, ""),
        (None, "sample_rate = -1", math.nan, "not known"),
        (math.inf, "sample_rate = [1]", math.nan, "not known"),
    ],
)
def test_sample_rate(
    tmp_path: Path, saved: float | None, theirs: str, expected: float, issue: str
) -> None:
    (tmp_path / names.PARAMS_PY).write_text(theirs + "\n")
    side = beside(tmp_path, saved)
    assert side.sample_rate == expected or math.isnan(expected)
    about = [str(i) for i in side.issues if i.file == names.PARAMS_PY]
    assert any(issue in text for text in about) if issue else about == []
