"""Mirrors journals in the background: however slow or gone a drive is, nobody waits for it."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from bcviewer.app.threads.relay import Relay
from bcviewer.app.threads.worker import (
    CLOSE_S,
    STUCK_S,
    WATCH_MS,
    close_all,
    join_all,
    silence_words,
)
from bcviewer.errors import CancelledError, UserError
from bcviewer.io.journal.store import JournalStore

RETRY_S = 10.0
"""What could not be mirrored is tried again after this time, s."""

Merge = Callable[[Callable[[], None]], object]


@dataclass(frozen=True, slots=True, eq=False)
class Mirrored:
    """How one round of mirroring a recording's journals ended.

    Attributes
    ----------
    store : JournalStore
        Whose round it was.
    problem : str
        Why it failed, or has not ended; empty where it did not fail.
    error : Exception or None
        What was raised, where nobody expected it.
    """

    store: JournalStore
    problem: str = ""
    error: Exception | None = None


class _Relay(Relay):
    reported = Signal(object)
    read = Signal(object)


class _Place:
    """Brings one place of journals up to date, in a thread of its own.

    It is a Python thread and a daemon: a call that hangs in a dead network drive can neither be
    ended nor waited for, and must not keep the program from ending.
    """

    def __init__(self, place: str, relay: _Relay) -> None:
        self.place = place
        self._relay = relay
        self._wake = threading.Condition()
        self._stores: dict[JournalStore, Merge | None] = {}
        self._current: JournalStore | None = None
        self._due = False
        self._closing = False
        self._thread: threading.Thread | None = None
        self._since: tuple[float, JournalStore] | None = None
        self.silent = False
        """Whether it had not answered for long when it was looked at last."""

    def watch(self, store: JournalStore, merge: Merge | None) -> None:
        """Mirror a store from now on, once ``merge`` has read what is there."""
        with self._wake:
            self._stores[store] = merge

    def poke(self, current: JournalStore | None) -> None:
        """Say that there may be something to do, and which store is the open recording's."""
        with self._wake:
            self._current = current
            self._due = True
            self._wake.notify()
            todo = any(merge or store.unsettled for store, merge in self._stores.items())
            if todo and self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)
                self._thread.start()

    @property
    def under_way(self) -> tuple[float, JournalStore] | None:
        """Since when, s, a call is under way, and for which store."""
        since = self._since
        return None if since is None else (time.monotonic() - since[0], since[1])

    def end(self) -> None:
        """Try once more, and end."""
        with self._wake:
            self._closing = True
            self._due = True
            self._wake.notify()

    def join(self, until: float) -> bool:
        """Wait until a time; return whether the thread ended."""
        thread = self._thread
        if thread is not None:
            # What has not answered for so long already is not waited for once more.
            thread.join(0.0 if self.silent else max(0.0, until - time.monotonic()))
        return thread is None or not thread.is_alive()

    def _run(self) -> None:
        failed = False
        while True:
            with self._wake:
                while not self._due and not self._closing:
                    if not self._wake.wait(RETRY_S if failed else None):
                        break  # time to try again
                self._due = False
                closing, stores = self._closing, list(self._stores)
            done = [self._round(store) for store in stores]
            failed = not all(done)
            with self._wake:
                if closing or not (self._stores or self._due):
                    self._thread = None if not closing else self._thread
                    return

    def _round(self, store: JournalStore) -> bool:
        """Read and mirror one store; return whether nothing is left to do."""
        try:
            self._merge(store)
            if store.unsettled or self._closing:
                self._beat(store)
                store.mirror()
                report = Mirrored(store)
            else:
                report = None
        except UserError as error:
            report = Mirrored(store, error.message)
        except Exception as error:  # noqa: BLE001 - handed to the main thread, never dropped
            report = Mirrored(store, str(error) or type(error).__name__, error)
        self._since = None
        if report is not None:
            self._relay.send(self._relay.reported, report)
            if report.problem:
                return False
        with self._wake:
            if store is not self._current and not store.unsettled:
                self._stores.pop(store, None)
        return True

    def _merge(self, store: JournalStore) -> None:
        merge = self._stores.get(store)
        if merge is None:
            return

        def check() -> None:
            self._beat(store)
            if self._closing or store is not self._current:
                raise CancelledError

        try:
            check()
            read = merge(check)
        except CancelledError:  # it is read when its recording is opened again
            pass
        else:
            self._relay.send(self._relay.read, read)
        with self._wake:
            if store in self._stores:
                self._stores[store] = None

    def _beat(self, store: JournalStore) -> None:
        self._since = time.monotonic(), store


class Mirror(QObject):
    """Brings the places of journals up to date, each in a thread: none waits for another.

    Attributes
    ----------
    reported : Signal(Mirrored)
        A round ended, or has not ended for long.
    read : Signal(object)
        What ``merge`` made of a place's journals.
    """

    reported = Signal(object)
    read = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._relay = _Relay()
        self._relay.reported.connect(self._on_reported)
        self._relay.read.connect(self._on_read)
        self._places: dict[str, _Place] = {}
        weakref.finalize(self, _end, self._places)  # also where nobody closes it
        self._current: JournalStore | None = None
        self._watch = QTimer(self)
        self._watch.setInterval(WATCH_MS)
        self._watch.timeout.connect(self._look)

    def watch(self, store: JournalStore, merge: Merge | None = None) -> None:
        """Mirror a store from now on; those before it until all they hold is mirrored.

        Parameters
        ----------
        store : JournalStore
            The open recording's.
        merge : callable, optional
            Reads what is in the results' folder, in the place's thread, and returns what
            :attr:`read` tells. It is given a function to call before each file.
        """
        name = str(store.mirror_dir or store.local_dir)
        place = self._places.setdefault(name, _Place(name, self._relay))
        place.watch(store, merge)
        self._current = store
        self.poke()

    def poke(self) -> None:
        """Say that there is something to mirror."""
        for place in self._places.values():
            place.poke(self._current)
        self._watch.start()

    def close(self, seconds: float | None = None) -> bool:
        """Try once more, and end; return whether the threads ended in time.

        What is not mirrored by then is at the next start.

        Parameters
        ----------
        seconds : float, optional
            Longest time to wait, s; :data:`bcviewer.app.threads.worker.CLOSE_S` by default.
        """
        return close_all([self], seconds)

    def end(self) -> None:
        """Try once more, and end."""
        self._watch.stop()
        _end(self._places)

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the threads ended."""
        ended = join_all(self._places.values(), until)
        self._relay.shut()
        return ended

    def _look(self) -> None:
        """Say so where a place does not answer."""
        calls = [(place, place.under_way) for place in self._places.values()]
        for place, there in calls:
            place.silent = there is not None and there[0] > CLOSE_S
            if there is not None and there[0] >= STUCK_S:
                self.reported.emit(Mirrored(there[1], silence_words(place.place, there[0])))
        if not any(there for _, there in calls):
            self._watch.stop()

    @Slot(object)
    def _on_reported(self, report: Mirrored) -> None:
        self.reported.emit(report)

    @Slot(object)
    def _on_read(self, read: object) -> None:
        self.read.emit(read)


def _end(places: dict[str, _Place]) -> None:
    for place in places.values():
        place.end()
