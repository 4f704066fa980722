"""Painting the barcode beside a column of text of the same units, in turn; and making its cells."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from bench_measure import (
    BIG_UNITS,
    UNITS,
    Data,
    Row,
    environment,
    interleaved,
    median,
    p95,
    settle,
    timed,
)

TIMES = 200
SIZE = (260, 760)
GOAL_RATIO = 1.0
"""At the speed of text."""


def rows(data: Data) -> list[Row]:
    import os

    os.environ.update(environment(data.work))
    from bcviewer.frame.application import application

    application()
    out = []
    for n in (UNITS, BIG_UNITS[0]):
        table = sheet(data, n)
        out.append(Row(f"all cells made, {n:,} units", timed(lambda t=table: t.audit.cells), "ms"))
        for what, column, forget in (
            ("barcode", "rules", False),
            ("barcode, no picture kept", "rules", True),
        ):
            ours, theirs = painted(table, column, forget)
            name = f"{what} painted after a jump, {n:,} units"
            out.append(
                Row(
                    f"{name}, median",
                    median(ours),
                    "ms",
                    None,
                    median(theirs),
                    "a column of text",
                    None if forget else GOAL_RATIO,
                )
            )
            out.append(Row(f"{name}, p95", p95(ours), "ms", None, p95(theirs), "a column of text"))
    return out


def sheet(data: Data, n: int) -> Any:
    """Return the sheet of a run of so many units."""
    from bcviewer.core.sheet.derive import derive
    from bcviewer.core.sheet.inputs import Inputs
    from bcviewer.io.results.bombcell import read_run
    from bcviewer.io.results.find import find_runs

    return derive(Inputs.of(read_run(find_runs(str(data.units(n)))[0])))


def painted(table: Any, column: str, forget: bool) -> tuple[list[float], list[float]]:
    """Paint two tables of one column each at the same places, drawn at random."""
    ours, theirs = view_of(table, column), view_of(table, "reason")
    places = random.Random(0)
    most = ours.verticalScrollBar().maximum()

    def jump() -> None:
        place = places.randrange(most)
        for view in (ours, theirs):
            view.verticalScrollBar().setValue(place)

    def paint(view: Any) -> Callable[[], None]:
        return view.viewport().repaint

    first, second = [], []
    for _ in range(TIMES):
        jump()
        if forget:
            ours._barcode.retheme()
        a, b = interleaved(paint(ours), paint(theirs), 1)
        first += a
        second += b
    for view in (ours, theirs):
        view.close()
        view.deleteLater()
    settle()
    return first, second


def view_of(table: Any, column: str) -> Any:
    """Return a table on screen that shows one column of all units, and freezes none."""
    from bcviewer.widgets.table.unit_table import UnitTable

    view = UnitTable()
    view.set_frozen_count(0)
    view.resize(*SIZE)
    rows = table.attention_rows()
    view.show_table(table, rows, [column])
    view.show_rows(rows, "")
    view.setColumnWidth(0, SIZE[0] - 30)
    view.show()
    settle(3)
    return view
