"""Which columns the table shows, in which order and how wide: what the person chose, and fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QAbstractItemDelegate, QHeaderView, QMenu

from bcviewer.core.arrays import Ints
from bcviewer.core.rules.barcode import BARCODE
from bcviewer.core.rules.column_choices import DEFAULT_COLUMNS, shown_at_first, with_passing
from bcviewer.core.rules.columns import BETWEEN, PROBE, WHAT_IF
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.table.barcode_cells import Barcode
from bcviewer.widgets.table.fitted_width import (
    READABLE_CHARS,
    WIDEST,
    WIDEST_ELASTIC,
    elastic_width,
    fitted_width,
    least_reason_width,
    wanted_widths,
)
from bcviewer.widgets.table.frozen_part import DEFAULT_FROZEN, FrozenPart
from bcviewer.widgets.table.label_cell import COME_LATER, LabelCell
from bcviewer.widgets.table.plain_table import PlainTable
from bcviewer.widgets.table.unit_model import UnitModel
from bcviewer.widgets.table.whole_texts import ReasonCell, SeenText, WholeNumbers, is_number

_ELASTIC = "reason"
"""The column that gives room to the others."""


class TableColumns(QObject):
    """Owns the widths that the person set, and says what they do to columns.

    Attributes
    ----------
    changed : Signal()
        The person moved, resized or froze columns.
    chosen : Signal(object)
        The person wants exactly the columns of these keys.
    dialog_wanted : Signal()
        The person wants to choose from all columns.
    width_needed : Signal()
        All columns together are of another width.
    """

    changed = Signal()
    chosen = Signal(object)
    dialog_wanted = Signal()
    width_needed = Signal()

    def __init__(
        self,
        view: PlainTable,
        frozen: FrozenPart,
        units: UnitModel,
        barcode: Barcode,
    ) -> None:
        super().__init__(view)
        self._view, self._frozen, self._units, self._barcode = view, frozen, units, barcode
        self._cells = {BARCODE.key: barcode, "label": LabelCell(units, view)}
        self._cells[_ELASTIC] = ReasonCell(view)
        self._numbers, self._texts = WholeNumbers(view), SeenText(view)
        self._drawn: list[int] = []
        """The sections that such a cell draws."""
        self._widths, self._fitted = dict[str, int](), dict[str, int]()
        self._wanted: list[str] = []
        self._needed = self._least = 0  # of all columns; of a reason in its fewest words
        self._is_own = False
        """Whether a person chose columns: they are not those that the table starts with."""
        self._telling = True
        header = view.horizontalHeader()
        header.setSectionsMovable(True)
        header.setStretchLastSection(False)
        header.sectionResized.connect(self._on_resized)
        header.sectionMoved.connect(self._on_moved)
        for each in (header, frozen.horizontalHeader()):
            each.customContextMenuRequested.connect(partial(self._menu, each))

    # -- set from outside --------------------------------------------------------------------

    def shown(self) -> list[str]:
        """Return the keys of the columns shown, in the order they are shown."""
        return [self._units.columns[i] for i in self._view.shown_sections()]

    def chosen_columns(self) -> list[str]:
        """Return the keys of the columns shown, and of those that wait for a label or a note."""
        passing = {*WHAT_IF, *BETWEEN}  # they come and go by themselves
        out = [key for key in self.shown() if key not in passing]
        for i, key in enumerate(self._wanted):
            if key in COME_LATER and key not in out:
                before = [out.index(k) for k in self._wanted[:i] if k in out]
                out.insert(max(before, default=-1) + 1, key)
        return out

    def show_table(self, table: Table | None, rows: Ints, keys: Sequence[str]) -> None:
        """Give the model these units, and show those of the columns that they have, in order."""
        known = _those_of(table, keys)
        if table is not None and table.kind(PROBE.key) and PROBE.key not in known:
            known.insert(0, PROBE.key)  # ids alone do not tell the units of several probes apart
        known = shown_at_first(known) if tuple(keys) == DEFAULT_COLUMNS else known
        # columns that this run has not (another's cell types) make no choice of what it shows
        self._is_own = known != shown_at_first(_those_of(table, DEFAULT_COLUMNS))
        known = known if table is None else with_passing(known, table.kind)
        self._wanted = list(known)
        known = [k for k in known if k not in COME_LATER]
        others = [] if table is None else [k for k in table.names() if k not in known]
        with self._arranged():
            self._units.set_table(table, rows, (*known, *others))
            header, n = self._view.horizontalHeader(), len(known) + len(others)
            for i in range(n):
                self._view.setColumnHidden(i, i >= len(known))
                header.moveSection(header.visualIndex(i), i)  # undo what was moved before
            self._show_cells(table)
            if table is not None:
                self._fitted = {key: self._fit(table, key, i) for i, key in enumerate(known)}
                for i, key in enumerate(known):
                    self._view.setColumnWidth(i, self._width(key))
        self.fit()
        self._frozen.lay_out()

    def refit(self) -> None:
        """Fit the columns to another font."""
        table = self._units.table
        if table is None:
            return
        with self._arranged():
            self._show_cells(table)
            for key in self._fitted:
                section = self._units.columns.index(key)
                self._fitted[key] = self._fit(table, key, section)
                self._view.setColumnWidth(section, self._width(key))
        self.fit()
        self._frozen.lay_out()

    def show_said(self, table: Table) -> None:
        """Show the columns of labels and notes of which there is one, where there is room."""
        changed = False
        for key in [k for k in self.chosen_columns() if k in COME_LATER]:
            is_shown, section = key in self.shown(), self._units.columns.index(key)
            if not is_shown and not COME_LATER[key](table):
                continue
            self._fitted[key] = self._fit(table, key, section)
            if self._has_room(key) != is_shown:
                self._put(key, section, not is_shown)
                changed = True
        if changed:
            self.give_way()
            self._frozen.lay_out()

    @contextmanager
    def _arranged(self) -> Iterator[None]:
        """Let columns be put in their places: it is no person who does, and nobody is told."""
        self._telling = False
        try:
            with self._view.arranged():
                yield
        finally:
            self._telling = True

    def _put(self, key: str, section: int, there: bool) -> None:
        """Show a column in its place, or hide it."""
        wanted, header = self.chosen_columns(), self._view.horizontalHeader()
        with self._arranged():
            if there:
                before = [k for k in wanted[: wanted.index(key)] if k in self.shown()]
                header.moveSection(header.visualIndex(section), len(before))
            self._view.setColumnHidden(section, not there)
            if there:
                self._view.setColumnWidth(section, self._width(key))

    def _has_room(self, key: str) -> bool:
        """Whether a column that comes by itself leaves the others in sight, the reason readable.

        A person's own columns that are wider than the table anyway lose nothing by it.
        """
        others = [k for k in self.shown() if k != key]
        if "label" not in others:  # its signs are not seen
            return True
        readable = least = sum(self._width(k) for k in others)
        if _ELASTIC in others and _ELASTIC not in self._widths:
            readable += self._readable - self._width(_ELASTIC)
            least += self._least - self._width(_ELASTIC)
        room = self._view.viewport().width()
        return readable + self._width(key) <= room or (self._is_own and least > room)

    def fit(self) -> None:
        """Fit the columns to another width of the table."""
        if self._telling and (table := self._units.table) is not None:
            self.show_said(table)
        self.give_way()

    def show_labels(self, table: Table) -> None:
        """Make room for longer labels: of another source, or of what is tried by now."""
        grown = False
        with self._arranged():
            known = self._fitted.keys() & {"label", *WHAT_IF, *BETWEEN} & set(self.shown())
            for key in (key for key in known if table.kind(key)):
                section = self._units.columns.index(key)
                self._fitted[key] = max(self._fitted[key], self._fit(table, key, section))
                grown |= self._view.columnWidth(section) != self._width(key)
                self._view.setColumnWidth(section, self._width(key))
        if grown:
            self.give_way()
            self._frozen.lay_out()

    def _show_cells(self, table: Table | None) -> None:
        """Let those cells that are no plain text be drawn by who can."""
        self._barcode.show_table(table, self._view.fontMetrics().height())
        sections = {key: i for i, key in enumerate(self._units.columns)}
        drawn: dict[int, QAbstractItemDelegate] = {}
        for key, i in sections.items():
            plain = self._numbers if is_number(table, key) else self._texts
            drawn[i] = self._cells.get(key, plain)
        for view in (self._view, self._frozen):
            for section in self._drawn:
                view.setItemDelegateForColumn(section, view.itemDelegate())
            for section, cell in drawn.items():
                view.setItemDelegateForColumn(section, cell)
            view.unit_header.set_rules(sections.get(BARCODE.key, -1), self._barcode.spaces)
        self._drawn = list(drawn)

    def give_way(self) -> None:
        """Narrow the reason as far as the other columns need its room, and no further."""
        if not self._telling:
            return  # columns are being put in their places
        shown, needed = self.shown(), self.needed_width()
        if needed != self._needed:
            self._needed = needed
            self.width_needed.emit()
        if _ELASTIC not in shown or _ELASTIC in self._widths:
            return
        each = {key: self._width(key) for key in shown if key != _ELASTIC}
        at, edge = shown.index(_ELASTIC), self._view.viewport().width()
        left = edge - sum(each[key] for key in shown[:at])
        room = elastic_width(left, [each[k] for k in shown[at + 1 :]], self._readable, self._least)
        width = min(self._fitted[_ELASTIC], room)
        section = self._units.columns.index(_ELASTIC)
        if width != self._view.columnWidth(section):
            with self._arranged():
                self._view.setColumnWidth(section, width)
            self._frozen.lay_out()
            if self._view.viewport().width() < edge:  # it takes a scroll bar for the rows to show
                self.give_way()

    @property
    def _readable(self) -> int:
        """Width in which it is read how the reason begins."""
        readable = READABLE_CHARS * self._view.fontMetrics().averageCharWidth()
        return min(max(readable, self._least), self._fitted[_ELASTIC])

    def needed_width(self) -> int:
        """Return how wide all columns that are shown are together, in pixels."""
        return sum(self._width(key) for key in self.shown())

    def wanted_widths(self) -> tuple[int, int]:
        """Return how wide they are with reasons whole, and up to those in their fewest words."""
        fitted = 0 if _ELASTIC in self._widths else self._fitted.get(_ELASTIC, 0)
        each = {key: self._width(key) for key in self.shown()}
        whole, fewest = wanted_widths(each, _ELASTIC, fitted, self._least)
        return whole, 0 if self._is_own else fewest  # which of one's own are shown is by the room

    def widths(self) -> dict[str, int]:
        """Return the widths that the person set, in pixels by column."""
        return dict(self._widths)

    def set_widths(self, widths: Mapping[str, int]) -> None:
        """Use these widths in place of fitted ones."""
        self._widths = dict(widths)

    def _width(self, key: str) -> int:
        """Return the width of a column: as it was set, else as it was fitted.

        A number is never cut off: a frozen one could not be scrolled into sight, and a part of a
        number is another number.
        """
        fitted = min(self._fitted[key], WIDEST)
        if is_number(self._units.table, key):
            return max(fitted, self._widths.get(key, 0))
        return self._widths.get(key, fitted)

    def _fit(self, table: Table, key: str, section: int) -> int:
        """Return the width that a column's header and its widest texts need."""
        if key == BARCODE.key:
            return self._barcode.spaces.width
        header = str(self._units.headerData(section, Qt.Orientation.Horizontal))
        if key == _ELASTIC:
            self._least = least_reason_width(table, self._view.font())
        most = WIDEST_ELASTIC if key == _ELASTIC else WIDEST
        return fitted_width(table, key, header, self._view.font(), most)

    # -- the person --------------------------------------------------------------------------

    def freeze(self, count: int) -> None:
        """Keep the first ``count`` columns in sight, as the person wants it."""
        self._frozen.set_count(count)
        self.changed.emit()

    def _on_resized(self, section: int, _: int, width: int) -> None:
        if self._telling and width > 0:
            key = self._units.columns[section]
            self._widths[key] = width
            if self._width(key) != width:  # a number would be cut off
                self._view.setColumnWidth(section, self._width(key))
                return
            self.changed.emit()
            self.give_way()
            self._frozen.lay_out()

    def _on_moved(self) -> None:
        if self._telling:
            self._frozen.lay_out()
            self.changed.emit()

    def _menu(self, header: QHeaderView, place: QPoint) -> None:
        """Offer what can be done with the column at a place of a header."""
        section, table = header.logicalIndexAt(place), self._units.table
        shown, all_chosen = self.shown(), self.chosen_columns()
        menu = QMenu(self._view)
        if section >= 0 and table is not None:
            key = self._units.columns[section]
            title = self._units.column(key).title.replace("&", "&&")
            menu.addAction(f"Hide “{title}”").triggered.connect(
                lambda: self.chosen.emit([k for k in all_chosen if k != key])
            )
            menu.addAction(f"Freeze up to “{title}”").triggered.connect(
                lambda: self.freeze(shown.index(key) + 1)
            )
        if self._frozen.count:
            menu.addAction("Unfreeze columns").triggered.connect(lambda: self.freeze(0))
        menu.addSeparator()
        menu.addAction("Choose columns…").triggered.connect(self.dialog_wanted)
        menu.addAction("Default columns").triggered.connect(self._reset)
        menu.exec(header.mapToGlobal(place))
        menu.deleteLater()

    def _reset(self) -> None:
        self._widths = {}
        self._frozen.set_count(DEFAULT_FROZEN)
        self.chosen.emit(DEFAULT_COLUMNS)


def _those_of(table: Table | None, keys: Sequence[str]) -> list[str]:
    """Return the columns that a table has of these."""
    return [k for k in keys if table is not None and (table.kind(k) or k == BARCODE.key)]
