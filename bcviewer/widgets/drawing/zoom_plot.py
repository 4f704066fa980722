"""The plot of pyqtgraph that all others are: the wheel zooms it, and a double click resets it."""

from __future__ import annotations

from typing import Any, ClassVar

import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from bcviewer.widgets.drawing.zoom import Zooming

Ends = tuple[float, float]
_CLOSEST = 1e-5
"""Least share of an axis that is shown."""


class ZoomPlot(Zooming, pg.PlotWidget):  # type: ignore[misc]
    """A plot of pyqtgraph; all of it is what the program shows, and no less can be seen of it.

    An axis whose ends the program changes shows these: a zoom stays as long as they are the same.

    Attributes
    ----------
    zooms : tuple of bool
        Whether the axis across and the one upwards can be zoomed.
    keeps_left : bool
        Whether the left end stays where it is: bars begin there.
    bounded : bool
        Whether nothing is seen beyond what the program shows.
    """

    zooms: ClassVar[tuple[bool, bool]] = (True, True)
    keeps_left: ClassVar[bool] = False
    bounded: ClassVar[bool] = True

    def __init__(self, parent: QWidget | None, **options: Any) -> None:
        self._home: list[Ends] = [(0.0, 1.0), (0.0, 1.0)]
        self._zoomed: list[Ends | None] = [None, None]
        self._grabbed: QPointF | None = None
        super().__init__(parent, **options)

    def ends(self, axis: int) -> Ends:
        """Return the ends of an axis (0: across, 1: upwards) as it is seen."""
        low, high = self.getPlotItem().getViewBox().viewRange()[axis]
        return float(low), float(high)

    def home(self, axis: int) -> Ends:
        """Return the ends of an axis as the program shows it."""
        now = self.ends(axis)
        return self._home[axis] if now == self._zoomed[axis] else now

    def _show(self, axis: int, low: float, high: float) -> None:
        """Show a part of an axis."""
        home = self.home(axis)
        if self.bounded:
            size = high - low
            low = min(max(low, home[0]), home[1] - size)
            low, high = home if size >= home[1] - home[0] else (low, low + size)
        plot = self.getPlotItem()
        (plot.setYRange if axis else plot.setXRange)(low, high, padding=0)
        self._home[axis], self._zoomed[axis] = home, self.ends(axis)

    def zoom_by(self, factor: float, place: QPointF) -> None:
        area = self.getPlotItem().getViewBox().sceneBoundingRect()
        at = self.mapToScene(place.toPoint())
        shares = (
            (at.x() - area.left()) / max(area.width(), 1.0),
            (area.bottom() - at.y()) / max(area.height(), 1.0),
        )
        both = all(self.zooms)
        for axis in (0, 1):
            # beside the plot, only the axis that stands there is meant
            meant = not both or shares[axis] >= 0.0 or max(shares) < 0.0
            if not self.zooms[axis] or not meant:
                continue
            (low, high), home = self.ends(axis), self.home(axis)
            share = 0.0 if self.keeps_left and axis == 0 else min(max(shares[axis], 0.0), 1.0)
            size = max((high - low) / factor, _CLOSEST * (home[1] - home[0]))
            middle = low + share * (high - low)
            self._show(axis, middle - share * size, middle + (1.0 - share) * size)

    def reset_zoom(self) -> None:
        for axis in (0, 1):
            low, high = self.home(axis)
            if self.zooms[axis] and (low, high) != self.ends(axis):
                self._show(axis, low, high)

    # -- moving ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton:
            self._grabbed = event.position()
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is None:
            super().mouseMoveEvent(event)
            return
        area = self.getPlotItem().getViewBox().sceneBoundingRect()
        by, self._grabbed = event.position() - self._grabbed, event.position()
        moved = (-by.x() / max(area.width(), 1.0), by.y() / max(area.height(), 1.0))
        for axis in (0, 1):
            if self.zooms[axis]:
                low, high = self.ends(axis)
                shift = moved[axis] * (high - low)
                self._show(axis, low + shift, high + shift)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton and self._grabbed is not None:
            self._grabbed = None
            event.accept()
            return
        super().mouseReleaseEvent(event)
