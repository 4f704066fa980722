"""The audit: a state for every unit × rule, the label, and how far it is from another one.

Everything is vectorised over units; arrays of rules × units have the rule as their first axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.labels import Codes, Label
from bcviewer.core.margins import conditions, fill_margins, presence_bins, safety, steps_to_good
from bcviewer.core.metrics import Bools, Floats, StepContext
from bcviewer.core.order import attention_groups
from bcviewer.core.params import Params
from bcviewer.core.rules import (
    BLOCK_MASKS,
    FOUR_WAY,
    MISSING_PEAKS,
    RULES,
    Block,
    Family,
    Rule,
)
from bcviewer.core.run import RunData, UnitTable

States = npt.NDArray[np.uint8]
Masks = npt.NDArray[np.uint32]


class State(IntEnum):
    """State of a rule for a unit. Only ``FAIL`` counts against it."""

    PASS = 0
    FAIL = 1
    BEYOND = 2
    NOT_TESTED = 3
    EXEMPT = 4
    MISSING = 5


STATE_NAMES: tuple[str, ...] = ("pass", "fail", "beyond", "not tested", "exempt", "missing")


class Rpv(IntEnum):
    """What Bombcell's sliding test said of a unit's contamination."""

    NOT_ASSESSED = 0
    CLEAN = 1
    CONTAMINATED = 2
    UNDECIDABLE = 3


RPV_NAMES: tuple[str, ...] = ("not assessed", "clean", "contaminated", "undecidable")


@dataclass(frozen=True, slots=True)
class RuleStatus:
    """Whether a rule applies to this run at all.

    Attributes
    ----------
    tested : bool
        Whether units have states other than *not tested*.
    open : bool
        Whether the rule would count but cannot be tested, so that its block may stay undecided.
    why : str
        Why it is not tested; empty where it is.
    threshold : float
        The limit; NaN where there is none.
    """

    tested: bool
    open: bool
    why: str
    threshold: float


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
        :class:`~bcviewer.core.labels.Label`; the second as if NON-SOMA were split.
    failed, deciding, masked : numpy.ndarray of uint32
        Bit masks over ``RULES``: all failures, those of the block that gave the label, and those
        that a stronger block hides.
    family : numpy.ndarray of int8
        :class:`~bcviewer.core.rules.Family` of MUA units.
    rpv : numpy.ndarray of int8
        :class:`Rpv`.
    n_failed : numpy.ndarray of int64
        Failed rules of each unit.
    sole_blocker : numpy.ndarray of uint32
        The rules of the only failed condition (the four-way branch is one condition), else 0.
    steps_to_good : numpy.ndarray of float64
        Worst failure of a unit that is not GOOD, in steps; NaN: no estimate.
    safety_of_good : numpy.ndarray of float64
        Weakest pass of a GOOD unit, in steps; NaN elsewhere.
    borderline : numpy.ndarray of bool
        Within one step of becoming, or of no longer being, GOOD.
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


def audit(run: RunData, params: Params | None = None) -> Audit:
    """Apply every rule to every unit.

    Parameters
    ----------
    run : RunData
        The run.
    params : Params, optional
        Thresholds and flags other than the run's own.

    Returns
    -------
    Audit
        The label equals ``bombcell.get_quality_unit_type`` wherever Bombcell can give one.
    """
    params = params or run.params
    n = run.units.n_units
    status = tuple(_rule_status(rule, run.units, params) for rule in RULES)
    states = np.full((len(RULES), n), State.NOT_TESTED, np.uint8)
    margins = np.empty((len(RULES), n), np.float32)
    scratch = np.empty((len(RULES), _CHUNK))
    parts = []
    for start in range(0, max(n, 1), _CHUNK):  # in chunks whose temporaries stay in the cache
        rows = slice(start, start + _CHUNK)
        part = run.units.rows(rows)
        exact = scratch[:, : part.n_units]
        exact.fill(np.nan)
        parts.append(_audit_part(part, params, status, states[:, rows], exact, run.sample_rate))
        margins[:, rows] = exact
    joined = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Audit(status, states, margins, *joined)


_CHUNK = 1 << 15


def _audit_part(
    table: UnitTable,
    params: Params,
    status: tuple[RuleStatus, ...],
    states: States,
    margins: Floats,
    sample_rate: float,
) -> tuple[npt.NDArray[Any], ...]:
    """Fill ``states`` and ``margins``; return Audit's other arrays for these units, in order."""
    empty = _equals(table, "nSpikes", 0.0)
    _fill_states(states, status, table, params, empty)
    fired, undecided_branch = _four_way(states, status)
    blocks = [_block(b, states, status, fired, undecided_branch, empty) for b in Block]
    split = _label(blocks, empty, split=True)
    label = split if params.flags["splitGoodAndMua_NonSomatic"] else _label(blocks, empty)
    failed = _bits(states)
    deciding = _deciding(label, failed)
    rpv = _rpv(table)
    context = StepContext(1e6 / sample_rate, 1.0 / presence_bins(table, params))
    unsized = fill_margins(margins, status, states, table, context)
    good = label == Label.GOOD
    settled = (label != Label.EMPTY) & (label != Label.INCOMPLETE)
    to_good = steps_to_good(status, failed, margins, settled & ~good)
    safe = safety(states, margins, unsized, good)
    sole = _sole_blockers(failed, conditions(failed, fired), settled & ~good)
    borderline = (np.where(good, safe, to_good) <= 1.0) & settled
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


