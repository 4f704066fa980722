"""A scatter plot that is moved with the middle button and selected from with the left one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from bcviewer.core.arrays import Floats
from bcviewer.widgets.drawing.lasso_line import LassoLine
from bcviewer.widgets.drawing.spare_items import take_item
from bcviewer.widgets.drawing.theme import FAIL_FILL, LIGHT, Theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.drawing.trace_axis import LEFT_WIDTH
from bcviewer.widgets.drawing.zoom_plot import ZoomPlot

NEAR = 9.0
"""A point is meant where the mouse is within so many pixels of it."""


_APART = 2.0
"""Pixels between the top of the plot and the words of an upright threshold."""


class LimitLine(NamedTuple):
    """A threshold: the axis it is on, where, its text, and whether lower values fail.

    ``rule`` is the one that it can be moved of; one that is only saved, while another is tried, has
    none (−1) and is a thin line without words.
    """

    axis: str
    place: float
    text: str
    below: bool
    dashed: bool
    rule: int = -1
    thin: bool = False


class LassoPlot(ZoomPlot):
    """A plot of points.

    Attributes
    ----------
    encircled : Signal(numpy.ndarray)
        Corners of the line that was drawn around points, in the plot's coordinates.
    clicked : Signal(QPointF)
        A click, in the widget's coordinates.
    reset_chosen, menu_chosen : Signal
        A double click; a right click at this global place.
    """

    bounded = False

    encircled = Signal(object)
    clicked = Signal(QPointF)
    reset_chosen = Signal()
    menu_chosen = Signal(object)

    def __init__(self, parent: QWidget | None, tip: Callable[[QPointF], str]) -> None:
        super().__init__(parent, plotItem=take_item())
        self._tip = tip
        plot = self.getPlotItem()
        plot.hideButtons()
        self._line = LassoLine(plot)
        view = plot.getViewBox()
        view.setDefaultPadding(0)
        view.disableAutoRange()
        for moved in (view.sigYRangeChanged, view.sigResized):  # of another height: other numbers
            moved.connect(lambda *_: self._fit_left())
        plot.setContentsMargins(0, 4, 6, 0)  # the last number reaches over the end of its axis
        view.setLimits(xMin=-1e305, xMax=1e305, yMin=-1e305, yMax=1e305)
        self.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.getAxis("left").setWidth(LEFT_WIDTH)
        self.limits: list[LimitLine] = []
        self._colors = LIGHT
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.viewport().setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.scene().sigMouseClicked.connect(self._on_clicked)

    def set_title(self, name: str, title: str) -> None:
        """Give an axis (``bottom`` or ``left``) another title, and room for it."""
        axis = self.getAxis(name)
        axis.set_title(title)
        if name == "bottom":
            axis.setHeight(axis.height_below())
        else:
            self._fit_left()

    def _fit_left(self) -> None:
        """Give the numbers beside the plot their room, so that none runs into the title."""
        axis = self.getAxis("left")
        axis.setWidth(max(LEFT_WIDTH, axis.width_beside()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "limits"):
            self.set_title("bottom", self.getAxis("bottom").title)
            self._fit_left()

    def recolor(self, colors: Theme) -> None:
        """Take the colours of the theme."""
        self._colors = colors
        self.setBackground(colors.base)
        for name in ("bottom", "left"):
            self.getAxis(name).setPen(colors.grid)
            self.getAxis(name).setTextPen(colors.faint)
        self._line.recolor(colors)

    def pixels(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return points in the widget's coordinates, each of shape (n,)."""
        view = self.getPlotItem().getViewBox()
        (left, right), (bottom, top) = view.viewRange()
        area = view.sceneBoundingRect()
        with np.errstate(over="ignore", invalid="ignore"):
            px = area.left() + (x - left) / (right - left) * area.width()
            py = area.bottom() - (y - bottom) / (top - bottom) * area.height()
        return px, py

    def nearest(self, x: Floats, y: Floats, place: QPointF) -> int:
        """Return the point nearest to a place of the widget, −1 where none is near."""
        if not len(x):
            return -1
        px, py = self.pixels(x, y)
        far = np.hypot(px - place.x(), py - place.y())
        best = int(np.argmin(far))
        return best if far[best] <= NEAR else -1

    @property
    def words_height(self) -> float:
        """How far the words of upright thresholds reach down from the top, pixels."""
        return _APART + QFontMetricsF(self.font()).height()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the thresholds, each with its comparison on its failing side, where that fits."""
        super().drawForeground(painter, rect)
        area = self.getPlotItem().getViewBox().sceneBoundingRect()
        painter.setFont(self.font())
        behind = QColor(self._colors.base)
        behind.setAlphaF(0.75)
        taken: list[QRectF] = []
        for limit in self.limits:
            one = np.array([limit.place])
            (x,), (y,) = self.pixels(one, one)
            line = QLineF(x, area.top(), x, area.bottom())
            if limit.axis == "left":
                line = QLineF(area.left(), y, area.right(), y)
            if limit.thin:
                if area.contains(line.center()):
                    painter.setPen(QPen(QColor(self._colors.faint), 1, Qt.PenStyle.DotLine))
                    painter.drawLine(line)
                continue
            words, line = self._within(limit, line, area)
            if words == limit.text:
                dashed = Qt.PenStyle.DashLine if limit.dashed else Qt.PenStyle.SolidLine
                painter.setPen(QPen(QColor(FAIL_FILL), 1.4, dashed))
                painter.drawLine(line)
            text = self._text_area(limit._replace(text=words), line, area)
            while any(text.intersects(other) for other in taken):
                text.translate(0, text.height())
            taken.append(text)
            painter.fillRect(text.adjusted(2, 1, -2, -1), behind)
            painter.setPen(QColor(self._colors.fail_text))
            painter.drawText(text, int(Qt.AlignmentFlag.AlignCenter), words)

    @staticmethod
    def _within(limit: LimitLine, line: QLineF, area: QRectF) -> tuple[str, QLineF]:
        """Return a threshold's words and its line; one out of sight is named at its edge."""
        if area.adjusted(-1, -1, 1, 1).contains(line.center()):
            return limit.text, line
        if limit.axis == "bottom":
            left = line.x1() < area.left()
            line.translate((area.left() if left else area.right()) - line.x1(), 0)
            return (f"← {limit.text}" if left else f"{limit.text} →"), line
        up = line.y1() < area.top()
        line.translate(0, (area.top() if up else area.bottom()) - line.y1())
        return f"{limit.text} {'↑' if up else '↓'}", line

    def _text_area(self, limit: LimitLine, line: QLineF, area: QRectF) -> QRectF:
        """Return where a threshold's text stands: at its end, on the failing side if it fits."""
        metrics = QFontMetricsF(self.font())
        text = QRectF(0, 0, metrics.horizontalAdvance(limit.text) + 10, metrics.height())
        wide, high = text.width(), text.height()
        if limit.axis == "bottom":
            room = line.x1() - area.left() if limit.below else area.right() - line.x1()
            fits = wide <= room
            left = line.x1() - wide if limit.below == fits else line.x1()
            text.moveTopLeft(QPointF(left, area.top() + _APART))
        else:
            room = area.bottom() - line.y1() if limit.below else line.y1() - area.top()
            fits = high <= room
            text.moveTopRight(QPointF(area.right(), line.y1() - high * (limit.below != fits)))
        return text

    # -- the mouse ---------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        inside = self.getPlotItem().getViewBox().sceneBoundingRect().contains(event.position())
        if event.button() == Qt.MouseButton.LeftButton and inside:
            self._line.begin(event.position())
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._line:
            super().mouseMoveEvent(event)
            return
        self._line.go_on(event.position())
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._line or event.button() != Qt.MouseButton.LeftButton:
            super().mouseReleaseEvent(event)
            return
        start, corners = self._line.start, self._line.finish(event.position())
        if corners is not None:
            self.encircled.emit(corners)
        else:
            self.clicked.emit(start)

    def reset_zoom(self) -> None:
        self.reset_chosen.emit()

    def _on_clicked(self, event: object) -> None:
        if event.button() == Qt.MouseButton.RightButton:  # type: ignore[attr-defined]
            self.menu_chosen.emit(event.screenPos())  # type: ignore[attr-defined]

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            place = QPointF(event.pos())  # type: ignore[attr-defined]
            self.setToolTip(plain_tip(self._tip(place)))
        return bool(super().viewportEvent(event))
