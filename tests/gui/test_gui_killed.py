"""The program is killed at random moments; every acknowledged label is there at the next start."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from qt_fixtures import write_recording

from bcviewer.app.prefs import CONFIG_ENV
from bcviewer.io import names

TIMES = [(3, 60), pytest.param(24, 500, marks=pytest.mark.long)]
"""How often the program is killed, and how many labels at least are given."""
UNITS = 12


class Programs:
    """Starts the real program in a process of its own, and hears what it says."""

    def __init__(self, data: Path) -> None:
        script = Path(__file__).with_name("killed_program.py")
        root = script.parents[2]
        environment = {**os.environ, CONFIG_ENV: str(data), "PYTHONPATH": str(root)}
        self.process = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )

    def start(self, path: Path, seed: int, keys: int) -> int:
        self.process.stdin.write(json.dumps([str(path), seed, keys]).encode() + b"\n")
        self.process.stdin.flush()
        pid = self.hear()["pid"]
        assert isinstance(pid, int)
        return pid

    def hear(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if not line:
            pytest.fail(self.process.stderr.read().decode())
        return json.loads(line)

    def close(self) -> None:
        with self.process as process:
            process.kill()


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    made = Programs(tmp_path / "data")
    yield made
    made.close()


class Expected:
    """What was acknowledged, and what may be there beside it."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.labels: dict[str, str] = {}
        self.perhaps: tuple[str, str] = ("", "")

    def take(self, said: dict[str, Any]) -> None:
        if "trying" in said:
            unit, label = said["trying"]
            self.perhaps = (str(unit), label)
        elif "acknowledged" in said:
            assert said["acknowledged"] not in self.ids
            self.ids.add(said["acknowledged"])
            self.labels[self.perhaps[0]] = self.perhaps[1]
            self.perhaps = ("", "")

    def check(self, shown: dict[str, str]) -> None:
        """Check what a program shows: all that was acknowledged, and at most the key under way."""
        unit, label = self.perhaps
        if unit and shown.get(unit) == label:
            self.labels[unit] = label
        self.perhaps = ("", "")
        assert shown == self.labels


def ids_in(folder: Path) -> set[str]:
    """Return the ids of all whole lines in a folder's journals, read without our reader."""
    out = set()
    for path in folder.rglob(f"{names.JOURNAL_PREFIX}*"):
        for line in path.read_bytes().split(b"\n")[:-1]:
            out.add(json.loads(line)["id"])
    return out


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="starts programs by fork")
@pytest.mark.parametrize(("n_kills", "n_keys"), TIMES)
def test_killed_at_random_moments_no_acknowledged_label_is_lost(
    programs: Programs, tmp_path: Path, n_kills: int, n_keys: int
) -> None:
    presence = [1.0 if i % 2 else 0.5 for i in range(UNITS)]
    ks_dir = write_recording(tmp_path / "ks", {"presenceRatio": presence})
    rng, expected, kills, starts = random.Random(5), Expected(), 0, 0
    while kills < n_kills or len(expected.ids) < n_keys:
        starts += 1
        assert starts < 3 * n_kills
        pid = programs.start(ks_dir, starts, 10_000)
        left = rng.choice([rng.randint(0, 4), rng.randint(20, 40), rng.randint(20, 40)])
        while left > 0:
            said = programs.hear()
            assert "ended" not in said
            if "shown" in said:
                expected.check(said["shown"])
            left -= "acknowledged" in said
            expected.take(said)
        time.sleep(rng.random() * 0.004)
        os.kill(pid, signal.SIGKILL)
        kills += 1
        while "ended" not in (said := programs.hear()):  # what it said until it was killed
            if "shown" in said:
                expected.check(said["shown"])
            expected.take(said)
        assert expected.ids <= ids_in(tmp_path / "data")
    programs.start(ks_dir, 0, 0)
    expected.check(programs.hear()["shown"])
    assert programs.hear() == {"mirrored": True}
    assert expected.ids <= ids_in(ks_dir)
    assert len(expected.ids) >= n_keys


@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "fork"), reason="starts programs by fork")
def test_a_note_that_was_being_typed_is_offered_after_each_kill(
    programs: Programs, tmp_path: Path
) -> None:
    ks_dir, typed = write_recording(tmp_path / "ks", {"presenceRatio": [1.0, 0.5]}), ""
    for _ in range(3):
        pid = programs.start(ks_dir, 1, -1)
        offered = programs.hear()["offered"]
        assert offered in (typed, typed + "x")  # one more letter may be on the disk
        for _ in range(4):
            typed = programs.hear()["typed"]
        os.kill(pid, signal.SIGKILL)
        while "ended" not in (said := programs.hear()):
            typed = said["typed"]
    assert len(typed) >= 3 * 3
    assert not ids_in(tmp_path / "data")  # the journal holds only what was saved
