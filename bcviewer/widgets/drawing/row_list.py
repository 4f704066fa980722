"""Lists of rows in a panel: no grid and no frame, every other row shaded, the last column wide."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView


def set_up_rows(view: QTableView, padding: int) -> None:
    """Make a view a list, whose rows are a line of its font high, and ``padding`` pixels."""
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setAlternatingRowColors(True)
    view.setFrameShape(QTableView.Shape.NoFrame)
    rows, columns = view.verticalHeader(), view.horizontalHeader()
    rows.hide()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setDefaultSectionSize(view.fontMetrics().height() + padding)
    columns.setFont(view.font())
    columns.setStretchLastSection(True)
    columns.setHighlightSections(False)


def leave_keys(view: QTableView) -> None:
    """Leave letters to the curator's keys, and let nothing be highlighted but in the table."""
    view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    view.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
