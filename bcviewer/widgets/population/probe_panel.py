"""Where the units are: on the probe, and by depth and firing rate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import GoTo, Select
from bcviewer.core.figures.probe import (
    FASTEST,
    SLOWEST,
    Places,
    ProbeUnits,
    probe_units,
    region_of_interest,
    unit_places,
    usable_sites,
)
from bcviewer.core.figures.scatter import enclosed
from bcviewer.core.rules.counts import count_of, verb_of
from bcviewer.core.rules.labels import LABEL_NAMES
from bcviewer.core.run.run import Run
from bcviewer.io import names
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.points import FEW
from bcviewer.widgets.drawing.theme import Theme, theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.population.probe_plots import ProbePart, draw_order

_ROOM = 12.0
"""Pixels around the units: half of what marks the current one, and a little."""
_LONGEST = 90
"""Letters of a region's name that are written; its tooltip has them all."""
_HEADER = ("cluster_id", "label", "channel", "x_um", "y_um", "rate_hz")


class ProbePanel(PlotPanel):
    """Units on the probe, and depth against firing rate."""

    panel_id = "probe"
    title = "Probe"

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
        for part in self.parts_shown:
            part.setMinimumSize(60, 60)
            part.clicked.connect(partial(self._on_clicked, part))
            part.encircled.connect(partial(self._on_encircled, part))
            part.reset_chosen.connect(self.reset_range)
            part.menu_chosen.connect(self._on_menu)
            view = part.getPlotItem().getViewBox()
            view.sigYRangeChanged.connect(self._on_y_range)
            view.sigResized.connect(self._on_resized)
        self.places: Places | None = None
        self.drawn: ProbeUnits | None = None
        self._run: Run | None = None
        self._colors: Theme | None = None
        self._index = np.empty(0, np.int64)
        self._marked: tuple[object, ...] = ()
        self._follows = False
        self._fitted: list[object] | None = None
        """The axes as they were fitted to the probe."""

    # -- drawing -----------------------------------------------------------------------------

    def redraw(self, scene: Scene) -> None:
        colors, table = theme(), scene.table
        for part in self.parts_shown:
            part.recolor(colors)
        self._marked = ()
        problem = "" if table is None else _problem(table.run)
        self.missing.setText(problem)
        self.missing.setVisible(bool(problem))
        for part in self.parts_shown:
            part.setVisible(not problem)
        if table is None or problem:
            self.places = self.drawn = self._run = None
            self.about.hide()
            self._show_nothing()
            return
        other = self._run is None or table.run is not self._run
        if table.run is not self._run or self.places is None:
            self._run, self.places = table.run, unit_places(table.run)
        if other or colors is not self._colors:
            self._colors = colors
            self._show_run(table.run, self.places, colors)
        self.drawn = drawn = probe_units(table, self.places, self.rows(scene))
        self._index = np.full(table.n_units, -1, np.int64)
        self._index[drawn.rows] = np.arange(len(drawn.rows))
        labels = table.labels[drawn.rows]
        order = draw_order(labels, drawn.size)
        self.front.set_units(drawn.x, drawn.y, labels, drawn.size, order)
        self.rates.set_units(drawn.log_rate, drawn.y, labels, drawn.size, order)
        if other:  # another scope leaves the axes where they are
            self.reset_range()

    def _show_nothing(self) -> None:
        none = np.empty(0)
        for part in self.parts_shown:
            part.set_units(none, none, np.empty(0, np.int8), none, np.empty(0, np.int64))
            part.set_sites(np.empty((0, 2)), theme().grid)
            part.set_band(None)
        self.front.set_lanes((), theme().grid)

    def _show_run(self, run: Run, places: Places, colors: Theme) -> None:
        """Show what is there without the units: sites, region of interest, the region's name."""
        assert run.sites is not None  # noqa: S101  # said by _problem
        self.front.set_sites(places.sites[usable_sites(run)], colors.grid)
        self.front.set_lanes(places.lanes, colors.grid)
        y = run.sites.xy[usable_sites(run), 1]
        far = 10 * (float(np.ptp(y)) + 1000.0)  # Qt cannot draw to where a half-line ends
        ends = region_of_interest(run)
        if ends is not None:
            ends = max(ends[0], float(y.min()) - far), min(ends[1], float(y.max()) + far)
        for part in self.parts_shown:
            part.set_band(ends)
        said = run.provenance
        name = " ".join(said.region.split())
        short = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
        words = [short] if short else []
        if said.roi_um is not None:
            end = "highest" if said.tip_at_top else "lowest"
            words.append(f"shaded: {said.roi_um:,g} µm from the tip ({end} y)")
        self.about.setText(" · ".join(words))
        self.about.setToolTip(plain_tip(said.region))
        self.about.setVisible(bool(words))

    def say_units(self, scene: Scene) -> None:
        super().say_units(scene)
        drawn, table = self.drawn, scene.table
        if drawn is None or table is None:
            self.note.setToolTip("")
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
        self.note.setToolTip(plain_tip("\n".join([*lines, self._about_marks()])))

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
        run, places, drawn = self._run, self.places, self.drawn
        if run is None or run.sites is None or places is None or drawn is None:
            return
        sites = places.sites[usable_sites(run)]
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
        drawn, run, places = self.drawn, self._run, self.places
        if drawn is None or run is None or run.sites is None or places is None:
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
        if self.drawn is None or table is None or self.places is None or table.run.sites is None:
            return _HEADER, []
        rows = self.drawn.rows
        sites = self.places.site[rows]
        ids, channels = [table.ids.id_of(row) for row in rows.tolist()], sites.tolist()
        labels = [LABEL_NAMES[code] for code in table.labels[rows].tolist()]
        xs, ys = table.run.sites.xy[sites].T.tolist() if len(rows) else ([], [])
        found = table.values("firing_rate")[rows].tolist()
        rates = [rate if np.isfinite(rate) else None for rate in found]
        lines = list(zip(ids, labels, channels, xs, ys, rates, strict=True))
        shank = table.run.sites.shank
        if shank is None or not self.places.lanes:
            return _HEADER, lines
        shanks = shank[sites].tolist()
        return (*_HEADER, "shank"), [(*a, b) for a, b in zip(lines, shanks, strict=True)]

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
        shank = f", shank {table.text('shank', row)}" if self.places.lanes else ""
        lines = (
            f"{table.ids.named(row)} · {table.text('label', row)}",
            f"channel {self.places.site[row]}{shank}, depth {table.text('depth_um', row)} µm",
            "rate unknown" if rate == "–" else f"rate {rate} Hz",
        )
        return "\n".join((*lines, table.text("reason", row)))

    def _on_clicked(self, part: ProbePart, place: QPointF) -> None:
        found = part.unit_at(place)
        if found >= 0 and self.drawn is not None:
            self.wish.emit(GoTo(int(self.drawn.rows[found])))

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


def _problem(run: Run) -> str:
    """Return why no unit can be placed; empty where that is not so."""
    file = names.CHANNEL_POSITIONS
    if run.sites is not None and usable_sites(run).any():
        return "" if "maxChannels" in run.units else "No column maxChannels: units have no place"
    why = [issue.what.rstrip(".") for issue in run.issues if issue.file == file]
    if why or run.sites is not None:
        said = why[0] if why else "holds no place that can be drawn"
        return f"{file}: {said}: units cannot be placed"
    return f"{file} is not there: units cannot be placed"


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
