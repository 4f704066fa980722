"""An axis that paints its few numbers at once: pyqtgraph's lays out each tick at each change."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from bcviewer.widgets.drawing.lasso_plot import ScaleAxis

_TICK = 4.0
_GAP = 2.0
"""Pixels: length of a tick, and between it and its number."""
_ROOM = 5.0
"""Pixels beyond its end that an axis may write in."""


class TraceAxis(ScaleAxis):
    """Looks like :class:`ScaleAxis`, and costs a tenth where its range changes at each step."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self._laid: tuple[object, ...] = ()
        self._ticks: list[tuple[float, str]] = []

    def boundingRect(self) -> QRectF:
        # Numbers at the ends reach over them.
        return QRectF(QPointF(0, 0), self.size()).adjusted(-16, -8, 16, 8)

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Draw the line, the ticks and the numbers."""
        size = self.size()
        across = self.orientation == "bottom"
        length = size.width() if across else size.height()
        low, high = self.range
        if not high > low or length <= 0:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(self.pen())
        edge = 0.0 if across else size.width()
        end = QPointF(length, 0) if across else QPointF(edge, length)
        painter.drawLine(QLineF(QPointF(edge, 0), end))
        font = self.style["tickFont"] or self.font()
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        places = [
            ((value - low) / (high - low) * length, text)
            for value, text in self._laid_out(low, high, length)
        ]
        for place, _text in places:
            at = QPointF(place, 0) if across else QPointF(edge - _TICK, length - place)
            painter.drawLine(QLineF(at, at + (QPointF(0, _TICK) if across else QPointF(_TICK, 0))))
        painter.setPen(self.textPen())
        height = metrics.height()
        for place, text in places:
            if across:
                width = metrics.horizontalAdvance(text) + 2
                box = QRectF(place - width / 2, _TICK + _GAP, width, height)
                box.moveRight(min(box.right(), length + _ROOM))
                painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
            else:
                box = QRectF(0, length - place - height / 2, edge - _TICK - _GAP, height)
                flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(box, int(flags), text)

    def _laid_out(self, low: float, high: float, length: float) -> list[tuple[float, str]]:
        """Return the ticks and their texts, found anew where the range or the room changed."""
        state = (low, high, length, self.is_log, self.scale)
        if state != self._laid:
            self._laid = state
            levels = self.tickValues(low, high, length)
            values = levels[0][1] if levels else []
            self._ticks = list(zip(values, self.tickStrings(values, self.scale, 1.0), strict=True))
        return self._ticks
