"""Exports, imports and reports: one after the other, but none behind one that does not answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from bcviewer.app.threads.worker import Control, Outcome, Progress, Worker, join_all

MOST = 8
"""No more jobs than this are under way at a time, all but one of them at silent places."""


@dataclass(frozen=True, slots=True)
class _Given:
    tag: str
    work: Callable[[Control], object]
    place: str
    writes: str


class Jobs(QObject):
    """Runs jobs in their order, each in full.

    Where the place of a job does not answer, the next one runs beside it; should it answer yet,
    how it ended is told as of any other.

    Attributes
    ----------
    finished : Signal(Outcome)
        A job ended.
    progressed : Signal(Progress)
        How far a job is.
    """

    finished = Signal(object)
    progressed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[_Given] = deque()
        self._workers: list[Worker] = []
        self._writes: dict[Worker, str] = {}
        """The file that each worker's last job writes: its work may hold a recording."""
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether a job is under way or waits."""
        return bool(self._waiting) or any(worker.busy for worker in self._workers)

    @property
    def writing(self) -> tuple[str, ...]:
        """What is being written, or waits to be: the names that jobs were given with."""
        now = [self._writes[worker] for worker in self._workers if worker.busy]
        return tuple(filter(None, (*now, *(job.writes for job in self._waiting))))

    def submit(
        self, tag: str, work: Callable[[Control], object], place: str = "", writes: str = ""
    ) -> None:
        """Run ``work(control)`` after the jobs before it; see :meth:`Worker.submit`.

        ``writes`` names the file that is written by it; empty: it writes none.
        """
        if not self._closed:
            self._waiting.append(_Given(tag, work, place, writes))
            self._next()

    def cancel(self) -> None:
        """Ask the jobs under way to end, and forget those that wait."""
        self._waiting.clear()
        for worker in self._workers:
            worker.cancel()

    def end(self) -> None:
        """Ask the threads to end."""
        self._closed = True
        self._waiting.clear()
        for worker in self._workers:
            worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the threads ended."""
        return join_all(self._workers, until)

    def _next(self) -> None:
        if not self._waiting or any(w.busy and not w.silence for w in self._workers):
            return
        free = [worker for worker in self._workers if not worker.busy]
        if not free and len(self._workers) == MOST:
            return
        given = self._waiting.popleft()
        worker = free[0] if free else self._one_more()
        self._writes[worker] = given.writes
        worker.submit(given.tag, given.work, given.place)

    def _one_more(self) -> Worker:
        worker = Worker("jobs", self)
        worker.finished.connect(partial(self._on_finished, worker))
        worker.progressed.connect(self._on_progressed)
        self._workers.append(worker)
        return worker

    def _on_finished(self, worker: Worker, outcome: Outcome) -> None:
        ended = replace(outcome, writes=self._writes[worker])
        self._next()
        self.finished.emit(ended)

    def _on_progressed(self, progress: Progress) -> None:
        self.progressed.emit(progress)
        self._next()  # it may have been said that a place does not answer
