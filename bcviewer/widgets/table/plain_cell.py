"""A cell of a table: also in a selected row it says whether a rule fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionFocusRect,
    QStyleOptionViewItem,
)

from bcviewer.widgets.table.cell_look import SIGN, Cell, CellModel, Look

if TYPE_CHECKING:
    from bcviewer.widgets.table.plain_table import PlainTable

EDGE = 8
"""Pixels between a text and the edge of its cell or of its section, at least."""
INSET = EDGE + 1
"""Pixels between a text that is whole and the edge of its cell."""
_AFTER_SIGN = 6
_FRAME = 3
"""Pixels that the frame of the current cell is around the room of its text."""
_SELECTED = QStyle.StateFlag.State_Selected.value
_FOCUS = QStyle.StateFlag.State_HasFocus.value
AT_LEFT, IN_MIDDLE, AT_RIGHT = 0, 1, 2
"""Where a text stands in its room: so many halves of what it leaves are before it."""


class Written(NamedTuple):
    """What is written of a cell's text, and where.

    Attributes
    ----------
    text : str
        What is written.
    area : QRect
        Where.
    side : int
        ``AT_LEFT``, ``IN_MIDDLE`` or ``AT_RIGHT``.
    is_faint : bool
        Whether it is but a sign for the text.
    """

    text: str
    area: QRect
    side: int
    is_faint: bool = False


class PlainCell(QStyledItemDelegate):
    """Draws the cells of a :class:`~bcviewer.widgets.table.plain_table.PlainTable`.

    The table's model is a :class:`~bcviewer.widgets.table.cell_look.CellModel`.
    """

    def taken(self, place: int) -> int:  # noqa: ARG002
        """Return how many pixels at the end of the cell of a row are not for its text."""
        return 0

    def written(self, cell: Cell, area: QRect, look: Look) -> Written:
        """Return what is written of a cell's text in an area of it."""
        inner = area.adjusted(INSET, 0, -INSET, 0)
        text = look.fonts.elided(cell, cell.text, inner.width())
        return Written(text, inner, AT_RIGHT if cell.is_right else AT_LEFT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        look, area = cast("PlainTable", option.widget).look, option.rect
        if area.right() < look.span[0]:
            return  # the frozen part is over it
        place = index.row()
        cell = cast("CellModel", index.model()).cell(place, index.column())
        state = option.state.value  # as numbers: Python's flags are slow
        chosen = bool(state & _SELECTED)
        ground = look.ground(cell, chosen)
        if ground is not None:
            painter.fillRect(area, ground)
        room = area.adjusted(0, 0, -self.taken(place), 0)
        if cell.sign is not None:
            _draw_sign(painter, area, look.picture(cell.sign, chosen and not cell.fails))
            room.setLeft(room.left() + SIGN + _AFTER_SIGN)
        if state & _FOCUS:
            _draw_focus(painter, option, room.adjusted(INSET - _FRAME, 0, _FRAME - INSET, 0))
        if cell.text:
            text, where, side, is_faint = self.written(cell, room, look)
            fonts = look.fonts
            left = where.x() + (where.width() - fonts.width(cell, text)) * side // 2
            painter.setFont(fonts.of(cell))
            painter.setPen(look.faint if is_faint else look.ink(cell, chosen))
            painter.drawText(left, where.y() + fonts.baseline(where.height()), text)


def _draw_sign(painter: QPainter, area: QRect, sign: QPixmap) -> None:
    ratio = sign.devicePixelRatio()
    wide, high = round(sign.width() / ratio), round(sign.height() / ratio)
    left = area.x() + INSET + (SIGN - wide) // 2
    painter.drawPixmap(left, area.y() + (area.height() - high + 1) // 2, sign)


def _draw_focus(painter: QPainter, option: QStyleOptionViewItem, area: QRect) -> None:
    """Draw the frame of the current cell, as the style has it."""
    frame = QStyleOptionFocusRect()
    frame.initFrom(option.widget)
    frame.rect = area
    frame.state = option.state | QStyle.StateFlag.State_KeyboardFocusChange
    style = option.widget.style()
    style.drawPrimitive(QStyle.PrimitiveElement.PE_FrameFocusRect, frame, painter, option.widget)
