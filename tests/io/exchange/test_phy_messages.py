"""The protocol with phy: what is understood, and what is dropped."""

from __future__ import annotations

import json

import pytest
from dice import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from bcviewer.core.run.phy_unsaved import PhyChange
from bcviewer.errors import UserError
from bcviewer.io.exchange.phy_messages import (
    LONGEST,
    VERSION,
    Clustered,
    Hello,
    Labelled,
    Lines,
    Merged,
    PhyShows,
    Saved,
    Selected,
    read,
    written,
)

CHANGE = {
    "what": "merge",
    "history": "",
    "added": [60],
    "deleted": [2, 3],
    "descendants": [[2, 60], [3, 60]],
    "field": "",
    "values": {},
}
WHOLE = {
    "hello": {"pid": 5, "dataset": "/a", "selected": [1], "changes": [CHANGE]},
    "select": {"ids": [3, 1], "after": 2, "own": True},
    "shown": {"seq": 1, "ids": [3], "gone": [4], "hidden": [], "busy": False},
    "labelled": {"seq": 1, "ids": [3], "gone": [], "busy": True},
    "merged": {"seq": 2, "made": [60], "gone": [], "busy": False},
    "cluster": CHANGE,
    "saved": {},
}


def test_each_message_is_read():
    said = {kind: read(written(kind, **fields)) for kind, fields in WHOLE.items()}
    change = PhyChange("merge", "", (60,), (2, 3), ((2, 60), (3, 60)))
    assert said["hello"] == Hello(5, "/a", (1,), (change,))
    assert said["select"] == Selected((3, 1), 2, True)
    assert said["shown"] == PhyShows(1, (3,), (4,), (), False)
    assert said["labelled"] == Labelled(1, (3,), (), True)
    assert said["merged"] == Merged(2, (60,), (), False)
    assert read(written("hello", **WHOLE["hello"], can=["merge"])).can == ("merge",)
    with pytest.raises(UserError, match="can"):
        read(written("hello", **WHOLE["hello"], can="merge"))
    assert said["cluster"] == Clustered(change)
    assert said["saved"] == Saved()
    given_label = {**CHANGE, "field": "group", "values": {"7": "good"}}
    assert read(written("cluster", **given_label)).change.values == {7: "good"}


@pytest.mark.parametrize("kind", [kind for kind, fields in WHOLE.items() if fields])
def test_a_message_without_a_part_or_with_another_one_is_none(kind):
    for part in WHOLE[kind]:
        less = {k: v for k, v in WHOLE[kind].items() if k != part}
        for fields in (less, {**less, part: None}, {**less, part: [[1]]}, {**less, part: -1}):
            if part == "descendants" and fields.get(part) == [[1]]:
                fields = {**less, part: [[1, 2, 3]]}
            with pytest.raises(UserError):
                read(written(kind, **fields))


def test_a_cluster_that_is_of_none_is_no_message():
    """Seen: it was scored, as if it had been merged of no clusters."""
    for pairs in ([], [[2, 61]]):
        change = {**CHANGE, "descendants": pairs}
        with pytest.raises(UserError, match="a cluster of none"):
            read(written("cluster", **change))
        with pytest.raises(UserError, match="a cluster of none"):
            read(written("hello", **{**WHOLE["hello"], "changes": [change]}))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"GET / HTTP/1.1",
        b"\xff\xfe",
        b"[" * 100_000,
        b"[]",
        b"{}",
        json.dumps({"v": VERSION + 1, "type": "saved"}).encode(),
        json.dumps({"v": VERSION, "type": "exec"}).encode(),
        json.dumps({"v": VERSION, "type": ["saved"]}).encode(),
    ],
)
def test_what_is_foreign_is_none(line):
    with pytest.raises(UserError):
        read(line)


@given(st.binary(max_size=200) | st.text(max_size=80).map(str.encode))
@settings(max_examples=examples(200))
def test_nothing_that_comes_is_more_than_an_error(line):
    with pytest.raises(UserError) as found:
        read(line)
    assert len(found.value.message) <= 200


@given(st.lists(st.binary(max_size=30).filter(lambda b: b"\n" not in b)), st.integers(1, 7))
@settings(max_examples=examples(100))
def test_lines_are_whole_however_they_come(lines, size):
    data = b"".join(line + b"\n" for line in lines) + b"rest"
    cutter = Lines()
    got = [line for i in range(0, len(data), size) for line in cutter.feed(data[i : i + size])]
    assert got == lines


def test_a_line_that_never_ends_is_not_kept():
    cutter = Lines()
    assert cutter.feed(b"x" * LONGEST) == []
    with pytest.raises(UserError):
        cutter.feed(b"x")
    assert cutter.feed(b"a\n") == [b"a"]
