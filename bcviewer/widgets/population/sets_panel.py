"""The rules that fail together: which combinations, how often, deciding and masked apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.audit.reasons import tokens
from bcviewer.core.figures.population import reason_masks
from bcviewer.core.figures.sets import NO_SETS, sets_figure
from bcviewer.core.figures.words import share
from bcviewer.core.rules.counts import count_of
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.canvas import Canvas
from bcviewer.widgets.drawing.scroll import scrolled
from bcviewer.widgets.drawing.theme import small_font, theme
from bcviewer.widgets.population.sets_item import SetsItem

Keys = npt.NDArray[np.uint64]


class SetsPanel(PlotPanel):
    """An UpSet plot of failure sets; a click filters the table to exactly one set's units."""

    panel_id = "sets"
    title = "Rules that fail together"
    offers_masked = True
    masked_first = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = Canvas()
        self.item = SetsItem(self._on_chosen)
        self.item.font = small_font(self)
        self.canvas.addItem(self.item)
        self.canvas.resized.connect(self._lay_out)
        self.area = scrolled(self.canvas, self.body)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.area)
        self.body = self.canvas  # a picture has all rows, also those that are scrolled away
        self.canvas.setAccessibleName(self.title)
        self.figure = NO_SETS
        self._keys: Keys = np.empty(0, np.uint64)

    def redraw(self, scene: Scene) -> None:
        colors, table = theme(), scene.table
        self.canvas.recolor(colors)
        masked, self.figure = self.masked.isChecked(), NO_SETS
        if table is not None:
            self.figure = sets_figure(table, self.rows(scene), masked)
            self._keys = _keys(table, masked)
        self.item.set_sets(self.figure.columns, self.figure.rows, self.said, colors)
        self._lay_out()

    def mark(self, scene: Scene) -> None:
        if scene.table is None:
            self.item.set_marks(-1, [])
            return
        wanted = [column.key for column in self.figure.columns]
        here = int(self._keys[scene.current]) if scene.current >= 0 else 0
        chosen = self._keys[scene.selected]
        counts = [int(np.count_nonzero(chosen == np.uint64(key))) for key in wanted]
        self.item.set_marks(wanted.index(here) if here in wanted else -1, counts)

    def said(self, drawn: int) -> Sequence[str]:
        """Return what stands above so many columns, in several lengths, the longest first."""
        figure = self.figure
        if not figure.n_failing:
            none = "No unit fails a rule." if figure.n_units else "No units."
            return (none if self.scene and self.scene.table else "",)
        part = share(figure.covered(drawn), figure.n_failing)
        shown = f"{drawn:,} of {figure.n_sets:,} sets"
        legend = "   ● decides   ○ masked   bold: sole blocker" if self.masked.isChecked() else ""
        long = f"{shown}, {part} of the {count_of(figure.n_failing, 'unit')} that fail"
        return long + legend, long, f"{shown}, {part} of failing", shown

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        n_units = self.figure.n_units
        rows = [
            (_tokens(one.deciding), _tokens(one.masked), one.n, one.n / n_units)
            for one in self.figure.columns
        ]
        return ("deciding", "masked", "units", "share"), rows

    def _lay_out(self) -> None:
        """Fit the plot; a scroll bar always has room, so that it cannot come and go."""
        bar = self.area.verticalScrollBar().sizeHint().width()
        self.item.resize(self.canvas.width(), self.canvas.height())
        self.item.measure(self.area.width() - bar, self.canvas.zoom)
        self.canvas.setMinimumHeight(int(self.item.least_height))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "item"):
            self.item.font = small_font(self)
            self._lay_out()

    def _on_chosen(self, column: int, add: bool) -> None:
        self.want_filter(self.figure.columns[column].filter, add)


def _keys(table: Table, masked: bool) -> Keys:
    """Return the set that each unit is in, as failed and deciding rules in one number."""
    failed = reason_masks(table, masked).astype(np.uint64)
    return np.asarray(failed << np.uint64(32) | table.audit.deciding.astype(np.uint64))


def _tokens(rules: Iterable[int]) -> str:
    return tokens(sum(1 << i for i in rules))
