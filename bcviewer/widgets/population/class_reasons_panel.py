"""The top reasons of each class; for GOOD, what its units came closest to failing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.arrays import Ints
from bcviewer.core.figures.bars import class_heading, class_reason_bars
from bcviewer.core.figures.parts import NO_BARS, Bars
from bcviewer.core.figures.population import class_reasons, present_classes, reasons_by_class
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES, Label
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.cell_plot import FitPlot, show_bars
from bcviewer.widgets.drawing.plots import (
    bar_item,
    outline_item,
    set_outlines,
    set_thin_bars,
    thin_bar_item,
)
from bcviewer.widgets.drawing.scroll import scrolled
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.tips import plain_tip

WIDE = 340
"""Pixels that one class needs beside another."""


class ClassPlot(QWidget):
    """The reasons of one class under its title.

    Attributes
    ----------
    reason_clicked : Signal(str, bool)
        A rule was clicked: the filter for its units, and whether with Ctrl.
    """

    reason_clicked = Signal(str, bool)

    def __init__(self, label: Label, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = label
        self.title = QLabel(self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setContentsMargins(6, 2, 6, 0)
        self.title.setMinimumWidth(1)  # a long title gives way in a narrow dock
        self.plot = FitPlot(self)
        self.bars = bar_item()
        self.selected_bars = thin_bar_item()
        self.outlines = outline_item()
        self.plot.addItem(self.bars)
        self.plot.addItem(self.outlines)
        self.plot.addItem(self.selected_bars)
        self.plot.hideAxis("bottom")
        self.plot.row_clicked.connect(self._on_clicked)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.title)
        box.addWidget(self.plot)
        box.addStretch(1)
        self.figure = NO_BARS
        self._heading = ""

    @property
    def rules(self) -> tuple[int, ...]:
        """The rules, from the top."""
        return self.figure.keys

    def show_figure(self, figure: Bars) -> None:
        """Show how many of a class's units have each reason."""
        self.figure = figure
        self._heading = class_heading(self.label, figure.of)
        self.plot.recolor(theme())
        show_bars(self.plot, self.bars, figure, "no rule", most=figure.of)  # full: all of the class
        set_outlines(self.outlines, figure.former, theme().text)
        self.plot.setFixedHeight(self.plot.minimumHeight())

    def show_marks(self, mine: int, is_current: bool, chosen: Ints) -> None:
        """Mark the rules of the current unit (a bit mask), and how many selected units."""
        accent = theme().accent
        self.title.setText(f"▸ {self._heading}" if is_current else self._heading)
        self.title.setToolTip(plain_tip(self._heading))
        self.plot.names.set_marks((y for y, i in enumerate(self.rules) if mine >> i & 1), accent)
        widths = [float(chosen[i]) for i in self.rules]
        set_thin_bars(self.selected_bars, [float(y) for y in range(len(widths))], widths, accent)

    def _on_clicked(self, row: int, add: bool) -> None:
        if row < len(self.figure.bars):
            self.reason_clicked.emit(self.figure.bars[row].filter, add)


