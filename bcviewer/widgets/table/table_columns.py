"""Which columns the table shows, in which order and how wide: what the person chose, and fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QMenu

from bcviewer.core.rules.barcode import BARCODE
from bcviewer.core.rules.column_choices import DEFAULT_COLUMNS
from bcviewer.core.rules.columns import PROBE
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.table.barcode_cells import Barcode
from bcviewer.widgets.table.frozen_part import DEFAULT_FROZEN, FrozenPart
from bcviewer.widgets.table.plain_table import PlainTable
from bcviewer.widgets.table.unit_model import Ints, UnitModel

_CELL_PADDING = 14
_SORT_MARK = 22
_BOLD = 6
_SIGN = 34
"""Room for the coloured sign of a label."""
_WIDEST = 250
_TICK = 30
"""Room for the tick of a reviewed unit."""
_NOTE_CHARS = 18
"""Width of notes that are yet to be written, in characters."""


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
    """

    changed = Signal()
    chosen = Signal(object)
    dialog_wanted = Signal()

    def __init__(
        self, view: PlainTable, frozen: FrozenPart, units: UnitModel, barcode: Barcode
    ) -> None:
        super().__init__(view)
        self._view, self._frozen, self._units, self._barcode = view, frozen, units, barcode
        self._section = -1
        """Where the barcode is drawn; −1: nowhere."""
        self._widths: dict[str, int] = {}
        self._telling = True
        header = view.horizontalHeader()
        header.setSectionsMovable(True)
        header.setStretchLastSection(False)
        header.sectionResized.connect(self._on_resized)
        header.sectionMoved.connect(self._on_moved)
        header.customContextMenuRequested.connect(self._on_menu)
        frozen.horizontalHeader().customContextMenuRequested.connect(self._on_frozen_menu)

    # -- set from outside --------------------------------------------------------------------

    def shown(self) -> list[str]:
        """Return the keys of the columns shown, in the order they are shown."""
        return [self._units.columns[i] for i in self._view.shown_sections()]

    def show_table(self, table: Table | None, rows: Ints, keys: Sequence[str]) -> None:
        """Give the model these units, and show those of the columns that they have, in order."""
        known = [k for k in keys if table is not None and (table.kind(k) or k == BARCODE.key)]
        if table is not None and table.kind(PROBE.key) and PROBE.key not in known:
            known.insert(0, PROBE.key)  # ids alone do not tell the units of several probes apart
        others = [] if table is None else [k for k in table.names() if k not in known]
        self._telling = False
        self._units.set_table(table, rows, (*known, *others))
        header = self._view.horizontalHeader()
        n = len(known) + len(others)
        for i in range(n):
            self._view.setColumnHidden(i, i >= len(known))
        for i in range(n):  # undo what was moved before
            header.moveSection(header.visualIndex(i), i)
        self._show_rules(table, known)
        if table is not None:
            for i, key in enumerate(known):
                self._view.setColumnWidth(i, self._width(table, key, i))
        self._telling = True
        self._frozen.lay_out()

    def _show_rules(self, table: Table | None, known: list[str]) -> None:
        """Let the barcode's delegate draw its column, and the headers know where it is."""
        self._barcode.show_table(table, self._view.fontMetrics().height())
        section = known.index(BARCODE.key) if BARCODE.key in known else -1
        for view in (self._view, self._frozen):
            if self._section >= 0:
                view.setItemDelegateForColumn(self._section, view.itemDelegate())
            if section >= 0:
                view.setItemDelegateForColumn(section, self._barcode)
            view.unit_header.set_rules(section, self._barcode.spaces)
        self._section = section

    def widths(self) -> dict[str, int]:
        """Return the widths that the person set, in pixels by column."""
        return dict(self._widths)

    def set_widths(self, widths: Mapping[str, int]) -> None:
        """Use these widths in place of fitted ones."""
        self._widths = dict(widths)

    def _width(self, table: Table, key: str, section: int) -> int:
        """Return the width of a column: as it was set, or of its header and its widest texts."""
        if key in self._widths:
            return self._widths[key]
        if key == BARCODE.key:
            return self._barcode.spaces.width
        metrics = self._view.fontMetrics()
        header = str(self._units.headerData(section, Qt.Orientation.Horizontal))
        width = metrics.horizontalAdvance(header) + _SORT_MARK
        for text in table.widest_texts(key):
            width = max(width, metrics.horizontalAdvance(text) + _BOLD)
        if key == "label":
            width = max(width, metrics.horizontalAdvance("NON-SOMA GOOD")) + _SIGN
        elif key == "manual_label":
            longest = "NON-SOMA GOOD" if table.is_split else "NON-SOMA"
            width = max(width, metrics.horizontalAdvance(longest) + _SIGN)
        elif key == "cluster_id":
            width += _TICK
        elif key == "note":
            width = max(width, metrics.averageCharWidth() * _NOTE_CHARS)
        return min(width + _CELL_PADDING, _WIDEST)

    # -- the person --------------------------------------------------------------------------

    def freeze(self, count: int) -> None:
        """Keep the first ``count`` columns in sight, as the person wants it."""
        self._frozen.set_count(count)
        self.changed.emit()

    def _on_resized(self, section: int, _: int, width: int) -> None:
        if self._telling and width > 0:
            self._widths[self._units.columns[section]] = width
            self.changed.emit()
            self._frozen.lay_out()

    def _on_moved(self) -> None:
        if self._telling:
            self._frozen.lay_out()
            self.changed.emit()

    def _on_menu(self, place: QPoint) -> None:
        self._menu(self._view.horizontalHeader(), place)

    def _on_frozen_menu(self, place: QPoint) -> None:
        self._menu(self._frozen.horizontalHeader(), place)

    def _menu(self, header: QHeaderView, place: QPoint) -> None:
        """Offer what can be done with the column at a place of a header."""
        section, shown, table = header.logicalIndexAt(place), self.shown(), self._units.table
        menu = QMenu(self._view)
        if section >= 0 and table is not None:
            key = self._units.columns[section]
            title = self._units.column(key).title.replace("&", "&&")
            position = shown.index(key) + 1
            menu.addAction(f"Hide “{title}”").triggered.connect(
                lambda: self.chosen.emit([k for k in shown if k != key])
            )
            menu.addAction(f"Freeze up to “{title}”").triggered.connect(
                lambda: self.freeze(position)
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
