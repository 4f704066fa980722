"""The distribution of every metric that a rule reads, by class, with its thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QSizeF
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
from bcviewer.core.rules.labels import Label, class_name
from bcviewer.core.rules.rules import RULES
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.base.dragged_limits import DraggedLimits
from bcviewer.widgets.base.limit_knob import LimitKnobs
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.canvas import Canvas
from bcviewer.widgets.drawing.legend import Entry, LegendLine, Stroke
from bcviewer.widgets.drawing.scroll import scrolled
from bcviewer.widgets.drawing.theme import FAIL_FILL, LABEL_FILL, Theme, small_font, theme
from bcviewer.widgets.drawing.tick_box import TickBox
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.population.cost_strip import LABEL_STROKE, drawn_classes
from bcviewer.widgets.population.cost_strips import CostStrips
from bcviewer.widgets.population.histogram_item import HistogramItem

STRIP = 0.175
"""Share of a cell's height that the cost curves take."""


CELLS = ((236, 172), (190, 148), (150, 128), (126, 128))
WITH_COSTS = ((236, 206), (190, 176), (150, 147))
"""Widths and heights of a cell, pixels, without and with cost curves: the largest of which enough
are in sight at once."""
ENOUGH = 8
_LOWEST = 0.88
"""A cell is no lower than that share of its height, so that the last row in sight is whole."""
COSTS_TIP = (
    "Below each histogram, how many units each class would have if the threshold stood elsewhere,"
    " all others as they are. Where the lines are flat the choice does not matter. Shown where"
    " eight histograms still fit."
)


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
            item = HistogramItem(
                key, self.count, self.mark_of, self._tip, self._on_chosen, limits.saved
            )
            item.font = small_font(self)
            item.hide()
            self.canvas.addItem(item)
            self.items[key] = item
        self.area = scrolled(self.canvas, self.body)
        self.canvas.resized.connect(self._lay_out)
        self._goal = ""
        self.area.verticalScrollBar().rangeChanged.connect(self._go_to_goal)
        self.knobs = LimitKnobs(self.canvas.viewport(), limits, self._on_line_clicked)
        self.area.verticalScrollBar().valueChanged.connect(self._place_knobs)
        self.costs = CostStrips(self.items, self._strips_in_sight, self)
        self.area.viewport().installEventFilter(self)
        self.area.verticalScrollBar().valueChanged.connect(self.costs.go_on)
        self.with_costs = self._costs_box()
        self.head.insertWidget(2, self.with_costs)
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
        self._runs: tuple[Run, ...] = ()
        self._strips_shown = False

    def _costs_box(self) -> TickBox:
        box = TickBox("costs", self)
        box.setObjectName("costs.histograms")
        box.setChecked(True)
        box.setToolTip(plain_tip(COSTS_TIP))
        box.toggled.connect(self._lay_out)
        return box

    def redraw(self, scene: Scene) -> None:
        colors, table = theme(), scene.table
        self.canvas.recolor(colors)
        self._counted = self.rows(scene)
        if table is None:
            self._histograms = None
        elif self._histograms is None or self._histograms.table is not table:
            self._histograms = Histograms(table, self._histograms, self.limits.saved)
        runs, self._runs = self._runs, scene.runs
        self.costs.show(scene.book, self._counted, colors, runs == scene.runs)
        self._write_legend()
        same, seen = self._is_counted_alike(table, colors), self.in_sight()
        for key, item in self.items.items():
            item.setVisible(table is not None)
            limits = () if table is None else (limits_of(table, key), tuple(self.limits.saved(key)))
            if item.colors is not colors or limits != self._limits_of.get(key):
                item.refresh(recount=True)
            elif not same and item in seen:
                item.recount()
            elif not same:
                item.refresh(recount=True)
            item.colors = colors
            self._limits_of[key] = limits
        self._lay_out()

    def _write_legend(self) -> None:
        colors, scene = theme(), self.scene
        if scene is None:
            return
        entries = [
            Entry("current unit", colors.accent),
            Entry("threshold", FAIL_FILL),
            # always: a legend that grew would push what is dragged out of sight
            Entry("saved threshold", colors.faint, Stroke.DOT),
            Entry("one of four that fail together only", FAIL_FILL, Stroke.DASH),
        ]
        if self._strips_shown and scene.table is not None:
            entries.append(Entry("below: units by the threshold (log):", "", Stroke.NONE))
            kinds = drawn_classes(scene.table.is_split)
            entries += [Entry(class_name(k), LABEL_FILL[k], LABEL_STROKE[k]) for k in kinds]
        self.legend.set_entries(entries)

    def settle(self) -> None:
        if self._strips_shown:
            self.costs.finish()

    def _strips_in_sight(self) -> list[HistogramItem]:
        return self.in_sight() if self._strips_shown else []

    def _place_knobs(self) -> None:
        """Put the handles on the thresholds in sight."""
        self.knobs.place(knob for item in self.in_sight() for knob in item.knobs())

    def _on_line_clicked(self, place: QPointF, add: bool) -> None:
        """Take a click on a threshold for one on the bin below."""
        item, inside = self.canvas.item_at(place)
        if item is not None:
            item.click_at(inside, add)

    def in_sight(self) -> list[HistogramItem]:
        """Return the histograms in sight."""
        if self._histograms is None or not self.seen:
            return []
        top = self.area.verticalScrollBar().value()
        bottom = top + self.area.viewport().height()
        return [
            item
            for item in self.items.values()
            if item.pos().y() < bottom and item.pos().y() + item.size.height() > top
        ]

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
        seen = self.in_sight()
        for item in self.items.values():
            if item in seen:
                item.mark_anew()
            else:
                item.forget_mark()

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

    def _cell(self) -> tuple[float, float, float]:
        """Return the width and height of a cell, and of its cost curves: the largest that fit.

        They fit where enough cells are in sight at once; where none are with cost curves, these
        give way.
        """
        room = self.area.viewport().size()

        def enough(size: tuple[float, float]) -> bool:
            return room.width() // size[0] * (room.height() // size[1]) >= ENOUGH

        with_costs = next(filter(enough, WITH_COSTS), None)
        self.with_costs.setEnabled(with_costs is not None)  # what cannot be shown is not ticked
        if with_costs is not None and self.with_costs.isChecked():
            return (*with_costs, STRIP)
        return (*next(filter(enough, CELLS), CELLS[-1]), 0.0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.area.viewport():
            self._lay_out()  # a legend of more lines leaves less room
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        """Put the items into as many columns as the width has room for."""
        width, zoom = self.canvas.width(), self.canvas.zoom
        wide, high, strip = self._cell()
        if self._strips_shown != (strip > 0):
            self._strips_shown = strip > 0
            self._write_legend()
        columns = max(1, int(width // (wide * zoom)))
        cell, high = width / columns, whole_rows(high * zoom, self.area.viewport().height())
        held, bar = self._held(), self.area.verticalScrollBar()
        above = 0 if held is None else round(held.pos().y()) - bar.value()
        for i, item in enumerate(self.items.values()):
            row, column = divmod(i, columns)
            item.setPos(column * cell, row * high)
            strip_height = round(strip * high)
            if item.size != QSizeF(cell, high) or item.strip_height != strip_height:
                item.strip_height = strip_height
                item.resize(cell, high)
                item.refresh(recount=False)
        self.canvas.setMinimumHeight(round(-(-len(self.items) // columns) * high))
        if held is not None:  # another room for the panel must not take it out of the hand
            room = max(self.area.viewport().height() - round(held.size.height()), 0)
            place = round(held.pos().y()) - min(max(above, 0), room)
            bar.setMaximum(max(bar.maximum(), place))
            bar.setValue(place)
        self._place_knobs()
        self.costs.go_on()

    def _held(self) -> HistogramItem | None:
        """Return the histogram whose threshold is dragged."""
        rules = [knob.knob.rule for knob in self.knobs.knobs if knob.drags and knob.knob]
        return self.items.get(RULES[rules[0]].metric) if rules else None

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            for item in getattr(self, "items", {}).values():
                item.font = small_font(self)
                item.refresh(recount=False)


def whole_rows(high: float, room: float) -> float:
    """Return a height near ``high`` of which a whole number has room, in pixels."""
    n = int(room // (_LOWEST * high))
    return room / n if n else high
