"""Actions as lines of JSON: what is written is read back, and nothing is taken on trust."""

from __future__ import annotations

import json
from typing import Any

import pytest
from curation_cases import act, journals, undo
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.curation.entries import (
    MAX_NOTE,
    MAX_WORD,
    NOTE,
    Change,
)
from bcviewer.core.curation.lines import (
    JournalLine,
    LineError,
    LineReader,
    NewerError,
    format_line,
    parse_line,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def written(**changed: Any) -> dict[str, Any]:
    """Return the JSON of a good line with some fields replaced."""
    return {**json.loads(format_line(JournalLine(act("a", 1), "s1", "r1"))), **changed}


@given(journals(8))
def test_what_is_written_is_read_back(actions: list) -> None:
    for action in actions:
        text = format_line(JournalLine(action, "s12", "r34"))
        assert "\n" not in text
        assert parse_line(text) == JournalLine(action, "s12", "r34")


def test_a_line_reads_as_people_expect() -> None:
    action = act("a", 1, "ada", "MUA", 412)
    assert json.loads(format_line(JournalLine(action, "s1", "r1"))) == {
        "v": 1,
        "id": "a_______",
        "at": "2026-03-01T00:00:01.000000Z",
        "person": "ada",
        "machine": "lab",
        "process": "p1",
        "kind": "label",
        "recording": "s1",
        "results": "r1",
        "changes": [{"unit": 412, "field": "label", "old": None, "new": "MUA"}],
    }


def test_fields_of_newer_versions_are_kept_and_written_back() -> None:
    raw = written(mood=["calm", {"deep": 1}])
    raw["changes"][0]["certainty"] = 0.5
    line = parse_line(json.dumps(raw))
    assert dict(line.action.extra) == {"mood": ["calm", {"deep": 1}]}
    assert dict(line.action.changes[0].extra) == {"certainty": 0.5}
    assert json.loads(format_line(line)) == raw


def test_a_note_may_hold_anything_that_is_text() -> None:
    for text in ("", "naïve µ 猫 🐈", "two\nlines\ttab \u2028 \x00", '"quoted" \\', "x" * MAX_NOTE):
        action = act("a", 1, changes=(Change(1, NOTE, "", text),))
        out = format_line(JournalLine(action))
        assert "\n" not in out
        assert parse_line(out).action.changes[0].new == text


@pytest.mark.parametrize(
    "changed",
    [
        {"v": 0},
        {"v": True},
        {"v": "1"},
        {"v": None},
        {"id": ""},
        {"id": "short"},
        {"id": "../../../etc"},
        {"id": "x" * 65},
        {"id": 12345678},
        {"at": "yesterday"},
        {"at": "2026-03-01T00:00:01Z"},
        {"at": "2026-02-30T00:00:01.000000Z"},
        {"at": "2026-03-01T00:00:01.000000+01:00"},
        {"at": "2026-03-01T00:00:01.00000٣Z"},
        {"at": 5},
        {"person": ""},
        {"person": None},
        {"person": "x" * (MAX_WORD + 1)},
        {"person": "a\nb"},
        {"person": "\u202egnitirw"},
        {"person": "\ud800"},
        {"machine": 3},
        {"kind": ""},
        {"kind": ["label"]},
        {"changes": None},
        {"changes": {}},
        {"changes": [None]},
        {"changes": [{"field": "label", "old": None, "new": "GOOD"}]},
        {"changes": [{"unit": True, "field": "label", "old": None, "new": "GOOD"}]},
        {"changes": [{"unit": 1.0, "field": "label", "old": None, "new": "GOOD"}]},
        {"changes": [{"unit": 2**63, "field": "label", "old": None, "new": "GOOD"}]},
        {"changes": [{"unit": 1, "field": "", "old": None, "new": "GOOD"}]},
        {"changes": [{"unit": 1, "field": "label", "old": None, "new": 5}]},
        {"changes": [{"unit": 1, "field": "note", "old": None, "new": "\ud800"}]},
        {"changes": [{"unit": 1, "field": "note", "old": None, "new": "x" * (MAX_NOTE + 1)}]},
        {"kind": "undo"},
    ],
)
def test_wrong_values_are_no_action(changed: dict[str, Any]) -> None:
    assert parse_line(json.dumps(written())).action == act("a", 1)
    with pytest.raises(LineError):
        parse_line(json.dumps(written(**changed)))


@pytest.mark.parametrize("name", ["v", "id", "at", "person", "kind", "changes"])
def test_missing_values_are_no_action(name: str) -> None:
    raw = written()
    del raw[name]
    with pytest.raises(LineError):
        parse_line(json.dumps(raw))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "5",
        "[]",
        "{}",
        '{"v":1',
        "[" * 100_000,
        "{" * 5000,
        '{"v":NaN}',
        "9" * 5000,
        "\x00",
    ],
)
def test_junk_is_no_action(text: str) -> None:
    with pytest.raises(LineError):
        parse_line(text)


@given(st.text() | JSON.map(json.dumps))
def test_any_text_is_an_action_or_a_line_error(text: str) -> None:
    with pytest.raises(LineError):
        parse_line(text)


@given(st.dictionaries(st.sampled_from(sorted(written())), JSON))
def test_any_values_are_an_action_or_a_line_error(changed: dict[str, Any]) -> None:
    try:
        line = parse_line(json.dumps(written(**changed)))
    except LineError:
        return
    assert parse_line(format_line(line)) == line


def test_newer_lines_say_so() -> None:
    with pytest.raises(NewerError, match="version 2"):
        parse_line(json.dumps({"v": 2, "anything": "else"}))


def test_marks_need_a_target() -> None:
    line = JournalLine(undo("b", 2, "a"), "s1")
    assert parse_line(format_line(line)) == line


def outcome(read: Any, text: str) -> Any:
    try:
        return read(text)
    except LineError as error:
        return type(error), str(error)


@given(journals(12), st.randoms())
def test_the_fast_reader_reads_what_the_other_one_reads(actions: list, rng: Any) -> None:
    reader = LineReader()
    for action in actions:
        text = format_line(JournalLine(action, "s1", "r1"))
        assert reader.read(text) == parse_line(text)
        place, other = rng.randrange(len(text)), rng.choice('0-9"\\{}[],:ZT aµ\x00٣')
        for damaged in (text[:place] + other + text[place + 1 :], text[:place], text + other):
            assert outcome(reader.read, damaged) == outcome(parse_line, damaged)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("03-01T", "02-30T"),
        ("2026-", "9999-"),
        ('"unit":1', '"unit":01'),
        ('"unit":1', '"unit":-0'),
        ('"unit":1', '"unit":999999999999999999'),
        ('"unit":1', '"unit":9999999999999999999'),
        ('"new":"GOOD"', '"new":"AXON"'),
        ('"new":"GOOD"', '"new":"\\u0047OOD"'),
        ('"kind":"label"', '"kind":"undo"'),
        ('"person":"ada"', '"person":""'),
        ('"person":"ada"', '"person":"a\u202eb"'),
        ('"machine":"lab"', '"machine":"l\\u0061b"'),
    ],
)
def test_the_fast_reader_takes_nothing_on_trust(old: str, new: str) -> None:
    good = format_line(JournalLine(act("a", 1), "s1", "r1"))
    text = good.replace(old, new)
    assert text != good
    reader = LineReader()
    for _ in range(2):  # before and after it knows the head of a good one
        assert outcome(reader.read, text) == outcome(parse_line, text)
        reader.read(good)
