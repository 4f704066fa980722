"""Writes notes that are being written, in a thread: a key that is typed waits for no disk."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal

from bcviewer.app.threads.relay import Relay
from bcviewer.core.curation.draft import Draft
from bcviewer.errors import UserError
from bcviewer.io.journal.draft_file import lock_path, others, read_drafts, write_drafts


@dataclass(frozen=True, slots=True)
class Place:
    """Where one window keeps what one person has not saved of one recording."""

    path: Path
    person: str


@dataclass(frozen=True, slots=True)
class Found:
    """What windows that ended left unsaved.

    Attributes
    ----------
    place : Place
        Where it is kept from now on, once it is put there.
    drafts : tuple of Draft
        What they left, oldest first.
    problems : tuple of UserError
        What is no file of ours.
    """

    place: Place
    drafts: tuple[Draft, ...]
    problems: tuple[UserError, ...]


@dataclass(slots=True)
class _Kept:
    """What the thread holds of a place: its lock, and files it took over, with theirs."""

    lock: QLockFile | None = None
    taken: list[tuple[Path, QLockFile]] = field(default_factory=list)


class _Relay(Relay):
    found = Signal(object)
    failed = Signal(object)


class DraftWriter(QObject):
    """Keeps drafts on the disk, and takes over those of windows that ended.

    A file is locked by the window that writes it, as long as it runs: what is locked is never
    read or removed by another one. The lock of a program that was killed is nobody's.

    Attributes
    ----------
    found : Signal(Found)
        What was looked for.
    failed : Signal(Exception)
        A draft could not be written: a ``UserError``, where that is nobody's fault here.
    """

    found = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._relay = _Relay()
        self._relay.found.connect(self.found)
        self._relay.failed.connect(self.failed)
        self._lock = threading.Lock()
        self._due: dict[Place, tuple[tuple[Draft, ...], bool]] = {}
        self._wanted: list[Place] = []
        self._kept: dict[Place, _Kept] = {}
        """Known to the thread only."""
        self._ending = False
        self._thread: threading.Thread | None = None

    def put(self, place: Place, drafts: tuple[Draft, ...], *, took: bool = False) -> None:
        """Keep these drafts, and none else, at a place; the newest that is put is written.

        Parameters
        ----------
        place : Place
            Where.
        drafts : tuple of Draft
            What is not saved.
        took : bool
            Whether what was :attr:`found` there is among them, or done with.
        """
        with self._lock:
            took = took or self._due.get(place, ((), False))[1]
            self._due[place] = drafts, took
            self._start()

    def look(self, place: Place) -> None:
        """Look for what other windows left of the same recording and person."""
        with self._lock:
            self._wanted.append(place)
            self._start()

    def end(self) -> None:
        """Begin nothing more; what was put is written still, and nothing is locked after that."""
        with self._lock:
            self._ending = True
            if self._kept:
                self._start()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether all is written."""
        thread = self._thread
        if thread is not None:
            thread.join(max(0.0, until - time.monotonic()))
        self._relay.shut()
        return thread is None or not thread.is_alive()

    def _start(self) -> None:
        if self._thread is None:
            # a daemon: what hangs in a dead drive must not keep the program from ending
            self._thread = threading.Thread(target=self._run, name="drafts", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._lock:
                due, self._due = self._due, {}
                wanted, self._wanted = self._wanted, []
                ends = not due and not wanted
                if ends and not (self._ending and self._kept):
                    self._thread = None
                    return
            if ends:
                self._unlock_all()
            for place, (drafts, took) in due.items():
                self._try(partial(self._write, place, drafts, took))
            for place in wanted:
                self._try(partial(self._look, place))

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - handed to the main thread, never dropped
            self._relay.send(self._relay.failed, error)

    def _write(self, place: Place, drafts: tuple[Draft, ...], took: bool) -> None:
        kept = self._kept.setdefault(place, _Kept())
        if drafts and kept.lock is None:
            place.path.parent.mkdir(parents=True, exist_ok=True)
            kept.lock = _locked(place.path)
        write_drafts(place.path, place.person, drafts)
        while took and kept.taken:
            path, lock = kept.taken.pop()
            write_drafts(path, place.person, ())
            lock.unlock()
        if not drafts and kept.lock is not None:
            kept.lock.unlock()
            kept.lock = None

    def _look(self, place: Place) -> None:
        """Read what is nobody's, and hold it until what becomes of it is put."""
        kept = self._kept.setdefault(place, _Kept())
        held = [path for path, _ in kept.taken]
        for path in others(place.path):
            if path in held or (lock := _locked(path)) is None:
                continue
            if os.path.lexists(path):
                kept.taken.append((path, lock))
            else:  # another window took it over, and was done with it before it was locked here
                lock.unlock()
        found: list[Draft] = []
        problems: list[UserError] = []
        for path, lock in kept.taken[:]:
            try:
                found += read_drafts(path, place.person)
            except UserError as error:
                problems.append(error)
                kept.taken.remove((path, lock))
                lock.unlock()
        told = Found(place, tuple(found), tuple(problems))
        self._relay.send(self._relay.found, told)

    def _unlock_all(self) -> None:
        for kept in self._kept.values():
            for lock in (kept.lock, *(lock for _, lock in kept.taken)):
                if lock is not None:
                    lock.unlock()
        self._kept.clear()


def _locked(path: Path) -> QLockFile | None:
    """Return the lock of a file, held; None: another window has it, or it cannot be had."""
    place = lock_path(path)
    try:
        if not stat.S_ISREG(os.lstat(place).st_mode):
            return None  # Qt would wait for a pipe
    except FileNotFoundError:
        pass
    lock = QLockFile(str(place))
    lock.setStaleLockTime(0)  # a window may be open for days: only its end makes it nobody's
    return lock if lock.tryLock(0) else None
