"""Units that an open phy has and its files do not: nothing is known of their spikes here."""

from __future__ import annotations

from bcviewer.core.rules.counts import units_named, verb_of
from bcviewer.core.sheet.sheet import Sheet


def unsaved_only_words(sheet: Sheet, *rows: int) -> str:
    """Say which of some units phy has not saved, so that their spikes are not there; or nothing."""
    phy = sheet.phy
    ids = [sheet.ids.asked_id(row) for row in rows if phy is not None and phy.there_again(row)]
    if not ids:
        return ""
    which, its = units_named(ids), verb_of(len(ids), "its spikes are", "their spikes are")
    verb = verb_of(len(ids), "is", "are")
    return f"phy has not saved that {which} {verb} there again: {its} shown once it has."
