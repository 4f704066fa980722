"""Two units over each other: those that are selected, or the current one and one like it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import Know
from bcviewer.core.evidence.ask import Ask
from bcviewer.core.evidence.correlogram import BINS_MS, WINDOWS_MS
from bcviewer.core.evidence.pair import Pair
from bcviewer.core.evidence.pair_words import about, facts, where_words
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.unit_ids import NO_ID_SENTENCE
from bcviewer.core.sheet.ids import GlobalRow, SheetRow
from bcviewer.core.sheet.label_beside import label_beside
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.widgets.base.choice import choice
from bcviewer.widgets.base.evidence_panel import EvidencePanel
from bcviewer.widgets.drawing.still_label import StillLabel
from bcviewer.widgets.drawing.theme import LABEL_SIGN, make_small, theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.unit.pair_facts import BESIDE, Key, PairFacts
from bcviewer.widgets.unit.pair_plots import PAIR_FILL, WIDTHS, DotsPlot, LagPlot, OverlayPlot
from bcviewer.widgets.unit.previews import NO_ADVICE, together_ask, together_words

OF_TWO = "The two units are of different recordings: their spikes have no common time."
SIMILAR_INSTEAD = "S compares the current one with the most similar unit."
_IN_A_ROW, _FACTS_BESIDE = 1.6, 2.2
"""From these shapes on, width by height, the plots, and the facts too, stand beside each other."""


def chosen(scene: Scene) -> tuple[GlobalRow, ...]:
    """Return the rows of the units that are highlighted, in the table's order."""
    return tuple(map(GlobalRow, scene.view.in_order(scene.selected).tolist()))


def in_sheet(scene: Scene) -> tuple[SheetRow, ...]:
    """Return the rows of the units to compare in their sheet; none where they share none.

    Where the current unit is compared with a similar one these are its row only: which is similar
    is not known yet.
    """
    book = scene.book
    if book is not None and scene.beside_place is not None:
        return (scene.sheet_row,)
    rows = chosen(scene)
    if book is None or len({book.number_of(row) for row in rows}) != 1:
        return ()
    return tuple(book.sheet_row(row) for row in rows)


