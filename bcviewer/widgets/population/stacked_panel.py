"""The reasons as bars, stacked by class."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.arrays import Ints
from bcviewer.core.figures.matrices import reason_stacks
from bcviewer.core.figures.parts import NO_STACKS
from bcviewer.core.figures.population import reason_masks, reasons_by_class
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES
from bcviewer.widgets.base.matrix_plot import NAMES_SHARE, fit_names, scroll_body
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.plots import (
    RowPlot,
    bar_item,
    outline_item,
    set_bars,
    set_outlines,
    thin_bar_item,
)
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.tips import plain_tip

MAX_ROW = 44
"""Highest row, in pixels."""
NEAR = 3
"""A click this many pixels beside a segment still means it: some are thinner than a pixel."""


class StackPlot(RowPlot):
    """Bars of segments, which can be clicked.

    Attributes
    ----------
    segment_clicked : Signal(int, int, bool)
        A segment was clicked: row, column, and whether with Ctrl.
    """

    segment_clicked = Signal(int, int, bool)

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent, 100, 60)
        self.edges: Ints = np.zeros((0, 1), np.int64)
        """Where the segments of each row begin and end, shape (n_rows, n_columns + 1)."""
        self._texts: tuple[Sequence[str], Sequence[str]] = ((), ())
        self._text_color = theme().text
        self.row_tips: Sequence[str] = ()
        self.segment_tips: Sequence[Sequence[str]] = ()

    def set_texts(self, names: Sequence[str], values: Sequence[str], color: str) -> None:
        """Write what stands left and right of the rows."""
        self._texts, self._text_color = (names, values), color
        self._fit()

    def _fit(self) -> None:
        names, values = self._texts
        metrics = QFontMetricsF(self.values.font())
        room = max((metrics.horizontalAdvance(text) for text in values), default=0.0)
        self.values.setWidth(round(room) + 16)
        fit_names(self, names, self._text_color, self.width() * NAMES_SHARE)
        self.values.set_rows(values, [self._text_color] * len(values))
        rows = max(len(names), (self.height() - self.getAxis("bottom").height()) / MAX_ROW)
        self.setYRange(-0.6, rows - 0.4, padding=0)

    def segment_at(self, place: QPointF) -> tuple[int, int]:
        """Return row and column at a place of the scene, −1 where there is none."""
        row, view = self.row_at(place), self.getPlotItem().getViewBox()
        if not 0 <= row < len(self.edges) or not view.sceneBoundingRect().contains(place):
            return row, -1
        edges, x = self.edges[row], view.mapSceneToView(place).x()
        start, stop = edges[:-1], edges[1:]
        away = np.maximum(np.maximum(start - x, x - stop), 0.0)
        away[start == stop] = np.inf
        nearest = int(np.argmin(away))
        return row, nearest if away[nearest] <= NEAR * view.viewPixelSize()[0] else -1

    def segment_center(self, row: int, column: int) -> QPointF:
        """Return the middle of a segment, in the widget's coordinates."""
        view, edges = self.getPlotItem().getViewBox(), self.edges[row]
        middle = QPointF((edges[column] + edges[column + 1]) / 2, row)
        return QPointF(self.mapFromScene(view.mapViewToScene(middle)))

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            place = self.mapToScene(event.pos())  # type: ignore[attr-defined]
            row, column = self.segment_at(place)
            inside = 0 <= row < len(self.edges)
            tips = self.segment_tips[row][column] if inside and column >= 0 else ""
            self.setToolTip(plain_tip(tips or (self.row_tips[row] if inside else "")))
        return bool(super(RowPlot, self).viewportEvent(event))  # segments have tips of their own

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_text_color"):  # Qt sizes it while it is built
            self._fit()

    def _on_clicked(self, event: Any) -> None:
        row, column = self.segment_at(event.scenePos())
        left = event.button() == Qt.MouseButton.LeftButton and not event.double()
        if column >= 0 and left:
            add = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.segment_clicked.emit(row, column, add)


