"""The plots of two units over each other: lags, templates, amplitudes over the session."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QResizeEvent
from PySide6.QtWidgets import QWidget

from bcviewer.core.evidence.density import value_span
from bcviewer.core.evidence.pair import Pair
from bcviewer.core.evidence.pair_templates import Overlay
from bcviewer.core.evidence.pair_time import Dots
from bcviewer.widgets.drawing.bars_item import BarsItem
from bcviewer.widgets.drawing.points import Points
from bcviewer.widgets.drawing.scales import round_up
from bcviewer.widgets.drawing.theme import Theme, mixed, small_font, theme
from bcviewer.widgets.drawing.trace_plot import TracePlot
from bcviewer.widgets.unit.refractory_marks import BAR_SHARE
from bcviewer.widgets.unit.time_plot import time_unit

PAIR_FILL = ("#0892FC", "#E5484D")
"""The first and the second unit: blue and red, as phy's first two selected ones."""
WIDTHS = (2.4, 1.2)
"""Widths of their traces: the colour is not the only sign."""
_DOTS = (3, 2)
_AMPLITUDE = ("amplitude (a.u.)", "amplitude", "a.u.")
"""Ways to say what the dots are, the longest first: a part of one is no word."""
_HIGHEST = 2.5
"""Auto-correlograms are shown up to this many times what the cross-correlogram needs."""

Tip = Callable[[QPointF], str]


def _curves(step: bool) -> tuple[pg.PlotCurveItem, pg.PlotCurveItem]:
    more = {"stepMode": "center"} if step else {"connect": "finite"}
    start = ([0.0, 1.0], [0.0]) if step else ([], [])
    first, second = (pg.PlotCurveItem(*start, antialias=False, **more) for _ in PAIR_FILL)
    return first, second


class LagPlot(TracePlot):
    """The cross-correlogram in bars, and each unit's auto-correlogram as a line over it.

    Attributes
    ----------
    bars : BarsItem
        Pairs by lag.
    autos : tuple of pyqtgraph.PlotCurveItem
        Scaled so that chance is the same for all three.
    chance, zero : pyqtgraph.InfiniteLine
        Pairs that chance gives, and lag 0.
    """

    def __init__(self, parent: QWidget, tip: Tip) -> None:
        super().__init__(parent, "lag (ms)", "pairs", tip)
        self.bars = BarsItem()
        self.chance, self.zero = pg.InfiniteLine(0.0, angle=0), pg.InfiniteLine(0.0, angle=90)
        self.autos = _curves(step=True)
        for item in (self.bars, *self.autos, self.chance, self.zero):
            self.addItem(item, ignoreBounds=True)

    def recolor(self, colors: Theme) -> bool:
        if not super().recolor(colors):
            return False
        self.bars.set_fill(mixed(colors.faint, BAR_SHARE, colors))
        self.chance.setPen(pg.mkPen(colors.accent, width=1.2, style=Qt.PenStyle.DotLine))
        self.zero.setPen(pg.mkPen(colors.grid))
        for curve, fill, width in zip(self.autos, PAIR_FILL, WIDTHS, strict=True):
            curve.setPen(pg.mkPen(fill, width=width * 0.6))
        return True

    def show_pair(self, found: Pair) -> None:
        """Draw another pair."""
        edges, counts = found.lags.edges_ms, found.lags.counts
        chance = found.chance if math.isfinite(found.chance) else 0.0
        top = max(float(counts.max(initial=0)), chance) or 1.0
        highest = 0.0
        for curve, auto in zip(self.autos, found.autos, strict=True):
            known = auto.chance > 0 and chance > 0
            curve.setVisible(known)
            if known:
                scaled = auto.lags.counts * (chance / auto.chance)
                curve.setData(edges, scaled)
                highest = max(highest, float(scaled.max(initial=0.0)))
        self.getAxis("left").counts = top >= 1.0  # else what chance gives is a part of a pair
        self.set_x(float(edges[0]), float(edges[-1]))
        self.set_y(0.0, round_up(max(top, min(highest, _HIGHEST * top)) * 1.04))
        self.bars.set_bars(edges, counts)
        self.chance.setValue(chance)


