"""Numbers and headers are painted whole or not at all: a part of a number is another number.

A reason is said in fewer words.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol, cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPalette
from PySide6.QtWidgets import QStyleOptionViewItem

from bcviewer.core.audit.reasons import shorter_reasons
from bcviewer.core.rules.barcode import BARCODE
from bcviewer.core.sheet.table import Table
from bcviewer.core.sheet.veil import HIDDEN_WORDS
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.table.plain_cell import PlainCell

CUT = "…"
"""What stands where a text has no room."""
CELL_PADDING = 20
"""Pixels beside the text of a cell, in all: Qt cuts what has less."""
EDGE = 8
"""Pixels between a text and the edge of its cell or of its section, at least."""
_TO_EDGE = 3
"""Pixels between a text and the table's edge, where that goes through its cell: there is no more
room to give, and Qt cuts what has less."""


class Spanned(Protocol):
    """A view that may be narrower than its columns, and partly covered."""

    def seen_span(self) -> tuple[int, int]:
        """Return the first and the last pixel across the viewport that can be seen."""


def seen_part(area: QRect, wide: int, is_right: bool, span: tuple[int, int]) -> QRect | None:
    """Return what is seen of a cell where its text is not wholly in sight; None: it is.

    Parameters
    ----------
    area : QRect
        The cell.
    wide : int
        Width of the text, in pixels.
    is_right : bool
        Whether the text stands at the right end of the cell; else at the left one.
    span : tuple of int
        What can be seen of the view, across.
    """
    first, last = span
    left = area.right() + 1 - EDGE - wide if is_right else area.left() + EDGE
    if max(first, area.left()) <= left and left + wide <= min(last, area.right()) + 1:
        return None
    part = QRect(area)
    part.setLeft(max(first, area.left()))
    part.setRight(min(last, area.right()))
    return part


def is_number(table: Table | None, key: str) -> bool:
    """Whether the cells of a column are numbers."""
    return table is not None and key != BARCODE.key and table.column(key).kind == "number"


def faint_palette(palette: QPalette) -> QPalette:
    """Return a palette in which texts are faint."""
    out, faint = QPalette(palette), QColor(theme().faint)
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
        out.setColor(role, faint)
    out.setColor(QPalette.ColorRole.ButtonText, faint)
    return out


class WholeNumbers(PlainCell):
    """Draws cells of numbers, for views that are :class:`Spanned`."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Put a faint sign in place of a number that is not wholly in sight."""
        super().initStyleOption(option, index)
        wide = QFontMetrics(option.font).horizontalAdvance(option.text)
        part = seen_part(option.rect, wide, True, cast("Spanned", option.widget).seen_span())
        if part is not None and option.text:
            option.text = CUT
            option.rect = part
            option.displayAlignment = Qt.AlignmentFlag.AlignCenter
            option.palette = faint_palette(option.palette)


class SeenText(PlainCell):
    """Draws a text in what is seen of its cell, for views that are :class:`Spanned`."""

    def said(self, text: str, metrics: QFontMetrics, room: int) -> str:  # noqa: ARG002
        """Return what is written of a text, where there is so much room, in pixels."""
        return text

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        metrics, span = QFontMetrics(option.font), cast("Spanned", option.widget).seen_span()
        beside = CELL_PADDING if option.rect.right() <= span[1] else EDGE + _TO_EDGE
        room = min(option.rect.right(), span[1]) + 1 - option.rect.left() - beside
        option.text = self.said(option.text, metrics, room)
        part = seen_part(option.rect, metrics.horizontalAdvance(option.text), False, span)
        if part is not None and part.left() == option.rect.left():
            option.rect = part  # else it would end with half a letter at the table's edge


_ways = lru_cache(4096)(shorter_reasons)
"""There are few reasons, and each is drawn at every step."""


def fitting_reason(reason: str, metrics: QFontMetrics, room: int) -> str:
    """Return the longest way to say a reason that has room, in pixels.

    Where there is none for the shortest it begins with a whole word, or is not said.
    """
    ways = (reason, "hidden") if reason == HIDDEN_WORDS else _ways(reason)
    begin = f"{ways[-1].split(' ')[0]}{CUT}"
    return next((t for t in (*ways, begin) if metrics.horizontalAdvance(t) <= room), CUT)


def shortest_reason(reason: str) -> str:
    """Return the shortest way to say a reason: its first rule, and how many more there are."""
    return "hidden" if reason == HIDDEN_WORDS else _ways(reason)[-1]


class ReasonCell(SeenText):
    """Draws a reason in as many words as have room; the tool tip has all of it."""

    def said(self, text: str, metrics: QFontMetrics, room: int) -> str:
        return fitting_reason(text, metrics, room)
