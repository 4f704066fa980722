"""A bar from zero to a margin, with an arrow where that reaches further than is drawn."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

_ARROW = 4.5


def draw_bar(painter: QPainter, box: QRectF, zero: float, fill: QColor, clipped: bool) -> None:
    """Draw a bar from zero to the other side of a box; one that reaches further has an arrow.

    Parameters
    ----------
    painter : QPainter
        Where to.
    box : QRectF
        From zero to the margin, which may lie on either side.
    zero : float
        Where zero is.
    fill : QColor
        Its colour.
    clipped : bool
        Whether the margin is larger than is drawn.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.fillRect(box.normalized(), fill)
    if clipped:
        end, middle = box.right(), box.center().y()
        out = _ARROW if end > zero else -_ARROW
        corners = [
            QPointF(end + 1.4 * out, middle),
            QPointF(end - out, middle - 1.2 * _ARROW),
            QPointF(end - out, middle + 1.2 * _ARROW),
        ]
        painter.setPen(QPen(Qt.PenStyle.NoPen))
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF(corners))
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
