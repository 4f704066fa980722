"""Two selected units beside each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import Know
from bcviewer.core.evidence.ask import Ask
from bcviewer.core.evidence.pair import NEAR_MS, Near, Pair
from bcviewer.core.evidence.pair_templates import Overlay
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.unit_ids import NO_ID_SENTENCE
from bcviewer.core.sheet.ids import GlobalRow, SheetRow
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.widgets.base.evidence_panel import EvidencePanel
from bcviewer.widgets.drawing.bars_item import BarsItem
from bcviewer.widgets.drawing.theme import mixed, theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.drawing.trace_plot import TracePlot
from bcviewer.widgets.unit.pair_facts import Fact, PairFacts
from bcviewer.widgets.unit.refractory_marks import BAR_SHARE, choice, round_up

WINDOWS_MS = (25.0, 50.0, 100.0, 500.0)
BINS_MS = (0.5, 1.0, 2.0, 5.0)
OF_TWO = "The two units are of different recordings: their spikes have no common time."
NONE = "Select two units (Ctrl+click) to compare them."
PAIR_FILL = ("#0892FC", "#E5484D")
"""The first and the second unit: blue and red, as phy's first two selected ones."""
_WIDTHS = (2.4, 1.2)
"""Widths of their traces: the colour is not the only sign."""


def chosen(scene: Scene) -> tuple[GlobalRow, ...]:
    """Return the rows of the units to compare, in the table's order.

    Those that are highlighted.
    """
    return tuple(map(GlobalRow, scene.view.in_order(scene.selected).tolist()))


def in_sheet(scene: Scene) -> tuple[SheetRow, ...]:
    """Return the rows of the units to compare in their sheet; none where they share none."""
    book, rows = scene.book, chosen(scene)
    if book is None or len({book.number_of(row) for row in rows}) != 1:
        return ()
    return tuple(book.sheet_row(row) for row in rows)


class PairPanel(EvidencePanel):
    """The cross-correlogram, the templates and the likeness of two units."""

    panel_id = "pair"
    title = "Pair"
    parts: ClassVar[tuple[str, ...]] = ("table", "view", "current", "selected", "evidence")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        windows = [f"± {ms:g} ms" for ms in WINDOWS_MS]
        bins = [f"{ms:g} ms bins" for ms in BINS_MS]
        self.window_choice = choice(self, "pairWindow", "Longest lag", windows, 1)
        self.bin_choice = choice(self, "pairBin", "Width of a bin", bins, 1)
        for place, chooser in enumerate((self.window_choice, self.bin_choice)):
            self.head.insertWidget(place, chooser)
            chooser.currentIndexChanged.connect(self._on_chosen)
        self.plot = TracePlot(self.body, "lag, ms", "pairs", self._tip)
        self.plot.getAxis("left").setWidth(52)
        self.bars = BarsItem()
        self.chance, self.zero = pg.InfiniteLine(0.0, angle=0), pg.InfiniteLine(0.0, angle=90)
        for item in (self.bars, self.chance, self.zero):
            self.plot.addItem(item, ignoreBounds=True)
        self.traces = TracePlot(self.body, "", "", self._overlay_tip)
        self.curves = tuple(pg.PlotCurveItem(connect="finite", antialias=False) for _ in PAIR_FILL)
        for name in ("left", "bottom"):
            self.traces.hideAxis(name)
        for curve in self.curves:
            self.traces.addItem(curve, ignoreBounds=True)
        self.facts = PairFacts(self.body)
        across = QHBoxLayout()
        across.setSpacing(0)
        across.addWidget(self.plot, 3)
        across.addWidget(self.traces, 2)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(across, 1)
        box.addWidget(self.facts)
        self.found: Pair | None = None
        self._ids = (0, 0)

    # -- what is asked -----------------------------------------------------------------------

    def no_unit(self, scene: Scene) -> str:
        if scene.table is None or not scene.view.n_shown:
            return super().no_unit(scene)
        n = len(chosen(scene))
        if n > 2:
            return f"{count_of(n, 'unit')} are selected. Select two of them to compare."
        if n < 2 or scene.current < 0:
            return NONE
        if not scene.table.ids.has_id[list(chosen(scene))].all():
            return NO_ID_SENTENCE
        return "" if in_sheet(scene) else OF_TWO

    def asks(self, scene: Scene) -> tuple[Ask, ...]:
        if self.no_unit(scene):
            return ()
        a, b = in_sheet(scene)
        window = WINDOWS_MS[self.window_choice.currentIndex()]
        return (Ask("pair", (a, b, window, BINS_MS[self.bin_choice.currentIndex()])),)

    def asks_ahead(self, scene: Scene) -> tuple[Ask, ...]:
        return ()

    def _on_chosen(self) -> None:
        self.wish.emit(Know())

    def _wait(self, scene: Scene) -> None:
        sheet = scene.sheet
        if sheet is None:
            return
        a, b = (sheet.ids.asked_id(row) for row in in_sheet(scene))
        wanted = f"units {a} and {b} …"
        found = self.found if self.drew(scene) else None
        if found is None or self.drawn_row < 0:
            self.veil.cover(wanted, opaque=True)
        elif found.rows != in_sheet(scene):
            before = f"units {self._ids[0]} and {self._ids[1]}"
            self.veil.cover(f"{before}, waiting for {wanted}", opaque=False)

    # -- drawing -----------------------------------------------------------------------------

    def draw(self, scene: Scene, answers: tuple[object, ...]) -> None:
        found, sheet = answers[0], scene.sheet
        assert isinstance(found, Pair)  # noqa: S101  what this kind answers
        assert sheet is not None  # noqa: S101  the base class looked
        self.found = found
        self._ids = names = _ids(sheet, found)
        self._recolor()
        edges, counts = found.lags.edges_ms, found.lags.counts
        chance = found.chance if math.isfinite(found.chance) else 0.0
        self.plot.set_x(float(edges[0]), float(edges[-1]))
        self.plot.set_y(0.0, round_up(max(float(counts.max(initial=0)), chance) * 1.04))
        self.bars.set_bars(edges, counts)
        self.chance.setValue(chance)
        self._draw_traces(found.overlay)
        self.note.setText(f"lag from {names[0]} to {names[1]}")
        self.note.setToolTip(plain_tip("\n".join(_about(found, names))))
        self.facts.show_facts(
            [
                (f"unit {name}", fill, w)
                for name, fill, w in zip(names, PAIR_FILL, _WIDTHS, strict=True)
            ],
            facts(found, names),
        )

    def _recolor(self) -> None:
        colors = theme()
        if self.plot.recolor(colors):
            self.bars.set_fill(mixed(colors.faint, BAR_SHARE, colors))
            self.chance.setPen(pg.mkPen(colors.accent, width=1.2, style=Qt.PenStyle.DotLine))
            self.zero.setPen(pg.mkPen(colors.grid))
        if self.traces.recolor(colors):
            for curve, fill, width in zip(self.curves, PAIR_FILL, _WIDTHS, strict=True):
                curve.setPen(pg.mkPen(fill, width=width))

    def _draw_traces(self, overlay: Overlay | None) -> None:
        none = np.empty(0)
        lines = ((none, none),) * 2 if overlay is None else overlay.lines
        for curve, line in zip(self.curves, lines, strict=True):
            curve.setData(*line)
        self.traces.setVisible(overlay is not None)
        if overlay is not None:
            left, right, bottom, top = overlay.extent
            across, up = 0.04 * (right - left), 0.06 * (top - bottom)
            self.traces.set_x(left - across, right + across)
            self.traces.set_y(bottom - up, top + up)

    def _tip(self, place: QPointF) -> str:
        found = self.found
        if found is None:
            return ""
        edges = found.lags.edges_ms
        i = int(np.searchsorted(edges, place.x(), "right")) - 1
        about = _about(found, self._ids)
        if not 0 <= i < len(edges) - 1:
            return "\n".join(about)
        lines = (
            f"lag {edges[i]:.4g} to {edges[i + 1]:.4g} ms",
            f"{count_of(found.lags.counts[i], 'pair')}",
        )
        return "\n".join((*lines, "", *about))

    def _overlay_tip(self, _: QPointF) -> str:
        overlay = None if self.found is None else self.found.overlay
        if overlay is None:
            return ""
        listed = ", ".join(map(str, np.sort(overlay.channels).tolist()))
        return (
            f"Templates of {self._ids[0]} (thick) and {self._ids[1]} (thin), of one scale, in"
            f" Kilosort's arbitrary unit,\non the channels within 100 µm of both peak channels:\n"
            f"{listed}"
        )

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        header = ("from_ms", "to_ms", "pairs", "pairs_by_chance")
        if self.found is None or self.drawn_row < 0:
            return header, ()
        lags = self.found.lags
        width = lags.edges[1] - lags.edges[0]
        chance = (self.found.chance * lags.lags / width).tolist()
        edges = lags.edges_ms.tolist()
        return header, list(zip(edges[:-1], edges[1:], lags.counts.tolist(), chance, strict=True))


