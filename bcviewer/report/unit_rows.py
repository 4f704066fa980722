"""The page's table of units: the columns that say most, in attention order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.rules.column import Column
from bcviewer.core.rules.column_choices import REPORT_COLUMNS
from bcviewer.core.rules.columns import COLUMNS
from bcviewer.core.rules.labels import NO_SPIKES, Label
from bcviewer.core.sheet.sheet import Sheet

MAX_ROWS = 5_000
"""Most units that the page lists."""


@dataclass(frozen=True, slots=True)
class ReportCell:
    """One cell of the table of units."""

    text: str
    style: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Units:
    """The table of units.

    Attributes
    ----------
    columns : tuple of Column
        Its columns.
    rows : list of tuple of ReportCell
        At most ``MAX_ROWS``, in attention order.
    left_out : int
        How many units are not in it.
    """

    columns: tuple[Column, ...]
    rows: list[tuple[ReportCell, ...]]
    left_out: int


def unit_table(table: Sheet, most: int = MAX_ROWS) -> Units:
    """Return the table of units in attention order."""
    columns = tuple(COLUMNS[key] for key in REPORT_COLUMNS if table.kind(key) is not None)
    columns = tuple(c for c in columns if c.kind == "text" or not _is_void(table, c.key))
    order = table.attention_rows()[:most].tolist()
    codes, texts = table.codes("classification_reason")
    rows = [
        tuple(
            _cell(table, column, row, str(texts[codes[row]]) if column.key == "reason" else "")
            for column in columns
        )
        for row in order
    ]
    return Units(columns, rows, table.n_units - len(rows))


def _is_void(table: Sheet, key: str) -> bool:
    return bool(table.n_units) and bool(np.isnan(table.values(key)).all())


def _cell(table: Sheet, column: Column, row: int, hint: str) -> ReportCell:
    text = table.text(column.key, row).replace("-", "−" if column.kind == "number" else "-")
    if column.key == "label":
        return ReportCell(text if text != "–" else NO_SPIKES, f"c {Label(table.labels[row]).name}")
    if column.kind == "text":
        return ReportCell(text, "t", hint)
    failed = int(table.audit.failed[row])
    return ReportCell(text, "x" if any(failed >> i & 1 for i in column.rules) else "")
