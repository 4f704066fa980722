"""Looks after a phy that was started: one that ends at once is told."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from bcviewer.io.exchange.phy_start import WATCHED_S, Started

EVERY_MS = 200
"""How often it is looked at, ms."""


class PhyWatch(QObject):
    """Watches phys for their first seconds.

    Attributes
    ----------
    failed : Signal(object)
        A ``UserError`` about one that ended.
    """

    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watched: list[Started] = []
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._look)

    def watch(self, started: Started) -> None:
        """Watch one more."""
        self._watched.append(started)
        self._timer.start()

    def stop(self) -> None:
        """Watch no more; phy goes on."""
        self._timer.stop()
        for started in self._watched:
            started.forget()
        self._watched.clear()

    def _look(self) -> None:
        for started in tuple(self._watched):
            if started.process.poll() is None and started.age < WATCHED_S:
                continue
            self._watched.remove(started)
            error = started.failure()
            started.forget()
            if error is not None:
                self.failed.emit(error)
        if not self._watched:
            self._timer.stop()
