"""Contamination of the current unit by refractory period, and the verdict in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.arrays import Floats
from bcviewer.core.audit.rpv import RPV_HELP, Rpv
from bcviewer.core.evidence.ask import Ask
from bcviewer.core.evidence.refractory import METHOD_NAMES, Contamination
from bcviewer.core.evidence.refractory_words import (
    differences,
    sentences,
    short_words,
    verdict_words,
)
from bcviewer.core.rules.counts import count_of
from bcviewer.widgets.base.evidence_panel import EvidencePanel
from bcviewer.widgets.base.fact_line import FactLine
from bcviewer.widgets.drawing.legend import Entry, LegendLine, Stroke
from bcviewer.widgets.drawing.scales import round_up
from bcviewer.widgets.drawing.theme import FAIL_FILL, Theme, theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.drawing.trace_plot import TracePlot
from bcviewer.widgets.unit.beside import halves, stretch_facts
from bcviewer.widgets.unit.refractory_marks import faded

_UNDER_WORDS = 0.5
"""Share of the height of a plot that words at its top leave free in a low dock."""
_LEAST_HEIGHT = 62
"""Pixels: the titles of the axes have room in that."""
_MOST_LINES = 5
"""Of sentences."""
SIGN = {Rpv.CLEAN: "✓", Rpv.NOT_SHOWN_CLEAN: "✗", Rpv.UNDECIDABLE: "?", Rpv.NOT_ASSESSED: "–"}


class ContaminationPanel(EvidencePanel):
    """Violations against what decides, and the level that is confirmed, at each tested period."""

    panel_id = "contamination"
    n_plots = 2
    title = "Contamination"
    judges: ClassVar[bool] = True
    metrics = ("fractionRPVs_estimatedTauR",)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = FactLine(self.body, 1, prose=True)
        self.words.setObjectName("contaminationWords")
        self.counts = _Counts(self.body, self._tip)
        self.levels = _Levels(self.body, self._tip)
        for plot in (self.counts, self.levels):
            plot.setMinimumHeight(_LEAST_HEIGHT)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self.legend = LegendLine(self.body)
        box.addWidget(self.words)
        box.addWidget(self.counts, 1)
        box.addWidget(self.levels, 1)
        box.addWidget(self.legend)
        self.found: Contamination | None = None

    def asks(self, scene: Scene) -> tuple[Ask, ...]:
        return self.with_stretch(scene, Ask("contamination"))

    def draw(self, scene: Scene, answers: tuple[object, ...]) -> None:
        (whole,), part = halves(answers)
        assert isinstance(whole, Contamination)  # noqa: S101  what this kind answers
        found = part[0] if part and isinstance(part[0], Contamination) else whole
        self.found, self.drawn_stretch = found, found.kept.chosen
        of_saved = saved_limit_words(scene, found)
        facts = (*of_saved, *stretch_facts(scene, found is not whole, part))
        first = [f"{fact[:1].upper()}{fact[1:].rstrip('.')}." for fact in facts]
        last = [] if found is whole else [f"The whole: {short_words(whole)}."]
        self.words.set_facts((*first, *sentences(found), *last))
        changed = " · differs from the saved" if differences(found) else ""
        verdict = f"{SIGN[found.verdict]} {verdict_words(found)}"
        first_of = ("at the saved limit",) if of_saved else ()
        self.note.setText(" · ".join((*first_of, verdict + changed, *found.kept.short)))
        self.note.setToolTip(plain_tip("\n".join((*of_saved, about(found)))))
        ends = _ends(found.tau_r * 1000.0)
        for plot in (self.counts, self.levels):
            plot.set_x(*ends)
            plot.show_unit(found, theme())
        self.levels.show_whole(None if found is whole else whole)
        self.levels.show_tried(tried_limit(scene) if of_saved else np.nan)
        dashed = (Entry("the whole", theme().faint, Stroke.DASH),) * (found is not whole)
        limits = _entries(found, theme(), "saved limit" if of_saved else "limit")
        tried = (Entry("limit that is tried", FAIL_FILL, Stroke.DASH),) * bool(of_saved)
        self.legend.set_entries((*limits, *tried, *dashed))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the sentences have what the plots can spare; all of them are in the tool tip."""
        super().resizeEvent(event)
        line = self.words.fontMetrics().lineSpacing()
        beside = self.head.sizeHint().height() + self.legend.sizeHint().height()
        spare = self.height() - beside - 2 * _LEAST_HEIGHT
        self.words.setVisible(spare >= line)
        self.words.set_most(min(max(spare // line, 1), _MOST_LINES))

    def _tip(self, place: QPointF) -> str:
        found = self.found
        if found is None or not len(found.tau_r):
            return ""
        i = int(np.argmin(np.abs(found.tau_r * 1000.0 - place.x())))
        return "\n".join((*_at(found, i), "", about(found)))

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        names = ("tau_r", "observed", "level", "expected", "clean_to", "above_from")
        header = ("tau_r_s", *names[1:])
        found = self.found
        if found is None or self.drawn_row < 0:
            return header, ()
        columns = (getattr(found, name).tolist() for name in names)
        return header, list(zip(*columns, strict=True))


class _Counts(TracePlot):
    """Violations within each period, against those that would decide."""

    def __init__(self, parent: QWidget, tip: object) -> None:
        super().__init__(parent, "", "violations", tip)  # type: ignore[arg-type]
        self.getAxis("bottom").numbered = False
        self.getAxis("left").counts = True
        self._fit_axes()
        self.clean, self.above, self.expected, self.line = (
            pg.PlotCurveItem(antialias=True) for _ in range(4)
        )
        self.points = pg.ScatterPlotItem(size=4, pen=None)
        for item in (self.clean, self.above, self.expected, self.line, self.points):
            self.addItem(item, ignoreBounds=True)
        self.texts = (
            pg.TextItem("confirmed above the limit", anchor=(0, 0)),
            pg.TextItem("shown clean", anchor=(1, 1)),
        )
        for item in self.texts:
            item.setZValue(10)
            self.addItem(item, ignoreBounds=True)

    def show_unit(self, found: Contamination, colors: Theme) -> None:
        """Draw a unit."""
        if self.recolor(colors):
            self.clean.setBrush(faded(colors.passed, 0.45))
            self.above.setBrush(faded(colors.fail_tint, 0.7))
            for item in (self.clean, self.above):
                item.setPen(pg.mkPen(None))
            self.expected.setPen(pg.mkPen(colors.faint, width=1, style=Qt.PenStyle.DotLine))
            self.line.setPen(pg.mkPen(colors.text, width=1.5))
            self.points.setBrush(pg.mkBrush(colors.text))
            for item, color in zip(self.texts, (colors.fail_text, colors.pass_text), strict=True):
                item.setColor(color)
                item.fill = pg.mkBrush(faded(colors.base, 0.6))
        x = found.tau_r * 1000.0
        bounds = found.above_from[np.isfinite(found.above_from)]
        # What decides is to be seen; a line that leaves the plot is far above it.
        decides = float(bounds.max(initial=0))
        highest = float(found.observed.max(initial=0))
        highest = max(1.2 * decides, min(highest, 2.0 * decides)) if decides else highest
        top = round_up(max(highest, 1.0) * 1.05)
        self.set_y(-top * 0.03, top)
        self.line.setData(x, found.observed.astype(float))
        self.points.setData(x, found.observed.astype(float))
        sliding = found.is_sliding and len(x) > 0
        for item in (self.clean, self.above, self.expected, *self.texts):
            item.setVisible(sliding)
        if sliding:
            self._decide(found, x, top)

    def _decide(self, found: Contamination, x: Floats, top: float) -> None:
        # Half a violation beyond the last that decides: whole numbers lie clearly inside.
        to = np.where(found.clean_to >= 0, found.clean_to + 0.5, -top)
        self.clean.setFillLevel(-top)
        self.clean.setData(x, to)
        self.above.setFillLevel(2 * top)
        self.above.setData(x, found.above_from - 0.5)
        self.expected.setData(x, found.expected)
        bad, good = self.texts
        # The words are over the line nowhere: at the right where it has left the plot by then.
        part = len(x) // 2
        gone = bool((found.observed[part:] > top).all())
        right = gone and bool((found.observed[:part] > _UNDER_WORDS * top).any())
        bad.setAnchor((1, 0) if right else (0, 0))
        bad.setPos(float(x[-1] if right else x[0]), top)
        good.setPos(float(x[-1]), 0.0)
        good.setVisible(bool(found.clean_to[-1] >= 0))


class _Levels(TracePlot):
    """The contamination that is confirmed, or estimated, at each period."""

    def __init__(self, parent: QWidget, tip: object) -> None:
        super().__init__(parent, "refractory period τR (ms)", "at most (%)", tip)  # type: ignore[arg-type]
        self.limit = pg.InfiniteLine(0.0, angle=0)
        self.tried = pg.InfiniteLine(0.0, angle=0)
        self.line = pg.PlotCurveItem(antialias=True, connect="finite")
        self.whole = pg.PlotCurveItem(antialias=True, connect="finite")
        self.points = pg.ScatterPlotItem(size=5, pen=None)
        self.unconfirmed = pg.ScatterPlotItem(size=6, symbol="x", brush=None)
        self.saved = pg.ScatterPlotItem(size=12, brush=None)
        drawn = (
            self.limit,
            self.tried,
            self.whole,
            self.line,
            self.points,
            self.unconfirmed,
            self.saved,
        )
        for item in drawn:
            self.addItem(item, ignoreBounds=True)

    def show_unit(self, found: Contamination, colors: Theme) -> None:
        """Draw a unit."""
        if self.recolor(colors):
            self.limit.setPen(pg.mkPen(FAIL_FILL, width=1.4))
            self.tried.setPen(pg.mkPen(FAIL_FILL, width=1.4, style=Qt.PenStyle.DashLine))
            self.line.setPen(pg.mkPen(colors.text, width=1.5))
            self.points.setBrush(pg.mkBrush(colors.text))
            self.whole.setPen(pg.mkPen(colors.faint, width=1.5, style=Qt.PenStyle.DashLine))
            self.unconfirmed.setPen(pg.mkPen(colors.faint, width=1.5))
            self.saved.setPen(pg.mkPen(colors.accent, width=2))
        self.getAxis("left").set_title("at most (%)" if found.is_sliding else "estimate (%)")
        x, y = found.tau_r * 1000.0, found.level * 100.0
        setup = found.setup
        top = 100.0 * max(setup.highest, min(setup.limit, 1.0)) if found.is_sliding else 100.0
        self.set_y(0.0, top * 1.12)
        self.limit.setVisible(bool(np.isfinite(setup.limit)))
        self.limit.setValue(setup.limit * 100.0 if np.isfinite(setup.limit) else 0.0)
        known = np.isfinite(y)
        self.line.setData(x, y)
        self.points.setData(x[known], y[known])
        none = x[~known] if found.is_sliding else x[:0]
        self.unconfirmed.setData(none, np.full(len(none), top * 1.05))
        saved = found.saved
        place: tuple[list[float], list[float]] = ([], [])
        if is_saved_drawn(found):
            place = ([saved.tau_r * 1000.0], [saved.rpv * 100.0])
        self.saved.setData(*place)

    def show_tried(self, limit: float) -> None:
        """Draw the limit that is tried beside the saved one; NaN: none is."""
        self.tried.setVisible(bool(np.isfinite(limit)))
        if np.isfinite(limit):
            self.tried.setValue(limit * 100.0)

    def show_whole(self, found: Contamination | None) -> None:
        """Draw the levels of the whole beside those of a stretch; None: all is the whole."""
        self.whole.setVisible(found is not None)
        if found is not None:
            self.whole.setData(found.tau_r * 1000.0, found.level * 100.0)


def tried_limit(scene: Scene) -> float:
    """Return the limit of refractory period violations that is tried; NaN: the saved one."""
    sheet, name = scene.sheet, "maxRPVviolations"
    if sheet is None or sheet.inputs.tried is None:
        return float("nan")
    now = sheet.criteria.thresholds.get(name, float("nan"))
    return float("nan") if now == sheet.inputs.criteria.thresholds.get(name) else now


def saved_limit_words(scene: Scene, found: Contamination) -> tuple[str, ...]:
    """Return that all that is drawn is of the saved limit, while another one is tried."""
    tried, limit = tried_limit(scene), found.setup.limit
    if not np.isfinite(tried) or tried == limit:
        return ()
    return (f"Of the saved limit {limit:.3g}: {tried:.3g} is tried, and nothing here is of it.",)


def _entries(found: Contamination, colors: Theme, limit: str) -> Iterator[Entry]:
    """Return what is drawn in both plots, for the legend."""
    if found.is_sliding and len(found.tau_r):
        yield Entry("expected at the limit", colors.faint, Stroke.DOT)
    if np.isfinite(found.setup.limit):
        yield Entry(limit, FAIL_FILL)
    if is_saved_drawn(found):
        yield Entry("saved", colors.accent, Stroke.RING)
    if found.is_sliding and np.isnan(found.level).any():
        yield Entry("nothing confirmed", colors.faint, Stroke.CROSS)


def is_saved_drawn(found: Contamination) -> bool:
    """Whether the saved contamination has a place in the plot."""
    saved = found.saved
    known = np.isfinite(saved.rpv + saved.tau_r)
    return bool(known and (saved.rpv < 1.0 or not found.is_sliding))


def _ends(x: Floats) -> tuple[float, float]:
    """Return the ends of the axis: around the tested periods, ms."""
    if not len(x):
        return 0.0, 10.0
    margin = max(0.02 * float(x[-1] - x[0]), 0.1)
    return float(x[0]) - margin, float(x[-1]) + margin


def _at(found: Contamination, i: int) -> tuple[str, ...]:
    """Return what is known of one tested period, as lines."""
    head = f"τR {found.tau_r[i] * 1000.0:g} ms: {count_of(found.observed[i], 'violation')}"
    level = float(found.level[i])
    if not found.is_sliding:
        return (head, f"estimate: {level:.1%}" if level == level else "no estimate")
    limit = f"{found.setup.limit:.3g}"
    clean = f"{found.clean_to[i]:.0f} or fewer: shown clean" if found.clean_to[i] >= 0 else ""
    decide = (
        f"{found.expected[i]:.1f} expected at a contamination of {limit}",
        clean or "clean cannot be shown: too few spikes",
        f"{found.above_from[i]:.0f} or more: confirmed above {limit}",
    )
    bound = f"confirmed: at most {level:.1%}" if level == level else "no level is confirmed"
    return (head, *decide, bound)


def about(found: Contamination) -> str:
    """Return what a curator must know of a contamination, as lines."""
    setup = found.setup
    old = ", as computed before rpv_method existed" if setup.is_legacy else ""
    censored = f"pairs closer than {setup.tau_c * 1000:g} ms are censored"
    method = f"Method: {METHOD_NAMES[setup.method]}{old}; {censored}."
    meaning = (RPV_HELP[found.verdict],) * (found.is_sliding and not found.is_above)
    lines = [*sentences(found), *meaning, method, found.tested.words]
    if found.need is not None:
        lines.append(f"In the same time it would take {count_of(found.need.denser, 'spike')}.")
    if found.by_ourselves:
        lines.append(
            "Bombcell's own count is slow for so many spikes: the pairs were counted here, all of"
            " them, in its way."
        )
    return "\n".join((*lines, *found.kept.notes))
