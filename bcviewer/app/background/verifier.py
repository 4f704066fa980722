"""Asks Bombcell itself, in its helper process, without the window ever waiting for it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from bcviewer.app.threads.worker import Control, Outcome, Worker
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.run.run import Run
from bcviewer.errors import CancelledError
from bcviewer.oracle.client import Bombcell, Verification, Verified

START_MS = 400
"""The helper starts this long after a run is shown: importing Bombcell takes a whole core."""


class Verifier(QObject):
    """Recomputes the labels of the runs that are shown, one after the other.

    Attributes
    ----------
    answered : Signal(Verified)
        What Bombcell says, with what it was asked.
    """

    answered = Signal(object)

    def __init__(self, bombcell: Bombcell, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bombcell = bombcell
        self._asked: tuple[tuple[Run, Criteria], ...] = ()
        self._due: list[tuple[Run, Criteria]] = []
        self._now: tuple[Run, Criteria] | None = None
        """What it is asked just now."""
        self._worker = Worker("verifier", self)
        self._worker.finished.connect(self._on_finished)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(START_MS)
        self._delay.timeout.connect(self._start)

    @property
    def asked(self) -> tuple[tuple[Run, Criteria], ...]:
        """What was asked last of each run."""
        return self._asked

    def ask(self, run: Run, criteria: Criteria) -> None:
        """Verify a run by some criteria; the answer by earlier ones is dropped."""
        if self._now is not None and self._now[0] is run:
            self._worker.cancel()
        self._asked = (*(one for one in self._asked if one[0] is not run), (run, criteria))
        self._due = [*(one for one in self._due if one[0] is not run), (run, criteria)]
        self._delay.start()

    def forget(self) -> None:
        """Drop all that was asked: other runs are open."""
        self._asked = ()
        self._due.clear()
        self._worker.cancel()

    def end(self) -> None:
        """Ask the thread to end; a request under way must have been ended before."""
        self._delay.stop()
        self._worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the thread ended."""
        return self._worker.join(until)

    def _start(self) -> None:
        if self._now is not None or not self._due:
            return
        bombcell, self._now = self._bombcell, self._due.pop(0)
        run, criteria = self._now

        def work(_: Control) -> Verified:
            return Verified(run, criteria, bombcell.verify(run, criteria))

        self._worker.submit("verify", work)

    def _on_finished(self, outcome: Outcome) -> None:
        now, self._now = self._now, None
        if isinstance(outcome.error, CancelledError):
            return  # who cancels asks again
        if isinstance(outcome.value, Verified):
            self.answered.emit(outcome.value)
        elif outcome.error is not None and now is not None:
            failed = Verification("not verified", "", None, str(outcome.error))
            self.answered.emit(Verified(*now, failed))
        self._start()
