"""Columns go to Parquet and come back: plain texts, nulls and no NaN, and the same bytes."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.cohort.unit_columns import UnitColumn
from bcviewer.io.cohort.arrow import rows_of, table_of, table_of_rows, to_bytes

DECLARED = (
    UnitColumn("n", "number"),
    UnitColumn("w", "whole"),
    UnitColumn("f", "flag"),
    UnitColumn("t", "text"),
    UnitColumn("o", "text"),
    UnitColumn("same", "text"),
    UnitColumn("gone", "text"),
)
UNITS = st.tuples(
    st.floats(),
    st.none() | st.integers(-(2**53), 2**53),
    st.booleans(),
    st.sampled_from(["", "GOOD", "µ → ≥", "001"]),
    st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
)


def written(units):
    n, w, f, t, o = ([unit[i] for unit in units] for i in range(5))
    texts = np.array(["001", "", "GOOD", "µ → ≥"], dtype=object)
    codes = np.array([texts.tolist().index(text) for text in t], np.int8)
    columns = {
        "n": np.array(n, np.float64),
        "w": np.ma.array([0 if v is None else v for v in w], mask=[v is None for v in w]).astype(
            np.int64
        ),
        "f": np.array(f, bool),
        "t": (codes, texts),
        "o": np.array(o, dtype=object),
        "same": "A",
    }
    return to_bytes(table_of(DECLARED, columns, len(units), {"key": "µ"}))


@given(st.lists(UNITS, max_size=20))
def test_what_is_written_is_read_by_arrow_and_is_the_same_each_time(units):
    data = written(units)
    assert data == written(units)
    table = pq.read_table(pa.BufferReader(data))
    assert table.schema.metadata[b"key"].decode() == "µ"
    wanted = [
        {
            "n": None if math.isnan(n) else n,
            "w": w,
            "f": f,
            "t": t,
            "o": o,
            "same": "A",
            "gone": None,
        }
        for n, w, f, t, o in units
    ]
    assert table.to_pylist() == wanted
    assert {str(kind) for kind in table.schema.types} == {"double", "int64", "bool", "string"}
    assert rows_of(table_of_rows(DECLARED, rows_of(table))) == rows_of(table)


def test_the_bytes_do_not_depend_on_what_a_missing_value_hides():
    def data(hidden):
        whole = np.ma.array(np.array([1, hidden]), mask=[False, True])
        return to_bytes(table_of(DECLARED, {"w": whole}, 2, {}))

    assert data(7) == data(0)
