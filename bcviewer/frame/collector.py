"""When garbage is collected: in turns of the event loop of their own."""

from __future__ import annotations

import gc
from time import perf_counter

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 10_000
"""How often it is looked whether there may be garbage."""
LONG_S = 0.02
"""A collection that takes longer is the last one of what is there by then."""
_LATE = 1000
"""So many collections of what is young until Python goes through all there is by itself."""


class Collector(QObject):
    """Goes through all that Python has made, now and then, with nothing else in the same turn.

    Python does so amid whatever it is doing, a step or a paint, which then takes twice as long.
    What is there at the first time, or is so much that to go through it takes long, stays to the
    end: no collection goes through it again. Few of our objects know each other in a circle, and
    all others go at once.

    Parameters
    ----------
    parent : QObject
        It lives as long as this.
    every_ms : int
        How often it is looked whether there may be any.
    """

    def __init__(self, parent: QObject, every_ms: int = EVERY_MS) -> None:
        super().__init__(parent)
        self._most_s = 0.0
        gc.set_threshold(*gc.get_threshold()[:2], _LATE)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._collect)
        self._timer.start(every_ms)

    def _collect(self) -> None:
        """Collect what nobody holds any more, unless hardly anything was made since."""
        if not gc.get_count()[2]:
            return
        start = perf_counter()
        gc.collect()
        if perf_counter() - start > self._most_s:
            self._most_s = LONG_S
            gc.freeze()
