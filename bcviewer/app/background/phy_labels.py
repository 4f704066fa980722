"""Labels that phy is asked for, and what it has in the field for those that are no group of its."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bcviewer.core.run.phy_unsaved import BCV_LABEL, PhyChange, Unsaved


@dataclass(frozen=True, slots=True)
class AskedLabel:
    """A label for some clusters, as phy calls it."""

    field: str
    value: str
    ids: tuple[int, ...]


class BcvLabels:
    """What one phy told of its field ``bcv_label``.

    It is so once that is saved, too: phy gives no id twice.
    """

    def __init__(self, changes: Iterable[PhyChange]) -> None:
        self._told: dict[int, str] = {}
        self.note(changes)

    def note(self, changes: Iterable[PhyChange]) -> None:
        """Take what was done in phy."""
        for change in changes:
            if change.name == BCV_LABEL:
                self._told.update(change.values)

    def may_be(
        self,
        cluster_id: int,
        asked: Sequence[AskedLabel],
        unsaved: Unsaved,
        saved: Mapping[int, str] | None,
    ) -> bool:
        """Whether a cluster may have a value once phy took what it is asked for.

        Parameters
        ----------
        cluster_id : int
            The cluster.
        asked : sequence of AskedLabel
            Labels that phy has not taken so far, the last one at the end.
        unsaved : Unsaved
            What phy did since it saved.
        saved : mapping of int to str, or None
            What it saved of the field, by id; None: nobody knows.
        """
        mine = (one for one in reversed(asked) if one.field == BCV_LABEL)
        values = (one.value for one in mine if cluster_id in one.ids)
        value = next(values, self._told.get(cluster_id))
        if value is not None:
            return bool(value)
        # one that was made since has what those had that it is of, which are saved
        of = unsaved.parents(cluster_id) or (cluster_id,)
        return any(self._may_have_had(one, saved) for one in of)

    def _may_have_had(self, cluster_id: int, saved: Mapping[int, str] | None) -> bool:
        told = self._told.get(cluster_id)
        if told is not None:
            return bool(told)
        return saved is None or bool(saved.get(cluster_id))
