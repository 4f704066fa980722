"""The table of a cohort's runs: sorted by a click on a head, opened by Enter or a double click."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from bcviewer.app.cohort.cohort_scene import CohortScene
from bcviewer.core.cohort.run_cells import CLASSES_BAR, MATCHING, PROBLEM, TRIED, VERSION, RunHead
from bcviewer.widgets.cohort.class_cell import ClassCell
from bcviewer.widgets.cohort.run_model import RunModel
from bcviewer.widgets.drawing.class_bar import BAR_WIDTH
from bcviewer.widgets.drawing.headed_model import Index
from bcviewer.widgets.table.plain_cell import CELL_PADDING, PlainCell
from bcviewer.widgets.table.plain_table import PlainTable
from bcviewer.widgets.table.whole_texts import WholeNumbers

_WIDEST = 300
_HEAD_PADDING = 16
_CHANGING = frozenset({MATCHING.key, *(head.key for head in TRIED)})
"""Columns whose texts are others after each answer."""


class RunList(PlainTable):
    """Shows runs, one of which is the current one.

    Attributes
    ----------
    run_chosen : Signal(int)
        A run is to be opened.
    current_changed : Signal(int)
        Another run is the current one; −1: none is.
    """

    run_chosen = Signal(int)
    current_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runList")
        self.setAccessibleName("Runs of the cohort")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.runs = RunModel(self)
        self.setModel(self.runs)
        self.forget_selected_columns()
        self.horizontalHeader().setMinimumSectionSize(28)
        self.unit_header.setSortIndicatorShown(True)
        self.unit_header.column_clicked.connect(self._on_head)
        self.unit_header.sectionResized.connect(self._on_resized)
        self.doubleClicked.connect(
            lambda index: self.run_chosen.emit(self.runs.row_at(index.row()))
        )
        self._numbers, self._bar = WholeNumbers(self), ClassCell(self)
        self._plain = PlainCell(self)
        self._given: dict[str, int] = {}
        """Widths that the person gave columns."""
        self._fitted: dict[str, int] = {}
        self._laying_out = False

    @property
    def current(self) -> int:
        """The current run; −1: there is none."""
        index = self.currentIndex()
        return self.runs.row_at(index.row()) if index.isValid() else -1

    @property
    def widths(self) -> dict[str, int]:
        """The widths that the person gave columns, in pixels."""
        return dict(self._given)

    def set_widths(self, widths: Mapping[str, int]) -> None:
        """Give columns widths."""
        self._given = dict(widths)
        self._lay_out()

    def show_scene(self, scene: CohortScene, anew: bool) -> None:
        """Show what is there now; ``anew``: what was read is another thing."""
        current, self._laying_out = self.current, True
        self.runs.show_scene(scene)
        if anew:
            self._fitted = {}
        self._lay_out()
        self.show_current(current)

    def show_current(self, row: int) -> None:
        """Make a run the current one, where it is shown; else the first."""
        place = max(self.runs.place_of(row), 0)
        if place < self.runs.rowCount():
            index = self.runs.index(place, 0)
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def sort_by(self, key: str, descending: bool) -> None:
        """Sort by a column; the current run stays that."""
        current = self.current
        self.runs.sort_by(key, descending)
        self._span_problems()
        self._mark_order()
        self.show_current(current)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_fitted"):
            self._fitted = {}
            self._lay_out()

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.current_changed.emit(self.current)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.current >= 0:
                self.run_chosen.emit(self.current)
        else:
            super().keyPressEvent(event)

    # -- heads -------------------------------------------------------------------------------

    def _on_head(self, section: int) -> None:
        """Sort by a column; by numbers the largest first, and the other way round once more."""
        head = self.runs.heads[section]
        key, descending = self.runs.sorted_by
        first = head.is_number or head.key == CLASSES_BAR
        self.sort_by(head.key, not descending if key == head.key else first)

    def _mark_order(self) -> None:
        key, descending = self.runs.sorted_by
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self.unit_header.setSortIndicator(self.runs.section(key), order)

    def _on_resized(self, section: int, _: int, width: int) -> None:
        last = section == len(self.runs.heads) - 1
        if not self._laying_out and not last and section < len(self.runs.heads):
            self._given[self.runs.heads[section].key] = width

    def _lay_out(self) -> None:
        self._laying_out = True
        for section, head in enumerate(self.runs.heads):
            delegate = self._bar if head.key == CLASSES_BAR else self._plain
            self.setItemDelegateForColumn(section, self._numbers if head.is_number else delegate)
            if head.key != PROBLEM:
                self.setColumnWidth(section, self._given.get(head.key) or self._fit(head))
        self._widen_last()
        self._laying_out = False
        self._span_problems()
        self._mark_order()

    def _widen_last(self) -> None:
        """Let what is wrong take the room that is left; where none is, what its words need."""
        last = len(self.runs.heads) - 1
        if last < 0:
            return
        needed = self._fit(self.runs.heads[last])
        others = sum(self.columnWidth(i) for i in range(last))
        has_room = others + needed <= self.viewport().width()
        self.horizontalHeader().setStretchLastSection(has_room)
        if not has_room:
            self.setColumnWidth(last, needed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        laying_out, self._laying_out = self._laying_out, True
        self._widen_last()
        self._laying_out = laying_out

    def _span_problems(self) -> None:
        """Let why there are no units of a run take the room of their numbers."""
        self.clearSpans()
        first = self.runs.section(VERSION)
        for place in self.runs.broken():
            self.setSpan(place, first, 1, len(self.runs.heads) - first)

    def _fit(self, head: RunHead) -> int:
        """Return the width that a column's texts need."""
        if head.key == CLASSES_BAR:
            return BAR_WIDTH
        if head.key not in self._fitted:
            metrics = QFontMetrics(self.font())
            texts = self.runs.widest(head.key)
            wide = max((metrics.horizontalAdvance(text) for text in texts), default=0)
            least = metrics.horizontalAdvance(head.title) + _HEAD_PADDING
            width = min(max(wide + CELL_PADDING, least), _WIDEST)
            if head.key in _CHANGING:
                return width
            self._fitted[head.key] = width
        return self._fitted[head.key]
