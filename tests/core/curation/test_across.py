"""Undo and redo over several recordings: the last act, of whichever it was."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from curation_cases import act, redo, undo
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.curation.across import TOGETHER, Reached, last_done, last_undone, together
from bcviewer.core.curation.entries import REDO, UNDO, Action
from bcviewer.core.curation.replay import replay


def names(reached: Reached) -> list[tuple[int, str]]:
    return [(which, action.id.rstrip("_")) for which, action in reached]


def done(*journals: Sequence[Action], who: str = "ada") -> list[tuple[int, str]]:
    return names(last_done([replay(one) for one in journals], who))


def undone(*journals: Sequence[Action], who: str = "ada") -> list[tuple[int, str]]:
    return names(last_undone([replay(one) for one in journals], who))


def test_the_last_act_is_taken_back_of_whichever_recording() -> None:
    a, b = [act("a1", 1), act("a2", 4)], [act("b1", 2)]
    assert done(a, b) == [(0, "a2")]
    assert done(a, [*b, act("b2", 5)]) == [(1, "b2")]
    assert done(a, [*b, act("b2", 5, "bob")]) == [(0, "a2")], "what others did stays"
    assert done([*a, undo("u", 6, "a2")], b) == [(1, "b1")]
    assert done([], []) == done() == []


def test_what_was_brought_back_last_is_taken_back_first() -> None:
    a = [act("a1", 1), undo("u1", 4, "a1"), redo("r1", 5, "a1")]
    b = [act("b1", 2), undo("u2", 3, "b1")]
    assert done(a, b) == [(0, "a1")]
    assert undone(a, b) == [(1, "b1")], "bringing back is no new act"
    assert done(a, [*b, redo("r2", 6, "b1")]) == [(1, "b1")]


def test_nothing_is_brought_back_once_something_was_done_of_another_recording() -> None:
    a, b = [act("a1", 1), undo("u1", 3, "a1")], [act("b1", 2)]
    assert undone(a, b) == [(0, "a1")]
    assert undone(a, [*b, act("b2", 4)]) == []
    assert undone(a, [*b, act("b2", 4, "bob")]) == [(0, "a1")]
    assert undone(b, b) == []


def test_one_act_of_several_recordings_is_reached_as_one() -> None:
    one = {"extra": ((TOGETHER, "x"),)}
    a, b, c = [act("a1", 1, **one)], [act("b1", 1.5, **one)], [act("c1", 0)]
    assert done(a, b, c) == [(0, "a1"), (1, "b1")]
    assert done(a, [*b, act("b2", 2)], c) == [(1, "b2")]
    back = [*a, undo("u1", 3, "a1")], [*b, undo("u2", 4, "b1")]
    assert undone(*back, c) == [(0, "a1"), (1, "b1")]
    assert done(*back, c) == [(2, "c1")]
    assert together(act("a", 1)) == ""
    assert together(act("a", 1, extra=((TOGETHER, 3),))) == "", "nothing of a file is trusted"


HANDS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["do", "undo", "redo"])), max_size=20)


@given(hands=HANDS)
def test_it_is_what_one_journal_of_all_would_reach(
    hands: list[tuple[int, str]],
) -> None:
    """What each hand does goes into the journal of its recording, and into one of all."""
    journals: list[list[Action]] = [[], [], []]
    for at, (which, what) in enumerate(hands):
        states, whole = [replay(one) for one in journals], replay(chain(*journals))
        reached = {
            "undo": (last_done(states, "ada"), whole.undoable("ada"), UNDO),
            "redo": (last_undone(states, "ada"), whole.redoable("ada"), REDO),
        }
        for found, wanted, _ in reached.values():
            assert [action for _, action in found] == ([] if wanted is None else [wanted])
        if what == "do":
            journals[which].append(act(f"x{at}", at))
        elif found := reached[what][0]:
            ((i, target),) = found
            journals[i].append(undo(f"m{at}", at, target.id, kind=reached[what][2]))
