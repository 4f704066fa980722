"""Draws a matrix of counts: shaded cells with numbers, column heads, marks, a legend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from bcviewer.core.arrays import Bools, Floats, Ints
from bcviewer.core.figures.parts import Grid
from bcviewer.widgets.drawing.fewer_words import in_fewer_words, shortened
from bcviewer.widgets.drawing.shades import shade, text_on
from bcviewer.widgets.drawing.theme import LIGHT, Theme

MAX_COLUMN = 160.0
MAX_HEAD = 124.0
_CENTRE = Qt.AlignmentFlag.AlignCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class MatrixHead(NamedTuple):
    """The head of a column: its text, what stands below it, and a coloured sign before it."""

    text: str
    note: str = ""
    sign: str = ""
    color: str = "#000000"


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """What a matrix shows.

    Attributes
    ----------
    rows, heads : sequence
        Names of the rows and heads of the columns.
    counts, shades : numpy.ndarray
        Shape (n_rows, n_columns): the numbers, of which 0 is not drawn, and the shade of their
        cells from 0 to 1 (NaN: neutral).
    row_tips, head_tips, cell_tips : sequence of str
        Tool tips as plain text; those of the cells row by row.
    legend : str
        What the shade means.
    """

    rows: Sequence[str]
    heads: Sequence[MatrixHead]
    counts: Ints
    shades: Floats
    row_tips: Sequence[str]
    head_tips: Sequence[str]
    cell_tips: Sequence[Sequence[str]]
    legend: str


NOTHING = Matrix((), (), np.zeros((0, 0), np.int64), np.zeros((0, 0)), (), (), (), "")


def matrix_of(grid: Grid) -> Matrix:
    """Return a figure's matrix as it is drawn here: without the blocks of its rules."""
    return Matrix(
        [head.name for head in grid.rows],
        [
            MatrixHead(head.name, head.note, head.sign, head.fill or "#000000")
            for head in grid.columns
        ],
        grid.counts,
        grid.shades,
        [head.tip for head in grid.rows],
        [head.tip for head in grid.columns],
        grid.tips,
        grid.legend,
    )


