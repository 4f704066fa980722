"""The notebook's config file: where it leads, and one line for whatever is wrong with it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.results.config import read_config
from bcviewer.io.results.find import find_runs

GOOD: dict[str, Any] = {
    "recording_name": "rec1",
    "recordings_root": ".",
    "probe_stream_names": {"A": "s", "B": "s"},
    "np20_probes": ["A"],
    "probe_brain_regions": {"A": "Pontine gray", "B": None},
    "probe_recording_roi": {"A": 180, "B": None},
}


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a config with changes (``...`` removes a key)."""

    def write(**changes: Any) -> Path:
        content = {k: v for k, v in {**GOOD, **changes}.items() if v is not ...}
        path = tmp_path / "recording_config.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    return write


def recording(root: Path, *folders: str) -> None:
    for folder in folders:
        results = root / "rec1" / "bombcell" / folder / "bombcell"
        results.mkdir(parents=True)
        (results / names.UNITS_PARQUET).write_bytes(b"PAR1")


def test_modes_and_probes(config: Callable[..., Path], tmp_path: Path) -> None:
    recording(
        tmp_path,
        "bombcell_DEFAULT/kilosort4_A",
        "bombcell_DEFAULT/kilosort4_E",
        "bombcell_NP2.0/kilosort4_A",
        "bombcell_single_probe/kilosort4_B",
    )
    runs = find_runs(config(probe_tip_at={"B": "highest_y"}))
    problem = "no Kilosort output and no Bombcell results here"
    assert [(r.mode, r.probe, r.region, r.roi_um, r.tip_at_top, r.problem) for r in runs] == [
        ("batch", "A", "Pontine gray", 180.0, False, ""),
        ("batch", "B", "", None, True, problem),
        ("batch", "E", "", None, False, ""),
        ("np20_rerun", "A", "Pontine gray", 180.0, False, ""),
        ("single_probe", "B", "", None, True, ""),
    ]
    path = config()
    assert [r.mode for r in find_runs(path, probe="B")] == ["batch", "single_probe"]
    assert [r.probe for r in find_runs(path, mode="bombcell_NP2.0")] == ["A"]
    with pytest.raises(UserError, match="there is: batch, np20_rerun, single_probe"):
        find_runs(path, mode="batsch")
    with pytest.raises(UserError, match="there is: A, B, E"):
        find_runs(path, probe="Z")
    with pytest.raises(UserError, match="no Kilosort output and no Bombcell results here"):
        find_runs(path, mode="batch", probe="B")


def test_tip_for_all_probes(config: Callable[..., Path]) -> None:
    assert read_config(config(probe_tip_at="highest_y")).tip_at_top == {"A": True, "B": True}
    assert read_config(config(probe_tip_at="lowest_y")).tip_at_top == {"A": False, "B": False}


@pytest.mark.parametrize(
    ("text", "um"),
    [("180", 180.0), ("180.5 µm", 180.5), ("0,18 mm", 180.0), ("180um", 180.0), ("", None)],
)
def test_lengths_as_text(config: Callable[..., Path], text: str, um: float | None) -> None:
    found = read_config(config(probe_recording_roi={"A": text})).roi_um
    assert found.get("A") == pytest.approx(um) if um else found == {}


def test_only_what_the_guide_demands(config: Callable[..., Path], tmp_path: Path) -> None:
    recording(tmp_path, "bombcell_DEFAULT/kilosort4_A", "bombcell_NP2.0/kilosort4_B")
    keep = {"recording_name", "recordings_root"}
    runs = find_runs(config(probe_tip_at="highest_y", **{k: ... for k in GOOD if k not in keep}))
    found = [(run.mode, run.probe, run.tip_at_top, run.problem) for run in runs]
    assert found == [("batch", "A", True, ""), ("np20_rerun", "B", True, "")]


