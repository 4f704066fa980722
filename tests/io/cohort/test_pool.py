"""Runs read by other processes: one that is killed, and a whole build that is."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from labs import (
    built,
    content,
    lab,
    one_time,  # noqa: F401 - a fixture
    read_and_die,
    read_and_die_once,
)

from bcviewer.errors import UserError
from bcviewer.io.cohort.files import read_rows
from bcviewer.io.cohort.opened import open_cohort
from bcviewer.io.cohort.pool import Pool

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("one_time"),
    pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL"),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lab")
    for name in ("a", "b", "c"):
        lab(root / name)
    return root


@pytest.fixture
def wanted(root: Path, tmp_path: Path) -> dict[str, bytes]:
    built(root, tmp_path / "wanted")
    return content(tmp_path / "wanted")


@pytest.mark.long
def test_processes_write_the_same_and_a_killed_one_is_made_up_for(
    root: Path, tmp_path: Path, wanted: dict[str, bytes]
) -> None:
    folder = tmp_path / "cohort"
    assert built(root, folder, read_all=Pool(2, read_and_die_once)).read == 15
    assert Path(f"{folder}.died").exists()
    assert content(folder) == wanted


@pytest.mark.long
def test_a_run_that_kills_its_process_twice_is_a_failed_one(root: Path, tmp_path: Path) -> None:
    out = built(root / "a", tmp_path / "cohort", read_all=Pool(2, read_and_die))
    assert out.words == "5 runs found: 3 read, 0 unchanged, 2 failed, 0 gone"
    rows = read_rows(tmp_path / "cohort")
    failed = {row["problem"] for row in rows if row["probe"] == "C"}
    assert failed == {"the process that read it was killed, twice"}


@pytest.mark.long
def test_what_cannot_be_written_ends_it(root: Path, tmp_path: Path) -> None:
    built(root, tmp_path / "cohort")
    for row in read_rows(tmp_path / "cohort"):
        part = tmp_path / "cohort" / row["part"]
        part.unlink()
        part.mkdir()
    with pytest.raises(UserError, match="is a folder"):
        built(root, tmp_path / "cohort", read_all=Pool(2))


@pytest.mark.long
def test_a_build_that_is_killed_at_any_moment_goes_on_to_the_same_bytes(
    root: Path, tmp_path: Path, wanted: dict[str, bytes]
) -> None:
    """The whole program, by SIGKILL, again and again until it came to its end."""
    folder = tmp_path / "cohort"
    command = [sys.executable, "-m", "bcviewer", "cohort", str(root), "-o", str(folder)]
    draw = random.Random(5)
    kills = 0
    for _ in range(6):
        process = subprocess.Popen([*command, "--jobs", "2"], stdout=subprocess.PIPE)
        when, deadline = 1 + draw.randrange(6), time.monotonic() + 60
        before = len(list(folder.rglob("*.parquet")))
        while process.poll() is None and time.monotonic() < deadline:
            if len(list(folder.rglob("*.parquet"))) >= before + when:
                process.send_signal(signal.SIGKILL)
                kills += 1
                break
        process.wait(60)
        process.stdout.close()
        if process.returncode == 0:
            break
    assert kills
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("15 runs found: ")
    assert content(folder) == wanted
    assert len(open_cohort(folder).runs) == 15


def test_processes_end_with_the_program_that_started_them(
    root: Path, tmp_path: Path, ended: Callable[[int], bool]
) -> None:
    command = [sys.executable, "-m", "bcviewer", "cohort", str(root), "-o", str(tmp_path / "c")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    children: list[int] = []
    deadline = time.monotonic() + 60
    while len(children) < 2 and process.poll() is None and time.monotonic() < deadline:
        listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        children = [int(pid) for pid in listed.read_text().split()] if listed.exists() else []
    process.kill()
    process.wait()
    while not all(ended(pid) for pid in children):
        assert time.monotonic() < deadline, "a process went on without its program"


@pytest.fixture
def ended() -> Callable[[int], bool]:
    def gone(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state == "Z"

    return gone
