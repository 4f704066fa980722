"""Rows whose axes fit the width there is, and whose parts (cells) can be clicked one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QResizeEvent
from PySide6.QtWidgets import QWidget

from bcviewer.core.figures.parts import Bars
from bcviewer.widgets.drawing.fewer_words import in_fewer_words
from bcviewer.widgets.drawing.plots import RowPlot, set_bars
from bcviewer.widgets.drawing.theme import ON_FILL, theme
from bcviewer.widgets.drawing.tips import plain_tip

_MARK = "▸ "
_ROOM = 12
"""Pixels of an axis beside its text."""


class FitPlot(RowPlot):
    """A :class:`RowPlot` whose axes take the room of their texts, the names at most a share.

    Names too long for their share are elided, with room for the mark of the current unit.
    """

    MOST = 0.5
    """Largest share of the width for the names."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent, 80, 60)
        self._texts: tuple[list[str], list[str], list[str]] = ([], [], [])
        self._fitted: object = None
        self._least = (0.0, 0.0)

    def set_texts(self, names: Sequence[str], values: Sequence[str], colors: Sequence[str]) -> None:
        """Show a name and a value for each row, from the top."""
        self._texts = (list(names), list(values), list(colors))
        self._fitted = None
        self._fit()

    def name_text(self, row: int) -> str:
        """Return a row's whole name."""
        return self._texts[0][row]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_texts"):  # Qt resizes it while it is built
            self._fit()

    def fit_font(self) -> None:
        self._fitted = None
        self._fit()

    def wanted(self) -> tuple[float, float]:
        """Return how wide names and values would be."""
        metrics = QFontMetricsF(self.names.style["tickFont"] or self.names.font())
        names, values = (
            max((metrics.horizontalAdvance(text) for text in texts), default=0.0) + _ROOM
            for texts in self._texts[:2]
        )
        return names + metrics.horizontalAdvance(_MARK), values

    def align(self, plots: Sequence[FitPlot]) -> None:
        """Take the room that the widest names and values of some plots need."""
        widths = [plot.wanted() for plot in plots]
        least = max(w[0] for w in widths), max(w[1] for w in widths)
        if least != self._least:
            self._least, self._fitted = least, None
        self._fit()

    def _fit(self) -> None:
        if self._fitted == self.width():
            return
        self._fitted = self.width()
        metrics = QFontMetricsF(self.names.style["tickFont"] or self.names.font())
        left, right = map(max, self.wanted(), self._least)
        left = min(left, self.width() * self.MOST)
        self.names.setWidth(round(left))
        self.values.setWidth(round(right))
        self.getPlotItem().layout.activate()
        names, values, colors = self._texts
        room = left - _ROOM - metrics.horizontalAdvance(_MARK)
        self.names.set_rows([in_fewer_words(name, metrics, room) for name in names], colors)
        self.values.set_rows(values, colors)


def show_bars(
    plot: FitPlot,
    item: Any,
    figure: Bars,
    empty: str,
    colors: Sequence[str] = (),
    most: int | None = None,
) -> None:
    """Draw a figure's bars, with what stands beside them and their tool tips.

    Parameters
    ----------
    plot, item
        The plot, and its bars.
    figure : Bars
        What to draw.
    empty : str
        What stands in place of bars where there are none.
    colors : sequence of str
        Of the names; the theme's text if there are none.
    most : int, optional
        How many units the plot is wide; as many as the longest bar has by default.
    """
    bars, n = figure.bars, len(figure.bars)
    plot.set_row_count(max(n, 1))
    widest = max(figure.most, most or 0)
    plot.setXRange(0, max(widest, 1), padding=0.01)
    set_bars(item, [float(y) for y in range(n)], [0.0] * n, figure.counts, [b.fill for b in bars])
    names, notes = [bar.name for bar in bars] or [empty], [bar.note for bar in bars] or [""]
    plot.set_texts(names, notes, colors or [theme().text] * len(names))
    plot.set_tips([bar.tip for bar in bars])


@dataclass(frozen=True, slots=True)
class PlotCell:
    """A part of a plot, in the plot's coordinates; rows count downwards.

    Attributes
    ----------
    left, right, top, bottom : float
        Its edges.
    tip : str
        Its tooltip, as plain text.
    text : str
        What is written on it, where there is room.
    """

    left: float
    right: float
    top: float
    bottom: float
    tip: str
    text: str = ""

    @classmethod
    def row(cls, row: int, tip: str) -> PlotCell:
        """Return a whole row, its name included."""
        return cls(-inf, inf, row - 0.5, row + 0.5, tip)

    def holds(self, x: float, y: float) -> bool:
        """Whether a place is in it."""
        return self.left <= x < self.right and self.top <= y < self.bottom


class CellPlot(FitPlot):
    """Rows with cells.

    Attributes
    ----------
    cell_clicked : Signal(int, bool)
        A cell was clicked, and whether with Ctrl.
    """

    cell_clicked = Signal(int, bool)

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.cells: list[PlotCell] = []

    def set_cells(self, cells: Sequence[PlotCell]) -> None:
        """Set the cells; where several hold a place, the first is meant."""
        self.cells = list(cells)
        self.viewport().update()

    def cell_at(self, place: QPointF) -> int:
        """Return the cell at a place of the scene, −1 where there is none."""
        view = self.getPlotItem().getViewBox()
        point = view.mapSceneToView(place)
        low, high = view.viewRange()[1]
        if not low <= point.y() <= high:
            return -1
        inside = view.sceneBoundingRect().contains(place)
        x = point.x() if inside else inf if place.x() > view.sceneBoundingRect().right() else -inf
        hits = (i for i, cell in enumerate(self.cells) if cell.holds(x, point.y()))
        return next(hits, -1) if inside or x < 0 else self._row_cell(point.y())

    def _row_cell(self, y: float) -> int:
        hits = (i for i, c in enumerate(self.cells) if c.right == inf and c.holds(0.0, y))
        return next(hits, -1)

    def cell_rect(self, cell: PlotCell) -> QRectF:
        """Return where a cell is in the scene, cut to what is in view."""
        view = self.getPlotItem().getViewBox()
        low, high = view.viewRange()[0]
        left, right = max(cell.left, low), min(cell.right, high)
        first = view.mapViewToScene(QPointF(left, cell.top))
        return QRectF(first, view.mapViewToScene(QPointF(right, cell.bottom)))

    def cell_center(self, index: int) -> QPointF:
        """Return the middle of a cell, in the widget's coordinates."""
        return QPointF(self.mapFromScene(self.cell_rect(self.cells[index]).center()))

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Write on the cells; here, because in the scene's coordinates a text keeps its size."""
        super().drawForeground(painter, rect)
        metrics = QFontMetricsF(self.font())
        painter.setFont(self.font())
        painter.setPen(QColor(ON_FILL))
        for cell in self.cells:
            if cell.text:
                area = self.cell_rect(cell)
                if metrics.horizontalAdvance(cell.text) + 6 <= area.width():
                    painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), cell.text)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            index = self.cell_at(self.mapToScene(event.pos()))  # type: ignore[attr-defined]
            self.setToolTip(plain_tip(self.cells[index].tip if index >= 0 else ""))
            return bool(super(RowPlot, self).viewportEvent(event))  # tips of cells, not rows
        return bool(super().viewportEvent(event))

    def _on_clicked(self, event: Any) -> None:
        index = self.cell_at(event.scenePos())
        if index >= 0 and not event.double() and event.button() == Qt.MouseButton.LeftButton:
            add = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.cell_clicked.emit(index, add)
