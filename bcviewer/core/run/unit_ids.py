"""phy's ids of the rows of a run or a sheet: which row has which, and which has none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TypeGuard

import numpy as np

from bcviewer.core.arrays import Bools, Ints, distinct
from bcviewer.core.rules.counts import count_of, first_of, verb_of
from bcviewer.errors import UserError

SpikesById = Mapping[int, str]
"""Of which spikes clusters are, as digests, by cluster id; and what stands there beside these."""
BEING_READ = "?"
"""Of which spikes a unit is that is being found out: no digest, so that it is none's."""
REST = -1
"""Stands for all clusters that are not named: no unit has this id."""
OF_NONE = "-"
"""…where the files say that phy made none of them: no digest, as all that are said are of some."""
NOT_UNDERSTOOD = "!"
"""What was said of spikes by what is no digest: of no unit's."""
NOT_YET: SpikesById = MappingProxyType({REST: BEING_READ})
"""What is known before the files are read: what is said of some spikes is of nobody. See
:func:`not_yet`, for units that phy must have made."""

NO_ID = -1
"""What stands in :attr:`UnitIds.cluster_id` where a row has none. It is no id: nothing may be
asked, said or written by it, and two rows that have it have nothing in common."""
NO_ID_WORDS = "this row has no id: nothing can be said about it"
NO_ID_SENTENCE = f"{NO_ID_WORDS[:1].upper()}{NO_ID_WORDS[1:]}."


@dataclass(frozen=True, eq=False)
class UnitIds:
    """The cluster ids of rows, to be read by methods that give real ids only.

    Attributes
    ----------
    cluster_id : numpy.ndarray
        phy's ids, int64, shape (n_units,); :data:`NO_ID` where a row has none.
    recording : numpy.ndarray or None
        Which recording each row is of, int64, shape (n_units,): one id in two recordings is two
        units. None: all are of one.
    """

    cluster_id: Ints
    recording: Ints | None = None

    def __len__(self) -> int:
        return len(self.cluster_id)

    @property
    def has_id(self) -> Bools:
        """Which rows have a cluster id, shape (n_units,)."""
        return np.asarray(self.cluster_id >= 0)

    @property
    def _units(self) -> Ints:
        """A number for each unit: of ids that several recordings have, one in each."""
        if self.recording is None:
            return self.cluster_id
        return np.asarray((self.recording << 40) + self.cluster_id)

    @cached_property  # asked several times at a label key, of all rows
    def sayable(self) -> Bools:
        """Of which rows something can be said, shape (n_units,).

        What is said is written by the id: it must be one, and no other row may have it.
        """
        _, which, n = np.unique(self._units, return_inverse=True, return_counts=True)
        found = np.asarray(self.has_id & (n[which] == 1))
        found.flags.writeable = False
        return found

    def are_as(self, others: UnitIds) -> bool:
        """Whether all rows have the ids that others have, in the same order."""
        return np.array_equal(self.cluster_id, others.cluster_id)

    def agree_with(self, others: UnitIds) -> bool:
        """Whether all rows that both have are of the same ids: one may have more."""
        n = min(len(self), len(others))
        return np.array_equal(self.cluster_id[:n], others.cluster_id[:n])

    def why_unsaid(self, rows: Ints) -> str:
        """Return why nothing can be said about some rows; empty: about none of them."""
        left = rows[~self.sayable[rows]]
        if not len(left):
            return ""
        double = distinct(self.ids_of(left)).tolist()
        if not double:
            return NO_ID_WORDS
        if len(double) == 1:
            n = int(np.count_nonzero(self._units == self._units[left[0]]))
            many = "two" if n == 2 else f"{n:,}"
            return f"id {double[0]} is on {many} rows: nothing can be said about one of them"
        which = first_of([*map(str, double)])
        return f"ids {which} are on several rows: nothing can be said about one of these"

    def damage(self) -> str:
        """Return how ids are lost in these rows, ``2 rows have no id``; empty: none is."""
        n = int(np.count_nonzero(~self.has_id))
        units = self._units[self.has_id]
        found, many = np.unique(units, return_counts=True)
        double = self.cluster_id[np.isin(self._units, found[many > 1])]
        parts = [f"{count_of(n, 'row')} {verb_of(n, 'has', 'have')} no id"] if n else []
        if len(double):
            ids = [*map(str, distinct(double).tolist())]
            what = verb_of(len(ids), "id", "ids")
            parts.append(f"{what} {first_of(ids)} on more than one row")
        return "; ".join(parts)

    def rows_of(self, cluster_id: int) -> Ints:
        """Return the rows that hold a cluster id (damaged results may repeat one)."""
        if cluster_id < 0:  # no id is negative
            return np.empty(0, np.int64)
        return np.flatnonzero(self.cluster_id == cluster_id)

    def rows_of_any(self, cluster_ids: Iterable[int]) -> Ints:
        """Return the rows that hold any of some cluster ids, in the order of the rows."""
        wanted = [i for i in cluster_ids if i >= 0]  # older journals speak of −1, no unit's id
        if len(wanted) == 1:
            return self.rows_of(wanted[0])
        return np.flatnonzero(np.isin(self.cluster_id, np.array(wanted, np.int64)))

    def id_of(self, row: int) -> int | None:
        """Return a row's cluster id; None where it has none, and where there is no unit (−1)."""
        cluster_id = int(self.cluster_id[row]) if row >= 0 else NO_ID
        return cluster_id if cluster_id >= 0 else None

    def ids_of(self, rows: Ints | None = None) -> Ints:
        """Return the cluster ids of some rows (None: all); rows without one are left out."""
        ids = self.cluster_id if rows is None else self.cluster_id[rows]
        return ids[ids >= 0]

    def named(self, row: int) -> str:
        """Return what people call a row: ``unit 412``; ``row 7 (no id)`` where it has no id."""
        cluster_id = self.id_of(row)
        return f"row {row} (no id)" if cluster_id is None else f"unit {cluster_id}"

    def asked_id(self, row: int) -> int:
        """Return the id to look a row up by in a sort's files.

        Raises
        ------
        UserError
            Where it has none.
        """
        cluster_id = self.id_of(row)
        if cluster_id is None:
            raise UserError(NO_ID_SENTENCE)
        return cluster_id


