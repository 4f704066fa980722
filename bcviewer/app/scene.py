"""Everything that viewers draw, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bcviewer.app.catalogue import Catalogue
from bcviewer.app.save_state import SaveState
from bcviewer.app.view import NO_VIEW, Arrived, FilterState, Ints, Marked, Sort, View
from bcviewer.core.curation.said_columns import ManualColumns
from bcviewer.core.curation.state import CurationState
from bcviewer.core.evidence.ask import Evidence
from bcviewer.core.run.phy import Phy
from bcviewer.core.run.run import Issue, Run
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.oracle.client import Verification


@dataclass(frozen=True, slots=True)
class Done:
    """What the curator has just done, and to whom.

    Attributes
    ----------
    words : str
        In words: ``MUA → unit 412``.
    action_id : str
        What undo has to take back; empty: nothing was written, because it was said before.
    """

    words: str
    action_id: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Journals:
    """What is odd about the journals that were read.

    Attributes
    ----------
    issues : tuple of Issue
        What was wrong with them.
    gone : tuple of int
        Cluster ids with a label or a note that the run does not have.
    """

    issues: tuple[Issue, ...] = ()
    gone: tuple[int, ...] = ()


_NOTHING_SAID = CurationState()


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Everything that viewers draw; all of it is of one recording.

    Attributes
    ----------
    table : Sheet or None
        The open run; None: nothing is open.
    view : View
        Rows shown.
    marked : Marked
        Rows highlighted in the table, and the current one of them.
    evidence : Evidence
        What is known so far of what the panels asked about the current unit.
    queue : numpy.ndarray or None
        Rows of the review queue.
    filter, sort : FilterState, Sort
        What is filtered for, and what the rows are sorted by.
    arrived : Arrived
        What came from elsewhere since the rows were put in order.
    catalogue : Catalogue or None
        The probes and run modes of what was opened.
    verification : Verification or None
        What Bombcell itself says of the labels; None: it is being asked.
    save : SaveState
        What is saved of what curators said, and where.
    journals : Journals or None
        What is odd about the journals; None: they are not read yet.
    person : str
        Who curates.
    done : Done or None
        What the curator did last.
    label_source : str
        Whose labels are shown: Bombcell's, the saved ones, the split ones.
    """

    table: Sheet | None = None
    view: View = NO_VIEW
    marked: Marked = field(default_factory=Marked)
    evidence: Evidence = field(default_factory=Evidence)
    queue: Ints | None = None
    filter: FilterState = field(default_factory=FilterState)
    sort: Sort = field(default_factory=Sort)
    arrived: Arrived = field(default_factory=Arrived)
    catalogue: Catalogue | None = None
    verification: Verification | None = None
    save: SaveState = field(default_factory=SaveState)
    journals: Journals | None = None
    person: str = ""
    done: Done | None = None
    label_source: str = "bombcell"

    @property
    def current(self) -> int:
        """Row of the current unit, −1: none. It is one of :attr:`selected`."""
        return self.marked.current

    @property
    def selected(self) -> Ints:
        """Rows highlighted in the table, in the order shown; all of them are shown."""
        return self.marked.selected

    @property
    def run(self) -> Run | None:
        """What was read from the disk."""
        return None if self.table is None else self.table.run

    @property
    def basis(self) -> object:
        """The same for tables that differ in manual labels and notes only."""
        return None if self.table is None else self.table.basis

    @property
    def said(self) -> CurationState:
        """What curators said, by cluster id."""
        return _NOTHING_SAID if self.table is None else self.table.inputs.said

    @property
    def manual(self) -> ManualColumns | None:
        """What curators said."""
        return None if self.table is None else self.table.manual

    @property
    def sources(self) -> object:
        """Labels of others that were imported."""
        return None if self.table is None else self.table.sources

    @property
    def identity(self) -> Phy | None:
        """What became of the units in phy."""
        return None if self.table is None else self.table.phy

    def part(self, name: str) -> object:
        """Return a part of it to compare with what was drawn; manual labels redraw no table."""
        return self.basis if name == "table" else getattr(self, name)

    def differs(self, before: Scene | None, *parts: str) -> bool:
        """Whether any of some parts is another one than in a scene before; None: there was none."""
        if before is None:
            return True
        return not all(is_same(self.part(part), before.part(part)) for part in parts)


def is_same(a: object, b: object) -> bool:
    """Whether two parts of a scene are the same one, or are equal plain values."""
    if a is b:
        return True
    return isinstance(a, _PLAIN) and isinstance(b, _PLAIN) and a == b


_PLAIN = (str, int, float, bool, tuple, Sort, FilterState, SaveState)


def units_told_apart(before: CurationState, after: CurationState) -> list[int]:
    """Return the cluster ids of which something else is said."""
    was, now = before.units, after.units
    changed = [i for i, unit in now.items() if was.get(i) is not unit]
    return changed + [i for i in was if i not in now]


def rows_told_apart(before: Scene, after: Scene) -> Ints:
    """Return the rows of the run of which something else is said."""
    ids = units_told_apart(before.said, after.said)
    if after.table is None or not ids:
        return np.empty(0, np.int64)
    return after.table.ids.rows_of_any(ids)
