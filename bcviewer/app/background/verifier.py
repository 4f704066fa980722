"""Asks Bombcell itself, in its helper process, without the window ever waiting for it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from bcviewer.app.scene import Verified
from bcviewer.app.threads.worker import Control, Outcome, Worker
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.run.run import Run
from bcviewer.errors import CancelledError
from bcviewer.oracle.client import Bombcell, Verification

START_MS = 400
"""The helper starts this long after a run is shown: importing Bombcell takes a whole core."""


class Verifier(QObject):
    """Recomputes the labels of the run that was shown last.

    Attributes
    ----------
    answered : Signal(Verified)
        What Bombcell says, with what it was asked.
    """

    answered = Signal(object)

    def __init__(self, bombcell: Bombcell, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bombcell = bombcell
        self._asked: tuple[Run, Criteria] | None = None
        self._worker = Worker("verifier", self)
        self._worker.finished.connect(self._on_finished)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(START_MS)
        self._delay.timeout.connect(self._start)

    @property
    def asked(self) -> tuple[Run, Criteria] | None:
        """What was asked last; None: nothing."""
        return self._asked

    def ask(self, run: Run, criteria: Criteria) -> None:
        """Verify a run by some criteria; the answer for an earlier one is dropped."""
        self._worker.cancel()
        self._asked = run, criteria
        self._delay.start()

    def end(self) -> None:
        """Ask the thread to end; a request under way must have been ended before."""
        self._delay.stop()
        self._worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the thread ended."""
        return self._worker.join(until)

    def _start(self) -> None:
        asked, bombcell = self._asked, self._bombcell
        if asked is None:
            return
        run, criteria = asked

        def work(_: Control) -> Verified:
            return Verified(run, criteria, bombcell.verify(run, criteria))

        self._worker.submit("verify", work)

    def _on_finished(self, outcome: Outcome) -> None:
        if isinstance(outcome.error, CancelledError):
            return
        if isinstance(outcome.value, Verified):
            self.answered.emit(outcome.value)
        elif outcome.error is not None and self._asked is not None:  # a later ask cancels this one
            failed = Verification("not verified", "", None, str(outcome.error))
            self.answered.emit(Verified(*self._asked, failed))
