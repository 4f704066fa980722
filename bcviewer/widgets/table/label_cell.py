"""The label's cell: at its end what a curator said, a note and the label's sign with a tick.

A note that was not saved is an empty page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.drawing.theme import label_icon, tick_icon
from bcviewer.widgets.table.plain_cell import Look, Looking, PlainCell
from bcviewer.widgets.table.unit_model import UnitModel

_SIGN, _TICK, _EDGE, _NOTE = 12, 9, 3, 7
_LABEL_WIDTH = _SIGN + _TICK + _EDGE + 3
MARKS_WIDTH = _LABEL_WIDTH + _NOTE + 3
"""Pixels that all signs take at the end of the cell."""
_SELECTED = QStyle.StateFlag.State_Selected

COME_LATER: dict[str, Callable[[Table], bool]] = {
    "manual_label": lambda table: table.manual.n_labels > 0,
    "note": lambda table: bool(table.manual.note.codes.any()),
}
"""Columns that come by themselves once a unit has something there, and when that is.

Both are in the label's cell as signs: they come only where they take nothing from the others.
"""


class LabelCell(PlainCell):
    """Draws a label as any text, and after it what a curator said."""

    def __init__(self, units: UnitModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._units = units

    def taken(self, place: int) -> int:
        code, noted, drafted = self._said(place)
        if noted or drafted:
            return MARKS_WIDTH
        return _LABEL_WIDTH if code != NO_LABEL else 0

    def _said(self, place: int) -> tuple[int, bool, bool]:
        """Return the manual label in a row, and whether there is a note, and one in the making."""
        table = self._units.table
        if table is None:
            return NO_LABEL, False, False
        row, manual = self._units.unit_row(place), table.manual
        noted = bool(manual.note.codes[row])
        return int(manual.labels[row]), noted, row in self._units.drafts

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        code, noted, drafted = self._said(index.row())
        if not (noted or drafted) and code == NO_LABEL:
            return
        area, chosen, palette = option.rect, bool(option.state & _SELECTED), option.palette
        ink = (palette.highlightedText() if chosen else palette.text()).color()
        if noted or drafted:
            x = area.right() + 1 - MARKS_WIDTH
            _draw_note(painter, x, area.center().y(), ink, written=not drafted)
        if code != NO_LABEL:
            self._draw_label(painter, area, code, cast("Looking", option.widget).look, ink, chosen)

    def _draw_label(
        self, painter: QPainter, area: QRect, code: int, look: Look, ink: QColor, chosen: bool
    ) -> None:
        tick = look.picture(tick_icon(ink.name(), _TICK), False, _TICK)
        sign = look.picture(label_icon(Label(code)), chosen, _SIGN)
        x = area.right() - _EDGE - _TICK + 1
        painter.drawPixmap(x, area.center().y() - _TICK // 2, tick)
        painter.drawPixmap(x - _SIGN - 1, area.center().y() - _SIGN // 2 + 1, sign)


def _draw_note(painter: QPainter, x: int, middle: int, ink: QColor, *, written: bool) -> None:
    """Draw a small page; an empty one is of a note that was not saved."""
    page = QRect(x, middle - 4, _NOTE, 9)
    painter.save()
    painter.setPen(ink)
    painter.drawRect(page.adjusted(0, 0, -1, -1))
    for line in (2, 4, 6) if written else ():
        painter.fillRect(page.x() + 2, page.y() + line, _NOTE - 4, 1, ink)
    painter.restore()
