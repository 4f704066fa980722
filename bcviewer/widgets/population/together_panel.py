"""Which reasons occur together in one unit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.figures.matrices import together_grid
from bcviewer.core.figures.parts import NO_GRID
from bcviewer.core.figures.population import cooccurrence, reason_masks
from bcviewer.core.rules.rules import RULES
from bcviewer.widgets.base.matrix_plot import MatrixPlot, scroll_body
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.matrix_item import matrix_of
from bcviewer.widgets.drawing.theme import theme


class TogetherPanel(PlotPanel):
    """How often two of the top reasons meet; a click filters the table to units with both."""

    panel_id = "together"
    title = "Reasons together"
    offers_masked = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        box = scroll_body(self)
        self.plot = MatrixPlot(self.body)
        self.plot.cell_clicked.connect(self._on_clicked)
        box.addWidget(self.plot)
        self.figure = NO_GRID

    @property
    def rules(self) -> tuple[int, ...]:
        """The rows, and the columns."""
        return self.figure.rules

    def redraw(self, scene: Scene) -> None:
        table, self.figure = scene.table, NO_GRID
        if table is not None:
            self.figure = together_grid(table, self.rows(scene), self.masked.isChecked())
        self.plot.show_matrix(matrix_of(self.figure), theme(), "no failed rule")

    def mark(self, scene: Scene) -> None:
        table = scene.table
        if table is None:
            return
        masked = self.masked.isChecked()
        mine = int(reason_masks(table, masked)[scene.current]) if scene.current >= 0 else 0
        here = np.array([mine >> i & 1 for i in self.rules], np.bool_)
        chosen = cooccurrence(table, scene.selected, masked)
        self.plot.set_marks(
            np.flatnonzero(here).tolist(),
            np.outer(here, here),
            chosen[np.ix_(self.rules, self.rules)],
        )

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        tokens = [RULES[i].token for i in self.rules]
        rows = zip(tokens, self.plot.matrix.counts.tolist(), strict=True)
        return ("reason", *tokens), [(token, *counts) for token, counts in rows]

    def _on_clicked(self, row: int, column: int, add: bool) -> None:
        self.want_filter(self.figure.filters[row][column], add)
