"""A run of Bombcell in its process: real ones, and how it ends where it does not end well."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from factories import bombcell, quiet, snapshot
from raw_recording import GAIN, RawRecording, write_raw_recording

from bcviewer.core.rules.metrics import METRICS
from bcviewer.errors import CancelledError, UserError
from bcviewer.io import own_process
from bcviewer.io.results import run_folder
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.io.results.run_folder import free_results
from bcviewer.io.results.run_plan import RunPlan, plan_run
from bcviewer.oracle import run_by_bombcell, runner
from bcviewer.oracle.run_by_bombcell import BombcellRun, run_bombcell

DONE = "print(json.dumps({'done': '1'}), flush=True)"
STAGE = "os.makedirs(asked['results']); open(asked['results'] + '/x', 'w').close()"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RawRecording:
    made = write_raw_recording(tmp_path_factory.mktemp("raw"))
    shutil.rmtree(made.ks_dir / "bombcell")
    return made


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BCVIEWER_CONFIG_DIR", str(tmp_path / "config"))
    return tmp_path / "config" / "runs"


def plan(ks_dir: Path, **given) -> RunPlan:
    return plan_run(ks_dir, given, None, "", lambda _: None, lambda: None)


def go(planned: RunPlan, place: Path, check=lambda: None) -> tuple[BombcellRun, list]:
    told: list[tuple[float, str]] = []
    made = run_bombcell(planned, place, lambda *one: told.append(one), check)
    return made, told


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch):
    """Return a function that has a few lines of Python run in place of Bombcell."""

    def program(*lines: str) -> None:
        head = "import json, os, sys, time; asked = json.loads(sys.stdin.readline())"
        code = "\n".join((head, *lines))
        monkeypatch.setattr(own_process, "command", lambda *_: [sys.executable, "-S", "-c", code])

    return program


def test_what_goes_wrong_is_one_line_with_what_was_printed_and_nothing_is_left(
    made: RawRecording, tmp_path: Path, fake, logs: Path
):
    for lines, said in (
        (("raise SystemExit(3)",), r"its process died \(exit status 3\)"),
        (("os.kill(os.getpid(), 9)",), r"its process died \(signal 9\)"),
        ((STAGE, "print(json.dumps({'error': 'KeyError: x'}), flush=True)"), "KeyError: x"),
        ((DONE,), "its results cannot be read"),
        ((STAGE, DONE), "its results cannot be read"),
    ):
        fake("print('printed', file=sys.stderr, flush=True)", *lines)
        with pytest.raises(UserError, match=f"Bombcell failed: {said}") as caught:
            go(plan(made.ks_dir), tmp_path / "out")
        assert "\n" not in str(caught.value)
        log = Path(caught.value.hint.partition(": ")[2])
        assert log.parent == logs
        assert log.read_text().splitlines() == [str(tmp_path / "out"), "printed"]
        log.unlink()
        assert {path.name for path in tmp_path.iterdir()} <= {"config"}


def test_of_the_logs_only_the_newest_stay(made: RawRecording, tmp_path: Path, fake, logs: Path):
    logs.mkdir(parents=True)
    for n in range(30):
        (logs / f"run-{n:02}.log").write_text("")
    fake("raise SystemExit(1)")
    with pytest.raises(UserError):
        go(plan(made.ks_dir), tmp_path / "out")
    assert len(list(logs.iterdir())) == 20


def test_a_run_that_is_not_wanted_ends_at_once_with_what_it_started(
    made: RawRecording, tmp_path: Path, fake
):
    pid = tmp_path / "pid"
    start = "import subprocess; p = subprocess.Popen([sys.executable, '-S', '-c', 'input()'], "
    start += f"stdin=subprocess.PIPE); open({str(pid)!r}, 'w').write(str(p.pid))"
    fake(STAGE, start, "time.sleep(60)")

    def check() -> None:
        if pid.exists() and pid.read_text():
            raise CancelledError

    begun = time.monotonic()
    with pytest.raises(CancelledError):
        go(plan(made.ks_dir), tmp_path / "out", check)
    assert time.monotonic() - begun < 5
    assert [path.name for path in tmp_path.iterdir()] == ["pid"]
    until = time.monotonic() + 5
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < until and _state(int(pid.read_text())) not in ("", "Z"):
            os.kill(int(pid.read_text()), 0)
    assert _state(int(pid.read_text())) in ("", "Z")


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def test_how_far_it_is_is_told(made: RawRecording, tmp_path: Path, fake):
    lines = [
        f"print(json.dumps({{'of': {of!r}, 'n': {n}, 'total': 2}}), flush=True)"
        for of, n in (("Starting Bombcell", 0), ("Raw waveforms", 1), ("Metrics", 1))
    ]
    fake(*lines, DONE)
    told: list = []
    with pytest.raises(UserError):
        run_bombcell(plan(made.ks_dir), tmp_path / "out", lambda *a: told.append(a), lambda: None)
    assert told == [
        (0.0, "Starting Bombcell"),
        (0.25, "Raw waveforms: 1/2 units"),
        (0.75, "Metrics: 1/2 units"),
    ]


def test_the_runner_opens_no_pickle(tmp_path: Path):
    np.save(tmp_path / "a.npy", {"a": 1}, allow_pickle=True)
    np.save(tmp_path / "b.npy", np.arange(3))
    with pytest.raises(ValueError, match="allow_pickle"):
        runner.load_unpickled(np.load, tmp_path / "a.npy", allow_pickle=True)
    assert runner.load_unpickled(np.load, tmp_path / "b.npy", "r").tolist() == [0, 1, 2]


def test_results_without_a_place_go_with_the_program_though_the_run_is_done(tmp_path: Path):
    """Seen: ended between the last metric and the results' name, the program left its folder."""
    staging = tmp_path / ".bcviewer-run-x"
    (staging / "out").mkdir(parents=True)
    code = "from bcviewer.oracle import runner; runner.run = lambda *_: '1'; runner.main()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"staging": str(staging)}).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"done": "1"}
        assert (staging / "out").is_dir()
        process.stdin.close()
        process.wait(20)
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_once_the_results_have_their_place_comes_too_late(
    made: RawRecording, tmp_path: Path, fake, monkeypatch: pytest.MonkeyPatch
):
    """Seen: status 130, as if there were nothing, and whole results in their place."""
    run = SimpleNamespace(
        n_units=plan(made.ks_dir).n_units,
        criteria=SimpleNamespace(saved={"minSNR": 1.0}),
        saved_codes=np.array([2, 3], np.int8),
    )
    monkeypatch.setattr(run_by_bombcell, "read_run", lambda _: run)

    def interrupted(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_folder, "flush_folder", interrupted)
    fake(STAGE, DONE)
    found, _ = go(plan(made.ks_dir), tmp_path / "out")
    assert found.results == tmp_path / "out"
    assert (tmp_path / "out" / "x").is_file()
    assert {path.name for path in tmp_path.iterdir()} == {"out"}


