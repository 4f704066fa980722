"""What became of Bombcell's units in phy: states and words.

:mod:`bcviewer.core.evidence.compare_phy` finds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Codes, Ints
from bcviewer.core.run.run import Run


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


PHY_STATES: tuple[str, ...] = (
    "",
    "current",
    "stale",
    "gone",
    "new",
    "not scored",
    "no spikes",
    "not known",
)
"""The word for each :class:`PhyState`; empty while the files have not been read."""

CHANGED: tuple[PhyState, ...] = (PhyState.STALE, PhyState.GONE, PhyState.NEW)
"""What phy changed after Bombcell ran."""

_HEADS: dict[PhyState, str] = {
    PhyState.STALE: "stale: ",
    PhyState.GONE: "gone: ",
    PhyState.NEW: "new in phy, not scored: ",
    PhyState.LEFT_OUT: "not scored: ",
    PhyState.UNKNOWN: "not known: ",
}


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
        Cluster ids that have spikes and no row in Bombcell's table, int64, ascending.
    details : dict of int to str
        What there is to say of a row, in words: of a stale, gone, new or unknown one.
    why : str
        Why no unit is known, where none is.
    emptied : mapping of int to int or None
        ``Run.emptied`` with the spikes counted; None: they were not.
    """

    run: Run
    state: Codes
    new: Ints
    details: Mapping[int, str]
    why: str = ""
    emptied: Mapping[int, int] | None = None

    def detail(self, row: int) -> str:
        """Return what there is to say of a unit beside its state; empty: nothing."""
        return self.details.get(row, self.why)

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
