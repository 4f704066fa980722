"""The classes: counts and proportions, as labelled and as they would be split."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.app.session import Scene
from bcviewer.core.filters import quote
from bcviewer.core.labels import LABEL_NAMES, Label
from bcviewer.core.summary import class_counts
from bcviewer.widgets.panel import Panel
from bcviewer.widgets.plots import RowPlot, bar_item, set_bars
from bcviewer.widgets.theme import LABEL_FILL, LABEL_SIGN, theme

_SPLIT = (Label.NON_SOMA_GOOD, Label.NON_SOMA_MUA)


class ClassesPanel(Panel):
    """Units of each class; a click filters the table to a class.

    Attributes
    ----------
    class_toggled : Signal(Label)
        A class was clicked.
    """

    panel_id = "classes"
    title = "Classes"
    parts = ("table",)

    class_toggled = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = RowPlot(self, 168, 104)
        self.bars = bar_item()
        self.plot.addItem(self.bars)
        self.plot.getAxis("bottom").setLabel("units")
        self.plot.row_clicked.connect(self._on_clicked)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.plot)
        self.rows: list[tuple[Label, bool, int]] = []
        """Class, whether of the split labels, and count of each row."""

    def redraw(self, scene: Scene) -> None:
        colors, table = theme(), scene.table
        self.plot.recolor(colors)
        self.rows = []
        total = table.n_units if table else 0
        if table is not None:
            counts = class_counts(table.labels)
            split = class_counts(table.audit.split_label)
            for label, n in counts.items():
                if n or label not in _SPLIT:
                    self.rows.append((label, False, n))
            if counts[Label.NON_SOMA]:
                self.rows += [(label, True, split[label]) for label in _SPLIT]
        n_rows = len(self.rows)
        self.plot.set_row_count(n_rows)
        values = [n for _, _, n in self.rows]
        self.plot.setXRange(0, max(values, default=1) or 1, padding=0.01)
        set_bars(
            self.bars,
            [float(y) for y in range(n_rows)],
            [0.0] * n_rows,
            values,
            [LABEL_FILL[label] for label, _, _ in self.rows],
        )
        names = [
            f"split: {_name(label)}" if split else f"{LABEL_SIGN[label]} {_name(label)}"
            for label, split, _ in self.rows
        ]
        faint = [colors.faint if split else colors.text for _, split, _ in self.rows]
        self.plot.names.set_rows(names, faint)
        words = [f"{n:,}  {n / total:.1%}" if total else "0" for n in values]
        self.plot.values.set_rows(words, faint)
        self.plot.set_tips(
            [f"{name}: {word} of the units" for name, word in zip(names, words, strict=True)]
        )

    def _on_clicked(self, row: int, add: bool) -> None:
        if row >= len(self.rows):
            return
        label, split, _ = self.rows[row]
        if split:
            self.filter_chosen.emit(f"split_label == {quote(LABEL_NAMES[label])}", add)
        elif label in (Label.EMPTY, Label.INCOMPLETE, Label.UNKNOWN):
            text = f"label == {quote(LABEL_NAMES[label])}" if label else "missing(label)"
            self.filter_chosen.emit(text, add)
        else:
            self.class_toggled.emit(label)


def _name(label: Label) -> str:
    return LABEL_NAMES[label] or "no spikes"