class StackedPanel(PlotPanel):
    """The top reasons, stacked by class; a click filters the table to a segment's units."""

    outlines: ClassVar[bool] = True
    panel_id = "stacked"
    n_plots = 1
    title = "Reasons by class"
    offers_masked = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        box = scroll_body(self)
        self.legend = QLabel(self.body)
        self.legend.setWordWrap(True)
        self.legend.setAutoFillBackground(True)
        self.legend.setBackgroundRole(QPalette.ColorRole.Base)
        self.legend.setContentsMargins(6, 0, 6, 0)
        self.plot = StackPlot(self.body)
        self.bars, self.selected_bars = bar_item(), thin_bar_item()
        self.own_bars, self.hollow = bar_item(), outline_item()
        for item in (self.bars, self.hollow, self.selected_bars, self.own_bars):
            self.plot.addItem(item)
        self.plot.getAxis("bottom").setLabel("units")
        self.plot.segment_clicked.connect(self._on_clicked)
        box.addWidget(self.legend)
        box.addWidget(self.plot, 1)
        self.figure = NO_STACKS

    @property
    def rules(self) -> tuple[int, ...]:
        """The rows."""
        return self.figure.keys

    @property
    def labels(self) -> tuple[Label, ...]:
        """The segments, from the left."""
        return tuple(Label(k) for k in self.figure.columns)

    @property
    def counts(self) -> Ints:
        """Units of each segment, shape (n_rows, n_labels)."""
        return self.figure.counts

    def redraw(self, scene: Scene) -> None:
        colors, table = theme(), scene.table
        self.plot.recolor(colors)
        self.figure = NO_STACKS
        if table is not None:
            former = self.former.table(scene)
            self.figure = reason_stacks(table, self.rows(scene), self.masked.isChecked(), former)
        rows = self.figure.rows
        self.plot.row_tips, self.plot.segment_tips = [row.tip for row in rows], self.figure.tips
        self.plot.edges = np.pad(np.cumsum(self.counts, axis=1), ((0, 0), (1, 0)))
        self._set_segments(self.bars, self.counts)
        self.plot.set_row_count(max(len(rows), 1))
        set_outlines(self.hollow, self.figure.former, colors.text)
        most = max((*(row.n for row in rows), *self.figure.former), default=1)
        self.plot.setXRange(0, most, padding=0.01)
        self.plot.getAxis("bottom").setTickSpacing(*((1, 1) if most < 6 else (None, None)))
        names = [row.name for row in rows] or ["no failed rule"]
        self.plot.set_texts(names, [row.note for row in rows], colors.text)
        signs = (
            f"<span style='color:{key.fill}'>{key.sign}</span>&nbsp;"
            f"{escape(key.name).replace(' ', '&nbsp;').replace('-', '&#8209;')}"
            for key in self.figure.legend
        )
        self.legend.setText("&ensp; ".join(signs))

    def _set_segments(self, item: Any, widths: Ints, only: Any = None) -> list[tuple[int, int]]:
        """Set the bars of all segments that have a width, and return which they are."""
        where = [(r, c) for r, c in np.argwhere(widths > 0).tolist() if only is None or only[r, c]]
        set_bars(
            item,
            [float(row) for row, _ in where],
            [float(self.plot.edges[place]) for place in where],
            [float(widths[place]) for place in where],
            [self.figure.legend[column].fill for _, column in where],
        )
        return where

    def mark(self, scene: Scene) -> None:
        table, accent = scene.table, theme().accent
        if table is None:
            return
        masked = self.masked.isChecked()
        mine = int(reason_masks(table, masked)[scene.current]) if scene.current >= 0 else 0
        here = np.array([mine >> i & 1 for i in self.rules], np.bool_)
        self.plot.names.set_marks(np.flatnonzero(here).tolist(), accent)
        own = [scene.current >= 0 and table.labels[scene.current] == k for k in self.labels]
        self._set_segments(self.own_bars, self.counts, np.outer(here, np.array(own, np.bool_)))
        self.own_bars.setOpts(brushes=None, brush=None, pen=pg.mkPen(accent, width=2))
        chosen = reasons_by_class(table, scene.selected, masked)
        chosen = np.minimum(chosen[np.ix_(self.rules, self.labels)], self.counts)
        self._set_segments(self.selected_bars, chosen)
        self.selected_bars.setOpts(brushes=None, brush=pg.mkBrush(accent), height=0.2)

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        rows = zip(self.rules, self.counts.tolist(), strict=True)
        names = [key.name for key in self.figure.legend]
        body = [(RULES[i].token, *counts, sum(counts)) for i, counts in rows]
        return ("reason", *names, "units"), body

    def _on_clicked(self, row: int, column: int, add: bool) -> None:
        self.want_filter(self.figure.filters[row][column], add)
