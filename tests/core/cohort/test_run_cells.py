"""The columns of a cohort's runs: what is in them, and how they are sorted."""

from __future__ import annotations

import numpy as np
import pytest
from cohort.test_cohort_runs import BROKEN, run
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.cohort.cohort_runs import SHARE, CohortRuns
from bcviewer.core.cohort.run_cells import (
    MATCHING,
    PROBLEM,
    TRIED,
    bar_words,
    run_heads,
    run_text,
    sorted_rows,
    widest_texts,
)

ODD = run(
    "a",
    1000,
    3000,
    5,
    part="p",
    read_at="2026-01-31T12:34:56Z",
    problem="odd",
    bombcell_version="bombcell ≥ 0.94",
)
GONE = run("b", 1, part="p", status="gone")
TABLE = CohortRuns([ODD, GONE, BROKEN, run("c", empty=2, part="p")])


@pytest.mark.parametrize(
    ("key", "texts"),
    [
        ("recording", ["a", "b", "broken", "c"]),
        ("n_units", ["4,005", "1", "", "2"]),
        ("n_good", ["1,000", "1", "", "0"]),
        (SHARE, ["25 %", "100 %", "", "–"]),
        ("read_at", ["2026-01-31 12:34", "", "", ""]),
        ("bombcell_version", ["≥ 0.94", "", "", ""]),
        (PROBLEM, ["odd", "gone", "failed: no table", ""]),
    ],
)
def test_what_stands_in_the_cells(key: str, texts: list[str]):
    assert [run_text(TABLE, key, row) for row in range(4)] == texts


@pytest.mark.parametrize(
    ("key", "texts"),
    [
        ("recording", ["a", "b", "c", "broken"]),
        ("bombcell_version", ["", "≥ 0.94"]),
        ("n_units", ["4,005"]),
        ("read_at", ["2026-08-08 08:08"]),
        (SHARE, ["> 99.9 %"]),
    ],
)
def test_among_these_is_the_widest_text(key: str, texts: list[str]):
    assert sorted(widest_texts(TABLE, key)) == sorted(texts)
    assert max(len(run_text(TABLE, key, row)) for row in range(4)) <= max(map(len, texts))


def test_a_class_has_a_column_where_there_is_a_unit_of_it():
    heads = [head.key for head in run_heads(TABLE, matching=False, tried=False)]
    assert [key for key in heads if key.startswith("n_")] == [
        *("n_units", "n_good", "n_mua", "n_empty")
    ]
    assert heads[-1] == PROBLEM
    none = run_heads(CohortRuns([BROKEN]), matching=False, tried=False)
    assert [head.key for head in none if head.key.startswith("n_")] == ["n_units", "n_good"]
    more = [head.key for head in run_heads(TABLE, matching=True, tried=True)]
    assert more[more.index("n_units") + 1] == MATCHING.key
    beside = [head.key for head in TRIED]
    assert more[more.index("n_good") + 1 : more.index("n_mua")] == beside
    assert more[more.index(SHARE) + 1] == "read_at"


def test_the_classes_of_a_run_in_words():
    assert bar_words(TABLE, 0) == "GOOD: 1,000 (25 %)\nMUA: 3,000 (75 %)\nno spikes: 5"
    assert bar_words(TABLE, 2) == ""


def test_rows_are_sorted_and_what_has_no_value_is_last():
    table = CohortRuns([run(name) for name in ("d 10", "a", "d 2", "b")])
    assert sorted_rows(table, None, descending=False).tolist() == [1, 3, 2, 0]
    assert sorted_rows(table, None, descending=True).tolist() == [0, 2, 3, 1]
    texts = [str(row["recording"]) for row in table.rows]
    assert sorted_rows(table, texts, descending=True).tolist() == [0, 2, 3, 1]
    assert sorted_rows(table, ["", "x", "", "y"], descending=True).tolist() == [3, 1, 2, 0]
    numbers = np.array([np.nan, 1.0, 2.0, 1.0])
    assert sorted_rows(table, numbers, descending=False).tolist() == [1, 3, 2, 0]
    assert sorted_rows(table, numbers, descending=True).tolist() == [2, 1, 3, 0]


@given(st.lists(st.floats(), max_size=8), st.booleans())
def test_each_row_has_one_place(values: list[float], descending: bool):
    table = CohortRuns([run(f"r{i}") for i in range(len(values))])
    rows = sorted_rows(table, np.array(values, np.float64), descending)
    assert sorted(rows.tolist()) == list(range(len(values)))
    found = np.array(values)[rows]
    known = found[~np.isnan(found)]
    assert np.isnan(found[len(known) :]).all()
    assert (np.diff(-known if descending else known)[np.isfinite(known[1:])] >= 0).all()
