"""The stable time of a unit: said, taken back, said by others, and what a note says of it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from curation_cases import act, note, undo
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.curation.entries import LABEL, MAX_NOTE, NOTE, STABLE, Action, Change, is_known
from bcviewer.core.curation.history import brief, words_of
from bcviewer.core.curation.lines import JournalLine, format_line, parse_line
from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.curation.replay import replay
from bcviewer.core.curation.said_columns import ManualColumns, orphans, told_apart
from bcviewer.core.curation.stable import note_of_stable, stable_time, values_by_field
from bcviewer.core.run.stretch import Stretch
from bcviewer.core.run.unit_ids import UnitIds

FIRST, SECOND = Stretch(0.0, 2520.0), Stretch(60.5, 1234.5678)


def kept(name: str, seconds: float, stretch: Stretch | None, who: str = "ada") -> Action:
    written = "" if stretch is None else stretch.written
    said = "" if stretch is None else stretch.stable
    changes = (Change(1, STABLE, "", written), Change(1, NOTE, "", said))
    return act(name, seconds, who, kind=STABLE, changes=changes)


def test_the_last_word_counts_and_undo_brings_the_one_before() -> None:
    first, second = kept("a", 1, FIRST), kept("b", 2, SECOND, "bob")
    state = replay([first, second])
    assert stable_time(state, 1) == SECOND
    assert state.unit(1).stretch == SECOND
    assert state.unit(1).note == "stable 1–20.6 min"
    state = replay([first, second, undo("u", 3, "b", "bob")])
    assert stable_time(state, 1) == FIRST
    assert state.unit(1).note == "stable 0–42 min"
    gone = replay([first, undo("u", 3, "a")])
    assert stable_time(gone, 1) is None
    assert gone.unit(1).stable == ""


def test_a_later_note_leaves_the_limits_as_they_are() -> None:
    state = replay([kept("a", 1, FIRST), note("n", 2, "a lovely cell")])
    assert state.unit(1).note == "a lovely cell"
    assert stable_time(state, 1) == FIRST


def test_history_and_undo_name_it() -> None:
    first, none = kept("a", 1, FIRST), kept("b", 2, None)
    state = replay([first, none])
    assert words_of(state, first) == "unit 1: stable 0–42 min"
    assert words_of(state, none) == "unit 1: no stable time any more"
    assert brief(first) == "stable time of unit 1"


def test_it_is_read_back_from_its_line_and_no_limits_are_taken_on_trust() -> None:
    action = kept("a", 1, SECOND)
    line = format_line(JournalLine(action))
    assert parse_line(line).action == action
    for wrong in ("5..4", "nan..3", "0-42 min", "1..2e99", None):
        raw = json.loads(line)
        raw["changes"][0]["new"] = wrong
        change = parse_line(json.dumps(raw)).action.changes[0]
        assert not is_known(change)
        assert stable_time(replay([action._replace(changes=(change,))]), 1) is None


def test_as_columns_of_a_run() -> None:
    ids = UnitIds(np.array([0, 1, 2]))
    state = replay([kept("a", 1, SECOND)])
    columns = ManualColumns.of(ids, state)
    assert columns.anything
    np.testing.assert_array_equal(columns.stable_s(0), [np.nan, SECOND.start_s, np.nan])
    np.testing.assert_array_equal(columns.stable_s(1), [np.nan, SECOND.stop_s, np.nan])
    assert columns.said_of(1).stretch == SECOND
    empty = ManualColumns.empty(3)
    assert not empty.anything
    only = ManualColumns.of(ids, replay([kept("a", 1, SECOND), note("n", 2, "")]))
    assert only.anything
    rows = np.arange(3)
    assert told_apart(empty, only, rows).tolist() == [False, True, False]
    assert orphans(UnitIds(np.array([0])), replay([kept("a", 1, SECOND), note("n", 2, "")])) == [1]


@pytest.mark.parametrize(
    ("before", "text", "now", "after"),
    [
        (None, "", FIRST, "stable 0–42 min"),
        (None, "two cells?", FIRST, "two cells?; stable 0–42 min"),
        (
            FIRST,
            "two cells?; stable 0–42 min; and more",
            SECOND,
            "two cells?; and more; stable 1–20.6 min",
        ),
        (FIRST, "two cells?; stable 0–42 min", None, "two cells?"),
        (FIRST, "stable 0–42 min", None, ""),
        (FIRST, "not stable 0–42 min", None, "not stable 0–42 min"),
        (FIRST, "stable 0–42 min", FIRST, "stable 0–42 min"),
        (None, "a;  b", None, "a;  b"),
    ],
)
def test_what_a_note_says_of_it(
    before: Stretch | None, text: str, now: Stretch | None, after: str
) -> None:
    assert note_of_stable(text, before, now) == after


@given(st.text(max_size=30))
def test_all_else_of_a_note_stays(text: str) -> None:
    with_it = note_of_stable(text, None, FIRST)
    assert "stable 0–42 min" in with_it
    parts = [part for part in text.split("; ") if part.strip()]
    back = note_of_stable(with_it, FIRST, None)
    assert [part for part in back.split("; ") if part.strip()] == [
        part for part in parts if part.strip() != "stable 0–42 min"
    ]


def test_nothing_is_kept_of_a_unit_nobody_spoke_of() -> None:
    assert ManualUnit().stretch is None
    assert stable_time(replay([]), 1) is None


def test_what_an_import_says_has_a_note_that_says_the_stable_time_where_there_is_room() -> None:
    state = replay([kept("a", 1, FIRST), note("n", 2, "stable 0–42 min; two cells")])
    full = "x" * MAX_NOTE
    changes = [
        Change(1, STABLE, None, SECOND.written),
        Change(2, STABLE, None, SECOND.written),
        Change(3, STABLE, None, SECOND.written),
        Change(3, NOTE, None, full),
        Change(4, STABLE, None, FIRST.written),
        Change(4, NOTE, None, FIRST.stable),
        Change(5, LABEL, None, "GOOD"),
        Change(6, "of a newer version", None, "x"),
    ]
    assert values_by_field(state, changes) == {
        LABEL: {5: "GOOD"},
        NOTE: {1: f"two cells; {SECOND.stable}", 2: SECOND.stable, 3: full, 4: FIRST.stable},
        STABLE: {**dict.fromkeys((1, 2, 3), SECOND.written), 4: FIRST.written},
    }
