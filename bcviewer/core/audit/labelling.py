"""From the states of the rules to the label: what each block says, and what cannot be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Bools, Codes
from bcviewer.core.audit.states import (
    RuleStatus,
    State,
    States,
    exempt_units,
    fill_states,
    four_way,
)
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES, Block
from bcviewer.core.run.run import SavedTable


def judged(
    table: SavedTable, criteria: Criteria, status: tuple[RuleStatus, ...], states: States
) -> tuple[Codes, Codes, Bools]:
    """Fill ``states``; return labels, labels as if split, and where the four-way branch fired."""
    empty = _equals(table, "nSpikes", 0.0)
    fill_states(states, status, table, criteria, empty)
    unsettled = open_units(status, table, criteria)
    fired, undecided_branch = four_way(states, unsettled)
    blocks = [_block(b, states, unsettled, fired, undecided_branch, empty) for b in Block]
    split = composed(blocks, empty, split=True)
    label = split if criteria.flags["splitGoodAndMua_NonSomatic"] else composed(blocks, empty)
    return label, split, fired


def _equals(table: SavedTable, name: str, value: float) -> Bools:
    column = table.floats(name)
    return np.zeros(table.n_units, bool) if column is None else column == value


@dataclass(frozen=True, slots=True, eq=False)
class BlockSays:
    """Where a block's rules lead to its class, and where that cannot be said."""

    holds: Bools
    undecided: Bools


def _block(
    block: Block,
    states: States,
    unsettled: dict[int, Bools],
    fired: Bools,
    undecided_branch: Bools,
    empty: Bools,
) -> BlockSays:
    plain = [i for i, rule in enumerate(RULES) if rule.block == block and not rule.four_way]
    holds = (states[plain] == State.FAIL).any(axis=0)
    undecided = np.zeros(len(holds), bool)
    for i in plain:
        if i in unsettled:
            undecided |= unsettled[i]
    if block == Block.NON_SOMA:
        holds = holds | fired
        undecided = undecided | undecided_branch
    return BlockSays(holds & ~empty, undecided & ~holds & ~empty)


def open_units(
    status: tuple[RuleStatus, ...], table: SavedTable, criteria: Criteria
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


def composed(blocks: Sequence[BlockSays], empty: Bools, split: bool = False) -> Codes:
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
