"""What each threshold costs: how many units each class would have at any value of it.

All other thresholds are as they are. Only units that nothing else settles can change with one
threshold: their values, sorted, are where the curves step, so that a curve is exact and no unit is
judged twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bcviewer.core.arrays import Array, Bools, Codes, Floats, Ints, Masks
from bcviewer.core.audit.audit import Audit
from bcviewer.core.audit.labelling import BlockSays, composed, open_units
from bcviewer.core.audit.states import State, exempt_units
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import BLOCK_MASKS, FOUR_WAY_MASK, RULES, Block, Rule
from bcviewer.core.run.precision import is_narrow
from bcviewer.core.run.run import Run, SavedTable


@dataclass(frozen=True, slots=True, eq=False)
class StepCurve:
    """How many units each class has by the threshold of one rule.

    Attributes
    ----------
    rule : int
        Which of ``RULES``.
    values : numpy.ndarray
        Ascending, each once, in the precision in which Bombcell compares them: the values of units
        whose label hangs on this rule. Shape (n_steps,); empty where no label does, as where the
        rule is switched off.
    labels : tuple of Label
        The labels that the curve moves; all others keep their counts.
    counts : numpy.ndarray of int64
        Units of each of ``labels`` between the values: column *k* where *k* of the values are
        below the threshold (of a maximum: below it or equal). Shape (n_labels, n_steps + 1).
    others : numpy.ndarray of int64
        Units of every label where ``labels`` are left out, shape (len(Label),).
    """

    rule: int
    values: Array
    labels: tuple[Label, ...]
    counts: Ints
    others: Ints

    @property
    def name(self) -> str:
        """The threshold."""
        return RULES[self.rule].parameter

    def at(self, threshold: float) -> Ints:
        """Return how many units have each label at a threshold, shape (len(Label),).

        A value equal to its threshold passes.
        """
        return np.asarray(self.along(np.array([threshold]))[:, 0])

    def along(self, thresholds: Floats) -> Ints:
        """Return the same for many thresholds, shape (len(Label), n_thresholds)."""
        side: Literal["left", "right"] = "left" if RULES[self.rule].op == "<" else "right"
        with np.errstate(over="ignore"):
            limits = np.asarray(thresholds, self.values.dtype)
        out = np.repeat(self.others[:, None], len(limits), axis=1)
        out[list(self.labels)] = self.counts[:, np.searchsorted(self.values, limits, side)]
        return out


def step_curves(run: Run, criteria: Criteria, judged: Audit) -> tuple[StepCurve, ...]:
    """Return the curve of every threshold, in the order of the rules.

    Parameters
    ----------
    run, criteria, judged : Run, Criteria, Audit
        A run, what it is judged by, and what came of it.

    Returns
    -------
    tuple of StepCurve
        One for each rule that has a threshold. The curves say what the saved metrics say; where a
        threshold also decides what is measured, :mod:`bcviewer.core.comparison.what_if` says so.
    """
    curves = Curves(run, criteria, judged)
    return tuple(curves.curve(i) for i, rule in enumerate(RULES) if rule.op != "missing")


class Curves:
    """The curves of one run, each computed when it is asked for.

    Parameters
    ----------
    run, criteria, judged : Run, Criteria, Audit
        A run, what it is judged by, and what came of it.
    among : numpy.ndarray of bool, optional
        The units that are counted, shape (n_units,); all by default. Not counted is in any case a
        unit whose label in ``judged`` is not the one that its metrics lead to: one of which a
        proposal cannot say what it would be.
    """

    def __init__(
        self, run: Run, criteria: Criteria, judged: Audit, among: Bools | None = None
    ) -> None:
        holds, unsettled = _bits(run.units, criteria, judged)
        split = criteria.flags["splitGoodAndMua_NonSomatic"]
        empty = judged.label == Label.EMPTY
        self._composing = _Composing(holds, unsettled, empty, split, judged.label, among)
        self._run, self._criteria = run, criteria

    def curve(self, i: int) -> StepCurve:
        """Return the curve of a rule that has a threshold."""
        table, composing = self._run.units, self._composing
        may_fail = _may_fail(RULES[i], table, self._criteria, composing.empty)
        return _curve(i, RULES[i], table, may_fail, composing)


def _bits(table: SavedTable, criteria: Criteria, judged: Audit) -> tuple[Masks, Masks]:
    """Return, as bit masks of rules, which comparisons hold and which cannot be settled."""
    holds = judged.failed.copy()
    for i in np.flatnonzero((judged.states == State.BEYOND).any(axis=1)).tolist():
        holds |= (judged.states[i] == State.BEYOND).astype(np.uint32) << np.uint32(i)
    unsettled = np.zeros(table.n_units, np.uint32)
    for i, units in open_units(judged.rules, table, criteria).items():
        unsettled |= units.astype(np.uint32) << np.uint32(i)
    return holds, unsettled


def _may_fail(rule: Rule, table: SavedTable, criteria: Criteria, empty: Bools) -> Bools | None:
    """Return which units some threshold of a rule would fail; None where the rule is off."""
    values = table.numbers(rule.metric)
    gated = any(criteria.flags[flag] != wanted for flag, wanted in rule.gates)
    needed = rule.exemption.column if rule.exemption and rule.exemption.needs_column else ""
    if gated or values is None or (needed and table.numbers(needed) is None):
        return None
    return ~(np.isnan(values) | exempt_units(rule, table, criteria) | empty)


class _Composing:
    """Labels from what the blocks say, by looking up all that they can say at once."""

    def __init__(
        self,
        holds: Masks,
        unsettled: Masks,
        empty: Bools,
        split: bool,
        shown: Codes,
        among: Bools | None,
    ) -> None:
        self.empty = empty
        self._holds, self._unsettled = holds, unsettled
        self._labels = _all_labels(split)
        self._says = [_says(block, holds, unsettled) for block in Block]
        labels = self._labels[sum(self._says)]
        labels[empty] = Label.EMPTY
        counted = labels == shown
        if among is not None:
            counted &= among
        self.counted: Bools | None = None if counted.all() else counted
        """The units that are counted; None: all."""
        self.now = self.count(labels)

    def count(self, labels: Codes) -> Ints:
        """Return how many of the units that are counted have each label."""
        return _counted(labels if self.counted is None else labels[self.counted])

    def labels(self, i: int, fails: bool) -> Codes:
        """Return the label of each unit where a rule fails it, or where it passes it."""
        bit, own = np.uint32(1 << i), RULES[i].block
        holds = self._holds | bit if fails else self._holds & ~bit
        says = _says(own, holds, self._unsettled & ~bit)
        for block in Block:
            if block != own:
                says = says + self._says[block]
        out = self._labels[says]
        out[self.empty] = Label.EMPTY
        return out


_HOLDS, _OPEN = 1, 2


def _says(block: Block, holds: Masks, unsettled: Masks) -> Array:
    """Return what a block says of each unit: two bits of a number, at the block's place."""
    plain = np.uint32(BLOCK_MASKS[block] & ~FOUR_WAY_MASK)
    held = (holds & plain) != 0
    not_known = (unsettled & plain) != 0
    if block == Block.NON_SOMA:
        four = np.uint32(FOUR_WAY_MASK)
        held |= (holds & four) == four
        not_known |= ((holds | unsettled) & four) == four
    says = held.view(np.uint8) * np.uint8(_HOLDS) + not_known.view(np.uint8) * np.uint8(_OPEN)
    return np.asarray(says << np.uint8(2 * block))


