"""The reasons by class, as a matrix of numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QWidget

from bcviewer.app.session import Scene
from bcviewer.core.audit.summary import top
from bcviewer.core.figures.population import Counts, present_classes, reason_masks, reasons_by_class
from bcviewer.core.filter.language import quote
from bcviewer.core.rules.labels import CLASSES, LABEL_HELP, LABEL_NAMES, Label
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.table import AuditTable
from bcviewer.widgets.base.matrix_plot import MatrixPlot, scroll_body
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.matrix_item import NOTHING, Head, Matrix
from bcviewer.widgets.drawing.theme import LABEL_FILL, LABEL_SIGN, theme
from bcviewer.widgets.population.reasons_panel import reason_filter, reason_name

TOP = 20


class HeatmapPanel(PlotPanel):
    """The top 20 reasons in each class; a click filters the table to a cell's units.

    Attributes
    ----------
    rules, labels : list
        The rows and columns.
    """

    panel_id = "heatmap"
    title = "Reason × class"
    offers_masked = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        box = scroll_body(self)
        self.plot = MatrixPlot(self.body)
        self.plot.cell_clicked.connect(self._on_clicked)
        box.addWidget(self.plot)
        self.rules: list[int] = []
        self.labels: list[Label] = []

    def redraw(self, scene: Scene) -> None:
        table = scene.table
        self.rules, self.labels = [], []
        matrix = NOTHING if table is None else self._matrix(table, scene)
        self.plot.show_matrix(matrix, theme(), "no failed rule")

    def _matrix(self, table: AuditTable, scene: Scene) -> Matrix:
        rows = self.rows(scene)
        counts = reasons_by_class(table, rows, self.masked.isChecked())
        labels = table.labels if rows is None else table.labels[rows]
        units = np.bincount(labels, minlength=len(Label))
        self.rules = top(counts.sum(axis=1), TOP)
        self.labels = columns_of(present_classes(table, rows), counts)
        cells = counts[np.ix_(self.rules, self.labels)]
        per_class = units[self.labels]
        names = [reason_name(table, i) for i in self.rules]
        notes = [f"n = {n:,}" for n in per_class.tolist()]
        return Matrix(
            names,
            [
                Head(class_name(label), note, LABEL_SIGN[label], LABEL_FILL[label])
                for label, note in zip(self.labels, notes, strict=True)
            ],
            cells,
            cells / np.maximum(per_class, 1),
            [f"{rule_words(table, i)}\n{counts[i].sum():,} units" for i in self.rules],
            [
                f"{class_name(label)}: {note}\n{LABEL_HELP[label]}"
                for label, note in zip(self.labels, notes, strict=True)
            ],
            [
                [cell_tip(table, i, label, counts, units) for label in self.labels]
                for i in self.rules
            ],
            "share of the class",
        )

    def mark(self, scene: Scene) -> None:
        table = scene.table
        if table is None:
            return
        masked = self.masked.isChecked()
        mine = int(reason_masks(table, masked)[scene.current]) if scene.current >= 0 else 0
        here = np.array([mine >> i & 1 for i in self.rules], np.bool_)
        own = [scene.current >= 0 and table.labels[scene.current] == k for k in self.labels]
        chosen = reasons_by_class(table, scene.selected, masked)
        self.plot.set_marks(
            np.flatnonzero(here).tolist(),
            np.outer(here, np.array(own, np.bool_)),
            chosen[np.ix_(self.rules, self.labels)],
        )

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        rows = zip(self.rules, self.plot.matrix.counts.tolist(), strict=True)
        names = [class_name(label) for label in self.labels]
        return ("reason", *names), [(RULES[i].token, *counts) for i, counts in rows]

    def _on_clicked(self, row: int, column: int, add: bool) -> None:
        text = cell_filter(self.rules[row], self.labels[column], self.masked.isChecked())
        self.filter_chosen.emit(text, add)


def columns_of(present: Sequence[Label], counts: Counts) -> list[Label]:
    """Return the classes that occur, and other labels where their units have a reason."""
    has = counts.sum(axis=0)
    return [label for label in present if label in CLASSES or has[label]]


def class_name(label: Label) -> str:
    """Return a class as people read it."""
    return LABEL_NAMES[label] or "no spikes"


def rule_words(table: AuditTable, index: int) -> str:
    """Return a rule for a tool tip: in words, as a comparison, as a reason."""
    return f"{RULES[index].title} ({reason_name(table, index)})\n{RULES[index].token}"


def cell_tip(table: AuditTable, index: int, label: Label, counts: Counts, units: Counts) -> str:
    """Return the tool tip for the units of a class with a reason."""
    n, name = int(counts[index, label]), class_name(label)
    share, of_reason = n / max(int(units[label]), 1), n / max(int(counts[index].sum()), 1)
    text = (
        f"{rule_words(table, index)}\n{name}: {n:,} of {units[label]:,} units ({share:.1%});"
        f" {of_reason:.1%} of the units with this reason"
    )
    return f"{text}\nclick to show them, Ctrl adds them" if n else text


def cell_filter(index: int, label: Label, masked: bool) -> str:
    """Return the filter for the units of a class with a reason."""
    name = LABEL_NAMES[label]
    of_class = f"label == {quote(name)}" if name else "missing(label)"
    return f"{reason_filter(index, masked)} and {of_class}"