class ClassReasonsPanel(PlotPanel):
    """Small multiples, one a class; a click filters the table to a reason's units of the class."""

    outlines: ClassVar[bool] = True
    panel_id = "class_reasons"
    title = "Top reasons of each class"
    offers_masked = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plots: dict[Label, ClassPlot] = {}
        """Made when a class first occurs, and kept."""
        self.classes: tuple[Label, ...] = ()
        self.nothing = QLabel("No unit here has a class.", self.body)
        self.nothing.setContentsMargins(6, 2, 6, 2)
        inner = QWidget(self.body)
        self.grid = QGridLayout(inner)
        self.grid.setContentsMargins(0, 0, 0, 4)
        self.grid.setSpacing(8)
        self.area = scrolled(inner, self.body)
        inner.setBackgroundRole(QPalette.ColorRole.Base)
        self.body.setBackgroundRole(QPalette.ColorRole.Base)
        self.body.setAutoFillBackground(True)
        self.area.viewport().installEventFilter(self)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.nothing)
        box.addWidget(self.area)
        self._columns = 0
        self._chosen: tuple[object, ...] = ()
        self._chosen_counts: dict[Label, Ints] = {}

    def redraw(self, scene: Scene) -> None:
        table, rows = scene.table, self.rows(scene)
        found = present_classes(table, rows) if table is not None else ()
        classes = tuple(label for label in found if label in CLASSES)
        if table is not None:
            former = self.former.table(scene)
            figures = class_reason_bars(table, classes, rows, self.masked.isChecked(), former)
            for label, figure in figures.items():
                if label not in self.plots:
                    self.plots[label] = self._new_plot(label)
                self.plots[label].show_figure(figure)
        shown = [self.plots[label].plot for label in classes]
        for plot in shown:
            plot.align(shown)
        for label, multiple in self.plots.items():
            multiple.setVisible(label in classes)
        self.nothing.setVisible(not classes)
        self.area.setVisible(bool(classes))
        self._chosen = ()
        if classes != self.classes:
            self.classes, self._columns = classes, 0
        self._arrange()

    def _new_plot(self, label: Label) -> ClassPlot:
        plot = ClassPlot(label, self.area.widget())
        plot.reason_clicked.connect(self.want_filter)
        return plot

    def _counts(self, table: Table, rows: Ints | None) -> dict[Label, Ints]:
        by_class = reasons_by_class(table, rows, self.masked.isChecked())
        counts = {label: by_class[:, label] for label in CLASSES}
        counts[Label.GOOD] = class_reasons(table, Label.GOOD, rows)
        return counts

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.area.viewport():
            self._arrange()
        return super().eventFilter(watched, event)

    def _arrange(self) -> None:
        """Put the plots in as many columns as there is room for: 2 × 2, or 2 × 3."""
        n = len(self.classes)
        most = 2 if n <= 4 else 3
        columns = max(1, min(most, n, self.area.viewport().width() // WIDE))
        if columns == self._columns:
            return
        self._columns = columns
        for i, label in enumerate(self.classes):
            self.grid.addWidget(self.plots[label], i // columns, i % columns)
        for column in range(self.grid.columnCount()):
            self.grid.setColumnStretch(column, int(column < columns))
        rows = -(-n // columns) if n else 0
        for row in range(self.grid.rowCount() + 1):
            self.grid.setRowStretch(row, int(row == rows))

    def mark(self, scene: Scene) -> None:
        table = scene.table
        if table is None or not self.classes:
            return
        state = (table, scene.selected, self.masked.isChecked())
        if len(self._chosen) != 3 or any(
            a is not b for a, b in zip(state, self._chosen, strict=True)
        ):
            self._chosen = state
            self._chosen_counts = self._counts(table, scene.selected)
        here = scene.current
        label = Label(int(table.labels[here])) if here >= 0 else None
        for name in self.classes:
            mine = self._reasons_of(table, here) if name == label else 0
            self.plots[name].show_marks(mine, name == label, self._chosen_counts[name])

    def _reasons_of(self, table: Table, row: int) -> int:
        if table.labels[row] == Label.GOOD:
            weakest = int(table.weakest_pass[row])
            return 1 << weakest if weakest >= 0 and table.audit.label[row] == Label.GOOD else 0
        audit = table.audit
        return int((audit.failed if self.masked.isChecked() else audit.deciding)[row])

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        rows = [
            (
                LABEL_NAMES[label],
                "closest to failing" if label == Label.GOOD else "reason",
                RULES[i].token,
                n,
                n / self.plots[label].figure.of,
            )
            for label in self.classes
            for i, n in zip(self.plots[label].rules, self.plots[label].figure.counts, strict=True)
        ]
        return ("class", "what", "rule", "units", "share"), rows
