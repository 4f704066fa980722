"""What bcviewer and phy call the same things, and what is said of what could not follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bcviewer.app.background.phy_labels import AskedLabel
from bcviewer.app.background.phy_talk import PhyTalk
from bcviewer.app.background.phy_told import Told, few, in_sign, many
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.run.phy_unsaved import (
    BCV_LABEL,
    COMPARED,
    GROUP,
    MOST_NAMED,
    PhyChange,
    Same,
    Unsaved,
)
from bcviewer.core.run.run import Run
from bcviewer.core.run.unsaved_words import Acts
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.io.exchange.phy_messages import Labelled
from bcviewer.io.files import one_line
from bcviewer.io.results.beside import shown_label

if TYPE_CHECKING:
    from bcviewer.app.background.arrays import OpenArrays
    from bcviewer.app.background.comparer import Comparer

_GROUPS = {Label.GOOD: "good", Label.MUA: "mua", Label.NOISE: "noise"}
_UNSORTED = ("", "unsorted")
NO_PHY = "No phy is linked with this recording: nothing was sent."
NOT_HERE = "Not in phy: another window has the link."
NOT_KNOWN = "The link ended: what phy has not saved is not known here any more."


def same_clusters(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether the same clusters are selected, with the same first one."""
    return one[:1] == other[:1] and set(one) == set(other)


class ReadsPhy(Protocol):
    """Who shows what phy did, and reads what it saved."""

    comparer: Comparer
    run_arrays: OpenArrays

    def show_unsaved(
        self, run: Run, words: Mapping[int, str], merged: Mapping[int, tuple[int, ...]]
    ) -> None:
        """Mark what an open phy did and has not saved."""

    def read_phy_again(self, run: Run, acts: Acts | None = None) -> None:
        """Read what phy saved: by one that said so, its acts that it had not saved before."""

    def forget_unsaved(self, ks_dir: str) -> None:
        """Know nothing more of what is not saved: the recording, or the link, is left."""


def in_phy(code: int) -> tuple[str, str]:
    """Return the field and the value of a label in phy: its groups know no NON-SOMA."""
    if code == NO_LABEL:
        return GROUP, "unsorted"
    label = Label(code)
    return (GROUP, _GROUPS[label]) if label in _GROUPS else (BCV_LABEL, LABEL_NAMES[label])


def asked_labels(
    sheet: Sheet, ids: Iterable[int], may_have: Callable[[int], bool]
) -> list[AskedLabel]:
    """Return the manual labels of some units as they are asked of phy: one for all that have it.

    Where one is a group, and phy may have another one in the field beside it, that is cleared: phy
    would save both.

    Parameters
    ----------
    sheet : Sheet
        The units.
    ids : iterable of int
        Which of them.
    may_have : callable
        Whether ``bcv_label`` of a cluster may have a value in phy.
    """
    wanted: dict[tuple[str, str], list[int]] = {}
    for cluster_id in ids:
        rows = sheet.ids.rows_of(cluster_id)
        if not len(rows):
            continue
        what = in_phy(int(sheet.manual.labels[rows[0]]))
        wanted.setdefault(what, []).append(cluster_id)
        if what[0] == GROUP and may_have(cluster_id):
            wanted.setdefault((BCV_LABEL, ""), []).append(cluster_id)
    return [AskedLabel(*what, tuple(some)) for what, some in wanted.items()]


def saved_bcv_labels(sheet: Sheet, unread: bool) -> Mapping[int, str] | None:
    """Return what phy saved of ``bcv_label``; None: the files were not read, or saved to since."""
    phy = sheet.phy
    return None if unread or phy is None or not phy.is_read else phy.bcv_labels


def known_ids(sheet: Sheet | None) -> list[int]:
    """Return the ids of a sheet's clusters: of one that is gone, phy may give it to another."""
    if sheet is None:
        return []
    away = frozenset() if sheet.phy is None else sheet.phy.away()
    ids = sheet.ids.ids_of(np.flatnonzero(sheet.ids.has_id)).tolist()
    return [one for one in ids if one not in away]


def another_words(dataset: str) -> str:
    """Say that a phy that came has another directory open."""
    return f"A phy came that has another folder open, and is not listened to: {one_line(dataset)}"


