"""A histogram of many bins, drawn at once: a filled curve costs twice as much."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from bcviewer.core.arrays import Array, Floats


class BarsItem(pg.GraphicsObject):  # type: ignore[misc]
    """Bars that stand on zero, without gaps.

    Attributes
    ----------
    edges, counts : numpy.ndarray
        What is drawn: shapes (n + 1,) and (n,).
    """

    def __init__(self) -> None:
        super().__init__()
        self.edges: Floats = np.zeros(1)
        self.counts: Array = np.zeros(0)
        self._bars: list[QRectF] = []
        self._box = QRectF()
        self._brush = QBrush()

    def set_fill(self, color: str | QColor) -> None:
        """Fill the bars with a colour."""
        self._brush = QBrush(QColor(color))
        self.update()

    def set_bars(self, edges: Floats, counts: Array) -> None:
        """Draw other bars, ``edges`` ascending."""
        self.edges, self.counts = edges, counts
        at = edges.tolist()
        self._bars = [
            QRectF(low, 0.0, high - low, count)
            for low, high, count in zip(at, at[1:], counts.tolist(), strict=False)
            if count
        ]
        box = QRectF(at[0], 0.0, at[-1] - at[0], float(counts.max(initial=0)))
        if box != self._box:
            self.prepareGeometryChange()
            self._box = box
        self.update()

    def boundingRect(self) -> QRectF:
        return self._box

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw the bars, with hard edges: smooth ones would leave seams."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._brush)
        painter.drawRects(self._bars)
