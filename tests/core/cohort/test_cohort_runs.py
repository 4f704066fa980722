"""Runs as columns of a filter, in the order that people read them in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.cohort.cohort_runs import SHARE, CohortRuns, natural
from bcviewer.core.filter.filter_error import FilterError


def run(recording: str, good: int = 0, mua: int = 0, empty: int = 0, **more: object):
    counts = {"n_good": good, "n_mua": mua, "n_empty": empty, "n_units": good + mua + empty}
    return {"recording": recording, "probe": "A", "status": "read", **counts, **more}


BROKEN = {"recording": "broken", "probe": "B", "status": "failed", "problem": "no table"}
ROWS = [
    run("day 10", 1, 3, 5, minSNR=5.0, computeDrift=True),
    run("day 2", 0, 4, minSNR=float("inf"), computeDrift=False),
    BROKEN,
    run("all empty", empty=2, read_at="2026-01-31T12:00:00Z"),
]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", [True, True, True, True]),
        ("probe == 'A'", [True, True, False, True]),
        ("recording contains 'day'", [True, True, False, False]),
        ("good_share > 20", [True, False, False, False]),
        ("GOOD share < 20", [False, True, False, False]),
        ("GOOD == 0", [False, True, False, True]),
        ("no spikes > 2", [True, False, False, False]),
        ("units >= 4", [True, True, False, False]),
        ("missing(n_units)", [False, False, True, False]),
        ("missing(good_share)", [False, False, True, True]),
        ("minSNR > 5", [False, True, False, False]),
        ("computeDrift", [True, False, False, False]),
        ("not computeDrift", [False, True, False, False]),
        ("missing(computeDrift)", [False, False, True, True]),
        ("status == 'failed' and problem contains 'table'", [False, False, True, False]),
        ("read contains '2026'", [False, False, False, True]),
    ],
)
def test_a_filter_of_runs(text: str, shown: list[bool]):
    assert CohortRuns(ROWS).shown(text).tolist() == shown


def test_what_is_no_column_is_told():
    table = CohortRuns(ROWS)
    with pytest.raises(FilterError, match="saved_parameters"):
        table.shown("saved_parameters == ''")
    assert "part" not in table.names()
    assert table.kind("part") is None
    assert table.column("minSNR").title == "minSNR"
    assert table.column(SHARE).title == "GOOD share"


def test_shares_are_of_units_with_spikes():
    table = CohortRuns(ROWS)
    table.warm()
    assert table.with_spikes.tolist() == [4, 4, 0, 0]
    assert table.values(SHARE)[:2].tolist() == [25.0, 0.0]
    assert np.isnan(table.values(SHARE)[2:]).all()
    assert table.counts("n_units").tolist() == [9, 4, 0, 2]


def test_the_order_is_that_of_names_with_their_numbers():
    table = CohortRuns(ROWS)
    names = [ROWS[row]["recording"] for row in table.order]
    assert names == ["all empty", "broken", "day 2", "day 10"]
    assert CohortRuns([]).order.tolist() == []
    assert CohortRuns([]).shown("probe == 'A'").tolist() == []


@given(st.lists(st.text(st.sampled_from("aB0129 ²_"), max_size=6)))
def test_any_names_have_an_order(names: list[str]):
    ordered = sorted(names, key=natural)
    assert sorted(ordered, key=natural) == ordered
    table = CohortRuns([run(name) for name in names])
    assert sorted(table.order.tolist()) == list(range(len(names)))
