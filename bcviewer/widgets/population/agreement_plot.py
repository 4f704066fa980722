"""How far one threshold agrees with the labels, at any value of it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from bcviewer.core.comparison.agreement import AgreementCurve
from bcviewer.core.comparison.suggested import Suggestion
from bcviewer.core.figures.histograms import axis_title
from bcviewer.core.rules.rules import RULES
from bcviewer.widgets.drawing.scales import number
from bcviewer.widgets.drawing.theme import LIGHT, Theme, make_small, mixed
from bcviewer.widgets.drawing.trace_plot import TracePlot

_NONE = np.empty(0)
_CHANCE = 0.5
"""What a verdict agrees that knows nothing: the axis reaches there at least."""
_ROOM = 0.3
"""Share of the axis over the curve: the legend stands there."""
_WIDE = 0.04
"""Share of the values' span that the axis reaches beyond them."""
_SHARE = 0.02
"""Labelled units at either end that may be left out, where they lie far off."""
_HIGH = 110
"""Least height of the plot, pixels."""


class AgreementPlot(TracePlot):
    """A step curve of balanced accuracy, with the saved and the tried value.

    Attributes
    ----------
    curve : pyqtgraph.PlotCurveItem
        Balanced accuracy.
    best : pyqtgraph.LinearRegionItem
        Where it is highest.
    interval : pyqtgraph.PlotCurveItem
        Bombcell's 68 % interval.
    legend : list of (str, str)
        What is drawn, and its words.
    """

    def __init__(self, parent: QWidget, tip: Callable[[QPointF], str]) -> None:
        super().__init__(parent, "", "agrees", tip)
        make_small(self)
        self.curve = pg.PlotCurveItem(antialias=False)
        self.best = pg.LinearRegionItem(movable=False)
        self.saved = pg.InfiniteLine(angle=90)
        self.tried = pg.InfiniteLine(angle=90)
        self.interval = pg.PlotCurveItem(antialias=False)
        self.suggested = pg.ScatterPlotItem(symbol="d", size=11, pen=None, pxMode=True)
        items = (self.best, self.saved, self.tried, self.curve, self.interval, self.suggested)
        for item in items:
            self.getPlotItem().addItem(item, ignoreBounds=True)
        self.setMinimumHeight(_HIGH)
        self.legend: list[tuple[str, str]] = []
        self.colors = LIGHT

    def recolor(self, colors: Theme) -> bool:
        if not super().recolor(colors):
            return False
        self.colors = colors
        self.best.setBrush(pg.mkBrush(mixed(colors.passed, 0.35, colors)))
        for line in self.best.lines:
            line.setPen(pg.mkPen(None))
        self.curve.setPen(pg.mkPen(colors.text, width=1.6))
        self.saved.setPen(pg.mkPen(colors.faint, width=1, style=Qt.PenStyle.DashLine))
        self.tried.setPen(pg.mkPen(colors.accent, width=2))
        self.interval.setPen(pg.mkPen(colors.accent, width=3))
        self.suggested.setBrush(pg.mkBrush(colors.accent))
        return True

    def draw(
        self, curve: AgreementCurve | None, saved: float, tried: float, one: Suggestion | None
    ) -> None:
        """Draw a threshold.

        Parameters
        ----------
        curve : AgreementCurve or None
            Its curve; None: there is none.
        saved, tried : float
            The saved value, and the one that is shown.
        one : Suggestion or None
            What Bombcell suggests; None: nothing.
        """
        self.legend = []
        for item in (self.saved, self.tried, self.best):
            item.setVisible(False)
        if curve is None or not len(curve.values):
            for item in (self.curve, self.interval, self.suggested):
                item.setData(_NONE, _NONE)
            return
        self.getAxis("bottom").set_title(axis_title(RULES[curve.rule].metric))
        shown = [saved, tried, *(() if one is None else (one.low, one.high, one.suggested))]
        low, high = _ends(curve, [value for value in shown if math.isfinite(value)])
        self.set_x(low, high)
        self._draw_curve(curve, low, high)
        self._draw_best(curve, tried, low, high)
        for item, value, kind, words in (
            (self.saved, saved, "dash", "saved"),
            (self.tried, tried, "line", "tried"),
        ):
            if math.isfinite(value) and (item is self.saved or tried != saved):
                item.setVisible(True)
                item.setValue(value)
                self.legend.append((kind, f"{words} {number(value)}"))
        self._draw_suggestion(one, self._fit_y(curve))

    def _fit_y(self, curve: AgreementCurve) -> float:
        """Show all of the curve, and leave room for the legend; return where the axis begins."""
        least = min(_CHANCE, float(np.nanmin(curve.scores, initial=_CHANCE)))
        low = least - 0.1 * (1.0 - least)
        self.set_y(low, 1.0 + _ROOM * (1.0 - low))
        return low

    def _draw_curve(self, curve: AgreementCurve, low: float, high: float) -> None:
        x = np.repeat(np.concatenate(([low], np.clip(curve.values, low, high), [high])), 2)[1:-1]
        self.curve.setData(x, np.repeat(curve.scores, 2), connect="finite")

    def _draw_best(self, curve: AgreementCurve, near: float, low: float, high: float) -> None:
        best = curve.best(near)
        if best is not None:
            self.best.setRegion((max(best.low, low), min(best.high, high)))
            self.best.setVisible(True)
            self.legend.append(("box", f"agrees best, {best.score:.2f}"))

    def _draw_suggestion(self, one: Suggestion | None, low: float) -> None:
        if one is None or one.withheld or not math.isfinite(one.low):
            self.interval.setData(_NONE, _NONE)
            self.suggested.setData(_NONE, _NONE)
            return
        at = low + 0.05 * (1.0 - low)
        self.interval.setData([one.low, one.high], [at, at])
        self.suggested.setData([one.suggested], [at])
        self.legend.append(("mark", f"Bombcell {number(one.suggested)}, its 68 %"))

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the legend, in a line over the curve."""
        super().drawForeground(painter, rect)
        if not self.legend:
            return
        area = QRectF(self.getPlotItem().getViewBox().sceneBoundingRect())
        painter.setFont(self.font())
        metrics, colors = QFontMetricsF(self.font()), self.colors
        left, middle = area.left() + 6, area.top() + metrics.height() / 2
        for kind, text in self.legend:
            wide = metrics.horizontalAdvance(text)
            if left + 20 + wide > area.right():
                break
            self._draw_sign(painter, kind, left, middle)
            painter.setPen(QColor(colors.text))
            line = QRectF(left + 20, area.top(), wide + 4, metrics.height())
            painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft), text)
            left += 20 + wide + 14

    def _draw_sign(self, painter: QPainter, kind: str, left: float, middle: float) -> None:
        colors = self.colors
        if kind == "box":
            box = QRectF(left, middle - 5, 15, 10)
            painter.fillRect(box, mixed(colors.passed, 0.35, colors))
            return
        style = Qt.PenStyle.DashLine if kind == "dash" else Qt.PenStyle.SolidLine
        color = colors.faint if kind == "dash" else colors.accent
        painter.setPen(QPen(QColor(color), 3.0 if kind == "mark" else 1.6, style))
        painter.drawLine(QLineF(left, middle, left + 15, middle))
        if kind == "mark":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(color))
            x = left + 7.5
            corners = ((x - 5, middle), (x, middle - 5), (x + 5, middle), (x, middle + 5))
            painter.drawPolygon([QPointF(*corner) for corner in corners])


def _ends(curve: AgreementCurve, shown: list[float]) -> tuple[float, float]:
    """Return the ends of the axis: nearly all values, and all that is marked."""
    values = curve.values[np.isfinite(curve.values)]
    if not len(values):
        values = np.array([0.0])
    low, high = np.quantile(values, [_SHARE, 1.0 - _SHARE]).tolist()
    low, high = min([low, *shown]), max([high, *shown])
    room = _WIDE * (high - low) or 0.05 * abs(high) or 1.0
    return low - room, high + room
