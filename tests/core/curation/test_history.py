"""The history in words: what each kind of action is called, by hand."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from curation_cases import act, at, note, undo

from bcviewer.core.curation.entries import DIFFERS, LABEL, NOTE, UNDO, Change, Who
from bcviewer.core.curation.history import (
    brief,
    clock_time,
    disagree,
    gone_words,
    overwritten,
    units_of,
    words_of,
    words_of_actions,
)
from bcviewer.core.curation.opinions import crossed
from bcviewer.core.curation.replay import replay
from bcviewer.core.curation.times import undated
from bcviewer.core.run.unit_ids import NO_ID, UnitIds


def labels(*values: str | None) -> tuple[Change, ...]:
    return tuple(Change(unit, LABEL, None, value) for unit, value in enumerate(values))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (labels("MUA"), "MUA for unit 0"),
        (labels("MUA", "MUA", "MUA"), "MUA for 3 units"),
        (labels("MUA", "GOOD"), "labels of 2 units"),
        (labels(None), "label cleared of unit 0"),
        (labels(None, None), "label cleared of 2 units"),
        ((Change(412, NOTE, "", "x"),), "note of unit 412"),
        ((Change(-1, NOTE, "", "x"),), "note of no unit (a row without an id)"),
    ],
)
def test_an_action_as_undo_names_it(changes: tuple[Change, ...], words: str) -> None:
    assert brief(act("a", 1, changes=changes)) == words


def replacing(*pairs: tuple[str | None, str | None]) -> tuple[Change, ...]:
    return tuple(Change(unit, LABEL, old, new) for unit, (old, new) in enumerate(pairs))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (replacing((None, "MUA")), ""),
        (replacing(("GOOD", "MUA")), " (was GOOD)"),
        (replacing(("GOOD", None)), " (was GOOD)"),
        (replacing(("MUA", "MUA")), ""),
        (replacing(("MUA", "GOOD"), (None, "GOOD")), " (1 was MUA)"),
        (replacing(*[("NOISE", "MUA")] * 2, ("GOOD", "MUA")), " (2 were NOISE, 1 was GOOD)"),
        ((Change(0, NOTE, "x", "y"),), ""),
    ],
)
def test_which_labels_an_action_replaced(changes: tuple[Change, ...], words: str) -> None:
    assert overwritten(act("a", 1, changes=changes)) == words


def test_an_import_is_named_by_its_source() -> None:
    action = act("a", 1, kind="import", changes=labels("MUA", "GOOD"), source="phy")
    assert brief(action) == "phy for 2 units"
    assert words_of_actions(action) == "2 units: 1 × MUA, 1 × GOOD (from phy)"


def test_several_changes_are_counted_by_label_and_notes() -> None:
    notes = (Change(0, NOTE, "", "x"), Change(1, NOTE, "", "y"))
    assert words_of_actions(act("a", 1, changes=(*labels("MUA", "MUA"), *notes))) == (
        "2 units: 2 × MUA, 2 notes"
    )
    assert words_of_actions(act("a", 1, changes=(*labels("GOOD"), notes[0]))) == (
        "1 unit: 1 × GOOD, 1 note"
    )


def test_a_removed_note_and_what_is_not_known() -> None:
    assert words_of_actions(note("n", 1, "")) == "unit 1: note removed"
    newer = act("a", 1, changes=(Change(1, "mood", None, "fine"),))
    assert words_of_actions(newer) == "something that this version does not know"


def test_a_mark_alone_says_that_it_is_one() -> None:
    assert words_of_actions(undo("u", 1, "a")) == "undo of an action"


def test_a_label_given_not_knowing_of_another_one() -> None:
    first = act("f", 60, "bob", "MUA")
    second = act("s", 90, "ada", "GOOD")
    state = replay([first, second])
    assert words_of(state, second) == (
        f"unit 1: no label → GOOD · not knowing what bob said at {clock_time(at(60))}"
    )
    assert words_of(state, first) == "unit 1: no label → MUA"


def test_a_time_that_is_none_is_left_out() -> None:
    assert clock_time(undated("yesterday")) == ""
    assert clock_time("9999-12-31T99:00:00Z") == ""
    first = act("f", 1, "bob", "MUA")._replace(at=undated("x"))
    second = act("s", 90)
    assert words_of(replay([first, second]), second).endswith(" · not knowing what bob said")


def test_the_clock_is_local() -> None:
    local = datetime.fromisoformat(at(3660)).astimezone()
    assert clock_time(at(3660)) == f"{local.hour:02}:{local.minute:02}"


def test_another_content_of_a_known_action_names_both() -> None:
    believed = act("a", 1, label="MUA")
    differs = act("d", 2, kind=DIFFERS, changes=(), target=believed.id, extra=(("says", "GOOD"),))
    assert words_of(replay([believed, differs]), differs) == (
        "another content of one action: GOOD; believed: unit 1: no label → MUA"
    )
    assert words_of(replay([differs]), differs) == "another content of one action: GOOD"


def test_the_units_of_an_action_and_of_what_takes_it_back() -> None:
    changes = (Change(4, LABEL, None, "MUA"), Change(2, LABEL, None, "MUA"))
    action = act("a", 1, changes=(*changes, Change(4, NOTE, "", "x")))
    state = replay([action])
    assert units_of(state, action) == (4, 2)
    assert units_of(state, undo("u", 2, "a")) == (4, 2)
    assert units_of(state, undo("u", 2, "unknown")) == (1,)  # what it says of itself
    assert units_of(state, act("s", 3, kind="source", source="m.csv")) == ()


def test_who_disagrees() -> None:
    state = replay([act("a", 1, "ada", "GOOD"), act("b", 2, "bob", "MUA")])
    assert {opinion.person for opinion in disagree(state, 1)} == {"ada", "bob"}
    agreed = replay([act("a", 1, "ada", "MUA"), act("b", 2, "bob", "MUA")])
    assert disagree(agreed, 1) == ()
    assert disagree(agreed, 99) == ()


def test_units_that_are_not_there_any_more() -> None:
    assert gone_words([7]).startswith(
        "Labels or notes of 1 unit that these results do not have: 7."
    )
    assert "of 9 units that" in gone_words(range(9))
    assert ": 0, 1, 2, 3, 4, 5, 6, 7 and 1 more. They" in gone_words(range(9))


def test_units_whose_ids_the_rows_have_lost_are_not_said_to_be_missing() -> None:
    lost = UnitIds(np.array([0, 1, NO_ID, 3]))
    assert gone_words([2], lost.damage()).startswith(
        "Labels or notes of 1 unit whose id is on no row of these results: 2 (1 row has no id)."
    )
    double = UnitIds(np.array([0, 1, 3, 3, NO_ID, NO_ID]))
    assert double.damage() == "2 rows have no id; id 3 on more than one row"
    assert "2 units whose ids are on no row" in gone_words([2, 4], double.damage())
    assert UnitIds(np.array([3, 3, 5, 5])).damage() == "ids 3, 5 on more than one row"
    two = UnitIds(np.array([3, 4, 3]), np.array([0, 0, 1]))
    assert two.damage() == "", "one id in two recordings is two units"
    assert UnitIds(np.array([0, 2])).damage() == ""


def test_when_and_by_whom_something_was_said() -> None:
    first, second = act("a", 1, "ada", "GOOD"), act("b", 2, "bob", "MUA")
    state = replay([first, second, undo("u", 3, "b", "bob")])
    assert state.shown_action(1) == first
    assert state.said_at(1) == at(2)  # said last, undone or not
    assert (state.said_at(9), state.shown_action(9)) == ("", None)
    assert state.last_of("bob") == at(3)
    assert state.last_of("eve") == ""


def test_a_mark_or_a_folded_rest_crosses_nobody() -> None:
    first, second = act("f", 1, "bob", "MUA"), act("s", 9, extra=(("folded", True),))
    state = replay([first, second])
    assert crossed(state, second) is None
    assert crossed(state, act("u", 20, kind=UNDO, target=first.id)) is None
    alone = act("x", 1, who="ada", unit=7)
    assert crossed(replay([alone]), alone) is None
    same = act("t", 9, "ada", "GOOD")._replace(who=Who("bob", "lab", "p1"))
    assert crossed(replay([first, same]), same) is None  # the same window said both


def test_an_undo_says_what_is_there_now() -> None:
    several = act("a", 1, changes=labels("MUA", "GOOD"))
    back = act("u", 2, kind=UNDO, target=several.id, changes=labels("NOISE", "GOOD"))
    assert words_of(replay([several]), back).endswith(": as before again")
    written = note("n", 1, "one")
    before = act("u", 2, kind=UNDO, target=written.id, changes=(Change(1, NOTE, "one", "old"),))
    assert words_of(replay([written]), before).endswith(": the note “old” again")
    none = act("u", 2, kind=UNDO, target=written.id, changes=(Change(1, NOTE, "one", ""),))
    assert words_of(replay([written]), none).endswith(": no note again")
