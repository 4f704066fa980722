"""A plot with scale bars in place of axes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from bcviewer.core.arrays import Floats
from bcviewer.core.evidence.waveform import Picture, round_bar
from bcviewer.widgets.drawing.scales import number
from bcviewer.widgets.drawing.theme import LIGHT, Theme, small_font
from bcviewer.widgets.drawing.trace_plot import TracePlot

_BAR_SHARE = 0.4
"""A scale bar is no longer than that share of what it measures."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A scale bar: its length in the plot's coordinates, and its text."""

    length: float
    text: str


_NO_BAR = Bar(0.0, "")


def amplitude_bar(picture: Picture, size: float, per_unit: float = 1.0) -> Bar:
    """Return a bar for amplitudes up to ``size``; ``per_unit`` is the length of one unit."""
    length = round_bar(_BAR_SHARE * size)
    return Bar(length * per_unit, f"{number(length)} {picture.unit}") if length else _NO_BAR


def time_bar(picture: Picture, per_sample: float) -> Bar:
    """Return a bar for time; ``per_sample`` is the length of one sample."""
    n = max(picture.n_samples - 1, 1)
    if np.isnan(picture.sample_ms):
        samples = round_bar(_BAR_SHARE * n)
        return Bar(samples * per_sample, f"{samples:g} samples") if samples else _NO_BAR
    ms = round_bar(_BAR_SHARE * n * picture.sample_ms)
    return Bar(ms / picture.sample_ms * per_sample, f"{number(ms)} ms") if ms else _NO_BAR


def curve(width: float = 1.0) -> Any:
    """Return a curve with gaps that is drawn fast; its colour comes with :func:`color`."""
    item = pg.PlotCurveItem(connect="finite", antialias=False, skipFiniteCheck=False)
    item.opts["width"] = width
    return item


def color(item: Any, name: str, alpha: float = 1.0) -> None:
    """Give a curve a colour."""
    shade = QColor(name)
    shade.setAlphaF(alpha)
    item.setPen(pg.mkPen(shade, width=item.opts["width"]))


class BarredPlot(TracePlot):
    """A plot with scale bars in place of axes.

    Attributes
    ----------
    across, up : Bar
        The scale bars, in the lower corner on the right.
    """

    def __init__(self, parent: QWidget, tip: Callable[[QPointF], str]) -> None:
        super().__init__(parent, "", "", tip)
        self.setFont(small_font(self))
        for name in ("left", "bottom"):
            self.hideAxis(name)
            self.getAxis(name).unlinkFromView()
        self.across = self.up = _NO_BAR
        self.colors = LIGHT

    def recolor(self, colors: Theme) -> bool:
        self.colors = colors
        return super().recolor(colors)

    def area(self) -> QRectF:
        """Return where the plot is, in the widget's coordinates."""
        return QRectF(self.getPlotItem().getViewBox().sceneBoundingRect())

    def per_pixel(self) -> tuple[float, float]:
        """Return how long a pixel is in the plot's coordinates."""
        (left, right), (bottom, top) = self.getPlotItem().getViewBox().viewRange()
        area = self.area()
        return (right - left) / max(area.width(), 1.0), (top - bottom) / max(area.height(), 1.0)

    def places(self, points: Floats) -> list[QPointF]:
        """Return where points, shape (n, 2), are in the widget's coordinates."""
        (left, _), (_, top) = self.getPlotItem().getViewBox().viewRange()
        area, (wide, high) = self.area(), self.per_pixel()
        return [
            QPointF(area.left() + (x - left) / wide, area.top() + (top - y) / high)
            for x, y in points.tolist()
        ]

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the scale bars."""
        super().drawForeground(painter, rect)
        painter.setFont(self.font())
        area, metrics = self.area(), QFontMetricsF(self.font())
        wide, high = self.per_pixel()
        across, up = self.across.length / wide, self.up.length / high
        right, bottom = area.right() - 4, area.bottom() - 3
        if across > 0:
            bottom -= metrics.height()
        if across + up <= 0:
            return
        painter.setPen(QPen(QColor(self.colors.text), 1.6))
        painter.drawLine(QLineF(right - across, bottom, right, bottom))
        painter.drawLine(QLineF(right, bottom, right, bottom - up))
        painter.setPen(QColor(self.colors.faint))
        flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = QRectF(area.left(), bottom + 1, right - area.left(), metrics.height())
        painter.drawText(line, flags, self.across.text)
        beside = QRectF(area.left(), bottom - up, right - area.left() - 4, max(up, 1.0))
        middle = beside.center().y() - metrics.height() / 2
        beside = QRectF(beside.left(), middle, beside.width(), metrics.height())
        beside.moveBottom(min(beside.bottom(), bottom - 2))
        painter.drawText(beside, flags, self.up.text)
