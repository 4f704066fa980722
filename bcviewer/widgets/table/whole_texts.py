"""Numbers and headers are painted whole or not at all: a part of a number is another number.

A reason is said in fewer words.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import chain

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPalette

from bcviewer.core.audit.reasons import shorter_reasons
from bcviewer.core.rules.barcode import BARCODE
from bcviewer.core.sheet.table import Table
from bcviewer.core.sheet.veil import HIDDEN_WORDS
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.table.plain_cell import (
    CELL_PADDING,
    EDGE,
    IN_MIDDLE,
    INSET,
    Cell,
    Look,
    PlainCell,
    WrittenText,
)

CUT = "…"
"""What stands where a text has no room."""
_TO_EDGE = 3
"""Pixels between a text and the table's edge, where that goes through its cell: there is no more
room to give."""


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
    """Draws cells of numbers; a faint sign is in place of one that is not wholly in sight."""

    def written(self, cell: Cell, area: QRect, look: Look) -> WrittenText:
        wide = look.fonts.width(cell, cell.text)
        part = seen_part(area, wide, cell.is_right, look.span)
        if part is None and wide <= area.width() - 2 * INSET:
            return super().written(cell, area, look)
        part = area if part is None else part
        sign = CUT if look.fonts.width(cell, CUT) <= part.width() else ""
        return WrittenText(sign, part, IN_MIDDLE, is_faint=True)


class SeenText(PlainCell):
    """Draws a text in what is seen of its cell."""

    def said(self, cell: Cell, look: Look, room: int) -> str:  # noqa: ARG002
        """Return what is written of a text, where there is so much room, in pixels."""
        return cell.text

    def written(self, cell: Cell, area: QRect, look: Look) -> WrittenText:
        span = look.span
        beside = CELL_PADDING if area.right() <= span[1] else EDGE + _TO_EDGE
        room = min(area.right(), span[1]) + 1 - area.left() - beside
        said = cell._replace(text=self.said(cell, look, room))
        part = seen_part(area, look.fonts.width(said, said.text), False, span)
        if part is not None and part.left() == area.left():
            area = part  # else it would end with half a letter at the table's edge
        return super().written(said, area, look)


_ways = lru_cache(4096)(shorter_reasons)
"""There are few reasons, and each is drawn at every step."""


def fitting_reason(reason: str, wide: Callable[[str], int], room: int) -> str:
    """Return the longest way to say a reason that has room, in pixels; ``wide``: of a text.

    Where there is none for the shortest it ends after as many whole words as have room, or is
    not said: ``here: MUA…``.
    """
    ways = (reason, "hidden") if reason == HIDDEN_WORDS else _ways(reason)
    words = ways[-1].split(" ")
    begins = (f"{' '.join(words[:n]).rstrip(' ·,;')}{CUT}" for n in range(len(words) - 1, 0, -1))
    return next((text for text in chain(ways, begins) if wide(text) <= room), CUT)


def shortest_reason(reason: str) -> str:
    """Return the shortest way to say a reason: its first rule, and how many more there are."""
    return "hidden" if reason == HIDDEN_WORDS else _ways(reason)[-1]


class ReasonCell(SeenText):
    """Draws a reason in as many words as have room; the tool tip has all of it."""

    def said(self, cell: Cell, look: Look, room: int) -> str:
        return fitting_reason(cell.text, lambda text: look.fonts.width(cell, text), room)
