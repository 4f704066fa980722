"""The audit of a run by criteria that differ from those before in few rules: while one is moved.

All that follows from the other rules is computed once, and what follows from all of them is put
together anew. It equals :func:`bcviewer.core.audit.audit.audit` to the last bit.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Bools, Codes, Floats, Masks
from bcviewer.core.audit.audit import Audit, audit, context_of, derived, to_change
from bcviewer.core.audit.labelling import BlockSays, composed, judged
from bcviewer.core.audit.margins import contradicted, fill_margin, fill_margins
from bcviewer.core.audit.rpv import rpv_of
from bcviewer.core.audit.states import (
    RuleStatus,
    State,
    States,
    fail_bits,
    fill_row,
    rule_status,
)
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.metric import MARGIN_CLIP, StepContext
from bcviewer.core.rules.rules import COUNT_MASK, FOUR_WAY, RULES, Block
from bcviewer.core.run.run import Run, SavedTable

Statuses = tuple[RuleStatus, ...]


def audit_again(run: Run, criteria: Criteria, rpv: Codes | None = None) -> Audit:
    """Return :func:`~bcviewer.core.audit.audit.audit` of these, from what the last one left.

    The first call for a run is that very audit; the second that moves the same rules sorts out
    what stays, and those that follow are several times faster.
    """
    status = tuple(rule_status(rule, run.units, criteria) for rule in RULES)
    last = LAST_AUDITS.get(run)
    if last is None:
        LAST_AUDITS[run] = _Last(criteria, status, None)
        return audit(run, criteria, rpv)
    rest = last.rest
    if rest is None or not rest.holds(criteria, status):
        moved = _moved(last.criteria, last.status, criteria, status)
        rest = _Rest.of(run, criteria, status, moved) if _can_move(moved, status) else None
    LAST_AUDITS[run] = _Last(criteria, status, rest)
    if rest is None:
        return audit(run, criteria, rpv)
    return rest.audit(criteria, status, rpv_of(run.units) if rpv is None else rpv)


@dataclass(frozen=True, slots=True, eq=False)
class _Last:
    """What a run was judged by last, and what of it stays."""

    criteria: Criteria
    status: Statuses
    rest: _Rest | None


LAST_AUDITS: WeakKeyDictionary[Run, _Last] = WeakKeyDictionary()
"""By run, and no longer than it is there; nothing in it holds the run."""


def _moved(a: Criteria, of_a: Statuses, b: Criteria, of_b: Statuses) -> frozenset[int]:
    """Return the rules that two criteria judge by otherwise, with those of the same metrics.

    What a metric's limits exclude together concerns all its rules.
    """
    changed = {
        RULES[i].metric
        for i in range(len(RULES))
        if not _is_same(of_a[i], of_b[i]) or _exempts(i, a) != _exempts(i, b)
    }
    return frozenset(i for i, rule in enumerate(RULES) if rule.metric in changed)


def _can_move(moved: Collection[int], status: Statuses) -> bool:
    """Whether rules can be moved alone: not the four that count together, nor while one is open."""
    some = 0 < len(moved) < len(RULES) and not set(moved) & set(FOUR_WAY)
    return some and not any(one.open for one in status)


def _is_same(a: RuleStatus, b: RuleStatus) -> bool:
    same = (a.tested, a.open, a.off) == (b.tested, b.open, b.off)
    return same and (a.threshold == b.threshold or a.threshold != a.threshold != b.threshold)


def _exempts(rule: int, criteria: Criteria) -> bool:
    exemption = RULES[rule].exemption
    flag = "" if exemption is None else exemption.flag
    return bool(flag) and criteria.flags[flag]


@dataclass(frozen=True, slots=True, eq=False)
class _Rest:
    """What follows from all rules but a few. Arrays by unit, as in :class:`Audit`."""

    moved: tuple[int, ...]
    criteria: Criteria
    status: Statuses
    table: SavedTable
    context: StepContext
    empty: Bools
    states: States
    margins: npt.NDArray[np.float32]
    failed: Masks
    fired: Bools
    holds_of: tuple[Bools, ...]
    least: Floats
    cheapest: Floats
    weakest: Floats
    strongest: Floats
    can_fire: Bools
    unknown: Bools

    @classmethod
    def of(cls, run: Run, criteria: Criteria, status: Statuses, moved: Collection[int]) -> _Rest:
        """Sort out what follows from the rules that are not moved."""
        table, n, context = run.units, run.units.n_units, context_of(run.units, run)
        states = np.full((len(RULES), n), State.NOT_TESTED, np.uint8)
        label, _, fired = judged(table, criteria, status, states)
        margins = np.full((len(RULES), n), np.nan)
        unsized = fill_margins(margins, status, states, table, context)
        states[list(moved)], margins[list(moved)] = State.NOT_TESTED, np.nan
        failed = fail_bits(states)
        passes = states == State.PASS
        rows = list(FOUR_WAY)
        movable = passes[rows] | (states[rows] == State.BEYOND)
        can_fire = (movable & ~(passes[rows] & np.isnan(margins[rows]))).all(axis=0)
        return cls(
            tuple(sorted(moved)),
            criteria,
            status,
            table,
            context,
            np.asarray(label == Label.EMPTY),
            states,
            margins.astype(np.float32),
            failed,
            fired,
            tuple(_holds(block, states, fired) for block in Block),
            _least(status, failed, margins, moved),
            _cheapest(margins, fired),
            _weakest(margins),
            np.where(np.isnan(margins[rows]), -np.inf, margins[rows]).max(axis=0),
            can_fire,
            (unsized[:, None] & passes).any(axis=0),
        )

    def holds(self, criteria: Criteria, status: Statuses) -> bool:
        """Whether criteria differ from those it is of in the rules that are moved only."""
        moved = _moved(self.criteria, self.status, criteria, status)
        return moved <= set(self.moved) and not any(one.open for one in status)

    def audit(self, criteria: Criteria, status: Statuses, rpv: Codes) -> Audit:
        """Return the audit by criteria that differ in the moved rules."""
        states, margins = self.states.copy(), self.margins.copy()
        exact = np.full((len(self.moved), self.table.n_units), np.nan)
        failed, unknown = self.failed.copy(), self.unknown
        for i, margin in zip(self.moved, exact, strict=True):
            if not status[i].tested:
                continue
            state = states[i]
            fill_row(state, RULES[i], status[i], self.table, criteria)
            state[self.empty] = State.NOT_TESTED
            unsized = fill_margin(margin, i, status[i], state, self.table, self.context)
            failed |= (state == State.FAIL).astype(np.uint32) << np.uint32(i)
            margins[i] = margin
            if unsized:
                unknown = unknown | (state == State.PASS)
        label, split = self._labels(criteria, states)
        to_good = self._steps(status, failed, exact, to_change(label))
        safe = self._safety(exact, unknown, label == Label.GOOD)
        found = derived(label, split, failed, self.fired, rpv, to_good, safe)
        return Audit(status, states, margins, *found)

    def _labels(self, criteria: Criteria, states: States) -> tuple[Codes, Codes]:
        known = np.zeros(self.table.n_units, bool)
        blocks = []
        for block in Block:
            holds = self.holds_of[block]
            for i in self.moved:
                if RULES[i].block == block:
                    holds = holds | (states[i] == State.FAIL)
            blocks.append(BlockSays(holds, known))
        split = composed(blocks, self.empty, split=True)
        is_split = criteria.flags["splitGoodAndMua_NonSomatic"]
        return (split if is_split else composed(blocks, self.empty)), split

    def _steps(self, status: Statuses, failed: Masks, exact: Floats, candidates: Bools) -> Floats:
        """As :func:`bcviewer.core.audit.margins.steps_to_good`."""
        least, impossible = self.least.copy(), contradicted(status)
        for i, margin in zip(self.moved, exact, strict=True):
            if not RULES[i].is_count:
                hit = (failed & np.uint32(1 << i)) != 0
                np.minimum(
                    least, np.where(hit, np.nan if i in impossible else margin, 0.0), out=least
                )
        worst = -least + 0.0
        worst[self.fired] = np.maximum(worst[self.fired], self.cheapest)
        only_counts = (failed & np.uint32(~COUNT_MASK & 0xFFFFFFFF)) == 0
        return np.where(candidates & ~only_counts, worst, np.nan)

    def _safety(self, exact: Floats, unknown: Bools, good: Bools) -> Floats:
        """As :func:`bcviewer.core.audit.margins.safety`."""
        weakest = self.weakest.copy()
        for i, margin in zip(self.moved, exact, strict=True):
            if not RULES[i].is_count:
                np.fmin(weakest, margin, out=weakest)
        weakest = np.where(self.can_fire, np.minimum(weakest, self.strongest), weakest)
        return np.where(good & ~unknown, np.minimum(weakest, MARGIN_CLIP), np.nan)


def _holds(block: Block, states: States, fired: Bools) -> Bools:
    plain = [i for i, rule in enumerate(RULES) if rule.block == block and not rule.four_way]
    holds = (states[plain] == State.FAIL).any(axis=0)
    return np.asarray(holds | fired if block == Block.NON_SOMA else holds)


def _least(status: Statuses, failed: Masks, margins: Floats, moved: Collection[int]) -> Floats:
    least, impossible = np.zeros(len(failed)), contradicted(status)
    for i, rule in enumerate(RULES):
        if i in moved or rule.four_way or rule.is_count:
            continue
        hit = (failed & np.uint32(1 << i)) != 0
        np.minimum(least, np.where(hit, np.nan if i in impossible else margins[i], 0.0), out=least)
    return least


def _cheapest(margins: Floats, fired: Bools) -> Floats:
    """Return the steps of the cheapest of the four comparisons, of the units where all hold."""
    costs = -margins[list(FOUR_WAY)][:, fired]
    cheapest: Floats = np.where(np.isnan(costs), np.inf, costs).min(axis=0)
    cheapest[np.isinf(cheapest)] = np.nan
    return cheapest


def _weakest(margins: Floats) -> Floats:
    weakest = np.full(margins.shape[1], np.inf)
    for i, rule in enumerate(RULES):
        if not rule.four_way and not rule.is_count:
            np.fmin(weakest, margins[i], out=weakest)
    return weakest
