"""The distribution of every metric that a rule reads, by class, with its thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QSizeF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.arrays import Ints
from bcviewer.core.figures.histogram_words import (
    STACK,
    metric_tip,
    part_counts,
    part_filter,
    part_tip,
)
from bcviewer.core.figures.histograms import Histogram, Histograms, histogram_metrics, limits_of
from bcviewer.core.figures.words import class_name
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.canvas import Canvas
from bcviewer.widgets.drawing.legend import Entry, LegendLine, Stroke
from bcviewer.widgets.drawing.scroll import scrolled
from bcviewer.widgets.drawing.theme import FAIL_FILL, Theme, small_font, theme
from bcviewer.widgets.population.dragged_limits import DraggedLimits
from bcviewer.widgets.population.histogram_item import HistogramItem


def _saved_entry(scene: Scene, colors: Theme) -> tuple[Entry, ...]:
    """Return what the thin line is, while a proposal is tried."""
    return (Entry("saved threshold", colors.faint, Stroke.DOT),) if scene.proposal.changes else ()


CELLS = ((236, 172), (190, 148), (150, 128))
"""Widths and heights of a cell, pixels: the largest of which enough are in sight at once."""
ENOUGH = 8


class HistogramsPanel(PlotPanel):
    """One small histogram for each metric; a click filters the table to a bin's units.

    Only those in sight are counted and drawn: an item asks for its numbers when it is painted.
    """

    panel_id = "histograms"
    title = "Metric histograms"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = Canvas()
        self.items: dict[str, HistogramItem] = {}
        self.limits = limits = DraggedLimits(self.wish.emit, lambda: self.scene, self)
        for key in histogram_metrics():
            item = HistogramItem(key, self.count, self.mark_of, self._tip, self._on_chosen, limits)
            item.font = small_font(self)
            item.hide()
            self.canvas.addItem(item)
            self.items[key] = item
        self.area = scrolled(self.canvas, self.body)
        self.canvas.resized.connect(self._lay_out)
        self._goal = ""
        self.area.verticalScrollBar().rangeChanged.connect(self._go_to_goal)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.area)
        self.legend = LegendLine(self)
        self.layout().addWidget(self.legend)  # type: ignore[union-attr]
        self.body = self.canvas  # a picture has all of them, also those that are scrolled away
        self.canvas.setAccessibleName(self.title)
        self._histograms: Histograms | None = None
        self._limits_of: dict[str, object] = {}
        self._drawn: tuple[Any, ...] | None = None
        self._counted: Ints | None = None

    def redraw(self, scene: Scene) -> None:
        colors, table = theme(), scene.table
        self.canvas.recolor(colors)
        self.legend.set_entries(
            (
                Entry("current unit", colors.accent),
                Entry("threshold", FAIL_FILL),
                *_saved_entry(scene, colors),
                Entry("one of four that fail together only", FAIL_FILL, Stroke.DASH),
            )
        )
        self._counted = self.rows(scene)
        if table is None:
            self._histograms = None
        elif self._histograms is None or self._histograms.table is not table:
            self._histograms = Histograms(table, self._histograms)
        same = self._is_counted_alike(table, colors)
        for key, item in self.items.items():
            item.colors = colors
            item.setVisible(table is not None)
            limits = () if table is None else (limits_of(table, key), tuple(self.limits.saved(key)))
            if not same or limits != self._limits_of.get(key):
                item.refresh(recount=True)
            self._limits_of[key] = limits
        self._lay_out()

    def _is_counted_alike(self, table: Table | None, colors: Theme) -> bool:
        """Whether the same units have the same labels as when the items were drawn last.

        Then, while a threshold is moved, only those are drawn anew in which it is.
        """
        now = None if table is None else (table.labels, table.ids, self._counted, colors)
        before, self._drawn = self._drawn, now
        if now is None or before is None or now[1] is not before[1] or now[3] != before[3]:
            return False
        rows, others = now[2], before[2]
        scope = rows is others
        if rows is not None and others is not None:
            scope = np.array_equal(rows, others)
        return scope and np.array_equal(now[0], before[0])

    def mark(self, _: Scene) -> None:
        self._goal = ""  # that was asked of another unit
        for item in self.items.values():
            item.marks.update()

    def reveal(self, metric: str) -> None:
        self._goal = metric
        self._go_to_goal()

    def _go_to_goal(self) -> None:
        """Scroll to what is to be revealed; anew as long as the panel is being laid out."""
        item = self.items.get(self._goal)
        if item is not None:
            self.area.verticalScrollBar().setValue(round(item.pos().y()))

    def count(self, key: str) -> Histogram:
        """Return a metric's numbers in the scope."""
        assert self._histograms is not None  # noqa: S101  # items are hidden without a run
        return self._histograms.of(key, self._counted)

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        labels = [label for label in STACK if label != Label.UNKNOWN]
        header = ("metric", "part", "from", "to", *(class_name(i) for i in labels))
        rows: list[Sequence[object]] = []
        for key, item in self.items.items() if self._histograms else ():
            found = item.found
            edges = found.edges.tolist()
            for i in range(found.axis.n_bins):
                counts = found.counts[labels, i].tolist()
                rows.append((key, "bin", edges[i], edges[i + 1], *counts))
            for i, aside in enumerate(found.asides):
                words = aside.words if aside.kind == "sentinel" else aside.kind
                rows.append((key, words, "", "", *found.aside_counts[labels, i].tolist()))
        return header, rows

    # -- what the items ask ------------------------------------------------------------------

    def mark_of(self, key: str) -> tuple[float, int, Sequence[int]]:
        """Return value and part of the current unit, and the selected units of each bin."""
        scene, histograms = self.scene, self._histograms
        if scene is None or scene.table is None or histograms is None:
            return float("nan"), -1, ()
        value, part = float("nan"), -1
        if scene.current >= 0 and not scene.is_hidden:
            value = float(scene.table.values(key)[scene.current])
            part = int(histograms.parts(key, np.array([scene.current]))[0])
        if len(scene.selected) < 2:  # the current unit, which has its own mark
            return value, part, ()
        n = self.items[key].found.axis.n_bins
        chosen = np.bincount(histograms.parts(key, scene.told_of(scene.selected)), minlength=n)
        return value, part, chosen[:n].tolist()

    def _tip(self, key: str, part: int) -> str:
        table = self.scene.table if self.scene else None
        if table is None:
            return ""
        return part_tip(self.items[key].found, part) if part >= 0 else metric_tip(table, key)

    def _on_chosen(self, key: str, part: int, add: bool) -> None:
        found = self.items[key].found
        text = part_filter(found, part)
        if part_counts(found, part).any() and text:
            self.want_filter(text, add)

    # -- layout ------------------------------------------------------------------------------

    def _cell(self) -> tuple[float, float]:
        """Return the width and height of a cell: the largest with which enough are in sight."""
        room = self.area.viewport().size()
        for wide, high in CELLS:
            if room.width() // wide * (room.height() // high) >= ENOUGH:
                break
        return wide, high

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        """Put the items into as many columns as the width has room for."""
        width, zoom = self.canvas.width(), self.canvas.zoom
        wide, high = self._cell()
        columns = max(1, int(width // (wide * zoom)))
        cell, high = width / columns, high * zoom
        for i, item in enumerate(self.items.values()):
            row, column = divmod(i, columns)
            item.setPos(column * cell, row * high)
            if item.size != QSizeF(cell, high):
                item.resize(cell, high)
                item.refresh(recount=False)
        self.canvas.setMinimumHeight(round(-(-len(self.items) // columns) * high))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            for item in getattr(self, "items", {}).values():
                item.font = small_font(self)
                item.refresh(recount=False)