class MatrixItem(QGraphicsItem):
    """The cells and heads, in the coordinates of the plot item; the row names are its axis's.

    Attributes
    ----------
    marked : numpy.ndarray of bool
        Cells of the current unit.
    selected : numpy.ndarray
        How many of each cell's units are selected.
    """

    def __init__(self, plot_item: Any) -> None:
        super().__init__(plot_item)
        self._view = plot_item.getViewBox()
        self.setZValue(10)
        self.matrix = NOTHING
        self.marked: Bools = np.zeros((0, 0), np.bool_)
        self.selected: Ints = np.zeros((0, 0), np.int64)
        self.colors: Theme = LIGHT
        self.font = QFont()
        self.visible_rows = 1.0
        self._upright = self._whole = True

    def boundingRect(self) -> QRectF:
        return QRectF(self.parentItem().boundingRect())

    def grid(self) -> tuple[QRectF, float, float]:
        """Return the area of the cells, and the width and height of one."""
        area = QRectF(self._view.geometry())
        n_columns = max(len(self.matrix.heads), 1)
        return area, min(area.width() / n_columns, MAX_COLUMN), area.height() / self.visible_rows

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Return the place of a cell."""
        area, width, height = self.grid()
        return QRectF(area.x() + column * width, area.y() + row * height, width, height)

    # -- heads -------------------------------------------------------------------------------

    def head_text(self, head: MatrixHead) -> str:
        """Return what stands over a column: in fewer letters where the whole has no room."""
        return head.text if self._whole else shortened(head.text)

    def head_width(self) -> float:
        """Return the room that the widest head needs to stand upright."""
        metrics = QFontMetricsF(self.font)
        lines = [f"{head.sign} {self.head_text(head)}".strip() for head in self.matrix.heads]
        lines += [head.note for head in self.matrix.heads]
        return max((metrics.horizontalAdvance(line) for line in lines), default=0.0) + 8

    def set_heads(self, column: float, spare: float = 0.0) -> float:
        """Turn the heads where the columns are too narrow for them, and return their height.

        Turned they have what the rows can spare, and where that is not enough they are shortened.
        """
        self._whole = True
        self._upright = self.head_width() <= min(column, MAX_COLUMN)
        if not self.matrix.heads:
            return 2.0
        self._whole = self._upright or self.head_width() + 4 <= max(MAX_HEAD, spare)
        line = QFontMetricsF(self.font).height()
        lines = 2 if any(head.note for head in self.matrix.heads) else 1
        return (
            lines * line + 4 if self._upright else min(self.head_width() + 4, max(MAX_HEAD, spare))
        )

    # -- painting ----------------------------------------------------------------------------

    def paint(
        self, painter: QPainter, _: QStyleOptionGraphicsItem, __: QWidget | None = None
    ) -> None:
        painter.setFont(self.font)
        area, width, _height = self.grid()
        self._paint_grid(painter)
        self._paint_cells(painter)
        painter.setFont(self.font)
        self._paint_marks(painter)
        for column, head in enumerate(self.matrix.heads):
            left = area.x() + column * width
            place = QRectF(left, 2, width, area.y() - 4)
            if self._upright:
                self._paint_head(painter, head, place, _CENTRE)
                continue
            painter.save()
            painter.translate(place.left(), place.bottom())
            painter.rotate(-90)
            turned = QRectF(0, 0, place.height(), place.width())
            self._paint_head(painter, head, turned, _LEFT)
            painter.restore()
        if self.matrix.heads and len(self.matrix.rows):
            self._paint_legend(painter, QRectF(4, 2, area.x() - 12, area.y() - 6))

    def _paint_head(
        self, painter: QPainter, head: MatrixHead, place: QRectF, side: Qt.AlignmentFlag
    ) -> None:
        metrics = QFontMetricsF(self.font)
        line = metrics.height()
        two = bool(head.note) and place.height() >= 2 * line - 1
        text = self.head_text(head)
        text = text if two or not head.note else f"{text} {head.note}"
        sign = metrics.horizontalAdvance(f"{head.sign} ") if head.sign else 0.0
        text = in_fewer_words(text, metrics, place.width() - sign - 2)
        whole = sign + metrics.horizontalAdvance(text)
        left = place.x() + (max((place.width() - whole) / 2, 0) if side == _CENTRE else 1)
        top = place.y() + (place.height() - (2 if two else 1) * line) / 2
        if head.sign:
            painter.setPen(QColor(head.color))
            painter.drawText(QRectF(left, top, sign + 2, line), int(_LEFT), head.sign)
        painter.setPen(QColor(self.colors.text))
        painter.drawText(QRectF(left + sign, top, whole + 2, line), int(_LEFT), text)
        if two:
            painter.setPen(QColor(self.colors.faint))
            below = QRectF(place.x() + 1, top + line, place.width() - 2, line)
            painter.drawText(below, int(side), head.note)

    def _paint_grid(self, painter: QPainter) -> None:
        area, width, height = self.grid()
        painter.setPen(QPen(QColor(self.colors.grid), 1))
        n_columns, n_rows = len(self.matrix.heads), max(len(self.matrix.rows), 1)
        right, bottom = area.x() + n_columns * width, area.y() + n_rows * height
        for row in range(n_rows + 1 if n_columns else 0):
            y = area.y() + row * height
            painter.drawLine(area.topLeft().x(), y, right, y)  # type: ignore[call-overload]
        for column in range(n_columns + 1 if n_columns else 0):
            x = area.x() + column * width
            painter.drawLine(x, area.y(), x, bottom)  # type: ignore[call-overload]

    def _paint_cells(self, painter: QPainter) -> None:
        counts = self.matrix.counts
        write, font = self._written()
        painter.setFont(font)
        for row, column in np.argwhere(counts > 0).tolist():
            place = self.cell_rect(row, column).adjusted(0.5, 0.5, -0.5, -0.5)
            value = float(self.matrix.shades[row, column])
            neutral = np.isnan(value)
            fill = QColor(self.colors.grid) if neutral else shade(value, self.colors.dark)
            painter.fillRect(place, fill)
            painter.setPen(text_on(fill))
            painter.drawText(place, int(_CENTRE), write(int(counts[row, column])))

    def _written(self) -> tuple[Callable[[int], str], QFont]:
        """Return how the numbers are written so that all have room: in full, short, or not."""
        small, room = QFont(self.font), self.grid()[1] - 2
        small.setPointSizeF(max(6.0, small.pointSizeF() - 1.5))
        numbers = np.unique(self.matrix.counts).tolist()
        for write, font in ((full, self.font), (compact, self.font), (compact, small)):
            metrics = QFontMetricsF(font)
            if all(metrics.horizontalAdvance(write(n)) <= room for n in numbers):
                return write, font
        return (lambda _: ""), small  # the tool tips tell them

    def _paint_marks(self, painter: QPainter) -> None:
        accent = QColor(self.colors.accent)
        for row, column in np.argwhere(self.selected > 0).tolist():
            place = self.cell_rect(row, column).adjusted(1, 1, -1, -1)
            share = self.selected[row, column] / max(int(self.matrix.counts[row, column]), 1)
            width = max(place.width() * min(float(share), 1.0), 3.0)
            painter.fillRect(QRectF(place.x(), place.bottom() - 2.5, width, 2.5), accent)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(accent, 2))
        for row, column in np.argwhere(self.marked).tolist():
            painter.drawRect(self.cell_rect(row, column).adjusted(1, 1, -1, -1))

    def _paint_legend(self, painter: QPainter, place: QRectF) -> None:
        """Say in the corner above the row names what the shade means."""
        metrics = QFontMetricsF(self.font)
        line = metrics.height()
        ends = metrics.horizontalAdvance("0"), metrics.horizontalAdvance("100 %")
        strip = QRectF(place.x() + ends[0] + 4, 0, place.width() - sum(ends) - 8, 7)
        strip.moveBottom(place.bottom() - (line - 7) / 2)
        if strip.width() < 20:
            return
        gradient = QLinearGradient(strip.topLeft(), strip.topRight())
        for i in range(9):
            gradient.setColorAt(i / 8, shade(i / 8, self.colors.dark))
        painter.fillRect(strip, gradient)
        painter.setPen(QColor(self.colors.faint))
        low = QRectF(place.x(), place.bottom() - line, place.width(), line)
        painter.drawText(low, int(_LEFT), "0")
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(low, int(right), "100 %")
        text = metrics.elidedText(self.matrix.legend, Qt.TextElideMode.ElideRight, place.width())
        if place.height() >= 2 * line - 1:
            painter.drawText(low.translated(0, -line), int(_LEFT), text)


def full(n: int) -> str:
    """Return a count with all its digits."""
    return f"{n:,}"


def compact(n: int) -> str:
    """Return a count in at most four characters: ``940``, ``1.2k``, ``38k``, ``2M``."""
    for size, letter in ((1_000_000, "M"), (1000, "k")):
        if n >= size * 0.9995:
            return f"{n / size:.0f}{letter}" if n >= 9.95 * size else f"{n / size:.1f}{letter}"
    return str(n)
