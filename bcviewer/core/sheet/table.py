"""A table of units: what a sheet is, and what several sheets are together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Bools, Codes, Ints
from bcviewer.core.audit.outcomes import Outcomes
from bcviewer.core.audit.states import RuleStatus, State
from bcviewer.core.curation.said_columns import ManualColumns
from bcviewer.core.rules.barcode import rule_of_sort
from bcviewer.core.rules.column import Column, Kind
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.phy import PHY_STATES, PhyState
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.core.sheet.padding import CodesTexts, Values

GONE_WORDS = "no longer in phy"
"""What is said of units that phy merged or split away, and saved."""
STRUCK = ("label", "cluster_id")
"""The columns in whose cells a line through the text says that phy has the unit no more."""
STARRED = "cluster_id"
"""The column in whose cells a star, as behind what phy shows, says that phy has it unsaved."""
_GONE, _UNSAVED = PHY_STATES[PhyState.GONE], PHY_STATES[PhyState.UNSAVED]


@dataclass(frozen=True, slots=True)
class RuleIn:
    """What became of a rule in some sheets of a table.

    Attributes
    ----------
    status : RuleStatus
        Whether it is tested there, and its threshold.
    probes : tuple of str
        The sheets, as the column ``probe`` calls them; empty: it is the same in all.
    """

    status: RuleStatus
    probes: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The sheets in words, as they stand behind a number; empty for all."""
        return f" ({', '.join(self.probes)})" if self.probes else ""


class Table(Protocol):
    """Columns of units, by row.

    Whatever draws, sorts, filters, counts or exports units takes one of these, be it a
    :class:`~bcviewer.core.sheet.sheet.Sheet` or several joined
    (:class:`~bcviewer.core.sheet.joined.Joined`). Who needs one run asks
    :meth:`bcviewer.core.sheet.book.Book.sheet_of` for a row's.
    """

    @property
    def basis(self) -> object:
        """The same for tables that differ in nothing that plots of metrics and classes read."""

    @property
    def n_units(self) -> int:
        """Number of rows."""

    @property
    def n_scored(self) -> int:
        """Number of rows that Bombcell scored."""

    @property
    def is_split(self) -> bool:
        """Whether NON-SOMA is split into GOOD and MUA anywhere."""

    @property
    def proposes(self) -> bool:
        """Whether any label is a proposal's: no fact."""

    @property
    def sample_rate(self) -> float:
        """Hz; NaN where unknown, or not the same for all rows."""

    @property
    def audit(self) -> Outcomes:
        """What the rules say."""

    @property
    def ids(self) -> UnitIds:
        """The cluster ids of the rows: one may be in several recordings."""

    @property
    def manual(self) -> ManualColumns:
        """What curators said."""

    @property
    def labels(self) -> Codes:
        """The label by the source."""

    @property
    def bombcell_labels(self) -> Codes:
        """Bombcell's label, whatever the source."""

    @property
    def saved_codes(self) -> Codes:
        """The saved label."""

    @property
    def weakest_pass(self) -> npt.NDArray[np.int64]:
        """The rule that each unit passes with the least margin, −1 where there is none."""

    def named(self, row: int) -> str:
        """Return what people call a row: ``unit 412``, where that is ambiguous ``unit B:412``."""

    def scored_rows(self) -> Ints:
        """Return the rows that Bombcell scored."""

    def scored_among(self, rows: Ints) -> Ints:
        """Return those of some rows that Bombcell scored, in their order."""

    def rules_of(self, rule: int) -> tuple[RuleIn, ...]:
        """Return what became of a rule: once where it is the same in all sheets."""

    def judged(self, rule: int, row: int) -> tuple[State, RuleStatus]:
        """Return what a rule says of a row's unit, and by which threshold."""

    def names(self) -> Sequence[str]:
        """Return the keys of all columns."""

    def extra_names(self) -> Sequence[str]:
        """Return the keys of the columns of other programs, then of imported labels."""

    def imported(self) -> Sequence[str]:
        """Return the keys of the columns of imported labels."""

    def column(self, name: str) -> Column:
        """Return what a column is; KeyError where there is none."""

    def kind(self, name: str) -> Kind | None:
        """Return what a column holds, or None where there is no such column."""

    def why_absent(self, name: str) -> str:
        """Return why there is no such column although a sheet has one; else nothing."""

    def values(self, name: str) -> Values:
        """Return a column: float64, bool, or object array of str, shape (n_units,)."""

    def codes(self, name: str) -> CodesTexts:
        """Return a text column as codes, shape (n_units,), and its texts."""

    def floats(self, name: str) -> Values | None:
        """Return a metric as float64, shape (n_units,); None where there is none of it."""

    def warm(self, name: str) -> None:
        """Compute a column now, so that reading it later costs nothing."""

    def text(self, name: str, row: int) -> str:
        """Return one cell as people read it."""

    def widest_texts(self, name: str) -> list[str]:
        """Return some texts of a column that take the most room."""

    def order(self, name: str, descending: bool = False) -> Ints:
        """Return the rows sorted by a column, stable; missing values come last either way."""

    def attention_rows(self) -> Ints:
        """Return the rows in attention order."""


