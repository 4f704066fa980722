"""The reasons over the population: the rules that decided most labels."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from bcviewer.app.session import Scene
from bcviewer.core.filters import quote
from bcviewer.core.labels import Label
from bcviewer.core.rules import RULES, Block
from bcviewer.core.summary import reason_counts, top
from bcviewer.core.table import AuditTable
from bcviewer.widgets.panel import Panel
from bcviewer.widgets.plots import RowPlot, bar_item, set_bars
from bcviewer.widgets.theme import LABEL_FILL, theme

TOP = 15
_FILL = {Block.NOISE: Label.NOISE, Block.MUA: Label.MUA, Block.NON_SOMA: Label.NON_SOMA}


class ReasonsPanel(Panel):
    """The top 15 reasons; a click filters the table to a reason's units, Ctrl adds them."""

    panel_id = "reasons"
    title = "Top reasons"
    parts = ("table",)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = RowPlot(self, 190, 104)
        self.bars = bar_item()
        self.plot.addItem(self.bars)
        self.plot.getAxis("bottom").setLabel("units that the rule decided")
        self.plot.row_clicked.connect(self._on_clicked)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(self.plot)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(area)
        self.rules: list[int] = []
        self.counts: list[int] = []

    def redraw(self, scene: Scene) -> None:
        colors, table = theme(), scene.table
        self.plot.recolor(colors)
        if table is None:
            self.rules, self.counts = [], []
        else:
            counts = reason_counts(table.audit)
            self.rules = top(counts, TOP)
            self.counts = [int(counts[i]) for i in self.rules]
        n = len(self.rules)
        self.plot.set_row_count(max(n, 1))
        largest = max(self.counts, default=1)
        self.plot.setXRange(0, largest, padding=0.01)
        fills = [LABEL_FILL[_FILL[RULES[i].block]] for i in self.rules]
        set_bars(self.bars, [float(y) for y in range(n)], [0.0] * n, self.counts, fills)
        names = [reason_name(table, i) for i in self.rules] if table else []
        self.plot.names.set_rows(names or ["no failed rule"], [colors.text] * max(n, 1))
        total = table.n_units if table else 0
        words = [f"{c:,}  {c / total:.0%}" for c in self.counts]
        self.plot.values.set_rows(words, [colors.text] * n)
        self.plot.set_tips(
            [
                f"{RULES[i].token}\n{c:,} of {total:,} units ({c / total:.1%}); click to show them"
                for i, c in zip(self.rules, self.counts, strict=True)
            ]
        )

    def _on_clicked(self, row: int, add: bool) -> None:
        if row < len(self.rules):
            self.filter_chosen.emit(reason_filter(self.rules[row]), add)


def reason_name(table: AuditTable, index: int) -> str:
    """Return a rule with its limit, as a failure: ``presence ratio < 0.7``."""
    rule = RULES[index]
    if rule.op == "missing":
        return "no peaks found"
    return f"{rule.declared.title} {rule.op} {table.audit.rules[index].threshold:g}"


def reason_filter(index: int) -> str:
    """Return the filter for the units that a rule decided."""
    return f"classification_reason contains {quote(RULES[index].token)}"
