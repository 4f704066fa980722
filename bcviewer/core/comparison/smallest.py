"""Which of the changed parameters bring a unit's new label about: the smallest sets of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product

import numpy as np

from bcviewer.core.arrays import Array, Bools, Codes, Ints, Masks
from bcviewer.core.audit.states import State, fill_row, rule_status
from bcviewer.core.comparison.judging import READ, labelled, mixed
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.rules import RULES, Rule
from bcviewer.core.run.run import SavedTable

MOST_SEARCHED = 8
"""Among more parameters that concern a unit, sets of more than two are not looked for."""
_SPLIT = "splitGoodAndMua_NonSomatic"
_LEAST = "at least "


def smallest_sets(table: SavedTable, before: Criteria, after: Criteria, target: Codes) -> Array:
    """Return the smallest sets of parameters that lead to a unit's label, in words.

    Parameters
    ----------
    table : SavedTable
        The units' metrics.
    before, after : Criteria
        By ``after`` each unit gets its ``target``.
    target : numpy.ndarray of int8
        The label to be reached, shape (n_units,); none is the label by ``before``.

    Returns
    -------
    numpy.ndarray
        ``a+b | a+c``: all sets of the fewest parameters that suffice, in the order of the rules.
        ``at least a+b`` where more than :data:`MOST_SEARCHED` parameters concern a unit and two do
        not suffice: those without which it would not get the label. Object array of str, shape
        (n_units,).
    """
    names = [change.name for change in before.diff(after)]
    concerns = concerning(table, before, after, names)
    out = np.full(table.n_units, "", dtype=object)
    todo = np.ones(table.n_units, bool)
    wide = np.bitwise_count(concerns) > MOST_SEARCHED
    for size in range(1, MOST_SEARCHED + 1):
        found: dict[int, list[str]] = {}
        looked_for = todo & (~wide if size > 2 else True)
        for chosen in _sets(concerns[looked_for], size):
            bits = np.uint32(sum(1 << i for i in chosen))
            rows = np.flatnonzero(looked_for & ((concerns & bits) == bits))
            given = [names[i] for i in chosen]
            for row in _reached(table, mixed(before, after, given), target, rows).tolist():
                found.setdefault(row, []).append("+".join(given))
        for row, sets in found.items():
            out[row] = " | ".join(sets)
            todo[row] = False
        if not todo.any():
            break
    _at_least(out, np.flatnonzero(todo), names, table, before, after, target)
    return out


def _sets(concerns: Masks, size: int) -> list[tuple[int, ...]]:
    """Return all sets of one size of the parameters that concern some unit together."""
    found = {
        chosen
        for mask in np.unique(concerns).tolist()
        for chosen in combinations([i for i in range(32) if mask >> i & 1], size)
    }
    return sorted(found)


def _reached(table: SavedTable, criteria: Criteria, target: Codes, rows: Ints) -> Ints:
    """Return those of some units that get their label by some criteria."""
    label, _ = labelled(table.picked(rows, READ), criteria)
    return np.asarray(rows[label == target[rows]])


def _at_least(
    out: Array,
    rows: Ints,
    names: Sequence[str],
    table: SavedTable,
    before: Criteria,
    after: Criteria,
    target: Codes,
) -> None:
    """Say of some units without which parameters they would not get their label."""
    needed: dict[int, list[str]] = {row: [] for row in rows.tolist()}
    for name in names if len(rows) else ():
        others = [other for other in names if other != name]
        still = set(_reached(table, mixed(before, after, others), target, rows).tolist())
        for row, own in needed.items():
            if row not in still:
                own.append(name)
    for row, own in needed.items():
        out[row] = _LEAST + ("+".join(own) or f"{MOST_SEARCHED + 1} parameters")


def concerning(table: SavedTable, before: Criteria, after: Criteria, names: Sequence[str]) -> Masks:
    """Return which of the changed parameters can change what any rule says of a unit.

    Returns
    -------
    numpy.ndarray of uint32
        Bit *i* is ``names[i]``, shape (n_units,). No label follows from the other parameters,
        whatever the rest.
    """
    out = np.zeros(table.n_units, np.uint32)
    if _SPLIT in names:
        out |= np.uint32(1 << names.index(_SPLIT))
    for rule in RULES:
        own = [i for i, name in enumerate(names) if name in _read_by(rule)]
        if not own:
            continue
        states = {
            choice: _outcome(table, rule, mixed(before, after, [names[i] for i in choice]))
            for choice in _choices(own)
        }
        for i in own:
            for choice, state in states.items():
                other = states[tuple(sorted({*choice, i}))]
                if state is None or other is None:
                    out |= np.uint32(1 << i)
                else:
                    out[state != other] |= np.uint32(1 << i)
    return out


def _read_by(rule: Rule) -> set[str]:
    flags = {flag for flag, _ in rule.gates}
    exempting = {rule.exemption.flag} if rule.exemption else set()
    return {rule.parameter, *flags, *exempting} - {""}


def _choices(own: Sequence[int]) -> Iterator[tuple[int, ...]]:
    for flags in product((False, True), repeat=len(own)):
        yield tuple(i for i, chosen in zip(own, flags, strict=True) if chosen)


def _outcome(table: SavedTable, rule: Rule, criteria: Criteria) -> Bools | None:
    """Return which units fail one rule by some criteria; None where that cannot be said."""
    status = rule_status(rule, table, criteria)
    if status.open:
        return None
    row = np.full(table.n_units, State.NOT_TESTED, np.uint8)
    if status.tested:
        fill_row(row, rule, status, table, criteria)
    return np.asarray(row == State.FAIL)
