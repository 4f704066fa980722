"""How many units are GOOD from recording to recording: a point a run, a line over recordings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg  # noqa: TID253  # imported by the cohort's window only
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.app.cohort.cohort_scene import CohortScene
from bcviewer.core.arrays import Floats, Ints
from bcviewer.core.cohort.trend import Trend, trend
from bcviewer.core.figures.words import share
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import Label
from bcviewer.widgets.drawing.bars_item import BarsItem
from bcviewer.widgets.drawing.legend import Entry, LegendLine, Stroke
from bcviewer.widgets.drawing.scales import round_up
from bcviewer.widgets.drawing.theme import LABEL_FILL, mixed, theme
from bcviewer.widgets.drawing.trace_axis import TraceAxis
from bcviewer.widgets.drawing.trace_plot import TracePlot

_APART = 14
"""Pixels between the names of two recordings, at least."""
_SIZE, _SMALL = 7.0, 4.0
"""Pixels of a run's point; of one of many."""
_MANY = 200
"""More runs than this are many."""
_ORDER = "recordings in the order of their names"
_UNDER = 0.04
"""Share of the axis under and over it, for points at its ends."""
_CLOSE = 60
"""Bars of more recordings than this have no room between them."""
_NEAR = 12.0
"""Pixels from a point at which a click means it."""


