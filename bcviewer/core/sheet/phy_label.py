"""The label that phy saved of a unit, where it is another one than what is said of it here."""

from __future__ import annotations

from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.labels import Label, parse_label
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.table import Table

_GROUPS = (Label.GOOD, Label.MUA, Label.NOISE)
"""The labels that are a group of phy's; of others ``bcv_label`` says whether they are the same."""


def label_in_phy(table: Table, row: int, bcv_label: str = "") -> str:
    """Return the label that phy saved, as ``phy: good``; empty: it has none, or the same.

    It is held against the manual label, or else against Bombcell's. Then a group that is Kilosort's
    own label says nothing: Kilosort 4 writes it for all units, and nobody chose it.

    Parameters
    ----------
    table, row : Table, int
        The units, and the row of one.
    bcv_label : str, optional
        What phy saved of that field.
    """
    said, group = int(table.manual.labels[row]), _text(table, "phy_group", row)
    ours = int(table.bombcell_labels[row]) if said == NO_LABEL else said
    group = "" if group == "unsorted" else group
    if said == NO_LABEL and group.casefold() == _text(table, "ks_label", row).casefold():
        group = ""
    is_same = [int(parse_label(text)) == ours for text in (group, bcv_label) if text]
    if all(is_same) or (ours not in _GROUPS and bcv_label and is_same[-1]):
        return ""
    return f"phy: {', '.join(filter(None, (group, bcv_label and f'bcv_label {bcv_label}')))}"


def saved_label(sheet: Sheet, row: int) -> str:
    """Return the same of a row of a sheet (−1: of none), whose ``bcv_label`` is known, too."""
    cluster_id = None if row < 0 or sheet.veil.hides(row) else sheet.ids.id_of(row)
    if cluster_id is None:
        return ""
    saved = None if sheet.phy is None else sheet.phy.bcv_labels
    return label_in_phy(sheet, row, (saved or {}).get(cluster_id, ""))


def _text(table: Table, name: str, row: int) -> str:
    if table.kind(name) is None:
        return ""
    codes, texts = table.codes(name)
    return str(texts[codes[row]])
