"""Folders as people have them (``make_field.py``): each opens as its first line says."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bcviewer.cli.entry import main
from bcviewer.core.audit.audit import audit
from bcviewer.errors import UserError
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs

Said = Callable[..., tuple[int, list[str], str]]

DATED = [
    ("batch_20260218", "A", "Pontine gray (PG)", 180.0),
    ("batch_20260218", "B", "Primary motor cortex (MOp)", 250.0),
    ("batch_20260218", "C", "Substantia nigra, reticular part (SNr)", None),
    ("single_probe_20260218", "B", "Primary motor cortex (MOp)", 250.0),
]
MINIMAL = [
    ("batch", "A"),
    ("batch", "B"),
    ("batch", "C"),
    ("np20_rerun", "A"),
    ("np20_rerun", "C"),
    ("single_probe", "B"),
]
NUMBERED = [
    ("bombcell_01", "A"),
    ("bombcell_01", "B"),
    ("bombcell_01", "C"),
    ("bombcell_02", "A"),
    ("bombcell_02", "C"),
]
PLAIN = ("si_ids", "lost_ids", "phy1_groups", "fraction_for_percent", "four_shanks")


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Said:
    """Return a function that runs the command line: status, headings of probes, all errors."""

    def run(*arguments: object) -> tuple[int, list[str], str]:
        status = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        probes = [line for line in out.splitlines() if line and not line.startswith(" ")]
        return status, probes, err

    return run


def probes(path: Path) -> list[tuple[str, str]]:
    runs = find_runs(path)
    assert not any(run.problem for run in runs)
    return [(run.mode, run.probe) for run in runs]


@pytest.mark.slow
def test_dated_runs_by_config_and_by_folder(field: Path, command: Said) -> None:
    top = field / "dated_runs"
    runs = find_runs(top / "recording_config.json")
    assert [(run.mode, run.probe, run.region, run.roi_um) for run in runs] == DATED
    (recording,) = (child for child in top.iterdir() if child.is_dir())
    for folder in (top, recording, recording / "bombcell"):
        assert probes(folder) == [(mode, probe) for mode, probe, _, _ in DATED]
    assert probes(recording / "bombcell" / "bombcell_batch_20260218") == [
        (mode, probe) for mode, probe, _, _ in DATED[:3]
    ]
    config = top / "recording_config.json"
    status, found, _ = command("audit", config, "--mode", "single_probe")
    assert (status, len(found)) == (0, 1)
    assert found[0].startswith("kilosort4_B (single_probe_20260218): 36 units")


def test_a_minimal_config(field: Path, command: Said) -> None:
    config = field / "minimal_config" / "recording_config.json"
    assert probes(config) == MINIMAL
    status, found, _ = command("audit", config, "--probe", "A")
    assert (status, len(found)) == (0, 2)


def test_numbered_runs(field: Path, command: Said) -> None:
    top = field / "sequential_runs"
    (recording,) = (child for child in top.iterdir() if child.is_dir())
    for path in (top, recording, top / "recording_config.json"):
        assert probes(path) == NUMBERED
    status, found, _ = command("audit", top / "recording_config.json", "--mode", "bombcell_02")
    assert (status, len(found)) == (0, 2)


@pytest.mark.parametrize(
    ("case", "names", "level"),
    [
        ("spikeglx", ["imec0", "imec1"], 1),
        ("openephys", ["ProbeA-AP", "ProbeB-AP"], 4),
        ("sorter_output", ["session0", "session1"], 0),
    ],
)
def test_trees_from_any_folder_above(
    field: Path, command: Said, case: str, names: list[str], level: int
) -> None:
    folder = field / case
    for _ in range(level + 1):
        assert [run.probe for run in find_runs(folder)] == names
        (folder, *_) = sorted(child for child in folder.iterdir() if child.is_dir())
    status, found, err = command("audit", field / case)
    assert (status, err) == (0, "")
    assert [line.split(":")[0] for line in found] == names
    for arguments in (("labels",), ("audit", "--probe", names[1])):
        status, found, _ = command(*arguments, field / case)
        assert (status, found[-1].split(":")[0]) == (0, names[1])


def test_all_of_it_from_far_above(field: Path) -> None:
    """A folder of everything: every run is offered, and no two of a mode are alike."""
    runs = find_runs(field)
    called = [(run.mode, run.probe.casefold()) for run in runs]
    assert len(called) == len(set(called)) > 25
    assert len({(run.mode, run.name.casefold()) for run in runs}) == len(called)
    for run in (run for run in runs if run.mode == "" and not run.problem):
        assert find_runs(field, probe=run.probe)[0].ks_dir == run.ks_dir


def test_results_elsewhere(field: Path, command: Said) -> None:
    top = field / "results_elsewhere"
    for path in (top, top / "BombcellOutput"):
        (place,) = find_runs(path)
        assert (place.ks_dir, place.sort_from) == (top / "sorted" / "sorter_output", "parameters")
    run = read_run(place)
    assert run.sites is not None
    assert run.ks_label is not None
    status, found, _ = command("audit", top)
    assert (status, len(found)) == (0, 1)


def test_results_whose_sort_is_not_where_it_was(field: Path, command: Said, tmp_path: Path) -> None:
    results = shutil.copytree(field / "results_elsewhere" / "BombcellOutput", tmp_path / "out")
    sort = tmp_path / "moved"
    (field / "results_elsewhere" / "sorted").rename(sort)
    try:
        status, found, _ = command("audit", results)
        assert (status, len(found)) == (0, 1)
        assert find_runs(results)[0].sort_from == ""
        status, found, err = command("audit", results, "--kilosort", sort)
        assert (status, found) == (1, [])
        assert "not a Kilosort directory" in err
        table = tmp_path / "t.csv"
        there = ("audit", results, "--kilosort", sort / "sorter_output", "-o", table)
        assert command(*there)[0] == 0
        assert "depth_um" in table.read_text().splitlines()[0]
    finally:
        sort.rename(field / "results_elsewhere" / "sorted")


def test_an_export_alone_is_named(field: Path, command: Said) -> None:
    top = field / "exported_only"
    (folder,) = top.iterdir()
    for path in (top, folder, folder / "bombcell"):
        with pytest.raises(UserError, match=r"Probe_A_quality_metrics\.csv") as caught:
            find_runs(path)
        assert "aborted" not in str(caught.value)
    export = folder / "bombcell" / "Probe_A_quality_metrics.csv"
    with pytest.raises(UserError, match=r"Probe_A_quality_metrics\.csv, a table that was exported"):
        find_runs(export)
    for name in ("audit", "labels", "report"):
        output = ("-o", folder / "r.html") if name == "report" else ()
        status, found, err = command(name, top, *output)
        assert (status, found) == (1, [])
        assert "Probe_A_quality_metrics.csv" in err
        assert len(err.splitlines()) == 1


@pytest.mark.parametrize("case", PLAIN)
def test_one_sort_alone_is_named_after_its_parent(field: Path, case: str) -> None:
    (run,) = find_runs(field / case)
    assert (run.probe, run.name, run.problem) == (case, case, "")
    assert find_runs(field / case / "kilosort4") == (run,)
    assert read_run(run).n_units


def test_every_case_is_covered(field: Path) -> None:
    own = {"dated_runs", "minimal_config", "sequential_runs", "spikeglx", "openephys"}
    own |= {"sorter_output", "results_elsewhere", "exported_only"}
    # what to do with ids, labels and duplicates is tested where it is done
    elsewhere = {"labels_of_others", "all_duplicates"}
    assert {child.name for child in field.iterdir()} == own | elsewhere | set(PLAIN)


# ---- several results of one sort, and tables that a spreadsheet saved


@pytest.fixture
def several(field: Path, tmp_path: Path) -> Path:
    """Return a recording of one sort with three results and one with one."""
    for probe in "AB":
        shutil.copytree(field / "si_ids" / "kilosort4", tmp_path / "rec" / f"kilosort4_{probe}")
    sort = tmp_path / "rec" / "kilosort4_A"
    for name in ("bombcell_strict", "qMetrics"):
        shutil.copytree(sort / "bombcell", sort / name)
    return tmp_path / "rec"


def test_several_results_are_all_offered(several: Path) -> None:
    for path in (several, several.parent):
        assert [(run.mode, run.probe, run.results_dir.name) for run in find_runs(path)] == [
            ("", "A", "bombcell"),
            ("", "B", "bombcell"),
            ("bombcell_strict", "A", "bombcell_strict"),
            ("qMetrics", "A", "qMetrics"),
        ]
    others = {run.results_dir.name: set(run.others) for run in find_runs(several / "kilosort4_A")}
    assert others == {
        "bombcell": {"qMetrics", "bombcell_strict"},
        "bombcell_strict": {"bombcell", "qMetrics"},
        "qMetrics": {"bombcell", "bombcell_strict"},
    }


def test_audit_uses_the_usual_one_and_says_which_others_there_are(
    several: Path, command: Said, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (several, several / "kilosort4_A"):
        assert main(["audit", str(path), "--probe", "A"]) == 0
        out = capsys.readouterr().out
        assert out.count("agreement with") == 1
        assert "note: other results of this sort, for --mode: qMetrics, bombcell_strict" in out
    for mode, folder in (("bombcell_strict", "bombcell_strict"), ("bombcell", "bombcell")):
        status, found, _ = command("audit", several / "kilosort4_A", "--mode", mode)
        assert (status, len(found)) == (0, 1)
        assert found[0].endswith(folder)
    status, found, err = command("audit", several, "--mode", "x")
    assert (status, found) == (1, [])
    assert "no run mode 'x'; there is: bombcell, bombcell_strict, qMetrics." in err


def test_an_aborted_run_beside_another_is_not_left_out(several: Path) -> None:
    sort = several / "kilosort4_B"
    (sort / "bombcell").rename(sort / "bombcell_strict")
    (sort / "bombcell" / "for_GUI").mkdir(parents=True)
    usual, aborted = find_runs(sort)
    assert (usual.results_dir.name, usual.problem) == ("bombcell_strict", "")
    assert "aborted" in aborted.problem


def test_no_table_of_a_spreadsheet_is_read_as_no_units(several: Path, command: Said) -> None:
    import pandas as pd

    results = several / "kilosort4_B" / "bombcell"
    before = read_run(find_runs(several / "kilosort4_B")[0])
    for parquet in sorted(results.glob("*_bc_*.parquet")):
        table = parquet.with_suffix(".csv")
        if "fraction" not in parquet.name:
            pd.read_parquet(parquet).to_csv(table, sep=";", decimal=",", index=False)
        parquet.unlink()
    (place,) = find_runs(several / "kilosort4_B")
    after = read_run(place)
    assert after.n_units == before.n_units
    for name in ("presenceRatio", "rawAmplitude", "nSpikes"):
        assert after.units.floats(name).tolist() == before.units.floats(name).tolist()
    assert after.criteria.flags == before.criteria.flags
    assert audit(after).label.tolist() == audit(before).label.tolist()
    assert "semicolons and decimal commas" in " ".join(map(str, after.issues))
    units = results / "templates._bc_qMetrics.csv"
    units.write_text(units.read_text().replace(";", "|"))
    status, _, err = command("audit", several / "kilosort4_B")
    assert status == 1
    assert "templates._bc_qMetrics.csv: not a table" in err
