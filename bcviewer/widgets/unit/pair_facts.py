"""The legend and the numbers under the plots of a pair, painted in lines of one height."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QLineF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from bcviewer.widgets.drawing.theme import small_font, theme
from bcviewer.widgets.drawing.tips import plain_tip

_GAP = 10
_DASH = 18
_MARGIN = 8
_WIDE = 640
"""From this width on, in pixels, facts stand in two columns."""
MOST = 5
"""So many facts have room."""


class Fact(NamedTuple):
    """A line: what, and how much."""

    name: str
    words: str


class PairFacts(QWidget):
    """Shows a legend and some facts, elided where there is no room; the tool tip has all.

    Attributes
    ----------
    legend : list of (str, str, float)
        Name, colour and width of each line that is drawn.
    facts : list of Fact
        The lines below it.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.legend: list[tuple[str, str, float]] = []
        self.facts: list[Fact] = []
        self.setObjectName("pairFacts")
        self.setFont(small_font(self))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_facts(self, legend: list[tuple[str, str, float]], facts: list[Fact]) -> None:
        """Show others."""
        if (legend, facts) != (self.legend, self.facts):
            self.legend, self.facts = legend, facts
            text = "\n".join(f"{fact.name}: {fact.words}" for fact in facts)
            self.setAccessibleName(text)
            self.setToolTip(plain_tip(text))
            self.update()

    def _line(self) -> int:
        return QFontMetrics(self.font()).height() + 2

    def _columns(self) -> int:
        return 2 if self.width() >= _WIDE else 1

    def sizeHint(self) -> QSize:
        lines = 1 + -(-MOST // self._columns())
        return QSize(40, lines * self._line() + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (event.oldSize().width() >= _WIDE) != (self.width() >= _WIDE):
            self.updateGeometry()

    def paintEvent(self, _: QPaintEvent) -> None:
        painter, metrics = QPainter(self), QFontMetrics(self.font())
        painter.fillRect(self.rect(), QColor(theme().base))
        high, columns = self._line(), self._columns()
        self._paint_legend(painter, metrics, high)
        per, wide = -(-MOST // columns), (self.width() - _MARGIN) // columns
        for column in range(columns):
            facts = self.facts[column * per : (column + 1) * per]
            left = QRect(_MARGIN + column * wide, high, wide - _GAP, high)
            self._paint_facts(painter, metrics, facts, left)
        painter.end()

    def _paint_facts(
        self, painter: QPainter, metrics: QFontMetrics, facts: list[Fact], line: QRect
    ) -> None:
        """Paint some facts, the first one in ``line`` and the others below it."""
        longest = max((metrics.horizontalAdvance(fact.name) for fact in facts), default=0)
        middle, end = int(Qt.AlignmentFlag.AlignVCenter), Qt.TextElideMode.ElideRight
        for fact in facts:
            name, words = QRect(line), QRect(line)
            name.setWidth(min(longest, line.width() // 2))
            words.setLeft(name.right() + _GAP)
            parts = ((name, fact.name, theme().faint), (words, fact.words, theme().text))
            for area, text, color in parts:
                painter.setPen(QColor(color))
                painter.drawText(area, middle, metrics.elidedText(text, end, area.width()))
            line = line.translated(0, line.height())

    def _paint_legend(self, painter: QPainter, metrics: QFontMetrics, high: int) -> None:
        x = _MARGIN
        for name, color, width in self.legend:
            painter.setPen(QPen(QColor(color), width))
            painter.drawLine(QLineF(x, high / 2, x + _DASH, high / 2))
            painter.setPen(QColor(theme().text))
            wide = metrics.horizontalAdvance(name)
            area = QRect(x + _DASH + 6, 0, wide + 2, high)
            painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), name)
            x = area.right() + 2 * _GAP
