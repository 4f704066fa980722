"""The wheel zooms and a double click resets: the same in every plot.

What stands in an area that scrolls is scrolled by the wheel; with Ctrl it zooms there, as it does
everywhere. The middle button moves what is zoomed.
"""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QScrollArea, QWidget

NOTCH = 1.25
"""How much closer one notch of the wheel is."""
_NOTCH_ANGLE = 120.0
LARGEST = 6.0
"""What draws itself in pixels is shown no larger than that."""


def scrolls(widget: QWidget) -> bool:
    """Whether a widget is in an area that is too small for it, and so scrolls."""
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, QScrollArea):
        parent = parent.parentWidget()
    return isinstance(parent, QAbstractScrollArea) and parent.verticalScrollBar().maximum() > 0


class Zooming:
    """What the wheel zooms and a double click resets; a widget is that, and this before it."""

    def zoom_by(self, factor: float, place: QPointF) -> None:
        """Show what is at a place closer by a factor; below 1: from further away."""
        raise NotImplementedError

    def reset_zoom(self) -> None:
        """Show all of it."""
        raise NotImplementedError

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        held = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if not turned or (scrolls(cast(QWidget, self)) and not held):
            event.ignore()  # it is the scroll area's
            return
        self.zoom_by(NOTCH ** (turned / _NOTCH_ANGLE), event.position())
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)  # type: ignore[misc]  # the widget's
        if event.button() == Qt.MouseButton.LeftButton:
            self.reset_zoom()


class Enlarging(Zooming):
    """What draws itself in pixels, larger where it is zoomed: it scrolls then.

    Attributes
    ----------
    zoom : float
        How large it is, 1: as it is laid out.
    """

    zoom = 1.0

    def zoom_by(self, factor: float, place: QPointF) -> None:  # noqa: ARG002  all of it
        zoom = min(max(self.zoom * factor, 1.0), LARGEST)
        if zoom != self.zoom:
            self.zoom = zoom
            self.lay_out_zoomed()

    def reset_zoom(self) -> None:
        if self.zoom != 1.0:
            self.zoom = 1.0
            self.lay_out_zoomed()

    def lay_out_zoomed(self) -> None:
        """Lay it out at another :attr:`zoom`."""
        raise NotImplementedError