class PairPanel(EvidencePanel):
    """The correlograms, templates, amplitudes and the likeness of two units."""

    panel_id = "pair"
    n_plots = 3
    title = "Pair"
    parts: ClassVar[tuple[str, ...]] = (
        *EvidencePanel.parts,
        *("view", "selected", "beside", "raw_files"),
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        windows = [f"± {ms:g} ms" for ms in WINDOWS_MS]
        bins = [f"{ms:g} ms bins" for ms in BINS_MS]
        self.window_choice = choice(self, "pairWindow", "Longest lag", windows, 0)
        self.bin_choice = choice(self, "pairBin", "Width of a bin", bins, 1)
        for place, chooser in enumerate((self.window_choice, self.bin_choice)):
            self.head.insertWidget(place, chooser)
            chooser.currentIndexChanged.connect(self._on_chosen)
        self.plot = LagPlot(self.body, self._tip)
        self.traces = OverlayPlot(self.body, self._overlay_tip)
        self.dots = DotsPlot(self.body, self._dots_tip)
        self.facts = PairFacts(self.body)
        self.together = StillLabel(self.body, "pairTogether", wraps=True)
        make_small(self.together)
        self.together.hide()
        self.grid = QGridLayout()
        self.grid.setSpacing(0)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.body.setLayout(self.grid)
        words = QHBoxLayout()
        words.setContentsMargins(6, 0, 6, 0)
        words.addWidget(self.together)
        self.grid.addLayout(words, 3, 0, 1, 4)
        self._arranged: tuple[bool, bool] | None = None
        self._arrange()
        self.cover.raise_()
        self.found: Pair | None = None
        self._ids = (0, 0)

    # -- where its plots stand ---------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Put the plots in a row, and the facts beside them, where there is the width for it."""
        width, height = self.width(), self.height()
        beside = width - BESIDE >= _FACTS_BESIDE * height
        row = beside or width >= _IN_A_ROW * height
        self.facts.stand(beside=beside, width=width, height=height)
        if (row, beside) == self._arranged:
            return
        self._arranged = row, beside
        for widget in (self.plot, self.traces, self.dots, self.facts):
            self.grid.removeWidget(widget)
        self.grid.addWidget(self.plot, 0, 0)
        self.grid.addWidget(self.traces, 0, 1)
        self.grid.addWidget(self.dots, *((0, 2) if row else (1, 0, 1, 2)))
        self.grid.addWidget(self.facts, *((0, 3) if beside else (2, 0, 1, 3)))
        for column, stretch in enumerate((3, 2, 3 if row else 0)):
            self.grid.setColumnStretch(column, stretch)
        for line, stretch in enumerate((3, 0 if row else 2)):
            self.grid.setRowStretch(line, stretch)

    # -- what is asked -----------------------------------------------------------------------

    def no_unit(self, scene: Scene) -> str:
        if scene.table is None or scene.current < 0:
            return super().no_unit(scene)
        rows = [scene.current] if scene.beside_place is not None else list(chosen(scene))
        if len(rows) > 2:
            n = count_of(len(rows), "unit")
            return f"{n} are selected. Select two of them to compare. {SIMILAR_INSTEAD}"
        if not scene.table.ids.has_id[rows].all():
            return NO_ID_SENTENCE
        return "" if in_sheet(scene) else OF_TWO

    def _bins(self) -> tuple[float, float]:
        at = self.window_choice.currentIndex(), self.bin_choice.currentIndex()
        return WINDOWS_MS[at[0]], BINS_MS[at[1]]

    def asks(self, scene: Scene) -> tuple[Ask, ...]:
        if self.no_unit(scene):
            return ()
        if scene.beside_place is not None:
            return self._beside(scene, scene.beside_place)
        both = together_ask(scene)
        return (
            Ask("pair", (*in_sheet(scene), *self._bins())),
            *(() if both is None else (both,)),
        )

    def asks_ahead(self, scene: Scene) -> tuple[Ask, ...]:
        return self._beside(scene, 0)

    def _beside(self, scene: Scene, place: int) -> tuple[Ask, ...]:
        if scene.sheet is None:
            return ()
        return (Ask("beside", (place, *self._bins(), scene.sheet.n_units)),)

    def _on_chosen(self) -> None:
        self.wish.emit(Know())

    def _wait(self, scene: Scene) -> None:
        sheet = scene.sheet
        if sheet is None:
            return
        rows = in_sheet(scene)
        wanted = f"{_named(tuple(sheet.ids.asked_id(row) for row in rows))} …"
        found = self.found if self.drew(scene) else None
        if found is None or self.drawn_row < 0:
            self.cover.lay(wanted, opaque=True)
        elif found.rows != rows:
            self.cover.lay(f"{_named(self._ids)}, waiting for {wanted}", opaque=False)

    # -- drawing -----------------------------------------------------------------------------

    def draw(self, scene: Scene, answers: tuple[object, ...]) -> None:
        found, sheet = answers[0], scene.sheet
        assert isinstance(found, Pair)  # noqa: S101  what this kind answers
        assert sheet is not None  # noqa: S101  the base class looked
        self.found = found
        self._ids = names = _ids(sheet, found)
        for plot in (self.plot, self.traces, self.dots):
            plot.recolor(theme())
        self.plot.show_pair(found)
        self.traces.show_overlay(found.overlay)
        self.dots.show_dots(found.dots, found.end_s)
        self.note.setText(where_words(found, names))
        self.note.setToolTip(plain_tip("\n".join(about(found, names))))
        self.facts.show_facts(_legend(sheet, found), facts(found, names))

    def _draw(self) -> None:
        super()._draw()
        if self.scene is not None and self.seen:
            self._show_together(self.scene)

    def _show_together(self, scene: Scene) -> None:
        """Say what two highlighted units would be as one; of a similar unit it is not asked."""
        words = together_words(scene) if scene.beside_place is None and self.drawn_row >= 0 else ""
        self.together.setText(words)
        self.together.setVisible(bool(words))
        self.together.setToolTip(plain_tip(NO_ADVICE) if words else "")

    def _tip(self, place: QPointF) -> str:
        found = self.found
        if found is None:
            return ""
        edges = found.lags.edges_ms
        i = int(np.searchsorted(edges, place.x(), "right")) - 1
        lines = about(found, self._ids)
        if not 0 <= i < len(edges) - 1:
            return "\n".join(lines)
        here = (
            f"lag {edges[i]:.4g} to {edges[i + 1]:.4g} ms",
            f"{count_of(found.lags.counts[i], 'pair')}",
        )
        return "\n".join((*here, "", *lines))

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

    def _dots_tip(self, _: QPointF) -> str:
        if self.found is None:
            return ""
        return (
            f"Amplitudes of {self._ids[0]} (large dots) and {self._ids[1]} (small dots),"
            f" Kilosort's arbitrary unit.\n{dict(facts(self.found, self._ids))['amplitudes']}"
        )

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        header = ("from_ms", "to_ms", "pairs", "pairs_by_chance", "first_itself", "second_itself")
        if self.found is None or self.drawn_row < 0:
            return header, ()
        found, lags = self.found, self.found.lags
        width = lags.edges[1] - lags.edges[0]
        chance = (found.chance * lags.lags / width).tolist()
        edges = lags.edges_ms.tolist()
        autos = [auto.lags.counts.tolist() for auto in found.autos]
        columns = (edges[:-1], edges[1:], lags.counts.tolist(), chance, *autos)
        return header, list(zip(*columns, strict=True))


def _ids(sheet: Sheet, found: Pair) -> tuple[int, int]:
    a, b = (sheet.ids.asked_id(row) for row in found.rows)
    return a, b


def _named(ids: tuple[int, ...]) -> str:
    """Return what a pair is called; of one unit the other is not known yet."""
    if len(ids) == 2:
        return f"units {ids[0]} and {ids[1]}"
    return f"unit {ids[0]} and a similar one"


def _legend(sheet: Sheet, found: Pair) -> list[Key]:
    """Return what the colours are: each unit with its label, the bars, the dotted line."""
    units = []
    for row, fill, width in zip(found.rows, PAIR_FILL, WIDTHS, strict=True):
        label, words = label_beside(sheet, row, found.rows)
        if label != Label.UNSCORED:  # who has none has no sign
            # a filled sign is a fact
            words = f"{'what if:' if sheet.proposes else LABEL_SIGN[label]} {words}"
        units.append(Key(f"{sheet.named(row)} {words}", fill, width))
    colors = theme()
    return [*units, Key("pairs", colors.faint, 6.0), Key("by chance", colors.accent, 1.2, True)]