def _ids(sheet: Sheet, found: Pair) -> tuple[int, int]:
    a, b = (sheet.ids.asked_id(row) for row in found.rows)
    return a, b


def facts(found: Pair, ids: tuple[int, int]) -> list[Fact]:
    """Return what the numbers of a pair say, a name and words each."""
    a, b = ids
    similarity = "not known" if math.isnan(found.similarity) else f"{found.similarity:.2f}"
    bins = f"in {found.n_both:,} of the {found.n_either:,} min"
    share = f" ({found.n_both / found.n_either:.0%})" if found.n_either else ""
    known = math.isfinite(found.distance_um)
    apart = f"peak channels {found.distance_um:.0f} µm apart" if known else "no places known"
    return [
        Fact("template similarity", f"{similarity} ({found.similarity_source})"),
        Fact(f"{a}: {b} within {NEAR_MS:g} ms", near_words(found.near[0])),
        Fact(f"{b}: {a} within {NEAR_MS:g} ms", near_words(found.near[1])),
        Fact("both active", f"{bins} in which either fires{share}"),
        Fact("templates", found.why_no_overlay or apart),
    ]


def near_words(near: Near) -> str:
    """Return how many spikes are near the other unit's, beside what chance gives."""
    if math.isnan(near.share):
        return "no spikes to compare"
    return f"{_percent(near.share)} of spikes; by chance {_percent(near.chance)}"


def _percent(share: float) -> str:
    """Return a share with two digits that count."""
    return f"{share:.0%}" if share >= 0.1 or share == 0 else f"{share * 100:.2g}%"


def _about(found: Pair, ids: tuple[int, int]) -> list[str]:
    """Return what a curator must know of a pair, as lines."""
    lags = found.lags
    of = f"{lags.n_a:,} and {count_of(lags.n_b, 'spike')}, of the whole session"
    chance = f"{found.chance:,.3g} pairs a bin, if the two fired independently"
    lines = [
        f"Lags from a spike of {ids[0]} to one of {ids[1]}: {of}.",
        f"Dotted: {chance} at the rates of each minute.",
        f"Bins of {lags.bin_ms:.4g} ms: whole samples.",
    ]
    if lags.same_sample:
        lines.append(f"{count_of(lags.same_sample, 'pair')} at the same sample are in no bin.")
    return [*lines, *found.notes]
