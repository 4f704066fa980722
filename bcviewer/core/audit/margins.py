"""How far from a threshold, in steps (see :mod:`bcviewer.core.rules.metric`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Bools, Floats, Masks
from bcviewer.core.audit.states import RuleStatus, State, States
from bcviewer.core.rules.metric import MARGIN_CLIP, StepContext
from bcviewer.core.rules.rules import COUNT_MASK, FOUR_WAY, FOUR_WAY_MASK, RULES
from bcviewer.core.rules.settings import Settings
from bcviewer.core.run.run import SavedTable

UNKNOWN_PRESENCE_BIN = 0.05


def presence_bins(table: SavedTable, settings: Settings) -> Floats:
    """Return how many presence bins each unit's kept time has, shape (n_units,).

    As ``bombcell.presence_ratio``: ``np.arange(start, stop, size)`` gives the edges, so the
    last, partial bin is dropped, and a kept time shorter than two edges is one bin.
    Where the kept time or the bin's size is unknown, the number that makes one bin 0.05.
    """
    start, stop = table.floats("useTheseTimesStart"), table.floats("useTheseTimesStop")
    size = settings.number("presenceRatioBinSize")
    unknown = np.full(table.n_units, 1.0 / UNKNOWN_PRESENCE_BIN)
    if start is None or stop is None or not size > 0 or not np.isfinite(size):
        return unknown
    with np.errstate(invalid="ignore", over="ignore"):
        edges = np.ceil((stop - start) / size)
        known = np.isfinite(edges) & (stop > start)
    return np.where(known, np.maximum(1.0, edges - 1.0), unknown)


def fill_margins(
    margins: Floats,
    status: tuple[RuleStatus, ...],
    states: States,
    table: SavedTable,
    context: StepContext,
) -> Bools:
    """Fill in the margins, and return which tested rules have a step of unknown size.

    Parameters
    ----------
    margins : numpy.ndarray
        Shape (n_rules, n_units), all NaN on entry; becomes steps from the threshold, clipped at
        ±20, and stays NaN for a rule that is not tested, exempt or without a value, and for
        sentinels.
    status, states, table, context
        Of the same units.

    Returns
    -------
    numpy.ndarray
        Shape (n_rules,).
    """
    unsized = np.zeros(len(RULES), bool)
    for i in range(len(RULES)):
        unsized[i] = fill_margin(margins[i], i, status[i], states[i], table, context)
    return unsized


def fill_margin(
    margin: Floats,
    index: int,
    status: RuleStatus,
    state: States,
    table: SavedTable,
    context: StepContext,
) -> bool:
    """Fill in the margins of one rule, all NaN on entry; return whether its step has no size."""
    rule, value = RULES[index], table.floats(RULES[index].metric)
    if not status.tested or rule.step is None or rule.op == "missing" or value is None:
        return False
    if rule.step.kind == "sample" and not np.isfinite(context.sample_us):
        return True
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        steps = rule.step.signed(value, status.threshold, rule.op, context)
        np.clip(steps, -MARGIN_CLIP, MARGIN_CLIP, out=margin)
    _settle(margin, state, rule.declared.sentinel_mask(value))
    return False


def _settle(margin: Floats, state: States, sentinel: Bools) -> None:
    """Keep a margin, in place, on the side of its state, and drop what is no margin."""
    fails = (state == State.FAIL) | (state == State.BEYOND)
    least = float(np.finfo(np.float32).tiny)  # the margins are kept as float32
    margin[fails & (margin > -least)] = -least  # a value just past its threshold
    margin[sentinel | ~(fails | (state == State.PASS))] = np.nan
    np.add(margin, 0.0, out=margin)  # no negative zero


def conditions(failed: Masks, fired: Bools) -> npt.NDArray[np.int64]:
    """Return how many conditions each unit fails: the four-way branch is one."""
    rest = np.bitwise_count(failed & np.uint32(~FOUR_WAY_MASK & 0xFFFFFFFF))
    return np.asarray(rest.astype(np.int64) + fired)


def contradicted(status: tuple[RuleStatus, ...]) -> set[int]:
    """Return rules whose metric no value can satisfy, because its limits exclude each other."""
    out: set[int] = set()
    tested = [i for i, s in enumerate(status) if s.tested and not RULES[i].four_way]
    for i in tested:
        for j in tested:
            pair = RULES[i].metric == RULES[j].metric and RULES[i].op == "<" and RULES[j].op == ">"
            if pair and status[i].threshold > status[j].threshold:
                out |= {i, j}
    return out


def steps_to_good(
    status: tuple[RuleStatus, ...], failed: Masks, margins: Floats, candidates: Bools
) -> Floats:
    """Return the worst failure among all that must change, masked ones included.

    The four-way branch costs the cheapest of its four; a failure without a margin (a sentinel,
    missing nPeaks, limits that contradict each other) leaves no estimate (NaN). A count has no
    measurement error, so its failure no steps: a unit that fails nothing else has no estimate.
    """
    least = np.zeros(len(failed))
    impossible = contradicted(status)
    for i, rule in enumerate(RULES):
        hit = (failed & np.uint32(1 << i)) != 0
        if rule.four_way or rule.is_count or not hit.any():
            continue
        margin: Any = np.nan if i in impossible else margins[i]
        np.minimum(least, np.where(hit, margin, 0.0), out=least)  # NaN wins
    worst = -least + 0.0
    fired = (failed & np.uint32(FOUR_WAY_MASK)) != 0
    if fired.any():
        costs = -margins[list(FOUR_WAY)][:, fired]
        cheapest = np.where(np.isnan(costs), np.inf, costs).min(axis=0)
        cheapest[np.isinf(cheapest)] = np.nan
        worst[fired] = np.maximum(worst[fired], cheapest)
    only_counts = (failed & np.uint32(~COUNT_MASK & 0xFFFFFFFF)) == 0
    return np.where(candidates & ~only_counts, worst, np.nan)


def shortfall(failed: Masks, margins: npt.NDArray[np.floating[Any]]) -> Floats:
    """Return the sum of the shortfalls of each unit, in steps: how far it is from GOOD in all.

    The four-way branch counts by the cheapest of its four. A failure without a margin (a sentinel,
    missing nPeaks) counts as the farthest that there is, and one of a count, which has no steps,
    as beyond that.
    """
    total = np.zeros(len(failed))
    for i, rule in enumerate(RULES):
        if rule.four_way:
            continue
        hit = np.flatnonzero(failed & np.uint32(1 << i))
        total[hit] += np.nan_to_num(-margins[i][hit], nan=MARGIN_CLIP)
        total[hit] += MARGIN_CLIP * rule.is_count
    fired = np.flatnonzero(failed & np.uint32(FOUR_WAY_MASK))
    if len(fired):
        costs = np.nan_to_num(-margins[list(FOUR_WAY)][:, fired], nan=MARGIN_CLIP)
        total[fired] += costs.min(axis=0)
    return total


def safety(states: States, margins: Floats, unsized: Bools, good: Bools) -> Floats:
    """Return the weakest pass of each GOOD unit, in steps; NaN elsewhere and where unknown.

    Counts are left out: they have no measurement error, and with one trough allowed every GOOD
    unit would be half a step from failing.
    The four-way branch is passed by its strongest comparison, since all four must hold to fire;
    with a missing value or a passing sentinel among them no change of the others can fire it.
    """
    weakest = np.full(states.shape[1], np.inf)
    for i, rule in enumerate(RULES):
        if not rule.four_way and not rule.is_count and rule.op != "missing":
            np.fmin(weakest, margins[i], out=weakest)
    rows = list(FOUR_WAY)
    movable = (states[rows] == State.PASS) | (states[rows] == State.BEYOND)
    can_fire = (movable & ~((states[rows] == State.PASS) & np.isnan(margins[rows]))).all(axis=0)
    strongest = np.where(np.isnan(margins[rows]), -np.inf, margins[rows]).max(axis=0)
    weakest = np.where(can_fire, np.minimum(weakest, strongest), weakest)
    weakest = np.minimum(weakest, MARGIN_CLIP)
    unknown = (unsized[:, None] & (states == State.PASS)).any(axis=0)
    return np.where(good & ~unknown, weakest, np.nan)


def room(margins: npt.NDArray[np.floating[Any]]) -> Floats:
    """Return the sum of the margins of the plain rules that each unit passes; counts left out."""
    total = np.zeros(margins.shape[1])
    for i, rule in enumerate(RULES):
        if not rule.four_way and not rule.is_count:
            np.add(total, margins[i], out=total, where=margins[i] > 0)
    return total


def weakest_pass(states: States, margins: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.int64]:
    """Return the rule that each unit passes with the least margin, −1 where there is none.

    Counts are left out, as in :func:`safety`. The four-way branch is passed by its strongest
    comparison; that comparison stands for it. Shape (n_units,).
    """
    n = states.shape[1]
    least, which = np.full(n, np.inf), np.full(n, -1, np.int64)
    strongest, strong_rule = np.full(n, -np.inf), np.full(n, -1, np.int64)
    can_fire = np.ones(n, bool)
    for i, rule in enumerate(RULES):
        margin = margins[i]
        if rule.four_way:
            can_fire &= (states[i] == State.BEYOND) | (
                (states[i] == State.PASS) & ~np.isnan(margin)
            )
            stronger = margin > strongest
            strongest[stronger], strong_rule[stronger] = margin[stronger], i
        elif not rule.is_count:
            weaker = (states[i] == State.PASS) & (margin < least)
            least[weaker], which[weaker] = margin[weaker], i
    branch = can_fire & (strongest >= 0) & (strongest < least)
    which[branch] = strong_rule[branch]
    return which