# -- real runs -----------------------------------------------------------------------------------


@pytest.mark.long
def test_a_run_is_bombcells_own_and_touches_nothing_else(made: RawRecording, tmp_path: Path):
    """With the raw file, drift and distances: every number and label is as bombcell gives it."""
    given = {"computeDrift": True, "computeDistanceMetrics": True, "gain_to_uV": GAIN}
    planned = plan(made.ks_dir, minNumSpikes=50, **given)
    before = snapshot(made.ks_dir.parent)
    place = free_results(made.ks_dir)
    run, told = go(planned, place)
    after = snapshot(made.ks_dir.parent)
    new = {name for name in after if name not in before}
    assert {name: after[name] for name in before} == before
    assert all(name.startswith(f"{made.ks_dir.name}/bombcell/") for name in new)
    assert [path.name for path in made.ks_dir.iterdir() if path.is_dir()] == ["bombcell"]
    assert {words.partition(":")[0] for _, words in told} >= {"Raw waveforms", "Metrics"}
    assert [f for f, _ in told] == sorted(f for f, _ in told)
    ours = read_run(find_runs(run.results)[0])
    package = bombcell()
    param = package.get_default_parameters(str(made.ks_dir), raw_file=str(made.raw))
    param |= {"plotGlobal": False, "saveAsTSV": False, "nChannels": 7, "minNumSpikes": 50, **given}
    param |= {"joblib_n_jobs": 1, "joblib_backend_preference": "threads"}
    with quiet(), contextlib.redirect_stderr(io.StringIO()):
        package.run_bombcell(str(made.ks_dir), str(tmp_path / "theirs"), param)
    theirs = read_run(find_runs(tmp_path / "theirs")[0])
    assert ours.saved.tolist() == theirs.saved.tolist()
    assert run.version == package.__version__
    for name in METRICS:
        one, other = (run_.units.numbers(name) for run_ in (ours, theirs))
        np.testing.assert_array_equal(one, other, name)
    assert np.isfinite(ours.units.numbers("rawAmplitude")).all()
    shutil.rmtree(place)


@pytest.mark.long
def test_after_phy_a_folder_of_its_own_avoids_what_bombcell_fails_on_or_mixes_up(
    made: RawRecording, tmp_path: Path
):
    """In the folder of the run before it finds that run's waveforms, of as many clusters."""
    shutil.copytree(made.ks_dir.parent, tmp_path / "copy")
    ks_dir, raw = tmp_path / "copy" / made.ks_dir.name, tmp_path / "copy" / "raw" / made.raw.name
    (ks_dir / "params.py").write_text(
        (ks_dir / "params.py").read_text().replace(str(made.raw), str(raw))
    )
    before, _ = go(plan(ks_dir, gain_to_uV=GAIN), free_results(ks_dir))
    np.save(ks_dir / "spike_clusters.npy", np.where(made.clusters == 0, 2, made.clusters))
    package = bombcell()
    param = package.get_default_parameters(str(ks_dir), raw_file=str(raw), gain_to_uV=GAIN)
    param |= {"plotGlobal": False, "saveAsTSV": False, "nChannels": 7}
    param |= {"joblib_n_jobs": 1, "joblib_backend_preference": "threads"}
    shutil.copytree(before.results, tmp_path / "same")
    with quiet(), contextlib.redirect_stderr(io.StringIO()), pytest.raises(UnboundLocalError):
        package.run_bombcell(str(ks_dir), str(tmp_path / "same"), param)
    after, _ = go(plan(ks_dir, gain_to_uV=GAIN), free_results(ks_dir))
    assert after.results != before.results
    snr = read_run(find_runs(after.results)[0]).units.numbers("signalToNoiseRatio")
    assert np.isfinite(snr[[1, 2]]).all()
    raw.unlink()
    without, _ = go(plan(ks_dir), free_results(ks_dir))
    snr = read_run(find_runs(without.results)[0]).units.numbers("signalToNoiseRatio")
    assert np.isnan(snr).all(), "none is better than that of another unit"


