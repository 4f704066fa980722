"""The command line: ``bcviewer audit``, and what ``bcviewer PATH`` does without a display."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from factories import shared_data
from labs import built, lab

from bcviewer import __version__
from bcviewer.cli import entry as cli
from bcviewer.errors import UserError
from bcviewer.io.exchange.export import NOTEBOOK_COLUMNS

SAFE_ENV = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "PYTHONUNBUFFERED")


def program(*arguments: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a person without a display would."""
    clean = {name: value for name, value in os.environ.items() if name not in SAFE_ENV}
    clean |= {"XDG_CONFIG_HOME": str(cwd), "XDG_STATE_HOME": str(cwd), "XDG_CACHE_HOME": str(cwd)}
    return subprocess.run(
        [sys.executable, "-m", "bcviewer", *map(str, arguments)],
        cwd=cwd,
        env={**clean, **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture
def audit(capsys):
    """Return a function that runs the audit: its status, lines of output, lines of errors."""

    def run(*arguments: str | Path) -> tuple[int, list[str], list[str]]:
        status = cli.main(["audit", *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out.splitlines(), captured.err.splitlines()

    return run


@pytest.fixture
def probe_b(tmp_path, demo) -> Path:
    """Return a copy of the demo's probe B that may be written into."""
    copied = tmp_path / "rec" / "kilosort4_B"
    shutil.copytree(demo / "kilosort4_B", copied)
    for folder, _, names in os.walk(copied):
        for path in (Path(folder), *(Path(folder) / name for name in names)):
            path.chmod(path.stat().st_mode | 0o600)
    return copied


@pytest.fixture
def demo() -> Path:
    """Return the folder of probes of the recording that ships with the program."""
    from bcviewer.cli.lookup import demo_config

    (folder,) = demo_config().parent.glob("*/bombcell/bombcell_DEFAULT")
    return folder


# What it prints


def test_the_demos_audit(audit):
    status, out, err = audit("demo", "--mode", "batch", "--probe", "A")
    assert (status, err) == (0, [])
    assert out[0].startswith("kilosort4_A (batch): 39 units")
    assert out[1] == "  labels: GOOD 8, MUA 14, NOISE 14, NON-SOMA 3"
    assert out[2] == "  if split: GOOD 8, MUA 14, NOISE 14, NON-SOMA GOOD 1, NON-SOMA MUA 2"
    assert out[3].startswith("  top reasons: NOISE: nTroughs>maxNTroughs 14, MUA: fraction")
    assert out[4] == "  MUA by family: not shown clean 3, undecidable 11"
    assert out[5].startswith("  sole blockers: fractionRPVs_estimatedTauR>maxRPVviolations 11")
    assert out[6] == "  agreement with the saved labels: 39 of 39"
    assert out[7:] == [""]


def test_where_there_is_no_good_unit_one_sentence_says_why(audit):
    status, out, _ = audit("demo", "--mode", "batch", "--probe", "C")
    assert status == 0
    assert out[-2].startswith("  No GOOD unit: 112 of 115 units fail ")


def test_many_probes_show_progress_on_a_terminal(audit, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    status, out, err = audit("demo")
    assert status == 0
    assert err[0] == "[1/5] kilosort4_A"
    assert len(err) == 5
    assert sum(line.startswith("kilosort4_") for line in out) == 5


def test_a_log_holds_no_progress(audit):
    status, _, err = audit("demo")
    assert (status, err) == (0, [])


def readable() -> list[str]:
    root = shared_data()
    tables = root.rglob("templates._bc_qMetrics.parquet") if root else []
    return sorted(path.parent.relative_to(root).as_posix() for path in tables)


@pytest.mark.parametrize("folder", readable() or [""])
def test_every_readable_recording_is_audited(shared, audit, folder, tmp_path):
    status, out, err = audit(shared / folder, "-o", tmp_path / "out.json")
    assert (status, err) == (0, [])
    assert " units " in out[0]
    assert out[1].startswith("  labels: ")
    assert any(line.startswith("  agreement with the saved labels") for line in out)
    rows = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert out[-1] == f"{len(rows):,} units written to {tmp_path / 'out.json'}"


def test_recordings_with_labels_agree_with_them(shared, audit):
    for name in ("sim_3probes", "sim_synthetic", "toy", "toy_v0.90", *demo_modes()):
        given = [shared / "session_demo/recording_config.json", "--mode", name]
        status, out, _ = audit(*(given if name in demo_modes() else [shared / name]))
        assert status == 0
        lines = [line for line in out if "agreement" in line]
        assert lines
        for line in lines:
            agree, total = line.split(": ")[1].split(" of ")
            assert agree == total


def demo_modes() -> tuple[str, ...]:
    return ("batch", "np20_rerun", "single_probe")


# What to audit


def test_a_config_with_mode_probe_and_root(shared, audit):
    folder = shared / "session_demo"
    for name in ("recording_config.json", "recording_config_windows.json"):
        given = (folder / name, "--root", folder, "--mode", "np20_rerun", "--probe", "C")
        status, out, err = audit(*given)
        assert (status, err) == (0, [])
        assert out[0].startswith("kilosort4_C (np20_rerun): 115 units")


def test_a_windows_root_says_what_is_missing(shared, audit):
    status, out, err = audit(shared / "session_demo/recording_config_windows.json")
    assert (status, out, len(err)) == (1, [], 1)
    assert "recordings_root is a Windows path" in err[0]
    assert err[0].endswith("with --root.")


@pytest.mark.parametrize(
    ("choice", "says"),
    [(("--mode", "nope"), "no run mode 'nope'"), (("--probe", "Z"), "no probe 'Z'")],
)
def test_a_mode_or_probe_that_is_not_there(audit, choice, says):
    status, out, err = audit("demo", *choice)
    assert (status, out, len(err)) == (1, [], 1)
    assert says in err[0]
    assert "there is: " in err[0]


@pytest.mark.parametrize("name", ["nothing", "empty", "file.txt", "bad.json", "a\nb"])
def test_a_bad_path_costs_one_clear_line(tmp_path, audit, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("x")
    (tmp_path / "bad.json").write_text("{")
    status, out, err = audit(tmp_path / name)
    assert (status, out, len(err)) == (1, [], 1)
    assert err[0].startswith("bcviewer: ")
    assert "Traceback" not in err[0]


def test_one_bad_path_does_not_stop_the_others(tmp_path, audit, demo):
    gone = tmp_path / "gone"
    status, out, err = audit(demo / "kilosort4_A", gone, demo / "kilosort4_B")
    assert status == 1
    assert [line.split(":")[0] for line in out if line.startswith("kilo")] == [
        "kilosort4_A",
        "kilosort4_B",
    ]
    assert len(err) == 1
    assert str(gone) in err[0]


def test_one_bad_probe_does_not_stop_the_others_and_is_named(tmp_path, audit, probe_b):
    never = probe_b.with_name("kilosort4_A")
    never.mkdir()
    np.save(never / "spike_times.npy", np.arange(3))
    broken = probe_b.with_name("kilosort4_C")
    shutil.copytree(probe_b, broken)
    for path in (broken / "bombcell").glob("templates._bc_qMetrics*"):
        path.write_bytes(b"PAR1 rubbish")
    output = tmp_path / "out.csv"
    status, out, err = audit(probe_b.parent, "-o", output)
    assert status == 1
    assert len(err) == 2
    assert "kilosort4_A: Bombcell has not been run here" in err[0]
    assert "kilosort4_C" in err[1]
    assert "no table of units can be read" in err[1]
    assert out[-1] == f"36 units written to {output}"


# Tables


def test_a_run_that_two_paths_lead_to_counts_once(audit, demo, tmp_path):
    """A session and one of its probes, by any name: no unit stands twice in the table."""
    (tmp_path / "link").symlink_to(demo / "kilosort4_B")
    paths = demo, demo / "kilosort4_B", tmp_path / "link", demo / ".." / demo.name / "kilosort4_A"
    once, twice = tmp_path / "once.csv", tmp_path / "twice.csv"
    assert audit(demo, "-o", once)[0] == audit(*paths, "-o", twice)[0] == 0
    assert twice.read_bytes() == once.read_bytes()


@pytest.mark.parametrize("command", [["audit"], ["labels"], ["report"], []])
@pytest.mark.parametrize("option", ["", "-o", "--root", "--probe"])
def test_an_empty_argument_is_wrong_usage(command, option, capsys, tmp_path, monkeypatch):
    """The unset variable of a script is not the folder that one is in."""
    monkeypatch.chdir(tmp_path)
    if option == "-o" and not command:
        option = "--screenshot"
    arguments = [*command, option, "", "demo"] if option else [*command, ""]
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "it is empty" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".json"])
def test_a_table_of_all_probes(audit, tmp_path, suffix):
    import pandas as pd

    output = tmp_path / f"out{suffix}"
    status, out, _ = audit("demo", "--mode", "batch", "-o", output)
    assert status == 0
    assert out[-1] == f"190 units written to {output}"
    frame = {
        ".csv": lambda: pd.read_csv(output),
        ".tsv": lambda: pd.read_csv(output, sep="\t"),
        ".parquet": lambda: pd.read_parquet(output),
        ".json": lambda: pd.DataFrame(json.loads(output.read_text("utf-8"))),
    }[suffix]()
    assert len(frame) == 190
    assert frame["probe"].value_counts().to_dict() == {"A": 39, "B": 36, "C": 115}
    assert (frame["bombcell_label"] == frame["bc_unitType"]).all()
    assert frame["roi_label"].isin(["inside", "outside"]).sum() == 75
    assert [path.name for path in tmp_path.iterdir()] == [output.name]


def test_an_output_that_cannot_be_written_is_refused_before_anything_is_read(tmp_path, audit):
    for output, says in (
        (tmp_path / "out.xlsx", "out.xlsx: cannot tell the format. End the name in .csv"),
        (tmp_path / "no" / "out.csv", "there is no such folder to write to."),
    ):
        status, out, err = audit("demo", "-o", output)
        assert (status, out, len(err)) == (2, [], 1)
        assert says in err[0]


def test_into_results_writes_the_notebooks_csv(audit, probe_b):
    before = {path: path.read_bytes() for path in probe_b.rglob("*") if path.is_file()}
    status, out, err = audit(probe_b, "--into-results")
    assert (status, err) == (0, [])
    written = probe_b / "bombcell" / "Probe_B_classification_reason_audit.csv"
    assert f"  written: {written}" in out
    assert {path for path in probe_b.rglob("*") if path.is_file()} - set(before) == {written}
    assert all(path.read_bytes() == data for path, data in before.items())
    with written.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 36
    assert tuple(rows[0])[: len(NOTEBOOK_COLUMNS)] == NOTEBOOK_COLUMNS
    assert [int(row["unit_index"]) for row in rows] == list(range(36))
    # again: it is replaced, and is no input
    assert audit(probe_b, "--into-results")[0] == 0


def test_a_probe_without_a_letter_gives_its_folders_name(audit, probe_b):
    folder = probe_b.rename(probe_b.with_name("my sort"))
    assert audit(folder, "--into-results")[0] == 0
    names = [path.name for path in (folder / "bombcell").glob("Probe_*")]
    assert names == ["Probe_my sort_classification_reason_audit.csv"]


def test_results_that_cannot_be_written_into_fail_and_stay_in_the_table(
    audit, probe_b, tmp_path, monkeypatch
):
    from bcviewer.io.exchange import export

    write = export.write_atomically

    def refuse(path: Path, how) -> None:
        if path.parent.name == "bombcell":
            raise UserError(f"{path}: cannot be written: Read-only file system.")
        write(path, how)

    monkeypatch.setattr(export, "write_atomically", refuse)
    status, out, err = audit(probe_b, "--into-results", "-o", tmp_path / "out.csv")
    assert status == 1
    assert len(err) == 1
    assert "Read-only file system" in err[0]
    assert out[-1].startswith("36 units written to ")


# Usage


@pytest.mark.parametrize("arguments", [["audit"], ["audit", "x", "--nope"], ["--unit", "x"]])
def test_wrong_usage_is_two(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert "usage: bcviewer" in capsys.readouterr().err


def test_the_version(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"bcviewer {__version__}\n"


def test_without_standard_output_and_error(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    output = tmp_path / "out.csv"
    assert cli.main(["audit", "demo", "-o", str(output)]) == 0
    assert output.exists()
    assert cli.main(["audit", str(tmp_path / "gone")]) == 1


def test_an_interrupt_is_no_traceback(monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bcviewer.cli.audit.run_audit", interrupt)
    assert cli.main(["audit", "demo"]) == 130


@pytest.mark.parametrize("headless", [False, True])
def test_an_interrupt_while_qt_is_imported_ends_the_program(monkeypatch, tmp_path, headless):
    """As an exception it made PySide6 abort, or was lost and the window opened all the same."""
    handlers = []

    class Finder:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "bcviewer.frame.application":
                handlers.append(signal.getsignal(signal.SIGINT))
                raise ImportError(name)

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bcviewer.cli.window.has_display", lambda: not headless)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.delitem(sys.modules, "bcviewer.frame.application", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    assert cli.main(["demo"]) == (0 if headless else 1)
    assert handlers == [signal.SIG_DFL]
    assert signal.getsignal(signal.SIGINT) == before


# As a process


@pytest.mark.slow
def test_audit_verify_asks_bombcell_and_imports_neither_it_nor_qt(tmp_path, demo):
    script = (
        "import sys; from bcviewer.cli.entry import main; status = main(sys.argv[1:]);"
        " print([n for n in ('PySide6', 'bombcell', 'numba', 'matplotlib') if n in sys.modules]);"
        " raise SystemExit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "audit", str(demo / "kilosort4_A"), "--verify"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert any(line.startswith("  39 of 39 labels agree with bombcell 0.9") for line in lines)
    assert lines[-1] == "[]"
    assert list(tmp_path.iterdir()) == []


def test_a_label_that_differs_fails_the_verification(audit, monkeypatch, demo):
    from bcviewer.core.rules.labels import Label
    from bcviewer.oracle import client as verify

    def one_off(self, run, params):
        codes = run.saved_codes.copy()
        codes[0] = Label.EMPTY
        return verify.Verification(status="verified", codes=codes, version="9.9", why="")

    monkeypatch.setattr(verify.Bombcell, "verify", one_off)
    status, out, _ = audit(demo / "kilosort4_A", "--verify")
    assert status == 1
    (line,) = [line for line in out if "bombcell 9.9" in line]
    assert line.startswith("  38 of 39 labels agree with bombcell 9.9; unit 0: ")
    assert line.endswith("here, no label there")


ALONE = (sys.executable, "-m", "bcviewer")
A_PROBE = ("audit", "demo", "--mode", "batch", "--probe", "A")


def printed_to(stdout: object, *arguments: str, cwd: Path, stderr: object = subprocess.PIPE):
    """Run the program with some standard output; return its status and its errors."""
    env = {name: value for name, value in os.environ.items() if name not in SAFE_ENV}
    command = [*ALONE, *arguments]
    done = subprocess.run(
        command, stdout=stdout, stderr=stderr, text=True, env=env, cwd=cwd, timeout=60, check=False
    )
    return done.returncode, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [A_PROBE, ("audit", "--help"), ("--version",)])
def test_a_closed_pipe_is_no_error(tmp_path, arguments):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert printed_to(writer, *arguments, cwd=tmp_path) == (0, "")
    finally:
        os.close(writer)


FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")


@needs_full
@pytest.mark.parametrize(
    "arguments",
    [
        A_PROBE,
        ("--version",),
        pytest.param(("labels", *A_PROBE[1:]), marks=pytest.mark.slow),
        pytest.param(("audit", "--help"), marks=pytest.mark.slow),
        pytest.param(("demo",), marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_a_full_disk_at_standard_output_is_one_line(tmp_path, arguments):
    with FULL.open("w") as full:
        status, errors = printed_to(full, *arguments, cwd=tmp_path)
    assert (status, errors) == (
        1,
        "bcviewer: standard output: cannot be written: No space left on device.\n",
    )
    with FULL.open("w") as full:  # and where nobody can be told
        assert printed_to(full, *arguments, cwd=tmp_path, stderr=full)[0] == 1


@pytest.mark.slow
@needs_full
@pytest.mark.parametrize("arguments", [A_PROBE, ("--help",)], ids=" ".join)
def test_a_full_disk_is_told_without_a_buffer_too(tmp_path, arguments, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ALONE", (sys.executable, "-u", "-m", "bcviewer"))
    with FULL.open("w") as full:
        status, errors = printed_to(full, *arguments, cwd=tmp_path)
    assert status == 1
    assert errors.count("\n") == 1


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a shell's redirections")
def test_closed_streams_are_no_error(tmp_path):
    command = " ".join((*ALONE, *A_PROBE))
    done = subprocess.run(["sh", "-c", f"{command} >&- 2>&-"], cwd=tmp_path, timeout=60)
    assert done.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="there are no such pipes")
@pytest.mark.parametrize("command", ["audit", "labels", "report"])
def test_an_output_that_is_a_pipe_or_a_device_is_left_alone(tmp_path, command, capsys):
    suffix = ".html" if command == "report" else ".csv"
    pipe, device = tmp_path / f"pipe{suffix}", tmp_path / f"null{suffix}"
    os.mkfifo(pipe)
    device.symlink_to("/dev/null")
    for path, kind in ((pipe, "a named pipe"), (device, "a device"), (tmp_path, "")):
        assert cli.main([command, "demo", "-o", str(path)]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        assert kind in captured.err
    assert pipe.is_fifo()
    assert device.is_symlink()


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_an_output_that_is_a_link_is_followed(tmp_path, audit):
    (tmp_path / "link.csv").symlink_to("real.csv")
    assert audit("demo", "--mode", "batch", "--probe", "A", "-o", tmp_path / "link.csv")[0] == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text("utf-8").count("\n") == 40


@pytest.mark.slow
def test_a_terminal_that_knows_no_greek_gets_a_question_mark(tmp_path, demo):
    done = program("audit", demo / "kilosort4_A", "gone µ", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert done.stderr.startswith("bcviewer: gone ? does not exist.")


# Without a display


@pytest.fixture
def light_bombcell(tmp_path) -> str:
    """Return a search path on which a bombcell comes first that is imported in no time."""
    light = tmp_path / "light"
    light.mkdir()
    (light / "bombcell.py").write_text("__version__ = '9.9'; open(__file__ + '.asked', 'w')")
    return os.pathsep.join((str(light), *filter(None, [os.environ.get("PYTHONPATH")])))


@pytest.mark.long
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display")
def test_without_a_display_the_summary_and_a_picture(tmp_path, light_bombcell):
    done = program("demo", cwd=tmp_path, PYTHONPATH=light_bombcell)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "There is no display, so no window can be opened. The audit as text:"
    assert "  labels: GOOD 8, MUA 14, NOISE 14, NON-SOMA 3" in lines
    picture = tmp_path / "bcviewer.png"
    assert lines[-1] == f"The window as a picture: {picture}"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 20_000


@pytest.mark.long
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display")
def test_without_a_display_a_cohort_is_its_summary_and_a_picture(tmp_path):
    built(lab(tmp_path / "lab"), tmp_path / "cohort")
    done = program("cohort/", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "There is no display, so no window can be opened. The cohort as text:"
    assert "5 runs: 5 read" in lines
    picture = tmp_path / "bcviewer.png"
    assert lines[-1] == f"The window as a picture: {picture}"
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display")
def test_without_a_display_a_bad_path_is_one_line(tmp_path, monkeypatch, capsys):
    for name in SAFE_ENV:
        monkeypatch.delenv(name, raising=False)
    assert cli.main([str(tmp_path / "gone")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert cli.main([]) == 1
    assert capsys.readouterr().err.startswith("bcviewer: There is no display to open a window on.")


@pytest.mark.slow
def test_a_screenshot_needs_no_display(tmp_path, demo, light_bombcell):
    """Bombcell is waited for."""
    picture = tmp_path / "shot.png"
    given = (demo / "kilosort4_B", "--screenshot", picture)
    done = program(*given, cwd=tmp_path, PYTHONPATH=light_bombcell)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "light" / "bombcell.py.asked").exists()
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_that_nobody_named_is_not_followed(tmp_path, audit, probe_b, monkeypatch, capsys):
    """A recording may hold a link that leads to a file of the person's own."""
    mine = tmp_path / "mine"
    mine.write_text("dear")
    (probe_b / "bombcell" / "Probe_B_classification_reason_audit.csv").symlink_to(mine)
    status, _, err = audit(probe_b, "--into-results")
    assert status == 1
    assert "is a link, and is not followed." in err[0]
    monkeypatch.chdir(probe_b)
    (probe_b / "bcviewer_report.html").symlink_to(mine)
    assert cli.main(["report", "."]) == 1
    assert "is a link, and is not followed." in capsys.readouterr().err
    assert mine.read_text() == "dear"


# Where Qt is told to draw


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="platforms of Linux")


@pytest.mark.slow
@linux
@pytest.mark.parametrize(
    ("platform", "says"),
    [
        ("none;such:size=1x1", "none;such:size=1x1: Qt has no such platform here. Unset it, or"),
        ("xcb", "no X server answers at DISPLAY=:98765"),
        ("wayland", "Qt cannot go on with QT_QPA_PLATFORM=wayland: "),  # what Qt says itself
    ],
)
def test_a_platform_that_cannot_be_is_one_line(tmp_path, platform, says):
    more = {"QT_QPA_PLATFORM": platform, "DISPLAY": ":98765", "XDG_RUNTIME_DIR": str(tmp_path)}
    done = program("demo", cwd=tmp_path, **more)
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
@linux
def test_a_script_is_told_as_well(tmp_path):
    code = (
        "import bcviewer.main as m; from bcviewer.errors import UserError\n"
        "try: m.start(['demo'])\n"
        "except UserError as error: print(error)"
    )
    env = {**os.environ, "QT_QPA_PLATFORM": "nonsense"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("QT_QPA_PLATFORM=nonsense: Qt has no such platform here.")


@linux
def test_of_several_platforms_one_must_be(monkeypatch):
    from bcviewer.frame import qt_guard

    for said in ("offscreen", "nonsense;offscreen", "OffScreen:x=1", "minimal"):
        monkeypatch.setenv("QT_QPA_PLATFORM", said)
        qt_guard.check_platform()


@pytest.mark.parametrize(
    ("name", "said"),
    [("QT_SCALE_FACTOR", said) for said in ("1000", "0", "-1", "nan", "inf", "text", "1e-9")]
    + [("QT_SCREEN_SCALE_FACTORS", said) for said in ("1;1e9", "HDMI-1=0;DP-1=2", "a=b")]
    + [("QT_FONT_DPI", said) for said in ("0", "1000000", "-96")],
)
def test_an_absurd_scale_is_ignored_with_a_sentence(monkeypatch, capsys, name, said):
    from bcviewer.frame import qt_guard

    monkeypatch.setenv(name, said)
    qt_guard.check_scale()
    assert name not in os.environ
    err = capsys.readouterr().err
    assert err.startswith(f"bcviewer: {name}={said}: is ignored; it goes from ")
    assert err.count("\n") == 1


def test_a_scale_that_a_screen_has_is_kept(monkeypatch, capsys):
    from bcviewer.frame import qt_guard

    kept = {"QT_SCALE_FACTOR": "1.5", "QT_SCREEN_SCALE_FACTORS": "DP-1=2;1", "QT_FONT_DPI": "144"}
    for name, said in kept.items():
        monkeypatch.setenv(name, said)
    qt_guard.check_scale()
    assert {name: os.environ[name] for name in kept} == kept
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_the_application_is_made_at_an_absurd_scale():
    code = (
        "from bcviewer.frame.application import application\n"
        "print(application().primaryScreen().devicePixelRatio())"
    )
    env = {**os.environ, "QT_SCALE_FACTOR": "1000", "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "1.0\n"
    assert done.stderr == "bcviewer: QT_SCALE_FACTOR=1000: is ignored; it goes from 0.25 to 8.\n"


# A Qt that is not there, or not right


@pytest.fixture
def on_screen(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")


@pytest.mark.parametrize("found", ["6.12.0", "6.11.0", "6.11", "7.0.1"])
def test_a_qt_that_aborts_is_refused(monkeypatch, on_screen, capsys, found):
    monkeypatch.setattr("bcviewer.frame.qt_guard.version", lambda: found)
    assert cli.main(["demo"]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"bcviewer: PySide6 {found} is known to abort with this program.")
    assert err.endswith('"PySide6-Essentials>=6.8,<6.11"\n')
    assert err.count("\n") == 1


@pytest.mark.parametrize("found", ["6.8.0", "6.9.3", "6.10.1", "6.10.0rc1"])
def test_a_qt_that_works_is_not_refused(monkeypatch, found):
    from bcviewer.frame import qt_guard

    monkeypatch.setattr(qt_guard, "version", lambda: found)
    qt_guard.check_version()


def refuse_qt(monkeypatch, text: str) -> None:
    def fail() -> None:
        raise ImportError(text)

    for command in ("window", "headless"):
        monkeypatch.setattr(f"bcviewer.cli.{command}.check_version", fail)


def test_a_missing_system_library_is_named(monkeypatch, on_screen, capsys):
    refuse_qt(monkeypatch, "libEGL.so.1: cannot open shared object file: No such file or directory")
    assert cli.main(["demo"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("bcviewer: Qt's system library libEGL.so.1 is missing. On Debian")
    assert "apt install libegl1 " in err
    assert err.count("\n") == 1


def test_a_qt_that_is_not_installed_is_one_line(monkeypatch, on_screen, capsys):
    refuse_qt(monkeypatch, "No module named 'PySide6'")
    assert cli.main(["demo"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("bcviewer: Qt cannot be imported: No module named 'PySide6'. Install")
    assert err.count("\n") == 1


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display")
def test_without_a_display_and_without_qt_the_summary_is_printed(monkeypatch, capsys, tmp_path):
    for name in SAFE_ENV:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QT_QPA_PLATFORM", "")  # run_headless sets it: put back afterwards
    monkeypatch.chdir(tmp_path)
    refuse_qt(monkeypatch, "libGL.so.1: cannot open shared object file: No such file or directory")
    assert cli.main(["demo"]) == 0
    captured = capsys.readouterr()
    assert "labels: GOOD 8, MUA 14" in captured.out
    assert captured.err.startswith("bcviewer: Qt's system library libGL.so.1 is missing.")
    assert list(tmp_path.iterdir()) == []
