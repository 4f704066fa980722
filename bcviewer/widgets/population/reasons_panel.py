"""The reasons over the population: the rules that decided most labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.figures.bars import reason_bars
from bcviewer.core.figures.parts import NO_BARS
from bcviewer.core.figures.population import reason_masks
from bcviewer.core.rules.rules import RULES
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.count_plot import CountPlot
from bcviewer.widgets.drawing.scroll import scrolled
from bcviewer.widgets.drawing.theme import theme


class ReasonsPanel(PlotPanel):
    """The top 15 reasons; a click filters the table to a reason's units, Ctrl adds them."""

    outlines: ClassVar[bool] = True
    panel_id = "reasons"
    n_plots = 1
    title = "Top reasons"
    offers_masked = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = CountPlot(self.body)
        self.plot.row_clicked.connect(self._on_clicked)
        area = scrolled(self.plot, self.body)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(area)
        self.figure = NO_BARS

    @property
    def rules(self) -> tuple[int, ...]:
        """The rules, from the top."""
        return self.figure.keys

    def redraw(self, scene: Scene) -> None:
        table = scene.table
        self.figure = NO_BARS
        if table is not None:
            former = self.former.table(scene)
            self.figure = reason_bars(table, self.rows(scene), self.masked.isChecked(), former)
        self.plot.show_counts(self.figure, "no failed rule")

    def mark(self, scene: Scene) -> None:
        table, accent = scene.table, theme().accent
        if table is None:
            return
        masks = reason_masks(table, self.masked.isChecked())
        mine = int(masks[scene.current]) if scene.current >= 0 else 0
        self.plot.names.set_marks((y for y, i in enumerate(self.rules) if mine >> i & 1), accent)
        chosen = masks[scene.selected]
        counts = [int(np.count_nonzero(chosen & np.uint32(1 << i))) for i in self.rules]
        self.plot.show_selected(counts)

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        rows = [(RULES[i].token, n) for i, n in zip(self.rules, self.figure.counts, strict=True)]
        return ("reason", "units"), rows

    def _on_clicked(self, row: int, add: bool) -> None:
        if row < len(self.figure.bars):
            self.want_filter(self.figure.bars[row].filter, add)
