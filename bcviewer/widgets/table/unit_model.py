"""The unit table's model: a view over the audit table, sorted and filtered outside Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PySide6.QtGui import QColor, QIcon

from bcviewer.core.arrays import Ints
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.barcode import BARCODE
from bcviewer.core.rules.column import Column
from bcviewer.core.rules.columns import SAID_COLUMNS
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.cell_words import SeenCells, display_text, fails
from bcviewer.core.sheet.ids import GlobalRow
from bcviewer.core.sheet.table import STARRED, STRUCK, Table, why_gone, why_unsaved
from bcviewer.widgets.drawing.headed_model import LEFT, RIGHT, Index
from bcviewer.widgets.drawing.theme import label_icon, theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.table.plain_cell import NOTHING, Cell

_NONE = QModelIndex()
_WITH_HINT = "QList<QPersistentModelIndex>", "QAbstractItemModel::LayoutChangeHint"
_ROWS_MOVE = QAbstractTableModel.LayoutChangeHint.VerticalSortHint
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_TOOL_TIP = int(Qt.ItemDataRole.ToolTipRole)
_ALIGNMENT = int(Qt.ItemDataRole.TextAlignmentRole)

SORT_ROLE = int(Qt.ItemDataRole.UserRole)
"""The value of a cell as a number or text."""
ROW_ROLE = SORT_ROLE + 1
"""The row of a cell's unit in the run."""

_ROLES = frozenset((_DISPLAY, _TOOL_TIP, SORT_ROLE, ROW_ROLE))
"""What is answered: delegates draw what :meth:`UnitModel.cell` says, and ask for no other."""
_MARKED = ("label", "cluster_id", "manual_label")
"""The columns in whose cells the colour says that a row changed from elsewhere."""
_MOST_KEPT = 20_000
_MANY = 20
"""More changed rows than that are repainted with what is between them."""