def is_order(table: Table, name: str) -> bool:
    """Whether a table's rows can be sorted by something: a column, or the margin of a rule."""
    return table.kind(name) is not None or rule_of_sort(name) is not None


def units_called(table: Table, rows: Sequence[int] | Ints) -> str:
    """Return what people call some rows: ``unit 32``, ``5 units``."""
    return table.named(int(rows[0])) if len(rows) == 1 else count_of(len(rows), "unit")


def is_gone(table: Table, rows: Ints | None = None) -> Bools:
    """Return which units, of all or of some rows, are no longer in phy, as it saved last."""
    return _have(table, _GONE, np.arange(table.n_units) if rows is None else rows)


def is_unsaved(table: Table, rows: Ints) -> Bools:
    """Return which units of some rows an open phy changed, and has not saved."""
    return _have(table, _UNSAVED, rows)


def _have(table: Table, state: str, rows: Ints) -> Bools:
    if table.kind("phy_state") is None:
        return np.zeros(len(rows), bool)
    codes, texts = table.codes("phy_state")
    return np.asarray(texts == state, bool)[codes[rows]]


def why_gone(table: Table, row: int) -> str:
    """Return what became of a unit that is no longer in phy; empty: it is there."""
    words = _change_to(table, _GONE, row)
    return words and f"{GONE_WORDS}: {words.removeprefix(f'{_GONE}: ')}"


def why_unsaved(table: Table, row: int) -> str:
    """Return what an open phy did to a unit and has not saved; empty: nothing."""
    return _change_to(table, _UNSAVED, row)


def _change_to(table: Table, state: str, row: int) -> str:
    if table.kind("phy_state") is None:
        return ""
    codes, texts = table.codes("phy_state")
    return table.text("phy_change", row) if texts[codes[row]] == state else ""


def unscored_rows(table: Table) -> Ints:
    """Return the rows that Bombcell did not score: those that phy made since, nearly always."""
    unscored = np.ones(table.n_units, bool)
    unscored[table.scored_rows()] = False
    return np.flatnonzero(unscored)


def unscored_words(table: Table) -> str:
    """Return how many units are there that Bombcell did not score; empty: none is."""
    rows = unscored_rows(table)
    there = rows[~is_gone(table, rows)]
    here = 0
    if table.kind("scored_here") is not None:
        codes, texts = table.codes("scored_here")
        here = int(np.count_nonzero(np.asarray(texts != "", bool)[codes[there]]))
    counts = {"scored here": here, "not scored": len(there) - here}
    return "".join(f" + {n:,} {words}" for words, n in counts.items() if n)
