"""Pieces that the plots share: axes with rows of text, bars that can be clicked, colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from bcviewer.widgets.drawing.fewer_words import in_fewer_words
from bcviewer.widgets.drawing.spare_items import take_item
from bcviewer.widgets.drawing.theme import Theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.drawing.zoom_plot import ZoomPlot

pg.setConfigOptions(antialias=True)

ROW_HEIGHT = 18
_KEPT_TEXTS = 2000


@cache
def brush(fill: str) -> Any:
    """Return a fill; the same one for the same colour: pyqtgraph keeps symbols by their brush."""
    return pg.mkBrush(fill)


class RowAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis whose ticks are rows of text, each in its own colour, in as many words as fit."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation, pen=None, tick={"tickLength": 0})
        self._rows: list[tuple[float, str]] = []
        self._colors: list[QColor] = []
        self._marked: frozenset[int] = frozenset()
        self._accent = QColor()
        self._room = -1.0
        self._elided: dict[str, str] = {}
        self.setStyle(
            tickLength=0, hideOverlappingLabels=False, autoExpandTextSpace=False, tickTextOffset=4
        )

    def set_rows(self, texts: Sequence[str], colors: Sequence[str]) -> None:
        """Show a text for each row, from the top."""
        room = self.width() - 10
        if room != self._room:
            self._room = room
            self._elided.clear()
        self._rows = [(float(i), self._fitting(text)) for i, text in enumerate(texts)]
        self._colors = [QColor(color) for color in colors]
        self.setTicks([self._rows])

    @property
    def texts(self) -> list[str]:
        """The texts as they are drawn, shortened where they are too long."""
        return [text for _, text in self._rows]

    def forget_widths(self) -> None:
        """Elide all texts anew: the font is another one."""
        self._room = -1.0
        self._elided.clear()

    def _fitting(self, text: str) -> str:
        """Return a text elided to the room there is; most are the same at each step."""
        if text not in self._elided:
            if len(self._elided) > _KEPT_TEXTS:
                self._elided.clear()
            metrics = QFontMetricsF(self.style["tickFont"] or self.font())
            self._elided[text] = in_fewer_words(text, metrics, self._room)
        return self._elided[text]

    def set_marks(self, rows: Iterable[int], accent: str) -> None:
        """Mark some rows: those of the current unit."""
        marked = frozenset(rows)
        if marked != self._marked or accent != self._accent.name():
            self._marked, self._accent = marked, QColor(accent)
            self.picture = None
            self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Draw the texts only, each in its colour (pyqtgraph has one pen for all).

        pyqtgraph lays all ticks out and records a picture of them first, which costs more than
        drawing them, and they are other ones at each step.
        """
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing, True)
        if self.style["tickFont"] is not None:
            painter.setFont(self.style["tickFont"])
        left = self.orientation == "left"
        side = Qt.AlignmentFlag.AlignRight if left else Qt.AlignmentFlag.AlignLeft
        height, scale = self.height(), self._range()
        seen = painter.clipBoundingRect()
        high = max(ROW_HEIGHT, QFontMetricsF(painter.font()).height())
        for (y, text), color in zip(self._rows, self._colors, strict=False):
            middle = (y - scale[0]) / (scale[1] - scale[0]) * height
            if not seen.isEmpty() and not (
                seen.top() - ROW_HEIGHT < middle < seen.bottom() + ROW_HEIGHT
            ):
                continue  # scrolled out of sight
            if round(y) in self._marked:
                color, text = self._accent, f"▸ {text}"
            painter.setPen(color)
            area = self.boundingRect()
            area.setTop(middle - high / 2)
            area.setHeight(high)
            area.adjust(2, 0, -6, 0) if left else area.adjust(6, 0, -2, 0)
            painter.drawText(area, int(side | Qt.AlignmentFlag.AlignVCenter), text)

    def _range(self) -> tuple[float, float]:
        low, high = self.range
        return (high, low) if low > high else (low, high)


