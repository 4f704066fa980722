"""How wide a column of the table is by itself: what its header and its widest texts need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtGui import QFont, QFontMetrics

from bcviewer.core.sheet.table import Table
from bcviewer.widgets.table.label_cell import MARKS_WIDTH
from bcviewer.widgets.table.plain_cell import CELL_PADDING
from bcviewer.widgets.table.whole_texts import shortest_reason

WIDEST = 250
"""Pixels that a column takes of its own accord."""
WIDEST_ELASTIC = 640
"""The elastic column, the reason, is no wider than that, also where there is room."""
READABLE_CHARS = 16
"""Of it so much is read, in characters, where a column is out of sight anyway."""
_SLIVER = 64
"""Pixels: what has fewer at the table's edge is scrolled to."""
_HEAD_PADDING = 16
"""Pixels beside the texts of headers, in all."""
_SIGN = 18
"""Room for the coloured sign of a label."""
_NOTE_CHARS = 18
"""Width of notes that are yet to be written, in characters."""


def fitted_width(table: Table, key: str, header: str, font: QFont, most: int = WIDEST) -> int:
    """Return the width of a column, in pixels.

    Parameters
    ----------
    table : Table
        Whose texts stand in it.
    key, header : str
        The column, and what is written over it.
    font : QFont
        What it is written in.
    most : int
        It is never wider.
    """
    metrics, cell = QFontMetrics(font), QFont(font)
    cell.setBold(bool(table.column(key).rules))  # as it is where one of them fails
    cells = QFontMetrics(cell)
    width = max((cells.horizontalAdvance(text) for text in table.widest_texts(key)), default=0)
    longest = metrics.horizontalAdvance("NON-SOMA GOOD" if table.is_split else "NON-SOMA")
    if key == "label":
        firsts = np.unique(table.labels, return_index=True)[1].tolist()
        texts = (metrics.horizontalAdvance(table.text(key, row)) for row in firsts)
        width = max(longest, *texts, 0) + _SIGN + MARKS_WIDTH + 2
    elif key == "manual_label":
        width = max(width, longest) + _SIGN
    elif key == "note":
        width = max(width, metrics.averageCharWidth() * _NOTE_CHARS)
    least = metrics.horizontalAdvance(header) + _HEAD_PADDING
    return min(max(width + CELL_PADDING, least), most)


def least_reason_width(table: Table, font: QFont, key: str = "reason") -> int:
    """Return the width in which every reason is said in whole words, as few as there are.

    It is no wider than what is readable: some reasons cannot be shortened.
    """
    metrics, reasons = QFontMetrics(font), set(table.codes(key)[1].tolist())
    shortest = {shortest_reason(reason) for reason in reasons}
    wide = max((metrics.horizontalAdvance(text) for text in shortest), default=0)
    return min(wide, READABLE_CHARS * metrics.averageCharWidth()) + CELL_PADDING


def wanted_widths(
    widths: Mapping[str, int], elastic: str, fitted: int, least: int
) -> tuple[int, int]:
    """Return the widths that the columns want, in pixels.

    Parameters
    ----------
    widths : mapping of str to int
        The widths of the columns that are shown, in their order.
    elastic : str
        The column that gives way.
    fitted, least : int
        Its width with all of its texts whole, and in their fewest words; ``fitted`` 0: the person
        set its width.

    Returns
    -------
    whole : int
        Of all of them, where it is whole.
    fewest : int
        Of those up to it, where it has its fewest words; 0: it is not shown, or set.
    """
    if not fitted or elastic not in widths:
        return sum(widths.values()), 0
    keys = list(widths)
    before = sum(widths[key] for key in keys[: keys.index(elastic)])
    return sum(widths.values()) + fitted - widths[elastic], before + least


def elastic_width(room: int, after: Sequence[int], readable: int, least: int) -> int:
    """Return the width of the elastic column with which the last one in sight is whole, in pixels.

    Parameters
    ----------
    room : int
        From where it begins to the table's edge.
    after : sequence of int
        The widths of the columns after it.
    readable : int
        What it has where others are out of sight anyway.
    least : int
        To which it is narrowed where no column is out of sight then.
    """
    if room - sum(after) >= least:
        return room - sum(after)  # a little less than is readable: all columns are seen then
    if _SLIVER <= room < readable:
        return room
    left = room - readable
    for width in after:
        if width > left:
            break
        left -= width
    return readable + max(left, 0)
