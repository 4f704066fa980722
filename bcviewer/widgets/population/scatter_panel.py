"""Two metrics against each other, by class, with their thresholds; a lasso selects units."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import GoTo, Select
from bcviewer.core.arrays import Floats
from bcviewer.core.figures.histograms import axis_title, limits_of
from bcviewer.core.figures.scatter import SCATTER_COLUMNS, Scatter, axis_ends, enclosed, scatter
from bcviewer.core.rules.columns import COLUMNS, PROBE
from bcviewer.core.rules.labels import LABEL_NAMES
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.ids import NO_ROWS, GlobalRow
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.base.dragged_limits import DraggedLimits
from bcviewer.widgets.base.limit_knob import REACH, Knob, LimitKnobs
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.lasso_plot import LassoPlot, LimitLine
from bcviewer.widgets.drawing.points import FEW, ClassPoints, FewPoints, Points
from bcviewer.widgets.drawing.theme import Theme, theme

FIRST = (("nSpikes", "presenceRatio"),)
"""What is shown at first: the first pair that the run has."""

_NONE = np.empty(0)
_ROOM = 14.0
"""Pixels around the points: half of what marks the current unit, and a little."""

_HALF = 6.0
"""Half of a point, pixels: none is below the words of a threshold, which stand above them."""


class ScatterPanel(PlotPanel):
    """A scatter of two columns."""

    panel_id = "scatter"
    n_plots = 1
    counts_verdicts: ClassVar[bool] = False
    title = "Two metrics"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = LassoPlot(self.body, self._tip)
        item = self.plot.getPlotItem()
        self.points = ClassPoints(item)
        self._many = Points(3)
        self._chosen = FewPoints(symbol="o", size=11, brush=None, pxMode=True)
        self._ring = FewPoints(symbol="o", size=16, brush=None, pxMode=True)
        for each in (self._many, self._chosen, self._ring):
            item.addItem(each, ignoreBounds=True)
        self.x_choice, self.y_choice = self._box("x"), self._box("y")
        choices = QHBoxLayout()
        choices.setContentsMargins(6, 0, 6, 0)
        for widget in (self.y_choice, QLabel("by", self), self.x_choice):
            choices.addWidget(widget)
        choices.addStretch(1)
        self.layout().insertLayout(1, choices)  # type: ignore[union-attr]
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.plot)
        self.drawn: Scatter | None = None
        self._place = np.empty(0, np.int64)
        self._ranged: tuple[object, ...] = ()
        self._colors: Theme | None = None
        self._offered: set[str] = set()
        self.plot.encircled.connect(self._on_encircled)
        self.plot.clicked.connect(self._on_clicked)
        self.plot.reset_chosen.connect(self.reset_range)
        self.plot.menu_chosen.connect(self._on_menu)
        self.limits = DraggedLimits(self.wish.emit, lambda: self.scene, self)
        self.knobs = LimitKnobs(self.plot.viewport(), self.limits, self._on_line_clicked)
        self._fitted: list[list[float]] = []
        """The ends of the axes where all is shown; the person may have zoomed since."""
        view = item.getViewBox()
        view.sigRangeChanged.connect(self._place_knobs)
        view.sigResized.connect(self._on_resized)

    def _box(self, axis: str) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName(f"{axis}.scatter")
        box.setAccessibleName(f"Values on the {axis} axis")
        for key in SCATTER_COLUMNS:
            box.addItem(COLUMNS[key].title, key)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(14)
        box.setMinimumWidth(90)
        box.setCurrentIndex(-1)
        box.currentIndexChanged.connect(self._draw)
        return box

    def content(self) -> tuple[object, ...]:
        return (self.x_choice.currentData(), self.y_choice.currentData())

    def choose(self, x: str, y: str) -> None:
        """Show two columns."""
        for box, key in ((self.x_choice, x), (self.y_choice, y)):
            box.setCurrentIndex(SCATTER_COLUMNS.index(key))

    def _draw(self) -> None:
        if self.scene is not None and self.scene.table is not None and self.isVisible():
            self._offer(self.scene.table)
        super()._draw()

    def _offer(self, table: Table) -> None:
        """Offer the columns that the run has, and choose a pair if none is chosen."""
        there = {key for key in SCATTER_COLUMNS if table.kind(key) is not None}
        if there == self._offered and self.x_choice.currentData() in there:
            return
        self._offered = there
        for box in (self.x_choice, self.y_choice):
            model = box.model()
            assert isinstance(model, QStandardItemModel)  # noqa: S101  # Qt's own
            for i, key in enumerate(SCATTER_COLUMNS):
                model.item(i).setEnabled(key in there)
        if {self.x_choice.currentData(), self.y_choice.currentData()} <= there:
            return
        pairs = [pair for pair in FIRST if there.issuperset(pair)]
        pair = pairs[0] if pairs else ([k for k in SCATTER_COLUMNS if k in there] * 2)[:2]
        blocked = [box.blockSignals(True) for box in (self.x_choice, self.y_choice)]
        self.choose(pair[0], pair[1])
        for box, before in zip((self.x_choice, self.y_choice), blocked, strict=True):
            box.blockSignals(before)

    # -- drawing -----------------------------------------------------------------------------

    def redraw(self, scene: Scene) -> None:
        table, limits = scene.table, self.plot.limits
        self._recolor(theme())
        self.plot.limits = []
        if table is None:
            self.drawn = None
            self._place_knobs()
            self.points.set_points(np.empty(0), np.empty(0), np.empty(0, np.int8))
            return
        x, y = self.x_choice.currentData(), self.y_choice.currentData()
        self.drawn = drawn = scatter(table, x, y, self.rows(scene))
        self._place = np.full(table.n_units, -1, np.int64)
        self._place[drawn.rows] = np.arange(len(drawn.rows))
        for name, key, log in (("bottom", x, drawn.log_x), ("left", y, drawn.log_y)):
            axis, title = self.plot.getAxis(name), axis_title(key)
            if (axis.is_log, axis.title) != (log, title):
                axis.is_log, axis.picture = log, None
                self.plot.set_title(name, title)
            self.plot.limits += self._limit_lines(table, key, log, name)
        if limits != self.plot.limits:
            self.plot.viewport().update()
        self.points.set_points(drawn.x, drawn.y, table.labels[drawn.rows], table.proposes)
        # another scope, or another threshold, leaves the axes where they are
        if self._ranged != (table.ids, x, y):
            self._ranged = (table.ids, x, y)
            self.reset_range()
        self._place_knobs()

    def _recolor(self, colors: Theme) -> None:
        if colors is not self._colors:  # else all of it would be painted anew
            self._colors = colors
            self.plot.recolor(colors)
            self._ring.setPen(pg.mkPen(colors.accent, width=2.5))
            self._chosen.setPen(pg.mkPen(colors.accent, width=1.2))

    def _limit_lines(self, table: Table, key: str, log: bool, axis: str) -> list[LimitLine]:
        """Return a column's thresholds."""
        out = []
        for limit in limits_of(table, key):
            rule, value = RULES[limit.rule], limit.value
            if value > 0 or not log:
                place = float(np.log10(value)) if log else value
                text = f"{rule.op} {value:g}{limit.where}"
                below = rule.op == "<"
                out.append(LimitLine(axis, place, text, below, rule.four_way, limit.rule))
        for value in self.limits.saved(key):
            if value > 0 or not log:
                place = float(np.log10(value)) if log else value
                out.append(LimitLine(axis, place, "", False, False, thin=True))
        return out

    def _on_resized(self) -> None:
        """Keep the room around the points, in pixels, where all is shown; not under a hand."""
        held = any(knob.drags for knob in self.knobs.knobs)
        if not held and self._fitted == self.plot.getPlotItem().getViewBox().viewRange():
            self.reset_range()
        self._place_knobs()

    def _place_knobs(self, *_: object) -> None:
        """Put the handles on the thresholds in sight."""
        plot, drawn, knobs = self.plot, self.drawn, []
        area = plot.getPlotItem().getViewBox().sceneBoundingRect()
        for limit in () if drawn is None else plot.limits:
            one = np.array([limit.place])
            (x,), (y,) = plot.pixels(one, one)
            upright = limit.axis == "bottom"
            seen = area.left() <= x <= area.right() if upright else area.top() <= y <= area.bottom()
            if limit.thin or not seen or drawn is None:
                continue
            line = QRectF(x - REACH, area.top(), 2 * REACH + 1, area.height())
            if not upright:
                line = QRectF(area.left(), y - REACH, area.width(), 2 * REACH + 1)
            log, ends = (drawn.log_x, 0) if upright else (drawn.log_y, 1)
            take = partial(_value_at, upright, plot.ends(ends), area, log)
            knobs.append(Knob(limit.rule, line.toRect(), upright, take, 0.85 if upright else 0.15))
        self.knobs.place(knobs)

    def _on_line_clicked(self, place: QPointF, _: bool) -> None:
        """Take a click on a threshold for one on the point below."""
        self._on_clicked(place)

    def say_units(self, scene: Scene) -> None:
        super().say_units(scene)
        drawn, tip = self.drawn, ""
        if drawn is not None and drawn.left_out:
            n = len(drawn.rows) + drawn.left_out
            self.note.setText(f"{drawn.left_out:,} of {n:,} left out")
            tip = (
                "Units without one of the values, with a value that is no measurement, or not"
                " above 0 on a logarithmic axis"
            )
        self.tell_tip(tip)

    def reset_range(self) -> None:
        """Show all units and thresholds (but for values that lie far from all others)."""
        drawn = self.drawn
        if drawn is None:
            return
        x, y = (
            axis_ends(
                values, [one.place for one in self.plot.limits if one.axis == axis and not one.thin]
            )
            for values, axis in ((drawn.x, "bottom"), (drawn.y, "left"))
        )
        view = self.plot.getPlotItem().getViewBox()
        for name, ends in (("bottom", x), ("left", y)):  # the room around the points has no ticks
            self.plot.getAxis(name).within = ends
        upright = any(one.axis == "bottom" and not one.thin for one in self.plot.limits)
        above = self.plot.words_height + _HALF if upright else 0.0
        self.plot.setXRange(*_with_room(x, view.width(), _ROOM, _ROOM), padding=0)
        self.plot.setYRange(*_with_room(y, view.height(), _ROOM, max(_ROOM, above)), padding=0)
        self._fitted = [[*ends] for ends in view.viewRange()]

    def mark(self, scene: Scene) -> None:
        drawn, table = self.drawn, scene.table
        if drawn is None or table is None:
            self._ring.put(_NONE, _NONE)
            self._chosen.put(_NONE, _NONE)
            return
        told = scene.current >= 0 and not scene.is_hidden
        here = int(self._place[scene.current]) if told else -1
        at = slice(here, here + 1) if here >= 0 else slice(0, 0)
        self._ring.put(drawn.x[at], drawn.y[at])
        several = scene.told_of(scene.selected) if len(scene.selected) > 1 else NO_ROWS
        chosen = self._place[several]
        chosen = chosen[chosen >= 0]
        few, many = (chosen, chosen[:0]) if len(chosen) <= FEW // 2 else (chosen[:0], chosen)
        self._chosen.put(drawn.x[few], drawn.y[few])
        accent = np.full(len(many), QColor(theme().accent).rgba(), np.uint32)
        self._many.set_points(drawn.x[many], drawn.y[many], accent)

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        x, y = str(self.x_choice.currentData()), str(self.y_choice.currentData())
        table = self.scene.table if self.scene else None
        header = ("cluster_id", "label", x, y)
        if self.drawn is None or table is None:
            return header, []
        rows = self.drawn.rows
        ids = [table.ids.id_of(row) for row in rows.tolist()]
        xs, ys = (table.values(key)[rows].tolist() for key in (x, y))
        labels = [LABEL_NAMES[i] for i in table.labels[rows].tolist()]
        lines = list(zip(ids, labels, xs, ys, strict=True))
        if table.kind(PROBE.key) is None:
            return header, lines
        probes = table.values(PROBE.key)[rows].tolist()
        return (PROBE.key, *header), [(p, *line) for p, line in zip(probes, lines, strict=True)]

    # -- the person --------------------------------------------------------------------------

    def unit_at(self, place: QPointF) -> int:
        """Return the row of the unit at a place of the plot, −1 where there is none."""
        if self.drawn is None:
            return -1
        found = self.plot.nearest(self.drawn.x, self.drawn.y, place)
        return int(self.drawn.rows[found]) if found >= 0 else -1

    def _tip(self, place: QPointF) -> str:
        table, row = self.scene.table if self.scene else None, self.unit_at(place)
        if table is None or row < 0:
            return ""
        keys = (self.x_choice.currentData(), self.y_choice.currentData())
        values = (f"{axis_title(key)}: {table.text(key, row)}" for key in keys)
        head = f"{table.named(row)} · {table.text('label', row)}"
        return "\n".join((head, *values, table.text("reason", row)))

    def _on_clicked(self, place: QPointF) -> None:
        row = self.unit_at(place)
        if row >= 0:
            self.wish.emit(GoTo(GlobalRow(row)))

    def _on_encircled(self, corners: Floats) -> None:
        if self.drawn is not None:
            inside = enclosed(self.drawn.x, self.drawn.y, corners)
            self.wish.emit(Select(self.drawn.rows[inside]))

    def _on_menu(self, place: QPointF) -> None:
        menu = self.export_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(QPoint(round(place.x()), round(place.y())))


def _value_at(
    upright: bool, ends: tuple[float, float], area: QRectF, log: bool, place: QPointF
) -> float:
    """Return the value at a place, within the axis, as it would be typed."""
    share = (place.x() - area.left()) / max(area.width(), 1.0)
    if not upright:
        share = (area.bottom() - place.y()) / max(area.height(), 1.0)
    value = ends[0] + min(max(share, 0.0), 1.0) * (ends[1] - ends[0])
    return float(f"{10**value if log else value:.3g}")


def _with_room(
    ends: tuple[float, float], pixels: float, before: float, behind: float
) -> tuple[float, float]:
    """Return the ends of an axis with so many pixels of room before and behind."""
    one = (ends[1] - ends[0]) / max(pixels - before - behind, 2 * _ROOM)
    return ends[0] - before * one, ends[1] + behind * one
