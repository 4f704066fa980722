"""The two parts of the picture of a probe: from the front, and depth against rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from bcviewer.core.arrays import Floats
from bcviewer.core.figures.probe import Lane
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.ids import NO_ROWS
from bcviewer.widgets.drawing.lasso_plot import LassoPlot
from bcviewer.widgets.drawing.points import (
    FEW,
    ORDER,
    SYMBOL,
    FewPoints,
    Points,
    argb,
    in_order,
    show_marks,
)
from bcviewer.widgets.drawing.theme import LABEL_FILL, LIGHT, Theme
from bcviewer.widgets.drawing.trace_axis import TraceAxis

LEAST, MOST = 4.5, 13.0
"""Pixels: diameters of the smallest and the largest mark."""

_LEVELS = 12
"""So many sizes of marks: each is drawn once and then copied."""
_CROWD = 300
"""More units than that have smaller marks, down to half the size."""
_FRAMED = 1.35
"""So many times as wide is a mark with a frame: within the ring of the current unit."""
_NONE = np.empty(0)


def diameters(size: Floats) -> Floats:
    """Return the diameters of marks in pixels, from their share of the area (0 to 1)."""
    levels = np.rint(size * (_LEVELS - 1)) / (_LEVELS - 1)
    less = max(0.5, min(1.0, (_CROWD / max(len(size), 1)) ** 0.5))
    least, most = max(3.5, LEAST * less), MOST * less
    return np.asarray(np.sqrt(least**2 + levels * (most**2 - least**2)))


class RateAxis(TraceAxis):
    """A logarithmic axis with a tick a decade, also where there is room for few."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.is_log = True

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return where ticks are (called by pyqtgraph)."""
        first, last = np.ceil(max(low, -300.0)), np.floor(min(high, 300.0))
        if last - first < 1:
            return super().tickValues(low, high, size)
        every = max(1.0, np.ceil((last - first + 1) / max(2, size // 36)))
        return [(1.0, np.arange(first, last + 1, every).tolist())]


class ProbePart(LassoPlot):
    """One part: marks of units over a depth in µm, what is marked among them, a shaded region.

    Parameters
    ----------
    parent : QWidget
        Where it stands.
    tip : callable
        Returns the tooltip at a place of the widget.
    title : str
        Title of the horizontal axis.
    is_log : bool
        Whether that shows logarithms.
    """

    def __init__(
        self, parent: Any, tip: Callable[[QPointF], str], title: str, is_log: bool
    ) -> None:
        super().__init__(parent, tip)
        self._known: Theme | None = None
        plot = self.getPlotItem()
        if is_log:
            plot.setAxisItems({"bottom": RateAxis("bottom")})
        self._title = title
        self.set_title("bottom", title)
        self.set_title("left", "depth (µm)")
        self.band = pg.LinearRegionItem(orientation="horizontal", movable=False)
        self.band.setZValue(-20)
        for line in self.band.lines:
            line.setPen(pg.mkPen(None))
        self.band.hide()
        self.sites = Points(3)
        self.walls: list[Any] = []
        """Lines between the lanes of the shanks."""
        self.channel = pg.InfiniteLine(0, angle=0, movable=False)
        self.spot = pg.ScatterPlotItem(symbol="s", size=11, brush=None, pxMode=True)
        self._image, self._many = Points(), Points(3)
        self.chosen = FewPoints(symbol="o", size=MOST + 3, brush=None, pxMode=True)
        self.ring = FewPoints(symbol="o", size=MOST + 6, brush=None, pxMode=True)
        self.marks = {label: _marks(label) for label in ORDER}
        below = (self.band, self.sites, self.channel, self._image)
        above = (self._many, self.chosen, self.spot, self.ring)
        for item in (*below, *self.marks.values(), *above):
            plot.addItem(item, ignoreBounds=True)
        self.x: Floats = _NONE
        self.y: Floats = _NONE
        self._proposed = False

    def recolor(self, colors: Theme) -> None:
        if colors is self._known:
            return
        self._known = colors
        super().recolor(colors)
        accent, tint = QColor(colors.accent), QColor(colors.accent)
        tint.setAlphaF(0.13 if colors.dark else 0.09)
        self.band.setBrush(tint)
        accent.setAlphaF(0.55)
        self.channel.setPen(pg.mkPen(accent, width=1))
        self.spot.setPen(pg.mkPen(colors.accent, width=1.5))
        self.chosen.setPen(pg.mkPen(colors.accent, width=1.2))
        self.ring.setPen(pg.mkPen(colors.accent, width=2.5))
        self._frame_marks()

    def set_sites(self, xy: Floats, color: str) -> None:
        """Show the recording sites as small squares."""
        colors = np.full(len(xy), QColor(color).rgba(), np.uint32)
        self.sites.set_points(xy[:, 0], xy[:, 1], colors)

    def set_lanes(self, lanes: Sequence[Lane], color: str) -> None:
        """Give each shank, or probe, a lane with its name below; none: a plain axis."""
        plot, axis = self.getPlotItem(), self.getAxis("bottom")
        for wall in self.walls:
            plot.removeItem(wall)
        pen = pg.mkPen(color, width=1)
        self.walls = [pg.InfiniteLine((a.high + b.low) / 2, 90, pen) for a, b in pairwise(lanes)]
        for wall in self.walls:
            wall.setZValue(-15)
            plot.addItem(wall, ignoreBounds=True)
        axis.setTicks([[(lane.center, lane.name) for lane in lanes]] if lanes else None)
        title = "probe" if lanes and lanes[0].probe else "shank"
        self.set_title("bottom", title if lanes else self._title)

    def set_band(self, ends: tuple[float, float] | None) -> None:
        """Shade a range of depths; None: none."""
        if ends is not None:
            self.band.setRegion(ends)
        self.band.setVisible(ends is not None)

    def show_proposed(self, proposed: bool) -> None:
        """Say whether the labels of the units that are shown next are proposed: with a frame."""
        if proposed != self._proposed:
            self._proposed = proposed
            self._frame_marks()

    def _frame_marks(self) -> None:
        base = (self._known or LIGHT).base
        show_marks(self.marks, self._proposed, {label: _pen(label, base) for label in self.marks})

    def set_units(
        self, x: Floats, y: Floats, labels: npt.NDArray[np.int8], size: Floats, order: Any
    ) -> None:
        """Show other units, drawn in an order; those without a value of x are not drawn."""
        self.x, self.y = x, y
        order = order[np.isfinite(x)[order]]
        few = len(order) <= FEW
        px, py, codes = x[order], y[order], labels[order]
        widths = diameters(size[order]) if few else _NONE
        widths = widths * _FRAMED if self._proposed else widths
        for label, item in self.marks.items():
            hit = np.flatnonzero(codes == label) if few else NO_ROWS
            if len(hit):
                item.setData(x=px[hit], y=py[hit], size=widths[hit])
            elif len(item.data):
                item.clear()
        none = np.empty(0, np.uint32)
        self._image.set_points(
            *((_NONE, _NONE, none) if few else (px, py, argb(codes), self._proposed))
        )

    def set_current(self, place: int, depth: float, spot: Floats | None) -> None:
        """Put a ring around a unit (−1: none) and mark its channel's depth (NaN: none)."""
        at = slice(place, place + 1) if place >= 0 else slice(0, 0)
        x, y = self.x[at], self.y[at]
        use = np.isfinite(x)
        self.ring.put(x[use], y[use])
        if np.isfinite(depth):
            self.channel.setPos(depth)
        self.channel.setVisible(bool(np.isfinite(depth)))
        if spot is not None:
            self.spot.setData(x=spot[:, 0], y=spot[:, 1])

    def set_chosen(self, chosen: npt.NDArray[np.int64], colors: Theme) -> None:
        """Mark units by their places among those drawn."""
        chosen = chosen[np.isfinite(self.x[chosen])]
        few, many = (chosen, chosen[:0]) if len(chosen) <= FEW // 2 else (chosen[:0], chosen)
        self.chosen.put(self.x[few], self.y[few])
        accent = np.full(len(many), QColor(colors.accent).rgba(), np.uint32)
        self._many.set_points(self.x[many], self.y[many], accent)

    def unit_at(self, place: QPointF) -> int:
        """Return the index of the unit at a place of the widget, −1 where there is none."""
        known = np.flatnonzero(np.isfinite(self.x))
        found = self.nearest(self.x[known], self.y[known], place)
        return int(known[found]) if found >= 0 else -1


def draw_order(labels: npt.NDArray[np.int8], size: Floats) -> npt.NDArray[np.int64]:
    """Return the order in which units are drawn: by class, small marks over large ones."""
    if len(labels) > FEW:  # as dots of one size
        return in_order(labels)
    place = np.empty(len(Label), np.int64)
    place[list(ORDER)] = np.arange(len(ORDER))
    return np.lexsort((-size, place[labels]))


def _marks(label: Label) -> Any:
    symbol, filled = SYMBOL[label]
    brush = pg.mkBrush(LABEL_FILL[label] if filled else None)
    pen = _pen(label, LIGHT.base)
    return pg.ScatterPlotItem(symbol=symbol, size=LEAST, pen=pen, brush=brush, pxMode=True)


def _pen(label: Label, base: str) -> Any:
    edged = SYMBOL[label][1] and label != Label.NOISE  # an edge keeps marks apart
    return pg.mkPen(base if edged else LABEL_FILL[label], width=0.7 if edged else 1.4)
