"""What the table shows: which rows, in which order, and why. Frozen values of the session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bcviewer.core.arrays import Bools, Ints, distinct
from bcviewer.core.filter.quote import quote
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.rules import Family
from bcviewer.core.run.phy import CHANGED, PHY_STATES
from bcviewer.core.sheet.ids import NO_ROWS, NO_UNIT, GlobalRow
from bcviewer.core.sheet.table import Table

if TYPE_CHECKING:
    from bcviewer.core.comparison.suggested import Suggested
    from bcviewer.core.filter.language import Filter
    from bcviewer.core.run.run import Run

CHIP_FILTERS: dict[str, str] = {
    "sole_blocker": "not missing(sole_blocker)",
    "borderline": "borderline",
    "undecidable": "family == 'undecidable'",
    "disagreement": "disagreement",
    "flips": "not missing(flip)",
    "changed": "not missing(cause)",
    "changed_in_phy": "phy_state in ("
    + ", ".join(quote(PHY_STATES[state]) for state in CHANGED)
    + ")",
    "scored_here": "not missing(scored_here)",
}
"""The chips, and each as a filter."""
PASSING_CHIPS: dict[str, str] = {
    "flips": "flip",
    "changed": "cause",
    "scored_here": "scored_here",
}
"""Chips of what is there for a while only, and the column in which their units have something."""

CHIPS: tuple[str, ...] = tuple(CHIP_FILTERS)


@dataclass(frozen=True, slots=True)
class Sort:
    """The column the table is sorted by."""

    column: str = "attention"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class FilterState:
    """What is filtered for.

    Attributes
    ----------
    text : str
        What stands in the filter box.
    applied : Filter or None
        The last text that could be read; None: everything.
    error : str
        Why ``text`` cannot be read; empty where it can.
    classes : frozenset of Label
        Only these classes; empty: all.
    chips : frozenset of str
        Names of :data:`CHIPS` that are on; a unit must have them all.
    """

    text: str = ""
    applied: Filter | None = None
    error: str = ""
    classes: frozenset[Label] = frozenset()
    chips: frozenset[str] = frozenset()

    @property
    def active(self) -> bool:
        """Whether anything is filtered out on purpose."""
        return bool(self.text or self.classes or self.chips)

    def as_text(self) -> str:
        """Return everything that is filtered for as one filter; empty: nothing is."""
        # what is applied, which is not what stands in the box while that cannot be read
        text = self.applied.text.strip() if self.applied is not None else ""
        parts = [f"({text})"] if text else []
        if self.classes:
            names = ", ".join(quote(LABEL_NAMES[label]) for label in sorted(self.classes))
            parts.append(f"label in ({names})")
        parts += [CHIP_FILTERS[chip] for chip in CHIPS if chip in self.chips]
        return " and ".join(parts)

    def as_choice(self) -> str:
        """Return :meth:`as_text` as it stands before an ``or``: without a bracket a choice."""
        if self.applied is not None and not self.classes and not self.chips:
            return self.applied.text.strip()
        return self.as_text()


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The rows shown, in their order.

    Attributes
    ----------
    rows : numpy.ndarray
        Rows of the run, shape (n_shown,).
    place : numpy.ndarray
        Where each row of the run is shown, −1 where it is hidden; shape (n_units,).
    """

    rows: Ints
    place: Ints = field(repr=False)

    @classmethod
    def of(cls, order: Ints, mask: Bools) -> View:
        """Return the rows of an order that pass a mask."""
        rows = order[mask[order]]
        place = np.full(len(mask), -1, np.int64)
        place[rows] = np.arange(len(rows))
        return cls(rows, place)

    @property
    def n_shown(self) -> int:
        """How many units are shown."""
        return len(self.rows)

    def near(self, row: GlobalRow) -> list[GlobalRow]:
        """Return the rows that are likely to come after one: the next, the one before, one more."""
        place = int(self.place[row]) if row >= 0 else -1
        places = (place + 1, place - 1, place + 2) if place >= 0 else ()
        return [GlobalRow(int(self.rows[i])) for i in places if 0 <= i < self.n_shown]

    def moved(self, to: Ints, n_units: int) -> View:
        """Return the same rows in the same order, once each is elsewhere: by row, where."""
        rows, place = to[self.rows], np.full(n_units, -1, np.int64)
        place[rows] = np.arange(len(rows))
        return View(rows, place)

    def in_order(self, rows: Ints) -> Ints:
        """Return those of some rows that are shown, each once and in the order they are shown."""
        places = self.place[rows]
        return self.rows[distinct(places[places >= 0])]

    def with_some(self, anew: View, which: Ints) -> View:
        """Return these rows with some of them as they are anew; all others stay where they are.

        Those of ``which`` that are not shown anew go; those that are shown anew only come last.

        Parameters
        ----------
        anew : View
            What would be shown, of the same run or of one with further rows.
        which : numpy.ndarray
            Rows that may come and go.
        """
        may = np.zeros(len(anew.place), bool)
        may[which] = True
        stay = self.rows[~(may[self.rows] & (anew.place[self.rows] < 0))]
        here = np.zeros(len(anew.place), bool)
        here[self.rows] = True
        rows = np.concatenate([stay, anew.rows[may[anew.rows] & ~here[anew.rows]]])
        place = np.full(len(anew.place), -1, np.int64)
        place[rows] = np.arange(len(rows))
        return View(rows, place)


