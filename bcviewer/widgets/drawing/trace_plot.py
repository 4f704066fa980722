"""The plot that the panels of one unit draw in: fixed axes, nothing searched for at a step."""

from __future__ import annotations

from collections.abc import Callable

import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from bcviewer.widgets.drawing.spare_items import take_item
from bcviewer.widgets.drawing.theme import Theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.drawing.trace_axis import LEFT_WIDTH
from bcviewer.widgets.drawing.zoom_plot import ZoomPlot

_LOW = 120
"""In a plot of less height, pixels, the title below has no line of its own."""


class TracePlot(ZoomPlot):
    """A plot whose ranges are set, never searched for, and only laid out anew where they change.

    Parameters
    ----------
    parent : QWidget
        Where it stands.
    x_title, y_title : str
        Titles of the axes, with units.
    tip : callable
        Returns the tooltip at a place of the view (in the plot's coordinates), as plain text.

    Attributes
    ----------
    tip : callable
        The same.
    always_inline : bool
        Whether the title of the axis below never has a line of its own.
    """

    always_inline = False

    def __init__(
        self, parent: QWidget, x_title: str, y_title: str, tip: Callable[[QPointF], str]
    ) -> None:
        super().__init__(parent, plotItem=take_item())
        self.tip = tip
        self._colors: Theme | None = None
        self._x = self._y = (0.0, 0.0)
        plot = self.getPlotItem()
        plot.hideButtons()
        plot.setMouseEnabled(False, False)
        plot.setContentsMargins(0, 4, 6, 0)
        view = plot.getViewBox()
        view.setDefaultPadding(0)
        view.disableAutoRange()
        self.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        # All of it at once: what is drawn over and under the items changes with them, and an
        # update of its own for that would have everything painted twice.
        self.setViewportUpdateMode(pg.PlotWidget.ViewportUpdateMode.FullViewportUpdate)
        # pyqtgraph keeps what lies under the items as it was drawn, which is not of this unit.
        self.setCacheMode(pg.PlotWidget.CacheModeFlag.CacheNone)
        self.setMinimumSize(60, 50)
        self.getAxis("bottom").set_title(x_title)
        self.getAxis("left").set_title(y_title)
        self.getAxis("left").setWidth(LEFT_WIDTH)  # else it follows its numbers: all moves
        for name in ("top", "right"):  # hidden ones follow the view, too, at the same cost
            self.getAxis(name).unlinkFromView()
        self._fit_axes()

    def _fit_axes(self) -> None:
        """Give the axis below its height: a low plot needs its lines for the data."""
        axis = self.getAxis("bottom")
        if axis.isVisible():
            axis.inline = self.always_inline or self.height() < _LOW
            axis.setHeight(axis.height_below())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_y"):  # Qt sizes it while it is built
            self._fit_axes()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_y"):
            self._fit_axes()

    def set_x(self, low: float, high: float) -> None:
        """Show a range of x."""
        if (low, high) != self._x and high > low:
            self._x = (low, high)
            self.setXRange(low, high, padding=0)

    def set_y(self, low: float, high: float) -> None:
        """Show a range of y."""
        if (low, high) != self._y and high > low:
            self._y = (low, high)
            self.setYRange(low, high, padding=0)

    def settle(self) -> None:
        """Bring everything up to date now: what is only noticed in painting is painted twice."""
        self.scene().prepareForPaint()

    def recolor(self, colors: Theme) -> bool:
        """Take the colours of the theme; return whether they are others."""
        if colors is self._colors:
            return False
        self._colors = colors
        self.setBackground(colors.base)
        for name in ("bottom", "left"):
            self.getAxis(name).setPen(colors.grid)
            self.getAxis(name).setTextPen(colors.faint)
        return True

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            view = self.getPlotItem().getViewBox()
            place = self.mapToScene(event.pos())  # type: ignore[attr-defined]
            inside = view.sceneBoundingRect().contains(place)
            self.setToolTip(plain_tip(self.tip(view.mapSceneToView(place)) if inside else ""))
        return bool(super().viewportEvent(event))