class UnitModel(QAbstractTableModel):
    """Shows some rows and columns of an :class:`~bcviewer.core.sheet.table.Table`.

    Its state is set from outside; the only thing it computes is the text of cells on screen.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table: Table | None = None
        self._rows: Ints = np.empty(0, np.int64)
        self._place: Ints = np.empty(0, np.int64)
        self.news: Ints = np.empty(0, np.int64)
        """The rows of the run that are marked as changed from elsewhere."""
        self._columns: tuple[str, ...] = ()
        self._cells = SeenCells()
        self._kept: dict[tuple[int, int], Cell] = {}
        """What cells say, by row of the run and column: a far step paints many that were seen."""
        self.drafts: Mapping[int, str] = {}
        """What was written of notes, and not saved, by the rows of the run."""
        self.grown = False
        """Whether the run has further rows that :meth:`set_rows` has not been told of."""
        self.retheme()

    def retheme(self) -> None:
        """Take the colours of the palette."""
        self._kept.clear()
        self._new = QColor(theme().accent)

    @property
    def columns(self) -> tuple[str, ...]:
        """Keys of the columns, in the model's order."""
        return self._columns

    @property
    def table(self) -> Table | None:
        """The table that is shown."""
        return self._table

    def column(self, key: str) -> Column:
        """Return what a column is; KeyError where there is none."""
        if key == BARCODE.key:
            return BARCODE
        if self._table is None:
            raise KeyError(key)
        return self._table.column(key)

    def set_table(self, table: Table | None, rows: Ints, columns: tuple[str, ...]) -> None:
        """Show another table."""
        self.beginResetModel()
        self._kept.clear()
        self._table, self._rows, self._columns = table, rows, columns
        self._place = self._places()
        self.news = self.news[:0]
        self.grown = False
        self.endResetModel()

    def set_labels(
        self, table: Table, rows: range | None = None, columns: Sequence[int] = ()
    ) -> None:
        """Show the same units with other labels; nothing is selected or moved anew.

        Parameters
        ----------
        table : Table
            The units.
        rows, columns : range, sequence of int
            The rows and columns of the model that are on screen, of which only the cells that look
            otherwise by now are told as changed: others are asked for when they come in sight.
            Without them all are.
        """
        self._kept.clear()
        before, self._table = self._table, table
        self.grown = before is not None and table.n_units > before.n_units
        if not len(self._rows) or not self._columns:
            return
        if before is None or rows is None or before.n_units > table.n_units:
            last = self.index(len(self._rows) - 1, len(self._columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            return
        from bcviewer.widgets.table.changed_cells import changed_cells  # not at the start

        shown, keys = self._rows[rows.start : rows.stop], [self._columns[i] for i in columns]
        for i, first, end in changed_cells(before, table, shown, keys):
            top = self.index(rows.start + first, columns[i])
            self.dataChanged.emit(top, self.index(rows.start + end, columns[i]))

    def cells(self, place: int) -> bytes:
        """Return what every rule says of the unit in a row of the model, in a code each."""
        assert self._table is not None  # noqa: S101  # there are no rows without
        return self._cells.of(self._table, self._rows, place)

    def set_manual(self, table: Table, changed: Ints) -> None:
        """Show what curators said of some rows of the run; the other cells stay as they are."""
        self._kept.clear()
        self._table = table
        told = (*SAID_COLUMNS, "label")
        keys = [i for i, key in enumerate(self._columns) if key in told]
        spans = self._spans(changed) if keys else []
        for first, last in spans:
            for column in keys:
                self.dataChanged.emit(self.index(first, column), self.index(last, column))

    def set_news(self, rows: Ints) -> None:
        """Mark the rows of the run that changed from elsewhere; no other row is marked."""
        if not len(rows) and not len(self.news):
            return
        self._kept.clear()
        changed = np.setxor1d(rows, self.news)
        self.news = rows
        for first, last in self._spans(changed) if self._columns else []:
            right = self.index(last, len(self._columns) - 1)
            self.dataChanged.emit(self.index(first, 0), right)

    def set_drafts(self, drafts: Mapping[int, str]) -> None:
        """Mark the rows of the run for which a note was written and not saved."""
        changed = np.array(sorted({*drafts, *self.drafts}), np.int64)
        self.drafts = dict(drafts)
        shown = changed[changed < len(self._place)]
        for first, last in self._spans(shown) if self._columns else []:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self._columns) - 1))

    def _spans(self, changed: Ints) -> list[tuple[int, int]]:
        """Return the rows of the model that show some rows of the run, as few first and last."""
        places = self.places_of(changed)
        if len(places) > _MANY:
            return [(int(places[0]), int(places[-1]))]
        return [(place, place) for place in places.tolist()]

    def shows(self, rows: Ints) -> bool:
        """Whether these rows of the run are shown, in this order, and it has no further ones."""
        n_units = 0 if self._table is None else self._table.n_units
        return len(self._place) == n_units and np.array_equal(rows, self._rows)

    def begins(self, rows: Ints) -> bool:
        """Whether some rows of the run begin with those that are shown, in this order."""
        return np.array_equal(rows[: len(self._rows)], self._rows)

    def append(self, rows: Ints) -> None:
        """Show these rows, of which those that are shown are the first: the run has further ones.

        Nothing that is on screen is another thing by it.
        """
        n, there = len(rows), len(self._rows)
        if n > there:
            self.beginInsertRows(_NONE, there, n - 1)
        self._rows = rows
        self._place = self._places()
        if n > there:
            self.endInsertRows()
        self.grown = False

    def set_rows(self, rows: Ints) -> None:
        """Show other rows, or the same in another order."""
        # Without the hint a header hides all its hidden sections anew, and all is drawn twice.
        self.layoutAboutToBeChanged[_WITH_HINT].emit([], _ROWS_MOVE)  # type: ignore[index]
        old = self._rows
        self._rows = rows
        self._place = self._places()
        self._move_persistent(old)
        self.layoutChanged[_WITH_HINT].emit([], _ROWS_MOVE)  # type: ignore[index]
        self.grown = False

    def _move_persistent(self, old: Ints) -> None:
        """Keep selections with their units; those of hidden units end."""
        kept, place = self.persistentIndexList(), self._place
        if not kept or self._table is None:
            return
        moved = [
            self.index(int(place[old[i.row()]]), i.column()) if i.row() < len(old) else _NONE
            for i in kept
        ]
        self.changePersistentIndexList(kept, moved)

    def _places(self) -> Ints:
        """Return where each row of the run is shown, −1: nowhere; shape (n_units,)."""
        place = np.full(0 if self._table is None else self._table.n_units, -1, np.int64)
        place[self._rows] = np.arange(len(self._rows))
        return place

    def unit_row(self, row: int) -> GlobalRow:
        """Return the book's row of a row of the model."""
        return GlobalRow(int(self._rows[row]))

    def place_of(self, unit: GlobalRow) -> int:
        """Return the row of the model that shows a row of the run, −1 where none does."""
        return int(self._place[unit]) if 0 <= unit < len(self._place) else -1

    def places_of(self, units: Ints) -> Ints:
        """Return the rows of the model that show some rows of the run, ascending."""
        places = self._place[units[units < len(self._place)]]
        return np.sort(places[places >= 0])

    def unit_rows(self, rows: list[int] | Ints) -> Ints:
        """Return the run's rows of some rows of the model."""
        return self._rows[np.asarray(rows, np.int64)]

    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        table = self._table
        if role not in _ROLES or table is None or not index.isValid():
            return None
        row, key = self._rows[index.row()], self._columns[index.column()]
        if key == BARCODE.key:  # its delegate draws it
            return int(row) if role == ROW_ROLE else None
        if role == _TOOL_TIP:
            return self._tool_tip(key, int(row))
        if role == SORT_ROLE:
            value = table.values(key)[row]
            return value.item() if isinstance(value, np.generic) else value
        if role == ROW_ROLE:
            return int(row)
        return self.cell(index.row(), index.column()).text

    def cell(self, place: int, section: int) -> Cell:
        """Return what a cell says; the barcode's says nothing, its delegate draws it."""
        row = int(self._rows[place])
        kept = self._kept.get((row, section))
        if kept is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            kept = self._kept[row, section] = self._cell(row, self._columns[section])
        return kept

    def _cell(self, row: int, key: str) -> Cell:
        table = self._table
        if table is None or key == BARCODE.key:
            return NOTHING
        news = self._is_news(row)
        return Cell(
            display_text(table, key, row),
            is_right=table.column(key).kind == "number",
            fails=fails(table, key, row),
            is_news=news,
            ink=self._new if news and key in _MARKED else None,
            sign=self._sign(table, key, row),
            is_gone=key in STRUCK and bool(why_gone(table, row)),
            has_star=key == STARRED and bool(why_unsaved(table, row)),
        )

    def _is_news(self, row: int) -> bool:
        """Whether something came from elsewhere for the unit, which nobody looked at yet."""
        if not len(self.news):  # nearly always: this is asked for each cell that is painted
            return False
        at = int(np.searchsorted(self.news, row))
        return at < len(self.news) and self.news[at] == row

    def _sign(self, table: Table, key: str, row: int) -> QIcon | None:
        """Return a class's sign beside its name."""
        if key == "label":
            return label_icon(Label(int(table.labels[row])), proposed=table.proposes)
        if key == "manual_label":
            code = int(table.manual.labels[row])
            return None if code == NO_LABEL else label_icon(Label(code))
        return None

    def _tool_tip(self, key: str, row: int) -> str:
        """Return what the rules say of a cell, as plain text."""
        if self._table is None:
            return ""
        from bcviewer.widgets.table.cell_tips import cell_tip, with_news  # not at the start

        tip = cell_tip(self._table, key, row, self.drafts.get(row, ""))
        return with_news(tip) if self._is_news(row) else tip

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        table = self._table
        if orientation == Qt.Orientation.Vertical or not 0 <= section < len(self._columns):
            return None
        if table is None:
            return None
        column = self.column(self._columns[section])
        if role == _DISPLAY:
            return column.heading
        if role == _TOOL_TIP:
            limits = "".join(f"\nrule: {RULES[i].key}" for i in column.rules)
            unit = f"\nunit: {column.unit}" if column.unit else ""
            return plain_tip(f"{column.key}\n{column.help}{unit}{limits}")
        if role == _ALIGNMENT:
            return RIGHT if column.kind == "number" else LEFT
        return None
