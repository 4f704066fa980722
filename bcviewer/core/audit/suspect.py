"""Thresholds that look like a slip: a fraction for a percentage, or a digit too many."""

from __future__ import annotations

import math

import numpy as np

from bcviewer.core.audit.states import rule_status
from bcviewer.core.rules.counts import count_of, verb_of
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.defaults import DEFAULT_THRESHOLDS
from bcviewer.core.rules.rules import RULES, Rule
from bcviewer.core.run.run import Issue, SavedTable

NEARLY_ALL = 0.9
"""Share of the units with a value that must fail."""

_NEAR = {1: 1.1}
_NEAR_HUNDREDS = 2.0
"""How near to the default, times a power of ten: people have limits of their own, too."""


def odd_thresholds(units: SavedTable, criteria: Criteria, file: str) -> list[Issue]:
    """Return the thresholds that are off by a power of ten while nearly all units fail them.

    Parameters
    ----------
    units : SavedTable
        Bombcell's table.
    criteria : Criteria
        Its parameters.
    file : str
        Name of the file that the parameters are from.
    """
    out = []
    for rule in RULES:
        if rule.op == "missing" or rule.four_way:
            continue  # a four-way comparison alone fails nobody
        power = _power(criteria.thresholds.get(rule.parameter, math.nan), rule.parameter)
        if not power:
            continue
        failing, valued = _failing(rule, units, criteria)
        if valued and failing >= NEARLY_ALL * valued:
            limit, default = criteria.thresholds[rule.parameter], DEFAULT_THRESHOLDS[rule.parameter]
            what = (
                f"{rule.parameter} is {_shown(rule, limit)};"
                f" Bombcell's default is {_shown(rule, default)}."
            )
            fail = f"of {count_of(valued, 'unit')} {verb_of(failing, 'fails', 'fail')} it"
            effect = f"{failing:,} {fail}: is it a factor of"
            out.append(Issue(file, what, f"{effect} {10 ** abs(power):,} off?"))
    return out


def _power(limit: float, name: str) -> int:
    """Return by which power of ten a threshold is off its default; 0: by none."""
    ratio = limit / DEFAULT_THRESHOLDS[name]
    if not 0 < ratio < math.inf:
        return 0
    power = round(math.log10(ratio))
    near = _NEAR.get(abs(power), _NEAR_HUNDREDS)
    return power if 1 / near <= ratio / 10.0**power <= near else 0


def _failing(rule: Rule, units: SavedTable, criteria: Criteria) -> tuple[int, int]:
    """Return how many units fail a rule, and how many have a value of its metric."""
    status, values = rule_status(rule, units, criteria), units.numbers(rule.metric)
    if not status.tested or values is None:
        return 0, 0
    fails = values < status.threshold if rule.op == "<" else values > status.threshold
    return int(np.count_nonzero(fails)), int(np.count_nonzero(~np.isnan(values)))


def _shown(rule: Rule, value: float) -> str:
    unit = rule.declared.unit
    return f"{value:g} {unit}" if unit else f"{value:g}"
