"""Units that phy has otherwise than they were: what who acts on them, or looks, is told."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bcviewer.core.rules.counts import first_of, units_named, verb_of
from bcviewer.core.run.phy import WENT, PhyState
from bcviewer.core.run.phy_unsaved import AND
from bcviewer.core.run.unsaved_words import NOT_READ, without_not_read
from bcviewer.core.sheet.sheet import Sheet

_MORE = re.compile(r" and [\d,]+ more\b")
"""How many it went into that are not named."""


def unsaved_only_words(sheet: Sheet, *rows: int) -> str:
    """Say which of some units phy has not saved, so that their spikes are not there; or nothing."""
    phy = sheet.phy
    ids = [sheet.ids.asked_id(row) for row in rows if phy is not None and phy.there_again(row)]
    if not ids:
        return ""
    which, its = units_named(ids), verb_of(len(ids), "its spikes are", "their spikes are")
    verb = verb_of(len(ids), "is", "are")
    if all(_is_unread(phy.detail(row)) for row in rows if phy is not None and phy.there_again(row)):
        return f"{which.capitalize()} {verb} there again in phy, and that is not read: F5 reads it."
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
    into = dict.fromkeys(map(_into, went.values()))
    some = f"{units_named(ids)} {verb_of(len(ids), 'is', 'are')} "
    which = some if len(went) < n_meant else ""
    unread = all(map(_is_unread, went.values()))
    return f"{which}in phy {first_of(list(into))}, {'not read yet' if unread else 'unsaved'}"


def unsaved_id_words(sheet: Sheet, cluster_id: int) -> str:
    """Say of what an open phy made a unit of an id that no row has yet; empty: it made none."""
    phy = sheet.phy
    if phy is None:
        return ""
    of = {
        sheet.ids.asked_id(row): words
        for row, words in phy.details.items()
        if phy.state[row] == PhyState.UNSAVED
        and words.startswith(WENT)
        and str(cluster_id) in re.findall(r"\d+", _MORE.split(_into(words))[0])
    }
    if not of:
        return ""
    whole = first_of([*map(str, sorted(of))])
    if all(map(_is_unread, of.values())):
        return f"{cluster_id} (of {whole}) is saved in phy and not read yet: F5 reads it."
    return f"{cluster_id} is unsaved in phy (of {whole}): it is a row once phy has saved it."


def why_nothing(sheet: Sheet, reason: str, *rows: int) -> str:
    """Return why nothing can be said of some units: they are gone, into what; else a reason."""
    phy = sheet.phy
    if phy is None:
        return reason
    gone = [row for row in rows if phy.state[row] == PhyState.GONE]
    if not gone:
        return " ".join(filter(None, (reason, unsaved_only_words(sheet, *rows))))
    which = units_named([sheet.ids.asked_id(row) for row in gone])
    told = [phy.detail(row).split("since ")[-1] for row in gone]
    into = told if len(told) == 1 else list(dict.fromkeys(map(_into, told)))
    return f"{which.capitalize()} {verb_of(len(gone), 'is', 'are')} gone: {first_of(into)}."


def _is_unread(words: str) -> bool:
    """Whether what phy did to a unit is saved by now; a label before or after it is not it."""
    return words.split(AND)[0].endswith(NOT_READ)


def _into(words: str) -> str:
    """Return into what a unit went, of what is said of it."""
    return without_not_read(words).split(";")[0].split(" with ")[0]
