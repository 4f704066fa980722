"""Draws the cost curves below a histogram: how many units each class has by its threshold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from bcviewer.core.comparison.cost_lines import CostLine, heights, line_words
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES
from bcviewer.widgets.drawing.legend import PEN_STYLE, Stroke
from bcviewer.widgets.drawing.theme import LABEL_FILL, LIGHT, Theme
from bcviewer.widgets.population.histogram_places import HistogramPlaces

LABEL_STROKE: dict[Label, Stroke] = {
    Label.GOOD: Stroke.LINE,
    Label.MUA: Stroke.DASH,
    Label.NOISE: Stroke.DOT,
    Label.NON_SOMA: Stroke.DASH_DOT,
    Label.NON_SOMA_GOOD: Stroke.DASH_DOT_DOT,
    Label.NON_SOMA_MUA: Stroke.DASH_DOT,
}
"""The line of each class: with its colour, so that colour is never the only sign."""


def drawn_classes(split: bool) -> list[Label]:
    """Return the classes whose units are drawn, in a run that splits NON-SOMA or does not."""
    left_out = {Label.NON_SOMA} if split else {Label.NON_SOMA_GOOD, Label.NON_SOMA_MUA}
    return [label for label in LABEL_STROKE if label not in left_out]


class CostStrip(pg.GraphicsObject):  # type: ignore[misc]
    """The curves of one metric's thresholds, kept as drawn while the bars above change.

    Attributes
    ----------
    of : object
        What the lines were computed of; a panel compares it with what it shows.
    lines : tuple of CostLine
        What is drawn.
    """

    def __init__(self, item: pg.GraphicsObject) -> None:
        super().__init__(item)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setCacheMode(self.CacheMode.DeviceCoordinateCache)
        self.of: object = None
        self.lines: tuple[CostLine, ...] = ()
        self.colors: Theme = LIGHT
        self._most = 1
        self._places: HistogramPlaces | None = None
        self._box = QRectF()

    def place(self, places: HistogramPlaces) -> None:
        """Stand where the axis is by now."""
        before, self._places = self._places, places
        box = places.strip.adjusted(-1, -1, 1, 1) if places.strip.height() else QRectF()
        if box != self._box:
            self.prepareGeometryChange()
            self._box = box
        same = before is not None and before.axis == places.axis
        if not same:
            self.update()

    def show_lines(self, of: object, lines: Sequence[CostLine], most: int) -> None:
        """Draw other curves, ``most`` units high."""
        self.of, self.lines, self._most = of, tuple(lines), most
        self.update()

    def boundingRect(self) -> QRectF:
        return self._box

    def tip_at(self, x: float) -> str:
        """Return what the thresholds would make of the classes at a place of the axis."""
        places = self._places
        if places is None:
            return ""
        value = places.value_at(x)
        for line in self.lines:
            if line.low <= value <= line.high:
                count = RULES[line.curve.rule].is_count
                return line_words(line, float(round(value)) if count else value)
        return ""

    def paint(self, painter: QPainter, *_: Any) -> None:
        places = self._places
        if places is None or not places.strip.height():
            return
        # thin lines without smooth edges: dashes of others cost ten times as much
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for k, line in enumerate(self.lines):
            left, right = (places.of(end) for end in (line.low, line.high))
            if k:
                painter.setPen(QPen(QColor(self.colors.grid), 1))
                painter.drawLine(QLineF(left, places.strip.top(), left, places.strip.bottom()))
            if right - left >= 2:
                self._paint_line(painter, line, places, (left + 1, right - 1))

    def _paint_line(
        self, painter: QPainter, line: CostLine, places: HistogramPlaces, ends: tuple[float, float]
    ) -> None:
        x = np.arange(round(ends[0]), round(ends[1]) + 1, dtype=np.float64)
        strip = places.strip
        y = (
            strip.bottom()
            - 1
            - np.round(heights(line, places.values(x), self._most) * (strip.height() - 3))
        )
        for label, own in zip(line.curve.labels, y, strict=True):
            turns = np.flatnonzero(own[1:] != own[:-1])
            corners = [0, *np.stack((turns, turns + 1), axis=1).ravel().tolist(), len(x) - 1]
            points = QPolygonF([QPointF(x[i], own[i]) for i in corners])
            style = PEN_STYLE.get(LABEL_STROKE.get(label, Stroke.DOT), Qt.PenStyle.SolidLine)
            pen = QPen(QColor(LABEL_FILL[label]), 1, style)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawPolyline(points)
            points.translate(0, -1)  # two thin lines are a thick one
            painter.drawPolyline(points)