def _rule_status(rule: Rule, table: UnitTable, params: Params) -> RuleStatus:
    """Tell whether a rule is on, and if not, whether that leaves its block open."""
    threshold = params.thresholds.get(rule.parameter, float("nan"))
    for flag, wanted in rule.gates:
        if params.flags[flag] != wanted:
            why = f"switched off: {flag} is {'on' if params.flags[flag] else 'off'}"
            return RuleStatus(False, False, why, threshold)
    needed = [rule.metric]
    if rule.exemption and rule.exemption.needs_column:
        needed.append(rule.exemption.column)
    for column in needed:
        if table.floats(column) is None:
            return RuleStatus(False, True, f"no column {column} in these results", threshold)
    if rule.op != "missing" and rule.parameter not in params.thresholds:
        what = "unreadable" if rule.parameter in params.unreadable else "not in the parameters"
        return RuleStatus(False, True, f"threshold {rule.parameter} is {what}", threshold)
    if rule.op != "missing" and np.isnan(threshold):
        # Bombcell compares with the NaN, which never holds: switched off, nothing left open.
        return RuleStatus(False, False, f"threshold {rule.parameter} has no value", threshold)
    return RuleStatus(True, False, "", threshold)


def _fill_states(
    states: States,
    status: tuple[RuleStatus, ...],
    table: UnitTable,
    params: Params,
    empty: Bools,
) -> None:
    for i, rule in enumerate(RULES):
        value = table.floats(rule.metric)
        if not status[i].tested or value is None:
            continue
        no_value = np.isnan(value)
        row = states[i]
        if rule.op == "missing":
            row[:] = no_value  # State.FAIL is 1, State.PASS 0
        else:
            threshold = status[i].threshold
            row[:] = value < threshold if rule.op == "<" else value > threshold
            row[_exempt(rule, table, params)] = State.EXEMPT
            row[no_value] = State.MISSING
        row[empty] = State.NOT_TESTED


def _exempt(rule: Rule, table: UnitTable, params: Params) -> Bools:
    exemption = rule.exemption
    none = np.zeros(table.n_units, bool)
    if exemption is None or (exemption.flag and not params.flags[exemption.flag]):
        return none
    column = table.floats(exemption.column)
    if column is None:
        return none
    return np.isnan(column) if np.isnan(exemption.equals) else column == exemption.equals


