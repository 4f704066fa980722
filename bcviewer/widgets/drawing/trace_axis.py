"""An axis that paints its few numbers at once: pyqtgraph's lays out each tick at each change."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from bcviewer.widgets.drawing.scales import number, ticks

_TICK = 4.0
_GAP = 2.0
"""Pixels: length of a tick, and between it and its number."""
_ROOM = 5.0
"""Pixels beyond its end that an axis may write in."""
_APART = 6.0
"""Pixels between a title and a number on one line."""
_BARE = 6
"""Height of an axis without numbers, pixels."""
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


LEFT_WIDTH = 57
"""Pixels of the axis on the left: its title beside numbers as wide as 3,750."""


class ScaleAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis with round ticks; on a logarithmic one, of the values and not of their logarithms.

    Attributes
    ----------
    is_log : bool
        Whether its values are logarithms.
    counts : bool
        Whether it is one of counts: its ticks are whole numbers.
    within : tuple of float
        Where ticks may be, in the axis's own values: it may be longer than what it is of.
    """

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation, maxTickLength=-4)
        self.enableAutoSIPrefix(False)
        self.is_log = self.counts = False
        self.within = (-math.inf, math.inf)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return where ticks are (called by pyqtgraph)."""
        first, last = max(low, self.within[0]), min(high, self.within[1])
        size *= (last - first) / (high - low) if high > low else 1.0
        low, high = first, last
        most = max(2, int(size // (64 if self.orientation == "bottom" else 30)))
        if not self.is_log:
            found = ticks(low, high, False, most, whole=self.counts)
        else:
            low, high = (float(np.clip(end, -300, 300)) for end in (low, high))
            found = [float(np.log10(t)) for t in ticks(10.0**low, 10.0**high, True, most)]
        return [(1.0, found)]

    def tickStrings(self, values: list[float], scale: float, _: float) -> list[str]:
        """Return what stands at ticks (called by pyqtgraph)."""
        return [number(float(f"{10.0**v:.6g}") if self.is_log else v * scale) for v in values]


class TraceAxis(ScaleAxis):
    """Looks like :class:`ScaleAxis`, and costs a tenth where its range changes at each step.

    It writes its own title: pyqtgraph's is cut where it is longer than the axis.

    Attributes
    ----------
    title : str
        Whole words, with the unit in brackets.
    inline : bool
        Whether the title of an axis below its plot stands in the line of its numbers, at the end,
        where a line of its own would cost a low plot too much.
    numbered : bool
        Whether numbers stand at the ticks.
    """

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.title = ""
        self.inline = False
        self.numbered = True
        self._laid: tuple[object, ...] = ()
        self._ticks: list[tuple[float, str]] = []

    def set_title(self, title: str) -> None:
        """Write another title."""
        if title != self.title:
            self.title = title
            self.update()

    def small(self) -> QFont:
        """Return the font of the title: one point smaller than the numbers."""
        font = QFont(self._font())
        font.setPointSizeF(max(6.0, font.pointSizeF() - 1))
        return font

    def _font(self) -> QFont:
        return QFont(self.style["tickFont"] or self.font())

    def height_below(self) -> int:
        """Return the height of an axis below its plot: its numbers, and a line for its title."""
        if not self.numbered:
            return _BARE
        high = _TICK + _GAP + QFontMetricsF(self._font()).height()
        if self.title and not self.inline:
            high += QFontMetricsF(self.small()).height()
        return round(high)

    def width_beside(self) -> int:
        """Return the width of an axis left of its plot: the widest number, and its title."""
        metrics, (low, high) = QFontMetricsF(self._font()), self.range
        ticks = self.laid_out(low, high, self.size().height()) if high > low else []
        wide = max((metrics.horizontalAdvance(text) for _, text in ticks), default=0.0)
        return round(wide + _TICK + _GAP + QFontMetricsF(self.small()).height())

    def boundingRect(self) -> QRectF:
        # Numbers at the ends reach over them, and a title over both.
        box = QRectF(QPointF(0, 0), self.size()).adjusted(-16, -8, 16, 8)
        return box if self.orientation == "bottom" else box.adjusted(0, -40, 0, 40)

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Draw the line, the ticks, the numbers and the title."""
        size = self.size()
        across = self.orientation == "bottom"
        length = size.width() if across else size.height()
        low, high = self.range
        if not high > low or length <= 0:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(self.pen())
        edge = 0.0 if across else size.width()
        end = QPointF(length, 0) if across else QPointF(edge, length)
        painter.drawLine(QLineF(QPointF(edge, 0), end))
        places = [
            ((value - low) / (high - low) * length, text)
            for value, text in self.laid_out(low, high, length)
        ]
        for place, _text in places:
            at = QPointF(place, 0) if across else QPointF(edge - _TICK, length - place)
            painter.drawLine(QLineF(at, at + (QPointF(0, _TICK) if across else QPointF(_TICK, 0))))
        painter.setPen(self.textPen())
        if across:
            self._write_below(painter, places, length)
        else:
            self._write_beside(painter, places, length)

    def _write_below(
        self, painter: QPainter, places: list[tuple[float, str]], length: float
    ) -> None:
        """Write numbers and title of an axis below its plot."""
        font = self._font()
        metrics, title = QFontMetricsF(font), QFontMetricsF(self.small())
        line, free = metrics.height(), length + _ROOM
        if self.title:
            painter.setFont(self.small())
            wide = min(title.horizontalAdvance(self.title) + 2, length)
            area = QRectF(length + _ROOM - wide, _TICK + _GAP, wide, line)
            if self.numbered and not self.inline:
                area = QRectF((length - wide) / 2, _TICK + _GAP + line, wide, title.height())
            elif self.numbered:
                free = area.left() - _APART
            if self.numbered:
                words = title.elidedText(self.title, Qt.TextElideMode.ElideRight, wide)
                painter.drawText(area, _CENTRE, words)
        if not self.numbered:
            return
        painter.setFont(font)
        for box, text in self.numbers_below(places, length):
            if box.right() <= free:
                painter.drawText(box, _CENTRE, text)

    def numbers_below(
        self, places: list[tuple[float, str]], length: float
    ) -> list[tuple[QRectF, str]]:
        """Return the numbers that have room beside each other, and where.

        Ticks of a logarithmic axis may be nearer than a number is wide.
        """
        metrics, found = QFontMetricsF(self._font()), list[tuple[QRectF, str]]()
        for place, text in places:
            wide = metrics.horizontalAdvance(text) + 2
            box = QRectF(place - wide / 2, _TICK + _GAP, wide, metrics.height())
            box.moveRight(min(box.right(), length + _ROOM))
            if not found or box.left() >= found[-1][0].right():
                found.append((box, text))
        return found

    def _write_beside(
        self, painter: QPainter, places: list[tuple[float, str]], length: float
    ) -> None:
        """Write numbers and title of an axis left of its plot."""
        font, edge = self._font(), self.size().width()
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        line, widest, last = metrics.height(), 0.0, -math.inf
        for place, text in places:
            if abs(place - last) < metrics.capHeight() + _GAP:
                continue
            last = place
            box = QRectF(0, length - place - line / 2, edge - _TICK - _GAP, line)
            widest = max(widest, metrics.horizontalAdvance(text))
            painter.drawText(box, _RIGHT, text)
        if self.title:
            painter.setFont(self.small())
            self._write_upright(painter, length, edge - _TICK - _GAP - widest)

    def _write_upright(self, painter: QPainter, length: float, room: float) -> None:
        """Write the title upright, in two lines where the plot is too low for one."""
        high = QFontMetricsF(self.small()).height()
        lines, start, wide = self.upright(length, room)
        painter.save()
        painter.translate(0.0, start + wide)
        painter.rotate(-90.0)
        for i, text in enumerate(lines):
            painter.drawText(QRectF(0, i * (high - 2), wide, high), _CENTRE, text)
        painter.restore()

    def upright(self, length: float, room: float) -> tuple[list[str], float, float]:
        """Return the lines of a title beside its plot, where they begin, and how long they are.

        It may reach over both ends of the axis, as far as the plot's widget does.

        Parameters
        ----------
        length : float
            Of the axis, pixels.
        room : float
            Pixels left of the numbers.
        """
        metrics, plot = QFontMetricsF(self.small()), self.parentItem()
        whole = self.mapRectFromItem(plot, plot.boundingRect()) if plot else QRectF(0, 0, 0, length)
        top, bottom = whole.top(), whole.bottom()
        lines = [self.title]
        if (
            metrics.horizontalAdvance(self.title) > bottom - top
            and room >= 2 * metrics.height() - 4
        ):
            lines = _in_two(self.title)
        wide = min(max(map(metrics.horizontalAdvance, lines)) + 2, bottom - top)
        start = min(max((length - wide) / 2, top), bottom - wide)
        right = Qt.TextElideMode.ElideRight
        return [metrics.elidedText(line, right, wide) for line in lines], start, wide

    def laid_out(self, low: float, high: float, length: float) -> list[tuple[float, str]]:
        """Return the ticks and their texts, found anew where the range or the room changed."""
        kind = self.is_log, self.counts, self.within, self.scale, id(self._tickLevels)
        state = (low, high, length, *kind)
        if state != self._laid:
            self._laid = state
            if self._tickLevels is not None:  # names in place of numbers
                self._ticks = [pair for level in self._tickLevels for pair in level]
                return self._ticks
            levels = self.tickValues(low, high, length)
            values = levels[0][1] if levels else []
            self._ticks = list(zip(values, self.tickStrings(values, self.scale, 1.0), strict=True))
        return self._ticks


def _in_two(title: str) -> list[str]:
    """Return a title in two lines: its unit below it, or as even as its words allow."""
    places = [i for i, letter in enumerate(title) if letter == " "]
    if not places:
        return [title]
    bracket = title.rfind(" (")
    at = bracket if bracket > 0 else min(places, key=lambda i: abs(i - len(title) / 2))
    return [title[:at], title[at + 1 :]]