def absent_words(made: Mapping[int, tuple[int, ...]], hidden: list[int], by: str) -> Told:
    """Say what phy shows and is not shown here: saved clusters it is of, and what ``by`` hides."""
    words = []
    for cluster_id, parents in made.items():
        of = ", ".join(map(str, parents[:MOST_NAMED]))
        more = len(parents) - MOST_NAMED
        of += f" and {more:,} more" if more > 0 else ""
        why = f"is unsaved in phy (of {of})" if of else "is no unit of these results"
        words.append(f"phy shows {cluster_id}, which {why}.")
    if hidden:
        words.append(f"The {by} hides {many(tuple(hidden))}, which phy shows.")
    unseen = (*made, *hidden)
    return Told(" ".join(words[:3]), in_sign(f"{few(unseen)} not here" if unseen else ""))


def labelled_words(answered: Iterable[tuple[Labelled, AskedLabel]]) -> str:
    """Say what became of labels in phy: all that was asked at once, together."""
    done: list[str] = []
    missed: list[str] = []
    waited: list[str] = []
    gone: list[int] = []
    for said, asked in answered:
        what = f"{asked.field} {asked.value or 'cleared'} → "
        left = tuple(i for i in asked.ids if i not in (*said.ids, *said.gone))
        done += [what + many(said.ids)] if said.ids else []
        if left:
            (waited if said.busy else missed).append(what + many(left))
        gone += said.gone
    told = {
        "In phy": "; ".join(done),
        "No longer in phy": many(tuple(dict.fromkeys(gone))) if gone else "",
        "Not in phy, as far as is known": "; ".join(missed),
        "Not in phy, which was busy for a minute": "; ".join(waited),
    }
    return " ".join(f"{lead}: {words}." for lead, words in told.items() if words)


def not_labelled_words(ids: tuple[int, ...], why: str = "phy is gone") -> str:
    """Say that a phy had not all labels when it, or the link, ended."""
    return f"{why}, and phy has not taken your label of {many(ids)}."


def ended_words(
    not_labelled: tuple[int, ...], unsaved: Unsaved, sheet: Sheet | None, unread: bool
) -> str:
    """Say what is lost with a phy that ended; empty: nothing. ``unread`` as for `is_saved`."""
    words = [not_labelled_words(not_labelled)] if not_labelled else []
    if sheet is None:
        return " ".join(words)
    if lost := unsaved.lost(known_ids(sheet), partial(is_saved, sheet, unread)):
        they_are = "it is" if len(lost) == 1 else "they are"
        lead = f"phy ended, and had not saved what it did to {many(lost)}"
        words.append(f"{lead}: {they_are} as last saved.")
    return " ".join(words)


def unsaved_of(
    talks: Iterable[PhyTalk], same: Same
) -> tuple[dict[int, str], dict[int, tuple[int, ...]]]:
    """Return what phys did and have not saved: in words by cluster id, and what is merged."""
    words: dict[int, str] = {}
    merged: dict[int, tuple[int, ...]] = {}
    for talk in talks:
        for one, text in talk.unsaved_words(same).items():
            words[one] = f"{words[one]}; {text}" if words.get(one, text) != text else text
        merged |= talk.unsaved.merged()
    return words, merged


def aside_words(change: PhyChange) -> str:
    """Say which labels phy changed beside what was done, which it does not show."""
    which = many(tuple(change.values))
    return f"With that, phy also changed {change.name} of {which}, and does not show it."


def is_saved(sheet: Sheet, unread: bool, cluster_id: int, field: str, value: str) -> bool | None:
    """Whether a value of a field is the one that phy saved; None: the files were not read.

    ``unread``: phy saved others than were read.
    """
    if field not in COMPARED:
        return False
    if unread:
        return None
    phy, rows = sheet.phy, sheet.run.ids.rows_of(cluster_id)
    if (phy is None or not phy.is_read) and (field == BCV_LABEL or not len(rows)):
        return None
    if phy is not None and field == BCV_LABEL:
        labels = phy.bcv_labels
        return None if labels is None else shown_label(value) == labels.get(cluster_id, "")
    again = None if phy is None else phy.groups
    groups = sheet.run.phy_group if again is None else again
    saved = "" if phy is None else phy.groups_made.get(cluster_id, "")
    if len(rows) and groups is not None:
        saved = str(groups[rows[0]])
    return value == saved or {value, saved} <= set(_UNSORTED)
