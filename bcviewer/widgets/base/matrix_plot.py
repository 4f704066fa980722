"""A matrix of counts with named rows and columns, whose cells can be clicked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.core.arrays import Bools, Ints
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.fewer_words import in_fewer_words
from bcviewer.widgets.drawing.matrix_item import MAX_HEAD, Matrix, MatrixItem
from bcviewer.widgets.drawing.plots import RowPlot
from bcviewer.widgets.drawing.scroll import scrolled
from bcviewer.widgets.drawing.theme import Theme, small_font
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.drawing.zoom import Enlarging

MIN_ROW, MAX_ROW = 15, 42
MAX_NAMES = 230
"""Widest column of row names."""
NAMES_SHARE = 0.45
"""They take at most this share of the plot, unless all columns are wide."""
WIDE_COLUMN = 46
_NAME_EDGE = 26
"""Room beside a name, for the axis's own margins and the mark of the current unit."""


class MatrixPlot(Enlarging, RowPlot):
    """A plot of a :class:`~bcviewer.widgets.drawing.matrix_item.Matrix`.

    Attributes
    ----------
    cell_clicked : Signal(int, int, bool)
        A cell that is not empty was clicked: row, column, and whether with Ctrl.
    """

    cell_clicked = Signal(int, int, bool)

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent, 100, 6)
        self.hideAxis("bottom")
        self.cells = MatrixItem(self.getPlotItem())
        self.cells.font = small_font(self)
        # The layout gives the cells their place later: heads and legend, outside, go with them.
        self.getPlotItem().getViewBox().geometryChanged.connect(lambda: self.cells.update())
        self._empty = ""

    @property
    def matrix(self) -> Matrix:
        """What it shows."""
        return self.cells.matrix

    def show_matrix(self, matrix: Matrix, colors: Theme, empty: str) -> None:
        """Show a matrix; without any row, a text in place of their names."""
        self.recolor(colors)
        self.cells.matrix, self.cells.colors = matrix, colors
        self.cells.marked = np.zeros(matrix.counts.shape, np.bool_)
        self.cells.selected = np.zeros_like(matrix.counts)
        self._empty = empty
        self._fit()

    def set_marks(self, rows: Iterable[int], cells: Bools, selected: Ints) -> None:
        """Mark the current unit's rows and cells, and how many of each cell's are selected."""
        self.names.set_marks(rows, self.cells.colors.accent)
        self.cells.marked, self.cells.selected = cells, selected
        self.cells.update()

    def cell_at(self, place: QPointF) -> tuple[int, int]:
        """Return row and column at a place of the scene, −1 before the first, −2 after the last."""
        here = self.cells.mapFromScene(place)
        area, width, height = self.cells.grid()
        row, column = (here.y() - area.y()) // height, (here.x() - area.x()) // width
        inside = row < len(self.matrix.rows), column < len(self.matrix.heads)
        return (max(int(row), -1) if inside[0] else -2, max(int(column), -1) if inside[1] else -2)

    def cell_center(self, row: int, column: int) -> QPointF:
        """Return the middle of a cell, in the widget's coordinates."""
        return QPointF(
            self.mapFromScene(self.cells.mapToScene(self.cells.cell_rect(row, column).center()))
        )

    def tip_at(self, place: QPointF) -> str:
        """Return the tool tip at a place of the scene, as plain text."""
        row, column = self.cell_at(place)
        if row >= 0 and column >= 0:
            return self.matrix.cell_tips[row][column]
        if row >= 0 and column == -1:
            return self.matrix.row_tips[row]
        if row == -1 and column >= 0:
            return self.matrix.head_tips[column]
        return self.matrix.legend if row == column == -1 else ""

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            place = self.mapToScene(event.pos())  # type: ignore[attr-defined]
            self.setToolTip(plain_tip(self.tip_at(place)))
        return bool(super(RowPlot, self).viewportEvent(event))  # cells have tips, rows have not

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "cells"):  # Qt sizes it while it is built
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "cells"):
            self.cells.font = small_font(self)
            self._fit()

    def lay_out_zoomed(self) -> None:
        self._fit()

    def _fit(self) -> None:
        """Give names, heads and cells their room."""
        rows, n_columns = self.matrix.rows, max(len(self.matrix.heads), 1)
        room = max(self.width() * NAMES_SHARE, self.width() - n_columns * WIDE_COLUMN)
        fit_names(self, rows or [self._empty], self.cells.colors.text, room)
        spare = self.height() - max(len(rows), 1) * MIN_ROW * self.zoom - 6
        head = self.cells.set_heads((self.width() - self.names.width() - 8) / n_columns, spare)
        self.getPlotItem().setContentsMargins(0, head, 0, 2)
        n, most = max(len(rows), 1), MAX_ROW * self.zoom
        # what the heads take of spare room is not asked for: a zoom that ends would leave it behind
        self.setMinimumHeight(round(min(head, MAX_HEAD) + n * MIN_ROW * self.zoom + 6))
        self.cells.visible_rows = max(float(n), (self.height() - head - 4) / most)
        self.setYRange(-0.5, self.cells.visible_rows - 0.5, padding=0)
        self.cells.prepareGeometryChange()
        self.cells.update()

    def _on_clicked(self, event: Any) -> None:
        row, column = self.cell_at(event.scenePos())
        left = event.button() == Qt.MouseButton.LeftButton and not event.double()
        if not left or row < 0 or column < 0:
            return
        if self.matrix.counts[row, column]:
            add = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.cell_clicked.emit(row, column, add)


def fit_names(plot: RowPlot, names: Sequence[str], color: str, room: float) -> None:
    """Write the names of the rows, in smaller letters or elided where that is too wide."""
    axis, most = plot.names, min(MAX_NAMES, room)
    for font in (axis.font(), small_font(plot)):
        metrics = QFontMetricsF(font)
        wanted = max((metrics.horizontalAdvance(name) for name in names), default=0.0) + _NAME_EDGE
        axis.setTickFont(font)
        axis.forget_widths()
        if wanted <= most:
            break
    width = round(min(wanted, most))
    axis.setWidth(width)
    plot.getPlotItem().layout.activate()  # else the axis would elide to its former width
    texts = [in_fewer_words(name, metrics, width - _NAME_EDGE + 2) for name in names]
    axis.set_rows(texts, [color] * len(texts))


def scroll_body(panel: PlotPanel) -> QVBoxLayout:
    """Let a panel's body scroll where it is too low, and return its layout.

    The body itself scrolls, so that a saved picture still has all of it.
    """
    area = scrolled(None, panel)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    cast(QVBoxLayout, panel.layout()).replaceWidget(panel.body, area)
    area.setWidget(panel.body)
    inner = QVBoxLayout(panel.body)
    inner.setContentsMargins(0, 0, 0, 0)
    inner.setSpacing(0)
    return inner
