"""The tool tips of the table's cells: what the rules and the curators say of a unit."""

from __future__ import annotations

import numpy as np

from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.labels import LABEL_HELP, LABEL_NAMES, Label
from bcviewer.core.sheet.cell_words import rule_says
from bcviewer.core.sheet.facts import saved_label
from bcviewer.core.sheet.joined import sheet_at
from bcviewer.core.sheet.table import Table, why_gone, why_unsaved
from bcviewer.core.sheet.veil import HIDDEN_WORDS
from bcviewer.widgets.drawing.local_time import local_time
from bcviewer.widgets.drawing.tips import plain_tip

NEWS_WORDS = (
    "In italics: changed from elsewhere (phy, another window or person, Bombcell) since the rows"
    " were put in order. It may be as before by now: an undo there is a change, too. Go to the unit"
    " to take that away; R takes it from all, and filters and sorts anew."
)


def cell_tip(table: Table, key: str, row: int, draft: str) -> str:
    """Return what there is to say of a cell, as plain text.

    Parameters
    ----------
    table : Table
        The units.
    key, row : str, int
        The column, and the row of the run.
    draft : str
        A note that was not saved; empty: there is none.
    """
    if key == "label":
        said = _label_help(table, row), _saved_in_phy(table, row)
        lines = (*said, _in_phy(table, row), *_reviewed(table, row, draft))
        return plain_tip("\n".join(filter(None, lines)))
    if key == "manual_label":
        lines = (_said(table, row), _saved_in_phy(table, row))
        return plain_tip("\n".join(filter(None, lines)))
    if key == "cluster_id":
        why = table.ids.why_unsaid(np.array([row]))
        lines = (why, _in_phy(table, row), *_reviewed(table, row, draft))
        return plain_tip("\n".join(filter(None, lines)))
    column = table.column(key)
    if not column.rules:
        return plain_tip(table.text(key, row)) if column.kind == "text" else ""
    return plain_tip("\n".join(rule_says(table, i, row) for i in column.rules))


def with_news(tip: str) -> str:
    """Return the tip of a cell of a row that changed from elsewhere, which its italics say."""
    return "\n".join(filter(None, (tip, plain_tip(NEWS_WORDS))))


def _label_help(table: Table, row: int) -> str:
    sheet, at = sheet_at(table, row)
    if sheet.veil.hides(at):
        return f"Blind review: the verdict is {HIDDEN_WORDS}."
    return LABEL_HELP[Label(int(table.labels[row]))]


def _saved_in_phy(table: Table, row: int) -> str:
    """Return what *Why* says of the label that phy saved."""
    return saved_label(*sheet_at(table, row))


def _in_phy(table: Table, row: int) -> str:
    return why_gone(table, row) or why_unsaved(table, row)


def _reviewed(table: Table, row: int, draft: str) -> list[str]:
    said, note = table.manual.labels[row] != NO_LABEL, table.text("note", row)
    lines = [f"reviewed: {_said(table, row)}"] if said else []
    lines += [f"note: {note}"] * bool(note)
    return [*lines, f"note that was not saved: {draft}"] if draft else lines


def _said(table: Table, row: int) -> str:
    """Return a unit's manual label, who gave it and when."""
    said = table.manual.said_of(row)
    label = "no label" if said.label is None else LABEL_NAMES[said.label]
    words = f"{label}, by {said.by}, {local_time(said.at)}" if said.by else ""
    return f"{words}\npeople differ: {said.opinions}" if said.opinions else words
