"""A plot with scale bars in place of axes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from bcviewer.core.arrays import Floats
from bcviewer.core.evidence.sampled import Sampled
from bcviewer.core.evidence.waveform import Picture, round_bar
from bcviewer.widgets.drawing.scales import number
from bcviewer.widgets.drawing.theme import LIGHT, Theme, make_small
from bcviewer.widgets.drawing.trace_plot import TracePlot

_BAR_SHARE = 0.4
"""A scale bar is no longer than that share of what it measures."""
_LONGEST = 0.6
"""Nor longer than that share of what is in view."""
_GAP = 4.0
"""Pixels between a scale bar and what is drawn."""
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A scale bar: its length in the plot's coordinates, and what it measures."""

    length: float
    value: float = 0.0
    unit: str = ""

    @property
    def text(self) -> str:
        """What stands beside it."""
        return f"{number(self.value)} {self.unit}" if self.length else ""

    def within(self, room: float) -> ScaleBar:
        """Return a bar that is no longer than some room: where the plot is zoomed in."""
        if not self.length > room > 0:
            return self
        value = round_bar(self.value * room / self.length)
        return replace(self, length=self.length * value / self.value, value=value)


_NO_BAR = ScaleBar(0.0)


def amplitude_bar(picture: Picture, size: float, per_unit: float = 1.0) -> ScaleBar:
    """Return a bar for amplitudes up to ``size``; ``per_unit`` is the length of one unit."""
    length = round_bar(_BAR_SHARE * size)
    return ScaleBar(length * per_unit, length, picture.unit) if length else _NO_BAR


def time_bar(of: Sampled, per_sample: float) -> ScaleBar:
    """Return a bar for time; ``per_sample`` is the length of one sample."""
    length = round_bar(_BAR_SHARE * max(of.n_samples - 1, 1) * of.step)
    return ScaleBar(length / of.step * per_sample, length, of.time_unit) if length else _NO_BAR


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

    They stand beside and below what is drawn, never over it.

    Attributes
    ----------
    across, up : ScaleBar
        The scale bars, in the lower corner on the right.
    """

    def __init__(self, parent: QWidget, tip: Callable[[QPointF], str]) -> None:
        super().__init__(parent, "", "", tip)
        make_small(self)
        for name in ("left", "bottom"):
            self.hideAxis(name)
            self.getAxis(name).unlinkFromView()
        self.across = self.up = _NO_BAR
        self.colors = LIGHT
        self.leave_room()

    def recolor(self, colors: Theme) -> bool:
        self.colors = colors
        return super().recolor(colors)

    def leave_room(self, above: float = 3) -> None:
        """Leave room for the scale bars, and some pixels above the plot."""
        line = QFontMetricsF(self.font()).height()
        self.getPlotItem().setContentsMargins(2, above, line + 2 * _GAP, line + _GAP)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "colors"):
            self.leave_room()

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

    def bars(self) -> tuple[ScaleBar, ScaleBar]:
        """Return the scale bars as they are drawn: no longer than a share of what is in view."""
        (left, right), (bottom, top) = self.getPlotItem().getViewBox().viewRange()
        most = _LONGEST * (right - left), _LONGEST * (top - bottom)
        return self.across.within(most[0]), self.up.within(most[1])

    def text_below(self) -> QRectF:
        """Return where the text of the bar below is, in the widget's coordinates."""
        metrics, area = QFontMetricsF(self.font()), self.area()
        wide = metrics.horizontalAdvance(self.bars()[0].text) + 2
        right = area.right() + _GAP
        return QRectF(right - wide, area.bottom() + _GAP, wide, metrics.height())

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the scale bars."""
        super().drawForeground(painter, rect)
        painter.setFont(self.font())
        area, line = self.area(), QFontMetricsF(self.font()).height()
        (wide, high), (bar, upright) = self.per_pixel(), self.bars()
        across, up = bar.length / wide, upright.length / high
        if across + up <= 0:
            return
        right, bottom = area.right() + _GAP, area.bottom() + _GAP
        painter.setPen(QPen(QColor(self.colors.text), 1.6))
        painter.drawLine(QLineF(right - across, bottom, right, bottom))
        painter.drawLine(QLineF(right, bottom, right, bottom - up))
        painter.setPen(QColor(self.colors.faint))
        painter.drawText(self.text_below(), _RIGHT, bar.text)
        words = QFontMetricsF(self.font()).horizontalAdvance(upright.text) + 2
        start = min(bottom, max(bottom - up / 2 + words / 2, words))
        painter.save()
        painter.translate(right + 1, start)
        painter.rotate(-90.0)
        painter.drawText(QRectF(0, 0, words, line), _RIGHT, upright.text)
        painter.restore()
