"""Where a range of rows begins that Shift selects: one place for all views of the same rows."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QObject, QPersistentModelIndex

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
