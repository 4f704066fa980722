"""What-if and comparison: all step curves, and why labels differ, beside one audit in turn."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from pathlib import Path

import numpy as np
from bench_audit import read
from bench_measure import (
    BIG_UNITS,
    UNITS,
    Data,
    Row,
    interleaved,
    median,
    open_window,
    p95,
    paint,
    settle,
    timed,
)
from bench_step import FRAME_MS, Naive

from bcviewer.core.audit.again import audit_again
from bcviewer.core.audit.audit import audit
from bcviewer.core.comparison.comparison import RunVerdict, compare
from bcviewer.core.comparison.curves import step_curves
from bcviewer.core.comparison.pairing import itself
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.what_if import what_if
from bcviewer.core.run.run import Run, SavedTable
from bcviewer.core.sheet.inputs import Inputs

MOVED = {
    "maxNTroughs": 2.0,
    "maxRPVviolations": 0.2,
    "minPresenceRatio": 0.5,
    "minNumSpikes": 100.0,
    "minAmplitude": 25.0,
    "splitGoodAndMua_NonSomatic": True,
}
"""Six parameters, as in a real pair of runs."""
BESIDE = "one audit"
VALUES = [0.5 + 0.01 * i for i in range(20)]
MOVES, CHUNK = 100, 20


def rows(data: Data) -> list[Row]:
    out = []
    for n, goals in ((UNITS, (8.0, 200.0)), (BIG_UNITS[0], (160.0, None))):
        out += of_units(data.units(n), *goals)
    naive = Naive()
    for n, goal in ((UNITS, FRAME_MS), (BIG_UNITS[0], 100.0)):
        for layout in ("metrics", "unit"):
            out += of_window(data, n, layout, goal, naive)
    naive.close()
    return out


def of_window(data: Data, n: int, layout: str, goal: float, naive: Naive) -> list[Row]:
    """From a moved threshold to the repainted window, beside a naive window with eight plots.

    Cost curves are on. They follow when the hand rests: how long all in sight take is a row.
    """
    from bcviewer.app.wishes import Propose

    window = open_window(data, data.units(n), verified=False)
    window.show_layout(layout)
    settle()
    values = cycle([*VALUES, *reversed(VALUES)])

    def move() -> None:
        window.wires.grant(Propose("minPresenceRatio", next(values), goes_on=True))
        paint()

    for _ in range(3):  # plots are built, and what the other rules say is sorted out
        move()
    ours: list[float] = []
    theirs: list[float] = []
    while len(ours) < MOVES:
        ours += [timed(move) for _ in range(CHUNK)]
        theirs += [timed(naive.step) for _ in range(CHUNK)]
    what = f"a threshold moved, {layout.capitalize()} layout, {n:,} units"
    beside = "naive window, 8 plots"
    out = [
        Row(f"{what}, median", median(ours), reference=median(theirs), beside=beside),
        Row(f"{what}, p95", p95(ours), "ms", goal, p95(theirs), beside),
    ]
    if layout == "metrics":
        curves = []
        for _ in range(9):
            move()
            curves.append(timed(lambda: (window.panels["histograms"].settle(), paint())))
        out.append(Row(f"{what}: all curves after it", median(curves)))
    window.close()
    return out


def of_units(path: Path, curves_goal: float, compare_goal: float | None) -> list[Row]:
    run = read(path)
    judged = audit(run)
    proposal = Proposal.of(MOVED)
    after = remeasured(run)
    proposed = RunVerdict(run, proposal.on(run.criteria))
    other = RunVerdict(after, proposal.on(run.criteria))
    pairing = itself(run)
    inputs = Inputs.of(run)
    moves = cycle([run.criteria.replace(minPresenceRatio=value) for value in VALUES])
    tasks = (
        ("all step curves", lambda: step_curves(run, run.criteria, judged), curves_goal),
        ("a proposal's labels and answers", lambda: what_if(inputs, proposal), None),
        ("one rule moved, judged again", lambda: audit_again(run, next(moves)), None),
        (
            "why labels differ, same run",
            lambda: compare(RunVerdict.of(run), proposed, pairing),
            None,
        ),
        ("why, measured anew", lambda: compare(RunVerdict.of(run), other, pairing), compare_goal),
    )
    out = []
    for what, task, goal in tasks:
        ours, theirs = interleaved(task, lambda: audit(run), 9)
        name = f"{what}, {run.n_units:,} units"
        out.append(Row(name, median(ours), "ms", goal, median(theirs), BESIDE))
    return out


def remeasured(run: Run) -> Run:
    """Return a run of the same units whose metrics came out a little otherwise."""
    rng = np.random.default_rng(0)
    columns = {
        name: column * rng.normal(1, 0.1, len(column)) if column.dtype == np.float64 else column
        for name, column in run.units.columns.items()
        if name not in ("nSpikes", "nPeaks", "nTroughs")
    }
    kept = {**run.units.columns, **columns}
    return replace(run, units=SavedTable.from_columns(kept))
