"""The audit: a state for every unit × rule, the label, and how far it is from another one.

Everything is vectorised over units; arrays of rules × units have the rule as their first axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Bools, Codes, Floats, Ints, Masks
from bcviewer.core.audit.cells import Cells, cells_at, cells_of, margin_key
from bcviewer.core.audit.labelling import judged
from bcviewer.core.audit.margins import (
    conditions,
    fill_margins,
    presence_bins,
    safety,
    steps_to_good,
)
from bcviewer.core.audit.order import attention_groups
from bcviewer.core.audit.rpv import Rpv, is_saved, rpv_of
from bcviewer.core.audit.states import RuleStatus, State, States, fail_bits, rule_status
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.metric import StepContext
from bcviewer.core.rules.rules import BLOCK_MASKS, COUNT_MASK, MISSING_PEAKS, RULES, Block, Family
from bcviewer.core.run.run import Run, SavedTable


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Audit:
    """What the rules say of every unit of a run.

    Attributes
    ----------
    rules : tuple of RuleStatus
        One for each of ``RULES``.
    states : numpy.ndarray of uint8
        :class:`State`, shape (n_rules, n_units).
    margins : numpy.ndarray of float32
        Steps from the threshold, positive on the passing side, clipped at ±20; NaN where there
        is no margin. Shape (n_rules, n_units).
    label, split_label : numpy.ndarray of int8
        :class:`~bcviewer.core.rules.labels.Label`; the second as if NON-SOMA were split.
    failed, deciding, masked : numpy.ndarray of uint32
        Bit masks over ``RULES``: all failures, those of the block that gave the label, and those
        that a stronger block hides.
    family : numpy.ndarray of int8
        :class:`~bcviewer.core.rules.rules.Family` of MUA units.
    rpv : numpy.ndarray of int8
        :class:`Rpv`.
    n_failed : numpy.ndarray of int64
        Failed rules of each unit.
    sole_blocker : numpy.ndarray of uint32
        The rules of the only failed condition (the four-way branch is one condition), else 0.
    steps_to_good : numpy.ndarray of float64
        Worst failure of a unit that is not GOOD but for counts, in steps; NaN: no estimate.
    safety_of_good : numpy.ndarray of float64
        Weakest pass of a GOOD unit but for counts, in steps; NaN elsewhere.
    borderline : numpy.ndarray of bool
        Within one step of becoming, or of no longer being, GOOD. Of a GOOD unit counts are left
        out; a unit that fails one is never within a step, for the count must change as well.
    attention : numpy.ndarray of int8
        Group of the attention order, 0 first.
    """

    rules: tuple[RuleStatus, ...]
    states: States
    margins: npt.NDArray[np.float32]
    label: Codes
    split_label: Codes
    failed: Masks
    deciding: Masks
    masked: Masks
    family: Codes
    rpv: Codes
    n_failed: npt.NDArray[np.int64]
    sole_blocker: Masks
    steps_to_good: Floats
    safety_of_good: Floats
    borderline: Bools
    attention: Codes

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.label)

    @property
    def cells(self) -> Cells:
        """What every rule says of every unit in one code, shape (n_units, n_rules)."""
        return cells_of(self)

    def cells_at(self, rows: Ints) -> Cells:
        """Return the same of some units, shape (n_rows, n_rules)."""
        return cells_at(self, rows)

    def margin_key(self, rule: int) -> Floats:
        """Return what units are sorted by for a rule, shape (n_units,)."""
        return margin_key(self, rule)


def audit(run: Run, criteria: Criteria | None = None, rpv: Codes | None = None) -> Audit:
    """Apply every rule to every unit.

    Parameters
    ----------
    run : Run
        The run.
    criteria : Criteria, optional
        Thresholds and flags other than the run's own.
    rpv : numpy.ndarray of int8, optional
        :class:`Rpv` of each unit where it is not what the run saved: the limit is another one.

    Returns
    -------
    Audit
        The label equals ``bombcell.get_quality_unit_type`` wherever Bombcell can give one.
    """
    criteria = criteria or run.criteria
    n = run.units.n_units
    status = tuple(rule_status(rule, run.units, criteria) for rule in RULES)
    states = np.full((len(RULES), n), State.NOT_TESTED, np.uint8)
    margins = np.empty((len(RULES), n), np.float32)
    scratch = np.empty((len(RULES), _CHUNK))
    parts = []
    for start in range(0, max(n, 1), _CHUNK):  # in chunks whose temporaries stay in the cache
        rows = slice(start, start + _CHUNK)
        part = run.units.rows(rows)
        exact = scratch[:, : part.n_units]
        exact.fill(np.nan)
        verdicts = rpv_of(part) if rpv is None else rpv[rows]
        parts.append(_audit_part(part, run, criteria, status, states[:, rows], exact, verdicts))
        margins[:, rows] = exact
    joined = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Audit(status, states, margins, *joined)


_CHUNK = 1 << 15


def _audit_part(
    table: SavedTable,
    run: Run,
    criteria: Criteria,
    status: tuple[RuleStatus, ...],
    states: States,
    margins: Floats,
    rpv: Codes,
) -> tuple[npt.NDArray[Any], ...]:
    """Fill ``states`` and ``margins``; return Audit's other arrays for these units, in order."""
    label, split, fired = judged(table, criteria, status, states)
    failed = fail_bits(states)
    unsized = fill_margins(margins, status, states, table, context_of(table, run))
    good = label == Label.GOOD
    to_good = steps_to_good(status, failed, margins, to_change(label))
    safe = safety(states, margins, unsized, good)
    return derived(label, split, failed, fired, rpv, to_good, safe)


