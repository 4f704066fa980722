"""A stretch: written and read back, cut at the session's ends, typed by people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.run.stretch import (
    LATEST_S,
    Stretch,
    make_stretch,
    read_stretch,
    typed,
    typed_stretch,
    within,
)
from bcviewer.errors import UserError

NAN = float("nan")
ends = st.tuples(st.floats(0, 1e7), st.floats(0, 1e7)).map(sorted).filter(lambda e: e[0] < e[1])


@given(ends)
def test_what_is_written_is_read_back_to_the_last_digit(limits: list[float]) -> None:
    stretch = Stretch(*limits)
    assert read_stretch(stretch.written) == stretch


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0..0",
        "5..4",
        "nan..4",
        "1..inf",
        "-1..4",
        "1..1e9",
        "1..2..3",
        "1-2",
        " 1..2",
        "1..2 s",
        "١..٢",
    ],
)
def test_what_is_no_stretch_is_none(text: str) -> None:
    assert read_stretch(text) is None


def test_limits_that_are_none() -> None:
    assert make_stretch(0.0, LATEST_S) == Stretch(0.0, LATEST_S)
    assert make_stretch(0.0, LATEST_S * 2) is None
    assert make_stretch(NAN, 1.0) is None
    assert make_stretch(2.0, 2.0) is None


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ((0.0, 2520.0), "0–42 min"),
        ((90.0, 2520.1), "1.5–42 min"),
        ((0.0, 599.9), "0–599.9 s"),
        ((0.0, 600.0), "0–10 min"),
        ((12.34, 45.0), "12.3–45 s"),
    ],
)
def test_it_is_read_in_the_unit_of_the_axes(limits: tuple[float, float], words: str) -> None:
    stretch = Stretch(*limits)
    assert stretch.words == words
    assert stretch.chosen == f"chosen by hand: {words}"
    assert stretch.stable == f"stable {words}"


@given(ends, st.floats(0, 1e6), st.floats(1, 1e6))
def test_it_ends_with_the_session(limits: list[float], first: float, length: float) -> None:
    found = within(limits[1], limits[0], first, first + length)  # drawn from right to left
    if found is None:
        assert limits[1] <= first or limits[0] >= first + length
    else:
        assert found == Stretch(max(limits[0], first), min(limits[1], first + length))


def test_a_session_without_known_ends_cuts_nothing_but_what_is_before_it() -> None:
    assert within(-5.0, 20.0, NAN, NAN) == Stretch(0.0, 20.0)


@pytest.mark.parametrize(
    ("text", "last", "limits"),
    [
        ("0-42 min", 100.0, (0.0, 2520.0)),
        ("0–42", 3600.0, (0.0, 2520.0)),
        ("0-42", 300.0, (0.0, 42.0)),
        ("0-42", NAN, (0.0, 42.0)),
        (" 90 to 600 S ", 3600.0, (90.0, 600.0)),
        ("0.5..1 h", 3600.0, (1800.0, 3600.0)),
        ("5:00 - 1:02:03.5", 3600.0, (300.0, 3723.5)),
        ("1.5-2:00", 3600.0, (90.0, 120.0)),
    ],
)
def test_what_people_type(text: str, last: float, limits: tuple[float, float]) -> None:
    assert typed_stretch(text, last) == pytest.approx(limits)


@pytest.mark.parametrize("text", ["", "42", "a-b", "5-4 s", "3-3", "1:2-4", "1-2 parsecs"])
def test_what_is_typed_wrong_is_said(text: str) -> None:
    with pytest.raises(UserError, match=r"no stretch of time|not later"):
        typed_stretch(text, 100.0)


def test_what_is_shown_can_be_typed() -> None:
    for limits in ((0.0, 2520.0), (12.3, 45.0)):
        assert typed_stretch(typed(Stretch(*limits)), 1.0) == pytest.approx(limits)
