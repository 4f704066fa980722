"""How long a bundle takes to start, beside an installation by pip, on the same machine.

    python packaging/start_ratio.py OUT/bcviewer/bcviewer VENV/bin/bcviewer [TIMES]

Both open the demo, in turn, each in settings of its own. What is printed are medians: the age of
the process when the table was painted and when Bombcell had agreed, and how long processors had
worked by then. On a machine with other work the last is the better measure. Exit status 1: the
bundle is over its goals. Linux only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

GOALS = {"painted": 1.3, "verified": 1.5}
"""By milestone the most that the bundle may take, of what pip's takes."""
LONGEST_S = 120.0


def main(bundle: str, installed: str, times: int = 7) -> int:
    """Measure, print, and return the exit status."""
    programs = {"bundle": bundle, "pip": installed}
    found: dict[str, list[dict[str, tuple[float, float]]]] = {name: [] for name in programs}
    with tempfile.TemporaryDirectory(prefix="bcviewer-start-") as folder:
        for turn in range(times + 1):
            for name, program in programs.items():
                milestones = start(program, Path(folder, name))
                if turn:  # the first one reads all files from the disk, and writes byte code
                    found[name].append(milestones)
    over = False
    for event, goal in GOALS.items():
        wall, worked = (
            {name: median(run[event][i] for run in runs) for name, runs in found.items()}
            for i in (0, 1)
        )
        ratio, of_work = wall["bundle"] / wall["pip"], worked["bundle"] / worked["pip"]
        over |= min(ratio, of_work) > goal
        print(
            f"{event}: {wall['bundle']:.2f} s against {wall['pip']:.2f} s: {ratio:.2f} ×; "
            f"processors {worked['bundle']:.2f} s against {worked['pip']:.2f} s: {of_work:.2f} × "
            f"(at most {goal} ×, {times} times)"
        )
    return int(over)


def start(program: str, settings: Path) -> dict[str, tuple[float, float]]:
    """Open the demo until it is verified; return age and work, s, at each milestone."""
    settings.mkdir(exist_ok=True)
    trace = settings / "trace.jsonl"
    trace.unlink(missing_ok=True)
    given = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment = {"QT_QPA_PLATFORM": "offscreen", **given, "BCVIEWER_CONFIG_DIR": str(settings)}
    begun = time.monotonic()
    process = subprocess.Popen(
        [program, "demo", "--trace", str(trace)], env=environment, stdout=subprocess.DEVNULL
    )
    found: dict[str, tuple[float, float]] = {}
    try:
        while len(found) < len(GOALS):
            if time.monotonic() - begun > LONGEST_S or process.poll() is not None:
                raise SystemExit(f"{program}: it did not come to the end: {found}")
            for event in reached(trace) - found.keys():
                found[event] = time.monotonic() - begun, work_of(process.pid)
            time.sleep(0.01)
    finally:
        process.terminate()
        process.wait()
    return found


def reached(trace: Path) -> set[str]:
    """Return the milestones that a trace has."""
    lines = trace.read_text("utf-8").splitlines() if trace.exists() else []
    return {json.loads(line)["event"] for line in lines if line.endswith("}")} & GOALS.keys()


def work_of(pid: int) -> float:
    """Return how long processors worked for a process and all that it started, s."""
    ticks = 0
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks = sum(map(int, after_name[11:15]))  # its own, and that of children that ended
        children = [
            int(child)
            for listed in Path(f"/proc/{pid}/task").glob("*/children")
            for child in listed.read_text().split()
        ]
    except OSError:  # it ended meanwhile
        children = []
    return ticks / os.sysconf("SC_CLK_TCK") + sum(map(work_of, children))


if __name__ == "__main__":
    bundle_program, installed_program, *rest = sys.argv[1:]
    raise SystemExit(main(bundle_program, installed_program, *map(int, rest)))
