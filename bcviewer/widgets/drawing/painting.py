"""What Qt would paint and looks the same, and what it would paint in a turn that took long."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import inf

from PySide6.QtCore import (
    QAbstractEventDispatcher,
    QCoreApplication,
    QEvent,
    QObject,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from bcviewer.app.threads.waiting import OwnTurn, TurnClock, in_loop

_ACTIVATIONS = (QEvent.Type.WindowActivate, QEvent.Type.WindowDeactivate)
_SEEN = [QPalette.ColorRole[n] for n in ("Window", "WindowText", "Base", "AlternateBase", "Text")]
"""What tables and plots are painted with; what is selected has colours of its own."""
_TOO_LONG = (1.0, 3.0, inf)
"""A turn paints that took at most so many times what is long; so the one after one that did not,
and the third one.
"""
_PARTS = 4
"""What a widget is painted with is made in so many turns."""
_PATIENCE = 3
"""So often is waited at most for what was drawn: it may look the same, or more is drawn by then."""


def is_of_no_look(event: QEvent) -> bool:
    """Whether a window became the active one or is that no more, and looks the same by it."""
    return event.type() in _ACTIVATIONS and _looks_same(QApplication.palette().cacheKey())


@lru_cache(maxsize=1)
def _looks_same(_: int) -> bool:
    """Compare the colours of the palette that has this key: each widget is told, and asks."""
    palette, group = QApplication.palette(), QPalette.ColorGroup
    return all(
        palette.color(group.Active, role) == palette.color(group.Inactive, role) for role in _SEEN
    )


class StillScenes(QObject):
    """Keeps scenes from painting all of them anew at each glance at another program.

    No scene is ever an active one by that: none of its items takes the focus.
    """

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """Keep those events from a scene."""
        return is_of_no_look(event)


class PaintedApart(QObject):
    """Lets a turn of the event loop that took long paint nothing, or nothing more: the next does.

    What a worker found may come in the turn in which Qt paints what was drawn before; all that is
    drawn of it would be painted in the same turn. So would what is drawn while Qt paints.

    Parameters
    ----------
    window : QWidget
        Who is painted.
    long_ms : float
        What is long, ms of CPU.

    Attributes
    ----------
    is_due : bool
        Whether something was put off, and is not painted yet.
    """

    def __init__(self, window: QWidget, long_ms: float) -> None:
        super().__init__(window)
        self._window, self._long_ms, self._clock = window, long_ms, TurnClock.here()
        self._put_off = self.is_due = False
        """Whether this turn puts painting off."""
        self._n_put_off = 0
        """How many turns before it did, one after the other."""
        self._has_painted = False
        """Whether this turn did."""
        self._is_drawn, self._patience = False, _PATIENCE
        """Whether something was drawn since Qt painted last; how often it is still waited for."""
        QAbstractEventDispatcher.instance().aboutToBlock.connect(self._begin)
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._ask)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Put off what asks to paint; after turns that did, all but the first time."""
        if event.type() != QEvent.Type.UpdateRequest:
            return super().eventFilter(watched, event)
        most = _TOO_LONG[0 if self._has_painted else min(self._n_put_off, 2)]
        if in_loop() and self._clock.took_ms > self._long_ms * most:
            self._put_off = True
            self._next.start()
        self._has_painted |= not self._put_off
        self.is_due = self._put_off
        self._is_drawn &= self._put_off
        return self._put_off

    def expect(self) -> None:
        """Take it that something was drawn: it is to be painted."""
        self._is_drawn = True

    def awaits(self) -> bool:
        """Whether to draw more is to wait: what was drawn before is not painted yet."""
        waits = self._is_drawn and self._patience > 0
        self._patience = self._patience - 1 if waits else _PATIENCE
        return waits

    def _begin(self) -> None:
        self._n_put_off = self._n_put_off + 1 if self._put_off else 0
        self._put_off = self._has_painted = False

    def _ask(self) -> None:
        """Ask once more: Qt does not, it has asked."""
        QCoreApplication.postEvent(self._window, QEvent(QEvent.Type.UpdateRequest))


class MovedApart(QObject):
    """Lets a widget that moved, or has another size, be painted in a turn of its own.

    What moved it (a bar that came) is painted before it; it stays as it is on screen until then.
    Not in a window of another size, where nothing is left of it, nor under a hand that drags.

    Parameters
    ----------
    widget : QWidget
        What takes long to paint.
    make_ready : callable
        Makes what a part of it is painted with, in the widget's coordinates.

    Attributes
    ----------
    waiting : Signal(bool)
        Whether it is still to be painted.
    """

    waiting = Signal(bool)

    def __init__(self, widget: QWidget, make_ready: Callable[[QRect], None]) -> None:
        super().__init__(widget)
        self._widget, self._make_ready, self._window_size = widget, make_ready, QSize()
        self._unready: list[QRect] = []
        self._turn = OwnTurn(self)
        self._turn.come.connect(self._paint)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep it from being painted where it is by now."""
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize):
            before, self._window_size = self._window_size, self._widget.window().size()
            held = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
            if before == self._window_size and not held and self._widget.isVisible() and in_loop():
                self._keep_back()
        return super().eventFilter(watched, event)

    def begin(self) -> None:
        """Make what it is painted with before it is, part by part: it was empty until now."""
        if in_loop():
            area, high = self._widget.rect(), self._widget.height() // _PARTS + 1
            parts = [QRect(0, i * high, area.width(), high) & area for i in range(_PARTS)]
            self._unready = parts[::-1]
            self._keep_back()

    def _keep_back(self) -> None:
        if not self._turn.is_coming:
            self._widget.setUpdatesEnabled(False)
            self.waiting.emit(True)
            self._turn.start()

    def _paint(self) -> None:
        if self._unready:
            self._make_ready(self._unready.pop())
            self._turn.start(0)
        else:
            self._widget.setUpdatesEnabled(True)
            self.waiting.emit(False)
