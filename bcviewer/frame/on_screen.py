"""Keeps a window that was put back within its screen, with its frame."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtWidgets import QStyle, QWidget

_AGAIN_MS, _FRAME_BY, _MOST = 100, 10, 100
"""How often it is looked; a frame comes within so many looks, or never; so many are the most."""
_WHOLE = (
    Qt.WindowState.WindowMaximized
    | Qt.WindowState.WindowFullScreen
    | Qt.WindowState.WindowMinimized
)


class OnScreen(QObject):
    """Makes a window fit once it is shown, as far as its minimum size allows, and then lets it be.

    Qt does so before it is laid out; a window that asks for more until then grows to it, and its
    last lines are below the edge: seen on a lower screen than the one that it was left on.

    Parameters
    ----------
    window : QWidget
        The window, not shown yet.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window, self._looks = window, 0
        self._again = QTimer(self)
        self._again.timeout.connect(self._look)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Begin when the window is shown."""
        if event.type() == QEvent.Type.Show:
            self._again.start(0)
        return super().eventFilter(watched, event)

    def _look(self) -> None:
        """Look until it fits: no event tells of the frame, which the system adds some time after.

        It is not moved before: it would be put where its inner part alone fits.
        """
        window = self._window
        self._looks += 1
        self._again.setInterval(_AGAIN_MS)
        if self._looks > _MOST or window.windowState() & _WHOLE:
            self._let_be()
        elif window.isVisible():
            framed = window.frameSize() != window.size() or self._looks >= _FRAME_BY
            self._fit(framed)
            if framed:  # no further look: a hand may move it by now
                self._let_be()

    def _fit(self, framed: bool) -> None:
        """Make it fit, as far as its minimum size allows."""
        window = self._window
        area, around = window.screen().availableGeometry(), self._around()
        window.resize(window.size().boundedTo(area.size() - around))
        whole = window.size() + around
        place = _within(area, QRect(window.pos(), whole))
        if framed and place != window.pos():
            window.move(place)

    def _around(self) -> QSize:
        """Return what the frame takes; before the system says so, what a title takes at least."""
        window = self._window
        title = window.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
        return (window.frameSize() - window.size()).expandedTo(QSize(0, title))

    def _let_be(self) -> None:
        self._again.stop()
        self._window.removeEventFilter(self)


def _within(area: QRect, whole: QRect) -> QPoint:
    """Return where a window is to be, so that all of it is seen; its upper left corner at least."""
    right, bottom = area.right() - whole.width() + 1, area.bottom() - whole.height() + 1
    x, y = max(area.left(), min(whole.x(), right)), max(area.top(), min(whole.y(), bottom))
    return QPoint(x, y)
