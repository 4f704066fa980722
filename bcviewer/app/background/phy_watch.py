"""Looks after a phy that was started: one that ends at once is told, what it prints is cut."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from bcviewer.io.exchange.phy_start import WATCHED_S, Started

EVERY_MS = 200
"""How often it is looked at in its first seconds, ms."""
LATER_MS = 5_000
"""…and how often later: is what it prints too much?"""


class PhyWatch(QObject):
    """Watches phys for their first seconds, and what they print as long as they run.

    Attributes
    ----------
    failed : Signal(object)
        A ``UserError`` about one that ended.
    """

    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watched: list[Started] = []
        self._later: list[Started] = []
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)

    def watch(self, started: Started) -> None:
        """Watch one more."""
        self._watched.append(started)
        self._timer.start(EVERY_MS)

    def stop(self) -> None:
        """Watch no more; phy goes on."""
        self._timer.stop()
        for started in (*self._watched, *self._later):
            started.forget()
        self._watched.clear()
        self._later.clear()

    def _look(self) -> None:
        for started in tuple(self._watched):
            started.trim()
            if started.process.poll() is None:
                if started.age >= WATCHED_S:
                    self._watched.remove(started)
                    self._later.append(started)
                continue
            self._watched.remove(started)
            error = started.failure()
            started.forget()
            if error is not None:
                self.failed.emit(error)
        for started in tuple(self._later):
            started.trim()
            if started.process.poll() is not None:
                self._later.remove(started)
                started.forget()
        if self._watched or self._later:
            self._timer.setInterval(EVERY_MS if self._watched else LATER_MS)
        else:
            self._timer.stop()
