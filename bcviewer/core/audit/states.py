"""The state of every rule for every unit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Bools, Masks
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.rules import FOUR_WAY, RULES, Rule
from bcviewer.core.run.precision import limit_in
from bcviewer.core.run.run import SavedTable

States = npt.NDArray[np.uint8]


class State(IntEnum):
    """State of a rule for a unit. Only ``FAIL`` counts against it."""

    PASS = 0
    FAIL = 1
    BEYOND = 2
    NOT_TESTED = 3
    EXEMPT = 4
    MISSING = 5


STATE_NAMES: tuple[str, ...] = ("pass", "fail", "beyond", "not tested", "exempt", "missing")


@dataclass(frozen=True, slots=True)
class RuleStatus:
    """Whether a rule applies to this run at all.

    Attributes
    ----------
    tested : bool
        Whether units have states other than *not tested*.
    open : bool
        Whether the rule would count but cannot be tested, so that its block may stay undecided.
    off : bool
        Whether a flag switches the rule off.
    why : str
        Why it is not tested; empty where it is.
    threshold : float
        The limit, in the precision of the metric's column; NaN where there is none.
    """

    tested: bool
    open: bool
    off: bool
    why: str
    threshold: float


def rule_status(rule: Rule, table: SavedTable, criteria: Criteria) -> RuleStatus:
    """Tell whether a rule is on, and if not, whether that leaves its block open."""
    threshold = criteria.thresholds.get(rule.parameter, float("nan"))
    values = table.numbers(rule.metric)
    if values is not None:
        threshold = limit_in(values.dtype, threshold)
    for flag, wanted in rule.gates:
        if criteria.flags[flag] != wanted:
            why = f"switched off: {flag} is {'on' if criteria.flags[flag] else 'off'}"
            return RuleStatus(False, False, True, why, threshold)
    needed = [rule.metric]
    if rule.exemption and rule.exemption.needs_column:
        needed.append(rule.exemption.column)
    for column in needed:
        if table.floats(column) is None:
            why = f"no column {column} in these results"
            return RuleStatus(False, True, False, why, threshold)
    if rule.op != "missing" and rule.parameter not in criteria.thresholds:
        what = "unreadable" if rule.parameter in criteria.unreadable else "not in the parameters"
        return RuleStatus(False, True, False, f"threshold {rule.parameter} is {what}", threshold)
    if rule.op != "missing" and np.isnan(threshold):
        # Bombcell compares with the NaN, which never holds: switched off, nothing left open.
        why = f"threshold {rule.parameter} has no value"
        return RuleStatus(False, False, False, why, threshold)
    return RuleStatus(True, False, False, "", threshold)


def fill_states(
    states: States,
    status: tuple[RuleStatus, ...],
    table: SavedTable,
    criteria: Criteria,
    empty: Bools,
) -> None:
    """Fill in the states of these units; all are *not tested* on entry."""
    for i, rule in enumerate(RULES):
        if status[i].tested:
            fill_row(states[i], rule, status[i], table, criteria)
            states[i][empty] = State.NOT_TESTED


def fill_row(
    row: States, rule: Rule, status: RuleStatus, table: SavedTable, criteria: Criteria
) -> None:
    """Fill in the states of a rule that is tested, whether a unit has spikes or not."""
    value = table.columns[rule.metric]  # as saved: Bombcell compares in its precision
    no_value = np.isnan(value)
    if rule.op == "missing":
        row[:] = no_value  # State.FAIL is 1, State.PASS 0
    else:
        row[:] = value < status.threshold if rule.op == "<" else value > status.threshold
        row[exempt_units(rule, table, criteria)] = State.EXEMPT
        row[no_value] = State.MISSING


def exempt_units(rule: Rule, table: SavedTable, criteria: Criteria) -> Bools:
    """Return the units that a rule leaves out, shape (n_units,)."""
    exemption = rule.exemption
    none = np.zeros(table.n_units, bool)
    if exemption is None or (exemption.flag and not criteria.flags[exemption.flag]):
        return none
    column = table.floats(exemption.column)
    if column is None:
        return none
    return np.isnan(column) if np.isnan(exemption.equals) else column == exemption.equals


def four_way(states: States, open_units: dict[int, Bools]) -> tuple[Bools, Bools]:
    """Return where the four-way branch fired and where it is undecided; mark *beyond* states."""
    branch = states[list(FOUR_WAY)]
    holds = branch == State.FAIL
    never = np.zeros(states.shape[1], bool)
    unknown = np.array([open_units.get(i, never) for i in FOUR_WAY])
    fired = holds.all(axis=0)
    undecided = ~fired & (holds | unknown).all(axis=0)
    for i in FOUR_WAY:
        states[i][(states[i] == State.FAIL) & ~fired] = State.BEYOND
    return fired, undecided


def fail_bits(states: States) -> Masks:
    """Return, as a bit mask of rules, what each unit fails."""
    masks = np.zeros(states.shape[1], np.uint32)
    for i in range(len(RULES)):
        masks |= (states[i] == State.FAIL).astype(np.uint32) << np.uint32(i)
    return masks
