"""What became of Bombcell's units in phy: states and words.

:mod:`bcviewer.core.evidence.compare_phy` finds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Array, Bools, Codes, Ints
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import UnitIds, known_after


class PhyState(IntEnum):
    """What became of a unit after Bombcell ran. The values index :data:`PHY_STATES`."""

    UNREAD = 0
    CURRENT = 1
    STALE = 2
    GONE = 3
    NEW = 4
    LEFT_OUT = 5
    EMPTY = 6
    UNKNOWN = 7
    UNSAVED = 8


PHY_STATES: tuple[str, ...] = (
    "",
    "current",
    "stale",
    "gone",
    "new",
    "not scored",
    "no spikes",
    "not known",
    "unsaved in phy",
)
"""The word for each :class:`PhyState`; empty while the files have not been read."""

CHANGED = (PhyState.STALE, PhyState.GONE, PhyState.NEW, PhyState.UNSAVED)
"""What phy changed after Bombcell ran."""

_AWAY = (PhyState.GONE, PhyState.EMPTY)
_HEADS: dict[PhyState, str] = {  # whether it was scored here is not phy's to tell
    PhyState.STALE: "stale: ",
    PhyState.GONE: "gone: ",
    PhyState.NEW: "made by phy: ",
    PhyState.LEFT_OUT: "not scored by Bombcell: ",
    PhyState.UNKNOWN: "not known: ",
    PhyState.UNSAVED: "unsaved in phy: ",
}


WENT = ("merged into ", "split into ")
"""How what an open phy did begins where it says into what a cluster went."""
BACK = "there again"
"""…where it brought back the very cluster that had the id, by an undo or redo of its own."""
_NO_MORE = "merged or split or undone"
_NOTHING: Mapping[int, str] = {}
MergedInto = Mapping[int, tuple[int, ...]]
"""The saved clusters of each that an open phy merged, by its id."""


@dataclass(frozen=True, slots=True, eq=False)
class Phy:
    """What became of each unit of a run, and the units that Bombcell has not scored.

    Attributes
    ----------
    run : Run
        The run that it answers.
    state : numpy.ndarray of int8
        :class:`PhyState` of each row of the run, then of each of ``new``.
    new : numpy.ndarray
        Cluster ids that have spikes and no row in Bombcell's table, int64, ascending; those that
        came while the run was open are last.
    details : dict of int to str
        What there is to say of a row, in words: of a stale, gone, new or unknown one.
    why : str
        Why no unit is known, where none is.
    emptied : mapping of int to int or None
        ``Run.emptied`` with the spikes counted; None: they were not.
    groups : numpy.ndarray or None
        phy's groups of the run's units as they were read again; None: the run's own hold.
    groups_made : mapping of int to str
        phy's groups of the units that it made, by their ids.
    bcv_labels : mapping of int to str, or None
        What phy saved of the field ``bcv_label``, by id; None: its file cannot be read.
    into : mapping of int to tuple of int
        The clusters that the spikes of units that are gone are in, by their ids, where known.
    spikes : mapping of int to str
        Of which spikes each cluster is that phy made, as ``Recording.digest`` says, by its id; of
        one that is gone, which it had; else none. Of one that an open phy made anew, under an id
        that is gone from the files: empty, or ``BEING_READ``, until that is known. Of all others:
        ``OF_NONE``, by ``REST``; not there where the files do not say. See ``unit_ids``.
    after_phy : bool
        Whether Bombcell ran after phy had made units, as far as the files tell: it scored some.
    tsv_labels : mapping of int to str
        What ``cluster_bc_unitType.tsv`` says of units that phy made, by their ids: phy writes it,
        and it is no verdict on them.
    read : Phy or None
        The same as the files say, where an open phy says more that it has not saved.
    """

    run: Run
    state: Codes
    new: Ints
    details: Mapping[int, str]
    why: str = ""
    emptied: Mapping[int, int] | None = None
    groups: Array | None = None
    groups_made: Mapping[int, str] = field(default_factory=dict)
    bcv_labels: Mapping[int, str] | None = field(default_factory=dict)
    into: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    spikes: Mapping[int, str] = field(default_factory=dict)
    after_phy: bool = False
    tsv_labels: Mapping[int, str] = field(default_factory=dict)
    read: Phy | None = None

    @property
    def is_read(self) -> bool:
        """Whether the files were read, or tried to be: nothing is known of any unit before."""
        return not (self.state == PhyState.UNREAD).any()

    @property
    def as_read(self) -> Phy:
        """What the files say, without what an open phy has not saved."""
        return self if self.read is None else self.read

    def all_groups(self) -> Array | None:
        """Return phy's groups as they were read last, those of the units that it made last.

        As long as :attr:`state`, or as the run's units where none that it made has one; None: no
        group is known.
        """
        groups = self.run.phy_group if self.groups is None else self.groups
        made = [self.groups_made.get(int(i), "") for i in self.new]
        if not any(made):
            return groups
        of_run = np.full(self.run.n_units, "", object) if groups is None else groups
        return np.append(of_run, np.array(made, dtype=object))

    def gone(self) -> frozenset[int]:
        """Return the ids of the units that are not there now: an open phy may have changed some."""
        return self._ids_of(self.state == PhyState.GONE).union(self.into)

    def with_unsaved(
        self,
        words: Mapping[int, str],
        merged: Mapping[int, tuple[int, ...]] | None = None,
        spikes: Mapping[int, str] = _NOTHING,
    ) -> Phy:
        """Return the same with what an open phy changed and has not saved.

        Parameters
        ----------
        words : mapping of int to str
            What became of units, by cluster id; those without a row are left out.
        merged : mapping of int to tuple of int, optional
            The saved clusters of each that has all their spikes, and no others, by its id.
        spikes : mapping of int to str, optional
            Of which spikes units are by now, whatever the files say of those of their ids.
        """
        read, told = self.as_read, dict[int, str]()
        for ids, first in ((self.run.ids, 0), (UnitIds(read.new), self.run.n_units)):
            rows = ids.rows_of_any(words)
            found = zip(rows.tolist(), ids.ids_of(rows).tolist(), strict=True)
            told |= {first + row: words[one] for row, one in found}
        if not (told or spikes):
            return read
        state = read.state.copy()
        state[list(told)] = PhyState.UNSAVED
        details = {**read.details, **told}
        # of one that was gone nothing else can be told than that it is there again
        into = {i: of for i, of in read.into.items() if i not in words}
        into |= {i: () for i, text in words.items() if text.startswith(WENT)}
        into |= {old: (new,) for new, of in (merged or {}).items() for old in of}
        spikes = {**read.spikes, **spikes} if spikes else read.spikes
        why = "" if told else read.why
        return replace(
            read, state=state, details=details, why=why, into=into, spikes=spikes, read=read
        )

    def after(self, before: Phy | None, said: Mapping[int, str] = _NOTHING) -> Phy:
        """Return the same with the further rows that there were before: no row goes or moves.

        An id that phy made and that is no cluster any more is gone; one that came is last. What
        phy ``said`` last of those that it changed, by cluster id, says into what it went.
        """
        if before is None:
            return self
        known, there = before.new, self._ids_of(~np.isin(self.state, _AWAY))
        spikes = known_after(before.as_read.spikes, self.spikes, there.__contains__)
        came = self.new[~np.isin(self.new, known)]
        new, n = np.concatenate([known, came]), self.run.n_units
        if np.array_equal(new, self.new):
            return self if spikes == self.spikes else replace(self, spikes=spikes)
        at = {int(i): n + k for k, i in enumerate(self.new.tolist())}
        where = [at.get(int(i), -1) for i in new.tolist()]
        made = [PhyState.GONE if row < 0 else PhyState(int(self.state[row])) for row in where]
        state = np.concatenate([self.state[:n], np.array(made, np.int8)])
        details = {row: text for row, text in self.details.items() if row < n}
        for k, row in enumerate(where):
            gone = f"phy made it; since {said.get(int(new[k])) or _NO_MORE}"
            if detail := gone if row < 0 else self.details.get(row, ""):
                details[n + k] = detail
        return replace(self, state=state, new=new, details=details, spikes=spikes)

    def away(self) -> frozenset[int]:
        """Return the ids of the rows that are no cluster now: phy may give one to another."""
        return self._ids_of(np.isin(self.state, _AWAY))

    def _ids_of(self, which: Bools) -> frozenset[int]:
        rows, n = np.flatnonzero(which), self.run.n_units
        own, made = self.run.ids.ids_of(rows[rows < n]), self.new[rows[rows >= n] - n]
        return frozenset((*own.tolist(), *made.tolist()))

    def there_again(self, row: int) -> bool:
        """Whether an open phy has a unit that is gone from the files: they say nothing of it."""
        now, read = self.state[row], self.as_read.state[row]
        return bool(now == PhyState.UNSAVED and read == PhyState.GONE)

    def changed_since(self, before: Phy | None, *, read: bool = False) -> Ints:
        """Return the rows that phy changed, and that were not shown so before.

        Where its files were ``read`` since, a row is no other one by it that was marked as not
        saved, and is by now: what it is beside that it was before.
        """
        differs = np.isin(self.state, CHANGED)
        if before is not None:
            n = len(before.state)
            differs[:n] = (self.state[:n] != before.state) & (
                differs[:n] | np.isin(before.state, CHANGED)
            )
            if read:
                was_marked = before.state == PhyState.UNSAVED
                as_before = self.state[:n] == before.as_read.state
                differs[:n] &= ~(was_marked & (as_before | (self.state[:n] == PhyState.CURRENT)))
        return np.flatnonzero(differs)

    def made(self) -> list[int]:
        """Return the ids of the units that phy made, and that are there now."""
        there = self.state[self.run.n_units :] != PhyState.GONE
        return [int(i) for i in self.new[there]]

    def detail(self, row: int) -> str:
        """Return what there is to say of a unit beside its state; empty: nothing."""
        return self.details.get(row, self.why)

    def unsaved(self, row: int) -> str:
        """Return what an open phy did to a unit and has not saved, as one phrase; empty: nothing.

        What the files say of it is :attr:`as_read`'s to tell.
        """
        return self.text(row) if self.state[row] == PhyState.UNSAVED else ""

    def text(self, row: int) -> str:
        """Return what became of a unit as one phrase; empty where there is nothing to say."""
        detail = self.detail(row)
        return _HEADS.get(PhyState(int(self.state[row])), "") + detail if detail else ""

    def texts(self) -> tuple[Ints, npt.NDArray[Any]]:
        """Return :meth:`text` of all rows as codes and distinct texts."""
        codes = np.zeros(len(self.state), np.int64)
        if self.why:
            return codes, np.array([_HEADS[PhyState.UNKNOWN] + self.why], dtype=object)
        known = {"": 0}
        for row in self.details:
            codes[row] = known.setdefault(self.text(row), len(known))
        return codes, np.array(list(known), dtype=object)


def unread(run: Run) -> Phy:
    """Return what is known of the units of a run before the files are read: nothing yet."""
    state = np.full(run.n_units, PhyState.UNREAD, np.int8)
    return Phy(run, state, np.empty(0, np.int64), {})


def not_known(run: Run, why: str) -> Phy:
    """Return that nothing can be said of any unit of a run, and why."""
    state = np.full(run.n_units, PhyState.UNKNOWN, np.int8)
    return Phy(run, state, np.empty(0, np.int64), {}, why)
