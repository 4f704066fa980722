"""Whether phy seems to be open: its processes, and the order of its log and its state."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bcviewer.io.exchange.phy_open import PROC, phy_process, phy_warning, unclosed_since

NOW = 1_800_000_000.0
linux = pytest.mark.skipif(not PROC.is_dir(), reason="processes are read from /proc")


def leave(ks_dir: Path, log: float | None, state: float | None) -> None:
    """Leave phy's log and state as they are written so many seconds before now."""
    (ks_dir / ".phy").mkdir(exist_ok=True)
    for path, ago in ((ks_dir / "phy.log", log), (ks_dir / ".phy" / "state.json", state)):
        if ago is not None:
            path.touch()
            os.utime(path, (NOW - ago, NOW - ago))


@pytest.mark.parametrize(
    ("log", "state", "is_open"),
    [
        (None, None, False),  # never opened
        (10, None, True),  # open for the first time
        (10, 3600, True),  # open again
        (10.0, 9.999, False),  # closed: the state is written after the log's last line
        (11.5, 12, False),  # closed, on a drive with coarse times
        (None, 10, False),  # no log: an older phy, or tidied up
        (90_000, None, False),  # crashed, and long ago
        (80_000, 90_000, True),
    ],
)
def test_a_log_that_is_newer_than_the_state_means_open(tmp_path, log, state, is_open):
    leave(tmp_path, log, state)
    assert unclosed_since(tmp_path, NOW) == (NOW - log if is_open else None)
    warning = phy_warning(tmp_path, NOW)
    assert warning.startswith("phy seems to be open on this directory (its log is of ") == is_open
    assert bool(warning) == is_open


def test_a_folder_that_is_not_there(tmp_path):
    assert phy_warning(tmp_path / "no", NOW) == ""


SLEEP = """
import sys, time
log = open(sys.argv[-1], "a") if sys.argv[-1].endswith("phy.log") else None
print(flush=True)
time.sleep(60)
"""


@pytest.fixture
def start(tmp_path):
    """Return a function that starts a process that looks like phy, and waits until it runs."""
    running = []

    def run(cwd: Path, *words: str, name: str = "phy") -> int:
        script = tmp_path / name
        script.write_text(SLEEP)
        process = subprocess.Popen(
            [sys.executable, str(script), *words], cwd=cwd, stdout=subprocess.PIPE
        )
        running.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process.pid

    yield run
    for process in running:
        process.kill()
        process.communicate()


@linux
def test_phy_is_found_by_its_command(tmp_path, start):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    assert phy_process(here) is None
    start(there, "template-gui", "params.py")
    assert phy_process(here) is None
    pid = start(here, "template-gui", "params.py")
    assert phy_process(here) == pid
    assert phy_warning(here, NOW).startswith(f"phy is open on this directory (process {pid}). It")
    linked = tmp_path / "link"
    linked.symlink_to(here)
    assert phy_process(linked) == pid


@linux
def test_phy_is_found_by_a_whole_path(tmp_path, start):
    here = tmp_path / "here"
    here.mkdir()
    pid = start(tmp_path, "template-gui", str(here / "params.py"))
    assert phy_process(here) == pid
    assert phy_process(tmp_path) is None


@linux
def test_phy_in_a_script_is_found_by_its_open_log(tmp_path, start):
    here = tmp_path / "here"
    here.mkdir()
    pid = start(tmp_path, "a", "b", "c", str(here / "phy.log"), name="my_script.py")
    assert phy_process(here) == pid


@linux
def test_other_programs_on_the_directory_are_not_phy(tmp_path, start):
    start(tmp_path, "template-gui", "params.py", name="physics")
    start(tmp_path, str(tmp_path / "params.py"), name="editor.py")
    assert phy_process(tmp_path) is None


def test_processes_that_hide_or_go_are_none(tmp_path):
    proc = tmp_path / "proc"
    for pid, cmdline in ((1, b""), (2, b"phy\0template-gui\0params.py\0"), (3, b"\xff\xfe\0")):
        (proc / str(pid)).mkdir(parents=True)
        (proc / str(pid) / "cmdline").write_bytes(cmdline)
    (proc / "4").mkdir()
    (proc / "self").mkdir()
    assert phy_process(tmp_path, proc) is None
    assert phy_process(tmp_path, tmp_path / "no") is None
