"""The auto-correlogram of the current unit, with what its refractory period is judged by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import Know
from bcviewer.core.evidence.ask import Ask
from bcviewer.core.evidence.correlogram import BINS_MS, WINDOWS_MS, AutoCorrelogram
from bcviewer.core.rules.counts import count_of
from bcviewer.widgets.base.choice import choice
from bcviewer.widgets.base.evidence_panel import EvidencePanel
from bcviewer.widgets.drawing.bars_item import BarsItem
from bcviewer.widgets.drawing.legend import Entry, LegendLine, Stroke
from bcviewer.widgets.drawing.scales import round_up
from bcviewer.widgets.drawing.theme import mixed, theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.drawing.trace_plot import TracePlot
from bcviewer.widgets.unit.beside import Outline, halves, stretch_entries
from bcviewer.widgets.unit.refractory_marks import (
    BAR_SHARE,
    RefractoryMarks,
    close_words,
    fewer_words,
    no_period,
    period_entries,
    scored_periods,
)


class CorrelogramPanel(EvidencePanel):
    """How often the unit fires again after each lag."""

    panel_id = "correlogram"
    n_plots = 1
    title = "Correlogram"
    metrics = ("fractionRPVs_estimatedTauR",)
    rules_apart = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        windows = [f"± {ms:g} ms" for ms in WINDOWS_MS]
        bins = [f"{ms:g} ms bins" for ms in BINS_MS]
        self.window_choice = choice(self, "correlogramWindow", "Longest lag", windows, 1)
        self.bin_choice = choice(self, "correlogramBin", "Width of a bin", bins, 0)
        for place, chooser in enumerate((self.window_choice, self.bin_choice)):
            self.head.insertWidget(place, chooser)
            chooser.currentIndexChanged.connect(self._on_chosen)
        self.plot = TracePlot(self.body, "lag (ms)", "pairs", self._tip)
        self.plot.getAxis("left").counts = True
        self.marks = RefractoryMarks(self.plot, both_sides=True)
        self.bars = BarsItem()
        self.baseline = pg.InfiniteLine(0.0, angle=0)
        self.plot.addItem(self.bars, ignoreBounds=True)
        self.plot.addItem(self.baseline, ignoreBounds=True)
        self.whole = Outline()
        self.plot.addItem(self.whole.item, ignoreBounds=True)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self.legend = LegendLine(self.body)
        box.addWidget(self.plot, 1)
        box.addWidget(self.legend)
        self.found: AutoCorrelogram | None = None

    def asks(self, scene: Scene) -> tuple[Ask, ...]:
        return self.with_stretch(scene, self._ask(*scored_periods(scene)))

    def asks_ahead(self, scene: Scene) -> tuple[Ask, ...]:
        return (self._ask(),)  # how the current unit was scored is not how they were

    def _ask(self, *scored: float) -> Ask:
        window = WINDOWS_MS[self.window_choice.currentIndex()]
        return Ask("correlogram", (window, BINS_MS[self.bin_choice.currentIndex()], *scored))

    def _on_chosen(self) -> None:
        self.wish.emit(Know())

    def draw(self, scene: Scene, answers: tuple[object, ...]) -> None:
        (whole,), part = halves(answers)
        assert isinstance(whole, AutoCorrelogram)  # noqa: S101  what this kind answers
        found = part[0] if part and isinstance(part[0], AutoCorrelogram) else whole
        self.found, self.drawn_stretch = found, found.kept.chosen
        colors = theme()
        if self.plot.recolor(colors):
            self.marks.recolor(colors)
            self.whole.recolor(colors)
            self.bars.set_fill(mixed(colors.faint, BAR_SHARE, colors))
            self.baseline.setPen(pg.mkPen(colors.accent, width=1.2, style=Qt.PenStyle.DotLine))
        counts, edges = found.correlogram.counts, found.correlogram.edges_ms
        baseline = found.baseline if np.isfinite(found.baseline) else 0.0
        self.whole.hide()
        if found is not whole:
            share = found.baseline / whole.baseline if whole.baseline else np.nan
            self.whole.show(edges, whole.correlogram.counts, share)
        top = round_up(max(float(counts.max(initial=0)), baseline, self.whole.top) * 1.04)
        self.plot.set_x(float(edges[0]), float(edges[-1]))
        self.plot.set_y(0.0, top)
        self.bars.set_bars(edges, counts)
        self.baseline.setVisible(bool(np.isfinite(found.baseline)))
        self.baseline.setValue(baseline)
        self.marks.show(found.refractory, top, float, 0.0)
        words = close_words(found.n_violations, "pair", found.refractory)
        fewer = fewer_words(found.n_violations, found.refractory)
        said = [" · ".join((text, *found.kept.short)) for text in (words, fewer)]
        self.note.setText(*said, fewer)
        self.note.setToolTip(plain_tip(about(found)))
        chance = Entry("if independent", colors.accent, Stroke.DOT)
        known = (chance,) if np.isfinite(found.baseline) else ()
        violations = count_of(whole.n_violations, "violation")
        self.legend.set_entries(
            (
                *stretch_entries(scene, found is not whole, part),
                *self.whole.entries_with(violations),
                *period_entries(found.refractory, colors, float(edges[-1])),
                *known,
            )
        )

    def _tip(self, place: QPointF) -> str:
        found = self.found
        if found is None:
            return ""
        edges = found.correlogram.edges_ms
        i = int(np.searchsorted(edges, place.x(), "right")) - 1
        if not 0 <= i < len(edges) - 1:
            return ""
        rate = float(found.correlogram.rates[i])
        lines = [
            f"lag {edges[i]:.4g} to {edges[i + 1]:.4g} ms",
            f"{count_of(found.correlogram.counts[i], 'pair')}"
            + (f", {rate:.3g} spikes/s" if np.isfinite(rate) else ""),
        ]
        return "\n".join((*lines, "", about(found)))

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        header = ("from_ms", "to_ms", "pairs", "spikes_per_s")
        if self.found is None or self.drawn_row < 0:
            return header, ()
        lags = self.found.correlogram
        edges, rates = lags.edges_ms.tolist(), lags.rates.tolist()
        columns = (edges[:-1], edges[1:], lags.counts.tolist(), rates)
        return header, list(zip(*columns, strict=True))


def about(found: AutoCorrelogram) -> str:
    """Return what a curator must know of a correlogram, as lines."""
    periods, same = found.refractory, found.correlogram.same_sample
    lines = [
        f"{count_of(found.n_violations, 'pair')} {periods.words}.",
        f"Censored: closer than {periods.tau_c * 1000:g} ms (grey); such pairs are not counted.",
    ]
    if periods.why_none:
        lines.append(f"{no_period(periods).capitalize()}: {periods.why_none}.")
    if np.isfinite(found.kept.rate):
        lines.append(
            f"Dotted: {found.baseline:,.3g} pairs a bin, if spikes fell independently at"
            f" {found.kept.rate:.3g} spikes/s."
        )
    if same:
        lines.append(f"{count_of(same, 'pair')} at the same sample are in no bin.")
    lines.append(f"Bins of {found.correlogram.bin_ms:.4g} ms: whole samples.")
    return "\n".join((*lines, *found.kept.notes))
