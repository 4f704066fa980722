"""Rules that fail together (an UpSet plot): a column a combination, deciding and masked apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.audit.reasons import bits, tokens
from bcviewer.core.figures.parts import Heading
from bcviewer.core.figures.population import FailureSet, failure_sets, reason_masks
from bcviewer.core.figures.words import (
    BLOCK_LABEL,
    block_name,
    reason_name,
    rule_fill,
    share,
)
from bcviewer.core.filter.quote import quote
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.palette import LABEL_FILL
from bcviewer.core.rules.rules import BLOCK_MASKS, RULES, Block
from bcviewer.core.sheet.table import Table

TOP_SETS = 20


@dataclass(frozen=True, slots=True)
class SetColumn:
    """A set of rules that fail together.

    Attributes
    ----------
    deciding, masked : frozenset of int
        Its rules.
    n : int
        How many units.
    sole : bool
        Whether it is a sole blocker.
    fill, tip, filter : str
        Colour of its bar, its tooltip, and the filter for exactly its units.
    key : int
        Its failed and deciding rules in one number.
    """

    deciding: frozenset[int]
    masked: frozenset[int]
    n: int
    sole: bool
    fill: str
    tip: str
    filter: str
    key: int


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule of the matrix: its index, its name and tip, and its block's colour."""

    rule: int
    head: Heading

    @property
    def name(self) -> str:
        """The rule as a failure."""
        return self.head.name

    @property
    def fill(self) -> str:
        """The block's colour."""
        return self.head.fill


@dataclass(frozen=True, slots=True)
class SetsFigure:
    """The most frequent sets.

    Attributes
    ----------
    columns : tuple of SetColumn
        From the left; ties keep the rules' order.
    rows : tuple of RuleRow
        The rules of any of them, from the top.
    n_sets, n_failing, n_units : int
        How many sets, units that fail, and units there are.
    """

    columns: tuple[SetColumn, ...]
    rows: tuple[RuleRow, ...]
    n_sets: int
    n_failing: int
    n_units: int

    def covered(self, drawn: int | None = None) -> int:
        """Return how many units so many of the first columns have."""
        return sum(column.n for column in self.columns[:drawn])


NO_SETS = SetsFigure((), (), 0, 0, 0)


def sets_figure(table: Table, rows: Ints | None = None, masked: bool = True) -> SetsFigure:
    """Return which combinations of rules fail together."""
    sets, n_sets = failure_sets(table, rows, masked, TOP_SETS)
    failing = reason_masks(table, masked) != 0
    n_failing = int(np.count_nonzero(failing if rows is None else failing[rows]))
    n_units = table.n_units if rows is None else len(rows)
    soles = set(np.unique(table.audit.sole_blocker).tolist()) if masked else set()
    used = 0
    for one in sets:
        used |= one.failed
    columns = (_column(table, one, masked, soles, (n_failing, n_units)) for one in sets)
    heads = (RuleRow(i, _head(table, i)) for i in bits(used))
    return SetsFigure(tuple(columns), tuple(heads), n_sets, n_failing, n_units)


def _column(
    table: Table, one: FailureSet, masked: bool, soles: set[int], of: tuple[int, int]
) -> SetColumn:
    hidden, (n_failing, n_units) = one.failed & ~one.deciding, of
    sole = one.deciding == one.failed and one.failed in soles
    lines = [
        f"{one.n:,} of {count_of(n_units, 'unit')} ({share(one.n, n_units)})",
        f"{share(one.n, n_failing)} of those that fail",
        *(f"● {_words(table, i)}" for i in bits(one.deciding)),
        *(f"○ masked: {_words(table, i)}" for i in bits(hidden)),
    ]
    if not one.deciding:
        lines.append("The label cannot be decided: a rule cannot be tested in this run.")
    if sole:
        lines.append("Sole blocker: without it these units would be GOOD.")
    lines.append("Click to show exactly these units.")
    return SetColumn(
        frozenset(bits(one.deciding)),
        frozenset(bits(hidden)),
        one.n,
        sole,
        LABEL_FILL[set_label(one.deciding)],
        "\n".join(lines),
        set_filter(one, masked),
        one.failed << 32 | one.deciding,
    )


def _head(table: Table, rule: int) -> Heading:
    tip = f"{_words(table, rule)}\n{RULES[rule].declared.help}"
    return Heading(reason_name(table, rule), tip, group=block_name(rule), fill=rule_fill(rule))


def _words(table: Table, rule: int) -> str:
    return f"{RULES[rule].token}  ({reason_name(table, rule)})"


def set_filter(one: FailureSet, masked: bool) -> str:
    """Return the filter for exactly the units of a set."""
    decides = f"classification_reason == {quote(tokens(one.deciding))}"
    if not one.deciding:  # failed, but whether that decides cannot be told
        decides = f"audit_label == {quote(LABEL_NAMES[Label.INCOMPLETE])}"
    if not masked:
        return decides
    hidden = one.failed & ~one.deciding
    text = f"masked_reasons == {quote(tokens(hidden))}" if hidden else "missing(masked_reasons)"
    return f"{decides} and {text}"


def set_label(deciding: int) -> Label:
    """Return the class that the deciding rules of a set lead to."""
    hits = [block for block in Block if deciding & BLOCK_MASKS[block]]
    if len(hits) > 1:
        return Label.NON_SOMA_MUA
    return BLOCK_LABEL[hits[0]] if hits else Label.INCOMPLETE
