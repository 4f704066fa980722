"""A run under criteria: the values of every column of its units, computed when first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from bcviewer.core.arrays import Codes, Ints
from bcviewer.core.audit.audit import Audit
from bcviewer.core.audit.states import RuleStatus, State
from bcviewer.core.curation.label_source import LabelSource, source_columns
from bcviewer.core.curation.said_columns import NO_LABEL, ManualColumns
from bcviewer.core.rules.barcode import rule_of_sort
from bcviewer.core.rules.column import AUDIT, HIDDEN, LABELS, OF_INTEREST, Column, Kind
from bcviewer.core.rules.columns import BETWEEN, COLUMNS, MAYBE_EMPTY, OWN_COLUMNS, WHAT_IF
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.metric import NO_VALUE
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.run.foreign import ForeignColumn
from bcviewer.core.run.phy import Phy
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.core.sheet.compute import (
    NUMBERS,
    TEXTS,
    attention_keys,
    places_in,
    plain_texts,
    weakest,
    with_made,
)
from bcviewer.core.sheet.ordering import AttentionKeys, by_numbers, by_texts
from bcviewer.core.sheet.padding import CodesTexts, Values, padded, padded_texts
from bcviewer.core.sheet.parts import FINAL, Parts
from bcviewer.core.sheet.table import RuleIn
from bcviewer.core.sheet.veil import OTHER_LABELS, Veil

BASIS = LABELS | OF_INTEREST | {"source"}
"""What a plot of the metrics and classes reads."""


class Sheet:
    """The columns of one run under criteria. Values never change; they are computed when read.

    Made by :func:`bcviewer.core.sheet.derive.derive` only.

    Parameters
    ----------
    parts : Parts
        What the columns are computed from.

    Attributes
    ----------
    inputs : Inputs
        What it follows from.
    basis : object
        The same for sheets of the same rows that differ in nothing that a plot of metrics and
        classes reads: in what curators said (unless labels are final), imported, or did in phy.
    run, criteria, phy, ids, audit, manual, saved_codes, recomputed, bombcell_labels, labels
        See :class:`~bcviewer.core.sheet.parts.Parts`.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts, self.inputs = parts, parts.inputs
        self.run: Run = parts.run
        self.criteria: Criteria = parts.criteria
        self.phy: Phy | None = parts.phy
        self.ids: UnitIds = parts.ids
        self.audit: Audit = parts.audit
        self.manual: ManualColumns = parts.manual
        self.saved_codes: Codes = parts.saved_codes
        self.recomputed: Codes | None = parts.recomputed
        self.bombcell_labels: Codes = parts.bombcell_labels
        self.labels: Codes = parts.labels
        self.proposes: bool = parts.proposes
        self.basis = object()
        self._source_columns = source_columns(parts.inputs.sources)
        self._foreign: dict[str, ForeignColumn] = {c.key: c for c in parts.inputs.foreign}
        self._weakest: Ints | None = None
        self._numbers: dict[str, Values] = {}
        self._texts: dict[str, CodesTexts] = {}
        self._orders: dict[tuple[str, bool], Ints] = {}
        self._attention: AttentionKeys | None = None
        self.veil: Veil = parts.veil

    def keep_of(self, other: Sheet, changed: frozenset[str]) -> None:
        """Take over what another sheet of the same rows computed, as far as it holds.

        ``changed`` are the inputs that are not the same: columns that read one of them are left.
        """

        def holds(name: str) -> bool:
            there = bool(self.kind(name)) and bool(other.kind(name))
            # of one name, yet another column: a file beside may be headed like a source was
            same = there and self.column(name) == other.column(name)
            return same and self.column(name).reads.isdisjoint(changed)

        # copied first: another thread may be reading columns of the other sheet
        self._numbers = {k: v for k, v in other._numbers.copy().items() if holds(k)}
        self._texts = {k: v for k, v in other._texts.copy().items() if holds(k)}
        if changed == {"scored"} and "reason" in other._texts:  # those of the run's are the same
            self._texts["reason"] = with_made(self.parts, *other._texts["reason"])
        self._orders = {k: v for k, v in other._orders.copy().items() if holds(k[0])}
        if AUDIT.isdisjoint(changed):
            self._weakest = other._weakest
            if OF_INTEREST.isdisjoint(changed):
                self._attention = other._attention
        if BASIS.isdisjoint(changed):
            self.basis = other.basis

    @property
    def source(self) -> str:
        """Which labels classes are counted by."""
        return self.inputs.source

    @property
    def sources(self) -> tuple[LabelSource, ...]:
        """Labels of others that curators imported."""
        return self.inputs.sources

    @property
    def si_ids(self) -> Values | None:
        """SpikeInterface's id of each row as text (empty: none), or None without a file."""
        ids = self.run.si_ids
        return None if ids is None else padded(ids, self.n_units)

    @property
    def is_split(self) -> bool:
        """Whether NON-SOMA is split into GOOD and MUA."""
        return self.source == "split" or self.criteria.flags["splitGoodAndMua_NonSomatic"]

    @property
    def n_units(self) -> int:
        """Number of rows."""
        return self.parts.n_units

    @property
    def n_scored(self) -> int:
        """Number of rows that Bombcell scored: the first ones. Those after it have no values."""
        return self.parts.n_scored

    @property
    def sample_rate(self) -> float:
        """Hz; NaN where unknown."""
        return self.run.sample_rate

    def named(self, row: int) -> str:
        """Return what people call a row: ``unit 412``."""
        return self.ids.named(row)

    def scored_rows(self) -> Ints:
        """Return the rows that Bombcell scored."""
        return np.arange(self.n_scored)

    def scored_among(self, rows: Ints) -> Ints:
        """Return those of some rows that Bombcell scored, in their order."""
        return rows[rows < self.n_scored]

    def rules_of(self, rule: int) -> tuple[RuleIn, ...]:
        """Return what became of a rule."""
        return (RuleIn(self.audit.rules[rule]),)

    def judged(self, rule: int, row: int) -> tuple[State, RuleStatus]:
        """Return what a rule says of a row's unit, and by which threshold."""
        return State(int(self.audit.states[rule, row])), self.audit.rules[rule]

    def names(self) -> Sequence[str]:
        """Return the keys of the columns that this run has, ours first."""
        own = [column.key for column in OWN_COLUMNS if column.key not in self._lacking]
        metrics = (name for name in self.run.units if name in METRICS)
        return [*own, *metrics, *self.extra_names()]

    def extra_names(self) -> Sequence[str]:
        """Return the keys of the columns of other programs, then of imported labels."""
        return [*self._foreign, *self._source_columns]

    def imported(self) -> Sequence[str]:
        """Return the keys of the columns of imported labels."""
        return [source.key for source in self.sources]

    def column(self, name: str) -> Column:
        """Return what a column is: one of ours, of another program, or of imported labels.

        Raises
        ------
        KeyError
            If there is none of this name.
        """
        if name in COLUMNS:
            return COLUMNS[name]
        found = self._source_columns.get(name) or self._foreign[name]
        return found.column

    @cached_property
    def _lacking(self) -> frozenset[str]:
        """The columns of ours that there are not: asked for with each cell that is painted."""
        run = self.run
        lacking = {
            "ks_label": run.ks_label is None,
            "phy_group": run.phy_group is None and (not self.phy or self.phy.all_groups() is None),
            "si_unit_id": run.si_ids is None,
            "shank": run.sites is None or run.sites.shank is None,
            "roi_label": self.inputs.of_interest is None,
            "brain_region": not run.provenance.region,
            "blind_label": not self.inputs.said.blind,
            "manual_under": not self.inputs.said.under,
            "probe": True,  # of several sheets together only
        }
        lacking |= dict.fromkeys(WHAT_IF, self.inputs.tried is None)
        lacking |= dict.fromkeys(BETWEEN, self.inputs.compared is None)
        lacking |= dict.fromkeys(("phy_state", "phy_change"), self.phy is None)
        lacking["scored_here"] = not self.inputs.scored
        return frozenset(key for key, is_lacking in lacking.items() if is_lacking)

    def kind(self, name: str) -> Kind | None:
        """Return what a column holds, or None where there is no such column."""
        if name in self._source_columns or name in self._foreign:
            return self.column(name).kind
        column = COLUMNS.get(name)
        if column is None or name in self._lacking:
            return None
        return None if name in METRICS and name not in self.run.units else column.kind

    def why_absent(self, name: str) -> str:  # noqa: ARG002 - as a table of several sheets has it
        """Return nothing: a sheet has every column that there is."""
        return ""

    def values(self, name: str) -> Values:
        """Return a column: float64, bool, or object array of str, shape (n_units,)."""
        if self.column(name).kind == "text":
            codes, texts = self.codes(name)
            return np.asarray(texts[codes])
        if name not in self._numbers:
            self._numbers[name] = self._compute(name)
        return self._numbers[name]

    def codes(self, name: str) -> CodesTexts:
        """Return a text column as codes, shape (n_units,), and its distinct texts."""
        if name not in self._texts:
            self._texts[name] = self._compute_texts(name)
        return self._texts[name]

    def warm(self, name: str) -> None:
        """Compute a column now, so that reading it later costs nothing."""
        read = self.codes if self.column(name).kind == "text" else self.values
        read(name)

    def floats(self, name: str) -> Values | None:
        """Return a metric as float64, shape (n_units,); None where the run has none of it."""
        return None if self.run.units.floats(name) is None else self.values(name)

    def _compute_texts(self, name: str) -> CodesTexts:
        if name in self._source_columns:
            by_others = self._source_columns[name].codes(self.ids.cluster_id)
            return self.veil.texts((by_others, np.array(LABEL_NAMES, dtype=object)))
        if name in self._foreign:
            values = self._foreign[name].values
            found = plain_texts(values, len(values))
        else:
            found = TEXTS[name](self.parts)
        found = padded_texts(found, self.n_units)
        return self.veil.texts(found) if name in OTHER_LABELS or self._may_tell(name) else found

    def _may_tell(self, name: str) -> bool:
        """Whether it is a column of others: nobody knows whether it tells a verdict."""
        return name in self._foreign and self._foreign[name].reads >= HIDDEN

    def _compute(self, name: str) -> Values:
        if name in self._source_columns:
            return self.veil.numbers(self._source_columns[name].numbers(self.ids.cluster_id))
        if name in self._foreign:
            found = self._foreign[name].values
        elif name in METRICS:
            column = self.run.units.floats(name)
            found = np.full(self.n_scored, np.nan) if column is None else column
        elif name == "attention":
            found = places_in(self.attention_keys.order())
        else:
            found = NUMBERS[name](self.parts)
        values = padded(found, self.n_units)
        told = "criteria" in self.column(name).reads and name != "attention"
        return self.veil.numbers(values) if told or self._may_tell(name) else values

    def text(self, name: str, row: int) -> str:
        """Return one cell as people read it; a missing value is a dash, nothing said is nothing."""
        column = self.column(name)
        if column.kind == "text":
            codes, texts = self.codes(name)
            nothing = "" if name in MAYBE_EMPTY else NO_VALUE
            mark = self._borrowed(row) if name == "label" else ""
            return (str(texts[codes[row]]) or nothing) + mark
        text = column.text_of(self.values(name)[row])
        return text if self.inputs.tried is None else self.inputs.tried.marked(name, text)

    def _borrowed(self, row: int) -> str:
        """Return what marks a label that stands in for an incomplete audit's."""
        said = self.source == FINAL and self.manual.labels[row] != NO_LABEL
        own = self.recomputed is None and not self.proposes
        if said or not own or self.source not in ("bombcell", FINAL):
            return ""
        return " (saved)" if self.audit.label[row] == Label.INCOMPLETE != self.labels[row] else ""

    def widest_texts(self, name: str) -> list[str]:
        """Return some texts of a column that take the most room, without formatting them all."""
        if self.column(name).kind == "text":
            texts = self.codes(name)[1].tolist()
            return sorted((str(text) for text in texts), key=len)[-3:]
        values = self.values(name)
        if not self.n_units or values.dtype == bool:
            return ["yes"]
        finite = np.where(np.isfinite(values), values, 0.0)
        return [self.text(name, int(i)) for i in (finite.argmax(), finite.argmin())]

    def order(self, name: str, descending: bool = False) -> Ints:
        """Return the rows sorted by a column, stable; missing values come last either way."""
        key = (name, descending)
        if key not in self._orders:
            self._orders[key] = self._sorted(name, descending)
        return self._orders[key]

    def _sorted(self, name: str, descending: bool) -> Ints:
        if name == "attention":
            order = np.argsort(self.values(name), kind="stable")
            return order[::-1] if descending else order
        if (rule := rule_of_sort(name)) is not None:
            return by_numbers(self.audit.margin_key(rule), descending)
        if self.column(name).kind == "text":
            return by_texts(self.codes(name), descending)
        return by_numbers(self.values(name), descending)

    @property
    def attention_keys(self) -> AttentionKeys:
        """What the attention order of the rows follows from."""
        if self._attention is None:
            self._attention = attention_keys(self.parts)
        return self._attention

    def attention_rows(self) -> Ints:
        """Return the rows in attention order."""
        return self.order("attention")

    @property
    def weakest_pass(self) -> Ints:
        """The rule that each unit passes with the least margin, −1 where there is none."""
        if self._weakest is None:
            self._weakest = weakest(self.audit)
        return self._weakest
