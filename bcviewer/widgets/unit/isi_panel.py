"""The inter-spike intervals of the current unit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import Know
from bcviewer.core.evidence.ask import Ask
from bcviewer.core.evidence.intervals import Intervals
from bcviewer.core.rules.counts import count_of
from bcviewer.widgets.base.choice import choice
from bcviewer.widgets.base.evidence_panel import EvidencePanel
from bcviewer.widgets.drawing.bars_item import BarsItem
from bcviewer.widgets.drawing.legend import Entry, LegendLine, Stroke
from bcviewer.widgets.drawing.scales import round_up
from bcviewer.widgets.drawing.theme import FAIL_FILL, mixed, theme
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

LONGEST_MS = (20.0, 50.0, 100.0, 500.0, 0.0)
"""Right ends of the axis; 0: logarithmic."""


class IsiPanel(EvidencePanel):
    """How long it takes until the unit fires again."""

    panel_id = "isi"
    n_plots = 1
    title = "ISI"
    metrics = ("fractionRPVs_estimatedTauR",)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        texts = [f"to {ms:g} ms" if ms else "logarithmic" for ms in LONGEST_MS]
        self.range_choice = choice(self, "isiRange", "Longest interval", texts, 1)
        self.head.insertWidget(0, self.range_choice)
        self.range_choice.currentIndexChanged.connect(self._on_chosen)
        self.plot = TracePlot(self.body, "interval (ms)", "intervals", self._tip)
        self.plot.getAxis("left").counts = True
        self.marks = RefractoryMarks(self.plot, both_sides=False)
        self.bars, self.violating = BarsItem(), BarsItem()
        self.whole = Outline()
        for item in (self.bars, self.violating, self.whole.item):
            self.plot.addItem(item, ignoreBounds=True)
        self.violating.set_fill(FAIL_FILL)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self.legend = LegendLine(self.body)
        box.addWidget(self.plot, 1)
        box.addWidget(self.legend)
        self.found: Intervals | None = None

    def asks(self, scene: Scene) -> tuple[Ask, ...]:
        return self.with_stretch(scene, self._ask(*scored_periods(scene)))

    def asks_ahead(self, scene: Scene) -> tuple[Ask, ...]:
        return (self._ask(),)  # how the current unit was scored is not how they were

    def _ask(self, *scored: float) -> Ask:
        return Ask("isi", (LONGEST_MS[self.range_choice.currentIndex()], *scored))

    def _on_chosen(self) -> None:
        self.wish.emit(Know())

    def draw(self, scene: Scene, answers: tuple[object, ...]) -> None:
        (whole,), part = halves(answers)
        assert isinstance(whole, Intervals)  # noqa: S101  what this kind answers
        found = part[0] if part and isinstance(part[0], Intervals) else whole
        self.found, self.drawn_stretch = found, found.kept.chosen
        colors = theme()
        if self.plot.recolor(colors):
            self.marks.recolor(colors)
            self.whole.recolor(colors)
            self.bars.set_fill(mixed(colors.faint, BAR_SHARE, colors))
        edges = np.log10(found.edges_ms) if found.is_log else found.edges_ms
        self.whole.hide()
        if found is not whole:
            self.whole.show(edges, whole.counts, found.n / whole.n if whole.n else np.nan)
        top = round_up(max(float(found.counts.max(initial=0)), self.whole.top) * 1.04)
        bottom = self.plot.getAxis("bottom")
        if bottom.is_log != found.is_log:
            bottom.is_log = found.is_log
            bottom.picture = None
        self.plot.set_x(float(edges[0]), float(edges[-1]))
        self.plot.set_y(0.0, top)
        self.bars.set_bars(edges, found.counts)
        self.violating.set_bars(edges, found.violating)
        self.marks.show(found.refractory, top, _log if found.is_log else float, float(edges[0]))
        words = close_words(found.n_violations, "interval", found.refractory)
        words += f" ({found.share:.2%})" if found.n_violations else ""
        fewer = fewer_words(found.n_violations, found.refractory)
        self.note.setText(" · ".join((words, *found.kept.short)), fewer)
        self.note.setToolTip(plain_tip(about(found)))
        bad = (Entry("violations", FAIL_FILL, Stroke.BLOCK),) if found.violating.any() else ()
        reach = 0.0 if found.is_log else float(edges[-1])
        violations = f"{whole.n_violations:,} of {count_of(whole.n, 'interval')}"
        self.legend.set_entries(
            (
                *stretch_entries(scene, found is not whole, part),
                *self.whole.entries_with(violations),
                *period_entries(found.refractory, colors, reach),
                *bad,
            )
        )

    def _tip(self, place: QPointF) -> str:
        found = self.found
        if found is None:
            return ""
        at = 10.0 ** place.x() if found.is_log else place.x()
        i = int(np.searchsorted(found.edges_ms, at, "right")) - 1
        if not 0 <= i < len(found.counts):
            return ""
        limit = f"{found.refractory.limit * 1000:g} ms"
        bad = f", {found.violating[i]:,} of them below {limit}" if found.violating[i] else ""
        low, high = found.edges_ms[i : i + 2]
        lines = (f"{low:.4g} to {high:.4g} ms", f"{count_of(found.counts[i], 'interval')}{bad}")
        return "\n".join((*lines, "", about(found)))

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        header = ("from_ms", "to_ms", "intervals", "violations")
        if self.found is None or self.drawn_row < 0:
            return header, ()
        edges = self.found.edges_ms.tolist()
        counts = (self.found.counts.tolist(), self.found.violating.tolist())
        return header, list(zip(edges[:-1], edges[1:], *counts, strict=True))


def about(found: Intervals) -> str:
    """Return what a curator must know of the intervals, as lines."""
    periods = found.refractory
    lines = []
    if np.isfinite(found.median_ms):
        cv = f", CV {found.cv:.2f}" if np.isfinite(found.cv) else ""
        lines.append(f"{count_of(found.n, 'interval')}, median {found.median_ms:.4g} ms{cv}.")
    else:
        lines.append(f"{count_of(found.kept.n, 'spike')}: no intervals.")
    share = f" ({found.share:.2%})" if found.n else ""
    lines.append(f"{found.n_violations:,}{share} {periods.words}.")
    closer = f"closer than {periods.tau_c * 1000:g} ms (grey): {found.n_censored:,}"
    lines.append(f"Censored, {closer}; they are not counted.")
    if periods.why_none:
        lines.append(f"{no_period(periods).capitalize()}: {periods.why_none}.")
    if found.above:
        lines.append(f"Intervals longer than the axis: {found.above:,}.")
    if found.below:
        lines.append(f"Intervals shorter than the axis: {found.below:,}.")
    return "\n".join((*lines, *found.kept.notes))


def _log(milliseconds: float) -> float:
    return float(np.log10(milliseconds))
