"""What is under way: how far it is, and whether anything is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from bcviewer.app.threads.waiting import wait_until
from bcviewer.app.threads.worker import Progress


class Busy(Protocol):
    """Something that may be at work."""

    @property
    def busy(self) -> bool:
        """Whether it is."""


class UnderWay(QObject):
    """Knows how far everything is that is under way, and waits until nothing is.

    Attributes
    ----------
    progressed : Signal(Progress or None)
        How far the work is; None: it ended.
    idle : Signal()
        Nothing is under way.
    """

    progressed = Signal(object)
    idle = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._works: tuple[Busy, ...] = ()
        self._progress: dict[str, Progress] = {}
        self._held: set[str] = set()
        self._closed = False

    def follow(self, works: Iterable[Busy]) -> None:
        """Say who may be at work."""
        self._works = tuple(works)

    @property
    def busy(self) -> bool:
        """Whether anything is under way; once it is closed nothing is."""
        if self._closed:
            return False
        return bool(self._held) or any(work.busy for work in self._works)

    def show(self, progress: Progress) -> None:
        """Tell how far a work is; one that says nothing (any more) is not shown."""
        if not progress.text:
            self.end(progress.tag)
            return
        self._progress[progress.tag] = progress
        self.progressed.emit(progress)

    def end(self, tag: str) -> None:
        """Tell that a work ended, and how far another one is."""
        if self._progress.pop(tag, None) is not None:
            self.progressed.emit(next(iter(self._progress.values()), None))

    def hold(self, name: str, held: bool) -> None:
        """Say that something else (plots being made ready) is or is no longer under way."""
        if held:
            self._held.add(name)
        else:
            self._held.discard(name)
            self.check()

    def check(self) -> None:
        """Tell if nothing is under way."""
        if not self.busy:
            self.idle.emit()

    def wait(self, ms: float | None) -> bool:
        """Handle events until nothing is under way, at most ``ms`` ms; return whether it is so."""
        return wait_until(lambda: not self.busy, self.idle, ms)

    def close(self) -> None:
        """Say that nothing is waited for any more."""
        self._closed = True
        self.idle.emit()
