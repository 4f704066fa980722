"""Of which spikes the units of a review queue are: phy may have given an id to another unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.rules.counts import units_named
from bcviewer.core.run.unit_ids import (
    BEING_READ,
    NOT_YET,
    SpikesById,
    has_still,
    is_not_yet,
    not_yet,
)
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.queue import QueueSpec, QueueUnit, Review, candidates
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.table import Table

_UNKNOWN = ("", BEING_READ)


def spikes_now(sheet: Sheet) -> SpikesById:
    """Return of which spikes the units of a sheet are that phy made, as far as it is known."""
    phy = sheet.phy
    return NOT_YET if phy is None or not sheet.inputs.is_compared_with_phy else phy.spikes


def spikes_to_say(sheet: Sheet) -> SpikesById:
    """Return the same with those units of which nothing can be said before the files are read."""
    found = spikes_now(sheet)
    return not_yet(found, sheet.ids, sheet.run.n_templates) if is_not_yet(found) else found


def why_no_queue(book: Book, table: Table, spec: QueueSpec) -> str:
    """Say why no queue is drawn while it may be of units that are others by now; empty: it is."""
    unread = [(n, sheet) for n, sheet in enumerate(book.sheets) if is_not_yet(spikes_now(sheet))]
    if not unread:
        return ""
    rows, found = candidates(table, spec), set[int]()
    for which, sheet in unread:
        ids = sheet.ids.ids_of(book.rows_in(which, book.within(which, rows)))
        asked = {*spikes_to_say(sheet), *sheet.inputs.said.ids_of_spikes()}
        found |= asked.intersection(ids.tolist())
    if not found:
        return ""
    why = f"phy's files are not compared, and {units_named(found)} may be another one by now"
    return f"No queue yet: {why}. Try again in a moment; after Cancel, F5."


def is_another(spikes: SpikesById, cluster_id: int, had: str) -> bool:
    """Return whether a unit is surely not the one that had some spikes (a digest, or empty)."""
    return has_still(spikes, cluster_id, had) is False


def regarding(
    review: Review,
    rows: Mapping[int, int],
    unit: Callable[[int], QueueUnit],
    spikes: SpikesById,
) -> Review:
    """Return a queue as a recording's units are now; the same: they are as they were.

    A unit that is another one than was drawn is missing; of which spikes the others are that phy
    made is noted, once it is known.

    Parameters
    ----------
    review : Review
        The queue.
    rows : mapping of int to int
        The row of each unit of the recording that is in it and is a cluster now, by cluster id: one
        that is gone is not another.
    unit : callable
        What a unit is called in ``Review.missing``, by its cluster id.
    spikes : mapping of int to str
        Of which spikes units are now (``Phy.spikes``).
    """
    had = {i: review.spikes.get(unit(i), "") for i in rows}
    others = [i for i in rows if is_another(spikes, i, had[i])]
    found = {i: spikes.get(i, "") for i in rows if not had[i]}
    told = {unit(i): now for i, now in found.items() if now not in _UNKNOWN}
    if not others and not told:
        return review
    left = review.rows[~np.isin(review.rows, np.array([rows[i] for i in others], np.int64))]
    missing = (*review.missing, *map(unit, others))
    return replace(review, rows=left, missing=missing, spikes={**review.spikes, **told})


def rows_by_id(rows: Ints, cluster_ids: Ints) -> dict[int, int]:
    """Return the row of each unit, by its cluster id."""
    return dict(zip(cluster_ids.tolist(), rows.tolist(), strict=True))
