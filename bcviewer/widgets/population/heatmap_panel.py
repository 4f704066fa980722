"""The reasons by class, as a matrix of numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bcviewer.core.arrays import Bools, Ints
from bcviewer.core.figures.matrices import reason_grid
from bcviewer.core.figures.parts import Grid
from bcviewer.core.figures.population import reasons_by_class
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.base.grid_panel import GridPanel


class HeatmapPanel(GridPanel):
    """The top reasons in each class; a click filters the table to a cell's units."""

    panel_id = "heatmap"
    n_plots = 1
    title = "Reason × class"

    @property
    def labels(self) -> tuple[Label, ...]:
        """The columns."""
        return self.figure.labels

    def grid(self, table: Table, rows: Ints | None, masked: bool) -> Grid:
        return reason_grid(table, rows, masked)

    def counted(self, table: Table, rows: Ints, masked: bool) -> Ints:
        return reasons_by_class(table, rows, masked)[np.ix_(self.rules, self.labels)]

    def columns_of(self, table: Table, row: int, failed: Bools) -> Bools:
        return np.array([table.labels[row] == label for label in self.labels], np.bool_)

    def column_names(self) -> Sequence[str]:
        return [head.name for head in self.figure.columns]
