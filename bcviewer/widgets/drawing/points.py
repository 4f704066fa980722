"""Points of a scatter: as symbols where they are few, as one image where they are many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols  # noqa: TID253  # as pyqtgraph itself
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QTransform

from bcviewer.core.arrays import Floats
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.widgets.drawing.theme import LABEL_FILL
from bcviewer.widgets.drawing.view_item import ViewItem

FEW = 4000
"""So many points are drawn as symbols; more are drawn as pixels of one image."""

_WIDTH = 7
"""Width of a mark of a class, in pixels."""

SYMBOL: dict[Label, tuple[str, bool]] = {
    Label.GOOD: ("o", True),
    Label.MUA: ("d", True),
    Label.NOISE: ("x", True),
    Label.NON_SOMA: ("t1", True),
    Label.NON_SOMA_GOOD: ("t1", False),
    Label.NON_SOMA_MUA: ("t", False),
    Label.EMPTY: ("o", False),
    Label.INCOMPLETE: ("s", False),
    Label.UNKNOWN: ("s", False),
    Label.UNSCORED: ("+", True),
}
"""Symbol of each class, the sign it has everywhere, and whether it is filled."""

ORDER: tuple[Label, ...] = (
    Label.UNSCORED,
    Label.EMPTY,
    Label.UNKNOWN,
    Label.INCOMPLETE,
    *reversed(CLASSES),
)
"""Classes from the bottom up: what there is least of comes last."""

FRAMED = 1.75
"""A mark with a frame is so many times as wide as one without."""
_EDGE = 0.07
"""Share of the width of a framed mark that the line of its frame has."""
_LINE = 0.8
"""Width of the line around a framed mark, in pixels."""


def show_marks(marks: Mapping[Label, Any], proposed: bool, pens: Mapping[Label, Any]) -> None:
    """Let scatters draw labels that are facts, with their own pens, or that are proposed."""
    for label, item in marks.items():
        item.setSymbol(symbol_of(label, proposed))
        item.setPen(pg.mkPen(LABEL_FILL[label], width=_LINE) if proposed else pens[label])


def symbol_of(label: Label, proposed: bool) -> str | QPainterPath:
    """Return the mark of a class; what is proposed has a frame, as its sign has in the table."""
    symbol, _ = SYMBOL[label]
    if not proposed:
        return symbol
    path, inner = QPainterPath(), 0.5 - _EDGE  # what two rectangles leave between them is filled
    path.addRect(-0.5, -0.5, 1.0, 1.0)
    path.addRect(-inner, -inner, 2 * inner, 2 * inner)
    path.addPath(QTransform.fromScale(1 / FRAMED, 1 / FRAMED).map(Symbols[symbol]))
    return path


class Points(ViewItem):
    """Many points as one image, made anew for each range and size of the view.

    Attributes
    ----------
    dot : int
        Width of a point, in pixels of the screen.
    """

    def __init__(self, dot: int = 2) -> None:
        super().__init__()
        self.dot = dot
        self._x: Floats = np.empty(0)
        self._y: Floats = np.empty(0)
        self._pixels: npt.NDArray[np.uint32] = np.empty(0, np.uint32)
        self._hollow = False
        self._image = QImage()
        self._key: tuple[object, ...] = ()

    def set_points(
        self, x: Floats, y: Floats, colors: npt.NDArray[np.uint32], hollow: bool = False
    ) -> None:
        """Show other points; the last are drawn on top. Colours are premultiplied ARGB.

        A ``hollow`` one is two pixels wider, and its middle is left free. The very same points are
        not drawn anew.
        """
        pairs = ((x, self._x), (y, self._y), (colors, self._pixels))
        same = all(np.array_equal(now, before) for now, before in pairs)
        if not same or hollow != self._hollow:
            self._x, self._y, self._pixels, self._key = x, y, colors, ()
            self._hollow = hollow
            self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        view = self.getViewBox()
        area, (x, y) = view.viewRect(), view.viewRange()
        size = view.width(), view.height()
        key = (*x, *y, *size)
        if key != self._key:
            self._key = key
            self._image = self.drawn(x, y, max(1, int(size[0])), max(1, int(size[1])))
        painter.drawImage(area, self._image)

    def drawn(self, x: list[float], y: list[float], width: int, height: int) -> QImage:
        pixels = np.zeros((height, width), np.uint32)
        dot = self.dot + 2 * self._hollow
        with np.errstate(over="ignore", invalid="ignore"):
            column = (self._x - x[0]) / (x[1] - x[0]) * width - dot / 2
            row = (self._y - y[0]) / (y[1] - y[0]) * height - dot / 2
        inside = (column > -1) & (row > -1) & (column < width) & (row < height)
        columns, rows = np.rint(column[inside]).astype(int), np.rint(row[inside]).astype(int)
        colors = self._pixels[inside]
        for dx in range(dot):
            for dy in range(dot):
                if self._hollow and 0 < dx < dot - 1 and 0 < dy < dot - 1:
                    continue
                at = np.minimum(rows + dy, height - 1).clip(0)
                pixels[at, np.minimum(columns + dx, width - 1).clip(0)] = colors
        # the first row is the lowest: the view turns the picture over
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32)
        return image.copy()


class FewPoints(pg.ScatterPlotItem):  # type: ignore[misc]
    """Few points of one look; the very same ones are not drawn anew."""

    def put(self, x: Floats, y: Floats) -> None:
        """Show other points."""
        if not (np.array_equal(x, self.data["x"]) and np.array_equal(y, self.data["y"])):
            self.setData(x=x, y=y)


class ClassPoints:
    """The points of all classes in a plot.

    Parameters
    ----------
    plot : pyqtgraph.PlotItem
        Where they are drawn.
    """

    def __init__(self, plot: Any) -> None:
        self.image = Points()
        plot.addItem(self.image, ignoreBounds=True)
        self.items = {}
        self._pens = {}
        self._proposed = False
        for label in ORDER:
            symbol, filled = SYMBOL[label]
            color = LABEL_FILL[label]
            pen = pg.mkPen(color, width=1.6 if label == Label.NOISE else 1.2)
            self._pens[label] = pen
            brush = pg.mkBrush(color if filled else None)
            self.items[label] = FewPoints(
                symbol=symbol, size=_WIDTH, pen=pen, brush=brush, pxMode=True, useCache=True
            )
            plot.addItem(self.items[label], ignoreBounds=True)

    def set_points(
        self, x: Floats, y: Floats, labels: npt.NDArray[np.int8], proposed: bool = False
    ) -> None:
        """Show other points; where their labels are ``proposed`` none is a filled mark alone."""
        if proposed != self._proposed:
            self._proposed = proposed
            show_marks(self.items, proposed, self._pens)
            for item in self.items.values():
                item.setSize(_WIDTH * (FRAMED if proposed else 1))
        few = len(x) <= FEW
        none = np.empty(0)
        for label, item in self.items.items():
            hit = labels == label if few else slice(0, 0)
            item.put(x[hit], y[hit])
        if few:
            self.image.set_points(none, none, np.empty(0, np.uint32))
            return
        order = in_order(labels)
        self.image.set_points(x[order], y[order], argb(labels)[order], proposed)


def in_order(labels: npt.NDArray[np.int8]) -> npt.NDArray[np.int64]:
    """Return the order in which points of these labels are drawn, from the bottom up."""
    place = np.empty(len(Label), np.uint8)  # so small numbers are sorted ten times as fast
    place[list(ORDER)] = np.arange(len(ORDER))
    return np.argsort(place[labels], kind="stable")


def argb(labels: npt.NDArray[np.int8]) -> npt.NDArray[np.uint32]:
    """Return the colour of each label, shape (n,)."""
    fills = [QColor(LABEL_FILL[label]).rgba() for label in Label]
    return np.array(fills, np.uint32)[labels]
