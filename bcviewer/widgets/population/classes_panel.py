"""The classes: counts and proportions, as labelled and as they would be split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.figures.bars import class_bars, class_codes, split_bars
from bcviewer.core.figures.parts import NO_BARS, Bars
from bcviewer.core.rules.labels import Label, class_name
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.count_plot import CountPlot
from bcviewer.widgets.drawing.theme import theme


class ClassesPanel(PlotPanel):
    """Units of each class; a click filters the table to a class, Ctrl adds one."""

    outlines: ClassVar[bool] = True
    panel_id = "classes"
    n_plots = 1
    title = "Classes"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = CountPlot(self.body)
        self.plot.row_clicked.connect(self._on_clicked)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.plot)
        self.figure, self.split = NO_BARS, NO_BARS
        """The classes as labelled, and as the non-somatic units would be split."""

    def redraw(self, scene: Scene) -> None:
        colors, table, rows = theme(), scene.table, self.rows(scene)
        self.figure = self.split = NO_BARS
        if table is not None:
            former = self.former.table(scene)
            self.figure = class_bars(table, rows, former)
            self.split = split_bars(table, rows, former)
        faint = [colors.text] * len(self.figure.bars) + [colors.faint] * len(self.split.bars)
        both = Bars(
            self.figure.bars + self.split.bars,
            self.figure.keys + self.split.keys,
            self.figure.of,
            self.figure.former + self.split.former,
        )
        self.plot.show_counts(both, "", faint)

    @property
    def bars_of(self) -> list[tuple[Label, bool, int]]:
        """Class, whether of the split labels, and count of each row."""
        return [
            (Label(key), split, bar.n)
            for figure, split in ((self.figure, False), (self.split, True))
            for key, bar in zip(figure.keys, figure.bars, strict=True)
        ]

    def mark(self, scene: Scene) -> None:
        table, accent = scene.table, theme().accent
        if table is None:
            return
        sources = [class_codes(table, split) for _, split, _ in self.bars_of]
        labels = [label for label, _, _ in self.bars_of]
        here = scene.current
        marked = (
            y
            for y, (source, label) in enumerate(zip(sources, labels, strict=True))
            if here >= 0 and source[here] == label
        )
        self.plot.names.set_marks(marked, accent)
        counts = [
            int((source[scene.selected] == label).sum())
            for source, label in zip(sources, labels, strict=True)
        ]
        self.plot.show_selected(counts)

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        total = sum(n for _, split, n in self.bars_of if not split)
        rows = [
            (class_name(label), "split" if split else "as labelled", n, n / total if total else 0.0)
            for label, split, n in self.bars_of
        ]
        return ("class", "labels", "units", "share"), rows

    def _on_clicked(self, row: int, add: bool) -> None:
        bars = self.figure.bars + self.split.bars
        if row < len(bars):
            self.want_filter(bars[row].filter, add)
