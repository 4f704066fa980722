"""What the benchmarks share: a row of the table, statistics, the real window, the data."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

REPO = Path(__file__).resolve().parents[2]
UNITS = 1_316
BIG_UNITS = (100_000, 1_000_000)
SPIKES = 50_000_000
WINDOW = (1440, 900)
WAIT_MS = 120_000
UNITS_FILE = "templates._bc_qMetrics.parquet"
PARAMS_FILE = "_bc_parameters._bc_qMetrics.parquet"


@dataclass(frozen=True)
class Row:
    """A line of the table that ``run.py`` prints.

    ``figure`` and ``reference`` are in the same unit. ``goal`` is the largest figure and
    ``goal_ratio`` the largest figure ÷ reference that is wanted.
    """

    what: str
    figure: float
    unit: str = "ms"
    goal: float | None = None
    reference: float | None = None
    beside: str = ""
    goal_ratio: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The figure in units of the reference."""
        return self.figure / self.reference if self.reference else None

    @property
    def verdict(self) -> str:
        """Whether the goals are reached; empty where there is none."""
        checks = []
        if self.goal is not None:
            checks.append(self.figure <= self.goal)
        if self.goal_ratio is not None and self.ratio is not None:
            checks.append(self.ratio <= self.goal_ratio)
        return ("yes" if all(checks) else "NO") if checks else ""


def timed(work: Callable[[], object]) -> float:
    """Return how long a call takes, ms."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    return float(np.percentile(values, 95))


def interleaved(
    first: Callable[[], object], second: Callable[[], object], times: int
) -> tuple[list[float], list[float]]:
    """Time two calls in turn, so that what else the machine does falls on both."""
    a, b = [], []
    for _ in range(times):
        a.append(timed(first))
        b.append(timed(second))
    return a, b


# -- data ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Where the recordings are: made in ``work``, or found in ``big`` (of make_big.py)."""

    work: Path
    big: Path | None = None

    def units(self, n: int) -> Path:
        """Return a Kilosort directory with the results of ``n`` units."""
        if self.big is not None and (found := self.big / f"results_{n}" / "kilosort4_A").is_dir():
            return found
        made = self.work / f"results_{n}" / "kilosort4_A"
        if not made.is_dir():
            make_results(made, n)
        return made

    def spikes(self, n: int = SPIKES) -> Path | None:
        """Return the Kilosort directory with so many spikes; None where make_big.py is not."""
        for folder in (self.big, self.work):
            if folder is not None and (found := folder / f"spikes_{n}" / "kilosort4_A").is_dir():
                return found
        script = shared_data() / "make_big.py"
        if not script.is_file():
            return None
        command = [sys.executable, str(script), str(self.work), "--units", "--ks-spikes", str(n)]
        subprocess.run(command, capture_output=True, check=True)
        return self.work / f"spikes_{n}" / "kilosort4_A"


def shared_data() -> Path:
    """Return the folder of shared recordings, which may not be there."""
    return Path(os.environ.get("BCVIEWER_SHARED_DATA") or REPO.parent / "shared" / "data")


def make_results(folder: Path, n: int) -> None:
    """Write the results of ``n`` units, rows of the demo's drawn at random and varied by 15 %.

    They carry the labels that our rules give them: no unit's labels disagree.
    """
    import pandas as pd

    from bcviewer.core.audit.audit import audit
    from bcviewer.core.rules.labels import LABEL_NAMES
    from bcviewer.io.results.bombcell import read_run
    from bcviewer.io.results.find import find_runs

    sources = sorted((REPO / "resources" / "demo").glob(f"*/bombcell/*DEFAULT/*/*/{UNITS_FILE}"))
    frames = [pd.read_parquet(path) for path in sources]
    source = pd.concat([f[f["nSpikes"] > 0] for f in frames], ignore_index=True)
    rng = np.random.default_rng([0, n])
    frame = source.iloc[rng.integers(len(source), size=n)].reset_index(drop=True)
    for name in frame.columns:
        values = frame[name].to_numpy()
        if values.dtype.kind == "f" and not np.array_equal(values, np.round(values)):
            frame[name] = values * rng.lognormal(0, 0.15, n)
    frame["presenceRatio"] = frame["presenceRatio"].clip(0, 1)
    frame["phy_clusterID"] = np.arange(n)
    results = folder / "bombcell"
    results.mkdir(parents=True)
    pd.read_parquet(sources[-1].with_name(PARAMS_FILE)).to_parquet(results / PARAMS_FILE)
    frame.to_parquet(results / UNITS_FILE)
    run = read_run(find_runs(str(folder))[0])
    frame["bc_unitType"] = np.array(LABEL_NAMES, object)[audit(run).label]
    frame.to_parquet(results / UNITS_FILE)
    tsv = frame[["phy_clusterID", "bc_unitType"]].rename(columns={"phy_clusterID": "cluster_id"})
    tsv.to_csv(folder / "cluster_bc_unitType.tsv", sep="\t", index=False)


def environment(work: Path) -> dict[str, str]:
    """Return the environment of a process that opens the window: offscreen, settings apart.

    Byte code is kept, whatever this process is told: who compiles all its modules at each start
    is measured as no installed program is.
    """
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "PYTHONPYCACHEPREFIX": str(work / "bytecode"),
        "QT_QPA_PLATFORM": "offscreen",
        "QT_SCALE_FACTOR": "1",
        "BCVIEWER_CONFIG_DIR": str(work / "settings"),
    }


# -- the window ------------------------------------------------------------------------------


def open_window(data: Data, path: Path, verified: bool = True) -> Any:
    """Return the real window with a recording, loaded, verified by bombcell and at rest."""
    os.environ.update(environment(data.work))
    from bcviewer.main import start

    _, window = start([str(path)])
    window.resize(*WINDOW)
    if not window.session.wait_idle(WAIT_MS):
        sys.exit(f"{path}: not loaded in {WAIT_MS // 1000} s")
    if verified:
        window.session.wait_verified(WAIT_MS)
    settle()
    return window


def settle(times: int = 20) -> None:
    """Handle what is pending."""
    for _ in range(times):
        paint()


def paint() -> None:
    """Handle events until nothing is left to lay out or to paint.

    One pass is not enough: what is painted can post a layout, which posts another painting, and a
    change that only posts its painting would look faster without being so.
    """
    from PySide6.QtCore import QCoreApplication

    watch = _watch()
    for _ in range(50):
        watch.seen = 0
        QCoreApplication.processEvents()
        if not watch.seen:
            return


@cache
def _watch() -> Any:
    """Return what counts the application's layouts and paintings."""
    from PySide6.QtCore import QCoreApplication, QEvent, QObject

    counted = {QEvent.Type.Paint, QEvent.Type.UpdateRequest, QEvent.Type.LayoutRequest}

    class Watch(QObject):
        seen = 0

        def eventFilter(self, _: QObject, event: QEvent) -> bool:
            self.seen += event.type() in counted
            return False

    watch = Watch()
    QCoreApplication.instance().installEventFilter(watch)
    return watch


def until_painted(action: Callable[[], object]) -> Callable[[], None]:
    """Return a call that does something and waits until the window has been repainted."""

    def work() -> None:
        action()
        paint()

    return work
