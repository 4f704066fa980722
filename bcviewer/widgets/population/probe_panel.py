"""Where the units are: on the probe, and by depth and firing rate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import GoTo, Select
from bcviewer.core.arrays import Ints
from bcviewer.core.figures.probe import (
    FASTEST,
    SLOWEST,
    ProbeUnits,
    UnitPlaces,
    book_places,
    common_region,
    probe_units,
)
from bcviewer.core.figures.scatter import enclosed
from bcviewer.core.rules.counts import count_of, verb_of
from bcviewer.core.rules.labels import LABEL_NAMES
from bcviewer.core.run.run import Provenance
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.ids import GlobalRow
from bcviewer.core.sheet.table import Table
from bcviewer.io import names
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.legend import Entry, LegendLine
from bcviewer.widgets.drawing.points import FEW
from bcviewer.widgets.drawing.theme import Theme, theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.population.probe_plots import ProbePart, draw_order
from bcviewer.widgets.population.probe_words import probe_words, problem_of

_ROOM = 12.0
"""Pixels around the units: half of what marks the current one, and a little."""
_HEADER = ("cluster_id", "label", "channel", "x_um", "y_um", "rate_hz")


class ProbePanel(PlotPanel):
    """Units on the probe, and depth against firing rate."""

    panel_id = "probe"
    n_plots = 2
    title = "Probe"
    counts_verdicts: ClassVar[bool] = False
    marks_judge: ClassVar[bool] = False  # where a unit is

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.about, self.missing = _words(self.body), _words(self.body)
        self.missing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.missing.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.front = ProbePart(self.body, self._front_tip, "x (µm)", False)
        self.rates = ProbePart(self.body, self._rates_tip, "rate (Hz)", True)
        self.rates.hideAxis("left")  # it is the left part's
        self.parts_shown = (self.front, self.rates)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.about)
        box.addWidget(self.missing, 1)
        plots = QHBoxLayout()
        plots.setSpacing(0)
        plots.addWidget(self.front, 11)
        plots.addWidget(self.rates, 9)
        box.addLayout(plots, 1)
        self.legend = LegendLine(self.body)
        box.addWidget(self.legend)
        for part in self.parts_shown:
            part.setMinimumSize(60, 60)
            part.clicked.connect(partial(self._on_clicked, part))
            part.encircled.connect(partial(self._on_encircled, part))
            part.reset_chosen.connect(self.reset_range)
            part.menu_chosen.connect(self._on_menu)
            view = part.getPlotItem().getViewBox()
            view.sigYRangeChanged.connect(self._on_y_range)
            view.sigResized.connect(self._on_resized)
        self.places: UnitPlaces | None = None
        self.drawn: ProbeUnits | None = None
        self._of: list[tuple[Provenance, int]] = []
        """Where what is drawn came from, and how many rows it has."""
        self._colors: Theme | None = None
        self._index = np.empty(0, np.int64)
        self._marked: tuple[object, ...] = ()
        self._follows = False
        self._fitted: list[object] | None = None
        """The axes as they were fitted to the probe."""

    # -- drawing -----------------------------------------------------------------------------

    def redraw(self, scene: Scene) -> None:
        colors, table, book = theme(), scene.table, scene.book
        for part in self.parts_shown:
            part.recolor(colors)
        self._marked = ()
        self.legend.set_entries((Entry("depth of the current unit", colors.accent),))
        problem = "" if book is None else problem_of(book)
        self.missing.setText(problem)
        self.missing.setVisible(bool(problem))
        for part in self.parts_shown:
            part.setVisible(not problem)
        if table is None or book is None or problem:
            self.places = self.drawn = None
            self._of = []
            self.about.hide()
            self._show_nothing()
            return
        of = [(sheet.run.provenance, sheet.n_units) for sheet in book.sheets]
        other = len(of) != len(self._of) or not all(
            a is b for (a, _), (b, _) in zip(of, self._of, strict=True)
        )
        if other or of != self._of or self.places is None:
            self._of, self.places = of, book_places(book)
        if other or colors is not self._colors:
            self._colors = colors
            self._show_probes(book, self.places, colors)
        self.drawn = drawn = probe_units(table, self.places, self.rows(scene))
        self._index = np.full(table.n_units, -1, np.int64)
        self._index[drawn.rows] = np.arange(len(drawn.rows))
        labels = table.labels[drawn.rows]
        order = draw_order(labels, drawn.size)
        for part, x in ((self.front, drawn.x), (self.rates, drawn.log_rate)):
            part.show_proposed(table.proposes)
            part.set_units(x, drawn.y, labels, drawn.size, order)
        if other:  # another scope leaves the axes where they are
            self.reset_range()

    def _show_nothing(self) -> None:
        none = np.empty(0)
        for part in self.parts_shown:
            part.set_units(none, none, np.empty(0, np.int8), none, np.empty(0, np.int64))
            part.set_sites(np.empty((0, 2)), theme().grid)
            part.set_band(None)
        self.front.set_lanes((), theme().grid)

    def _show_probes(self, book: Book, places: UnitPlaces, colors: Theme) -> None:
        """Show what is there without the units: sites, region of interest, the regions' names."""
        self.front.set_sites(places.sites[places.usable], colors.grid)
        self.front.set_lanes(places.lanes, colors.grid)
        y = places.at[places.usable, 1]
        far = 10 * (float(np.ptp(y)) + 1000.0)  # Qt cannot draw to where a half-line ends
        ends = common_region(book)
        if ends is not None:
            ends = max(ends[0], float(y.min()) - far), min(ends[1], float(y.max()) + far)
        for part in self.parts_shown:
            part.set_band(ends)
        words = [probe_words(sheet, ends is not None) for sheet in book.sheets]
        if len(book) > 1:
            words = [f"{p}: {about}" for p, about in zip(book.probes, words, strict=True) if about]
        self.about.setText(" · ".join(filter(None, words)))
        regions = (sheet.run.provenance.region for sheet in book.sheets)
        self.about.setToolTip(plain_tip("\n".join(filter(None, regions))))
        self.about.setVisible(bool(self.about.text()))

    def say_units(self, scene: Scene) -> None:
        super().say_units(scene)
        drawn, table = self.drawn, scene.table
        if drawn is None or table is None:
            return
        lines = []
        if drawn.unplaced:
            self.note.setText(f"{drawn.unplaced:,} without a place")
            n = drawn.unplaced + len(drawn.rows)
            have = verb_of(drawn.unplaced, "has", "have")
            lines.append(
                f"{drawn.unplaced:,} of {count_of(n, 'unit')} {have}"
                f" no peak channel, or one that is not in {names.CHANNEL_POSITIONS}"
            )
        if n := drawn.without_rate:
            units = count_of(n, "unit without a rate is", "units without a rate are")
            lines.append(f"{units} in the left part only")
        self.tell_tip("\n".join([*lines, self._about_marks()]))

    def _about_marks(self) -> str:
        """Return what the marks mean."""
        if self.drawn is not None and len(self.drawn.rows) > FEW:
            return f"More than {FEW:,} units: each is a dot of one size"
        return (
            "The area of a mark grows with the logarithm of the firing rate"
            f" (from {SLOWEST:g} to {FASTEST:g} Hz); units of one channel stand side by side"
        )

    def reset_range(self) -> None:
        """Show the whole probe and all units."""
        places, drawn = self.places, self.drawn
        if places is None or drawn is None:
            return
        sites = places.sites[places.usable]
        half = places.room / 2
        rates = drawn.log_rate[np.isfinite(drawn.log_rate)]
        _fit(self.front, 0, sites[:, 0] - half, sites[:, 0] + half, room=4.0)
        # whole decades: they have ticks, and numbers that need room
        _fit(self.rates, 0, np.floor(rates), np.ceil(rates), room=1.5 * _ROOM)
        for part in self.parts_shown:
            _fit(part, 1, sites[:, 1], sites[:, 1])
        self._fitted = self._ranges()

    def _ranges(self) -> list[object]:
        return [part.getPlotItem().getViewBox().viewRange() for part in self.parts_shown]

    def _on_resized(self) -> None:
        """Keep the room around the units, unless the person moved the axes."""
        if self._fitted is not None and self._fitted == self._ranges():
            self.reset_range()

    def _on_y_range(self, view: object, ends: Sequence[float]) -> None:
        """Keep the depths of both parts the same."""
        if self._follows:
            return
        self._follows = True
        for part in self.parts_shown:
            if part.getPlotItem().getViewBox() is not view:
                part.setYRange(*ends, padding=0)
        self._follows = False

    # -- marks and numbers -------------------------------------------------------------------

    def mark(self, scene: Scene) -> None:
        drawn, places = self.drawn, self.places
        if drawn is None or places is None:
            return
        current, selected = scene.current, scene.selected
        before = self._marked
        if not before or before[0] != current:
            here = int(self._index[current]) if current >= 0 else -1
            site = int(places.site[current]) if 0 <= current < len(places.site) else -1
            spot = places.sites[site : site + 1] if site >= 0 else np.empty((0, 2))
            depth = float(spot[0, 1]) if len(spot) else np.nan
            self.front.set_current(here, depth, spot)
            self.rates.set_current(here, depth, None)
        if not before or before[1] is not selected:
            chosen = self._index[selected] if len(selected) > 1 else self._index[:0]
            chosen = chosen[chosen >= 0]
            for part in self.parts_shown:
                part.set_chosen(chosen, theme())
        self._marked = (current, selected)

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        table = self.scene.table if self.scene else None
        if self.drawn is None or table is None or self.places is None:
            return _HEADER, []
        rows, places = self.drawn.rows, self.places
        sites = places.site[rows]
        ids, channels = [table.ids.id_of(row) for row in rows.tolist()], places.channel[sites]
        labels = [LABEL_NAMES[code] for code in table.labels[rows].tolist()]
        xs, ys = places.at[sites].T.tolist() if len(rows) else ([], [])
        found = table.values("firing_rate")[rows].tolist()
        rates = [rate if np.isfinite(rate) else None for rate in found]
        lines = list(zip(ids, labels, channels.tolist(), xs, ys, rates, strict=True))
        more = {key: _cells(table, key, rows) for key in self._more(table)}
        return (*_HEADER, *more), [(*a, *b) for a, *b in zip(lines, *more.values(), strict=True)]

    def _more(self, table: Table) -> list[str]:
        """Return the columns that tell lanes apart: which probe, and which shank."""
        shanks = self.places is not None and any(lane.shank >= 0 for lane in self.places.lanes)
        keys = {"probe": table.kind("probe") is not None, "shank": shanks}
        return [key for key, there in keys.items() if there]

    # -- the person --------------------------------------------------------------------------

    def _front_tip(self, place: QPointF) -> str:
        return self._tip(self.front, place)

    def _rates_tip(self, place: QPointF) -> str:
        return self._tip(self.rates, place)

    def _tip(self, part: ProbePart, place: QPointF) -> str:
        table, drawn = self.scene.table if self.scene else None, self.drawn
        if table is None or drawn is None or self.places is None:
            return ""
        found = part.unit_at(place)
        if found < 0:
            return self._about_marks()
        row = int(drawn.rows[found])
        rate = table.text("firing_rate", row)
        where = "".join(f", {key} {table.text(key, row)}" for key in self._more(table))
        channel = self.places.channel[self.places.site[row]]
        lines = (
            f"{table.named(row)} · {table.text('label', row)}",
            f"channel {channel}{where}, depth {table.text('depth_um', row)} µm",
            "rate unknown" if rate == "–" else f"rate {rate} Hz",
        )
        return "\n".join((*lines, table.text("reason", row)))

    def _on_clicked(self, part: ProbePart, place: QPointF) -> None:
        found = part.unit_at(place)
        if found >= 0 and self.drawn is not None:
            self.wish.emit(GoTo(GlobalRow(int(self.drawn.rows[found]))))

    def _on_encircled(self, part: ProbePart, corners: np.ndarray) -> None:
        if self.drawn is not None:
            known = np.flatnonzero(np.isfinite(part.x))
            inside = known[enclosed(part.x[known], part.y[known], corners)]
            self.wish.emit(Select(self.drawn.rows[inside]))

    def _on_menu(self, place: QPointF) -> None:
        menu: QMenu = self.export_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(QPoint(round(place.x()), round(place.y())))


def _words(parent: QWidget) -> QLabel:
    """Return a text that wraps, and is never read as markup."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setContentsMargins(8, 1, 8, 1)
    label.hide()
    return label


def _cells(table: Table, key: str, rows: Ints) -> list[object]:
    """Return texts, or whole numbers where there are any."""
    values = table.values(key)[rows].tolist()
    return [v if isinstance(v, str) else int(v) if v == v else None for v in values]


def _fit(
    part: ProbePart, axis: int, lows: np.ndarray, highs: np.ndarray, room: float = _ROOM
) -> None:
    """Let an axis (0: x, 1: y) show all values, with some pixels around them."""
    low, high = (float(lows.min()), float(highs.max())) if len(lows) else (0.0, 1.0)
    if high <= low:
        low, high = low - 0.5, high + 0.5
    view = part.getPlotItem().getViewBox()
    pixels = view.height() if axis else view.width()
    padding = room / max(pixels - 2 * room, 4 * room)
    (part.setYRange if axis else part.setXRange)(low, high, padding=padding)
