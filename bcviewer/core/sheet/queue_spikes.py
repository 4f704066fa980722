"""Of which spikes the units of a review queue are: phy may have given an id to another unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.run.unit_ids import BEING_READ, REST, SpikesById
from bcviewer.core.sheet.queue import QueueUnit, Review

_UNKNOWN = ("", BEING_READ)


def is_another(spikes: SpikesById, cluster_id: int, had: str) -> bool:
    """Return whether a unit is surely not the one that had some spikes (a digest, or empty)."""
    return bool(had) and spikes.get(cluster_id, spikes.get(REST)) not in (None, had, *_UNKNOWN)


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
        The row of each unit of the recording that is in it, by cluster id.
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