def test_streams_as_a_list(config: Callable[..., Path], tmp_path: Path) -> None:
    streams = [
        "Record Node 103#Neuropix-PXI-100.ProbeA-AP",
        "Record Node 103#Neuropix-PXI-100.ProbeA-LFP",
        "run_g0_imec1",
    ]
    config(probe_stream_names=streams, np20_probes=...)
    assert read_config(tmp_path / "recording_config.json").probes == ("A", "imec1")
    for place in ("Neuropix-PXI-100.ProbeA-AP", "run_g0_imec1"):
        results = tmp_path / "rec1" / place / "kilosort4" / "bombcell"
        results.mkdir(parents=True)
        (results / names.UNITS_PARQUET).write_bytes(b"PAR1")
    runs = find_runs(tmp_path / "recording_config.json")
    assert [(run.probe, run.region) for run in runs] == [("A", "Pontine gray"), ("imec1", "")]


def test_a_probe_of_streams_that_is_missing_is_one_of_the_list(
    config: Callable[..., Path], tmp_path: Path
) -> None:
    for recorded in ("recording1", "recording2"):
        place = tmp_path / "rec1" / recorded / "Neuropix-PXI-100.ProbeA-AP" / "kilosort4"
        (place / "bombcell").mkdir(parents=True)
        (place / "bombcell" / names.UNITS_PARQUET).write_bytes(b"PAR1")
    runs = find_runs(config())  # two probes have one stream in it: that tells nothing
    assert [(run.probe, run.roi_um, bool(run.problem)) for run in runs] == [
        ("B", None, True),
        ("recording1 A", 180.0, False),
        ("recording2 A", 180.0, False),
    ]
    assert len(find_runs(config(), probe="recording2 A")) == 1


def test_dated_and_unknown_runs(config: Callable[..., Path], tmp_path: Path) -> None:
    recording(
        tmp_path,
        "bombcell_batch_20260101/kilosort4_A",
        "bombcell_batch_20260218/kilosort4_A",
        "bombcell_single_probe_20260218/kilosort4_B",
        "bombcell_mine/kilosort4_A",
    )
    runs = find_runs(config())
    assert [(run.mode, run.probe, run.roi_um, bool(run.problem)) for run in runs] == [
        ("batch_20260218", "A", 180.0, False),  # the newest first
        ("batch_20260218", "B", None, True),  # which the config names
        ("batch_20260101", "A", 180.0, False),
        ("batch_20260101", "B", None, True),
        ("single_probe_20260218", "B", None, False),
        ("bombcell_mine", "A", 180.0, False),
    ]
    path = config()
    assert len(find_runs(path, mode="batch")) == 4
    assert len(find_runs(path, mode="bombcell_batch_20260101", probe="A")) == 1
    assert [r.mode for r in find_runs(path, mode="bombcell_mine")] == ["bombcell_mine"]


def test_numbered_runs_beside_each_other(config: Callable[..., Path], tmp_path: Path) -> None:
    for number in ("01", "02"):
        results = tmp_path / "rec1" / f"bombcell_{number}" / "kilosort4_A" / "bombcell"
        results.mkdir(parents=True)
        (results / names.UNITS_PARQUET).write_bytes(b"PAR1")
    found = [(run.mode, run.region) for run in find_runs(config(np20_probes=...))]
    assert found == [("bombcell_01", "Pontine gray"), ("bombcell_02", "Pontine gray")]


