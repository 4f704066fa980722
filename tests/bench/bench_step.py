"""From the key to the repainted window, beside a naive window with eight plots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from bench_measure import (
    BIG_UNITS,
    UNITS,
    WINDOW,
    Data,
    Row,
    median,
    open_window,
    p95,
    paint,
    settle,
    timed,
)

STEPS = 300
CHUNK = 50
FRAME_MS = 16.7


def rows(data: Data) -> list[Row]:
    naive = Naive()
    out = []
    figures = {}
    for n in (UNITS, BIG_UNITS[0]):
        window = open_window(data, data.units(n))
        ours, theirs = in_turn(stepper(window), naive.step)
        window.close()
        figures[n] = p95(ours)
        what, beside = f"step, Unit layout, {n:,} units", "naive window, 8 plots"
        out.append(Row(f"{what}, median", median(ours), reference=median(theirs), beside=beside))
        out.append(Row(f"{what}, p95", p95(ours), "ms", FRAME_MS, p95(theirs), beside))
    what = f"step p95, {BIG_UNITS[0]:,} units"
    beside = f"{UNITS:,} units"
    out.append(Row(what, figures[BIG_UNITS[0]], "ms", None, figures[UNITS], beside, 1.3))
    naive.close()
    return out


def stepper(window: Any) -> Callable[[], None]:
    """Return a call that presses Down and waits until every panel is repainted."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    window.show_layout("unit")
    settle()

    def step() -> None:
        QTest.keyClick(window.unit_table, Qt.Key.Key_Down)
        paint()

    for _ in range(40):  # to the table's lower edge, from where each step scrolls
        step()
    return step


def in_turn(
    ours: Callable[[], None], theirs: Callable[[], None]
) -> tuple[list[float], list[float]]:
    """Time both, some steps of each at a time."""
    a: list[float] = []
    b: list[float] = []
    while len(a) < STEPS:
        a += [timed(ours) for _ in range(CHUNK)]
        b += [timed(theirs) for _ in range(CHUNK)]
    return a, b


class Naive:
    """Eight visible plots, cleared and plotted anew at each step."""

    def __init__(self) -> None:
        import pyqtgraph as pg

        from bcviewer.frame.application import application

        application()
        self._rng = np.random.default_rng(0)
        self._window = pg.GraphicsLayoutWidget(size=WINDOW)
        self._plots = [self._window.addPlot(i // 4, i % 4) for i in range(8)]
        self._window.show()
        settle()

    def step(self) -> None:
        for plot in self._plots:
            plot.clear()
            plot.plot(self._rng.normal(size=82))
        paint()

    def close(self) -> None:
        self._window.close()
