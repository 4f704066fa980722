"""Draws an UpSet plot: a bar for each set of rules that fail together, above a matrix of dots."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from bcviewer.core.figures.sets import RuleRow, SetColumn
from bcviewer.widgets.drawing.canvas import CanvasItem
from bcviewer.widgets.drawing.fewer_words import in_fewer_words
from bcviewer.widgets.drawing.theme import LIGHT, Theme

ROW = 17.0
MIN_STEP, MAX_STEP = 16.0, 44.0
MIN_BARS = 56.0
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)


class SetsItem(CanvasItem):
    """The plot.

    Attributes
    ----------
    columns, rows : list
        All sets from the left (only those that fit are drawn), and the rules from the top.
    current : int
        Column of the current unit, −1: none.
    selected : list of int
        Selected units of each column.
    n_drawn : int
        How many columns fit.
    left, step, base : float
        Where the columns begin, how wide they are, and the foot of the bars.
    """

    def __init__(self, chosen: Callable[[int, bool], None]) -> None:
        super().__init__()
        self._chosen = chosen
        self._say: Callable[[int], Sequence[str]] = lambda _: ("",)
        self.columns: Sequence[SetColumn] = ()
        self.rows: list[RuleRow] = []
        self.colors: Theme = LIGHT
        self.font = QFont()
        self.current = -1
        self.selected: list[int] = []
        self._all: Sequence[RuleRow] = ()
        self.n_drawn = 0
        self.left = self.step = self.base = 1.0
        self._zoom = 1.0
        self._bold, self._widest, self._upright = QFont(), 0.0, True

    def set_sets(
        self,
        columns: Sequence[SetColumn],
        rows: Sequence[RuleRow],
        say: Callable[[int], Sequence[str]],
        colors: Theme,
    ) -> None:
        """Show other sets; ``say`` tells what stands above so many columns, the longest first."""
        self.columns, self._all, self.colors, self._say = columns, rows, colors, say

    def set_marks(self, current: int, selected: list[int]) -> None:
        """Mark the current unit's set, and how many of each set's units are selected."""
        if (current, selected) != (self.current, self.selected):
            self.current, self.selected = current, selected
            self.marks.update()

    # -- where things are --------------------------------------------------------------------

    @property
    def least_height(self) -> float:
        """The height that all rows need."""
        return 20 + 30 + MIN_BARS * self._zoom + ROW * len(self.rows) + 8

    def measure(self, room: float, zoom: float = 1.0) -> None:
        """Find what fits into a width and where it is; the rows are those of the columns drawn.

        Where it is zoomed, fewer columns are wider, and the bars higher.
        """
        self._zoom = zoom * zoom if zoom > 1 else 1.0
        metrics = QFontMetricsF(self.font)
        widest = max((metrics.horizontalAdvance(row.name) for row in self._all), default=0.0)
        self.left = min(widest + 26, room * 0.46)
        room -= self.left + 6
        self.n_drawn = min(len(self.columns), max(1, int(room // (MIN_STEP * zoom))))
        self.step = min(room / max(1, self.n_drawn), MAX_STEP * zoom)
        shown = self.columns[: self.n_drawn]
        used = {rule for column in shown for rule in column.deciding | column.masked}
        self.rows = [row for row in self._all if row.rule in used]
        self.base = self.size.height() - 6 - ROW * len(self.rows)
        bold = QFont(self.font)
        bold.setBold(True)
        self._bold, wide = bold, QFontMetricsF(bold)
        self._widest = max((wide.horizontalAdvance(f"{c.n:,}") for c in shown), default=0.0)
        self._upright = self._widest <= self.step - 3
        self.update()
        self.marks.update()

    def _bar(self, column: int) -> QRectF:
        high = self.base - 24 - (ROW - 3 if self._upright else self._widest + 4)
        high *= self.columns[column].n / self.columns[0].n
        width = max(6.0, self.step * 0.66)
        x = self.left + column * self.step + (self.step - width) / 2
        return QRectF(x, self.base - high, width, high)

    def column_center(self, column: int) -> QPointF:
        """Return the middle of a column's dots, as the item sees it."""
        x = self.left + (column + 0.5) * self.step
        return QPointF(x, self.base + ROW * len(self.rows) / 2)

    def column_at(self, place: QPointF) -> int:
        """Return the column at a place, −1 where there is none."""
        column = int((place.x() - self.left) // self.step) if self.columns else -1
        return column if 0 <= column < self.n_drawn and place.y() > 20 else -1

    def tip_at(self, place: QPointF) -> str:
        column, row = self.column_at(place), int((place.y() - self.base) // ROW)
        if column >= 0:
            return self.columns[column].tip
        if place.x() < self.left and 0 <= row < len(self.rows):
            return self.rows[row].head.tip
        return self._say(self.n_drawn)[0]

    def click_at(self, place: QPointF, add: bool) -> None:
        column = self.column_at(place)
        if column >= 0:
            self._chosen(column, add)

    # -- drawing -----------------------------------------------------------------------------

    def paint(self, painter: QPainter, _: QStyleOptionGraphicsItem, __: QWidget | None) -> None:
        painter.setFont(self.font)
        metrics = QFontMetricsF(self.font)
        head = QRectF(6, 2, self.size.width() - 12, 17)
        painter.setPen(QColor(self.colors.faint))
        texts = self._say(self.n_drawn)
        fits = (text for text in texts if metrics.horizontalAdvance(text) <= head.width())
        painter.drawText(head, _LEFT, next(fits, texts[-1]))
        if self.columns:
            self._paint_rows(painter, metrics)
            self._paint_bars(painter, metrics)
            self._paint_dots(painter)

    def _paint_rows(self, painter: QPainter, metrics: QFontMetricsF) -> None:
        """Draw stripes, names and the block's colour beside them."""
        tint = QColor(self.colors.grid)
        tint.setAlphaF(0.35)
        for i, row in enumerate(self.rows):
            y = self.base + i * ROW
            if i % 2 == 0:
                painter.fillRect(QRectF(0, y, self.left + self.n_drawn * self.step, ROW), tint)
            painter.fillRect(QRectF(self.left - 12, y + 4, 6, ROW - 8), QColor(row.fill))
            area = QRectF(4, y, self.left - 20, ROW)
            painter.setPen(QColor(self.colors.text))
            painter.drawText(area, _RIGHT, in_fewer_words(row.name, metrics, area.width()))

    def _paint_bars(self, painter: QPainter, metrics: QFontMetricsF) -> None:
        for i, column in enumerate(self.columns[: self.n_drawn]):
            bar = self._bar(i)
            painter.fillRect(bar, QColor(column.fill))
            painter.setFont(self._bold if column.sole else self.font)
            painter.setPen(QColor(self.colors.text))
            if self._upright:
                middle, high = bar.center().x(), metrics.height()
                area = QRectF(middle - self.step / 2, bar.top() - high, self.step, high)
                painter.drawText(area, _CENTRE, f"{column.n:,}")
            else:
                painter.save()
                painter.translate(bar.center().x(), bar.top() - 2)
                painter.rotate(-90)
                area = QRectF(0, -ROW / 2, self._widest + 4, ROW)
                painter.drawText(area, _LEFT, f"{column.n:,}")
                painter.restore()

    def paint_marks(self, painter: QPainter) -> None:
        accent = QColor(self.colors.accent)
        painter.setPen(Qt.PenStyle.NoPen)
        for i, n in enumerate(self.selected[: self.n_drawn]):
            if n:
                bar = self._bar(i)
                high = max(2.0, bar.height() * min(1.0, n / self.columns[i].n))
                side = bar.width() * 0.34
                painter.fillRect(bar.adjusted(side, bar.height() - high, -side, 0), accent)
        if 0 <= self.current < self.n_drawn:
            x = self.left + self.current * self.step
            tint = QColor(accent)
            tint.setAlphaF(0.14)
            painter.setPen(QPen(accent, 1))
            painter.setBrush(tint)
            painter.drawRect(QRectF(x + 0.5, 21.5, self.step - 1, self.size.height() - 24))

    def _paint_dots(self, painter: QPainter) -> None:
        """Draw the matrix; masked rules hollow: lighter, and not by colour alone."""
        radius = min(5.5, self.step * 0.32)
        shown = list(enumerate(self.columns[: self.n_drawn]))
        middles = [self.left + (i + 0.5) * self.step for i, _ in shown]
        place = {row.rule: self.base + (i + 0.5) * ROW for i, row in enumerate(self.rows)}
        painter.setPen(QPen(QColor(self.colors.faint), 1.6))
        for i, column in shown:
            hits = [place[rule] for rule in column.deciding | column.masked]
            painter.drawLine(QPointF(middles[i], min(hits)), QPointF(middles[i], max(hits)))
        empty, base = QColor(self.colors.grid), QColor(self.colors.base)
        for row in self.rows:
            y, fill = place[row.rule], QColor(row.fill)
            ring = QPen(fill, 1.8)
            for i, column in shown:
                if row.rule in column.deciding:
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(fill)
                    painter.drawEllipse(QPointF(middles[i], y), radius, radius)
                elif row.rule in column.masked:
                    painter.setPen(ring)
                    painter.setBrush(base)
                    painter.drawEllipse(QPointF(middles[i], y), radius - 0.9, radius - 0.9)
                else:
                    painter.fillRect(QRectF(middles[i] - 1.5, y - 1.5, 3, 3), empty)
