"""The similar units of the current one as a model: a line each."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtCore import QObject, Qt

from bcviewer.core.evidence.similar import Similar
from bcviewer.core.evidence.similar_words import HEADS, cells, tip
from bcviewer.core.sheet.label_beside import label_beside
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.widgets.drawing.headed_model import DISPLAY, LEFT, NO_INDEX, RIGHT, HeadedModel, Index
from bcviewer.widgets.drawing.theme import label_icon, mixed, theme
from bcviewer.widgets.drawing.tips import plain_tip

_TINT = 0.2
_WORDS = (0, len(HEADS) - 1)
"""Columns of words; numbers stand on the right."""


class SimilarModel(HeadedModel):
    """At most five units; the one that *Pair* shows is tinted."""

    heads: ClassVar[tuple[str, ...]] = tuple(head.title for head in HEADS)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._found: Similar | None = None
        self._sheet: Sheet | None = None
        self._shown = -1

    @property
    def found(self) -> Similar | None:
        """What is shown."""
        return self._found

    @property
    def shown(self) -> int:
        """The line of the unit that *Pair* shows, −1: none."""
        return self._shown

    def show_similar(self, found: Similar, sheet: Sheet) -> None:
        """Show others, of a sheet."""
        self.beginResetModel()
        self._found, self._sheet, self._shown = found, sheet, -1
        self.endResetModel()

    def mark(self, place: int | None) -> None:
        """Mark the line that *Pair* shows; a place goes around the end, None: it shows none."""
        n = self.rowCount()
        shown = place % n if n and place is not None else -1
        if shown != self._shown:
            self._shown = shown
            self.dataChanged.emit(self.index(0, 0), self.index(n - 1, len(self.heads) - 1))

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() or self._found is None else len(self._found.others)

    def texts(self, line: int) -> tuple[str, ...]:
        """Return the texts of a line."""
        if self._found is None or self._sheet is None:
            return ()
        alike = self._found.others[line]
        _, words = label_beside(self._sheet, alike.row, (self._found.row,))
        return f"{self._sheet.ids.asked_id(alike.row)} {words}", *cells(alike)

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        found, sheet, column = self._found, self._sheet, index.column()
        if found is None or sheet is None:
            return None
        alike = found.others[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.texts(index.row())[column]
            case Qt.ItemDataRole.DecorationRole if column == 0:
                label, _ = label_beside(sheet, alike.row, (found.row,))
                return label_icon(label, proposed=sheet.proposes)
            case Qt.ItemDataRole.TextAlignmentRole:
                return LEFT if column in _WORDS else RIGHT
            case Qt.ItemDataRole.BackgroundRole if index.row() == self._shown:
                return mixed(theme().accent, _TINT, theme())
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(
                    tip(found, alike, (sheet.named(found.row), sheet.named(alike.row)))
                )
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.ToolTipRole:
                return plain_tip(HEADS[section].help)
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return LEFT if section in _WORDS else RIGHT
        return super().headerData(section, orientation, role)
