"""What the plots cost: redrawn after a filter change, and a step with every dock on screen."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from bench_measure import (
    BIG_UNITS,
    UNITS,
    UNITS_FILE,
    WINDOW,
    Data,
    Row,
    interleaved,
    median,
    open_window,
    p95,
    settle,
    until_painted,
)
from bench_step import Naive, in_turn, stepper
from bench_view import FILTERS

TIMES = 6
REDRAW_MS = 100.0
STEP_MS = 50.0
LAYOUTS = ("overview", "metrics")
SCOPES = ("shown", "all")
LARGE = (2560, 1440)
COLUMNS = 6
"""Columns that every dock on screen makes beside the table."""
LEAST = 200
"""Pixels that each of them has at least, both ways."""


def rows(data: Data) -> list[Row]:
    return [*redraws(data), *steps(data)]


# -- a filter change -------------------------------------------------------------------------


def redraws(data: Data) -> list[Row]:
    n = BIG_UNITS[0]
    path = data.units(n)
    frame = pd.read_parquet(path / "bombcell" / UNITS_FILE)
    window = open_window(data, path)
    out = []
    for layout in LAYOUTS:
        window.show_layout(layout)
        window.resize(*WINDOW)
        settle()
        for scope in SCOPES:
            set_scopes(window, scope)
            figures, theirs = filtered(window, frame)
            what = f"filter, {layout.capitalize()} layout, scope {scope}, {n:,} units"
            beside = "DataFrame[mask]"
            out.append(Row(f"{what}, median", median(figures), "ms", REDRAW_MS, theirs, beside))
            out.append(Row(f"{what}, p95", p95(figures), "ms", REDRAW_MS))
        set_scopes(window, "all")
    window.close()
    settle()
    return out


def set_scopes(window: Any, scope: str) -> None:
    """Give every plot a scope."""
    for panel in window.panels.values():
        if (box := getattr(panel, "scope", None)) is not None:
            box.setCurrentIndex(box.findData(scope))
    settle()


def filtered(window: Any, frame: pd.DataFrame) -> tuple[list[float], float]:
    """Apply texts that were not applied before, and take them away."""
    session, ours, theirs = window.session, [], []
    for i in range(TIMES):
        text = f"({FILTERS[i % len(FILTERS)]}) and nSpikes > {i}"
        a, b = interleaved(
            until_painted(lambda t=text: session.set_filter(t)),
            lambda: frame[(frame["presenceRatio"] < 0.7) & (frame["bc_unitType"] == "MUA")],
            1,
        )
        c, _ = interleaved(until_painted(session.clear_filter), lambda: None, 1)
        ours += a + c
        theirs += b
    return ours, median(theirs)


# -- a step with every dock on screen --------------------------------------------------------


def steps(data: Data) -> list[Row]:
    naive = Naive()
    out = []
    for n in (UNITS, BIG_UNITS[0]):
        window = open_window(data, data.units(n))
        step = stepper(window)
        spread(window)
        for _ in range(10):
            step()
        ours, theirs = in_turn(step, naive.step)
        what, beside = f"step, all {len(window.docks)} docks, {n:,} units", "naive window, 8 plots"
        window.close()
        settle()
        out.append(Row(f"{what}, median", median(ours), reference=median(theirs), beside=beside))
        out.append(Row(f"{what}, p95", p95(ours), "ms", STEP_MS, p95(theirs), beside))
    naive.close()
    return out


def spread(window: Any) -> None:
    """Put every dock on screen, none a tab: columns of equal width beside the table."""
    from PySide6.QtCore import Qt

    window.remember = False
    window.resize(*LARGE)
    docks = list(window.docks.values())
    for dock in docks:
        dock.setFloating(False)
        window.removeDockWidget(dock)
    columns = [list(part) for part in np.array_split(np.array(docks, object), COLUMNS)]
    heads = [column[0] for column in columns]
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, heads[0])
    for left, head in pairwise(heads):
        window.splitDockWidget(left, head, Qt.Orientation.Horizontal)
    for column in columns:
        for above, dock in pairwise(column):
            window.splitDockWidget(above, dock, Qt.Orientation.Vertical)
    for dock in docks:
        dock.show()
    settle()
    width = LARGE[0] // (COLUMNS + 1)
    window.resizeDocks(heads, [width] * COLUMNS, Qt.Orientation.Horizontal)
    for column in columns:
        height = LARGE[1] // len(column)
        window.resizeDocks(column, [height] * len(column), Qt.Orientation.Vertical)
    settle()
    inside = window.rect()
    for key, dock in window.docks.items():
        size = dock.size()
        seen = dock.isVisible() and inside.contains(dock.geometry())
        if not seen or min(size.width(), size.height()) < LEAST or window.tabifiedDockWidgets(dock):
            raise RuntimeError(f"{key} is not on screen: {dock.geometry()}")
