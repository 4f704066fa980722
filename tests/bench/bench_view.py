"""Sorting and filtering in the window, and the chips, beside pandas doing the bare minimum."""

from __future__ import annotations

from typing import Any

import pandas as pd
from bench_measure import (
    BIG_UNITS,
    UNITS,
    UNITS_FILE,
    Data,
    Row,
    interleaved,
    median,
    open_window,
    p95,
    settle,
    until_painted,
)

TIMES = 9
GOALS = {UNITS: 50.0, BIG_UNITS[0]: 50.0, BIG_UNITS[1]: 500.0}
COLUMNS = ("rawAmplitude", "label", "depth_um", "presenceRatio", "attention")
FILTERS = (
    "presenceRatio < 0.7 and label == 'MUA'",
    "rawAmplitude / signalToNoiseRatio > 5 or nPeaks in (2, 3)",
    "missing(spatialDecaySlope) or reason contains 'drift'",
)


def rows(data: Data) -> list[Row]:
    out = []
    for n in (UNITS, *BIG_UNITS):
        path = data.units(n)
        frame = pd.read_parquet(path / "bombcell" / UNITS_FILE)
        window = open_window(data, path)
        goal = GOALS[n]
        for what, figures, reference, beside in (
            ("sort", *sorts(window, frame)),
            ("filter", *filters(window, frame)),
            ("class chip", *chips(window, frame)),
        ):
            name = f"{what}, {n:,} units, to the repainted window"
            out.append(Row(f"{name}, median", median(figures), "ms", goal, reference, beside))
            out.append(Row(f"{name}, p95", p95(figures), "ms", goal))
        window.close()
        settle()
    return out


def sorts(window: Any, frame: pd.DataFrame) -> tuple[list[float], float, str]:
    """Sort by columns of each kind, both ways; no order is in memory from before."""
    session, ours, theirs = window.session, [], []
    for i in range(TIMES):
        key, down = COLUMNS[i % len(COLUMNS)], i % 2 == 1
        session.table._orders.clear()
        session.stage.become(sort=type(session.sort)("nSpikes", not down))
        a, b = interleaved(
            until_painted(lambda k=key, d=down: session.set_sort(k, d)),
            lambda d=down: frame.sort_values("rawAmplitude", ascending=not d),
            1,
        )
        ours += a
        theirs += b
    session.set_sort("attention")
    return ours, median(theirs), "DataFrame.sort_values"


def filters(window: Any, frame: pd.DataFrame) -> tuple[list[float], float, str]:
    """Apply texts, and take them away."""
    session, ours, theirs = window.session, [], []
    for i in range(TIMES):
        text = FILTERS[i % len(FILTERS)]
        a, b = interleaved(
            until_painted(lambda t=text: session.set_filter(t)),
            lambda: frame[(frame["presenceRatio"] < 0.7) & (frame["bc_unitType"] == "MUA")],
            1,
        )
        c, _ = interleaved(until_painted(session.clear_filter), lambda: None, 1)
        ours += a + c
        theirs += b
    return ours, median(theirs), "DataFrame[mask]"


def chips(window: Any, frame: pd.DataFrame) -> tuple[list[float], float, str]:
    """Switch class chips and the others on and off."""
    from bcviewer.core.rules.labels import Label

    session, ours, theirs = window.session, [], []
    toggles = (
        lambda: session.toggle_class(Label.MUA),
        lambda: session.toggle_chip("borderline"),
        lambda: session.toggle_class(Label.MUA),
        lambda: session.toggle_chip("borderline"),
    )
    for i in range(12):
        toggle = toggles[i % len(toggles)]
        a, b = interleaved(until_painted(toggle), lambda: frame[frame["bc_unitType"] == "MUA"], 1)
        ours += a
        theirs += b
    return ours, median(theirs), "DataFrame[mask]"
