"""The distribution of a unit's amplitudes with the cut-off Gaussian that bombcell fits to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.arrays import Floats
from bcviewer.core.comparison.handles import handle_of
from bcviewer.core.comparison.proposal import value_words
from bcviewer.core.evidence.amplitudes import Distribution
from bcviewer.core.evidence.ask import Ask, Missing
from bcviewer.core.evidence.density import round_up
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.oracle.amplitude_by_bombcell import COLUMN, CutOffFit
from bcviewer.widgets.base.caption import Caption
from bcviewer.widgets.base.dragged_limits import DraggedLimits
from bcviewer.widgets.base.evidence_panel import EvidencePanel
from bcviewer.widgets.base.limit_knob import REACH, Knob, LimitKnobs
from bcviewer.widgets.drawing.legend import Entry, LegendLine, Stroke
from bcviewer.widgets.drawing.theme import FAIL_FILL, Theme, theme
from bcviewer.widgets.drawing.trace_plot import TracePlot
from bcviewer.widgets.unit.beside import Outline, halves, stretch_facts
from bcviewer.widgets.unit.time_plot import AXIS_WIDTH, slate

MISSING = next(i for i, rule in enumerate(RULES) if rule.metric == COLUMN)
"""The rule whose limit is drawn."""
RULES_SHOWN = (COLUMN, "rawAmplitude", "signalToNoiseRatio")
_CURVE = 200
_LARGEST = 2.5
"""A Gaussian is shown up to this many times the largest bin."""


class _FitPlot(TracePlot):
    """The plot; draws the cut-off as a line with its value.

    (An item of pyqtgraph for it would ask for a second painting at each step.)
    """

    cut_off = limit = saved = float("nan")
    """Where spikes are missing below; where the limit's share of them would be, and the saved
    limit's, where another one is tried."""
    limit_words = ""
    """What the legend says of it: in the plot it would lie over the bars."""

    def pixel(self, x: float) -> float:
        """Return where an amplitude is; NaN where it is out of sight."""
        view = self.getPlotItem().getViewBox()
        (low, high), _ = view.viewRange()
        area = view.sceneBoundingRect()
        inside = low <= x <= high
        return area.left() + (x - low) / (high - low) * area.width() if inside else math.nan

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawForeground(painter, rect)
        area, colors = self.getPlotItem().getViewBox().sceneBoundingRect(), theme()
        x = self.pixel(self.saved)
        if x == x:
            painter.setPen(QPen(QColor(colors.faint), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
        x = self.pixel(self.limit)
        if x == x:
            painter.setPen(QPen(QColor(FAIL_FILL), 1.6))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
        x = self.pixel(self.cut_off)
        if x == x:
            painter.setPen(QPen(QColor(colors.text), 1.2, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
            words, limit = f"cut-off {self.cut_off:.3g}", self.pixel(self.limit)
            before = x < limit < x + 8 + QFontMetricsF(self.font()).horizontalAdvance(words)
            self._write(painter, x, area.top() + 1, words, colors.text, before=before)

    def _write(
        self,
        painter: QPainter,
        x: float,
        top: float,
        text: str,
        color: str,
        *,
        before: bool = False,
    ) -> None:
        """Write beside a line what it is; ``before`` it where another one stands behind it."""
        area, metrics = (
            self.getPlotItem().getViewBox().sceneBoundingRect(),
            QFontMetricsF(self.font()),
        )
        place = QRectF(x + 4, top, metrics.horizontalAdvance(text) + 4, metrics.height())
        if place.right() > area.right() or (before and x - 4 - place.width() > area.left()):
            place.moveRight(x - 4)
        behind = QColor(theme().base)
        behind.setAlphaF(0.75)
        painter.fillRect(place, behind)
        painter.setPen(QColor(color))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), text)


class AmplitudeFitPanel(EvidencePanel):
    """Amplitudes of the kept time, the fit, and the part of it that is missing."""

    panel_id = "amplitude_fit"
    n_plots = 1
    title = "Amplitude fit"
    judges: ClassVar[bool] = True
    metrics = RULES_SHOWN

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = _FitPlot(self.body, "amplitude (a.u.)", "spikes", self._tip)
        self.plot.getAxis("left").counts = True
        self.plot.getAxis("left").setWidth(AXIS_WIDTH)
        self.legend, self.caption = LegendLine(self.body), Caption(self.body)
        self.bars = pg.PlotCurveItem([0.0, 1.0], [0.0], stepMode="center", fillLevel=0)
        self.lost = pg.PlotCurveItem(fillLevel=0, antialias=True)
        self.fit = pg.PlotCurveItem(antialias=True)
        self.whole = Outline()
        for item in (self.bars, self.lost, self.fit, self.whole.item):
            self.plot.getPlotItem().addItem(item, ignoreBounds=True)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.plot, 1)
        box.addWidget(self.legend)
        box.addWidget(self.caption)
        self.cover.raise_()
        self.dragged = DraggedLimits(self.wish.emit, lambda: self.scene, self)
        self.knobs = LimitKnobs(self.plot.viewport(), self.dragged)
        view = self.plot.getPlotItem().getViewBox()
        for moved in (view.sigRangeChanged, view.sigResized):
            moved.connect(lambda *_: self._place_knobs())
        self.drawn: Distribution | None = None
        self.drawn_fit: CutOffFit | None = None

    def asks(self, scene: Scene) -> tuple[Ask, ...]:
        return self.with_stretch(scene, Ask("amplitude_distribution"), Ask("amplitude_fit"))

    def draw(self, scene: Scene, answers: tuple[object, ...]) -> None:
        (whole, fit), part = halves(answers, 2)
        assert isinstance(whole, Distribution)  # noqa: S101  what its kind answers
        found, beside = whole, ""
        if part and isinstance(part[0], Distribution):
            beside = f"whole {_percent(fit)}"
            found, fit = part[0], part[1]
        self.drawn_stretch = found.kept.chosen
        self.drawn, self.drawn_fit = found, fit if isinstance(fit, CutOffFit) else None
        if self.plot.recolor(theme()):
            self._recolor(theme())
        self._draw_whole(whole, found)
        counted = len(found.counts) > 0
        self.bars.setVisible(counted)
        if counted:
            self.bars.setData(found.edges, found.counts)
        low, high = _span(found)
        self.plot.set_x(low, high)
        self._draw_fit(self.drawn_fit, low, high)
        self._draw_limit(self.drawn_fit, scene.sheet)
        entries = self._entries(self.drawn_fit, theme())
        self.legend.set_entries((*entries, *self._limit_entries(), *self.whole.entries))
        self.plot.set_y(0.0, self._top(found, self.drawn_fit, self.whole.top))
        self.note.setText(" · ".join(filter(None, (self._says(fit), beside))))
        why = fit.reason if isinstance(fit, Missing) else ""
        first = stretch_facts(scene, found is not whole, part)
        self.caption.say(*first, why, *self._remarks(found, self.drawn_fit))

    def _draw_whole(self, whole: Distribution, found: Distribution) -> None:
        """Draw the whole's amplitudes over those of a stretch, as many as there are of these."""
        self.whole.hide()
        if found is whole or not len(whole.edges) or not len(found.edges):
            return
        width = float(found.edges[1] - found.edges[0]) / float(whole.edges[1] - whole.edges[0])
        self.whole.show(whole.edges, whole.counts, found.n / whole.n * width)

    def _recolor(self, colors: Theme) -> None:
        self.whole.recolor(colors)
        self.bars.setBrush(slate(0.25, colors.dark))
        self.bars.setPen(pg.mkPen(slate(0.55, colors.dark), width=1))
        self.fit.setPen(pg.mkPen(colors.accent, width=2))
        shaded = QColor(colors.accent)
        shaded.setAlphaF(0.45)
        self.lost.setPen(pg.mkPen(colors.accent, width=1.5, style=Qt.PenStyle.DashLine))
        self.lost.setBrush(QBrush(shaded, Qt.BrushStyle.Dense5Pattern))

    def _draw_fit(self, fit: CutOffFit | None, low: float, high: float) -> None:
        """Draw the Gaussian: full above the cut-off, dashed and shaded where spikes are missing."""
        shown = fit is not None and fit.fitted
        for item in (self.lost, self.fit):
            item.setVisible(shown)
        self.plot.cut_off = fit.cut_off if fit is not None else float("nan")
        if fit is None or not shown:
            return
        cut = min(max(fit.cut_off, low), high)
        for item, start, stop in ((self.lost, low, cut), (self.fit, cut, high)):
            x = np.linspace(start, stop, _CURVE)
            item.setData(x, fit.curve(x))

    def _draw_limit(self, fit: CutOffFit | None, sheet: Sheet | None) -> None:
        """Draw where the Gaussian would be cut off with as many spikes missing as the limit is."""
        plot = self.plot
        plot.limit = plot.saved = math.nan
        tested = sheet is not None and sheet.audit.rules[MISSING].tested
        handle = handle_of(sheet, MISSING) if sheet is not None and tested else None
        if fit is not None and handle is not None:
            plot.limit = fit.cut_off_at(handle.value)
            plot.saved = fit.cut_off_at(handle.saved) if handle.is_moved else math.nan
            plot.limit_words = f"limit {value_words(handle.value)} %"
        self._place_knobs()

    def _limit_entries(self) -> tuple[Entry, ...]:
        out = []
        if self.plot.limit == self.plot.limit:
            out.append(Entry(self.plot.limit_words, FAIL_FILL))
        if self.plot.saved == self.plot.saved:
            out.append(Entry("saved limit", theme().faint, Stroke.DOT))
        return tuple(out)

    def _place_knobs(self) -> None:
        """Put a handle on the limit, where it is in sight."""
        area, x = (
            self.plot.getPlotItem().getViewBox().sceneBoundingRect(),
            self.plot.pixel(self.plot.limit),
        )
        knobs = []
        if x == x:
            line = QRect(round(x) - REACH, round(area.top()), 2 * REACH + 1, round(area.height()))
            knobs.append(Knob(MISSING, line, True, self._percent_at, 0.75))
        self.knobs.place(knobs)

    def _percent_at(self, place: QPointF) -> float:
        """Return the limit at a place, as it would be typed."""
        fit = self.drawn_fit
        view = self.plot.getPlotItem().getViewBox()
        at = view.mapSceneToView(place).x()
        percent = fit.percent_at(at) if fit is not None and fit.width else 0.0
        return float(f"{min(max(percent, 0.01), 99.9):.3g}")

    @staticmethod
    def _entries(fit: CutOffFit | None, colors: Theme) -> tuple[Entry, ...]:
        bars = Entry("spikes", slate(0.55, colors.dark).name(), Stroke.BLOCK)
        if fit is None or not fit.fitted:
            return (bars,)
        fitted = Entry("Gaussian of Bombcell", colors.accent)
        return (bars, fitted, Entry("missing", colors.accent, Stroke.DASH))

    @staticmethod
    def _top(found: Distribution, fit: CutOffFit | None, least: float) -> float:
        most = max(float(found.counts.max(initial=1)), least)
        peak = abs(fit.height) if fit is not None and fit.fitted else 0.0
        return round_up(max(most, min(peak, _LARGEST * most)) * 1.03)

    @staticmethod
    def _says(fit: object) -> str:
        if fit is None:
            return "asking bombcell …"
        if not isinstance(fit, CutOffFit):
            return "no fit"
        now, saved = f"{fit.percent:.1f} %", f"{fit.saved:.1f} %"
        if fit.percent != fit.percent:
            now = "no percentage"
        if fit.chosen is not None:
            return f"missing: {now}"
        if fit.saved != fit.saved:
            return f"missing: {now}, none saved"
        return f"missing: {now}, as saved" if fit.agrees else f"missing: {now} ≠ {saved} saved"

    @staticmethod
    def _remarks(found: Distribution, fit: CutOffFit | None) -> list[str]:
        kept = found.kept
        out = [fit.words() if fit is not None else ""]
        if fit is not None and not fit.agrees:
            out.append("the saved percentage was made from other spikes or by another release")
        where = f"all {count_of(found.n, 'spike')}: {kept.why}"
        if kept.known:
            time = "kept time" if kept.chosen is None else "stretch"
            where = f"{count_of(found.n, 'spike')} in the {time}"
        out.append(where)
        if found.outliers:
            out.append(f"{found.outliers:,} far above the rest are left out of the fit")
        if found.no_number:
            out.append(f"{found.no_number:,} amplitudes are no finite numbers")
        if fit is not None and fit.fitted and fit.centre < 0:
            out.append(f"the fitted centre is {fit.centre:.3g}, left of the axis".replace("-", "−"))
        out.append(found.note)
        return out

    def _tip(self, place: QPointF) -> str:
        found = self.drawn
        if found is None or not len(found.counts):
            return ""
        i = int(np.searchsorted(found.edges, place.x(), "right")) - 1
        if not 0 <= i < len(found.counts):
            return ""
        low, high = found.edges[i], found.edges[i + 1]
        lines = [f"{low:.4g} to {high:.4g}: {count_of(found.counts[i], 'spike')}"]
        if self.drawn_fit is not None and self.drawn_fit.fitted:
            fitted = float(self.drawn_fit.curve(np.array([(low + high) / 2]))[0])
            below = " (cut off)" if (low + high) / 2 < self.drawn_fit.cut_off else ""
            lines.append(f"Gaussian: {fitted:.3g}{below}")
        return "\n".join(lines)

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        header = ("low", "high", "spikes", "gaussian")
        found, fit = self.drawn, self.drawn_fit
        if found is None or not len(found.counts):
            return header, []
        middle: Floats = (found.edges[:-1] + found.edges[1:]) / 2
        shown = fit is not None and fit.fitted
        curve = fit.curve(middle).tolist() if fit is not None and shown else [""] * len(middle)
        columns = (found.edges[:-1].tolist(), found.edges[1:].tolist(), found.counts.tolist())
        return header, [tuple(row) for row in zip(*columns, curve, strict=True)]


def _percent(fit: object) -> str:
    """Return the percentage of a fit in words."""
    if fit is None:
        return "…"
    known = isinstance(fit, CutOffFit) and fit.percent == fit.percent
    return f"{fit.percent:.1f} %" if isinstance(fit, CutOffFit) and known else "no percentage"


def _span(found: Distribution) -> tuple[float, float]:
    """Return the ends of the axis of amplitudes: from 0 unless there are negative ones."""
    if not len(found.edges):
        return 0.0, 1.0
    low, high = float(found.edges[0]), float(found.edges[-1])
    low = -round_up(-low * 1.02) if low < 0 else 0.0
    return low, round_up(high * 1.02) if high > 0 else 0.0 if low < 0 else 1.0
