"""``bcviewer run``: what it takes and refuses, what it prints where, and its exit statuses."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from factories import snapshot
from raw_recording import RawRecording, write_raw_recording

from bcviewer.cli import entry as cli
from bcviewer.cli import run as command
from bcviewer.errors import UserError
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.io.results.run_plan import RunPlan
from bcviewer.oracle.run_by_bombcell import BombcellRun


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RawRecording:
    return write_raw_recording(tmp_path_factory.mktemp("raw"), minSNR=3.5)


@pytest.fixture
def run(capsys, monkeypatch):
    """Return a function that runs the command with nobody in Bombcell's place."""
    asked: list[tuple[RunPlan, Path]] = []
    given: list[object] = []

    def instead(plan, place, tell, check, *, or_next):
        asked.append((plan, place))
        assert or_next == ("-o" not in given), "only a name that nobody chose gives way"
        check()
        tell(0.0, "Starting Bombcell")
        tell(0.5, "Metrics: 1/2 units")
        tell(0.6, "Metrics: 2/2 units")
        return BombcellRun(plan.ks_dir, place, "0.94", "2 GOOD")

    def go(*arguments: object):
        asked.clear()
        given[:] = arguments
        status = cli.main(["run", *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out.splitlines(), captured.err.splitlines(), list(asked)

    monkeypatch.setattr(command, "run_bombcell", instead)
    return go


def test_the_name_is_printed_and_all_else_is_told(run, made: RawRecording):
    status, out, err, asked = run(made.ks_dir, "--set", "minNumSpikes=50", "--set", "tauC=0.001")
    ((plan, place),) = asked
    assert (status, out) == (0, [str(made.ks_dir / "bombcell_2")])
    assert place == made.ks_dir / "bombcell_2"
    assert (plan.values["minNumSpikes"], plan.values["tauC"], plan.tsv) == (50, 0.001, False)
    assert err[0].startswith("bcviewer: note: nothing beside probe_g0")
    changed = "minNumSpikes=50, tauC=0.001, nChannels=7"
    assert err[1:] == [
        f"bcviewer: not Bombcell's defaults: {changed}",
        "Starting Bombcell",
        "Metrics: 1/2 units",  # a log is told now and then
        "bcviewer: Bombcell 0.94 wrote bombcell_2: 2 GOOD.",
    ]


def test_another_place_another_raw_file_like_a_run(run, made: RawRecording, tmp_path: Path):
    raw = tmp_path / "other.bin"
    raw.write_bytes(bytes(1000))
    place = tmp_path / "new"
    like = made.ks_dir / "bombcell"
    status, out, _, asked = run(made.ks_dir, "-o", place, "--raw", raw, "--like", like, "--tsv")
    assert (status, out) == (0, [str(place)])
    plan = asked[0][0]
    assert (plan.raw, plan.tsv, plan.values["minSNR"]) == (str(raw), True, 3.5)


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (["--set", "minPresence=1"], 2, "Is minPresenceRatio meant?"),
        (["--set", "computeDrift=maybe"], 2, "on or off"),
        (["--set", "saveAsTSV=1"], 2, "--tsv"),
        (["-o", "{ks}/bombcell"], 2, "is there already"),
        (["-o", "{ks}/no/such"], 2, "there is no folder"),
        (["--raw", "no.bin"], 1, "no.bin: not there"),
        (["--like", "no"], 1, "no does not exist"),
    ],
)
def test_what_is_refused_is_one_line(run, made: RawRecording, options, status, said):
    found = run(made.ks_dir, *(one.format(ks=made.ks_dir) for one in options))
    assert (found[0], found[1], found[3]) == (status, [], [])
    assert len(found[2]) == 1
    assert said in found[2][0]


