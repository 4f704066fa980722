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
"""A turn paints that took at most so many times what is long: as a rule, after one that put it off,
and after two that did."""
_MOST_ASKED = 3
"""So often is asked anew at most: not every system says where a turn ends. Windows does once there
is nothing left to do."""
_PARTS = 4
"""What a widget is painted with is made in so many turns."""
_WIDEST = (1 << 24) - 1
"""Pixels that no widget is larger than: as Qt has it."""
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
    """Lets a turn of the event loop that took long paint nothing, or nothing more: one soon does.

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
        self._n_put_off = self._n_asked = 0
        """How many turns before it did, one after the other; how often was asked anew since."""
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
        """Put off what asks to paint in a turn that took too long, or has painted and took long."""
        if event.type() != QEvent.Type.UpdateRequest:
            return super().eventFilter(watched, event)
        most = _TOO_LONG[0 if self._has_painted else min(self._n_put_off, 2)]
        if not in_loop() or self._n_asked >= _MOST_ASKED:  # a script has no turns
            self._put_off = False
        elif self._clock.took_ms > self._long_ms * most:
            self._put_off = True
        if self._put_off:
            self._next.start()
        else:
            self._n_asked = 0
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
        self._n_asked += 1
        QCoreApplication.postEvent(self._window, QEvent(QEvent.Type.UpdateRequest))


class Curtain(QWidget):
    """Is painted in place of all that is in a widget while it is down; else it has no size.

    To show and to hide it would have Qt lay the window out at once, within the call.

    Parameters
    ----------
    parent : QWidget
        The widget.
    role : QPalette.ColorRole
        Its colour.
    """

    def __init__(
        self, parent: QWidget, role: QPalette.ColorRole = QPalette.ColorRole.Window
    ) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(role)
        self.lift()

    @property
    def is_down(self) -> bool:
        """Whether it covers what is in the widget."""
        return not self.size().isEmpty()

    def drop(self) -> None:
        """Cover all there is, of whatever size."""
        self.raise_()
        self.resize(_WIDEST, _WIDEST)

    def lift(self) -> None:
        """Let be seen what is there."""
        self.resize(0, 0)


class MovedApart(QObject):
    """Lets a widget that moved, or has another size, be painted in a turn of its own.

    What moved it (a bar that came) is painted before it; what was on the screen stays there until
    then. Not where nothing may be left of that, in a window that was not painted since it has its
    size or shows other things, nor under a hand that drags.

    Parameters
    ----------
    widget : QWidget
        What takes long to paint; it is in its window by now.
    make_ready : callable
        Makes what a part of it is painted with: which one, of how many.

    Attributes
    ----------
    waiting : Signal(bool)
        Whether it is still to be painted.
    """

    waiting = Signal(bool)

    def __init__(self, widget: QWidget, make_ready: Callable[[int, int], None]) -> None:
        super().__init__(widget)
        self._widget, self._make_ready = widget, make_ready
        self._curtain = Curtain(widget, QPalette.ColorRole.Base)
        self._n_unready, self._is_held = 0, False
        """How many parts are still to be made ready; whether it waits."""
        self._is_painted = False
        """Whether its window was painted since nothing was left of what was there."""
        self._turn = OwnTurn(self)
        self._turn.come.connect(self._paint)
        widget.installEventFilter(self)
        widget.window().installEventFilter(self)

    @property
    def busy(self) -> bool:
        """Whether it is still to be painted."""
        return self._is_held

    @property
    def may_wait(self) -> bool:
        """Whether what is on the screen may stay there for a while."""
        return self._is_painted and in_loop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep it from being painted where it is by now, but in a window of another size."""
        kind = event.type()
        if watched is not self._widget:
            if kind == QEvent.Type.Paint:
                self._is_painted = True
            elif kind in (QEvent.Type.Resize, QEvent.Type.Show):
                self.let()
        elif kind in (QEvent.Type.Move, QEvent.Type.Resize) and self._widget.isVisible():
            self.hold()
        return super().eventFilter(watched, event)

    def hold(self) -> None:
        """Keep it from being painted until its turn comes."""
        free = QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton
        if free and self.may_wait and not self._curtain.is_down:
            self._widget.setUpdatesEnabled(False)
            self._n_unready = _PARTS
            self._wait()

    def let(self) -> None:
        """Let it be painted in the next frame, wherever it is by then: all on screen is another."""
        self._is_painted = False
        if not self._curtain.is_down:  # else it was never painted, and is made ready first
            self._n_unready = 0
        self._widget.setUpdatesEnabled(True)

    def begin(self) -> None:
        """Make what it is painted with before it is, part by part: it was empty until now."""
        if in_loop():
            self._n_unready = _PARTS
            self._curtain.drop()
            self._wait()

    def make_ready(self) -> None:
        """Make all of it at once: no event loop waits for it yet."""
        while self._n_unready:
            self._n_unready -= 1
            self._make_ready(self._n_unready, _PARTS)

    def stop(self) -> None:
        """Let it be painted from now on: the window closes."""
        self._turn.stop()
        self._n_unready = 0
        self._paint()

    def _wait(self) -> None:
        self._turn.start()
        if not self._is_held:
            self._is_held = True
            self.waiting.emit(True)

    def _paint(self) -> None:
        if self._n_unready:
            self._n_unready -= 1
            self._turn.start(0)  # first: one that fails keeps no other from being made
            self._make_ready(self._n_unready, _PARTS)
        elif self._is_held:
            self._is_held = False
            self._curtain.lift()
            self._widget.setUpdatesEnabled(True)
            self.waiting.emit(False)
