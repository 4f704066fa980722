"""Notices what other windows and other people say of the open recording, within a second or so.

Folders are looked at again and again, each in a thread of its own: a network drive may not answer,
and tells of no change. Only what was added is read.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from bcviewer.app.threads.relay import Relay
from bcviewer.app.threads.worker import join_all
from bcviewer.io.journal.store import JournalsRead, JournalStore

HERE_S, THERE_S = 0.4, 2.0
"""Time between two looks at the local folder, and at the results', s."""

_SLOW_S = 0.5
"""Ending waits no longer than this for a look, s."""
_SHARE = 20
"""A look that took long is followed by a pause of so many times as long."""


@dataclass(frozen=True, slots=True, eq=False)
class Added:
    """What was added to a recording's journals.

    Attributes
    ----------
    store : JournalStore
        The journals.
    reading : JournalsRead
        What is new.
    error : Exception or None
        What was raised, where nobody expected it.
    """

    store: JournalStore
    reading: JournalsRead
    error: Exception | None = None


class _Relay(Relay):
    arrived = Signal(object)


class _Watcher:
    """Looks at one place again and again; a daemon thread that ends where nothing is watched."""

    def __init__(
        self,
        name: str,
        look: Callable[[JournalStore], JournalsRead],
        pause: Callable[[], float],
        relay: _Relay,
    ) -> None:
        self._name, self._look, self._pause, self._relay = name, look, pause, relay
        self._wake = threading.Condition()
        self._store: JournalStore | None = None
        self._threads: list[threading.Thread] = []
        """Those that run: the one of the store, and those that have not noticed yet."""
        self._since: dict[threading.Thread, float] = {}
        """When each that is looking began to."""

    def watch(self, store: JournalStore | None) -> None:
        """Look at a store from now on. A look that hangs is abandoned with its thread."""
        with self._wake:
            self._store = store
            self._wake.notify_all()
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        if store is not None:
            thread = threading.Thread(target=self._run, args=(store,), name=self._name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether all its threads ended.

        A look that takes long already is not waited for: it reads only.
        """
        for thread in self._threads:
            since = self._since.get(thread)
            slow = since is not None and time.monotonic() - since > _SLOW_S
            thread.join(0.0 if slow else max(0.0, min(until - time.monotonic(), _SLOW_S)))
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self, store: JournalStore) -> None:
        pause = self._pause()
        while True:
            with self._wake:
                if self._store is store:
                    self._wake.wait(pause)
                if self._store is not store:
                    return
            start = self._since[threading.current_thread()] = time.monotonic()
            try:
                arrived = Added(store, self._look(store))
            except Exception as error:  # noqa: BLE001 - handed to the main thread, never dropped
                self._relay.send(self._relay.arrived, Added(store, JournalsRead(()), error))
                return
            finally:
                del self._since[threading.current_thread()]
            if arrived.reading.actions or arrived.reading.issues:
                self._relay.send(self._relay.arrived, arrived)
            pause = max(self._pause(), _SHARE * (time.monotonic() - start))


class Arrivals(QObject):
    """Watches the two places of the open recording's journals.

    Attributes
    ----------
    arrived : Signal(Added)
        Something was added by another program.
    """

    arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._relay = _Relay()
        self._relay.arrived.connect(self._on_arrived)
        self._here = _Watcher("journals here", JournalStore.look_here, lambda: HERE_S, self._relay)
        self._there = _Watcher(
            "journals there", JournalStore.look_there, lambda: THERE_S, self._relay
        )
        weakref.finalize(self, _end, (self._here, self._there))  # also where nobody closes it

    def watch(self, store: JournalStore | None) -> None:
        """Watch a store from now on, and none before it; None: none at all."""
        self._here.watch(store)
        self._there.watch(None if store is None or store.mirror_dir is None else store)

    def end(self) -> None:
        """Ask the threads to end."""
        self.watch(None)

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the threads ended."""
        ended = join_all((self._here, self._there), until)
        self._relay.shut()
        return ended

    @Slot(object)
    def _on_arrived(self, arrived: Added) -> None:
        self.arrived.emit(arrived)


def _end(watchers: tuple[_Watcher, ...]) -> None:
    for watcher in watchers:
        watcher.watch(None)
