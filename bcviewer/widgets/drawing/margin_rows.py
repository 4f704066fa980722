"""Rows of margins on one axis, painted by one widget: at a step all of them are other ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QMouseEvent,
    QMoveEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from bcviewer.widgets.drawing.fewer_words import in_fewer_words
from bcviewer.widgets.drawing.hand import TREMOR
from bcviewer.widgets.drawing.margin_bar import draw_bar
from bcviewer.widgets.drawing.theme import LIGHT, Theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.drawing.zoom import Enlarging

ROW_HEIGHT = 18
NAMES_WIDTH, WORDS_WIDTH = 176, 214
"""Pixels left and right of the bars."""
_BAR_HEIGHT = 0.62
_MARGIN = 0.04
"""Share of the axis that is left free at either end."""
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)


@dataclass(frozen=True, slots=True)
class MarginRow:
    """One row.

    Attributes
    ----------
    name, words, tip : str
        What stands left and right of the bar, and the tooltip.
    name_color, words_color : str
        Their colours.
    end : float or None
        Where the bar that starts at zero ends, in the axis' coordinates; None: there is no bar.
    fill : str
        Its colour.
    clipped : bool
        Whether it reaches further than is drawn: it ends in an arrow.
    moves : bool
        Whether its bar can be dragged to another end.
    """

    name: str
    words: str = ""
    tip: str = ""
    name_color: str = LIGHT.text
    words_color: str = LIGHT.text
    end: float | None = None
    fill: str = LIGHT.passed
    clipped: bool = False
    moves: bool = False


class MarginRows(Enlarging, QWidget):
    """Bars from zero to either side, their names on the left, words on the right.

    Parameters
    ----------
    parent : QWidget
        A scroll area's viewport: the axis stays in sight.
    limit : float
        The axis runs from −limit to limit.
    ticks : sequence of (float, str)
        Places on the axis and what is written there.
    title : str
        The axis' title.

    Attributes
    ----------
    rows : tuple of MarginRow
        What is shown.
    clicked : Signal(int)
        A row was clicked.
    dragged : Signal(int, float, bool)
        The bar of the row that was pressed is dragged: so far along the axis since then, and
        whether it was let go. Other rows may be shown meanwhile.
    """

    clicked = Signal(int)
    dragged = Signal(int, float, bool)

    def __init__(
        self, parent: QWidget, limit: float, ticks: Sequence[tuple[float, str]], title: str
    ) -> None:
        super().__init__(parent)
        self._limit, self._ticks, self._title = limit, tuple(ticks), title
        self._colors = LIGHT
        self._sticks = True
        self._pressed: QPointF | None = None
        self._row = -1
        """The row that was pressed; its bar is dragged once the hand has moved."""
        self._drags = False
        self.rows: tuple[MarginRow, ...] = ()
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_rows(self, rows: Sequence[MarginRow], colors: Theme) -> None:
        """Show other rows."""
        new = tuple(rows)
        if new == self.rows and colors is self._colors:
            return
        others = len(new) != len(self.rows)
        self.rows, self._colors = new, colors
        if others:
            self.updateGeometry()
            # at once: a picture may be taken before the scroll area is laid out
            self.resize(self.width(), max(self.height(), self.sizeHint().height()))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(NAMES_WIDTH + WORDS_WIDTH + 60, round(self._top + self._height))

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.sizeHint().height())

    @property
    def _top(self) -> float:
        """Height of the axis over the rows: its title, numbers and ticks."""
        return 2 * QFontMetricsF(self.font()).height() + 10

    @property
    def _height(self) -> float:
        return max(len(self.rows), 1) * ROW_HEIGHT + 8.0

    # -- where things are --------------------------------------------------------------------

    def place_of(self, value: float) -> float:
        """Return where a value of the axis is, in pixels from the left."""
        left, right = NAMES_WIDTH, max(self.width() - WORDS_WIDTH, NAMES_WIDTH + 1)
        room = self._limit * (1 + 2 * _MARGIN) / self.zoom
        return left + (value + room) / (2 * room) * (right - left)

    def lay_out_zoomed(self) -> None:
        self.update()

    @property
    def _reach(self) -> float:
        """How far the bars are drawn: an arrow says that one goes on."""
        return self._limit / self.zoom

    def row_at(self, place: QPointF | QPoint) -> int:
        """Return the row at a place of the widget, −1 where there is none."""
        if place.y() < self._top + self._scrolled():
            return -1
        row = int((place.y() - self._top) // ROW_HEIGHT)
        return row if 0 <= row < len(self.rows) else -1

    def row_center(self, row: int) -> QPointF:
        """Return the middle of a row, in the widget's pixels."""
        return QPointF(self.place_of(0.0), self._top + (row + 0.5) * ROW_HEIGHT)

    def _scrolled(self) -> float:
        """Return how far the rows are scrolled: the axis stays at the top of what is seen."""
        return float(max(-self.y(), 0)) if self._sticks else 0.0

    # -- drawing -----------------------------------------------------------------------------

    def render(self, target: QPainter, *_: object) -> None:  # type: ignore[override]
        """Draw all of it for a picture: the axis at its top, wherever the rows are scrolled to."""
        self._sticks = False
        try:
            super().render(target, QPoint())
        finally:
            self._sticks = True

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self.update()  # else the axis would move with the rows

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            seen = QRectF(event.rect())
            painter.fillRect(seen, QColor(self._colors.base))
            self._paint_rows(painter, seen)
            self._paint_axis(painter)
        finally:
            painter.end()

    def _paint_rows(self, painter: QPainter, seen: QRectF) -> None:
        zero = self.place_of(0.0)
        painter.setPen(QPen(QColor(self._colors.faint), 1))
        painter.drawLine(QLineF(zero, self._top, zero, self._top + self._height))
        metrics = QFontMetricsF(self.font())
        right = max(self.width() - WORDS_WIDTH, NAMES_WIDTH)
        for i, row in enumerate(self.rows):
            top = self._top + i * ROW_HEIGHT
            if top + ROW_HEIGHT < seen.top() or top > seen.bottom():
                continue
            names = QRectF(2, top, NAMES_WIDTH - 8, ROW_HEIGHT)
            words = QRectF(right + 6, top, WORDS_WIDTH - 8, ROW_HEIGHT)
            self._paint_bar(painter, row, top, zero)
            for text, color, area, flags in (
                (row.name, row.name_color, names, _RIGHT),
                (row.words, row.words_color, words, _LEFT),
            ):
                if text:
                    cut = in_fewer_words(text, metrics, area.width())
                    painter.setPen(QColor(color))
                    painter.drawText(area, flags, cut)

    def _paint_bar(self, painter: QPainter, row: MarginRow, top: float, zero: float) -> None:
        if row.end is None:
            return
        beyond = abs(row.end) > self._reach
        end = self.place_of(max(min(row.end, self._reach), -self._reach))
        fill = QColor(row.fill)
        high = ROW_HEIGHT * _BAR_HEIGHT
        middle = top + ROW_HEIGHT / 2
        drawn = QRectF(zero, middle - high / 2, end - zero, high)
        draw_bar(painter, drawn, zero, fill, row.clipped or beyond)

    def _paint_axis(self, painter: QPainter) -> None:
        above, line = self._scrolled(), QFontMetricsF(self.font()).height()
        painter.fillRect(QRectF(0, above, self.width(), self._top), QColor(self._colors.base))
        left, right = self.place_of(-self._reach), self.place_of(self._reach)
        painter.setPen(QColor(self._colors.faint))
        painter.drawText(
            QRectF(left - 40, above + 1, right - left + 80, line), _CENTRE, self._title
        )
        foot = above + self._top - 2
        for value, text in self._ticks:
            if abs(value) > self._reach:
                continue
            x = self.place_of(value)
            painter.setPen(QColor(self._colors.faint))
            painter.drawText(QRectF(x - 20, foot - 5 - line, 40, line), _CENTRE, text)
            painter.setPen(QColor(self._colors.grid))
            painter.drawLine(QLineF(x, foot - 4, x, foot))
        room = self._reach * (1 + 2 * _MARGIN)
        painter.drawLine(QLineF(self.place_of(-room), foot, self.place_of(room), foot))

    # -- the mouse ---------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._drags:
            self._pressed, self._row = event.position(), self._bar_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position()
        if self._pressed is None:
            over = self._bar_at(place) >= 0
            self.setCursor(Qt.CursorShape.SplitHCursor if over else Qt.CursorShape.ArrowCursor)
        elif self._row >= 0:
            self._drags = self._drags or abs(place.x() - self._pressed.x()) >= TREMOR
            if self._drags:
                self.dragged.emit(self._row, self._along(place), False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place, drags = event.position(), self._drags
        row = self.row_at(place) if self.rect().contains(place.toPoint()) else -1
        if drags:
            self.dragged.emit(self._row, self._along(place), True)
        elif row >= 0:
            self.clicked.emit(row)
        self._pressed, self._row, self._drags = None, -1, False

    def _bar_at(self, place: QPointF) -> int:
        """Return the row whose bar can be dragged there, −1 where there is none."""
        row = self.row_at(place)
        bars = NAMES_WIDTH <= place.x() <= max(self.width() - WORDS_WIDTH, NAMES_WIDTH)
        return row if bars and row >= 0 and self.rows[row].moves else -1

    def _along(self, place: QPointF) -> float:
        """Return how far the hand is from where it pressed, on the axis."""
        from_there = place.x() - self._pressed.x() if self._pressed is not None else 0.0
        return from_there / (self.place_of(1.0) - self.place_of(0.0))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            row = self.row_at(event.pos())  # type: ignore[attr-defined]
            tip = plain_tip(self.rows[row].tip) if row >= 0 else ""
            QToolTip.showText(event.globalPos(), tip, self)  # type: ignore[attr-defined]
            return True
        return bool(super().event(event))
