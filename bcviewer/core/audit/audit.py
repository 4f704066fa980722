"""The audit: a state for every unit × rule, the label, and how far it is from another one.

Everything is vectorised over units; arrays of rules × units have the rule as their first axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Bools, Floats
from bcviewer.core.audit.margins import (
    conditions,
    fill_margins,
    presence_bins,
    safety,
    steps_to_good,
)
from bcviewer.core.audit.order import attention_groups
from bcviewer.core.audit.states import (
    Masks,
    RuleStatus,
    State,
    States,
    exempt_units,
    fail_bits,
    fill_states,
    four_way,
    rule_status,
)
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import Codes, Label
from bcviewer.core.rules.metric import StepContext
from bcviewer.core.rules.rules import BLOCK_MASKS, COUNT_MASK, MISSING_PEAKS, RULES, Block, Family
from bcviewer.core.run.run import Run, UnitTable


class Rpv(IntEnum):
    """What Bombcell's sliding test said of a unit's contamination.

    *Not shown clean* is not *contaminated*: there were enough spikes to show the unit clean, and
    they did not.
    """

    NOT_ASSESSED = 0
    CLEAN = 1
    NOT_SHOWN_CLEAN = 2
    UNDECIDABLE = 3


RPV_NAMES: tuple[str, ...] = (
    "not assessed",
    "shown clean",
    "not shown clean",
    "too few spikes to say",
)
RPV_HELP: dict[Rpv, str] = {
    Rpv.NOT_ASSESSED: "No verdict in these results: another method, an older Bombcell, or too few"
    " spikes to compute anything.",
    Rpv.CLEAN: "At one tested refractory period or more, contamination is below the limit with the"
    " confidence asked for. The best of them counts: with Bombcell's defaults, of units whose true"
    " contamination equals the limit 20 % pass.",
    Rpv.NOT_SHOWN_CLEAN: "There were spikes enough to show it clean, and they did not. That is not"
    " the same as contaminated: at a limit of 10 % and 10,000 spikes, 23 % of simulated units with"
    " a true contamination of 5 % get it, with 8 % 67 %.",
    Rpv.UNDECIDABLE: "At some tested refractory period that does not speak against it, these spikes"
    " could not have shown it clean even without a violation.",
}
"""What each verdict means, and how often the test errs."""


@dataclass(frozen=True, slots=True, eq=False)
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


def audit(run: Run, criteria: Criteria | None = None) -> Audit:
    """Apply every rule to every unit.

    Parameters
    ----------
    run : Run
        The run.
    criteria : Criteria, optional
        Thresholds and flags other than the run's own.

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
        parts.append(_audit_part(part, run, criteria, status, states[:, rows], exact))
        margins[:, rows] = exact
    joined = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Audit(status, states, margins, *joined)


_CHUNK = 1 << 15


def _audit_part(
    table: UnitTable,
    run: Run,
    criteria: Criteria,
    status: tuple[RuleStatus, ...],
    states: States,
    margins: Floats,
) -> tuple[npt.NDArray[Any], ...]:
    """Fill ``states`` and ``margins``; return Audit's other arrays for these units, in order."""
    empty = _equals(table, "nSpikes", 0.0)
    fill_states(states, status, table, criteria, empty)
    open_units = _open_units(status, table, criteria)
    fired, undecided_branch = four_way(states, open_units)
    blocks = [_block(b, states, open_units, fired, undecided_branch, empty) for b in Block]
    split = _label(blocks, empty, split=True)
    label = split if criteria.flags["splitGoodAndMua_NonSomatic"] else _label(blocks, empty)
    failed = fail_bits(states)
    deciding = _deciding(label, failed)
    rpv = _rpv(table)
    context = StepContext(1e6 / run.sample_rate, 1.0 / presence_bins(table, run.settings))
    unsized = fill_margins(margins, status, states, table, context)
    good = label == Label.GOOD
    settled = (label != Label.EMPTY) & (label != Label.INCOMPLETE)
    to_good = steps_to_good(status, failed, margins, settled & ~good)
    safe = safety(states, margins, unsized, good)
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
        _families(label, deciding, rpv),
        rpv,
        np.bitwise_count(failed).astype(np.int64),
        sole,
        to_good,
        safe,
        borderline,
        attention_groups(label, failed, sole, borderline, rpv == Rpv.UNDECIDABLE),
    )


