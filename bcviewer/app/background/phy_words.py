"""What bcviewer and phy call the same things, and what is said of what could not follow."""

from __future__ import annotations

from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.counts import count_of, units_named
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.io.exchange.phy_messages import PhyShows

_GROUPS = {Label.GOOD: "good", Label.MUA: "mua", Label.NOISE: "noise"}
_UNSORTED = ("", "unsorted")


def many(ids: tuple[int, ...]) -> str:
    """Return ids in words: the first few by name, else how many."""
    return units_named(list(ids)) if len(ids) <= 5 else count_of(len(ids), "unit")


def in_phy(code: int) -> tuple[str, str]:
    """Return the field and the value of a label in phy: its groups know no NON-SOMA."""
    if code == NO_LABEL:
        return "group", "unsorted"
    label = Label(code)
    return ("group", _GROUPS[label]) if label in _GROUPS else ("bcv_label", LABEL_NAMES[label])


def missing_words(shown: PhyShows) -> str:
    """Say what of a selection phy could not show."""
    words = f"No longer in phy: {many(shown.gone)}." if shown.gone else ""
    hidden = f"phy's filter hides {many(shown.hidden)}." if shown.hidden else ""
    return " ".join(filter(None, (words, hidden)))


def is_saved(sheet: Sheet, cluster_id: int, field: str, value: str) -> bool:
    """Whether a value of a field is the one that phy saved, as far as that is known here."""
    again = None if sheet.phy is None else sheet.phy.groups
    groups = sheet.run.phy_group if again is None else again
    rows = sheet.run.ids.rows_of(cluster_id)
    if field != "group" or not len(rows):  # of those that phy made no group is read
        return False
    saved = "" if groups is None else str(groups[rows[0]])
    return value == saved or {value, saved} <= set(_UNSORTED)
