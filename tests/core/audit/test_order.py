"""The attention order: never by the table's order alone while there is a margin to go by."""

from __future__ import annotations

import numpy as np
import pytest
from factories import sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.audit.order import ATTENTION_NAMES, attention_order
from bcviewer.io.resources import resource_path
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs

CLOSE = 0.1
"""Its successor as a float64 is the same float32."""
UNIT = st.tuples(
    st.booleans(),
    st.integers(0, len(ATTENTION_NAMES) - 1),
    st.integers(0, 3),
    st.sampled_from([0.0, CLOSE, float(np.nextafter(CLOSE, 1)), 7.5, float("inf"), float("nan")]),
    st.sampled_from([0.0, 1.5, 40.0]),
)


def key(unit: tuple[bool, int, int, float, float]) -> tuple[float, ...]:
    """Return what a unit is sorted by, said in plain words: the smaller the earlier."""
    outside, group, conditions, distance, room = unit
    unknown = distance != distance
    return (outside, group, conditions, unknown, 0.0 if unknown else distance, -room)


@given(st.lists(UNIT, max_size=20))
def test_it_is_the_plain_sort_by_all_that_is_known(units: list) -> None:
    columns = list(zip(*units, strict=True)) or [()] * 5
    inside = ~np.array(columns[0], bool)
    order = attention_order(
        np.array(columns[1], np.int8),
        np.array(columns[2], np.int64),
        np.array(columns[3], np.float64),
        np.array(columns[4], np.float64),
        inside,
    )
    assert order.tolist() == sorted(range(len(units)), key=lambda i: (key(units[i]), i))


@pytest.mark.parametrize("which", range(3))
def test_in_a_recording_equal_places_are_equal_in_everything(which: int) -> None:
    sheet = sheet_of(read_run(find_runs(resource_path("demo", "recording_config.json"))[which]))
    keys = sheet.attention_keys
    order = sheet.attention_rows()
    groups = keys.group[order].tolist()
    if keys.in_roi is None:
        assert groups == sorted(groups)
    for a, b in zip(order[:-1].tolist(), order[1:].tolist(), strict=True):
        outside = (False, False) if keys.in_roi is None else (~keys.in_roi[a], ~keys.in_roi[b])
        first, second = (
            key((out, *(column[i] for column in keys[:4])))
            for out, i in zip(outside, (a, b), strict=True)
        )
        assert first <= second
        if first == second:
            assert a < b