class RowPlot(ZoomPlot):
    """A plot of horizontal bars, one a row, from the top; rows can be clicked.

    Attributes
    ----------
    row_clicked : Signal(int, bool)
        A row was clicked, and whether with Ctrl.
    """

    zooms = (True, False)
    keeps_left = True

    row_clicked = Signal(int, bool)

    def __init__(self, parent: QWidget | None, left: int, right: int) -> None:
        self.names = RowAxis("left")
        self.values = RowAxis("right")
        super().__init__(parent, plotItem=take_item())
        plot = self.getPlotItem()
        # its own axes go: to make the item is what takes long
        below = pg.AxisItem("bottom")
        plot.setAxisItems({"left": self.names, "right": self.values, "bottom": below})
        self.names.setWidth(left)
        self.values.setWidth(right)
        self._tips: list[str] = []
        self._colors: Theme | None = None
        plot.showAxis("right")
        plot.hideButtons()
        plot.setMouseEnabled(False, False)
        plot.setContentsMargins(0, 2, 0, 2)
        view = plot.getViewBox()
        view.invertY(True)
        view.setDefaultPadding(0)
        view.disableAutoRange()
        self.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.scene().sigMouseClicked.connect(self._on_clicked)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_tips"):
            for axis in (self.names, self.values):
                axis.forget_widths()
            self.fit_font()

    def fit_font(self) -> None:
        """Fit the texts to another font."""

    def set_row_count(self, n: int) -> None:
        """Make room for ``n`` rows."""
        self.setYRange(-0.6, max(n, 1) - 0.4, padding=0)
        self.setMinimumHeight(int(n * ROW_HEIGHT + self.getAxis("bottom").height() + 8))

    def set_tips(self, tips: Sequence[str]) -> None:
        """Give each row a tooltip, as plain text."""
        self._tips = list(tips)

    def recolor(self, colors: Theme) -> None:
        """Take the colours of the theme."""
        if colors is self._colors:  # the scale would be laid out anew
            return
        self._colors = colors
        self.setBackground(colors.base)
        scale = self.getAxis("bottom")
        scale.setPen(colors.grid)
        scale.setTextPen(colors.faint)

    def row_at(self, place: QPointF) -> int:
        """Return the row at a place of the scene, −1 where there is none."""
        y = self.getPlotItem().getViewBox().mapSceneToView(place).y()
        low, high = self.getPlotItem().getViewBox().viewRange()[1]
        return round(y) if low <= y <= high else -1

    def row_center(self, row: int) -> QPointF:
        """Return the middle of a row, in the widget's coordinates."""
        view = self.getPlotItem().getViewBox()
        x = sum(view.viewRange()[0]) / 2
        return QPointF(self.mapFromScene(view.mapViewToScene(QPointF(x, row))))

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            row = self.row_at(self.mapToScene(event.pos()))  # type: ignore[attr-defined]
            tip = self._tips[row] if 0 <= row < len(self._tips) else ""
            self.setToolTip(plain_tip(tip))
        return bool(super().viewportEvent(event))

    def _on_clicked(self, event: Any) -> None:
        row = self.row_at(event.scenePos())
        if row >= 0 and not event.double() and event.button() == Qt.MouseButton.LeftButton:
            add = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.row_clicked.emit(row, add)


def bar_item() -> Any:
    """Return horizontal bars that :func:`set_bars` fills; it is kept between redraws."""
    return pg.BarGraphItem(x0=[0], y=[0], width=[0], height=0.62, pen=None)


def set_bars(
    item: Any,
    rows: Sequence[float],
    start: Sequence[float],
    width: Sequence[float],
    fills: Sequence[str],
) -> None:
    """Set bars at rows, from ``start`` to the right (or left, where negative)."""
    item.setOpts(
        x0=list(start),
        y=list(rows),
        width=list(width),
        height=0.62,
        pen=None,
        brushes=[brush(fill) for fill in fills],
    )


def outline_item() -> Any:
    """Return hollow bars, drawn around others, for what these were before."""
    return pg.BarGraphItem(x0=[0], y=[0], width=[0], height=0.8, pen=None, brush=None)


def set_outlines(item: Any, widths: Sequence[float], color: str) -> None:
    """Set hollow bars that start at zero, one a row from the top; none where there is no width."""
    rows = [float(y) for y, wide in enumerate(widths) if wide]
    item.setOpts(
        x0=[0.0] * len(rows),
        y=rows,
        width=[float(wide) for wide in widths if wide],
        height=0.8,
        pen=pg.mkPen(color, width=1.2),
        brush=None,
    )


def thin_bar_item() -> Any:
    """Return thin bars, drawn over others, for the selected units."""
    return pg.BarGraphItem(x0=[0], y=[0], width=[0], height=0.2, pen=None)


def set_thin_bars(item: Any, rows: Sequence[float], width: Sequence[float], fill: str) -> None:
    """Set thin bars that start at zero."""
    item.setOpts(
        x0=[0.0] * len(rows),
        y=list(rows),
        width=list(width),
        height=0.2,
        pen=None,
        brush=brush(fill),
    )
