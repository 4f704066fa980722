"""The label's cell: at its end the manual label's sign, with a tick: a curator has spoken."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize
from PySide6.QtGui import QIcon, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.labels import Label
from bcviewer.widgets.drawing.theme import label_icon, tick_icon
from bcviewer.widgets.table.unit_model import UnitModel

_SIGN, _TICK, _EDGE = 12, 9, 3
MARKS_WIDTH = _SIGN + _TICK + _EDGE + 3
"""Pixels that both take at the end of the cell."""
_SELECTED = QStyle.StateFlag.State_Selected


class LabelCell(QStyledItemDelegate):
    """Draws a label as any text, and after it what a curator said."""

    def __init__(self, units: UnitModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._units = units

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        table = self._units.table
        code = NO_LABEL
        if table is not None:
            code = int(table.manual.labels[self._units.unit_row(index.row())])
        if code == NO_LABEL:
            return
        chosen, palette = bool(option.state & _SELECTED), option.palette
        ink = palette.highlightedText() if chosen else palette.text()
        ratio, area = painter.device().devicePixelRatioF(), option.rect
        tick = tick_icon(ink.color().name(), _TICK).pixmap(QSize(_TICK, _TICK), ratio)
        mode = QIcon.Mode.Selected if chosen else QIcon.Mode.Normal
        sign = label_icon(Label(code)).pixmap(QSize(_SIGN, _SIGN), ratio, mode)
        x = area.right() - _EDGE - _TICK + 1
        painter.drawPixmap(x, area.center().y() - _TICK // 2, tick)
        painter.drawPixmap(x - _SIGN - 1, area.center().y() - _SIGN // 2 + 1, sign)
