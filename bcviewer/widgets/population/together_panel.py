"""Which reasons occur together in one unit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bcviewer.core.arrays import Bools, Ints
from bcviewer.core.figures.matrices import together_grid
from bcviewer.core.figures.parts import Grid
from bcviewer.core.figures.population import cooccurrence
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.base.grid_panel import GridPanel


class TogetherPanel(GridPanel):
    """How often two of the top reasons meet; a click filters the table to units with both."""

    panel_id = "together"
    n_plots = 1
    title = "Reasons together"

    def grid(self, table: Table, rows: Ints | None, masked: bool) -> Grid:
        return together_grid(table, rows, masked)

    def counted(self, table: Table, rows: Ints, masked: bool) -> Ints:
        return cooccurrence(table, rows, masked)[np.ix_(self.rules, self.rules)]

    def columns_of(self, table: Table, row: int, failed: Bools) -> Bools:
        return failed

    def column_names(self) -> Sequence[str]:
        return [RULES[i].token for i in self.rules]