NO_VIEW = View(NO_ROWS, NO_ROWS)
"""No row, of nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """What is highlighted in the table: some rows, one of which is the current unit.

    One value, so that they cannot part: all of it is shown, and there is a current row exactly
    where there is a highlighted one. A label, a note, a copy, an export go to ``selected``.

    Attributes
    ----------
    current : int
        The row whose evidence is shown; −1: nothing is highlighted.
    selected : numpy.ndarray
        The highlighted rows, in the order they are shown.
    """

    current: GlobalRow = NO_UNIT
    selected: Ints = field(default_factory=NO_ROWS.copy)

    @classmethod
    def one(cls, row: GlobalRow) -> Marked:
        """Return that one row is highlighted; −1: none is."""
        return cls(row, np.array([row], np.int64)) if row >= 0 else cls()

    @classmethod
    def of(cls, view: View, current: GlobalRow, rows: Ints) -> Marked:
        """Return that some rows are highlighted, as far as they are shown.

        The current one is ``current`` if it is one of them, else the nearest of them.
        """
        selected = view.in_order(rows)
        if not len(selected):
            return cls()
        there = view.place[current] if current >= 0 else -1
        nearest = np.abs(view.place[selected] - max(there, 0)).argmin()
        return cls(GlobalRow(int(selected[nearest])), selected)

    def within(self, view: View, fallback: GlobalRow = NO_UNIT) -> Marked:
        """Return what is highlighted once other rows are shown.

        Where the current row is hidden, ``fallback`` is the only one, or else the first row shown.
        """
        if self.current >= 0 and view.place[self.current] >= 0:
            return Marked(self.current, view.in_order(self.selected))
        if fallback >= 0 and view.place[fallback] >= 0:
            return Marked.one(fallback)
        return Marked.one(GlobalRow(int(view.rows[0])) if view.n_shown else NO_UNIT)

    def same_rows(self, other: Marked) -> bool:
        """Whether the same rows are highlighted."""
        return np.array_equal(self.selected, other.selected)


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """Which of its similar units the curator wished to see beside the current one.

    That unit is looked at only: it is not highlighted, and no label goes to it.

    Attributes
    ----------
    of : Marked
        What was highlighted then; where it is something else by now, nothing was wished.
    place : int
        0 is the most similar unit. Goes around the end of those that there are.
    """

    of: Marked = field(default_factory=Marked)
    place: int = 0

    def place_of(self, marked: Marked) -> int | None:
        """Return the place for what is highlighted; None: no similar unit is to be shown.

        A unit alone has its most similar one beside it; of several the curator must wish it.
        """
        if marked.current < 0:
            return None
        same = self.of.current == marked.current
        if same and np.array_equal(np.sort(self.of.selected), np.sort(marked.selected)):
            return self.place
        return 0 if len(marked.selected) == 1 else None


@dataclass(frozen=True, slots=True, eq=False)
class Arrived:
    """What came from elsewhere since the curator's own act put the rows in order.

    Attributes
    ----------
    rows : numpy.ndarray
        Rows that changed and that nobody has looked at since.
    reorders : bool
        Whether other rows, or another order, would be shown if they were put in order now.
    """

    rows: Ints = field(default_factory=NO_ROWS.copy)
    reorders: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Advice:
    """What thresholds are judged by, and what Bombcell said last.

    Attributes
    ----------
    blind : bool
        Whether only blind labels count.
    found : Suggested or None
        Bombcell's answer; None: it was not asked.
    """

    blind: bool = True
    found: Suggested | None = None

    def found_of(self, run: Run | None) -> Suggested | None:
        """Return its answer for a run by the labels that count; None: there is none."""
        found = self.found
        same = found is not None and found.run is run and found.counted.blind == self.blind
        return found if same else None


def chip_mask(table: Table, chip: str) -> Bools:
    """Return the units that a chip stands for, shape (n_units,)."""
    audit = table.audit
    if chip == "sole_blocker":
        return np.asarray(audit.sole_blocker != 0)
    if chip == "borderline":
        return audit.borderline
    if chip == "undecidable":
        return np.asarray(audit.family == Family.UNDECIDABLE)
    if chip in PASSING_CHIPS:
        if table.kind(PASSING_CHIPS[chip]) is None:  # nothing is tried, compared or scored
            return np.zeros(table.n_units, bool)
        codes, texts = table.codes(PASSING_CHIPS[chip])
        return np.asarray((texts != "")[codes])
    if chip == "changed_in_phy":
        if table.kind("phy_state") is None:
            return np.zeros(table.n_units, bool)
        codes, texts = table.codes("phy_state")
        changed = [PHY_STATES[state] for state in CHANGED]
        return np.asarray(np.isin(texts, changed)[codes])
    return np.asarray(table.values(chip), dtype=bool)


def n_unanswered(table: Table) -> int:
    """Return of how many units that Bombcell scored it is not told what the rules say of them.

    A blind review hides them, or what is tried cannot be answered from saved metrics.
    """
    return int(np.count_nonzero(table.audit.label[table.scored_rows()] == Label.UNSCORED))


def n_of_saved_limit(table: Table, chip: str) -> int:
    """Return how many units may or may not be what a chip stands for: nobody tested them anew."""
    if chip != "undecidable":
        return 0
    return int(np.count_nonzero(table.audit.family == Family.SAVED_LIMIT))


def filter_mask(table: Table, state: FilterState) -> Bools:
    """Return the units that pass the filter box, the classes and the chips."""
    mask = np.ones(table.n_units, bool)
    if state.applied is not None:
        from bcviewer.core.filter.language import evaluate  # nothing is filtered at the start

        mask &= evaluate(state.applied, table)
    if state.classes:
        wanted = np.zeros(len(Label), bool)
        wanted[[int(label) for label in state.classes]] = True
        mask &= wanted[table.labels]
    for chip in state.chips:
        mask &= chip_mask(table, chip)
    return mask
