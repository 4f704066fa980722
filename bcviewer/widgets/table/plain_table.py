"""What the unit table and the part of it that never scrolls have in common."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.table.plain_cell import PlainCell
from bcviewer.widgets.table.unit_header import UnitHeader

_ROW_PADDING = 7
_STYLE = (
    "QTableView::item {padding: 0 6px} QHeaderView::section {padding: 2px 6px}"
    # the header draws it: beside the title it would cover it, or take its room in every column
    " QHeaderView::up-arrow, QHeaderView::down-arrow {width: 0; height: 0}"
)


class PlainTable(QTableView):
    """A view of whole rows: nothing is edited, letters are not searched for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
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

    def color_selection(self) -> None:
        """Take colours for selected rows that are no class's: many a desktop's are NON-SOMA's."""
        colors = theme()
        self.setStyleSheet(
            f"QTableView {{selection-background-color: {colors.selected};"
            f" selection-color: {colors.text}}} {_STYLE}"
        )

    def shown_sections(self) -> list[int]:
        """Return the model's columns that are shown, in the order they are shown."""
        header = self.horizontalHeader()
        order = sorted(range(header.count()), key=header.visualIndex)
        return [i for i in order if not self.isColumnHidden(i)]

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

    def keyboardSearch(self, search: str) -> None:
        """Do nothing: letters are the curator's keys, not a search."""

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_rows()

    def _fit_rows(self) -> None:
        height = self.fontMetrics().height() + _ROW_PADDING
        self.verticalHeader().setDefaultSectionSize(height)
