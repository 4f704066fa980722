"""Notes that are being written: a journal knows a note only once it is saved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Draft:
    """A note that was not saved.

    Attributes
    ----------
    cluster_ids : tuple of int
        The units that it is for, by cluster id.
    text : str
        What was written of it.
    """

    cluster_ids: tuple[int, ...]
    text: str


def without(drafts: Sequence[Draft], cluster_ids: Collection[int]) -> tuple[Draft, ...]:
    """Return what is left where the last draft of each of some units is saved, or given up."""
    gone, left = set(cluster_ids), []
    for draft in reversed(drafts):
        ids = tuple(i for i in draft.cluster_ids if i not in gone)
        gone -= set(draft.cluster_ids)
        if ids:
            left.append(replace(draft, cluster_ids=ids))
    return tuple(reversed(left))
