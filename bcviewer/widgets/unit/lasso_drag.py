"""The lasso in a plot over time: while it is on, the left button draws it and no stretch."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QMouseEvent

from bcviewer.core.arrays import Floats
from bcviewer.widgets.drawing.lasso_line import LassoLine
from bcviewer.widgets.unit.time_plot import TimePlot


class LassoDrag(QObject):
    """Watches the left button on a plot over time.

    Attributes
    ----------
    on : bool
        Whether it draws.
    line : LassoLine
        What is drawn.
    drawn : Signal(numpy.ndarray)
        Corners of the line, s and the plot's value; none: there was a click.
    """

    drawn = Signal(object)

    def __init__(self, plot: TimePlot) -> None:
        super().__init__(plot)
        self._plot = plot
        self.on = False
        self.line = LassoLine(plot.getPlotItem())
        plot.viewport().installEventFilter(self)  # after the one that chooses a stretch: first

    def turn(self, *, on: bool) -> None:
        """Draw from now on, or no longer."""
        if on != self.on:
            self.on = on
            self._plot.drag.cancel()
            self.line.cancel()
            if on:
                self._plot.viewport().setCursor(Qt.CursorShape.CrossCursor)
            else:
                self._plot.viewport().unsetCursor()

    def show(self, corners: Floats) -> None:
        """Show what was drawn, s and the plot's value, unless another one is being drawn."""
        if not self.line:
            self.line.show(corners / [self._plot.per_s, 1.0])

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """Take the left button's events, and moves without a button; all others are the plot's."""
        if not self.on or not isinstance(event, QMouseEvent):
            return False
        left, place = event.button() == Qt.MouseButton.LeftButton, event.position()
        if event.type() == QEvent.Type.MouseButtonPress and left:
            inside = self._plot.getPlotItem().getViewBox().sceneBoundingRect().contains(place)
            if inside:
                self.line.begin(place)
            return True
        if event.type() == QEvent.Type.MouseMove:
            if self.line:
                self.line.go_on(place)
            return bool(self.line) or event.buttons() == Qt.MouseButton.NoButton
        if event.type() == QEvent.Type.MouseButtonRelease and left and self.line:
            corners = self.line.finish(place)
            if corners is None:
                corners = np.empty((0, 2))
            self.drawn.emit(corners * [self._plot.per_s, 1.0])
            return True
        return False