@pytest.mark.long
def test_tsv_where_it_was_asked_for(made: RawRecording, tmp_path: Path):
    ks_dir = tmp_path / "kilosort4_A"
    shutil.copytree(made.ks_dir, ks_dir, ignore=shutil.ignore_patterns("bombcell"))
    go(replace(plan(ks_dir), tsv=True), ks_dir / "bombcell")
    assert (ks_dir / "cluster_bc_unitType.tsv").is_file()


@pytest.mark.long
def test_a_parameter_that_bombcell_does_not_know_and_a_full_disk(
    made: RawRecording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    planned = plan(made.ks_dir)
    with pytest.raises(UserError, match="knows no parameter newOne"):
        go(replace(planned, values={**planned.values, "newOne": 1}), tmp_path / "out")
    limited = (
        "import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000));"
        "runpy.run_module('bcviewer.oracle.runner', run_name='__main__')"
    )
    monkeypatch.setattr(own_process, "command", lambda *_: [sys.executable, "-c", limited])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(UserError, match=r"Bombcell failed: OSError: .* is full\. What it"):
        go(planned, tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {"config"}


@pytest.mark.long
def test_a_run_that_is_cancelled_at_any_moment_leaves_nothing(made: RawRecording, tmp_path: Path):
    dice = random.Random(7)
    before = snapshot(made.ks_dir)
    for _ in range(3):
        ends = time.monotonic() + dice.uniform(0.05, 3.0)

        def check(ends: float = ends) -> None:
            if time.monotonic() > ends:
                raise CancelledError

        try:
            run, _ = go(plan(made.ks_dir), tmp_path / "out", check)
        except CancelledError:
            assert {path.name for path in tmp_path.iterdir()} <= {"config"}
        else:
            shutil.rmtree(run.results)
    assert snapshot(made.ks_dir) == before


@pytest.mark.long
@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGKILL])
def test_a_program_that_is_killed_leaves_nothing(
    made: RawRecording, tmp_path: Path, signal_: signal.Signals
):
    command = [sys.executable, "-m", "bcviewer", "run", str(made.ks_dir), "-o"]
    with subprocess.Popen(
        [*command, str(tmp_path / "out")], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as program:
        assert program.stderr is not None
        for line in program.stderr:
            if b"Starting" in line:
                break
        until = time.monotonic() + 10
        while not any(tmp_path.glob(".bcviewer-run-*/out")) and time.monotonic() < until:
            time.sleep(0.01)
        program.send_signal(signal_)
        program.wait(10)
        assert program.returncode == (130 if signal_ == signal.SIGINT else -signal_)
    until = time.monotonic() + 10
    while any(tmp_path.glob(".bcviewer-run-*")) and time.monotonic() < until:
        time.sleep(0.01)
    assert not (tmp_path / "out").exists()
    assert list(tmp_path.glob(".bcviewer-run-*")) == []


@pytest.mark.long
def test_a_run_beside_another_like_it(shared: Path, tmp_path: Path):
    """Without the raw file and principal components that it had: what needs them is off."""
    ks_dir, batch = tmp_path / "kilosort4_B", "Demo_20260201_session001/bombcell/bombcell_DEFAULT"
    sort = shared / "session_demo" / batch / ks_dir.name
    shutil.copytree(sort, ks_dir, copy_function=shutil.copyfile)
    ks_dir.chmod(0o755)
    saved = read_run(find_runs(ks_dir)[0])
    planned = plan_run(ks_dir, {}, saved, "", lambda _: None, lambda: None)
    before = snapshot(ks_dir)
    run, told = go(planned, free_results(ks_dir))
    assert run.results.name == "bombcell_2"
    assert {k: v for k, v in snapshot(ks_dir).items() if k in before} == before
    assert told[-1][1].startswith("Metrics")
    again = read_run(find_runs(run.results)[0])
    assert again.criteria.thresholds == saved.criteria.thresholds
    off = ("extractRaw", "computeDrift", "computeDistanceMetrics")
    assert [saved.criteria.flags[name] for name in off] == [True] * 3
    assert [again.criteria.flags[name] for name in off] == [False] * 3
    for name in ("presenceRatio", "fractionRPVs_estimatedTauR", "nPeaks", "spatialDecaySlope"):
        one, other = (run_.units.numbers(name) for run_ in (saved, again))
        np.testing.assert_array_equal(one, other, name)