def test_a_relative_root_starts_at_the_config(
    config: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    expected = tmp_path / "sub" / "dir" / "rec1"
    assert read_config(config(recordings_root="sub/dir")).recording == expected
    if os.name != "nt":
        assert read_config(config(recordings_root="sub\\dir")).recording == expected


@pytest.mark.skipif(os.name == "nt", reason="they are good paths there")
@pytest.mark.parametrize(
    "root", ["H:/Lab/x", "H:\\Lab\\x", "\\\\server\\share", "//server/share/x"]
)
def test_windows_roots_need_another(config: Callable[..., Path], tmp_path: Path, root: str) -> None:
    path = config(recordings_root=root)
    with pytest.raises(UserError, match=r"a Windows path .*--root"):
        find_runs(path)
    recording(tmp_path / "mnt", "bombcell_DEFAULT/kilosort4_A")
    for given in (tmp_path / "mnt", str(tmp_path / "mnt"), tmp_path / "mnt" / "rec1"):
        assert find_runs(path, root=given)[0].probe == "A"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"recording_name": ...}, "recording_name is missing"),
        ({"recordings_root": ...}, "recordings_root is missing"),
        ({"recording_name": 5}, "recording_name must be a text, not 5"),
        ({"recording_name": " "}, "recording_name must be a text"),
        ({"recording_name": "../up"}, "recording_name must be a folder's name"),
        ({"recording_name": "/etc"}, "recording_name must be a folder's name"),
        ({"recordings_root": None}, "recordings_root must be a text, not null"),
        ({"probe_stream_names": "A"}, 'probe_stream_names must name the probes, not "A"'),
        ({"probe_stream_names": {}}, "probe_stream_names must name the probes"),
        ({"probe_stream_names": {"../..": "x"}}, "a probe's name must be plain text"),
        ({"np20_probes": "A"}, "np20_probes must be a list"),
        ({"np20_probes": [1]}, "np20_probes: a probe's name must be plain text, not 1"),
        ({"probe_brain_regions": ["A"]}, "probe_brain_regions must map probes to values"),
        ({"probe_brain_regions": {"A": 1}}, r"probe_brain_regions\['A'\] must be a text, not 1"),
        ({"probe_recording_roi": {"A": "wide"}}, r"probe_recording_roi\['A'\] must be a length"),
        ({"probe_recording_roi": {"A": "-5"}}, "must be a length in µm or null"),
        ({"probe_stream_names": [5]}, "a stream's name must be text, not 5"),
        ({"probe_stream_names": ["../x"]}, "a stream's name must be text"),
        ({"probe_recording_roi": {"A": True}}, "must be a length in µm or null, not true"),
        ({"probe_recording_roi": {"A": -1}}, "must be a length in µm or null, not -1"),
        ({"probe_recording_roi": {"A": float("nan")}}, "must be a length in µm or null"),
        ({"probe_recording_roi": {"A": float("inf")}}, "must be a length in µm or null"),
        ({"probe_tip_at": "top"}, "probe_tip_at must be lowest_y or highest_y"),
        ({"probe_tip_at": {"A": 1}}, r"probe_tip_at\['A'\] must be lowest_y or highest_y"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    config: Callable[..., Path], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message) as caught:
        find_runs(config(**changes))
    assert str(caught.value).startswith("recording_config.json: ")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"empty \(zero bytes\)"),
        (b'{\n"a": 1,\n}', "line 3: not valid JSON"),
        (b"[1]", "a JSON object with recording_name"),
        (b"[" * 200_000, "not valid JSON"),
        (b'{"a": ' + b"9" * 6000 + b"}", "not valid JSON|missing"),
        (b"\x00\x01\x02", "not valid JSON"),
        (b" " * 5_000_000, "more than is read"),
    ],
)
def test_files_that_are_no_config(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message) as caught:
        find_runs(path)
    assert str(caught.value).startswith("c.json: ")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings_of_windows_editors(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(json.dumps(GOOD, ensure_ascii=False).encode(encoding))
    assert read_config(path).probes == ("A", "B")


def test_nothing_where_it_leads(config: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no folder .*rec1\. .*--root"):
        find_runs(config())
    (tmp_path / "rec1" / "bombcell").mkdir(parents=True)
    with pytest.raises(UserError, match="has no folder of a run mode"):
        find_runs(config())


def test_the_demo_session(shared: Path) -> None:
    session = shared / "session_demo"
    runs = find_runs(session / "recording_config.json")
    expected = ["batch A", "batch B", "batch C", "np20_rerun A", "np20_rerun C", "single_probe B"]
    assert [f"{run.mode} {run.probe}" for run in runs] == expected
    assert (runs[0].region, runs[0].roi_um, runs[2].roi_um) == ("Pontine gray (PG)", 180.0, None)
    windows = session / "recording_config_windows.json"
    if os.name != "nt":
        with pytest.raises(UserError, match="--root"):
            find_runs(windows)
    assert [r.ks_dir for r in find_runs(windows, root=session)] == [r.ks_dir for r in runs]
