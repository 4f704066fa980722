"""The audit without a window: beside the notebook's way, by rules, and from file to frame."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from bench_measure import BIG_UNITS, UNITS, UNITS_FILE, Data, Row, interleaved, median, timed
from factories import sheet_of

from bcviewer.core.audit.audit import audit
from bcviewer.core.rules.rules import RULES
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.frame import to_frame
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs

NOTEBOOK_UNITS = 10_000


def rows(data: Data) -> list[Row]:
    small, big, huge = (data.units(n) for n in (UNITS, *BIG_UNITS))
    return [per_unit(big), *reevaluated(small, big), *file_to_frame(huge)]


def read(path: Path) -> Run:
    return read_run(find_runs(str(path))[0])


def per_unit(path: Path) -> Row:
    """Compare with the notebook's cost, µs a unit."""
    run = read(path)
    part = pd.read_parquet(path / "bombcell" / UNITS_FILE).head(NOTEBOOK_UNITS)
    theirs = timed(lambda: notebook(part, run)) * 1e3 / len(part)
    ours = [timed(lambda: audit(run)) for _ in range(7)]
    figure = median(ours) * 1e3 / run.n_units
    theirs = (theirs + timed(lambda: notebook(part, run)) * 1e3 / len(part)) / 2
    what = f"audit, {run.n_units:,} units, for each"
    return Row(what, figure, "µs", None, theirs, "the notebook's way", 0.01)


def notebook(frame: pd.DataFrame, run: Run) -> pd.DataFrame:
    """Audit as the notebook does: flag columns, each unit's reasons, then reason × class."""
    frame, thresholds = frame.copy(), run.criteria.thresholds
    names = []
    for rule in RULES:
        if rule.flag and rule.metric in frame and rule.parameter in thresholds:
            value, limit = frame[rule.metric], thresholds[rule.parameter]
            frame[rule.flag] = value > limit if rule.op == ">" else value < limit
            names.append(rule.flag)
    labels, reasons = frame["bc_unitType"], {}
    for i, row in frame[names].iterrows():
        reasons[i] = " | ".join(name for name in names if row[name])
    frame["classification_reason"] = pd.Series(reasons)
    counts = {}
    for label in labels.unique():
        subset = frame[labels == label]
        counts[label] = {
            name: int(subset["classification_reason"].str.contains(name, regex=False).sum())
            for name in names
        }
    return pd.DataFrame(counts)


def reevaluated(small: Path, big: Path) -> list[Row]:
    """Apply all rules with another threshold, as the what-if panel will."""
    out = []
    for path, goal in ((small, 16.7), (big, 100.0)):
        run = read(path)
        moved = [run.criteria.replace(minPresenceRatio=0.5 + i / 100) for i in range(20)]
        figures = [timed(lambda p=p, run=run: audit(run, p)) for p in moved]
        what = f"all rules with another threshold, {run.n_units:,} units"
        out.append(Row(what, median(figures), "ms", goal, note="rules alone, no window"))
    return out


def file_to_frame(path: Path) -> list[Row]:
    """Audit a million units, and go from the file to pandas' frame."""
    file = path / "bombcell" / UNITS_FILE
    run = read(path)
    ours, bare = interleaved(lambda: audit(run), lambda: run.units.to_frame(), 3)
    whole, reading = interleaved(lambda: frame_of(path), lambda: pd.read_parquet(file), 3)
    n = f"{run.n_units:,} units"
    beside = "pandas.read_parquet"
    return [
        Row(f"audit, {n}", median(ours) / 1e3, "s", 1.0, median(bare) / 1e3, "DataFrame(columns)"),
        Row(f"file to frame, {n}", median(whole) / 1e3, "s", 3.0, median(reading) / 1e3, beside),
    ]


def frame_of(path: Path) -> pd.DataFrame:
    run = read(path)
    return to_frame(sheet_of(run))
