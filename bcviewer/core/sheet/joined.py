"""Several sheets as one table: their columns one after the other, joined when first read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Codes, Ints, distinct
from bcviewer.core.audit.states import RuleStatus, State
from bcviewer.core.curation.said_columns import ManualColumns
from bcviewer.core.rules.barcode import rule_of_sort
from bcviewer.core.rules.column import Column, Kind
from bcviewer.core.rules.columns import PROBE, SAID_COLUMNS
from bcviewer.core.rules.metric import NO_VALUE
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.core.sheet.agreed import AgreedColumns
from bcviewer.core.sheet.compute import places_in
from bcviewer.core.sheet.joined_audit import JoinedAudit
from bcviewer.core.sheet.joining import joined_ids, joined_numbers, joined_said, joined_texts
from bcviewer.core.sheet.kept import KeptJoins
from bcviewer.core.sheet.ordering import by_numbers, by_texts, joined_keys
from bcviewer.core.sheet.padding import CodesTexts, Values
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.table import RuleIn, Table

T = TypeVar("T")


class Joined:
    """The table of several sheets; its rows are theirs, one sheet after the other.

    A column that only some of them have is missing in the rows of the others. One of which they
    do not agree what it is (a number here, text there) is not there, see :meth:`why_absent`.
    Places in the attention order are among all rows.

    Parameters
    ----------
    sheets : tuple of Sheet
        Two or more.
    probes : tuple of str
        What the column ``probe`` says of each, all different.
    before : Joined, optional
        Another one, to join nothing again whose parts are the same.

    Attributes
    ----------
    basis : object
        The same as long as each sheet's is.
    """

    def __init__(
        self, sheets: tuple[Sheet, ...], probes: tuple[str, ...], before: Joined | None = None
    ) -> None:
        self.sheets, self.probes = sheets, probes
        self.lengths = tuple(sheet.n_units for sheet in sheets)
        self._starts = np.cumsum([0, *self.lengths])
        self._kept: KeptJoins = KeptJoins(self.lengths, None if before is None else before._kept)
        self.audit = JoinedAudit(tuple(sheet.audit for sheet in sheets), self._kept)
        self._agreed = AgreedColumns(sheets, probes)
        # at once: whoever compares two tables may ask the older one last
        self.basis: object = self._join("basis", lambda s: s.basis, lambda _: object())

    def _join(
        self, key: str, of: Callable[[Sheet], T], make: Callable[[tuple[T, ...]], Any]
    ) -> Any:
        return self._kept.get(key, lambda: tuple(map(of, self.sheets)), make)

    def _array(self, key: str, of: Callable[[Sheet], npt.NDArray[Any]]) -> npt.NDArray[Any]:
        out: npt.NDArray[Any] = self._join(f"array {key}", of, np.concatenate)
        return out

    # -- rows --------------------------------------------------------------------------------

    @property
    def n_units(self) -> int:
        """Number of rows."""
        return int(self._starts[-1])

    @property
    def n_scored(self) -> int:
        """Number of rows that Bombcell scored."""
        return sum(sheet.n_scored for sheet in self.sheets)

    @property
    def is_split(self) -> bool:
        """Whether NON-SOMA is split into GOOD and MUA in any of them."""
        return any(sheet.is_split for sheet in self.sheets)

    @property
    def proposes(self) -> bool:
        """Whether any label is a proposal's: no fact."""
        return any(sheet.proposes for sheet in self.sheets)

    @property
    def sample_rate(self) -> float:
        """Hz; NaN where unknown, or not the same for all rows."""
        rates = {sheet.sample_rate for sheet in self.sheets}
        return rates.pop() if len(rates) == 1 else float("nan")

    @property
    def ids(self) -> UnitIds:
        """The cluster ids of the rows: one may be in several sheets."""
        found: UnitIds = self._join("ids", lambda s: s.ids, joined_ids)
        return found

    @property
    def manual(self) -> ManualColumns:
        """What curators said."""
        found: ManualColumns = self._join("manual", lambda s: s.manual, joined_said)
        return found

    @property
    def labels(self) -> Codes:
        """The label by the source."""
        return self._array("labels", lambda s: s.labels)

    @property
    def bombcell_labels(self) -> Codes:
        """Bombcell's label, whatever the source."""
        return self._array("bombcell_labels", lambda s: s.bombcell_labels)

    @property
    def saved_codes(self) -> Codes:
        """The saved label."""
        return self._array("saved_codes", lambda s: s.saved_codes)

    @property
    def weakest_pass(self) -> npt.NDArray[np.int64]:
        """The rule that each unit passes with the least margin, −1 where there is none."""
        return self._array("weakest_pass", lambda s: s.weakest_pass)

    @cached_property
    def _shared_ids(self) -> frozenset[int]:
        """The cluster ids that more than one sheet has."""
        ids = np.concatenate([distinct(sheet.ids.ids_of()) for sheet in self.sheets])
        found, n = np.unique(ids, return_counts=True)
        return frozenset(found[n > 1].tolist())

    def named(self, row: int) -> str:
        """Return what people call a row: ``unit 412``, where that is ambiguous ``unit B:412``."""
        which = self._which(row)
        probe, ids, at = self.probes[which], self.sheets[which].ids, row - int(self._starts[which])
        cluster_id = ids.id_of(at)
        if cluster_id is None:
            return f"{probe}, {ids.named(at)}"
        return f"unit {probe}:{cluster_id}" if cluster_id in self._shared_ids else ids.named(at)

    def sheet_at(self, row: int) -> tuple[Sheet, int]:
        """Return the sheet of a row, and its row there."""
        which = self._which(row)
        return self.sheets[which], row - int(self._starts[which])

    def _which(self, row: int) -> int:
        return int(np.searchsorted(self._starts, row, "right")) - 1

    def scored_rows(self) -> Ints:
        """Return the rows that Bombcell scored."""
        starts = self._starts[:-1].tolist()
        return np.concatenate(
            [start + s.scored_rows() for start, s in zip(starts, self.sheets, strict=True)]
        )

    def scored_among(self, rows: Ints) -> Ints:
        """Return those of some rows that Bombcell scored, in their order."""
        scored = np.zeros(self.n_units, bool)
        scored[self.scored_rows()] = True
        return rows[scored[rows]]

    def rules_of(self, rule: int) -> tuple[RuleIn, ...]:
        """Return what became of a rule: once where it is the same in all sheets."""
        groups: dict[tuple[object, ...], list[int]] = {}
        statuses = [sheet.audit.rules[rule] for sheet in self.sheets]
        for i, status in enumerate(statuses):
            # by the digits that are shown: one limit in two precisions is one limit
            key = (status.tested, status.open, status.off, status.why, f"{status.threshold:.6g}")
            groups.setdefault(key, []).append(i)
        if len(groups) == 1:
            return (RuleIn(statuses[0]),)
        return tuple(
            RuleIn(statuses[which[0]], tuple(self.probes[i] for i in which))
            for which in groups.values()
        )

    def judged(self, rule: int, row: int) -> tuple[State, RuleStatus]:
        """Return what a rule says of a row's unit, and by its sheet's threshold."""
        sheet, at = self.sheet_at(row)
        return sheet.judged(rule, at)

    # -- columns -----------------------------------------------------------------------------

    def names(self) -> Sequence[str]:
        """Return the keys of the columns, ``probe`` first."""
        return self._agreed.names()

    def extra_names(self) -> Sequence[str]:
        """Return the keys of the columns of other programs, then of imported labels."""
        return self._agreed.extra_names()

    def imported(self) -> Sequence[str]:
        """Return the keys of the columns of imported labels."""
        return self._agreed.imported()

    def kind(self, name: str) -> Kind | None:
        """Return what a column holds, or None where there is none of which they agree."""
        return self._agreed.kind(name)

    def why_absent(self, name: str) -> str:
        """Return why there is no such column although a sheet has one; else nothing."""
        return self._agreed.why_absent(name)

    def column(self, name: str) -> Column:
        """Return what a column is; KeyError where there is none of which they agree."""
        return self._agreed.column(name)

    def values(self, name: str) -> Values:
        """Return a column: float64, bool, or object array of str, shape (n_units,)."""
        if self.column(name).kind == "text":
            codes, texts = self.codes(name)
            return np.asarray(texts[codes])
        if name == "attention":
            return self._kept.get("attention", lambda: (self.attention_rows(),), _places)
        found: Values = self._join(
            f"column {name}",
            lambda s: None if s.kind(name) is None else s.values(name),
            lambda parts: joined_numbers(parts, self.lengths),
        )
        return found

    def codes(self, name: str) -> CodesTexts:
        """Return a text column as codes, shape (n_units,), and its distinct texts."""
        if name == PROBE.key:
            return self._probe_codes
        found: CodesTexts = self._join(
            f"column {name}",
            lambda s: None if s.kind(name) is None else s.codes(name),
            lambda parts: joined_texts(parts, self.lengths),
        )
        return found

    @cached_property
    def _probe_codes(self) -> CodesTexts:
        codes = np.repeat(np.arange(len(self.probes)), self.lengths)
        return codes, np.array(self.probes, dtype=object)

    def floats(self, name: str) -> Values | None:
        """Return a metric as float64, shape (n_units,); None where no sheet has it."""
        return None if all(s.floats(name) is None for s in self.sheets) else self.values(name)

    def warm(self, name: str) -> None:
        """Compute a column now, so that reading it later costs nothing."""
        if self.column(name).kind == "text":
            self.codes(name)
        else:
            self.values(name)

    def text(self, name: str, row: int) -> str:
        """Return one cell as people read it, without joining anything but the attention order."""
        which = self._which(row)
        if name == PROBE.key:
            return self.probes[which]
        if name == "attention":
            return f"{self.values(name)[row]:.0f}"
        sheet = self.sheets[which]
        if sheet.kind(name) is None:
            return "" if name in SAID_COLUMNS else NO_VALUE
        return sheet.text(name, row - int(self._starts[which]))

    def widest_texts(self, name: str) -> list[str]:
        """Return some texts of a column that take the most room."""
        if name == PROBE.key:
            return list(self.probes)
        if name == "attention":
            return [f"{self.n_units}"]
        found = (self.sheets[i].widest_texts(name) for i, _ in self._agreed.having(name))
        return [text for texts in found for text in texts]

    # -- order -------------------------------------------------------------------------------

    def order(self, name: str, descending: bool = False) -> Ints:
        """Return the rows sorted by a column, stable; missing values come last either way."""
        key = ("order", name, descending)
        if name == "attention":
            if not descending:
                return self.attention_rows()
            return self._kept.get(key, lambda: (self.attention_rows(),), _reversed)
        if (rule := rule_of_sort(name)) is not None:
            return self._kept.get(
                key,
                lambda: (self.audit.margin_key(rule),),
                lambda found: by_numbers(found[0], descending),
            )
        if self.column(name).kind == "text":
            return self._kept.get(
                key, lambda: (self.codes(name),), lambda found: by_texts(found[0], descending)
            )
        return self._kept.get(
            key, lambda: (self.values(name),), lambda found: by_numbers(found[0], descending)
        )

    def attention_rows(self) -> Ints:
        """Return the rows of all sheets in one attention order."""
        rows: Ints = self._join(
            "attention order", lambda s: s.attention_keys, lambda keys: joined_keys(keys).order()
        )
        return rows


def _places(orders: tuple[Ints, ...]) -> Values:
    return places_in(orders[0])


def _reversed(orders: tuple[Ints, ...]) -> Ints:
    return orders[0][::-1]


def sheet_at(table: Table, row: int) -> tuple[Sheet, int]:
    """Return the sheet of a row of any table, and its row there."""
    if isinstance(table, Joined):
        return table.sheet_at(row)
    assert isinstance(table, Sheet)  # noqa: S101 - there is no third kind
    return table, row
