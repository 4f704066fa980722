"""Which cells of the table look otherwise by other labels: those are painted, and no others."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

import numpy as np

from bcviewer.core.arrays import Bools, Ints
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.barcode import BARCODE
from bcviewer.core.rules.rules import KEPT_UNCERTAIN
from bcviewer.core.sheet.cell_words import RULE_BITS, display_text, fails
from bcviewer.core.sheet.table import STARRED, STRUCK, Table, is_gone, is_unsaved

_WITH_SIGNS = ("label", "manual_label")


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
    struck = is_gone(before, rows) != is_gone(after, rows)
    starred = is_unsaved(before, rows) != is_unsaved(after, rows)
    for column, key in enumerate(keys):
        found = _differ(before, after, rows, key)
        if key in STRUCK:
            found |= struck
        if key == STARRED:
            found |= starred
        differ = np.concatenate(([False], found, [False]))
        firsts, ends = np.flatnonzero(np.diff(differ.view(np.int8))).reshape(-1, 2).T
        for first, end in zip(firsts.tolist(), ends.tolist(), strict=True):
            yield column, first, end - 1


def _differ(before: Table, after: Table, rows: Ints, key: str) -> Bools:
    if key == BARCODE.key:
        same = before.audit.cells_at(rows) == after.audit.cells_at(rows)
        return np.asarray(~same.all(axis=1))
    bits = np.uint32(RULE_BITS.get(key, 0))
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
