"""Which reasons occur together in one unit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QWidget

from bcviewer.app.session import Scene
from bcviewer.core.audit.summary import top
from bcviewer.core.figures.population import Counts, cooccurrence, reason_masks
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.table import AuditTable
from bcviewer.widgets.base.matrix_plot import MatrixPlot, scroll_body
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.matrix_item import NOTHING, Head, Matrix
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.population.heatmap_panel import rule_words
from bcviewer.widgets.population.reasons_panel import reason_filter, reason_name

TOP = 12


class TogetherPanel(PlotPanel):
    """How often two of the top 12 reasons meet; a click filters the table to units with both.

    Attributes
    ----------
    rules : list of int
        The rows, and the columns.
    """

    panel_id = "together"
    title = "Reasons together"
    offers_masked = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        box = scroll_body(self)
        self.plot = MatrixPlot(self.body)
        self.plot.cell_clicked.connect(self._on_clicked)
        box.addWidget(self.plot)
        self.rules: list[int] = []

    def redraw(self, scene: Scene) -> None:
        table = scene.table
        self.rules = []
        matrix = NOTHING if table is None else self._matrix(table, scene)
        self.plot.show_matrix(matrix, theme(), "no failed rule")

    def _matrix(self, table: AuditTable, scene: Scene) -> Matrix:
        rows = self.rows(scene)
        counts = cooccurrence(table, rows, self.masked.isChecked())
        units = table.n_units if rows is None else len(rows)
        self.rules = top(counts.diagonal(), TOP)
        cells = counts[np.ix_(self.rules, self.rules)]
        names = [reason_name(table, i) for i in self.rules]
        totals = cells.diagonal()
        either = totals[:, None] + totals[None, :] - cells
        shades = cells / np.maximum(either, 1)
        np.fill_diagonal(shades, np.nan)
        tips = [f"{rule_words(table, i)}\n{counts[i, i]:,} units" for i in self.rules]
        return Matrix(
            names,
            [Head(name) for name in names],
            cells,
            shades,
            tips,
            tips,
            [[pair_tip(table, i, j, counts, units) for j in self.rules] for i in self.rules],
            "both, of either",
        )

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
        masked = self.masked.isChecked()
        texts = [reason_filter(self.rules[i], masked) for i in dict.fromkeys((row, column))]
        self.filter_chosen.emit(" and ".join(texts), add)


def pair_tip(table: AuditTable, i: int, j: int, counts: Counts, units: int) -> str:
    """Return the tool tip for the units with two reasons."""
    n = int(counts[i, j])
    of_all = f"{n:,} of {units:,} units ({n / max(units, 1):.1%})"
    if i == j:
        return f"{rule_words(table, i)}\n{of_all}\nclick to show them, Ctrl adds them"
    shares = [n / max(int(counts[k, k]), 1) for k in (i, j)]
    text = (
        f"{rule_words(table, i)}\nand {rule_words(table, j)}\n{of_all} have both:"
        f" {shares[0]:.1%} of the first's, {shares[1]:.1%} of the second's"
    )
    return f"{text}\nclick to show them, Ctrl adds them" if n else text
