"""What the cells of a table say, and the fonts and colours of all that are painted at a time.

Qt's delegates ask for eight roles a cell and draw it through the style: a table of forty rows then
takes longer to paint than an event loop may be blocked.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QWidget

from bcviewer.widgets.drawing.theme import theme

SIGN = 16
"""Pixels that a cell's sign has before the text, as Qt has them."""
_MOST_KEPT = 20_000


class Cell(NamedTuple):
    """What a cell says.

    Attributes
    ----------
    text : str
        Its text.
    is_right : bool
        Whether it stands at the right end: numbers do.
    fails : bool
        Whether a rule fails by it: it is tinted, and bold.
    is_news : bool
        Whether its row changed from elsewhere: it is italic.
    ink : QColor or None
        The colour of the text, where it is not the table's.
    sign : QIcon or None
        What stands before the text.
    """

    text: str
    is_right: bool = False
    fails: bool = False
    is_news: bool = False
    ink: QColor | None = None
    sign: QIcon | None = None


NOTHING = Cell("")


class CellModel(Protocol):
    """A model that tells what its cells say, all of it at once."""

    def cell(self, place: int, section: int) -> Cell:
        """Return what a cell says."""


class Fonts:
    """A table's font, and how it marks cells; how wide texts are is found once for each."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self._fonts = []
        for is_news in (False, True):
            for fails in (False, True):
                one = QFont(font)
                one.setBold(fails or font.bold())
                one.setItalic(is_news or font.italic())
                self._fonts.append((one, QFontMetrics(one)))
        metrics = QFontMetrics(font)
        self._high, self._ascent = metrics.height(), metrics.ascent()
        self._wide: dict[tuple[int, str], int] = {}

    def of(self, cell: Cell) -> QFont:
        """Return the font in which a cell is written."""
        return self._fonts[2 * cell.is_news + cell.fails][0]

    def baseline(self, height: int) -> int:
        """Return how far down a text stands in a cell of this height."""
        return (height - self._high) // 2 + self._ascent

    def width(self, cell: Cell, text: str) -> int:
        """Return how wide a text is in a cell, in pixels."""
        key = (2 * cell.is_news + cell.fails, text)
        wide = self._wide.get(key)
        if wide is None:
            if len(self._wide) >= _MOST_KEPT:
                self._wide.clear()
            wide = self._wide[key] = self._fonts[key[0]][1].horizontalAdvance(text)
        return wide

    def elided(self, cell: Cell, text: str, room: int) -> str:
        """Return a text, or as much of it as has room."""
        if self.width(cell, text) <= room:
            return text
        metrics = self._fonts[2 * cell.is_news + cell.fails][1]
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)


class Look:
    """How cells look in a view as it is now.

    Parameters
    ----------
    view : QWidget
        The view.
    fonts : Fonts
        Its fonts.
    span : tuple of int
        The first and the last pixel across it that can be seen.
    """

    def __init__(self, view: QWidget, fonts: Fonts, span: tuple[int, int]) -> None:
        colors, palette, role = theme(), view.palette(), QPalette.ColorRole
        self.fonts, self.span = fonts, span
        self.ratio = view.devicePixelRatioF()
        self.faint = QColor(colors.faint)
        self._inks = palette.color(role.Text), palette.color(role.HighlightedText)
        self._selected = palette.color(role.Highlight)
        self._tint, self._tint_selected = QColor(colors.fail_tint), QColor(colors.fail_selected)
        self._signs: dict[tuple[int, bool], QPixmap] = {}

    def ground(self, cell: Cell, chosen: bool) -> QColor | None:
        """Return what a cell is filled with; None: nothing of its own.

        A failing one looks it in a selected row, too.
        """
        if cell.fails:
            return self._tint_selected if chosen else self._tint
        return self._selected if chosen else None

    def ink(self, cell: Cell, chosen: bool) -> QColor:
        """Return the colour of a cell's text."""
        if chosen and not cell.fails:
            return self._inks[1]
        return self._inks[0] if cell.ink is None else cell.ink

    def picture(self, sign: QIcon, chosen: bool) -> QPixmap:
        """Return a sign as it is drawn."""
        key = (sign.cacheKey(), chosen)
        if key not in self._signs:
            mode = QIcon.Mode.Selected if chosen else QIcon.Mode.Normal
            self._signs[key] = sign.pixmap(QSize(SIGN, SIGN), self.ratio, mode)
        return self._signs[key]
