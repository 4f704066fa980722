"""A stretch of time is chosen by dragging over a plot of time, or over the strip above it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QWidget

MOVED = 4.0
"""A press that moves by less is a click, pixels."""

NEAR = 6.0
"""So near an edge, or an end, the mouse means it, pixels."""


class TimeDrag(QObject):
    """Watches the left button on some widgets that have one time axis.

    An edge of the stretch that is there is moved; anywhere else a drag chooses another one. Ends
    catch at the session's and at those of the kept time.

    Parameters
    ----------
    session, seen : callable
        Return where the session begins and ends, and which part of that is on screen, in pixels of
        each of the widgets.
    parent : QObject
        Whose it is.

    Attributes
    ----------
    end_s : float
        The time at the right end; at the left it is 0.
    ends : tuple of float
        Times that the mouse means when it is near them, s.
    chosen : tuple of float or None
        The stretch that is there, s.
    dragged : tuple of float or None
        What is being dragged over, s; None: nothing is.
    moved : Signal()
        It is dragged over something else.
    finished : Signal(float, float)
        Something was dragged over, s.
    clicked : Signal()
        It was clicked, once: a double click resets a zoom, and the first click of one is none.
    """

    moved = Signal()
    finished = Signal(float, float)
    clicked = Signal()

    def __init__(
        self,
        session: Callable[[], tuple[float, float]],
        seen: Callable[[], tuple[float, float]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._seen = session, seen
        self._click = QTimer(self)
        self._click.setSingleShot(True)
        self._click.timeout.connect(self.clicked)
        self.end_s = 0.0
        self.ends: tuple[float, ...] = ()
        self.chosen: tuple[float, float] | None = None
        self.dragged: tuple[float, float] | None = None
        self._from: float | None = None
        self._anchor = self._at = 0.0

    def watch(self, widget: QWidget) -> None:
        """Let it be dragged over a widget."""
        widget.installEventFilter(self)
        widget.setMouseTracking(True)

    @property
    def span(self) -> tuple[float, float] | None:
        """What is marked: what is dragged over now, else what is chosen."""
        return self.dragged if self.dragged is not None else self.chosen

    def cancel(self) -> None:
        """Let go of what is being dragged."""
        if self._from is not None:
            self._from = self.dragged = None
            self.moved.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the left button's events; all others are the widget's."""
        if not isinstance(event, QMouseEvent) or not isinstance(watched, QWidget):
            return False
        x, left = event.position().x(), event.button() == Qt.MouseButton.LeftButton
        if event.type() == QEvent.Type.MouseButtonPress and left:
            return self._press(x)
        if event.type() == QEvent.Type.MouseButtonDblClick:
            self._click.stop()  # it resets a zoom: the widget's
            return False
        if event.type() == QEvent.Type.MouseMove:
            if self._from is None:
                self._point(watched, x)
                return False
            self._move(x)
            return True
        if event.type() == QEvent.Type.MouseButtonRelease and left and self._from is not None:
            self._release(x)
            return True
        return False

    def _press(self, x: float) -> bool:
        left, right = self._seen()
        if not left - NEAR <= x <= right + NEAR or not self.end_s > 0:
            return False
        self._from = self._at = x
        self._anchor = self._time(x)
        edge = self._edge(x)
        if edge is not None and self.chosen is not None:
            self._anchor = self.chosen[1 - edge]
        return True

    def _move(self, x: float) -> None:
        assert self._from is not None  # noqa: S101  the caller looked
        self._at = x
        if self.dragged is None and abs(x - self._from) < MOVED:
            return
        low, high = sorted((self._anchor, self._time(x)))
        if (low, high) != self.dragged:
            self.dragged = (low, high)
            self.moved.emit()

    def _release(self, x: float) -> None:
        self._move(x)
        dragged, self.dragged, self._from = self.dragged, None, None
        if dragged is None:
            self._click.start(QGuiApplication.styleHints().mouseDoubleClickInterval())
        elif dragged[1] > dragged[0]:
            self.finished.emit(*dragged)
        self.moved.emit()

    def _time(self, x: float) -> float:
        """Return the time at a pixel; near an end it is that end."""
        left, right = self._session()
        per_pixel = self.end_s / max(right - left, 1.0)
        time = min(max((x - left) * per_pixel, 0.0), self.end_s)
        ends = (end for end in (0.0, *self.ends, self.end_s) if end == end)
        nearest = min(ends, key=lambda end: abs(end - time))
        return nearest if abs(nearest - time) <= NEAR * per_pixel else time

    def _edge(self, x: float) -> int | None:
        """Return which edge of the stretch that is there is near: 0, 1, or none."""
        if self.chosen is None:
            return None
        left, right = self._session()
        away = [
            abs(left + edge / self.end_s * (right - left) - x) if self.end_s > 0 else NEAR + 1
            for edge in self.chosen
        ]
        nearest = away.index(min(away))
        return nearest if away[nearest] <= NEAR else None

    def _point(self, widget: QWidget, x: float) -> None:
        """Show that an edge can be moved."""
        shape = Qt.CursorShape
        wanted = shape.SplitHCursor if self._edge(x) is not None else shape.ArrowCursor
        if widget.cursor().shape() != wanted:
            widget.setCursor(wanted)
