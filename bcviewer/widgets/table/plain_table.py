"""What the unit table and the part of it that never scrolls have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFocusEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from bcviewer.widgets.drawing.painting import is_of_no_look
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.table.plain_cell import Fonts, Look, PlainCell
from bcviewer.widgets.table.unit_header import UnitHeader

_ROW_PADDING = 7
_WEDGE = 5
"""Pixels of the sign before the current one of many rows: within the cell's padding."""
_STYLE = (
    "QHeaderView::section {padding: 2px 6px}"
    # the header draws it: beside the title it would cover it, or take its room in every column
    " QHeaderView::up-arrow, QHeaderView::down-arrow {width: 0; height: 0}"
)


_NO_UPDATES = Qt.WidgetAttribute.WA_UpdatesDisabled
_CURRENT = QItemSelectionModel.SelectionFlag.Current
_TOGGLE = QItemSelectionModel.SelectionFlag.Toggle


class RangeStart(QObject):
    """Remembers the row that was last highlighted alone, whoever did it.

    Each of Qt's views has a memory of its own, that knows nothing of the other view, nor of where
    the program went (to what was undone, say): Shift and an arrow then took rows that nobody meant.
    """

    def __init__(self, selection: QItemSelectionModel) -> None:
        super().__init__(selection)
        self._selection = selection
        self._start = QPersistentModelIndex()
        selection.currentRowChanged.connect(self._on_changed)
        selection.selectionChanged.connect(self._on_changed)

    def up_to(self, row: int, command: QItemSelectionModel.SelectionFlag) -> QItemSelection | None:
        """Return the rows from the start up to a row; without: that row begins the next range.

        Parameters
        ----------
        row : int
            The row of the model that was gone to, −1: none.
        command : QItemSelectionModel.SelectionFlag
            What Qt is about to do; only where it is a range (``Current``) there is one.
        """
        if row < 0 or (command & _TOGGLE and command & _CURRENT):
            return None
        if not command & _CURRENT:
            self._start = QPersistentModelIndex(self._selection.model().index(row, 0))
            return None
        if not self._start.isValid():
            return None
        model, ends = self._selection.model(), sorted((self._start.row(), row))
        return QItemSelection(
            model.index(ends[0], 0), model.index(ends[1], model.columnCount() - 1)
        )

    def _on_changed(self, *_: object) -> None:
        selected, current = self._selection.selection(), self._selection.currentIndex()
        if selected.count() == 1 and selected.at(0).height() == 1:
            row = selected.at(0).top()
            if row == current.row():
                self._start = QPersistentModelIndex(current)


