"""Asks Bombcell itself, in its helper process, without the window ever waiting for it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from bcviewer.app.threads.worker import Control, Outcome, Worker
from bcviewer.core.run.run import RunData
from bcviewer.errors import CancelledError
from bcviewer.oracle.client import Bombcell, Verification

START_MS = 400
"""The helper starts this long after a run is shown: importing Bombcell takes a whole core."""


class Verifier(QObject):
    """Recomputes the labels of the run that was shown last."""

    answered = Signal(object)

    def __init__(self, bombcell: Bombcell, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bombcell = bombcell
        self._run: RunData | None = None
        self._worker = Worker("verifier", self)
        self._worker.finished.connect(self._on_finished)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(START_MS)
        self._delay.timeout.connect(self._start)

    def ask(self, run: RunData) -> None:
        """Verify a run; the answer for an earlier one is dropped."""
        self._worker.cancel()
        self._run = run
        self._delay.start()

    def end(self) -> None:
        """Ask the thread to end; a request under way must have been ended before."""
        self._delay.stop()
        self._worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the thread ended."""
        return self._worker.join(until)

    def _start(self) -> None:
        run, bombcell = self._run, self._bombcell
        if run is None:
            return

        def work(_: Control) -> Verification:
            return bombcell.verify(run, run.params)

        self._worker.submit("verify", work)

    def _on_finished(self, outcome: Outcome) -> None:
        if isinstance(outcome.error, CancelledError):
            return
        if isinstance(outcome.value, Verification):
            self.answered.emit(outcome.value)
        elif outcome.error is not None:
            self.answered.emit(Verification("not verified", "", None, str(outcome.error)))
