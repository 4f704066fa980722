"""Writes queues and what is tried in a thread: however slow the user's home is, nobody waits."""

from __future__ import annotations

import threading
import time

from PySide6.QtCore import QObject, Signal

from bcviewer.app.threads.relay import Relay
from bcviewer.io.journal.queue_file import KeptTexts


class _Relay(Relay):
    failed = Signal(object)


class QueueWriter(QObject):
    """Writes what is put to the files of texts; its thread owes all of it, and ends with it.

    Attributes
    ----------
    failed : Signal(Exception)
        One could not be written: a ``UserError``, where that is nobody's fault here.
    """

    failed = Signal(object)

    def __init__(self, files: KeptTexts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._files = files
        self._relay = _Relay()
        self._relay.failed.connect(self.failed)
        self._lock = threading.Lock()
        self._due = False
        self._thread: threading.Thread | None = None

    def put(self, key: str, text: str) -> None:
        """Keep a text: whoever reads it finds it from now on."""
        self._files.put(key, text)
        with self._lock:
            self._due = True
            if self._thread is None:
                # a daemon: what hangs in a dead drive must not keep the program from ending
                self._thread = threading.Thread(target=self._run, name="queue", daemon=True)
                self._thread.start()

    def end(self) -> None:
        """Begin nothing more; what was put is written still."""

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether all is written."""
        thread = self._thread
        if thread is not None:
            thread.join(max(0.0, until - time.monotonic()))
        self._relay.shut()
        return thread is None or not thread.is_alive()

    def _run(self) -> None:
        while self._is_due():
            goes_on = True
            while goes_on:
                try:
                    goes_on = self._files.write()
                except Exception as error:  # noqa: BLE001 - handed to the main thread, not dropped
                    self._relay.send(self._relay.failed, error)  # and the next one is written

    def _is_due(self) -> bool:
        with self._lock:
            due, self._due = self._due, False
            if not due:
                self._thread = None
            return due
