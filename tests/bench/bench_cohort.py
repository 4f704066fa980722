"""A cohort of 1,000 runs of 620 units: built, built again, opened, filtered, judged anew.

Where Dask is installed it is built by a scheduler of two workers, too, and again with one killed
half-way: the files must be those of the build without.

python tests/bench/bench_cohort.py [FOLDER]   the rows alone; the lab is made in FOLDER once
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from bench_measure import REPO, UNITS_FILE, Data, Row, interleaved, median, timed

RUNS = 1_000
UNITS = 620
FEW = 300
"""Runs that are audited for the reference."""
FILTERS = (
    "presenceRatio < 0.7 and bombcell_label == 'MUA'",
    "family in ('weak', 'incomplete')",
    "classification_reason contains 'presence'",
)
TRIED = {"minPresenceRatio": 0.6, "minNumSpikes": 200.0}


def rows(data: Data) -> list[Row]:
    lab = data.work / "lab"
    if not lab.is_dir():
        make_lab(lab)
    folder = data.work / "cohort"
    shutil.rmtree(folder, ignore_errors=True)
    some = [str(path) for path in sorted(lab.iterdir())[: FEW // 2]]
    audited = timed(lambda: run("audit", *some)) / 1e3 * RUNS / FEW
    built = timed(lambda: run("cohort", str(lab), "-o", str(folder), "--jobs", "2")) / 1e3
    walked = timed(lambda: walk(lab)) / 1e3
    again = timed(lambda: run("cohort", str(lab), "-o", str(folder))) / 1e3
    size = (folder / "units.parquet").stat().st_size / 1e6
    what = f"cohort, {RUNS:,} runs of {UNITS}:"
    reference = f"bcviewer audit of {FEW} of them, × {RUNS / FEW:.2g}"
    out = [
        Row(f"{what} from nothing, 2 jobs", built, "s", 15.0, audited, reference),
        Row(f"{what} again", again, "s", 1.0, walked, "names, sizes, times of its files"),
    ]
    out += of_cluster(lab, folder, what, built)
    return [*out, *of_opened(folder, what, f"units.parquet {size:.0f} MB")]


def of_cluster(lab: Path, alone: Path, what: str, built: float) -> list[Row]:
    try:
        from distributed import LocalCluster
    except ImportError:
        return []
    out = []
    beside = "from nothing, 2 jobs"
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as cluster:
        for how in ("Dask, 2 workers", "Dask, 2 workers, one killed half-way"):
            folder = alone.with_name("by_dask")
            shutil.rmtree(folder, ignore_errors=True)
            to = ("cohort", str(lab), "-o", str(folder), "--scheduler", cluster.scheduler_address)
            start = time.perf_counter()
            process = subprocess.Popen(command(*to), cwd=REPO, stdout=subprocess.DEVNULL)
            if "killed" in how:
                kill_half_way(cluster, process, folder)
            if process.wait():
                raise SystemExit(f"{how}: the build failed")
            taken = time.perf_counter() - start
            n = same_files(alone, folder)
            out.append(
                Row(f"{what} {how}", taken, "s", None, built, beside, note=f"{n} files alike")
            )
    return out


def kill_half_way(cluster: Any, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Kill one of the workers as soon as half of the runs are written."""
    from distributed import Client

    with Client(cluster) as client:
        pid = min(client.run(os.getpid).values())
    while sum(1 for _ in folder.glob("units/*/*/*/*.parquet")) < RUNS // 2:
        if process.poll() is not None:
            raise SystemExit("it ended before a worker could be killed")
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)


def same_files(one: Path, other: Path) -> int:
    """Return how many files of units two cohorts have, byte for byte the same in both.

    ``runs.parquet`` says when each run was read: it is compared without that.
    """
    import pyarrow.parquet as pq

    found = {path.relative_to(one) for path in one.glob("units/**/*.parquet")}
    found.add(Path("units.parquet"))
    there = {path.relative_to(other) for path in other.glob("units/**/*.parquet")}
    if found != there | {Path("units.parquet")}:
        raise SystemExit(f"{other}: other files than {one}")
    for path in sorted(found):
        if (one / path).read_bytes() != (other / path).read_bytes():
            raise SystemExit(f"{other / path} differs from {one / path}")
    runs = [pq.read_table(folder / "runs.parquet").drop(["read_at"]) for folder in (one, other)]
    if not runs[0].equals(runs[1]):
        raise SystemExit(f"{other}: its runs.parquet differs")
    return len(found) + 1


