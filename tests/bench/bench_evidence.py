"""Steps and jumps with the evidence of each unit drawn, at few and at 50,000,000 spikes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from bench_measure import SPIKES, WAIT_MS, Data, Row, median, open_window, p95, paint, settle, timed
from bench_plots import STEP_MS, spread
from bench_step import FRAME_MS, Naive

FEW = 95_000
"""Spikes of the recording to compare with; the units are the same."""
STEPS, JUMPS = 200, 60
REPEAT_MS = 33
"""A key that is held repeats 30 times a second."""
JUMP_MS = 150.0


def rows(data: Data) -> list[Row]:
    few, many = data.spikes(FEW), data.spikes(SPIKES)
    if few is None or many is None:
        return []  # make_big.py is not here
    out: list[Row] = []
    figures = {}
    naive = Naive()
    beside = "naive window, 8 plots"
    for n, path in ((FEW, few), (SPIKES, many)):
        window = open_window(data, path)
        units = f"2,000 units, {n:,} spikes"
        step = stepper(window)
        theirs = [timed(naive.step) for _ in range(50)]
        ours = at_pace(window, step, STEPS)
        figures[n] = p95(ours)
        what = f"step, Unit layout, evidence drawn, {units}"
        out.append(Row(f"{what}, median", median(ours), reference=median(theirs), beside=beside))
        out.append(Row(f"{what}, p95", p95(ours), "ms", FRAME_MS, p95(theirs), beside))
        jumps = [timed(jump) for jump in jumper(window)]
        what = f"jump to any unit, evidence complete, {units}"
        out.append(Row(f"{what}, median", median(jumps)))
        out.append(Row(f"{what}, p95", p95(jumps), "ms", JUMP_MS, p95(theirs), beside))
        spread(window)
        at_pace(window, step, 20)
        ours = at_pace(window, step, STEPS // 2)
        what = f"step, all {len(window.docks)} docks, {units}, p95"
        out.append(Row(what, p95(ours), "ms", STEP_MS, p95(theirs), beside))
        window.close()
        settle()
    what = f"step, Unit layout, p95, {SPIKES:,} spikes"
    out.append(Row(what, figures[SPIKES], "ms", None, figures[FEW], f"{FEW:,} spikes", 1.3))
    naive.close()
    return out


def stepper(window: Any) -> Callable[[], None]:
    """Return a call that presses Down and waits until every panel shows the next unit."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    window.show_layout("unit")
    settle()

    def step() -> None:
        QTest.keyClick(window.unit_table, Qt.Key.Key_Down)
        paint()
        complete(window)

    for _ in range(40):  # to the table's lower edge, from where each step scrolls
        step()
        rest()
    return step


def complete(window: Any) -> None:
    """Wait until nothing is awaited of the current unit, and that is painted."""
    if window.session.background.evidence.busy:
        window.session.wait_idle(WAIT_MS)
        paint()


def rest() -> None:
    """Let the time pass that a held key leaves between two steps."""
    end = time.perf_counter() + REPEAT_MS / 1e3
    while time.perf_counter() < end:
        paint()
        time.sleep(0.001)


def at_pace(window: Any, step: Callable[[], None], n: int) -> list[float]:
    """Time steps that come as fast as a held key repeats."""
    out = []
    for i in range(n):
        if window.session.view.place[window.session.current] + 2 >= window.session.view.n_shown:
            window.session.go_to_place(i % 7)
            settle()
        out.append(timed(step))
        rest()
    return out


def jumper(window: Any) -> list[Callable[[], None]]:
    """Return jumps to units all over the table, each far from those before."""
    session = window.session
    places = np.random.default_rng(0).permutation(session.view.n_shown)[:JUMPS]

    def jump_to(place: int) -> Callable[[], None]:
        def jump() -> None:
            session.go_to_place(place)
            paint()
            complete(window)

        return jump

    return [jump_to(int(place)) for place in places]
