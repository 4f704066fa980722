"""Measure the rows of the speed goals that exist, and print them beside their references.

    python tests/bench/run.py [--big DIR] [--json FILE] [NAME …]

Each benchmark runs in a process of its own; a figure and its reference are measured in turn in
the same run. Machines differ: compare ratios. ``--big`` (or BCVIEWER_BIG_DATA) is the output
folder of ``make_big.py``; without it the data are made, by ``make_big.py`` where it is found
(BCVIEWER_SHARED_DATA, or ``../shared/data`` beside the repository), else from the demo.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent), str(HERE.parent / "core")]

from bench_measure import BIG_UNITS, Data, Row, environment, shared_data  # noqa: E402 - found above

NAMES = (
    "start",
    "blocking",
    "step",
    "evidence",
    "plots",
    "view",
    "barcode",
    "audit",
    "whatif",
    "book",
    "report",
    "cohort",
    "spikes",
    "label",
    "memory",
)


BIG = {"blocking", "step", "plots", "view", "barcode", "audit", "whatif", "book", "label"}
"""Those of many units."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--big", type=Path, default=os.environ.get("BCVIEWER_BIG_DATA"))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there, too")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)  # one benchmark, for us
    given = parser.parse_args()
    if unknown := set(given.names) - set(NAMES):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    big = Path(given.big) if given.big else None
    if given.work:
        say("\n" + json.dumps([asdict(r) for r in rows_of(given.names[0], given.work, big)]))
        return 0
    with tempfile.TemporaryDirectory(prefix="bcviewer-bench-") as folder:
        rows = measure(given.names or list(NAMES), Path(folder), big)
    if given.json:
        given.json.write_text(json.dumps([asdict(row) for row in rows], indent=1), "utf-8")
    return 0


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def rows_of(name: str, work: Path, big: Path | None) -> list[Row]:
    os.environ.update(environment(work))
    return importlib.import_module(f"bench_{name}").rows(Data(work, big))


def measure(names: list[str], work: Path, big: Path | None) -> list[Row]:
    """Run benchmarks one after the other and print their rows as they come."""
    if big is None and BIG & set(names):
        big = make_big(work)
    say(f"{'':62} {'figure':>12} {'goal':>10}  {'':3} {'ratio':>7}  beside")
    out = []
    for name in names:
        command = [sys.executable, str(Path(__file__).resolve()), name, "--work", str(work)]
        command += ["--big", str(big)] if big else []
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
        if done.returncode:
            say(f"{name}: failed\n{done.stderr}")
            continue
        rows = [Row(**fields) for fields in json.loads(done.stdout.splitlines()[-1])]
        for row in rows:
            say(line_of(row))
        out += rows
    return out


def line_of(row: Row) -> str:
    """Return a row as a line of the table."""
    digits = 2 if row.figure < 10 else 1 if row.figure < 100 else 0
    figure = f"{row.figure:.{digits}f} {row.unit}"
    goal = "" if row.goal is None else f"≤ {row.goal:g} {row.unit}"
    ratio = "" if row.ratio is None else f"{row.ratio:.3g}"
    beside = "" if row.reference is None else f"{row.beside}: {row.reference:.3g} {row.unit}"
    if row.goal_ratio is not None:
        beside += f" (goal ≤ {row.goal_ratio:g} ×)"
    text = f"{row.what:62} {figure:>12} {goal:>10}  {row.verdict:3} {ratio:>7}  {beside}"
    return f"{text}{'  ' * bool(beside)}{row.note}".rstrip()


def make_big(work: Path) -> Path | None:
    """Make the large results with the shared script, where it is."""
    script = shared_data() / "make_big.py"
    if not script.is_file():
        return None
    units = [str(n) for n in BIG_UNITS]
    command = [sys.executable, str(script), str(work / "big"), "--ks-spikes", "0", "--units"]
    done = subprocess.run([*command, *units], capture_output=True, text=True)
    return work / "big" if done.returncode == 0 else None


if __name__ == "__main__":
    sys.exit(main())