def of_opened(folder: Path, what: str, note: str) -> list[Row]:
    import pyarrow.parquet as pq

    from bcviewer.core.comparison.proposal import Proposal
    from bcviewer.io.cohort.opened import open_cohort

    opened = timed(lambda: open_cohort(folder))
    cohort = open_cohort(folder)
    joined = folder / "units.parquet"
    runs = timed(lambda: pq.read_table(folder / "runs.parquet").to_pylist())
    shown = median([of_window(folder) for _ in range(3)])
    out = [
        Row(f"{what} opened", opened, "ms", 1000.0, note=note),
        Row("its window: all of it there", shown, "ms", 1000.0, runs, "its runs read by Arrow"),
    ]
    drawn = np.random.default_rng(0).random(cohort.units.n_units)

    def plain() -> float:
        return timed(lambda: pq.read_table(joined, columns=["presenceRatio", "bombcell_label"]))

    for text in FILTERS:
        first, beside = [], []
        for _ in range(3):
            beside.append(plain())
            first.append(timed(partial(open_cohort(folder).shown, text)))
        cohort.shown(text)
        then, compared = interleaved(partial(cohort.shown, text), lambda: drawn < 0.7, 5)
        arrow = "two columns read by Arrow"
        out.append(Row(f"filter {text}", median(first), "ms", 100.0, median(beside), arrow))
        numpy = "one comparison"
        out.append(Row("  once more", median(then), "ms", 100.0, median(compared), numpy))
    proposal = Proposal.of(TRIED)
    out.append(Row("what if over all units, first", timed(lambda: cohort.what_if(proposal))))
    out.append(Row("  once more", timed(lambda: cohort.what_if(proposal))))
    return out


def of_window(folder: Path) -> float:
    """Return how long a window takes until its runs, and what costs them GOOD, are painted."""
    from bcviewer.app.prefs import Prefs
    from bcviewer.frame.application import application
    from bcviewer.frame.cohort_window import CohortWindow

    app, prefs = application(), Prefs()

    def shown() -> None:
        window = CohortWindow(folder, prefs, print)
        window.remember = False
        window.show()
        window.desk.under_way.wait(None)
        app.processEvents()
        window.grab()
        window.close()

    return timed(shown)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "bcviewer", *arguments]


def run(*arguments: str) -> None:
    subprocess.run(command(*arguments), check=True, capture_output=True, cwd=REPO)


def walk(folder: Path) -> int:
    """Return how many files there are, having asked each for its size and time."""
    n, left = 0, [folder]
    while left:
        with os.scandir(left.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    left.append(Path(entry.path))
                else:
                    entry.stat()
                    n += 1
    return n


def make_lab(folder: Path, runs: int = RUNS) -> None:
    """Make recordings of two probes: units drawn from the demo's, files of Kilosort linked."""
    import pandas as pd

    found = sorted((REPO / "resources" / "demo").glob("*/bombcell/*_DEFAULT/kilosort4_*"))
    table = Path("bombcell") / UNITS_FILE
    drawn = pd.concat([pd.read_parquet(path / table) for path in found], ignore_index=True)
    rng = np.random.default_rng(0)
    for i in range(runs):
        source, probe = found[i % len(found)], "AB"[i % 2]
        made = folder / f"rec{i // 2:04d}" / "bombcell" / "bombcell_DEFAULT" / f"kilosort4_{probe}"
        for path in source.rglob("*"):
            if path.is_file() and path.name != UNITS_FILE:
                to = made / path.relative_to(source)
                to.parent.mkdir(parents=True, exist_ok=True)
                link(path, to)
        frame = drawn.iloc[rng.integers(len(drawn), size=UNITS)].reset_index(drop=True)
        for name in ("presenceRatio", "signalToNoiseRatio", "rawAmplitude"):
            frame[name] = frame[name] * rng.uniform(0.8, 1, UNITS)
        frame["phy_clusterID"] = np.arange(UNITS)
        frame.to_parquet(made / table)


def link(path: Path, to: Path) -> None:
    try:
        os.link(path, to)
    except OSError:  # another drive
        shutil.copyfile(path, to)


if __name__ == "__main__":
    from run import line_of

    with tempfile.TemporaryDirectory(prefix="bcviewer-bench-") as made:
        place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(made)
        for line in map(line_of, rows(Data(place))):
            sys.stdout.write(f"{line}\n")