def _equals(table: UnitTable, name: str, value: float) -> Bools:
    column = table.floats(name)
    return np.zeros(table.n_units, bool) if column is None else column == value


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Where a block's rules lead to its class, and where that cannot be said."""

    holds: Bools
    undecided: Bools


def _block(
    block: Block,
    states: States,
    open_units: dict[int, Bools],
    fired: Bools,
    undecided_branch: Bools,
    empty: Bools,
) -> _Block:
    plain = [i for i, rule in enumerate(RULES) if rule.block == block and not rule.four_way]
    holds = (states[plain] == State.FAIL).any(axis=0)
    undecided = np.zeros(len(holds), bool)
    for i in plain:
        if i in open_units:
            undecided |= open_units[i]
    if block == Block.NON_SOMA:
        holds = holds | fired
        undecided = undecided | undecided_branch
    return _Block(holds & ~empty, undecided & ~holds & ~empty)


def _open_units(
    status: tuple[RuleStatus, ...], table: UnitTable, criteria: Criteria
) -> dict[int, Bools]:
    """Return, for each rule that is open, the units that it could fail.

    What is not known is taken as bad as it could be: a missing value fails no threshold, an
    exempt unit fails nothing, and no column fails a limit of infinity.
    """
    out: dict[int, Bools] = {}
    for i, rule in enumerate(RULES):
        if not status[i].open:
            continue
        column = table.floats(rule.metric)
        worst = np.inf if rule.op == ">" else -np.inf
        value = np.full(table.n_units, worst) if column is None else column
        known = rule.parameter in criteria.thresholds
        limit = status[i].threshold if known else -worst
        could = value > limit if rule.op == ">" else value < limit
        if rule.op == "missing":
            could = np.ones(table.n_units, bool)
        out[i] = could & ~exempt_units(rule, table, criteria)
    return out


def _label(blocks: list[_Block], empty: Bools, split: bool = False) -> Codes:
    """Compose the label; a block that cannot be decided makes it incomplete."""
    noise, mua, soma = blocks
    out = np.where(mua.holds, Label.MUA, Label.GOOD).astype(np.int8)
    out[mua.undecided] = Label.INCOMPLETE
    if split:
        out[soma.holds & ~mua.undecided & mua.holds] = Label.NON_SOMA_MUA
        out[soma.holds & ~mua.undecided & ~mua.holds] = Label.NON_SOMA_GOOD
    else:
        out[soma.holds] = Label.NON_SOMA
    out[soma.undecided] = Label.INCOMPLETE
    out[noise.undecided] = Label.INCOMPLETE
    out[noise.holds] = Label.NOISE
    out[empty] = Label.EMPTY
    return out


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


def _rpv(table: UnitTable) -> Codes:
    out = np.full(table.n_units, Rpv.NOT_ASSESSED, np.int8)
    status = table.floats("RPV_status")
    if status is not None:
        out[status == 1] = Rpv.CLEAN
        out[status == -1] = Rpv.NOT_SHOWN_CLEAN
        out[status == 0] = Rpv.UNDECIDABLE
    return out


def _families(label: Codes, deciding: Masks, rpv: Codes) -> Codes:
    """Return the first family (in their order) among the failures that made a unit MUA."""
    out = np.full(len(label), Family.NONE, np.int8)
    is_mua = (label == Label.MUA) | (label == Label.NON_SOMA_MUA)
    for family in sorted(set(Family) - {Family.NONE}, reverse=True):
        mask = sum(1 << i for i, rule in enumerate(RULES) if rule.family == family)
        out[(deciding & np.uint32(mask)) != 0] = family
    too_few = (out == Family.NOT_SHOWN_CLEAN) & (rpv == Rpv.UNDECIDABLE)
    out[too_few] = Family.UNDECIDABLE
    return np.where(is_mua, out, np.int8(Family.NONE))


def _sole_blockers(failed: Masks, counts: npt.NDArray[np.int64], candidates: Bools) -> Masks:
    never = np.uint32(1 << MISSING_PEAKS)
    sole = candidates & (counts == 1) & ((failed & never) == 0)
    return np.where(sole, failed, np.uint32(0)).astype(np.uint32)
