"""The thresholds, how far each agrees with the labels, and what Bombcell suggests, as a model."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QFont

from bcviewer.core.comparison.suggested_words import HEADS, ThresholdWords
from bcviewer.widgets.drawing.headed_model import DISPLAY, LEFT, NO_INDEX, RIGHT, HeadedModel, Index
from bcviewer.widgets.drawing.theme import mixed, theme
from bcviewer.widgets.drawing.tips import plain_tip

_NUMBER = 1
"""The column of one number; all others are of words."""
_SUGGESTED = 3
_TINT = 0.2


class SuggestionsModel(HeadedModel):
    """A line for each threshold; the one whose curve is drawn is tinted."""

    heads: ClassVar[tuple[str, ...]] = tuple(title for title, _ in HEADS)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[ThresholdWords, ...] = ()
        self.chosen = ""

    def show_lines(self, lines: tuple[ThresholdWords, ...], chosen: str) -> None:
        """Show other lines, one of them chosen (by its threshold)."""
        if (lines, chosen) != (self.lines, self.chosen):
            self.beginResetModel()
            self.lines, self.chosen = lines, chosen
            self.endResetModel()

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        line = self.lines[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return line.texts[index.column()]
            case Qt.ItemDataRole.TextAlignmentRole:
                return RIGHT if index.column() == _NUMBER else LEFT
            case Qt.ItemDataRole.BackgroundRole if line.name == self.chosen:
                return mixed(theme().accent, _TINT, theme())
            case Qt.ItemDataRole.FontRole if index.column() == _SUGGESTED and line.is_offered:
                font = QFont()
                font.setBold(True)
                return font
            case Qt.ItemDataRole.ToolTipRole:
                how = "Double click takes the suggestion." if line.is_offered else ""
                return plain_tip("\n".join(filter(None, (line.tip, how))))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.ToolTipRole:
                return plain_tip(HEADS[section][1])
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return RIGHT if section == _NUMBER else LEFT
        return super().headerData(section, orientation, role)
