"""How table and docks share the window's room."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.widgets.chrome.shares import (
    ENOUGH_DOCKS,
    LEAST_DOCKS,
    LEAST_TABLE,
    Shares,
    table_width,
)

SHARES = Shares(800, 700, {"why": (800, 200), "waveform": (400, 500)}, 0.3)


def test_it_is_kept_as_text() -> None:
    assert Shares.from_text(SHARES.as_text()) == SHARES


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        "7",
        json.dumps({"width": 0, "height": 1, "docks": {}, "table": 0}),
        json.dumps({"width": 9, "height": 1, "docks": {"why": [1]}, "table": 0}),
        json.dumps({"width": 9, "height": 1, "docks": {"why": [1, -1]}, "table": 0}),
        json.dumps({"width": 9, "height": 1, "docks": [], "table": 0}),
        json.dumps({"width": 9, "height": 1, "docks": {}, "table": 2}),
        json.dumps({"width": 9.5, "height": 1, "docks": {}, "table": 0}),
        json.dumps({"width": True, "height": 1, "docks": {}, "table": 0}),
        json.dumps({"width": 10**9, "height": 1, "docks": {}, "table": 0}),
        json.dumps({"width": 9, "height": 1, "docks": {}, "table": 10**400}),
        "[" * 100_000,
    ],
)
def test_what_is_damaged_is_nothing(text: str) -> None:
    assert Shares.from_text(text) is None


def test_the_table_has_what_it_needs_and_at_most_half() -> None:
    assert table_width(2560, 760, 0.5) == 760
    assert table_width(1440, 760, 0.5) == 720
    assert table_width(1440, 400, 0.5) == 400
    assert table_width(1920, 760, 0.38) == 730
    assert table_width(2560, 760, 0.5, whole=1000) == 1000, "the docks have enough"
    assert table_width(2560, 760, 0.5, whole=1400) == 2560 - ENOUGH_DOCKS
    assert table_width(1920, 760, 0.5, whole=1000) == 760, "the evidence comes first"
    assert table_width(800, 760, 0.5) == 800 - LEAST_DOCKS
    assert table_width(1000, 760, 0.5, chosen=0.7) == 700  # as the person wants it
    assert table_width(2000, 760, 0.5, chosen=0.7) == 1400


@given(st.integers(1, 6000), st.integers(0, 6000), st.sampled_from([0.32, 0.5]))
def test_nobody_is_left_without_room(window: int, needed: int, most: float) -> None:
    table = table_width(window, needed, most)
    least = min(LEAST_TABLE, window // 2)
    assert least <= table <= max(window - LEAST_DOCKS, least)
    assert table <= max(window * most + 1, least)