def _four_way(states: States, status: tuple[RuleStatus, ...]) -> tuple[Bools, Bools]:
    """Return where the four-way branch fired and where it is undecided; mark *beyond* states."""
    branch = states[list(FOUR_WAY)]
    holds = branch == State.FAIL
    unknown = np.array([[status[i].open] for i in FOUR_WAY])
    fired = holds.all(axis=0)
    undecided = ~fired & (holds | unknown).all(axis=0)
    for i in FOUR_WAY:
        states[i][(states[i] == State.FAIL) & ~fired] = State.BEYOND
    return fired, undecided


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Where a block's rules lead to its class, and where that cannot be said."""

    holds: Bools
    undecided: Bools


def _block(
    block: Block,
    states: States,
    status: tuple[RuleStatus, ...],
    fired: Bools,
    undecided_branch: Bools,
    empty: Bools,
) -> _Block:
    plain = [i for i, rule in enumerate(RULES) if rule.block == block and not rule.four_way]
    holds = (states[plain] == State.FAIL).any(axis=0)
    undecided = np.full(len(holds), any(_leaves_open(i, status) for i in plain))
    undecided |= _open_units(block, states, status)
    if block == Block.NON_SOMA:
        holds = holds | fired
        undecided = undecided | undecided_branch
    return _Block(holds & ~empty, undecided & ~holds & ~empty)


def _leaves_open(i: int, status: tuple[RuleStatus, ...]) -> bool:
    return status[i].open and not _only_with_raw(RULES[i], status)


def _only_with_raw(rule: Rule, status: tuple[RuleStatus, ...]) -> bool:
    """Whether an open rule matters only for units whose rawAmplitude has a value."""
    exemption = rule.exemption
    if exemption is None or not exemption.needs_column or rule.metric == exemption.column:
        return False
    return any(
        s.tested and r.metric == exemption.column for r, s in zip(RULES, status, strict=True)
    )


def _open_units(block: Block, states: States, status: tuple[RuleStatus, ...]) -> Bools:
    """Return units for which a rule that is open only for some of them stays open."""
    out = np.zeros(states.shape[1], bool)
    for i, rule in enumerate(RULES):
        if rule.block == block and status[i].open and _only_with_raw(rule, status):
            for j, other in enumerate(RULES):
                if rule.exemption and other.metric == rule.exemption.column:
                    out |= (states[j] != State.MISSING) & (states[j] != State.NOT_TESTED)
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


def _bits(states: States) -> Masks:
    masks = np.zeros(states.shape[1], np.uint32)
    for i in range(len(RULES)):
        masks |= (states[i] == State.FAIL).astype(np.uint32) << np.uint32(i)
    return masks


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
        out[status == -1] = Rpv.CONTAMINATED
        out[status == 0] = Rpv.UNDECIDABLE
    return out


def _families(label: Codes, deciding: Masks, rpv: Codes) -> Codes:
    """Return the first family (in their order) among the failures that made a unit MUA."""
    out = np.full(len(label), Family.NONE, np.int8)
    is_mua = (label == Label.MUA) | (label == Label.NON_SOMA_MUA)
    for family in reversed(Family):
        mask = sum(1 << i for i, rule in enumerate(RULES) if rule.family == family)
        out[(deciding & np.uint32(mask)) != 0] = family
    too_few = (out == Family.CONTAMINATED) & (rpv == Rpv.UNDECIDABLE)
    out[too_few] = Family.UNDECIDABLE
    return np.where(is_mua, out, np.int8(Family.NONE))


def _sole_blockers(failed: Masks, counts: npt.NDArray[np.int64], candidates: Bools) -> Masks:
    never = np.uint32(1 << MISSING_PEAKS)
    sole = candidates & (counts == 1) & ((failed & never) == 0)
    return np.where(sole, failed, np.uint32(0)).astype(np.uint32)