class PlainTable(QTableView):
    """A view of whole rows: nothing is edited, letters are not searched for.

    Attributes
    ----------
    press_begins : Signal()
        The mouse is pressed, and nothing came of it yet; ``pressed`` tells what is.
    """

    press_begins = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.range_start: RangeStart | None = None
        self._fonts: Fonts | None = None
        self._look: Look | None = None
        """While it is painted: the same for every cell."""
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows = self.verticalHeader()
        rows.setVisible(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(8)
        self._fit_rows()
        self.setItemDelegate(PlainCell(self))
        self.color_selection()
        self.unit_header = UnitHeader(self, self)
        self.setHorizontalHeader(self.unit_header)

    @property
    def look(self) -> Look:
        """How its cells look now."""
        if self._look is not None:
            return self._look
        if self._fonts is None or self._fonts.font != self.font():
            self._fonts = Fonts(self.font())
        return Look(self, self._fonts, self.seen_span())

    def row_height(self) -> int:
        """Return how high a row is, in pixels."""
        return self.verticalHeader().defaultSectionSize()

    def color_selection(self) -> None:
        """Take colours for selected rows that are no class's: many a desktop's are NON-SOMA's."""
        colors = theme()
        self.setStyleSheet(
            f"QTableView {{selection-background-color: {colors.selected};"
            f" selection-color: {colors.text}}} {_STYLE}"
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.press_begins.emit()
        super().mousePressEvent(event)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Select what the mouse or Shift and a key went over, from where the range begins."""
        start = self.range_start
        rows = None if start is None else start.up_to(self.rowAt(rect.bottom()), command)
        if rows is None:
            super().setSelection(rect, command)
        else:
            self.selectionModel().select(rows, command)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Scroll; sideways all is drawn anew: what was cut at an edge is whole now, or cut."""
        super().scrollContentsBy(dx, dy)
        if dx:
            self.viewport().update()
            self.unit_header.viewport().update()

    @contextmanager
    def arranged(self) -> Iterator[None]:
        """Let columns get other widths and places; what looks otherwise then is drawn once.

        Qt would lay out and draw it a second time, by a timer that each such column starts.
        """
        header, before = self.horizontalHeader(), self._spans()
        was_blocked = header.blockSignals(True)
        try:
            yield
        finally:
            header.blockSignals(was_blocked)
        if self._spans() != before:
            self.updateGeometries()
            self.viewport().update()

    @contextmanager
    def still(self, n_rows: int) -> Iterator[None]:
        """Let rows be added after the first ``n_rows``: those stay as they are painted.

        Qt would paint all of them anew. Not where the view has another size by it.
        """
        viewport = self.viewport()
        before, was_still = viewport.geometry(), viewport.testAttribute(_NO_UPDATES)
        viewport.setAttribute(_NO_UPDATES, True)  # to enable updates again would be one of all
        try:
            yield
        finally:  # a table that waits to be painted is painted wholly then
            viewport.setAttribute(_NO_UPDATES, was_still)
        if viewport.geometry() != before:
            viewport.update()
        elif self.model().rowCount() > n_rows:
            first = self.rowViewportPosition(n_rows)
            viewport.update(0, first, viewport.width(), viewport.height() - first)

    def _spans(self) -> list[tuple[int, int]]:
        """Return where each of the model's columns is among those shown, and how wide it is."""
        header = self.horizontalHeader()
        return [(header.visualIndex(i), header.sectionSize(i)) for i in range(header.count())]

    def shown_sections(self) -> list[int]:
        """Return the model's columns that are shown, in the order they are shown."""
        header = self.horizontalHeader()
        order = sorted(range(header.count()), key=header.visualIndex)
        return [i for i in order if not self.isColumnHidden(i)]

    def rows_in_sight(self) -> range:
        """Return the model's rows of which something is on screen."""
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        return range(max(first, 0), last + 1 if last >= 0 else self.model().rowCount())

    def sections_in_sight(self, always: int) -> list[int]:
        """Return the model's columns of which something is on screen, and the first ``always``."""
        shown, wide = self.shown_sections(), self.viewport().width()
        left = [self.columnViewportPosition(i) for i in shown]
        return [
            i
            for place, (i, x) in enumerate(zip(shown, left, strict=True))
            if place < always or (x < wide and x + self.columnWidth(i) > 0)
        ]

    def seen_span(self) -> tuple[int, int]:
        """Return the first and the last pixel across the viewport that can be seen."""
        return 0, self.viewport().width() - 1

    def forget_selected_columns(self) -> None:
        """Let the header mark no selected columns.

        It would ask, at each painting, whether every row of each column is selected: seconds
        after Ctrl+A on 100,000 units.
        """
        header = self.horizontalHeader()
        header.setSelectionModel(QItemSelectionModel(self.model(), header))

    def viewportEvent(self, event: QEvent) -> bool:
        """Paint nothing where the window is the active one, or is no more: no cell looks otherwise.

        Qt paints all of a table then, and where it takes or loses the focus.
        """
        return is_of_no_look(event) or super().viewportEvent(event)

    def focusInEvent(self, _: QFocusEvent) -> None:
        """Take the focus, and go to no row: Qt would go to the first where none is current."""
        self.paint_current()

    def focusOutEvent(self, _: QFocusEvent) -> None:
        self.paint_current()

    def paint_current(self) -> None:
        """Paint the current row anew: it shows who has the focus."""
        self._paint_row(self.currentIndex())

    def keyboardSearch(self, search: str) -> None:
        """Do nothing: letters are the curator's keys, not a search."""

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_rows()

    def setModel(self, model: QAbstractItemModel | None) -> None:
        super().setModel(model)
        self._follow_current()

    def setSelectionModel(self, selection: QItemSelectionModel) -> None:
        super().setSelectionModel(selection)
        self._follow_current()

    def _follow_current(self) -> None:
        """Paint the whole rows where another one is current: Qt would paint a cell of each."""
        selection = self.selectionModel()
        if selection is not None:
            once = Qt.ConnectionType.UniqueConnection
            selection.currentRowChanged.connect(self._on_current_row, once)

    def _on_current_row(self, now: QModelIndex, before: QModelIndex) -> None:
        for index in (now, before):
            self._paint_row(index)

    def _paint_row(self, index: QModelIndex) -> None:
        if index.isValid():
            top, high = self.rowViewportPosition(index.row()), self.rowHeight(index.row())
            self.viewport().update(0, top, self.viewport().width(), high)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._look = self.look
        try:
            super().paintEvent(event)
        finally:
            self._look = None
        row, selection = self.currentIndex().row(), self.selectionModel()
        if row < 0 or selection is None:
            return
        chosen = selection.selection()
        if chosen.count() > 1 or (chosen.count() and chosen.at(0).height() > 1):
            self._mark_row(row)

    def _mark_row(self, row: int) -> None:
        """Mark the current one of many highlighted rows: lines along it, and a wedge before it."""
        top, high = self.rowViewportPosition(row), self.rowHeight(row)
        wide, middle = self.viewport().width(), top + high / 2
        ink, painter = QColor(theme().text), QPainter(self.viewport())
        painter.fillRect(0, top, wide, 1, ink)
        painter.fillRect(0, top + high - 1, wide, 1, ink)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        corners = ((0, middle - _WEDGE), (_WEDGE, middle), (0, middle + _WEDGE))
        painter.drawPolygon([QPointF(x, y) for x, y in corners])
        painter.end()

    def _fit_rows(self) -> None:
        height = self.fontMetrics().height() + _ROW_PADDING
        self.verticalHeader().setDefaultSectionSize(height)
