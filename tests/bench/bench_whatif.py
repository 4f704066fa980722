"""What-if and comparison: all step curves, and why labels differ, beside one audit in turn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from bench_audit import read
from bench_measure import BIG_UNITS, UNITS, Data, Row, interleaved, median

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


def rows(data: Data) -> list[Row]:
    out = []
    for n, goals in ((UNITS, (8.0, 200.0)), (BIG_UNITS[0], (160.0, None))):
        out += of_units(data.units(n), *goals)
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
    tasks = (
        ("all step curves", lambda: step_curves(run, run.criteria, judged), curves_goal),
        ("a proposal's labels and answers", lambda: what_if(inputs, proposal), None),
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
