"""The ends of a region of interest, to take hold of: dragged, moved by keys, taken back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from bcviewer.widgets.drawing.hand import TREMOR
from bcviewer.widgets.drawing.own_keys import keeps_key
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.tips import plain_tip

HIGH = 13
"""Pixels of its height: so near, above and below, an end is taken hold of."""
HOW = (
    "Drag an end to set it; arrow keys move it by 10 µm, with Shift by 1 µm, Enter sets it, Esc"
    " leaves it. Delete, or a double click: as the config says."
)
_STEP, _FINE = 10.0, 1.0
_GRIP = (18.0, 7.0)
_STEPS = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
_BACK = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_OWN = (*_STEPS, *_BACK, *_ENTER, Qt.Key.Key_Escape)


class RegionKnob(QWidget):
    """Lies over one end of a band; the band itself is the plot's.

    Parameters
    ----------
    parent : QWidget
        The plot.
    depth_at : callable
        Returns the depth, µm, at a place of the plot.

    Attributes
    ----------
    moved : Signal(float, bool)
        The depth that it is to be at, rounded, and whether it is set by that.
    left, reset : Signal()
        What was moved is to be as it was; the region is to be as the config says.
    depth_um : float
        Where it is, µm.
    """

    moved = Signal(float, bool)
    left = Signal()
    reset = Signal()

    def __init__(self, parent: QWidget, depth_at: Callable[[QPointF], float]) -> None:
        super().__init__(parent)
        self._depth_at = depth_at
        self.depth_um = 0.0
        self._pressed: QPointF | None = None
        self._drags = self._moves = False
        self.setCursor(Qt.CursorShape.SplitVCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # after a drag Down steps through units
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    def say(self, words: str) -> None:
        """Tell what it is the end of."""
        self.setAccessibleName(words)
        self.setToolTip(plain_tip(f"{words}\n{HOW}"))

    # -- the mouse ---------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._pressed, self._drags = self.mapToParent(event.position()), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        place = self.mapToParent(event.position())
        self._drags = self._drags or (place - self._pressed).manhattanLength() >= TREMOR
        if self._drags:
            self.moved.emit(self._rounded(event, place), False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        drags, self._pressed, self._drags = self._drags, None, False
        if drags:
            self.moved.emit(self._rounded(event, self.mapToParent(event.position())), True)

    def mouseDoubleClickEvent(self, _: QMouseEvent) -> None:
        self._pressed = None
        self.reset.emit()

    def _rounded(self, event: QMouseEvent, place: QPointF) -> float:
        step = _FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP
        return round(self._depth_at(place) / step) * step

    # -- keys --------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        return keeps_key(event, _OWN) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _STEPS:
            fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._moves = True
            self.moved.emit(self.depth_um + _STEPS[key] * (_FINE if fine else _STEP), False)
        elif key in _ENTER:
            self._moves = False
            self.moved.emit(self.depth_um, True)
        elif key in _BACK:
            self._moves = False
            self.reset.emit()
        elif key == Qt.Key.Key_Escape:
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._moves:
            self._moves = False
            self.left.emit()
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        colors, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        centre, (wide, high) = QRectF(self.rect()).center(), _GRIP
        grip = QRectF(centre.x() - wide / 2, centre.y() - high / 2, wide, high)
        painter.setBrush(QColor(colors.accent))
        painter.setPen(QPen(QColor(colors.base), 1.2))
        painter.drawRoundedRect(grip, 2, 2)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colors.text), 1.6))
            painter.drawRoundedRect(grip.adjusted(-2, -2, 2, 2), 3, 3)
        painter.end()
