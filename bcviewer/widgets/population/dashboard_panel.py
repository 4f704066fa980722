"""The recording dashboard: a row a probe, and GOOD units along depth."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import SetRegion, WriteRegions
from bcviewer.core.figures.depth_profile import good_along_depth
from bcviewer.core.figures.recording_dashboard import (
    HEADS,
    FilteredCount,
    Summaries,
    problem_words,
)
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.region import Region
from bcviewer.widgets.base.savable_panel import SavablePanel
from bcviewer.widgets.drawing.headed_model import Index
from bcviewer.widgets.drawing.scales import number
from bcviewer.widgets.drawing.theme import make_small, theme
from bcviewer.widgets.population.dashboard_view import DashboardView
from bcviewer.widgets.population.depth_plot import DepthPlot

NO_DEPTH = "The depth of no unit is known: there is no picture along depth."


class DashboardPanel(SavablePanel):
    """The probes of what is open; each number filters the table, Ctrl adds its units."""

    panel_id = "dashboard"
    n_plots = 1
    title = "Recording"
    parts: ClassVar[tuple[str, ...]] = ("runs", "table", "manual", "unopened", "filter", "proposal")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summaries = Summaries()
        self._order: tuple[int, ...] = ()
        """Which of the book's sheets each row is."""
        self._profiled: object = None
        """The labels along depth of which the plot is."""
        self.body = QWidget(self)
        self.body.setAccessibleName(self.title)
        self.body.setBackgroundRole(QPalette.ColorRole.Base)
        self.body.setAutoFillBackground(True)
        self.view = DashboardView(self.body)
        self.view.number_chosen.connect(self._on_number)
        self.view.class_chosen.connect(self._on_class)
        self.view.left.connect(self.focusPreviousChild)
        self.caption = QLabel(self.body)
        self.caption.setObjectName("caption.dashboard")
        self.caption.setWordWrap(True)
        self.caption.setContentsMargins(6, 6, 6, 0)
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        self.caption.linkActivated.connect(lambda _: self.wish.emit(WriteRegions()))
        make_small(self.caption)
        self.plot = DepthPlot(self.body)
        self.plot.chosen.connect(self.want_filter)
        self.plot.bands.set_between.connect(self._on_set)
        self.plot.bands.reset.connect(self._on_reset)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addWidget(self.view)
        box.addWidget(self.caption)
        box.addWidget(self.plot, 1)
        box.addStretch(0)  # where there is no picture the words stay at the top
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.body)

    def redraw(self, scene: Scene) -> None:
        book, model = scene.book, self.view.table
        self._order = _order_of(scene)
        found = () if book is None else self._summaries.of(book)
        rows = (*(found[i] for i in self._order), *found[len(self._order) :])
        if model.show_rows(rows, scene.unopened):
            self.view.lay_out()
        chosen = scene.filter
        is_text = not chosen.classes and not chosen.chips and not chosen.error
        model.mark(chosen.text if is_text else "")
        if self._profiled is not scene.basis:
            self._profiled = scene.basis
            self._draw_depth(scene)

    def _draw_depth(self, scene: Scene) -> None:
        book = scene.book
        found = () if book is None else good_along_depth(book)
        profiles = tuple(found[i] for i in self._order) if found else ()
        self.plot.show_profiles(profiles)
        self.plot.setVisible(bool(profiles))
        self.caption.setVisible(book is not None)
        if book is None or not profiles:
            self.caption.setText(NO_DEPTH)
            return
        edges = profiles[0].edges
        words = f"GOOD along depth: ● GOOD units per {number(edges[1] - edges[0])} µm"
        if not book.n_hidden and not any(one.good.any() for one in profiles):
            words += " – there are none"
        if any(one.region is not None for one in profiles):
            words += "; shaded: the region of interest"
        if book.table.proposes:
            words = f"What if: these numbers are of what is tried. {words}"
        if book.n_hidden:
            words += f"; {count_of(book.n_hidden, 'unit')} hidden by the blind review not counted"
        words = escape(f"{words}. Drag an end of a region to set it.")
        is_config = scene.catalogue is not None and scene.catalogue.request.is_config
        if is_config and any(sheet.inputs.region is not None for sheet in book.sheets):
            words += f" <a style='color:{theme().accent}' href='#'>Write into the config…</a>"
        self.caption.setText(words)

    def forget(self) -> None:
        super().forget()
        self._summaries, self._profiled = Summaries(), None
        self.view.table.show_rows((), ())
        self.plot.show_profiles(())

    def retheme(self) -> None:
        self._profiled = None
        self.view.take_palette()
        super().retheme()

    def _on_number(self, index: Index, add: bool) -> None:
        self._want(self.view.table.count_at(index), add)

    def _on_class(self, row: int, label: Label, add: bool) -> None:
        found = (n for head, n in self.view.table.rows[row].classes if head.label == label)
        self._want(next(found, None), add)

    def _want(self, told: FilteredCount | None, add: bool) -> None:
        if told is not None:
            self.want_filter(told.filter, add)

    def _on_set(self, lane: int, low: float, high: float) -> None:
        region = self.plot.profiles[lane].region_between(low, high)
        if region is not None:
            self._want_region(lane, region)

    def _on_reset(self, lane: int) -> None:
        self._want_region(lane, None)

    def _want_region(self, lane: int, region: Region | None) -> None:
        if self.scene is not None and self.scene.book is not None:
            self.wish.emit(SetRegion(self.scene.book.sheets[self._order[lane]].run, region))

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        header = ("probe", *(head.title for head in HEADS), "what is wrong")
        rows = [
            (
                row.probe,
                *("" if (told := row.counts[head.key]) is None else told.n for head in HEADS),
                problem_words(row),
            )
            for row in self.view.table.rows
        ]
        return header, rows


def _order_of(scene: Scene) -> tuple[int, ...]:
    """Return the book's sheets in the order of the probes' buttons: any of them opens first."""
    book, catalogue = scene.book, scene.catalogue
    if book is None or catalogue is None:
        return () if book is None else tuple(range(len(book)))
    folders = [catalogue.locations[i].ks_dir.absolute() for i in catalogue.together]
    places = {str(folder): place for place, folder in enumerate(folders)}
    ranks = [places.get(sheet.run.provenance.ks_dir, len(places)) for sheet in book.sheets]
    return tuple(sorted(range(len(ranks)), key=ranks.__getitem__))
