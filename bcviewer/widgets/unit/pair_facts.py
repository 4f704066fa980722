"""The legend and the numbers beside or under the plots of a pair, in lines of one height."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from PySide6.QtCore import QLineF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from bcviewer.core.evidence.pair_words import Fact
from bcviewer.widgets.drawing.still_label import first_part, in_room
from bcviewer.widgets.drawing.theme import make_small, theme
from bcviewer.widgets.drawing.tips import plain_tip

_GAP = 10
_DASH = 18
_MARGIN = 8
_WIDE = 420
"""From this width on, in pixels, facts stand in two columns."""
_SHARE = 0.36
"""Of the panel's height, that the lines under the plots may take."""
_LINES = (3, 5)
"""So many lines are under the plots at least and at most, the legend among them."""
BESIDE = 250
_WIDEST, _PART = 360, 0.22
"""Width beside the plots, in pixels: at least, at most, and of the panel's width between them."""


class Key(NamedTuple):
    """An entry of the legend."""

    name: str
    color: str
    width: float
    dotted: bool = False


class PairFacts(QWidget):
    """Shows a legend and as many facts as there is room for; the tool tip has all of them.

    Two columns are as wide as their words. Where that is too much the second one says its facts
    without what explains them, then the first one.

    Attributes
    ----------
    legend : list of Key
        What is drawn how.
    facts : list of Fact
        The lines below it, the weightiest first.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.legend: list[Key] = []
        self.facts: list[Fact] = []
        self._lines = _LINES[1]
        self.setObjectName("pairFacts")
        make_small(self)
        self.stand(beside=False, width=0, height=0)

    def stand(self, *, beside: bool, width: int, height: int) -> None:
        """Stand beside the plots, or under them with as many lines as a panel can spare."""
        policy = QSizePolicy.Policy
        if beside:
            self.setFixedWidth(min(max(int(width * _PART), BESIDE), _WIDEST))
            self.setSizePolicy(policy.Fixed, policy.Ignored)
        else:
            self.setMinimumWidth(0)
            self.setMaximumWidth(16_777_215)
            self.setSizePolicy(policy.Ignored, policy.Fixed)
        least, most = _LINES
        self._lines = min(max(int(height * _SHARE / self._line()), least), most)
        self.updateGeometry()

    def show_facts(self, legend: list[Key], facts: list[Fact]) -> None:
        """Show others."""
        if (legend, facts) != (self.legend, self.facts):
            self.legend, self.facts = legend, facts
            text = "\n".join(f"{fact.name}: {fact.words}" for fact in facts)
            self.setAccessibleName(text)
            self.setToolTip(plain_tip(text))
            self.update()

    def _line(self) -> int:
        return QFontMetrics(self.font()).height() + 2

    def sizeHint(self) -> QSize:
        return QSize(40, self._lines * self._line() + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, _LINES[0] * self._line())

    def places(self) -> list[QRect]:
        """Return where facts are painted: below the legend, column by column."""
        high = self._line()
        top = max((area.bottom() + 1 for _, area in self._keys()), default=0)
        columns = 2 if self.width() >= _WIDE else 1
        room = self.width() - _MARGIN
        rows = max((self.height() - top) // high, 0)
        wide = self._first_column(rows, room) if columns == 2 else room
        return [
            QRect(_MARGIN + column * wide, top + row * high, width - _GAP, high)
            for column, width in zip(range(columns), (wide, room - wide), strict=False)
            for row in range(rows)
        ]

    def _first_column(self, rows: int, room: int) -> int:
        """Return the width of the first of two columns: half, or what lets more be said."""
        metrics = QFontMetrics(self.font())
        facts = self.facts[: 2 * rows]
        name = self._names(metrics, facts) + 2 * _GAP + 2

        def needs(some: list[Fact], words: Callable[[str], str]) -> int:
            said = (metrics.horizontalAdvance(words(fact.words)) for fact in some)
            return name + max(said, default=0) + 1

        first, second = facts[:rows], facts[rows:]
        for left, right in ((str, str), (str, first_part), (first_part, first_part)):
            wide, other = needs(first, left), needs(second, right)
            if wide + other <= room:
                return min(max(wide, room // 2), room - other)
        return room // 2

    @staticmethod
    def _names(metrics: QFontMetrics, facts: list[Fact]) -> int:
        return max((metrics.horizontalAdvance(fact.name) for fact in facts), default=0)

    def _keys(self) -> Iterator[tuple[Key, QRect]]:
        """Yield each entry of the legend and its place; another line begins where one is full."""
        metrics, high = QFontMetrics(self.font()), self._line()
        x, y, room = _MARGIN, 0, self.width() - _MARGIN
        for key in self.legend:
            wide = min(_DASH + 8 + metrics.horizontalAdvance(key.name), room - _MARGIN)
            if x > _MARGIN and x + wide > room:
                x, y = _MARGIN, y + high
            yield key, QRect(x, y, wide, high)
            x += wide + 2 * _GAP

    def paintEvent(self, _: QPaintEvent) -> None:
        painter, metrics = QPainter(self), QFontMetrics(self.font())
        painter.fillRect(self.rect(), QColor(theme().base))
        for key, area in self._keys():
            self._paint_key(painter, metrics, key, area)
        places = self.places()
        facts = self.facts[: len(places)]
        longest = self._names(metrics, facts)
        for fact, area in zip(facts, places, strict=False):
            self._paint_fact(painter, metrics, fact, area, longest)
        painter.end()

    @staticmethod
    def _paint_fact(
        painter: QPainter, metrics: QFontMetrics, fact: Fact, line: QRect, longest: int
    ) -> None:
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        name, words = QRect(line), QRect(line)
        name.setWidth(min(longest + 2, line.width() // 2))
        words.setLeft(name.right() + _GAP)
        parts = ((name, fact.name, theme().faint), (words, fact.words, theme().text))
        for area, text, color in parts:
            painter.setPen(QColor(color))
            painter.drawText(area, middle, in_room(text, metrics, area.width()))

    @staticmethod
    def _paint_key(painter: QPainter, metrics: QFontMetrics, key: Key, area: QRect) -> None:
        style = Qt.PenStyle.DotLine if key.dotted else Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(key.color), key.width, style, Qt.PenCapStyle.FlatCap))
        y = area.top() + area.height() / 2
        painter.drawLine(QLineF(area.left(), y, area.left() + _DASH, y))
        painter.setPen(QColor(theme().text))
        words = area.adjusted(_DASH + 6, 0, 2, 0)
        text = metrics.elidedText(key.name, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), text)
