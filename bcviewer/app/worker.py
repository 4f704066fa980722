"""A worker thread that runs one job at a time, newest request wins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QThread, Signal, Slot

from bcviewer.errors import CancelledError


class Control:
    """What a job uses to report progress and to learn that nobody waits for it any more."""

    def __init__(self, report: Callable[[float, str], None]) -> None:
        self._report = report
        self._stop = threading.Event()

    def progress(self, fraction: float, text: str) -> None:
        """Report how far the job is, 0 to 1, and what it does; raise if it was cancelled."""
        self.check()
        self._report(fraction, text)

    def cancelled(self) -> bool:
        """Return whether the job should end."""
        return self._stop.is_set()

    def check(self) -> None:
        """Raise ``CancelledError`` if the job should end."""
        if self._stop.is_set():
            raise CancelledError

    def cancel(self) -> None:
        """Ask the job to end."""
        self._stop.set()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended.

    Attributes
    ----------
    tag : str
        The job's name.
    value : object
        What it returned; None where it failed.
    error : Exception or None
        What it raised; ``CancelledError`` where it was cancelled.
    """

    tag: str
    value: object = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is."""

    tag: str
    fraction: float
    text: str


@dataclass(slots=True)
class _Job:
    generation: int
    tag: str
    work: Callable[[Control], object]
    control: Control = field(init=False)


class _Runner(QObject):
    """Lives in the thread; its signals carry results back to the main thread."""

    ended = Signal(int, object)
    progressed = Signal(int, object)

    @Slot(object)
    def run(self, job: _Job) -> None:
        try:
            job.control.check()
            outcome = Outcome(job.tag, job.work(job.control))
        except Exception as error:  # noqa: BLE001 - handed to the main thread, never dropped
            outcome = Outcome(job.tag, None, error)
        self.ended.emit(job.generation, outcome)


class Worker(QObject):
    """Runs jobs in one thread of its own.

    A new job cancels the one before it, and the results of older generations are dropped on the
    main thread before anything is touched.
    """

    finished = Signal(object)
    progressed = Signal(object)
    _submitted = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._generation = 0
        self._job: _Job | None = None
        self._thread = QThread(self)
        self._thread.setObjectName(name)
        self._runner = _Runner()
        self._runner.moveToThread(self._thread)
        self._submitted.connect(self._runner.run)
        self._runner.ended.connect(self._on_ended)
        self._runner.progressed.connect(self._on_progressed)

    @property
    def busy(self) -> bool:
        """Whether a job is under way whose result somebody waits for."""
        return self._job is not None

    def submit(self, tag: str, work: Callable[[Control], object]) -> None:
        """Run ``work(control)`` in the thread, in place of the job before it.

        The owner of the job before it hears that it was cancelled, unless the two have the same
        tag: then it was only overtaken.
        """
        before = self._job
        self._generation += 1
        job = _Job(self._generation, tag, work)
        runner = self._runner

        def report(fraction: float, text: str) -> None:
            runner.progressed.emit(job.generation, Progress(tag, fraction, text))

        job.control = Control(report)
        self._job = job
        if before is not None:
            before.control.cancel()
        if not self._thread.isRunning():
            self._thread.start()
        self._submitted.emit(job)
        if before is not None and before.tag != tag:
            self.finished.emit(Outcome(before.tag, None, CancelledError()))

    def cancel(self) -> None:
        """Ask the job under way to end and forget it; its owner hears of it at once."""
        job, self._job = self._job, None
        if job is not None:
            job.control.cancel()
            self.finished.emit(Outcome(job.tag, None, CancelledError()))

    def close(self) -> None:
        """End the thread, waiting for the job under way to notice."""
        job, self._job = self._job, None
        if job is not None:
            job.control.cancel()
        if self._thread.isRunning():
            self._thread.quit()
            self._thread.wait()

    @Slot(int, object)
    def _on_ended(self, generation: int, outcome: Outcome) -> None:
        if self._job is not None and generation == self._job.generation:
            self._job = None
            self.finished.emit(outcome)

    @Slot(int, object)
    def _on_progressed(self, generation: int, progress: Progress) -> None:
        if self._job is not None and generation == self._job.generation:
            self.progressed.emit(progress)
