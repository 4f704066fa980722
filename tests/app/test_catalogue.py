"""What is open, in one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bcviewer.app.catalogue import Catalogue, Request
from bcviewer.io.results.location import RunLocation


def location(path: str, probe: str, mode: str = "") -> RunLocation:
    ks_dir = Path(path)
    return RunLocation(ks_dir, ks_dir / "bombcell", ks_dir.name, probe, mode)


@pytest.mark.parametrize(
    ("paths", "mode", "title"),
    [
        (
            ["/d/m1_session001/bombcell/bombcell_DEFAULT/kilosort4_B"],
            "batch",
            "m1_session001 · B · batch",
        ),
        (["/d/mouse7/kilosort4_A", "/d/mouse7/kilosort4_B"], "", "mouse7 · A"),
        (["/d/s1/x/kilosort4_A", "/d/s1/y/kilosort4_B"], "batch", "s1 · A · batch"),
        (["/kilosort4_A"], "", "A"),
        (["/d/s2/Record Node 101/experiment1/recording1/continuous/A"], "", "s2 · A"),
        (["/d/x\ny/kilosort4_A"], "", "x y · A"),
    ],
)
def test_recording_probe_and_mode(paths: list[str], mode: str, title: str) -> None:
    probes = [location(path, Path(path).name[-1], mode) for path in paths]
    assert Catalogue(Request(paths[0]), tuple(probes), 0).title == title


def test_a_word_is_not_said_twice() -> None:
    here = location("/d/session1/kilosort4", "session1")
    assert Catalogue(Request("."), (here,), 0).title == "session1"


def test_a_path_from_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "mouse9"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert Catalogue(Request("."), (location("kilosort4_A", "A"),), 0).title == "mouse9 · A"


def test_another_probe_is_told_where_a_run_mode_lacks_the_one_before() -> None:
    kept = location("/d/s1/kilosort4_B", "B", "rerun")
    places = (
        location("/d/s1/kilosort4_A", "A", "batch"),
        location("/d/s1/kilosort4_B", "B", "batch"),
        location("/d/s1/kilosort4_A", "A", "rerun"),
    )
    there = Catalogue(Request("."), places, 1)
    assert there.next_mode(1) == there.next_mode(-1) == "rerun"
    assert there.in_mode("rerun") == there.in_mode("rerun", "A") == 2
    assert there.in_mode("batch", "A") == 0
    now = replace(there, index=2)
    assert now.instead_of(there) == "rerun has no probe B: A is open."
    assert replace(now, every=True).instead_of(there) == "rerun has no probe B."
    assert now.instead_of(None) == now.instead_of(replace(there, index=0)) == ""
    assert replace(there, index=0).instead_of(there) == "", "chosen, in the same mode"
    listed = (*places, replace(kept, problem="Bombcell has not been run here"))
    before = replace(there, locations=listed)
    assert before.in_mode("rerun") == 2
    words = "rerun has no results of probe B: A is open."
    assert replace(before, index=2).instead_of(before) == words
    assert now.instead_of(before) == "", "another search"


def test_each_probe_is_offered_once_in_the_open_run_mode_where_it_is_there() -> None:
    broken = replace(location("/d/s1/kilosort4_B", "B", "rerun"), problem="no results")
    places = (
        location("/d/s1/kilosort4_A", "s1 A"),
        location("/d/s1/kilosort4_B", "B"),
        location("/d/s1/kilosort4_C", "C"),
        location("/d/s1/kilosort4_A", "A", "rerun"),  # called otherwise: it is the same directory
        broken,
        location("/d/s2/kilosort4_D", "D", "rerun"),
        replace(location("/d/s2/kilosort4_E", "E", "third"), problem="no results"),
    )
    usual = Catalogue(Request("."), places, 0)
    assert usual.probes == [0, 1, 2, 5]
    rerun = replace(usual, index=3)
    assert rerun.probes == [3, 4, 2, 5]
    words = "C is open in no run mode: rerun has no probe C."
    assert replace(usual, index=2).instead_of(rerun) == words
