"""What the cells of a table say, how they look, and the delegate that draws them.

Qt's delegates ask for eight roles a cell and draw it through the style: a table of forty rows then
takes longer to paint than an event loop may be blocked.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple, Protocol, cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QIcon,
    QPainter,
    QPalette,
    QPixmap,
    QStaticText,
)
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionFocusRect,
    QStyleOptionViewItem,
    QWidget,
)

from bcviewer.widgets.drawing.theme import theme

EDGE = 8
"""Pixels between a text and the edge of its cell or of its section, at least."""
CELL_PADDING = 20
"""Pixels beside the text of a cell, in all: what has less may be cut."""
INSET = EDGE + 1
"""Pixels between a text that is whole and the edge of its cell."""
_AFTER_SIGN = 6
_FRAME = 3
"""Pixels that the frame of the current cell is around the room of its text."""
_SELECTED = QStyle.StateFlag.State_Selected.value
_FOCUS = QStyle.StateFlag.State_HasFocus.value
AT_LEFT, IN_MIDDLE, AT_RIGHT = 0, 1, 2
"""Where a text stands in its room: so many halves of what it leaves are before it."""
SIGN = 16
"""Pixels that a cell's sign has before the text, as Qt has them."""
_MOST_KNOWN = 4_000
STAR = "∗"
"""What stands behind something that is not saved, as in the status bar."""


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
    is_gone : bool
        Whether it is of something that is not there any more: it is struck through.
    has_star : bool
        Whether it is of something that is not saved: a star is at its end, beside the text's room.
    """

    text: str
    is_right: bool = False
    fails: bool = False
    is_news: bool = False
    ink: QColor | None = None
    sign: QIcon | None = None
    is_gone: bool = False
    has_star: bool = False


NOTHING = Cell("")


def one_line(cell: Cell) -> Cell:
    """Return a cell with spaces for what cannot be seen in its text: line breaks, say."""
    if cell.text.isprintable():
        return cell
    return cell._replace(text="".join(c if c.isprintable() else " " for c in cell.text))


def _kind(cell: Cell) -> int:
    """Return which of the eight fonts a cell is written in."""
    return 4 * cell.is_gone + 2 * cell.is_news + cell.fails


class CellModel(Protocol):
    """A model that tells what its cells say, all of it at once."""

    def cell(self, place: int, section: int) -> Cell:
        """Return what a cell says."""


class Fonts:
    """A table's font, and how it marks cells; how wide texts are is found once for each."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self._fonts = []
        for is_gone, is_news, fails in product((False, True), repeat=3):
            one = QFont(font)
            one.setBold(fails or font.bold())
            one.setItalic(is_news or font.italic())
            one.setStrikeOut(is_gone or font.strikeOut())
            self._fonts.append((one, QFontMetrics(one)))
        self._high = QFontMetrics(font).height()
        self._known: dict[tuple[int, str], tuple[int, QStaticText]] = {}
        """How wide texts are, and how they are laid out."""

    def of(self, cell: Cell) -> QFont:
        """Return the font in which a cell is written."""
        return self._fonts[_kind(cell)][0]

    def top(self, height: int) -> int:
        """Return how far down a text begins in a cell of this height."""
        return (height - self._high) // 2

    def width(self, cell: Cell, text: str) -> int:
        """Return how wide a text is in a cell, in pixels."""
        return self.laid_out(cell, text)[0]

    def laid_out(self, cell: Cell, text: str) -> tuple[int, QStaticText]:
        """Return how wide a text is in a cell, in pixels, and it as it is drawn."""
        key = (_kind(cell), text)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            drawn = QStaticText(text)
            drawn.setTextFormat(Qt.TextFormat.PlainText)
            known = self._fonts[key[0]][1].horizontalAdvance(text), drawn
            self._known[key] = known
        return known

    def elided(self, cell: Cell, text: str, room: int) -> str:
        """Return a text, or as much of it as has room."""
        if self.width(cell, text) <= room:
            return text
        metrics = self._fonts[_kind(cell)][1]
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
        self._signs: dict[tuple[int, bool, int], QPixmap] = {}

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

    def picture(self, sign: QIcon, chosen: bool, size: int = SIGN) -> QPixmap:
        """Return a sign as it is drawn; Qt would look for it once more in each cell."""
        key = (sign.cacheKey(), chosen, size)
        if key not in self._signs:
            mode = QIcon.Mode.Selected if chosen else QIcon.Mode.Normal
            self._signs[key] = sign.pixmap(QSize(size, size), self.ratio, mode)
        return self._signs[key]


class Looking(Protocol):
    """A view that knows how its cells look."""

    @property
    def look(self) -> Look:
        """How they look now."""

    def row_height(self) -> int:
        """Return how high a row is, in pixels."""


class WrittenText(NamedTuple):
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

    The table's model is a :class:`CellModel`.
    """

    def taken(self, place: int) -> int:  # noqa: ARG002
        """Return how many pixels at the end of the cell of a row are not for its text."""
        return 0

    def room(self, cell: Cell, place: int, area: QRect) -> QRect:
        """Return the part of the cell of a row that is for its text."""
        before = 0 if cell.sign is None else SIGN + _AFTER_SIGN
        return area.adjusted(before, 0, -self.taken(place), 0)

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Return the room that a cell's text needs: for a double click at the end of a title."""
        view, place = cast("Looking", option.widget), index.row()
        cell = one_line(cast("CellModel", index.model()).cell(place, index.column()))
        beside = -self.room(cell, place, QRect(0, 0, 0, 0)).width()
        wide = view.look.fonts.width(cell, cell.text) + CELL_PADDING + beside
        return QSize(wide, view.row_height())

    def written(self, cell: Cell, area: QRect, look: Look) -> WrittenText:
        """Return what is written of a cell's text in an area of it."""
        inner = area.adjusted(INSET, 0, -INSET, 0)
        text = look.fonts.elided(cell, cell.text, inner.width())
        return WrittenText(text, inner, AT_RIGHT if cell.is_right else AT_LEFT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        look, area = cast("Looking", option.widget).look, option.rect
        if area.right() < look.span[0]:
            return  # the frozen part is over it
        place = index.row()
        cell = one_line(cast("CellModel", index.model()).cell(place, index.column()))
        state = option.state.value  # as numbers: Python's flags are slow
        chosen = bool(state & _SELECTED)
        ground = look.ground(cell, chosen)
        if ground is not None:
            painter.fillRect(area, ground)
        room = self.room(cell, place, area)
        if cell.sign is not None:
            _draw_sign(painter, area, look.picture(cell.sign, chosen and not cell.fails))
        if state & _FOCUS:
            _draw_focus(painter, option, room.adjusted(INSET - _FRAME, 0, _FRAME - INSET, 0))
        if cell.text:
            text, where, side, is_faint = self.written(cell, room, look)
            fonts = look.fonts
            wide, drawn = fonts.laid_out(cell, text)
            left = where.x() + (where.width() - wide) * side // 2
            painter.setFont(fonts.of(cell))
            painter.setPen(look.faint if is_faint else look.ink(cell, chosen))
            top = where.y() + fonts.top(where.height())
            painter.drawStaticText(left, top, drawn)
            if cell.has_star:  # within the edge: no text moves for it
                wide, star = fonts.laid_out(cell, STAR)
                painter.drawStaticText(area.right() + 1 - wide, top, star)


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
