"""The classes: counts and proportions, as labelled and as they would be split."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.app.session import Scene
from bcviewer.core.audit.summary import class_counts
from bcviewer.core.filter.language import quote
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.cell_plot import FitPlot
from bcviewer.widgets.drawing.plots import bar_item, set_bars, set_thin_bars, thin_bar_item
from bcviewer.widgets.drawing.theme import LABEL_FILL, LABEL_SIGN, theme

_SPLIT = (Label.NON_SOMA_GOOD, Label.NON_SOMA_MUA)


class ClassesPanel(PlotPanel):
    """Units of each class; a click filters the table to a class, Ctrl adds one."""

    panel_id = "classes"
    title = "Classes"

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
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.plot)
        self.bars_of: list[tuple[Label, bool, int]] = []
        """Class, whether of the split labels, and count of each row."""

    def redraw(self, scene: Scene) -> None:
        colors, table = theme(), scene.table
        self.plot.recolor(colors)
        self.bars_of = []
        rows = self.rows(scene)
        total = table.n_units if table and rows is None else 0 if rows is None else len(rows)
        if table is not None:
            which = slice(None) if rows is None else rows
            counts = class_counts(table.labels[which])
            split = class_counts(table.audit.split_label[which])
            for label, n in counts.items():
                if n or label not in _SPLIT:
                    self.bars_of.append((label, False, n))
            if counts[Label.NON_SOMA]:
                self.bars_of += [(label, True, split[label]) for label in _SPLIT]
        n_rows = len(self.bars_of)
        self.plot.set_row_count(n_rows)
        values = [n for _, _, n in self.bars_of]
        self.plot.setXRange(0, max(values, default=1) or 1, padding=0.01)
        set_bars(
            self.bars,
            [float(y) for y in range(n_rows)],
            [0.0] * n_rows,
            values,
            [LABEL_FILL[label] for label, _, _ in self.bars_of],
        )
        names = [
            f"split: {_name(label)}" if split else f"{LABEL_SIGN[label]} {_name(label)}"
            for label, split, _ in self.bars_of
        ]
        faint = [colors.faint if split else colors.text for _, split, _ in self.bars_of]
        words = [f"{n:,}  {n / total:.1%}" if total else "0" for n in values]
        self.plot.set_texts(names, words, faint)
        self.plot.set_tips(
            [f"{name}: {word} of the units" for name, word in zip(names, words, strict=True)]
        )

    def mark(self, scene: Scene) -> None:
        table, accent = scene.table, theme().accent
        if table is None:
            return
        sources = [
            table.audit.split_label if split else table.labels for _, split, _ in self.bars_of
        ]
        labels = [label for label, _, _ in self.bars_of]
        here = scene.current
        marked = (
            y
            for y, (source, label) in enumerate(zip(sources, labels, strict=True))
            if here >= 0 and source[here] == label
        )
        self.plot.names.set_marks(marked, accent)
        widths = [
            float((source[scene.selected] == label).sum())
            for source, label in zip(sources, labels, strict=True)
        ]
        set_thin_bars(self.selected_bars, [float(y) for y in range(len(widths))], widths, accent)

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        total = sum(n for _, split, n in self.bars_of if not split)
        rows = [
            (_name(label), "split" if split else "as labelled", n, n / total if total else 0.0)
            for label, split, n in self.bars_of
        ]
        return ("class", "labels", "units", "share"), rows

    def _on_clicked(self, row: int, add: bool) -> None:
        if row >= len(self.bars_of):
            return
        label, split, _ = self.bars_of[row]
        column = "split_label" if split else "label"
        name = LABEL_NAMES[label]
        text = f"{column} == {quote(name)}" if name else f"missing({column})"
        self.filter_chosen.emit(text, add)


def _name(label: Label) -> str:
    return LABEL_NAMES[label] or "no spikes"