class NameAxis(TraceAxis):
    """An axis of recordings: the names of as many as there is room for."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.names: tuple[str, ...] = ()

    def laid_out(self, low: float, high: float, length: float) -> list[tuple[float, str]]:
        first, last = max(int(np.ceil(low)), 0), min(int(high), len(self.names) - 1)
        if last < first:
            return []
        metrics = QFontMetricsF(self.style["tickFont"] or self.font())
        shown = self.names[first : last + 1]
        widest = max(metrics.horizontalAdvance(name) for name in shown) + _APART
        each = length / max(high - low, 1e-9)
        step = max(int(np.ceil(widest / each)), 1)
        cut = widest / 2 - (first - low) * each - self.pos().x()  # of the first one's name, at left
        start = first + max(int(np.ceil(cut / each)), 0)
        places = [i for i in range(start, last + 1, step) if (i - low) * each + widest / 2 < length]
        return [(float(i), self.names[i]) for i in places or (first,)]


class _NamedPlot(TracePlot):
    """A plot over recordings."""

    def __init__(self, parent: QWidget, x_title: str, y_title: str, tip: Any) -> None:
        super().__init__(parent, x_title, y_title, tip)
        self.names = NameAxis()
        self.getPlotItem().setAxisItems({"bottom": self.names})
        self._fit_axes()


class TrendPlot(QWidget):
    """Draws both, over the same recordings.

    Attributes
    ----------
    row_chosen : Signal(int)
        A run's point was clicked.
    """

    row_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trendPlot")
        self.setAccessibleName("GOOD units by recording")
        self.shares = TracePlot(self, "", "GOOD (%)", self._tip)
        self.units = _NamedPlot(self, "", "units", self._tip)
        self.shares.getAxis("bottom").numbered = False
        self.legend = LegendLine(self)
        self._found: Trend | None = None
        self._row = -1
        self._runs = pg.ScatterPlotItem(pen=None, size=_SIZE, pxMode=True)
        self._line = pg.PlotCurveItem(connect="finite", antialias=True)
        self._tried_line = pg.PlotCurveItem(connect="finite", antialias=True)
        self._ring = pg.ScatterPlotItem(brush=None, size=_SIZE + 6, pxMode=True)
        self._totals = BarsItem()
        self.units.addItem(self._totals)
        for item in (self._runs, self._line, self._tried_line, self._ring):
            self.shares.addItem(item)
        self.shares.scene().sigMouseClicked.connect(self._on_clicked)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.legend)
        box.addWidget(self.shares, 3)
        box.addWidget(self.units, 2)

    def show_scene(self, scene: CohortScene) -> None:
        """Draw the runs that are shown; nothing where there are none with units."""
        opened, tried = scene.opened, scene.known_tried
        if opened is None:
            return
        good = None if tried is None else tried.known_good
        self._found = found = trend(opened.table, scene.shown, good)
        n = len(found.recordings)
        self.units.names.names = found.recordings
        top = float(np.nanmax(found.shares, initial=0.0))
        if found.tried is not None:
            top = max(top, float(np.nanmax(found.tried, initial=0.0)))
        beside = max(0.6, 0.015 * n)
        for plot in (self.shares, self.units):
            plot.set_x(-beside, max(n, 1) - 1 + beside)
        high = min(round_up(top * 1.04), 100.0)
        self.shares.set_y(-_UNDER * high, (1 + _UNDER) * high)
        self.units.set_y(0.0, round_up(float(found.total.max(initial=0))))
        self._runs.setSize(_SMALL if len(found.rows) > _MANY else _SIZE)
        self.retheme()

    def show_current(self, row: int) -> None:
        """Mark a run's point."""
        self._row = row
        self._mark()

    def retheme(self) -> None:
        """Take the colours of the palette, and draw."""
        colors, found = theme(), self._found
        for plot in (self.shares, self.units):
            plot.recolor(colors)
        if found is None:
            return
        good, x = LABEL_FILL[Label.GOOD], np.arange(len(found.recordings), dtype=np.float64)
        self._runs.setData(found.places.astype(np.float64), found.shares)
        self._runs.setBrush(mixed(good, 0.55, colors))
        self._line.setData(x, found.share)
        self._line.setPen(pg.mkPen(good, width=2))
        dashed = pg.mkPen(colors.accent, width=2, style=Qt.PenStyle.DashLine)
        self._tried_line.setPen(dashed)
        self._tried_line.setData(x, x * np.nan if found.tried is None else found.tried)
        self._totals.set_fill(mixed(colors.faint, 0.6, colors))
        self._totals.set_bars(*_bars(found))
        runs = Entry("a run", mixed(good, 0.55, colors).name(), Stroke.BLOCK)
        tried = Entry("as tried", colors.accent, Stroke.DASH)
        more = (tried,) if found.tried is not None else ()
        order = Entry(_ORDER, stroke=Stroke.NONE)
        self.legend.set_entries((runs, Entry("all runs of a recording", good), *more, order))
        self._mark()

    def _mark(self) -> None:
        found = self._found
        if found is None:
            return
        at = np.flatnonzero(found.rows == self._row)
        self._ring.setData(found.places[at].astype(np.float64), found.shares[at])
        self._ring.setPen(pg.mkPen(theme().text, width=2))

    def _tip(self, place: QPointF) -> str:
        found, at = self._found, round(place.x())
        if found is None or not 0 <= at < len(found.recordings):
            return ""
        n, good = int(found.total[at]), found.share[at] * found.total[at] / 100.0
        words = f"{found.recordings[at]}\n{share(round(good), n)} of {count_of(n, 'unit')} GOOD"
        if found.tried is None:
            return words
        tried = found.tried[at]
        also = "not known" if np.isnan(tried) else share(round(tried * n / 100.0), n)
        return f"{words}\nas tried: {also}"

    def _on_clicked(self, event: Any) -> None:
        found = self._found
        if found is None or event.double() or event.button() != Qt.MouseButton.LeftButton:
            return
        view = self.shares.getPlotItem().getViewBox()
        place, (wide, high) = view.mapSceneToView(event.scenePos()), view.viewPixelSize()
        away = np.hypot((found.places - place.x()) / wide, (found.shares - place.y()) / high)
        if len(away) and away.min() <= _NEAR:
            self.row_chosen.emit(int(found.rows[away.argmin()]))


def _bars(found: Trend) -> tuple[Floats, Ints]:
    """Return the edges of bars and of the gaps between them, and how high each is."""
    n = len(found.recordings)
    if not n:
        return np.zeros(1), np.zeros(0, np.int64)
    half = 0.5 if n > _CLOSE else 0.35
    x = np.arange(n, dtype=np.float64)
    edges = np.stack([x - half, x + half], axis=1).ravel()
    return edges, np.stack([found.total, np.zeros_like(found.total)], axis=1).ravel()[:-1]
