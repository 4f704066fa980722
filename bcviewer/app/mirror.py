"""Mirrors journals in the background: however slow or gone the drive is, nobody waits for it."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from bcviewer.errors import UserError
from bcviewer.io.journal import JournalStore

RETRY_S = 10.0
"""What could not be mirrored is tried again after this time, s."""

CLOSE_S = 3.0
"""Closing waits at most this long; what is not mirrored by then is at the next start."""


@dataclass(frozen=True, slots=True, eq=False)
class Mirrored:
    """How one round of mirroring a recording's journals ended.

    Attributes
    ----------
    store : JournalStore
        Whose round it was.
    problem : str
        Why it failed; empty where it did not.
    error : Exception or None
        What was raised, where nobody expected it.
    """

    store: JournalStore
    problem: str = ""
    error: Exception | None = None


class _Relay(QObject):
    """Carries reports to the main thread; it lives as long as the thread does."""

    reported = Signal(object)


class Mirror(QObject):
    """One thread that brings the places of journals up to date.

    It is a Python thread and a daemon: a call that hangs in a dead network drive can neither be
    ended nor waited for, and must not keep the program from ending.

    Attributes
    ----------
    reported : Signal(Mirrored)
        A round ended.
    """

    reported = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._relay = _Relay()
        self._relay.reported.connect(self._on_reported)
        self._wake = threading.Condition()
        self._stores: list[JournalStore] = []
        self._current: JournalStore | None = None
        self._due = False
        self._closing = False
        self._thread: threading.Thread | None = None

    def watch(self, store: JournalStore) -> None:
        """Mirror a store from now on; those before it until all they hold is mirrored."""
        with self._wake:
            self._current = store
            if store not in self._stores:
                self._stores.append(store)
        if store.unsettled:
            self.poke()

    def poke(self) -> None:
        """Say that there is something to mirror."""
        with self._wake:
            self._due = True
            self._wake.notify()
        if self._thread is None and not self._closing:
            self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)
            self._thread.start()

    def close(self, seconds: float | None = None) -> bool:
        """Try once more, and end; return whether the thread ended in time.

        Parameters
        ----------
        seconds : float, optional
            Longest time to wait; :data:`CLOSE_S` where it is not given.
        """
        with self._wake:
            self._closing = True
            self._due = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(CLOSE_S if seconds is None else seconds)
            return not self._thread.is_alive()
        return True

    def _run(self) -> None:
        failed = False
        while True:
            with self._wake:
                while not self._due and not self._closing:
                    if not self._wake.wait(RETRY_S if failed else None):
                        break  # time to try again
                self._due = False
                closing, stores = self._closing, list(self._stores)
            done = [self._round(store, closing) for store in stores]
            failed = not all(done)
            if closing:
                return

    def _round(self, store: JournalStore, closing: bool) -> bool:
        """Mirror one store; return whether nothing is left to do."""
        if store.unsettled or closing:
            try:
                store.mirror()
                report = Mirrored(store)
            except UserError as error:
                report = Mirrored(store, error.message)
            except Exception as error:  # noqa: BLE001 - handed to the main thread, never dropped
                report = Mirrored(store, str(error) or type(error).__name__, error)
            self._relay.reported.emit(report)
            if report.problem:
                return False
        with self._wake:
            if store is not self._current and not store.unsettled:
                self._stores.remove(store)
        return True

    @Slot(object)
    def _on_reported(self, report: Mirrored) -> None:
        self.reported.emit(report)
