"""How many rules the units of each class fail: a box a class, with its points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from math import sqrt

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.arrays import Ints
from bcviewer.core.figures.boxes import NO_BOXES, axis_words, boxes_figure
from bcviewer.core.figures.population import failed_by_class, reason_masks
from bcviewer.core.rules.labels import Label, class_name
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.cell_plot import CellPlot, PlotCell
from bcviewer.widgets.drawing.scroll import scrolled
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.population.box_items import BoxItems, sunflowers

ROW_PIXELS = 46
FEW = 300
"""A class with no more units shows each; the dots of others grow with the units they stand for."""

_BOX, _BOX_HALF = -0.25, 0.12
_DOTS, _DOTS_HALF = 0.16, 0.28
"""Middle and half height of a row's box, and of the lane of its points."""
_POINT = 4.5
_LEAST = 3.0
"""Pixels: a point, and the least dot."""


_LOW, _HIGH = ("lower whisker", "lower quartile"), ("upper quartile", "upper whisker")
_BOX_NAMES = (*_LOW, "median", *_HIGH, "units of the class")
"""Of the fields of :class:`Box`."""


class BoxesPanel(PlotPanel):
    """Failed rules per unit; a click on a point filters to its units, on a box to its class."""

    panel_id = "boxes"
    n_plots = 1
    title = "Failed rules per unit"
    offers_masked = True
    masked_first = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = CellPlot(self.body)
        self.boxes = BoxItems(self.plot, _BOX, _BOX_HALF)
        self.dots, self.points = pg.ScatterPlotItem(), pg.ScatterPlotItem()
        self.chosen, self.here = pg.ScatterPlotItem(), pg.ScatterPlotItem()
        for item in (self.dots, self.points, self.chosen, self.here):
            self.plot.addItem(item)
        self.plot.cell_clicked.connect(self._on_clicked)
        self.plot.getPlotItem().getViewBox().sigResized.connect(self._on_resized)
        area = scrolled(self.plot, self.body)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self.figure = NO_BOXES
        self.filters: list[str] = []
        """Filter of each cell of the plot."""
        self._units: dict[Label, tuple[Ints, Ints]] = {}
        """Rows and failed rules of the units that are shown one by one."""
        self._places: dict[int, tuple[float, float]] = {}
        """Where each of them is."""
        self._marked: tuple[object, ...] = (None, None, None)

    @property
    def classes(self) -> tuple[Label, ...]:
        """The rows."""
        return tuple(row.label for row in self.figure.rows)

    @property
    def counts(self) -> Ints:
        """Units of each label by how many rules they fail."""
        return self.figure.counts

    # -- drawing -----------------------------------------------------------------------------

    def redraw(self, scene: Scene) -> None:
        colors, table, rows = theme(), scene.table, self.rows(scene)
        masked, self._units = self.masked.isChecked(), {}
        self.plot.recolor(colors)
        self.figure = NO_BOXES
        if table is not None:
            self.figure = boxes_figure(table, rows, masked)
            self._find_units(table, rows)
        shown, most = self.figure.rows, self.figure.most
        n = len(shown)
        self.plot.set_row_count(max(n, 1))
        bottom = self.plot.getAxis("bottom")
        self.plot.setMinimumHeight(int(max(n, 1) * ROW_PIXELS + bottom.height() + 8))
        self.plot.setXRange(-0.5, max(most, 2) + 0.5, padding=0)
        bottom.setTickSpacing(levels=[(1 if most <= 9 else 2 if most <= 16 else 5, 0)])
        bottom.setLabel(axis_words(masked))
        self.boxes.show([row.box for row in shown], [row.bar.fill for row in shown], colors.text)
        names, notes = [row.bar.name for row in shown], [row.bar.note for row in shown]
        self.plot.set_texts(names or ["no unit"], notes or [""], [colors.text] * max(n, 1))
        self._set_cells()
        self._place()

    def _find_units(self, table: Table, rows: Ints | None) -> None:
        labels = table.labels if rows is None else table.labels[rows]
        masks = reason_masks(table, self.masked.isChecked())
        for label in self.classes:
            if self.counts[label].sum() <= FEW:
                units = np.flatnonzero(labels == label)
                units = units if rows is None else rows[units]
                self._units[label] = units, np.bitwise_count(masks[units]).astype(np.int64)

    def _set_cells(self) -> None:
        """Make each pile of points a cell, and what is left of a row one more."""
        cells, self.filters = [], []
        for y, row in enumerate(self.figure.rows):
            for pile in row.piles:
                k = pile.failed
                cells.append(PlotCell(k - 0.5, k + 0.5, y - 0.12, y + 0.5, pile.tip))
                self.filters.append(pile.filter)
        cells += [PlotCell.row(y, row.bar.tip) for y, row in enumerate(self.figure.rows)]
        self.filters += [row.bar.filter for row in self.figure.rows]
        self.plot.set_cells(cells)

    # -- points ------------------------------------------------------------------------------

    def _on_resized(self) -> None:
        if self.shown is not None:  # behind a tab the scene can be of another recording already
            self._place()
            self.mark(self.shown)

    def _room(self) -> tuple[float, float, float]:
        """Return the widest dot in pixels, and what one pixel is on either axis."""
        dx, dy = self.plot.getPlotItem().getViewBox().viewPixelSize()
        return min(0.9 / dx, 2 * _DOTS_HALF / dy, 44.0), dx, dy

    def _size(self, n: float) -> float:
        """Return the diameter of a dot that stands for ``n`` units, in pixels."""
        big = [self.counts[label].max() for label in self.classes if label not in self._units]
        return max(_LEAST, self._room()[0] * sqrt(n / max(1, *big, 1)))

    def _place(self) -> None:
        """Place dots and points: they depend on how large the plot is on the screen."""
        spots, fills, sizes = [], [], []
        xs, ys, brushes = [], [], []
        self._places = {}
        for row, label in enumerate(self.classes):
            fill = pg.mkBrush(self.figure.rows[row].bar.fill)
            if label in self._units:
                units, x, y = self._sunflowers(label, row)
                self._places.update(zip(units.tolist(), zip(x, y, strict=True), strict=True))
                xs += x
                ys += y
                brushes += [fill] * len(x)
                continue
            for k in np.flatnonzero(self.counts[label]).tolist():
                spots.append((k, row + _DOTS))
                fills.append(fill)
                sizes.append(self._size(self.counts[label, k]))
        at = np.array(spots, float).reshape(-1, 2)
        edge = pg.mkPen(theme().base, width=1)
        self.dots.setData(at[:, 0], at[:, 1], size=sizes or 1, brush=fills or None, pen=edge)
        pen = pg.mkPen(theme().base, width=0.5)
        self.points.setData(xs, ys, size=_POINT, brush=brushes or None, pen=pen)

    def _sunflowers(self, label: Label, row: int) -> tuple[Ints, list[float], list[float]]:
        """Return where the units of a class are: around the number of rules that they fail."""
        units, failed = self._units[label]
        size, dx, dy = self._room()
        pile, x, y = sunflowers(np.bincount(failed), size / 2, _POINT)
        rows = units[np.argsort(failed, kind="stable")]
        return rows, (pile + x * dx).tolist(), (row + _DOTS + y * dy).tolist()

    # -- marks, numbers, clicks --------------------------------------------------------------

    def mark(self, scene: Scene) -> None:
        table, accent = scene.table, theme().accent
        row = self._mark_current(table, scene.current) if table is not None else -1
        self.plot.names.set_marks([row] if row >= 0 else [], accent)
        state = (table, scene.selected, self._places)
        if not all(a is b for a, b in zip(state, self._marked, strict=True)):
            self._marked = state
            self._mark_chosen(table, scene.selected)

    def _mark_chosen(self, table: Table | None, selected: Ints) -> None:
        """Show how many units of each dot, and which points, are selected."""
        spots: list[tuple[float, float, float]] = []
        if table is not None and len(selected):
            counts = failed_by_class(table, selected, self.masked.isChecked())
            for y, label in enumerate(self.classes):
                if label not in self._units:
                    piles = np.flatnonzero(counts[label]).tolist()
                    spots += [(k, y + _DOTS, self._size(counts[label, k])) for k in piles]
            is_chosen = np.zeros(table.n_units, bool)
            is_chosen[selected] = True
            spots += [(*at, _POINT) for i, at in self._places.items() if is_chosen[i]]
        ends = np.array(spots, float).reshape(-1, 3)
        brush = pg.mkBrush(theme().accent)
        self.chosen.setData(ends[:, 0], ends[:, 1], size=ends[:, 2], brush=brush, pen=None)

    def _mark_current(self, table: Table, unit: int) -> int:
        """Put a ring around the current unit's point; return its row, −1: there is none."""
        label = Label(int(table.labels[unit])) if unit >= 0 else None
        if label not in self.classes:
            self.here.setData([], [])
            return -1
        row = self.classes.index(label)
        failed = int(reason_masks(table, self.masked.isChecked())[unit]).bit_count()
        x, y = self._places.get(unit, (failed, row + _DOTS))
        alone = unit in self._places
        n = self.counts[label, failed] if failed < self.counts.shape[1] else 0
        size = _POINT + 6 if alone else self._size(n) + 4
        pen = pg.mkPen(theme().accent, width=2)
        self.here.setData([x], [y], size=size, brush=None, pen=pen)
        return row

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        rows = [
            (class_name(row.label), pile.failed, pile.n, *astuple(row.box))
            for row in self.figure.rows
            for pile in row.piles
        ]
        return ("class", "failed rules", "units", *_BOX_NAMES), rows

    def _on_clicked(self, cell: int, add: bool) -> None:
        if cell < len(self.filters):
            self.want_filter(self.filters[cell], add)
