"""From the process's start to the painted table, beside ``import bombcell``."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from bench_measure import UNITS, Data, Row, environment, median, timed

TIMES = 5
LONGEST_S = 60.0


def rows(data: Data) -> list[Row]:
    path = data.units(UNITS)
    bare = [sys.executable, "-c", "import bombcell"]
    env = {**environment(data.work), "MPLBACKEND": "Agg"}
    painted(data, path)  # files and byte code of both into the cache
    subprocess.run(bare, env=env, capture_output=True)
    ours, theirs = [], []
    for _ in range(TIMES):
        ours.append(painted(data, path))
        theirs.append(timed(lambda: subprocess.run(bare, env=env, capture_output=True)) / 1e3)
    what = f"start to painted table, {UNITS:,} units"
    return [Row(what, median(ours), "s", 1.0, median(theirs), "import bombcell", 0.3)]


def painted(data: Data, path: Path) -> float:
    """Start the program and return its age when the table was painted, s."""
    trace = data.work / "trace.jsonl"
    trace.unlink(missing_ok=True)
    command = [sys.executable, "-m", "bcviewer", str(path), "--trace", str(trace)]
    env = environment(data.work)
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + LONGEST_S
        while time.monotonic() < end and process.poll() is None:
            t = milestone(trace, "painted")
            if t is not None:
                return t
            time.sleep(0.05)
        raise RuntimeError(f"{path}: the table was not painted in {LONGEST_S:g} s")
    finally:
        process.kill()
        process.wait()


def milestone(trace: Path, event: str) -> float | None:
    """Return when a milestone was reached, s; None: not yet."""
    lines = trace.read_text("utf-8").splitlines() if trace.exists() else []
    found = (json.loads(line) for line in lines if line.endswith("}"))
    return next((line["t"] for line in found if line["event"] == event), None)
