"""Pairs of runs to compare: drawn, and made."""

from __future__ import annotations

from typing import Any

import numpy as np
from audit.test_audit_parity import parameters, tables
from dice import Dice, thrown
from factories import default_params, good_unit, make_columns, make_params, make_run
from hypothesis import strategies as st

from bcviewer.core.rules.criteria import THRESHOLDS
from bcviewer.core.rules.rules import RULE_OF
from bcviewer.core.run.run import Run, SavedTable

Columns = dict[str, np.ndarray]
Saved = dict[str, Any]


def params_of(saved: Saved):
    """Return these parameters and no others."""
    return make_params(saved, drop=set(make_params().saved) - set(saved))


@st.composite
def pairs(draw: st.DrawFn, most: int = 30) -> tuple[Columns, Saved, Columns, Saved]:
    """Draw two runs of the same units: some metrics differ, some parameters do."""
    first, other = draw(parameters()), draw(parameters())
    old = draw(tables(first, most=most))
    new_values = draw(tables(other, most=most))
    moved = draw(st.sets(st.sampled_from(sorted(old))))
    n = len(old["nSpikes"])
    new = {
        name: np.resize(new_values[name], n) if name in moved and name in new_values else column
        for name, column in old.items()
    }
    names = draw(st.sets(st.sampled_from(sorted({*first, *other})), max_size=7))
    second = {
        name: (other if name in names else first).get(name)
        for name in {*first, *other}
        if name in (other if name in names else first)
    }
    return old, first, new, second


_MOVED_FLAGS = ("splitGoodAndMua_NonSomatic", "keepUncertainRPVUnits", "computeDrift")


def _times(dice: Dice, name: str, way: int) -> float:
    """Return a factor that makes a limit looser (1), stricter (−1), or either (0)."""
    looser = way or dice.pick((1, -1))
    least = RULE_OF[name].op == "<"
    return dice.pick((0.5, 0.8) if least == (looser > 0) else (1.25, 2.0))


def close_pairs(most: int = 30) -> st.SearchStrategy[tuple[Columns, Saved, Columns, Saved]]:
    """Draw two runs of the same units on either side of some limits that differ: labels change.

    Of :func:`pairs` hardly any does: most of their units fail something whatever is moved.
    """

    def build(dice: Dice) -> tuple[Columns, Saved, Columns, Saved]:
        n = dice.number(1, most)
        first = default_params()
        names = dict.fromkeys(dice.picks(THRESHOLDS, dice.number(1, 6)))
        way = dice.pick((1, -1, 0))  # all looser, all stricter, each as it comes
        second = first | {name: first[name] * _times(dice, name, way) for name in names}
        for flag in dice.picks(_MOVED_FLAGS, dice.number(0, 2)):
            second[flag] = not first[flag]
        old = make_columns({"RPV_status": dice.picks((1.0, 0.0, -1.0), n)})
        new = dict(old)
        for name in names:
            metric = RULE_OF[name].metric
            limits = float(first[name]), float(second[name])
            usual, between = good_unit()[metric], sum(limits) / 2
            far = limits[0] * (0.1 if RULE_OF[name].op == "<" else 10.0)
            values = (usual, between, between, between, between, *limits, far)
            old[metric] = new[metric] = np.array(dice.picks(values, n), np.float64)
            if dice.flag():
                new[metric] = np.array(dice.picks(values, n), np.float64)
        return old, first, new, second

    return thrown(build, 24 + most + 6 * (2 * most + 1))


def any_pairs(most: int = 30) -> st.SearchStrategy[tuple[Columns, Saved, Columns, Saved]]:
    """Draw two runs of the same units: odd ones, or ones whose labels change."""
    return st.one_of(pairs(most), close_pairs(most))


def run_of(columns: Columns, saved: Saved) -> Run:
    """Return a run of columns and parameters as they are."""
    return make_run(SavedTable.from_columns(columns), params_of(saved))
