"""A cell of the unit table: also in a selected row it says whether a rule fails."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from bcviewer.widgets.drawing.theme import theme

_SELECTED = QStyle.StateFlag.State_Selected
_BACKGROUND = int(Qt.ItemDataRole.BackgroundRole)


class PlainCell(QStyledItemDelegate):
    """Draws a cell as Qt does, but that Qt's ground of a selected row hides the failing tint."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        if option.state & _SELECTED and index.data(_BACKGROUND) is not None:
            option.state &= ~_SELECTED  # else its ground is drawn over ours
            option.backgroundBrush = QBrush(QColor(theme().fail_selected))