def is_digest(value: object) -> TypeGuard[str]:
    """Return whether a value may be a digest: no word for what is known stands for spikes."""
    return isinstance(value, str) and value.isascii() and value.isalnum()


def has_still(spikes: SpikesById, cluster_id: int, had: str) -> bool | None:
    """Return whether a unit is the one that had some spikes; None: nobody knows yet.

    Parameters
    ----------
    spikes : mapping of int to str
        Of which spikes units are now (``Phy.spikes``); where the files do not say, all goes by ids.
    cluster_id : int
        Its id.
    had : str
        The digest of these; empty: of whatever unit has the id; :data:`NOT_UNDERSTOOD`: of none.
    """
    now = spikes.get(cluster_id, spikes.get(REST))
    if had == NOT_UNDERSTOOD:
        return False
    if not had or now in (None, had):
        return True
    return None if now in ("", BEING_READ) else False


def is_not_yet(spikes: SpikesById) -> bool:
    """Return whether this is what is known before the files are read."""
    return spikes.get(REST) == BEING_READ


def not_yet(spikes: SpikesById, ids: UnitIds, n_templates: int) -> SpikesById:
    """Return what is known before the files are read, with all units that phy must have made.

    Kilosort numbers its units by their templates: an id beyond these is one that phy gave, and of
    which spikes that unit is, is to be found out before anything is said of it.

    Parameters
    ----------
    spikes : mapping of int to str
        What is known else (:data:`NOT_YET`).
    ids : UnitIds
        The units that there are.
    n_templates : int
        How many templates Kilosort made; 0: that is not known.
    """
    there = ids.ids_of()
    made = there[there >= n_templates].tolist() if n_templates > 0 else []
    return {**dict.fromkeys(made, BEING_READ), **spikes} if made else spikes


def known_after(had: SpikesById, now: SpikesById, is_there: Callable[[int], bool]) -> SpikesById:
    """Return what is known where files were read again: of what is gone, which it had.

    Where they do not say it any more, though they did, nobody knows until they do.
    """
    if REST in had and REST not in now:
        return NOT_YET
    return {**{i: was for i, was in had.items() if i != REST and not is_there(i)}, **now}
