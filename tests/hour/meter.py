"""Runs the program by its own command, with an instrument beside it; nothing of it is changed.

    python meter.py OUT SOCKET PATH …

A turn of the event loop ends where the loop is about to wait, or wakes without having waited; its
CPU is the main thread's own, without what the instrument itself took. Rows go to ``OUT``, a line of
JSON each; their times are of the system's monotonic clock, so that other processes' fit to them.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import threading
import time
import types
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractEventDispatcher, Qt, QTimer

TURN_CPU_S, TURN_WALL_S = 0.005, 0.03
"""A shorter turn has no row."""
STACKS_CPU_S, SAMPLE_S = 0.04, 0.004
TICK_MS, GAP_S = 10, 0.05
GC_S = 0.005
WRITE_S = 0.25
FRAMES_OF = "_current_frames"
"""Of ``sys``: what each thread is at."""


class Meter:
    """Measures turns, gaps of a timer and pauses of the collector of the thread that makes it."""

    def __init__(self, out: Path) -> None:
        self.rows: list[dict[str, Any]] = []
        self.own = 0.0
        """CPU, s, of this turn that was the instrument's."""
        self._out = out
        self._wall, self._cpu = time.monotonic(), time.thread_time()
        self._waited, self._shortest_s = False, TURN_CPU_S
        self._tick_at = self._wall
        self._gc_at = 0.0
        self._samples: list[tuple[str, ...]] = []
        self._main = threading.get_ident()
        threading.Thread(target=self._write, daemon=True).start()

    def row(self, kind: str, **fields: Any) -> None:
        self.rows.append({"k": kind, "t": time.monotonic(), "at": time.time(), **fields})

    def begin(self, *, sample: bool, shortest_s: float = TURN_CPU_S) -> None:
        """Measure from here on; the application is there."""
        self._shortest_s = shortest_s
        dispatcher = QAbstractEventDispatcher.instance()
        dispatcher.aboutToBlock.connect(self._on_block)
        dispatcher.awake.connect(self._on_awake)
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start(TICK_MS)
        gc.callbacks.append(self._on_gc)
        if sample:
            threading.Thread(target=self._sample, daemon=True).start()

    # -- turns -------------------------------------------------------------------------------

    def _on_block(self) -> None:
        self._waited = True
        self._edge()

    def _on_awake(self) -> None:
        if not self._waited:
            self._edge()
        self._waited = False

    def _edge(self) -> None:
        wall, cpu = time.monotonic(), time.thread_time()
        took, used = wall - self._wall, cpu - self._cpu - self.own
        samples, self._samples = self._samples, []
        if used >= self._shortest_s or took >= TURN_WALL_S:
            usage = resource.getrusage(resource.RUSAGE_THREAD)
            row = {
                "begin": self._wall,
                "wall": round(1000 * took, 2),
                "cpu": round(1000 * used, 2),
                "own": round(1000 * self.own, 2),
                "faults": usage.ru_majflt,
                "switches": [usage.ru_nvcsw, usage.ru_nivcsw],
            }
            if used >= STACKS_CPU_S and samples:
                row["stacks"] = samples
            self.row("turn", **row)
        self.own = 0.0
        self._wall, self._cpu = time.monotonic(), time.thread_time()

    def _on_tick(self) -> None:
        now = time.monotonic()
        if now - self._tick_at > GAP_S:
            self.row("gap", ms=round(1000 * (now - self._tick_at), 1))
        self._tick_at = now

    def _on_gc(self, phase: str, info: dict[str, int]) -> None:
        if threading.get_ident() != self._main:
            return
        if phase == "start":
            self._gc_at = time.monotonic()
        elif (took := time.monotonic() - self._gc_at) >= GC_S:
            self.row("gc", ms=round(1000 * took, 1), generation=info["generation"])

    # -- beside the main thread --------------------------------------------------------------

    def _sample(self) -> None:
        while True:
            time.sleep(SAMPLE_S)
            frame = getattr(sys, FRAMES_OF)().get(self._main)
            self._samples.append(stack_of(frame))

    def _write(self) -> None:
        with self._out.open("a", buffering=1) as file:
            while True:
                time.sleep(WRITE_S)
                rows, self.rows = self.rows, []
                file.write("".join(json.dumps(row) + "\n" for row in rows))


def stack_of(frame: types.FrameType | None) -> tuple[str, ...]:
    """Return where a thread is, the outermost first."""
    found: list[str] = []
    while frame is not None:
        code = frame.f_code
        parts = code.co_filename.rsplit("/", 3)[-3:]
        found.append(f"{'/'.join(parts)}:{frame.f_lineno}:{code.co_qualname}")
        frame = frame.f_back
    return tuple(found[::-1])


def main() -> int:
    out, socket, *arguments = sys.argv[1:]
    begun = time.monotonic()
    meter = Meter(Path(out))
    from bcviewer import __file__ as package
    from bcviewer.app.prefs import Prefs
    from bcviewer.cli.entry import main as program
    from bcviewer.frame import application

    meter.row("start", begun=begun, pid=os.getpid(), package=package)
    application.application()
    if os.environ.get("HOUR_LABELS"):
        Prefs().set_phy_switch("label", os.environ["HOUR_LABELS"] == "1")
    meter.begin(sample=os.environ.get("SAMPLE") == "1")
    build, inspectors = application.build, []

    def build_inspected(given: Any) -> tuple[Any, Any]:
        app, window = build(given)
        window.setGeometry(0, 24, 1280, 776)
        from hour_inspector import Inspector

        inspectors.append(Inspector(meter, window, socket))
        return app, window

    application.build = build_inspected
    status = program(arguments)
    meter.row("end", status=status)
    for inspector in inspectors:
        inspector.close()
    time.sleep(2 * WRITE_S)
    return status


if __name__ == "__main__":
    sys.exit(main())
