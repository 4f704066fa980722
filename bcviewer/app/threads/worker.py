"""Runs one job at a time off the main thread, newest request wins, and never waits for a drive."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal, Slot
from shiboken6 import isValid

from bcviewer.app.threads.job_thread import JobThread, Task
from bcviewer.app.threads.relay import Relay
from bcviewer.errors import CancelledError

CLOSE_S = 2.5
"""Closing waits at most this long, s, however many threads there are: with the end of bombcell's
helper it takes no more than 3 s."""

STUCK_S = 20.0
"""A place is named when it has not answered for this long, s."""

GRACE_MS = 300
"""A job that was cancelled has this long to notice before the next one is run beside it."""

WATCH_MS = 1000
"""How often is looked whether a job goes on."""

log = logging.getLogger("bcviewer")


class Control:
    """What a job uses to report progress and to learn that nobody waits for it any more."""

    def __init__(
        self, report: Callable[[float, str], None], move: Callable[[str], None] | None = None
    ) -> None:
        self._report = report
        self._move = move
        self._stop = threading.Event()
        self.beats = 0
        """How often the job asked: it goes on as long as this grows."""

    def progress(self, fraction: float, text: str) -> None:
        """Report how far the job is, 0 to 1, and what it does; raise if it was cancelled."""
        self.check()
        self._report(fraction, text)

    def at(self, place: str) -> None:
        """Say that the job waits for another folder or file from now on; empty: for no drive."""
        self.check()
        if self._move is not None:
            self._move(place)

    def cancelled(self) -> bool:
        """Return whether the job should end."""
        self.beats += 1
        return self._stop.is_set()

    def check(self) -> None:
        """Raise ``CancelledError`` if the job should end."""
        if self.cancelled():
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
    writes : str
        The name of the file that it was to write; empty: none.
    """

    tag: str
    value: object = None
    error: Exception | None = None
    writes: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is."""

    tag: str
    fraction: float
    text: str


def silence_words(place: str, seconds: float) -> str:
    """Return that a place has not answered, in words."""
    return f"{place} has not answered for {seconds:.0f} s"


@dataclass(slots=True)
class _Job:
    generation: int
    tag: str
    work: Callable[[Control], object]
    place: str
    control: Control = field(init=False)
    progress: Progress = field(init=False)

    def run(self, relay: _Relay) -> None:
        """Do it, in a thread."""
        try:
            self.control.check()
            outcome = Outcome(self.tag, self.work(self.control))
        except Exception as error:  # noqa: BLE001 - handed to the main thread, never dropped
            outcome = Outcome(self.tag, None, error)
        try:
            relay.send(relay.ended, self.generation, outcome)
        finally:
            del outcome  # its error knows this frame


class _Relay(Relay):
    ended = Signal(int, object)
    progressed = Signal(int, object)


class Worker(QObject):
    """Runs jobs in one thread of its own.

    A new job cancels the one before it, and the results of older generations are dropped on the
    main thread before anything is touched. A job that hangs in a dead drive is left alone: the
    next one runs in another thread, and closing does not wait for it.
    """

    finished = Signal(object)
    progressed = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._generation = 0
        self._job: _Job | None = None
        self._closed = False
        self._told = False
        self._thread = JobThread(name)
        # Of the application: what a job holds may be let go last in its thread.
        self._relay = _Relay()
        self._relay.setParent(QCoreApplication.instance())
        # Also where nobody closes it: at the end of a script, or of the window it belongs to.
        weakref.finalize(self, _let_go, self._thread, self._relay)
        self._relay.ended.connect(self._on_ended)
        self._relay.progressed.connect(self._on_progressed)
        self._grace = QTimer(self)
        self._grace.setSingleShot(True)
        self._grace.timeout.connect(self._leave)
        self._watch = QTimer(self)
        self._watch.timeout.connect(self._look)

    @property
    def busy(self) -> bool:
        """Whether a job is under way whose result somebody waits for."""
        return self._job is not None

    @property
    def silent_s(self) -> float:
        """How long the job has been within one and the same call, s, since somebody looked."""
        return self._thread.silent_s()

    @property
    def silence(self) -> str:
        """That a place has not answered for long, in words; empty where none is waited for."""
        place, seconds = self._thread.place, self.silent_s
        if self._job is None or not place or seconds < STUCK_S:
            return ""
        return silence_words(place, seconds)

    def submit(self, tag: str, work: Callable[[Control], object], place: str = "") -> None:
        """Run ``work(control)`` in the thread, in place of the job before it.

        The owner of the job before it hears that it was cancelled, unless the two have the same
        tag: then it was only overtaken. Nothing is run once the worker is closed.

        Parameters
        ----------
        tag : str
            The job's name.
        work : callable
            What to do.
        place : str
            The folder or file whose drive it may have to wait for; empty: it waits for none, and
            the next job waits until it has noticed that it was cancelled.
        """
        if self._closed:
            return
        before = self._job
        self._generation += 1
        self._job = job = _Job(self._generation, tag, work, place)
        relay, generation = self._relay, self._generation
        task = Task(lambda: job.run(relay), place, lambda: job.control.beats)
        known = weakref.ref(task)  # no circle: what a job holds goes when it has ended

        def report(fraction: float, text: str) -> None:
            relay.send(relay.progressed, generation, Progress(tag, fraction, text))

        def move(elsewhere: str) -> None:
            if (task := known()) is not None:
                task.place = elsewhere

        self._told = False
        job.control, job.progress = Control(report, move), Progress(tag, 0.0, "")
        if before is not None:
            before.control.cancel()
        self._thread.give(task)
        self._grace.start(GRACE_MS)
        if place:
            self._watch.start(WATCH_MS)
        if before is not None and before.tag != tag:
            self.finished.emit(Outcome(before.tag, None, CancelledError()))

    def cancel(self) -> None:
        """Ask the job under way to end and forget it; its owner hears of it at once."""
        silence = self.silence
        job = self._take()
        if job is not None:
            job.control.cancel()
            self._thread.forget()
            if silence:
                log.info("%s; it was left", silence)
            self.finished.emit(Outcome(job.tag, None, CancelledError(silence)))

    def close(self) -> None:
        """End the thread; a job that does not notice within :data:`CLOSE_S` is left alone."""
        close_all([self])

    def end(self) -> None:
        """Ask the thread to end, and take no more jobs."""
        self._closed = True
        self._grace.stop()
        job = self._take()
        if job is not None:
            job.control.cancel()
        self._thread.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the thread ended."""
        # What has not answered for so long already is not waited for once more.
        ended = self._thread.join(until if self.silent_s < CLOSE_S else 0.0)
        self._relay.shut()
        if not ended:
            log.info("closed while %s had not answered", self._thread.place or self._thread.name)
        return ended

    def _take(self) -> _Job | None:
        job, self._job = self._job, None
        self._told = False
        self._watch.stop()
        return job

    def _leave(self) -> None:
        # Never connected itself: Qt would be told of the end of what a thread holds, in the thread.
        self._thread.leave()

    def _look(self) -> None:
        """Say so where the job's place does not answer."""
        job = self._job
        if job is None:
            return
        if self._thread.waits:  # there may be room for another thread by now
            self._thread.leave()
        silence, told = self.silence, self._told
        self._told = bool(silence)
        if silence:
            text = f"{silence}; Cancel leaves it"
            self.progressed.emit(Progress(job.tag, job.progress.fraction, text))
        elif told:  # it did answer, whatever the job does now
            self.progressed.emit(job.progress)

    @Slot(int, object)
    def _on_ended(self, generation: int, outcome: Outcome) -> None:
        if self._job is not None and generation == self._job.generation:
            self._take()
            self._grace.stop()
            self.finished.emit(outcome)

    @Slot(int, object)
    def _on_progressed(self, generation: int, progress: Progress) -> None:
        if self._job is not None and generation == self._job.generation:
            self._job.progress = progress
            self.progressed.emit(progress)


def _let_go(thread: JobThread, relay: _Relay) -> None:
    """End a thread whose worker is gone; its relay goes in the main thread, and only there."""
    thread.end()
    relay.shut()
    if isValid(relay):
        relay.deleteLater()


class Threaded(Protocol):
    """What has threads that were asked to end."""

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether they ended."""


class Closing(Threaded, Protocol):
    """What has threads that are to end."""

    def end(self) -> None:
        """Ask them to end."""


def close_all(things: Sequence[Closing], seconds: float | None = None) -> bool:
    """End the threads of several things, all of them within one time; return whether they ended.

    Parameters
    ----------
    things : sequence of Closing
        What has threads.
    seconds : float, optional
        Longest time to wait, s; :data:`CLOSE_S` where it is not given.
    """
    until = time.monotonic() + (CLOSE_S if seconds is None else seconds)
    for thing in things:
        thing.end()
    return join_all(things, until)


def join_all(things: Iterable[Threaded], until: float) -> bool:
    """Wait for all of several things until a time; return whether all of them ended."""
    ended = [thing.join(until) for thing in things]
    return all(ended)
