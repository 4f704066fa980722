"""What the matrices of reasons have in common: one plot, its marks, its clicks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.arrays import Bools, Ints
from bcviewer.core.figures.parts import NO_GRID, Grid
from bcviewer.core.figures.population import reason_masks
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.base.matrix_plot import MatrixPlot, scroll_body
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.matrix_item import matrix_of
from bcviewer.widgets.drawing.theme import theme


class GridPanel(PlotPanel):
    """A matrix whose rows are rules; a click filters the table to a cell's units.

    A subclass says what is counted in :meth:`grid` and :meth:`counted`, in which columns a unit is
    in :meth:`columns_of`, and what they are called in :meth:`column_names`.
    """

    offers_masked: ClassVar[bool] = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        box = scroll_body(self)
        self.plot = MatrixPlot(self.body)
        self.plot.cell_clicked.connect(self._on_clicked)
        box.addWidget(self.plot)
        self.figure = NO_GRID

    @property
    def rules(self) -> tuple[int, ...]:
        """The rows."""
        return self.figure.rules

    # -- for subclasses ----------------------------------------------------------------------

    def grid(self, table: Table, rows: Ints | None, masked: bool) -> Grid:
        """Return the figure of some units."""
        raise NotImplementedError

    def counted(self, table: Table, rows: Ints, masked: bool) -> Ints:
        """Return how many of some units are in each cell of :attr:`figure`."""
        raise NotImplementedError

    def columns_of(self, table: Table, row: int, failed: Bools) -> Bools:
        """Return in which columns a unit is that failed some of :attr:`rules`."""
        raise NotImplementedError

    def column_names(self) -> Sequence[str]:
        """Return the columns' names in a table of the numbers."""
        raise NotImplementedError

    # -- drawing -----------------------------------------------------------------------------

    def redraw(self, scene: Scene) -> None:
        table, self.figure = scene.table, NO_GRID
        if table is not None:
            rows, masked = self.rows(scene), self.masked.isChecked()
            self.figure = self.grid(table, rows, masked)
            former = self.former.table(scene)
            if former is not None:
                scope = np.arange(table.n_units) if rows is None else rows
                self.figure = self.figure.beside(self.counted(former, scope, masked))
        self.plot.show_matrix(matrix_of(self.figure), theme(), "no failed rule")

    def mark(self, scene: Scene) -> None:
        table, row, masked = scene.table, scene.current, self.masked.isChecked()
        if table is None:
            return
        mine = int(reason_masks(table, masked)[row]) if row >= 0 else 0
        here = np.array([mine >> i & 1 for i in self.rules], np.bool_)
        own = np.zeros(len(self.figure.columns), np.bool_)
        if row >= 0:
            own = self.columns_of(table, row, here)
        chosen = self.counted(table, scene.selected, masked)
        self.plot.set_marks(np.flatnonzero(here).tolist(), np.outer(here, own), chosen)

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        rows = zip(self.rules, self.plot.matrix.counts.tolist(), strict=True)
        return ("reason", *self.column_names()), [(RULES[i].token, *counts) for i, counts in rows]

    def _on_clicked(self, row: int, column: int, add: bool) -> None:
        self.want_filter(self.figure.filters[row][column], add)
