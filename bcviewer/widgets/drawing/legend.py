"""What the lines of a plot are: a line of swatches and words that is never cut off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from bcviewer.widgets.drawing.theme import make_small, theme

_SWATCH, _EDGE, _GAP = 18, 7, 8
"""Pixels of a swatch with its room, at either side, and between two entries."""
_TO_WORDS, _BLOCK = 4, 8.0
"""Pixels between a swatch and its words; height of a block."""
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class Stroke(StrEnum):
    """How something is drawn."""

    LINE = "line"
    DASH = "dash"
    DOT = "dot"
    DASH_DOT = "dash dot"
    DASH_DOT_DOT = "dash dot dot"
    HOLLOW = "hollow"
    BLOCK = "block"
    RING = "ring"
    CROSS = "cross"
    NONE = "none"


PEN_STYLE = {
    Stroke.DASH: Qt.PenStyle.DashLine,
    Stroke.DOT: Qt.PenStyle.DotLine,
    Stroke.DASH_DOT: Qt.PenStyle.DashDotLine,
    Stroke.DASH_DOT_DOT: Qt.PenStyle.DashDotDotLine,
}


class Entry(NamedTuple):
    """Something that is drawn: its words, its colour, and how."""

    words: str
    color: str = ""
    stroke: Stroke = Stroke.LINE


class LegendLine(QWidget):
    """Says what the lines of a plot are, in as many lines of text as that needs.

    It never makes its dock wider. Its height grows with what was said so far at its width, and
    shrinks there only where it is told to: stepping moves no plot twice.

    Parameters
    ----------
    parent : QWidget
        Where it stands.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        make_small(self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._entries: tuple[Entry, ...] = ()
        self._most = 1

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is said."""
        return self._entries

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Say what is drawn now."""
        new = tuple(entries)
        if new != self._entries:
            self._entries = new
            self.setAccessibleName("; ".join(entry.words for entry in new))
            self._make_room()
            self.update()

    def forget_room(self) -> None:
        """Give back what longer legends took: those to come are of another kind."""
        self._most = 1
        self._make_room()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(40, round(self._most * self._line) + 4)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @property
    def _line(self) -> float:
        return QFontMetricsF(self.font()).height()

    def _make_room(self) -> None:
        lines = max((row for *_, row in self.places()), default=0) + 1
        if lines > self._most:
            self._most = lines
            self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.forget_room()

    def places(self) -> Iterator[tuple[Entry, QRectF, int]]:
        """Yield entries with their places and the lines that they are in."""
        metrics, high = QFontMetricsF(self.font()), self._line
        x, row = float(_EDGE), 0
        for entry in self._entries:
            wide = metrics.horizontalAdvance(entry.words) + 2
            if entry.stroke is not Stroke.NONE:
                wide += _SWATCH
            if x > _EDGE and x + wide > self.width() - _EDGE:
                x, row = float(_EDGE), row + 1
            yield entry, QRectF(x, 2 + row * high, wide, high), row
            x += wide + _GAP

    def paintEvent(self, _: QPaintEvent) -> None:
        painter, colors = QPainter(self), theme()
        painter.fillRect(self.rect(), QColor(colors.base))
        for entry, place, _row in self.places():
            if entry.stroke is not Stroke.NONE:
                _draw_swatch(painter, entry, place)
                place.setLeft(place.left() + _SWATCH)
            painter.setPen(QColor(colors.faint))
            painter.drawText(place, _LEFT, entry.words)
        painter.end()


def _draw_swatch(painter: QPainter, entry: Entry, place: QRectF) -> None:
    """Draw what an entry looks like in the plot, before its words."""
    color, middle = QColor(entry.color), place.center().y()
    left, right = place.left(), place.left() + _SWATCH - _TO_WORDS
    if entry.stroke is Stroke.BLOCK:
        painter.fillRect(QRectF(left, middle - _BLOCK / 2, right - left, _BLOCK), color)
        return
    painter.setPen(QPen(color, 1.6, PEN_STYLE.get(entry.stroke, Qt.PenStyle.SolidLine)))
    centre = QPointF((left + right) / 2, middle)
    if entry.stroke is Stroke.HOLLOW:
        painter.drawRect(QRectF(left, middle - _BLOCK / 2, right - left, _BLOCK))
    elif entry.stroke is Stroke.RING:
        painter.drawEllipse(centre, 4.0, 4.0)
    elif entry.stroke is Stroke.CROSS:
        for way in (-3, 3):
            arm = QPointF(3, way)
            painter.drawLine(QLineF(centre - arm, centre + arm))
    else:
        painter.drawLine(QLineF(left, middle, right, middle))
