"""The reasons over the population: the rules that decided most labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from bcviewer.app.session import Scene
from bcviewer.core.audit.summary import reason_counts, top
from bcviewer.core.figures.population import reason_masks
from bcviewer.core.filter.language import quote
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES, Block
from bcviewer.core.sheet.table import AuditTable
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.cell_plot import FitPlot
from bcviewer.widgets.drawing.plots import bar_item, set_bars, set_thin_bars, thin_bar_item
from bcviewer.widgets.drawing.theme import LABEL_FILL, theme

TOP = 15
BLOCK_LABEL = {Block.NOISE: Label.NOISE, Block.MUA: Label.MUA, Block.NON_SOMA: Label.NON_SOMA}
"""The class whose colour stands for a block."""


class ReasonsPanel(PlotPanel):
    """The top 15 reasons; a click filters the table to a reason's units, Ctrl adds them."""

    panel_id = "reasons"
    title = "Top reasons"
    offers_masked = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = FitPlot(self.body)
        self.bars = bar_item()
        self.selected_bars = thin_bar_item()
        self.plot.addItem(self.bars)
        self.plot.addItem(self.selected_bars)
        scale = self.plot.getAxis("bottom")
        scale.setLabel("units")
        scale.setStyle(showValues=False)  # the counts stand beside the bars, and never overlap
        self.plot.row_clicked.connect(self._on_clicked)
        area = QScrollArea(self.body)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(self.plot)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(area)
        self.rules: list[int] = []
        self.counts: list[int] = []

    def redraw(self, scene: Scene) -> None:
        colors, table = theme(), scene.table
        self.plot.recolor(colors)
        rows = self.rows(scene)
        if table is None:
            self.rules, self.counts = [], []
        else:
            counts = reason_counts(table.audit, rows, self.masked.isChecked())
            self.rules = top(counts, TOP)
            self.counts = [int(counts[i]) for i in self.rules]
        n = len(self.rules)
        self.plot.set_row_count(max(n, 1))
        self.plot.setXRange(0, max(self.counts, default=1), padding=0.01)
        fills = [LABEL_FILL[BLOCK_LABEL[RULES[i].block]] for i in self.rules]
        set_bars(self.bars, [float(y) for y in range(n)], [0.0] * n, self.counts, fills)
        names = [reason_name(table, i) for i in self.rules] if table else []
        units = table.n_units if table and rows is None else 0 if rows is None else len(rows)
        self.plot.set_texts(
            names or ["no failed rule"],
            [f"{c:,}  {c / units:.0%}" for c in self.counts],
            [colors.text] * max(n, 1),
        )
        self.plot.set_tips(
            [
                f"{RULES[i].token}\n{c:,} of {units:,} units ({c / units:.1%}); click to show them"
                for i, c in zip(self.rules, self.counts, strict=True)
            ]
        )

    def mark(self, scene: Scene) -> None:
        table, accent = scene.table, theme().accent
        if table is None:
            return
        masks = reason_masks(table, self.masked.isChecked())
        mine = int(masks[scene.current]) if scene.current >= 0 else 0
        self.plot.names.set_marks((y for y, i in enumerate(self.rules) if mine >> i & 1), accent)
        chosen = masks[scene.selected]
        widths = [float(np.count_nonzero(chosen & np.uint32(1 << i))) for i in self.rules]
        set_thin_bars(self.selected_bars, [float(y) for y in range(len(widths))], widths, accent)

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        rows = [(RULES[i].token, n) for i, n in zip(self.rules, self.counts, strict=True)]
        return ("reason", "units"), rows

    def _on_clicked(self, row: int, add: bool) -> None:
        if row < len(self.rules):
            self.filter_chosen.emit(reason_filter(self.rules[row], self.masked.isChecked()), add)


def reason_name(table: AuditTable, index: int) -> str:
    """Return a rule with its limit, as a failure: ``presence ratio < 0.7``."""
    rule = RULES[index]
    if rule.op == "missing":
        return "no peaks found"
    return f"{rule.declared.title} {rule.op} {table.audit.rules[index].threshold:g}"


def reason_filter(index: int, masked: bool = False) -> str:
    """Return the filter for the units with a reason, masked ones too if asked."""
    token = quote(RULES[index].token)
    text = f"classification_reason contains {token}"
    return f"({text} or masked_reasons contains {token})" if masked else text