def test_parameters_are_not_looked_for_all_over_a_drive(
    run, made: RawRecording, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr(command, "MOST_FOLDERS", 20)
    for i in range(30):
        (tmp_path / "drive" / f"{i}" / "x").mkdir(parents=True)
    status, out, err, asked = run(made.ks_dir, "--like", tmp_path / "drive")
    assert (status, out, asked) == (1, [], [])
    why = "more than 20 folders would be looked into for one run. Name its results folder."
    assert err == [f"bcviewer: {tmp_path / 'drive'}: {why}"]
    # a run that is found before that does not count: another may be behind it
    shutil.copytree(made.ks_dir / "bombcell", tmp_path / "drive" / "kilosort4_A" / "bombcell")
    assert run(made.ks_dir, "--like", tmp_path / "drive")[0] == 1
    assert run(made.ks_dir, "--like", tmp_path / "drive" / "kilosort4_A")[0] == 0


def test_no_place_within_results_of_any_run(run, made: RawRecording, tmp_path: Path):
    other = tmp_path / "other" / "bombcell"
    shutil.copytree(made.ks_dir / "bombcell", other)
    (other / "bcviewer").mkdir(exist_ok=True)
    for results in (made.ks_dir / "bombcell", other, other / "bcviewer"):
        status, out, err, asked = run(made.ks_dir, "-o", results / "new")
        assert (status, out, asked) == (2, [], [])
        (line,) = err
        assert "which holds results of another run. Name a folder beside it." in line
        assert not (results / "new").exists()


def test_no_sort_and_the_demo(run, tmp_path: Path):
    status, _, err, asked = run(tmp_path)
    assert (status, asked) == (1, [])
    assert "Bombcell cannot be run here: spike_templates.npy: not there." in err[0]
    from bcviewer.io.resources import resource_path

    demo = next(resource_path("demo").rglob("kilosort4_A"))
    status, _, err, asked = run(demo)
    assert (status, asked) == (2, [])
    assert "the demo recording is not written to" in err[-1]


def test_ctrl_c_and_failure(run, made: RawRecording, monkeypatch, capsys):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "run_bombcell", interrupted)
    assert cli.main(["run", str(made.ks_dir)]) == 130

    def failing(*_: object, **__: object) -> None:
        raise UserError("Bombcell failed: x.", "What it printed: y")

    monkeypatch.setattr(command, "run_bombcell", failing)
    capsys.readouterr()
    assert cli.main(["run", str(made.ks_dir)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[-1] == "bcviewer: Bombcell failed: x. What it printed: y"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="hard links and modes are POSIX")
def test_hostile_sorts_are_planned_or_refused_in_a_line(run, hostile: Path, tmp_path: Path):
    marks = set(Path(tempfile.gettempdir()).glob("PWNED_*"))
    cases = sorted(path for path in hostile.iterdir() if path.is_dir())
    before = {str(path) for path in hostile.rglob("*")}
    statuses = {}
    for case in cases:
        sort = case / "kilosort4_A" if (case / "kilosort4_A").is_dir() else case
        status, out, err, _ = run(sort, "-o", tmp_path / "out")
        statuses[case.name] = status
        assert len(out) == (status == 0), case.name
        assert all("Traceback" not in line for line in err), case.name
        assert status in (0, 1), (case.name, err)
    assert statuses["one_unit"] == 0
    for refused in ("truncated_npy", "missing_npy", "zero_spikes", "sparse_ids", "pickle_npy"):
        assert statuses[refused] == 1, refused
    assert {str(path) for path in hostile.rglob("*")} == before
    assert set(Path(tempfile.gettempdir()).glob("PWNED_*")) == marks


@pytest.mark.slow
def test_a_true_run_on_a_hostile_sort_runs_nothing_of_it(
    hostile: Path, shared: Path, tmp_path: Path, capsys
):
    """With ops.npy and params.py that run code where somebody unpickles or runs them."""
    ks_dir = tmp_path / "kilosort4_A"
    shutil.copytree(shared / "toy" / "kilosort4_A", ks_dir, copy_function=shutil.copyfile)
    ks_dir.chmod(0o755)
    for case, name in (("pickle_npy", "ops.npy"), ("malicious_params_py", "params.py")):
        shutil.copyfile(next((hostile / case).rglob(name)), ks_dir / name)
    marks = set(Path(tempfile.gettempdir()).glob("PWNED_*"))
    before = snapshot(ks_dir)
    status = cli.main(["run", str(ks_dir), "-o", str(tmp_path / "out")])
    captured = capsys.readouterr()
    assert (status, captured.out.splitlines()) == (0, [str(tmp_path / "out")])
    assert snapshot(ks_dir) == before
    assert set(Path(tempfile.gettempdir()).glob("PWNED_*")) == marks
    made, saved = (read_run(find_runs(p)[0]).saved for p in (tmp_path / "out", ks_dir))
    assert made.tolist() == saved.tolist()