def _all_labels(split: bool) -> Codes:
    """Return the label for everything that the blocks can say together."""
    said = np.arange(1 << 2 * len(Block))
    blocks = []
    for block in Block:
        own = said >> 2 * block
        held = (own & _HOLDS) != 0
        blocks.append(BlockSays(held, ((own & _OPEN) != 0) & ~held))
    return composed(blocks, np.zeros(len(said), bool), split)


def _curve(
    i: int, rule: Rule, table: SavedTable, may_fail: Bools | None, composing: _Composing
) -> StepCurve:
    column = table.numbers(rule.metric)
    if may_fail is None or column is None:
        none = np.zeros(0)
        return StepCurve(i, none, (), np.zeros((0, 1), np.int64), composing.now)
    passing, failing = composing.labels(i, False), composing.labels(i, True)
    moves = may_fail & (passing != failing)
    rows = np.flatnonzero(moves if composing.counted is None else moves & composing.counted)
    kind = column.dtype if is_narrow(column.dtype) else np.dtype(np.float64)
    values = column[rows].astype(kind)
    order = np.argsort(values)
    values, first, second = values[order], passing[rows][order], failing[rows][order]
    starts = np.flatnonzero(np.concatenate((values[:1] == values[:1], values[1:] != values[:-1])))
    at = np.append(starts, len(values))
    others = composing.count(passing)
    moved = np.flatnonzero(_counted(first) + _counted(second)).tolist()
    counts = np.empty((len(moved), len(at)), np.int64)
    for k, label in enumerate(moved):
        change = (second == label).astype(np.int64) - (first == label)
        so_far = np.append(0, np.cumsum(change))[at]
        failed = so_far if rule.op == "<" else so_far[-1] - so_far
        counts[k] = others[label] + failed
    others[moved] = 0
    return StepCurve(i, values[starts], tuple(map(Label, moved)), counts, others)


def _counted(labels: Codes) -> Ints:
    return np.bincount(labels, minlength=len(Label)).astype(np.int64)