class OverlayPlot(TracePlot):
    """Two templates on their common channels.

    Attributes
    ----------
    curves : tuple of pyqtgraph.PlotCurveItem
        One a unit.
    """

    def __init__(self, parent: QWidget, tip: Tip) -> None:
        super().__init__(parent, "", "", tip)
        for name in ("left", "bottom"):
            self.hideAxis(name)
        self.curves = _curves(step=False)
        for curve in self.curves:
            self.addItem(curve, ignoreBounds=True)

    def recolor(self, colors: Theme) -> bool:
        if not super().recolor(colors):
            return False
        for curve, fill, width in zip(self.curves, PAIR_FILL, WIDTHS, strict=True):
            curve.setPen(pg.mkPen(fill, width=width))
        return True

    def show_overlay(self, overlay: Overlay | None) -> None:
        """Draw other templates; None: there are none, and no plot."""
        none = np.empty(0)
        lines = ((none, none),) * 2 if overlay is None else overlay.lines
        for curve, line in zip(self.curves, lines, strict=True):
            curve.setData(*line)
        self.setVisible(overlay is not None)
        if overlay is not None:
            left, right, bottom, top = overlay.extent
            across, up = 0.04 * (right - left), 0.06 * (top - bottom)
            self.set_x(left - across, right + across)
            self.set_y(bottom - up, top + up)


class DotsPlot(TracePlot):
    """Amplitudes of two units over the session.

    Attributes
    ----------
    points : tuple of Points
        The spikes of each unit that are drawn.
    """

    def __init__(self, parent: QWidget, tip: Tip) -> None:
        super().__init__(parent, "time (s)", "", tip)
        self.points = (Points(_DOTS[0]), Points(_DOTS[1]))
        self._unit = "s"
        self._span = 0.0, 1.0
        for points in self.points:
            self.getPlotItem().addItem(points, ignoreBounds=True)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Write what the dots are into a corner: beside a low plot there is no room for it."""
        super().drawForeground(painter, rect)
        area = self.getPlotItem().getViewBox().sceneBoundingRect()
        painter.setFont(small_font(self))
        metrics = QFontMetricsF(painter.font())
        text = self.corner_words(area.width() - 3)
        wide = metrics.horizontalAdvance(text) + 6
        place = QRectF(area.left() + 3, area.top(), wide, metrics.height())
        behind = QColor(theme().base)
        behind.setAlphaF(0.75)
        painter.fillRect(place, behind)
        painter.setPen(QColor(theme().faint))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), text)

    def corner_words(self, room: float) -> str:
        """Return what is written into the corner where there is so much room, in pixels."""
        wide = QFontMetricsF(small_font(self)).horizontalAdvance
        return next((text for text in _AMPLITUDE if wide(text) + 6 <= room), _AMPLITUDE[-1])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_span"):  # Qt sizes it while it is built
            self._leave_room()

    def _leave_room(self) -> None:
        """End the axis so far above the dots that the words in the corner lie over none."""
        line = QFontMetricsF(small_font(self)).height()
        low, high = self._span
        room = max(self.getPlotItem().getViewBox().height() - line, line)
        self.set_y(low, high + (high - low) * line / room)
        self.getAxis("left").within = low, high

    def show_dots(self, both: tuple[Dots, Dots], end_s: float) -> None:
        """Draw other spikes; where there are none of either there is no plot."""
        there = [dots for dots in both if not dots.why_none]
        self.setVisible(bool(there))
        if not there:
            return
        unit, per = time_unit(end_s)
        if unit != self._unit:
            self._unit = unit
            self.getAxis("bottom").set_title(f"time ({unit})")
        spans = [value_span(dots.amplitudes) for dots in there]
        self.set_x(0.0, max(end_s, 1.0) / per)
        self._span = min(low for low, _ in spans), max(high for _, high in spans)
        self._leave_room()
        for points, dots, fill in zip(self.points, both, PAIR_FILL, strict=True):
            color = np.full(len(dots.times), QColor(fill).rgba(), np.uint32)
            points.set_points(dots.times / per, dots.amplitudes.astype(np.float64), color)