def context_of(table: SavedTable, run: Run) -> StepContext:
    """Return the sizes of steps that depend on the run and the unit."""
    return StepContext(1e6 / run.sample_rate, 1.0 / presence_bins(table, run.settings))


def to_change(label: Codes) -> Bools:
    """Return the units whose label is known and not GOOD."""
    settled = (label != Label.EMPTY) & (label != Label.INCOMPLETE)
    return np.asarray(settled & (label != Label.GOOD))


def derived(
    label: Codes,
    split: Codes,
    failed: Masks,
    fired: Bools,
    rpv: Codes,
    to_good: Floats,
    safe: Floats,
) -> tuple[npt.NDArray[Any], ...]:
    """Return Audit's arrays after the margins, in order, from what they follow from."""
    deciding = _deciding(label, failed)
    good = label == Label.GOOD
    settled = (label != Label.EMPTY) & (label != Label.INCOMPLETE)
    sole = _sole_blockers(failed, conditions(failed, fired), settled & ~good)
    # A count that fails must change as well, and no measurement error of it would: not near.
    counted = (failed & np.uint32(COUNT_MASK)) != 0
    borderline = (np.where(good, safe, to_good) <= 1.0) & settled & ~counted
    return (
        label,
        split,
        failed,
        deciding,
        failed & ~deciding,
        families(label, deciding, rpv),
        rpv,
        np.bitwise_count(failed).astype(np.int64),
        sole,
        to_good,
        safe,
        borderline,
        attention_groups(label, failed, sole, borderline, rpv == Rpv.UNDECIDABLE),
    )


_DECIDES: dict[Label, int] = {
    Label.NOISE: BLOCK_MASKS[Block.NOISE],
    Label.MUA: BLOCK_MASKS[Block.MUA],
    Label.NON_SOMA: BLOCK_MASKS[Block.NON_SOMA],
    Label.NON_SOMA_GOOD: BLOCK_MASKS[Block.NON_SOMA],
    Label.NON_SOMA_MUA: BLOCK_MASKS[Block.MUA] | BLOCK_MASKS[Block.NON_SOMA],
}


def _deciding(label: Codes, failed: Masks) -> Masks:
    by_label = np.zeros(len(Label), np.uint32)
    for name, mask in _DECIDES.items():
        by_label[name] = mask
    return np.asarray(failed & by_label[label])


def families(label: Codes, deciding: Masks, rpv: Codes) -> Codes:
    """Return the first family (in their order) among the failures that made a unit MUA."""
    rows = np.flatnonzero((label == Label.MUA) | (label == Label.NON_SOMA_MUA))
    failed, verdicts = deciding[rows], rpv[rows]
    found = np.full(len(rows), Family.NONE, np.int8)
    for family in sorted({rule.family for rule in RULES} - {Family.NONE}, reverse=True):
        mask = sum(1 << i for i, rule in enumerate(RULES) if rule.family == family)
        found[(failed & np.uint32(mask)) != 0] = family
    by_rpv = found == Family.NOT_SHOWN_CLEAN
    found[by_rpv & (verdicts == Rpv.UNDECIDABLE)] = Family.UNDECIDABLE
    found[by_rpv & is_saved(verdicts)] = Family.SAVED_LIMIT
    out = np.full(len(label), Family.NONE, np.int8)
    out[rows] = found
    return out


def _sole_blockers(failed: Masks, counts: npt.NDArray[np.int64], candidates: Bools) -> Masks:
    never = np.uint32(1 << MISSING_PEAKS)
    sole = candidates & (counts == 1) & ((failed & never) == 0)
    return np.where(sole, failed, np.uint32(0)).astype(np.uint32)
