"""Folding a long journal: what is shown, by whom and since when stays, and undo reaches as far."""

from __future__ import annotations

from typing import Any

import pytest
from curation_cases import act, at, journals, undo
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.curation import folding
from bcviewer.core.curation.entries import UNDO, Action, Who
from bcviewer.core.curation.folding import folded, folded_processes, footer
from bcviewer.core.curation.lines import JournalLine, format_line, parse_line
from bcviewer.core.curation.opinions import reviewers
from bcviewer.core.curation.replay import replay, with_action
from bcviewer.core.curation.state import CurationState
from bcviewer.core.curation.undo_stacks import NO_STACKS

ADA = Who("ada", "lab", "now")


def fold(actions: list[Action], reach: int) -> list[Action]:
    """Return all actions with ada's folded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "REACH", reach)
        left = folded(replay(actions), ADA, {"p1"})
    return [*(a for a in replay(actions).actions.values() if a.who.person != "ada"), *left]


def shown(state: CurationState) -> dict[int, Any]:
    return dict(state.units)


def taken_back(state: CurationState, person: str, steps: int) -> list[dict[int, Any]]:
    """Return what is shown after each of some undos."""
    out = []
    for i in range(steps):
        target = state.undoable(person)
        if target is None:
            break
        one = act(f"u{i}", 100 + i, person, kind=UNDO, changes=(), target=target.id)
        state = with_action(state, one)
        out.append(shown(state))
    return out


@given(journals(), st.integers(0, 6))
def test_what_is_shown_and_what_undo_reaches_stay(actions: list[Action], reach: int) -> None:
    before, after = replay(actions), replay(fold(actions, reach))
    assert shown(after) == shown(before)
    assert reviewers(after) == reviewers(before)
    ada = [a for a in before.actions.values() if a.who.person == "ada"]
    latest = sorted(ada, key=lambda a: a.key)[-reach:] if reach else []
    reached = {a.id for a in latest} | {a.target for a in latest if a.is_mark}
    stack = [i for i in before.stacks.get("ada", NO_STACKS).undo if i in reached]
    left = list(after.stacks.get("ada", NO_STACKS).undo)
    assert left[len(left) - len(stack) :] == stack
    assert taken_back(after, "ada", len(stack)) == taken_back(before, "ada", len(stack))
    bobs = len(before.stacks.get("bob", NO_STACKS).undo)
    assert taken_back(after, "bob", bobs) == taken_back(before, "bob", bobs)


@given(journals(), st.integers(0, 6))
def test_folding_again_changes_nothing_and_old_lines_beside_it_neither(
    actions: list[Action], reach: int
) -> None:
    once = fold(actions, reach)
    assert shown(replay(fold(once, reach))) == shown(replay(once))
    assert shown(replay([*once, *actions])) == shown(replay(actions))


def test_a_long_journal_gets_short() -> None:
    actions = [act(f"a{i}", i, unit=i % 7, label=["GOOD", "MUA"][i % 2]) for i in range(500)]
    left = fold(actions, 10)
    assert len(left) <= 17
    assert sum(a.is_folded for a in left) <= 7
    state = replay(left)
    assert len(state.stacks.get("ada", NO_STACKS).undo) == 10
    texts = [format_line(JournalLine(a)) for a in left]
    assert [parse_line(text).action for text in texts] == left  # any version reads them


def test_a_taken_back_action_is_gone_with_what_took_it_back() -> None:
    actions = [act("one", 1), act("two", 2, label="MUA"), undo("back", 3, "two")]
    left = fold([*actions, *(act(f"a{i}", 10 + i, unit=9) for i in range(3))], 3)
    assert [a.id.strip("_") for a in left] == ["one", "a0", "a1", "a2"]


def test_a_footer_counts_only_with_all_lines_before_it() -> None:
    end = footer("e" * 12, at(5), ADA, {"p1": at(3)}, 7)
    read = parse_line(format_line(JournalLine(end))).action
    assert folded_processes(read, 7) == {"p1": at(3)}
    assert folded_processes(read, 6) == {}
    for extra in ((), (("processes", "p1"), ("lines", 1)), (("processes", {}), ("lines", True))):
        assert folded_processes(read._replace(extra=extra), 9) == {}


def test_what_another_process_wrote_is_not_folded_with_it() -> None:
    state = replay([act("one", 0), act("two", 1, label="MUA")])
    assert folded(state, ADA, {"another"}) == []
    assert folded(state, Who("ada", "elsewhere", "now"), {"p1"}) == []
    assert [action.id for action in folded(state, ADA, {"p1"})] == ["one_____", "two_____"]
