"""Why MUA units are MUA, in one word: families, over all, by region of interest or by depth."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.arrays import Ints
from bcviewer.core.figures.family_bars import FAMILIES, family_bars, family_stacks
from bcviewer.core.figures.parts import NO_STACKS, FigureBar, LegendKey
from bcviewer.core.figures.population import (
    Grouped,
    Groups,
    families,
    groups_of,
    known_groups,
)
from bcviewer.core.rules.counts import count_of, verb_of
from bcviewer.core.rules.rules import FAMILY_NAMES, Family
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.cell_plot import CellPlot, PlotCell
from bcviewer.widgets.drawing.plots import (
    bar_item,
    outline_item,
    set_bars,
    set_outlines,
    set_thin_bars,
    thin_bar_item,
)
from bcviewer.widgets.drawing.scroll import scrolled
from bcviewer.widgets.drawing.theme import theme

GROUPS: tuple[tuple[str, str, str], ...] = (
    ("all", "all", ""),
    ("roi", "by region of interest", "No region of interest is known for this probe."),
    ("depth", "by depth", "The depth of these units is not known."),
)
"""Key, title, and what is missing where it cannot be chosen."""
_NOTHING = Grouped((), (), np.zeros((0, len(FAMILY_NAMES)), np.int64))


class FamiliesPanel(PlotPanel):
    """MUA units by family; a click filters the table to a family's units, Ctrl adds them."""

    outlines: ClassVar[bool] = True
    panel_id = "families"
    n_plots = 1
    title = "MUA by family"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.by = QComboBox(self)
        self.by.setObjectName("by.families")
        self.by.setAccessibleName("Groups of units")
        for key, title, _ in GROUPS:
            self.by.addItem(title, key)
        self.by.currentIndexChanged.connect(self._draw)
        for box in (self.scope, self.by):  # both beside each other in a small dock
            box.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.setMinimumContentsLength(8)
        self.head.insertWidget(1, self.by)
        self.plot = CellPlot(self.body)
        self.bars, self.selected_bars = bar_item(), thin_bar_item()
        self.hollow = outline_item()
        self.plot.addItem(self.bars)
        self.plot.addItem(self.hollow)
        self.plot.addItem(self.selected_bars)
        self.plot.cell_clicked.connect(self._on_clicked)
        self._lay_out()
        self.grouped, self.figure = _NOTHING, NO_STACKS
        self._was: Grouped | None = None
        """The families by the saved thresholds, while others are tried."""
        self.filters: list[str] = []
        """Filter of each cell of the plot."""
        self._grouped_table: Table | None = None
        self._groups: dict[str, Groups] = {}
        """Groups of that table, as far as they were asked for."""

    def _lay_out(self) -> None:
        self.legend = QLabel(self.body)
        self.legend.setObjectName("legend.families")
        self.legend.setWordWrap(True)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setContentsMargins(6, 0, 6, 0)
        self.body.setBackgroundRole(QPalette.ColorRole.Base)
        self.body.setAutoFillBackground(True)
        area = scrolled(self.plot, self.body)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addWidget(self.legend)
        box.addWidget(area, 1)

    def content(self) -> tuple[object, ...]:
        return (*super().content(), self.by.currentData())

    @property
    def stacked(self) -> bool:
        """Whether families are segments of groups, not rows of their own."""
        return bool(self.by.currentData() != "all")

    # -- drawing -----------------------------------------------------------------------------

    def redraw(self, scene: Scene) -> None:
        self.plot.recolor(theme())
        table, rows = scene.table, self.rows(scene)
        if table is not self._grouped_table:
            self._offer_groups(table)
            self._grouped_table, self._groups = table, {}
        self.grouped = _NOTHING
        self._was = None
        if table is not None:
            groups, former = self._groups_of(table), self.former.table(scene)
            self.grouped = families(table, rows, groups=groups)
            self._was = None if former is None else families(former, rows, groups=groups)
        self.figure = family_stacks(self.grouped, str(self.by.currentData()))
        if self.stacked:
            self._draw_groups()
        else:
            self._draw_families()
        self._write_legend(table, rows)

    def _groups_of(self, table: Table) -> Groups:
        by = str(self.by.currentData())
        if by not in self._groups:
            self._groups[by] = groups_of(table, by)
        return self._groups[by]

    def _offer_groups(self, table: Table | None) -> None:
        """Offer only groups that are known; where the chosen ones are not, show all units."""
        known = known_groups(table) if table is not None else ("all",)
        model = self.by.model()
        assert isinstance(model, QStandardItemModel)  # noqa: S101  # a combo box brings it
        for i, (key, _, missing) in enumerate(GROUPS):
            model.item(i).setEnabled(key in known)
            model.item(i).setToolTip("" if key in known else missing)
        self.by.setToolTip(" ".join(why for key, _, why in GROUPS if key not in known))
        if self.by.currentData() not in known:
            self.by.blockSignals(True)
            self.by.setCurrentIndex(0)
            self.by.blockSignals(False)
            self._content = (*self._content[:-1], "all") if self._content else None

    def _draw_families(self) -> None:
        """Draw one bar a family."""
        figure = family_bars(self.grouped, self._was)
        set_outlines(self.hollow, figure.former, theme().text)
        cells = [PlotCell.row(y, bar.tip) for y, bar in enumerate(figure.bars)]
        bars = [(y, 0, bar.n, bar.fill) for y, bar in enumerate(figure.bars) if bar.n]
        self.filters = [bar.filter for bar in figure.bars]
        self._show(figure.bars, bars, cells, figure.most)

    def _draw_groups(self) -> None:
        """Draw one bar a group, made of families."""
        figure = self.figure
        was = [] if self._was is None else self._was.counts[list(figure.keys)].sum(axis=1).tolist()
        set_outlines(self.hollow, was, theme().text)
        bars, cells = [], []
        self.filters = []
        for y, counts in enumerate(figure.counts.tolist()):
            start = 0
            for k, n in enumerate(counts):
                if n:
                    bars.append((y, start, n, figure.legend[k].fill))
                    tip = figure.tips[y][k]
                    cells.append(PlotCell(start, start + n, y - 0.31, y + 0.31, tip, f"{n:,}"))
                    self.filters.append(figure.filters[y][k])
                start += n
        cells += [PlotCell.row(y, row.tip) for y, row in enumerate(figure.rows)]
        self.filters += [row.filter for row in figure.rows]
        self._show(
            figure.rows, bars, cells, max((*(row.n for row in figure.rows), *was), default=0)
        )

    def _show(
        self,
        rows: Sequence[FigureBar],
        bars: Sequence[tuple[int, int, int, str]],
        cells: Sequence[PlotCell],
        most: int,
    ) -> None:
        colors, n = theme(), len(rows)
        self.plot.set_row_count(max(n, 1))
        most = most or 1
        self.plot.setXRange(0, most, padding=0.03)  # room for the outer ticks' numbers
        levels = [(1, 0)] if most < 5 else None  # there are no halves of units
        self.plot.getAxis("bottom").setTickSpacing(levels=levels)
        places, starts, widths = ([float(bar[k]) for bar in bars] for k in range(3))
        set_bars(self.bars, places, starts, widths, [bar[3] for bar in bars])
        self.bars.setOpts(pen=colors.faint)  # a light fill needs an edge on a light ground
        names, notes = [row.name for row in rows], [row.note for row in rows]
        self.plot.set_texts(names or ["no MUA unit"], notes or [""], [colors.text] * max(n, 1))
        self.plot.set_cells(cells)

    def _write_legend(self, table: Table | None, rows: Ints | None) -> None:
        parts = _legend_parts(self.figure.legend) if self.stacked else []
        left_out = self._n_mua(table, rows) - int(self.grouped.counts.sum())
        if left_out:
            what = "depth" if self.by.currentData() == "depth" else "region"
            units, are = count_of(left_out, "MUA unit"), verb_of(left_out, "is", "are")
            parts.append(f"<i>{units} without a known {what} {are} left out</i>")
        self.legend.setText(" &nbsp;".join(parts))
        self.legend.setVisible(bool(parts))

    @staticmethod
    def _n_mua(table: Table | None, rows: Ints | None) -> int:
        if table is None:
            return 0
        family = table.audit.family
        return int(np.count_nonzero(family if rows is None else family[rows]))

    def say_units(self, scene: Scene) -> None:
        """Write below the bars how many there are: the head has no room for it."""
        n = self._n_mua(scene.table, self.rows(scene))
        self.plot.getAxis("bottom").setLabel(f"MUA units, {n:,} in all")

    # -- marks, numbers, clicks --------------------------------------------------------------

    def mark(self, scene: Scene) -> None:
        table, accent = scene.table, theme().accent
        if table is None:
            return
        current = np.array([scene.current] if scene.current >= 0 else [], np.int64)
        here = self._rows_of(table, current)
        self.plot.names.set_marks(here[here >= 0].tolist(), accent)
        chosen = self._rows_of(table, scene.selected)
        n_rows = len(self.figure.keys)
        widths = np.bincount(chosen[chosen >= 0], minlength=n_rows).astype(float).tolist()
        below = 0.41 if self.stacked else 0.0  # where no number is written
        set_thin_bars(self.selected_bars, [y + below for y in range(n_rows)], widths, accent)

    def _rows_of(self, table: Table, units: Ints) -> Ints:
        """Return the row of the plot that units belong to, −1: none."""
        family = table.audit.family[units].astype(np.int64)
        if not self.stacked:
            return family - 1  # FAMILIES are all families but none, in their order
        row_of_group = np.append(np.argsort(self.figure.keys), -1)
        return np.asarray(np.where(family > 0, row_of_group[self._groups_of(table).of[units]], -1))

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        counts = self.grouped.counts
        total = int(counts.sum())
        rows = [
            (group, FAMILY_NAMES[f], int(counts[i, f]), counts[i, f] / total if total else 0.0)
            for i, group in enumerate(self.grouped.groups)
            for f in FAMILIES
            if f != Family.SAVED_LIMIT or counts[:, f].any()  # only while another one is tried
        ]
        return ("group", "family", "units", "share"), rows

    def _on_clicked(self, cell: int, add: bool) -> None:
        if cell < len(self.filters):
            self.want_filter(self.filters[cell], add)


def _legend_parts(keys: Sequence[LegendKey]) -> list[str]:
    """Return the families that occur, each with its fill, as rich text that breaks between them."""
    return [
        f"<span style='color:{key.fill}'>■</span>&nbsp;" + escape(key.name).replace(" ", "&nbsp;")
        for key in keys
    ]
