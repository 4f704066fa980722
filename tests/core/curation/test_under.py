"""Labels that were given under a proposal: marked, readable by older versions, kept apart."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from curation_cases import act, journals, undo
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.curation import folding
from bcviewer.core.curation.blind import Sample, blind_field, blind_labels
from bcviewer.core.curation.entries import LABEL, NOTE, Action, Change, Who, under_field
from bcviewer.core.curation.folding import folded
from bcviewer.core.curation.history import words_of
from bcviewer.core.curation.lines import JournalLine, LineReader, format_line, parse_line
from bcviewer.core.curation.replay import replay, with_action
from bcviewer.core.curation.under import (
    UNTOLD,
    under_labels,
    under_of,
    under_words,
)

WORDS = "minPresenceRatio=0.6 computeDrift=false"
UNDER = under_field(WORDS)


def test_it_is_written_and_read_again_as_any_label() -> None:
    action = act("a", 1, extra=UNDER)
    text = format_line(JournalLine(action, "k", "r"))
    for read in (parse_line, LineReader().read):
        again = read(text).action
        assert again == action
        assert under_of(again) == WORDS
    # what an older version does with a field that it does not know: it writes it back
    assert format_line(JournalLine(parse_line(text).action, "k", "r")) == text
    assert under_field("") == ()


def test_the_history_says_under_what() -> None:
    state = replay([action := act("a", 1, extra=UNDER)])
    words = "unit 1: no label → GOOD · under presence ratio ≥ 0.6, computeDrift false"
    assert words_of(state, action) == words
    assert under_words(act("b", 1)) == under_of(act("b", 1)) == ""
    both = act("c", 2, extra=(*blind_field(Sample(7, 1, 2)), *UNDER))
    assert " · said blind · under presence" in words_of(replay([both]), both)
    assert blind_labels(replay([both])) == {}, "it judges nothing"


@pytest.mark.parametrize("said", [True, 3, {"a": 1}, "line\nbreak", "x" * 3000])
def test_what_is_not_understood_is_under_something(said: object) -> None:
    action = act("a", 1, extra=(("under", said),))
    assert under_of(action) == under_words(action) == UNTOLD
    assert under_labels(replay([action])) == {1: UNTOLD}


@pytest.mark.parametrize("said", ["", None, False])
def test_nothing_is_nothing(said: object) -> None:
    assert under_labels(replay([act("a", 1, extra=(("under", said),))])) == {}


def test_only_what_is_shown_counts() -> None:
    first, later = act("a", 1, extra=UNDER), act("b", 2)
    assert under_labels(replay([first])) == {1: WORDS}
    assert under_labels(replay([first, later])) == {}, "said again without"
    assert under_labels(replay([first, later, undo("u", 3, "b")])) == {1: WORDS}
    assert under_labels(replay([first, undo("u", 3, "a")])) == {}
    assert under_labels(replay([act("c", 1, label=None, extra=UNDER)])) == {}, "none is no label"
    noted = act("n", 1, kind="note", changes=(Change(1, NOTE, "", "hm"),), extra=UNDER)
    assert under_labels(replay([noted])) == {}


@st.composite
def some_under(draw: Any) -> list[Action]:
    actions = draw(journals(12))
    return [
        a._replace(extra=UNDER) if not a.is_mark and draw(st.booleans()) else a for a in actions
    ]


def plainly(actions: list[Action]) -> dict[int, str]:
    """What is under a proposal, by looking at every action."""
    state, out = replay(actions), {}
    for i in range(4):
        said = [
            a
            for a in sorted(state.actions.values(), key=lambda a: a.key)
            for c in a.changes
            if not a.is_mark and (c.cluster_id, c.field) == (i, LABEL)
            if not state.is_undone(a.id)
        ]
        if said and said[-1].extra and state.label(i) is not None:
            out[i] = WORDS
    return out


@given(some_under())
def test_it_follows_what_is_shown_in_whatever_order_it_was_read(actions: list[Action]) -> None:
    want = plainly(actions)
    assert under_labels(replay(actions)) == want
    state = replay([])
    for action in reversed(actions):
        state = with_action(state, action)
    assert under_labels(state) == want


@given(some_under(), st.integers(0, 6))
def test_folding_keeps_it(actions: list[Action], reach: int) -> None:
    before = replay(actions)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "REACH", reach)
        left = folded(before, Who("ada", "lab", "now"), {"p1"})
    bobs = [a for a in before.actions.values() if a.who.person != "ada"]
    after = replay([*bobs, *left])
    assert under_labels(after) == under_labels(before)
    assert dict(after.units) == dict(before.units)


def test_folding_keeps_a_blind_label_before_one_under_a_proposal() -> None:
    blind = blind_field(Sample(7, 1, 2))
    actions = [act("a", 1, extra=blind), act("b", 2, label="MUA", extra=(*blind, *UNDER))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "REACH", 0)
        left = folded(replay(actions), Who("ada", "lab", "now"), {"p1"})
    assert blind_labels(replay(left)) == blind_labels(replay(actions)) != {}


def test_the_order_of_reading_makes_no_difference() -> None:
    actions = [act("a", 1, extra=UNDER), act("b", 2, who="bob", label="MUA"), undo("c", 3, "a")]
    for order in permutations(actions):
        state = replay([])
        for action in order:
            state = with_action(state, action)
        assert state == replay(actions)
