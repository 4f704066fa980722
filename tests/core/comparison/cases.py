"""Pairs of runs to compare: drawn, and made."""

from __future__ import annotations

from typing import Any

import numpy as np
from audit.test_audit_parity import parameters, tables
from factories import make_params, make_run
from hypothesis import strategies as st

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


def run_of(columns: Columns, saved: Saved) -> Run:
    """Return a run of columns and parameters as they are."""
    return make_run(SavedTable.from_columns(columns), params_of(saved))
