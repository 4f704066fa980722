"""Carries what threads found out to the main thread."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject
from shiboken6 import isValid


class Relay(QObject):
    """Emits signals from other threads, until it is shut.

    No thread is within Qt after that: one that were while the interpreter ends would take the
    whole process down with it. It lives as long as the threads do.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()  # garbage that is collected within may shut it
        self._shut = False

    def send(self, signal: object, *values: object) -> None:
        """Emit one of the signals of this relay."""
        with self._lock:
            if not self._shut and isValid(self):  # it goes with the application
                signal.emit(*values)  # type: ignore[attr-defined]

    def shut(self) -> None:
        """Emit nothing any more."""
        with self._lock:
            self._shut = True
