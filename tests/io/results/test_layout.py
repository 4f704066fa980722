"""What a path leads to: one probe, several, run modes, or one clear line."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.results.find import find_runs
from bcviewer.io.results.location import RunLocation
from bcviewer.io.results.naming import probe_of


def results(folder: Path, name: str = "bombcell", *, table: bool = True) -> Path:
    """Make a results folder, as far as finding it goes."""
    (folder / name).mkdir(parents=True)
    if table:
        (folder / name / names.UNITS_PARQUET).write_bytes(b"PAR1")
    return folder


def kilosort(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / names.PARAMS_PY).write_text("sample_rate = 30000.\n")
    return folder


def found(runs: tuple[RunLocation, ...]) -> list[tuple[str, str, str]]:
    return [(run.mode, run.probe, run.problem) for run in runs]


@pytest.mark.parametrize("inside", ["", "bombcell", names.PARAMS_PY, f"bombcell/{names.UNITS_CSV}"])
def test_one_probe_by_any_of_its_paths(tmp_path: Path, inside: str) -> None:
    ks_dir = results(kilosort(tmp_path / "kilosort4_B"))
    (ks_dir / "bombcell" / names.UNITS_CSV).write_text("")
    (run,) = find_runs(ks_dir / inside)
    assert run == RunLocation(ks_dir, ks_dir / "bombcell", "kilosort4_B", "B")


def test_relative_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results(kilosort(tmp_path / "kilosort4_B"))
    monkeypatch.chdir(tmp_path / "kilosort4_B" / "bombcell")
    for path in (".", "..", "../../kilosort4_B", names.UNITS_PARQUET):
        (run,) = find_runs(path)
        assert (run.name, run.ks_dir.is_absolute()) == ("kilosort4_B", True)


@pytest.mark.parametrize("name", ["qMetrics", "bombcell_unitmatch", "anything"])
def test_other_results_folders(tmp_path: Path, name: str) -> None:
    (run,) = find_runs(results(tmp_path / "kilosort4_A", name))
    assert run.results_dir.name == name


def test_the_usual_results_folder_comes_first(tmp_path: Path) -> None:
    for name in ("a", "qMetrics", "bombcell"):
        results(tmp_path / "kilosort4_A", name)
    assert find_runs(tmp_path / "kilosort4_A")[0].results_dir.name == "bombcell"
    assert find_runs(tmp_path / "kilosort4_A" / "qMetrics")[0].results_dir.name == "qMetrics"


def test_results_in_the_kilosort_directory_itself(tmp_path: Path) -> None:
    ks_dir = kilosort(tmp_path / "kilosort4_A")
    (ks_dir / names.UNITS_PARQUET).write_bytes(b"PAR1")
    for path in (ks_dir, tmp_path):
        (run,) = find_runs(path)
        assert run.ks_dir == run.results_dir == ks_dir


def test_a_folder_of_probes(tmp_path: Path) -> None:
    results(tmp_path / "kilosort4_B")
    results(tmp_path / "kilosort4_A")
    results(tmp_path / "kilosort4")
    results(tmp_path / "kilosort4_D" / "kilosort4_D")
    results(tmp_path / "imec0")
    kilosort(tmp_path / "kilosort4_C")
    (tmp_path / "kilosort4_E").mkdir()
    (tmp_path / "kilosort4_F").write_text("a file")
    results(tmp_path / "elsewhere" / "kilosort4_A")
    (tmp_path / "notes").mkdir()
    assert found(find_runs(tmp_path)) == [
        ("", "A", ""),
        ("", "B", ""),
        ("", "C", "Bombcell has not been run here"),
        ("", "D", ""),
        ("", "E", "no Kilosort output and no Bombcell results here"),
        ("", "imec0", ""),
        ("", "kilosort4", ""),
    ]
    assert found(find_runs(tmp_path, probe="b")) == [("", "B", "")]
    assert found(find_runs(tmp_path, probe="kilosort4")) == [("", "kilosort4", "")]


def test_sorts_that_nobody_scored_hide_no_results_below(tmp_path: Path) -> None:
    kilosort(tmp_path / "rec" / "kilosort4_A")
    results(tmp_path / "rec" / "bombcell" / "bombcell_DEFAULT" / "kilosort4_A")
    (tmp_path / "rec" / "kilosort4_E").mkdir()
    assert found(find_runs(tmp_path / "rec")) == [
        ("", "A", "Bombcell has not been run here"),
        ("batch", "A", ""),
    ]


@pytest.mark.parametrize("inside", ["", "bombcell"])
def test_run_modes_of_a_recording(tmp_path: Path, inside: str) -> None:
    base = tmp_path / "rec" / "bombcell"
    results(base / "bombcell_NP2.0" / "kilosort4_A")
    results(base / "bombcell_DEFAULT" / "kilosort4_B")
    results(base / "bombcell_DEFAULT" / "kilosort4_A")
    results(base / "bombcell_mine" / "kilosort4_A")
    path = tmp_path / "rec" / inside
    assert [(run.mode, run.probe) for run in find_runs(path)] == [
        ("batch", "A"),
        ("batch", "B"),
        ("np20_rerun", "A"),
        ("bombcell_mine", "A"),
    ]
    assert len(find_runs(path, mode="batch")) == len(find_runs(path, mode="bombcell_DEFAULT")) == 2
    assert len(find_runs(path, mode="batch", probe="A")) == 1
    assert len(find_runs(base / "bombcell_DEFAULT")) == 2
    with pytest.raises(UserError, match=r"no run mode 'x'; there is: batch, bombcell_mine, np20"):
        find_runs(path, mode="x")
    with pytest.raises(UserError, match=r"no probe 'Z'; there is: A, B\."):
        find_runs(path, probe="Z")


def test_an_unknown_mode_where_there_are_none(tmp_path: Path) -> None:
    results(tmp_path / "kilosort4_A")
    with pytest.raises(UserError, match=r"no run mode 'batch'; there is: none\. Leave --mode out"):
        find_runs(tmp_path, mode="batch")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p / "nowhere", "does not exist"),
        (lambda p: p, "no Kilosort directory and no Bombcell results in it"),
        (lambda p: kilosort(p / "kilosort4_A"), "Bombcell has not been run here"),
        (lambda p: kilosort(p / "x").parent, "Bombcell has not been run here"),
        (
            lambda p: results(p / "kilosort4_A", "bombcell/for_GUI", table=False) / "bombcell",
            "Bombcell's run was aborted: bombcell has no table of units",
        ),
        (
            lambda p: results(kilosort(p / "kilosort4_A"), "bombcell/for_GUI", table=False),
            "Bombcell's run was aborted: bombcell has no table of units",
        ),
        (lambda p: p / ("x" * 5000), "x"),
        (lambda p: f"{p}\0", "cannot be opened|does not exist"),
    ],
)
def test_one_clear_line(tmp_path: Path, make: object, message: str) -> None:
    path = make(tmp_path)  # type: ignore[operator]
    with pytest.raises(UserError, match=message) as caught:
        find_runs(path)
    assert str(caught.value).isprintable()
    assert caught.value.hint


def test_a_file_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(UserError, match=r"notes\.txt: not a file of Bombcell or Kilosort"):
        find_runs(tmp_path / "notes.txt")


def test_a_config_beside_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "recording_config.json").write_text("{}")
    with pytest.raises(UserError, match=r"open recording_config\.json"):
        find_runs(tmp_path)


def test_several_probes_none_of_which_opens(tmp_path: Path) -> None:
    kilosort(tmp_path / "kilosort4_A")
    kilosort(tmp_path / "kilosort4_B")
    with pytest.raises(UserError, match="none of 2 probes can be opened"):
        find_runs(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="neither a file nor a folder"):
        find_runs(tmp_path / "pipe")


def test_a_link_that_leads_nowhere_or_back(tmp_path: Path) -> None:
    results(tmp_path / "kilosort4_A")
    try:
        (tmp_path / "kilosort4_B").symlink_to(tmp_path)
        (tmp_path / "kilosort4_C").symlink_to(tmp_path / "gone")
    except OSError:
        pytest.skip("no symbolic links here")
    runs = find_runs(tmp_path)
    assert {run.name for run in runs if not run.problem} == {"kilosort4_A"}


@pytest.mark.parametrize(
    ("name", "probe"),
    [
        ("kilosort4_B", "B"),
        ("Kilosort4_imec0", "imec0"),
        ("kilosort2.5_A", "A"),
        ("kilosort_C", "C"),
        ("kilosort4", "kilosort4"),
        ("kilosort4_A_si_phy", "kilosort4_A_si_phy"),
        ("probe1", "probe1"),
    ],
)
def test_probe_of(name: str, probe: str) -> None:
    assert probe_of(name) == probe


def test_results_of_others_are_refused_by_name(shared: Path) -> None:
    for path in ("spikeinterface_A", "spikeinterface_A/kilosort4_A_si_phy"):
        with pytest.raises(UserError, match="Bombcell has not been run here: its labels are Spi"):
            find_runs(shared / path)
    with pytest.raises(UserError, match=r"phy_template.kilosort: Bombcell has not been run here"):
        find_runs(shared / "phy_template")


def test_what_an_aborted_run_leaves(shared: Path, tmp_path: Path) -> None:
    ks_dir = tmp_path / "kilosort"
    shutil.copytree(shared / "phy_template" / "kilosort", ks_dir)
    (ks_dir / "bombcell" / "for_GUI").mkdir(parents=True)
    with pytest.raises(UserError, match="Bombcell's run was aborted"):
        find_runs(ks_dir)


def test_alike_probes_of_two_recordings_have_names_of_their_own(tmp_path: Path) -> None:
    for rec in ("rec1", "rec2"):
        results(tmp_path / rec / "bombcell" / "bombcell_DEFAULT" / "kilosort4_A")
    results(tmp_path / "rec1" / "bombcell" / "bombcell_NP2.0" / "kilosort4_A")
    runs = find_runs(tmp_path)
    assert [(run.mode, run.probe, run.name) for run in runs] == [
        ("batch", "rec1 A", "rec1 kilosort4_A"),
        ("batch", "rec2 A", "rec2 kilosort4_A"),
        ("np20_rerun", "rec1 A", "rec1 kilosort4_A"),
    ]
    assert len(find_runs(tmp_path, probe="rec1 a")) == 2
    assert len(find_runs(tmp_path, probe="A")) == len(find_runs(tmp_path, probe="kilosort4_A")) == 3
