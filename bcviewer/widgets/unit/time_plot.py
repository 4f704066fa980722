"""A value of each spike over the whole session: a density, or points where they are few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from bcviewer.core.arrays import Floats, Floats32
from bcviewer.core.evidence.density import Density
from bcviewer.core.run.stretch import MINUTES_FROM_S
from bcviewer.widgets.drawing.points import Points
from bcviewer.widgets.drawing.theme import Theme, mixed
from bcviewer.widgets.drawing.trace_plot import TracePlot
from bcviewer.widgets.drawing.view_item import ViewItem
from bcviewer.widgets.unit.time_drag import TimeDrag

AXIS_WIDTH = 58
"""Pixels left of the time axis, in every plot over time, so that they stand below each other."""

_LIGHT = ("#D3DAE2", "#1A2733")
_DARK = ("#3A424B", "#EEF3F8")


def time_unit(end_s: float) -> tuple[str, float]:
    """Return the unit of a time axis and how many seconds it has."""
    return ("min", 60.0) if end_s >= MINUTES_FROM_S else ("s", 1.0)


def slate(share: float, dark: bool) -> QColor:
    """Return the colour of a density from 0 to 1: no class and no state has it."""
    low, high = (QColor(c) for c in (_DARK if dark else _LIGHT))
    ends = ((low.red(), high.red()), (low.green(), high.green()), (low.blue(), high.blue()))
    return QColor(*(round(a + (b - a) * share) for a, b in ends))


def hatch(colors: Theme) -> QBrush:
    """Return the brush of time that was left out."""
    return QBrush(_faded(colors.faint, 0.55), Qt.BrushStyle.BDiagPattern)


def _faded(name: str, alpha: float) -> QColor:
    color = QColor(name)
    color.setAlphaF(alpha)
    return color


def mark_stretch(painter: QPainter, span: tuple[float, float], area: QRectF, colors: Theme) -> None:
    """Mark a stretch, given by its ends in pixels: lines there, and what is beside it is pale."""
    low, high = (min(max(end, area.left()), area.right()) for end in span)
    pale = _faded(colors.base, 0.62)
    painter.fillRect(QRectF(area.left(), area.top(), low - area.left(), area.height()), pale)
    painter.fillRect(QRectF(high, area.top(), area.right() - high, area.height()), pale)
    painter.setPen(QPen(QColor(colors.accent), 1.6))
    for end in (low, high):
        painter.drawLine(QLineF(end, area.top(), end, area.bottom()))


def mark_spans(painter: QPainter, spans: list[QRectF], brush: QBrush) -> None:
    """Fill some areas; patterns stay as fine as they are, however the painter is scaled."""
    inverse, possible = painter.worldTransform().inverted()
    if possible:
        brush.setTransform(inverse)
    for span in spans:
        painter.fillRect(span, brush)


class Bands(ViewItem):
    """Spans of time over the whole height of a plot.

    Attributes
    ----------
    spans : numpy.ndarray
        Start and stop of each, in the plot's coordinates, shape (n, 2).
    """

    def __init__(self) -> None:
        super().__init__()
        self.spans: Floats = np.zeros((0, 2))
        self.brush = QBrush()

    def set_spans(self, spans: Floats) -> None:
        """Show other spans."""
        if not np.array_equal(spans, self.spans):
            self.spans = spans
            self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        area = self.boundingRect()
        rects = [QRectF(a, area.y(), b - a, area.height()) for a, b in self.spans.tolist()]
        mark_spans(painter, [rect & area for rect in rects], QBrush(self.brush))


class TimePlot(TracePlot):
    """A value of each spike over time.

    Attributes
    ----------
    per_s : float
        How many seconds one unit of the axis has.
    image : pyqtgraph.ImageItem
        The density's levels.
    points : Points
        Single spikes, where they are few.
    left_out, missing : Bands
        Time that Bombcell left out; bins in which the unit is not present.
    drag : TimeDrag
        Chooses a stretch of time.
    """

    always_inline = True
    LEAST_HEIGHT = 60
    """Pixels: the title of its axis has room in that."""

    def __init__(self, parent: QWidget, y_title: str, tip: Callable[[QPointF], str]) -> None:
        super().__init__(parent, "time (s)", y_title, tip)
        self.per_s = 1.0
        self.getAxis("left").setWidth(AXIS_WIDTH)
        self.setMinimumHeight(self.LEAST_HEIGHT)
        self.missing, self.left_out = Bands(), Bands()
        self.image = pg.ImageItem(axisOrder="row-major", levels=(0, 255))
        self.points = Points(2)
        for item in (self.missing, self.left_out, self.image, self.points):
            self.getPlotItem().addItem(item, ignoreBounds=True)
        self._place: tuple[QRectF, tuple[int, ...]] = (QRectF(), ())
        self.drag = TimeDrag(self.session_area, self.time_area, self)
        self.drag.watch(self.viewport())
        self.drag.moved.connect(self.viewport().update)

    def recolor(self, colors: Theme) -> bool:
        if not super().recolor(colors):
            return False
        self.missing.brush = QBrush(mixed(colors.fail_tint, 0.6, colors))
        self.left_out.brush = hatch(colors)
        table = [slate(i / 255, colors.dark).getRgb() for i in range(256)]
        lut = np.array(table, np.uint8)
        lut[0, 3] = 0
        self.image.setLookupTable(lut)
        return True

    def set_end(self, end_s: float) -> None:
        """Show the time from 0 to the end of the session."""
        unit, per = time_unit(end_s)
        self.per_s = per
        self.drag.end_s = end_s
        self.getAxis("bottom").set_title(f"time ({unit})")
        self.set_x(0.0, end_s / per)

    def stretch_in_pixels(self) -> tuple[float, float] | None:
        """Return the ends of the stretch that is marked, in the widget's pixels; None: none is."""
        span = self.drag.span
        if span is None or not self.drag.end_s > 0:
            return None
        left, right = self.session_area()
        per_s = (right - left) / self.drag.end_s
        return left + span[0] * per_s, left + span[1] * per_s

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Mark the stretch."""
        super().drawForeground(painter, rect)
        stretch = self.stretch_in_pixels()
        if stretch is not None and self._colors is not None:
            area = QRectF(self.getPlotItem().getViewBox().sceneBoundingRect())
            mark_stretch(painter, stretch, area, self._colors)

    def show_spikes(self, cells: Density | None, times: Floats, values: Floats32) -> None:
        """Show a density, or its spikes one by one where they are given."""
        single = len(times) > 0
        self.image.setVisible(cells is not None and not single)
        self.points.setVisible(single)
        if cells is None:
            return
        self.set_y(cells.low, cells.high)
        if single:
            self.points.dot = 3 if len(times) < 1000 else 2
            color = np.full(len(times), slate(0.75, self._dark()).rgba(), np.uint32)
            self.points.set_points(times / self.per_s, values.astype(np.float64), color)
            return
        self.image.setImage(cells.levels, autoLevels=False)
        rect = QRectF(0, cells.low, cells.end_s / self.per_s, cells.high - cells.low)
        place = (rect, cells.levels.shape)  # setRect scales by the cells that there are
        if place != self._place:
            self._place = place
            self.image.setRect(rect)

    def shape_of_cells(self) -> tuple[int, int]:
        """Return the rows and columns of a density that fits: cells of about two pixels.

        They come in coarse steps, so that few sizes are ever computed.
        """
        width, height = max(self.width() - AXIS_WIDTH - 6, 0), max(self.height() - 26, 0)
        columns = min(max(round(width / 2 / 32) * 32, 64), 512)
        rows = min(max(round(height / 2 / 16) * 16, 32), 192)
        return rows, columns

    def time_area(self) -> tuple[float, float]:
        """Return the left and right end of the time axis, in the widget's pixels."""
        area = self.getPlotItem().getViewBox().sceneBoundingRect()
        return float(area.left()), float(area.right())

    def session_area(self) -> tuple[float, float]:
        """Return where the session begins and ends, in the widget's pixels: outside, if zoomed."""
        (left, right), (low, high), home = self.time_area(), self.ends(0), self.home(0)
        per_pixel = (high - low) / max(right - left, 1.0)
        return left - (low - home[0]) / per_pixel, right + (home[1] - high) / per_pixel

    def _dark(self) -> bool:
        return self._colors is not None and self._colors.dark


def count_at(cells: Density, x_s: float, y: float) -> int:
    """Return the spikes of the cell at a place; −1 outside."""
    rows, columns = cells.counts.shape
    column = int(x_s / cells.end_s * columns)
    row = int((y - cells.low) / (cells.high - cells.low) * rows)
    inside = 0 <= column < columns and 0 <= row < rows
    return int(cells.counts[row, column]) if inside else -1
