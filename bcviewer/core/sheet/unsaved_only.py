"""Units that an open phy has otherwise than its files: what who acts on them is told."""

from __future__ import annotations

from collections.abc import Iterable

from bcviewer.core.rules.counts import first_of, units_named, verb_of
from bcviewer.core.run.phy import WENT
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


def went_words(sheet: Sheet, rows: Iterable[int], n_meant: int) -> str:
    """Say which of some units an open phy merged or split and has not saved; empty: none.

    Where it is all that are meant, none is named: whom it is about stands before it.
    """
    phy = sheet.phy
    if phy is None:
        return ""
    details = phy.details
    told = {row: phy.unsaved(row) for row in rows if row in details}
    went = {row: words for row in told if (words := details[row]).startswith(WENT) and told[row]}
    if not went:
        return ""
    ids = [sheet.ids.asked_id(row) for row in went]
    into = dict.fromkeys(words.split(";")[0].split(" with ")[0] for words in went.values())
    some = f"{units_named(ids)} {verb_of(len(ids), 'is', 'are')} "
    which = some if len(went) < n_meant else ""
    return f"{which}in phy {first_of(list(into))}, unsaved"
