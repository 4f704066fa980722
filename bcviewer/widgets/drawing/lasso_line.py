"""A line that is drawn around points with the mouse, and closed where it is let go."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

from bcviewer.core.arrays import Floats
from bcviewer.widgets.drawing.theme import Theme

_MOST = 300
"""About so many corners are kept of a line."""


class LassoLine:
    """The line of a lasso in a plot, as it is drawn.

    Parameters
    ----------
    plot : pyqtgraph.PlotItem
        Where it is drawn.
    """

    def __init__(self, plot: Any) -> None:
        self._view = plot.getViewBox()
        self._path: list[QPointF] = []
        self._item = pg.PlotCurveItem(pen=None)
        self._item.setZValue(100)
        plot.addItem(self._item, ignoreBounds=True)

    def __bool__(self) -> bool:
        """Whether it is being drawn."""
        return bool(self._path)

    @property
    def start(self) -> QPointF:
        """Where it was begun."""
        return self._path[0]

    def recolor(self, colors: Theme) -> None:
        """Take the colours of the theme."""
        self._item.setPen(pg.mkPen(colors.accent, width=1.5, style=Qt.PenStyle.DashLine))

    def begin(self, place: QPointF) -> None:
        """Begin at a place of the widget."""
        self._path = [place]

    def go_on(self, place: QPointF) -> None:
        """Draw on to a place."""
        self._path.append(place)
        self.show(self._corners())

    def finish(self, place: QPointF) -> Floats | None:
        """Return the corners, in the plot's coordinates; None: the mouse did not move."""
        corners, start = self._corners(), self._path[0]
        far = max((p - start).manhattanLength() for p in [*self._path, place])
        self.cancel()
        return corners if far >= QApplication.startDragDistance() else None

    def cancel(self) -> None:
        """Draw it no more."""
        self._path = []
        self.show(np.empty((0, 2)))

    def show(self, corners: Floats) -> None:
        """Show a closed line; without corners none."""
        closed = [*corners, *corners[:1]]
        self._item.setData(x=[x for x, _ in closed], y=[y for _, y in closed])

    def _corners(self) -> Floats:
        every = max(1, len(self._path) // _MOST)
        places = [self._view.mapSceneToView(place) for place in self._path[::every]]
        return np.array([(place.x(), place.y()) for place in places])
