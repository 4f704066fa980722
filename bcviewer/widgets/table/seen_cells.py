"""What the table's cells in sight look like: the barcode's, and which of all look otherwise now."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

import numpy as np

from bcviewer.core.arrays import Bools, Ints
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.barcode import BARCODE
from bcviewer.core.rules.columns import COLUMNS
from bcviewer.core.rules.rules import KEPT_UNCERTAIN
from bcviewer.core.sheet.table import Table

_AHEAD = 48
"""So many rows of the table are made at once: about what is in sight."""
_MOST = 4096
_WITH_SIGNS = ("label", "manual_label")
_RULE_BITS = {key: sum(1 << i for i in column.rules) for key, column in COLUMNS.items()}


class SeenCells:
    """The barcodes of the units in sight, made when they are asked for.

    Those of all units would take as long as judging them, at each move of a threshold.
    """

    def __init__(self) -> None:
        self._table: Table | None = None
        self._kept: dict[int, bytes] = {}

    def of(self, table: Table, rows: Ints, place: int) -> bytes:
        """Return a code for each rule of one of some rows of the run, as the table shows them."""
        if table is not self._table or len(self._kept) > _MOST:
            self._table, self._kept = table, {}
        row = int(rows[place])
        if row not in self._kept:
            some = rows[place : place + _AHEAD]
            made = table.audit.cells_at(some)
            self._kept |= {r: cells.tobytes() for r, cells in zip(some.tolist(), made, strict=True)}
        return self._kept[row]


def display_text(table: Table, key: str, row: int) -> str:
    """Return what stands in a cell."""
    text = table.text(key, row)
    differ = key == "manual_label" and table.manual.opinions.codes[row]
    return f"{text} ≠".lstrip() if differ else text


def fails(table: Table, key: str, row: int) -> bool:
    """Whether a rule that reads a column fails for a unit."""
    return int(table.audit.failed[row]) & _RULE_BITS.get(key, 0) != 0


def changed_cells(
    before: Table, after: Table, rows: Ints, keys: Sequence[str]
) -> Iterator[tuple[int, int, int]]:
    """Return which cells look otherwise: the place of a column, and the first and last row.

    Parameters
    ----------
    before, after : Table
        The same units, by other labels.
    rows : numpy.ndarray
        Rows of the run, in the order in which the table shows them.
    keys : sequence of str
        The columns.
    """
    for column, key in enumerate(keys):
        differ = np.concatenate(([False], _differ(before, after, rows, key), [False]))
        firsts, ends = np.flatnonzero(np.diff(differ.view(np.int8))).reshape(-1, 2).T
        for first, end in zip(firsts.tolist(), ends.tolist(), strict=True):
            yield column, first, end - 1


def _differ(before: Table, after: Table, rows: Ints, key: str) -> Bools:
    if key == BARCODE.key:
        same = before.audit.cells_at(rows) == after.audit.cells_at(rows)
        return np.asarray(~same.all(axis=1))
    bits = np.uint32(_RULE_BITS.get(key, 0))
    tinted = ((before.audit.failed[rows] ^ after.audit.failed[rows]) & bits) != 0
    if _is_same_numbers(before, after, key):
        return np.asarray(tinted)
    if after.column(key).kind == "text" and key not in _WITH_SIGNS:
        (codes, texts), (others, of_others) = before.codes(key), after.codes(key)
        return np.asarray(tinted | (texts[codes[rows]] != of_others[others[rows]]))
    each = rows.tolist()
    return np.array([_look(before, key, r) != _look(after, key, r) for r in each], bool)


def _is_same_numbers(before: Table, after: Table, key: str) -> bool:
    """Whether a column has the very numbers that it had; a saved verdict's words may be others."""
    number = after.column(key).kind == "number" and key != KEPT_UNCERTAIN.column
    return number and before.values(key) is after.values(key)


def _look(table: Table, key: str, row: int) -> Hashable:
    """Return all that a cell is painted by, but for what is marked and written beside the table."""
    signs: Hashable = ()
    if key == "label":
        noted, said = bool(table.manual.note.codes[row]), int(table.manual.labels[row])
        signs = int(table.labels[row]), table.proposes, noted, said
    elif key == "manual_label":
        code = int(table.manual.labels[row])
        signs = () if code == NO_LABEL else (code,)
    return display_text(table, key, row), fails(table, key, row), signs
