"""How long the event loop is blocked while a probe loads, or another layout comes.

It is the largest gap of a 1 ms timer.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from bench_measure import BIG_UNITS, UNITS, WAIT_MS, Data, Row, settle

MOST_MS = 50.0
LAYOUTS_SEEN = ("overview", "metrics", "evidence", "curate")
AFTER_S = 1.5
"""The gaps are looked for until this long after the run is there: bombcell starts then."""


class Gaps:
    """The largest time between two ticks of a 1 ms timer."""

    def __init__(self) -> None:
        from PySide6.QtCore import QTimer

        self._last: float | None = None
        self.worst = 0.0
        self._timer = QTimer()
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        if self._last is not None:
            self.worst = max(self.worst, (now - self._last) * 1e3)
        self._last = now

    def restart(self) -> None:
        """Forget what was."""
        self.worst, self._last = 0.0, time.perf_counter()


def rows(data: Data) -> list[Row]:
    small, big = data.units(UNITS), data.units(BIG_UNITS[0])
    from bcviewer.frame.application import application
    from bcviewer.main import start

    application()
    gaps = Gaps()
    _, window = start([str(small)])
    gaps.restart()
    first = worst_until_loaded(window, gaps)
    window.session.wait_verified(WAIT_MS)
    settle()
    idle = idle_gap(gaps)
    out = [Row("event loop blocked, first load", first, "ms", MOST_MS, idle, "at rest")]
    for n, path in ((BIG_UNITS[0], big), (UNITS, small), (BIG_UNITS[0], big)):
        worst = switch(window, gaps, path)
        what = f"event loop blocked, switch to {n:,} units"
        out.append(Row(what, worst, "ms", MOST_MS, idle, "at rest"))
    out += [layout_row(window, gaps, name, idle) for name in LAYOUTS_SEEN]
    window.close()
    return out


def layout_row(window: Any, gaps: Gaps, name: str, idle: float) -> Row:
    """Show a layout whose panels are there already; return the largest gap."""
    show_in_loop(window, name)
    show_in_loop(window, "unit")
    gaps.restart()
    show_in_loop(window, name)
    what = f"event loop blocked, to the layout {name}"
    return Row(what, gaps.worst, "ms", MOST_MS, idle, "at rest")


def show_in_loop(window: Any, name: str) -> None:
    """Show a layout as a key does: within the event loop."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(0, lambda: window.show_layout(name))
    QTimer.singleShot(round(AFTER_S * 1e3), loop.quit)
    loop.exec()


def switch(window: object, gaps: Gaps, path: Path) -> float:
    """Open another recording; return the largest gap, ms."""
    gaps.restart()
    window.session.open(path)  # type: ignore[attr-defined]
    return worst_until_loaded(window, gaps)


def worst_until_loaded(window: object, gaps: Gaps) -> float:
    session = window.session  # type: ignore[attr-defined]
    session.wait_idle(WAIT_MS)
    wait(AFTER_S)
    return gaps.worst


def idle_gap(gaps: Gaps) -> float:
    """Return the largest gap while nothing happens: what the machine itself adds."""
    gaps.restart()
    wait(AFTER_S)
    return gaps.worst


def wait(seconds: float) -> None:
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1e3), loop.quit)
    loop.exec()
