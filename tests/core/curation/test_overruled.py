"""What is said where somebody's word gives way to another one that did not know of it."""

from __future__ import annotations

from curation_cases import act, at, note, redo, undo

from bcviewer.core.curation.entries import LABEL, Action, Change, Who
from bcviewer.core.curation.history import clock_time
from bcviewer.core.curation.overruled import crossing_words, overruled_words
from bcviewer.core.curation.replay import replay


def told(mine: list[Action], arrived: list[Action], ids: tuple[int, ...] = (1,)) -> str:
    """Return what ada, in the process p1, is told once something arrived."""
    return overruled_words(replay(mine), replay([*mine, *arrived]), ids, "ada", "p1")


def elsewhere(action: Action, process: str = "p2") -> Action:
    """Return an action as if it were done in another run of the program."""
    who = action.who
    return action._replace(who=Who(who.person, who.machine, process))


def clock(seconds: float) -> str:
    return clock_time(at(seconds))


def test_a_label_of_another_person_that_wins() -> None:
    words = told([act("a", 1)], [act("b", 60, "bob", "MUA")])
    assert words == f"Unit 1: you said GOOD, bob said MUA at {clock(60)}. History has both."


def test_a_label_that_another_person_cleared() -> None:
    words = told([act("a", 1)], [act("b", 60, "bob", None)])
    assert words == f"Unit 1: you said GOOD, bob said no label at {clock(60)}. History has both."


def test_ones_own_other_window_and_this_one_are_told_apart() -> None:
    other = elsewhere(act("b", 60, "ada", "MUA"))
    assert "another window of yours said MUA" in told([act("a", 1)], [other])
    assert "this window said MUA" in told([act("a", 1)], [act("b", 60, "ada", "MUA")])


def test_a_note_that_another_one_replaced() -> None:
    words = told([note("a", 1, "mine")], [note("b", 60, "theirs", "bob")])
    assert words == (
        f"Unit 1: your note was another one, bob wrote one at {clock(60)}. History has both."
    )


def test_a_label_that_was_taken_back_elsewhere() -> None:
    """The last word is followed: not the label that shows again, but who took mine back."""
    back = elsewhere(undo("u", 60, "a"))
    mine = f"Unit 1: you said GOOD, another window of yours took it back at {clock(60)}"
    assert told([act("a", 9)], [back]) == f"{mine}: no label again. History has both."
    older = elsewhere(act("o", 1, label="NOISE"))
    assert told([older, act("a", 9)], [back]) == f"{mine}: NOISE again. History has both."
    here = undo("u", 60, "a")
    assert "this window took it back" in told([older, act("a", 9)], [here])
    noted = [note("n", 1, "old"), note("a", 9, "new")]
    words = told(noted, [back])
    assert f"another window of yours took it back at {clock(60)}: the one before again" in words
    assert "took it back" in told(noted[1:], [back])
    assert ": no note again" in told(noted[1:], [back])


def test_a_label_that_was_brought_back_elsewhere() -> None:
    mine = [elsewhere(act("o", 20, "bob", "NOISE")), undo("u", 30, "o", "bob"), act("a", 10)]
    words = told(mine, [redo("r", 60, "o", "bob")])
    assert words == (
        f"Unit 1: you said GOOD, bob brought back NOISE at {clock(60)}. History has both."
    )
    noted = [note("n", 20, "his", "bob"), undo("u", 30, "n", "bob"), note("a", 10, "mine")]
    assert "bob brought back one" in told(noted, [redo("r", 60, "n", "bob")])


def test_of_many_units_all_are_named() -> None:
    mine = [act(f"a{unit}", unit, unit=unit) for unit in (3, 2, 1)]
    theirs = [act(f"b{unit}", 60, "bob", "NOISE", unit) for unit in (1, 2, 3)]
    words = told(mine, theirs, (3, 2, 1))
    assert words.startswith("Unit 1: you said GOOD, bob said NOISE")
    assert words.endswith(f"at {clock(60)}, and so for units 2, 3. History has both.")


def test_nothing_is_told_where_nothing_of_mine_is_lost() -> None:
    assert told([act("a", 1)], [act("b", 60, "bob", "GOOD")]) == ""  # the same word
    assert told([act("a", 1, "bob")], [act("b", 60, "eve", "MUA")]) == ""  # not mine
    assert told([act("a", 9)], [act("b", 1, "bob", "MUA")]) == ""  # an older one
    assert told([], [act("b", 60, "bob", "MUA")]) == ""  # I had said nothing


def crossing(unit: int, other: str, process: str = "p2") -> list[Action]:
    """Return two labels of a unit, the later one given as if there were none before."""
    first = elsewhere(act(f"f{unit}", unit, other, "MUA", unit), process)
    return [first, act(f"s{unit}", unit + 50, "ada", "GOOD", unit)]


def test_two_people_who_did_not_see_each_other() -> None:
    state = replay(crossing(4, "bob"))
    words = "unit 4 got two labels from bob and ada, who did not see each other's."
    assert crossing_words(state, "ada") == crossing_words(state, "bob") == words
    assert crossing_words(state, "eve") == ""  # not hers


def test_two_windows_of_one_person() -> None:
    state = replay(crossing(4, "ada"))
    words = "unit 4 got two labels from two windows of ada, who did not see each other's."
    assert crossing_words(state, "ada") == words


def test_many_crossings_name_the_first_five() -> None:
    state = replay([a for unit in range(1, 8) for a in crossing(unit, "bob")])
    assert crossing_words(state, "ada").startswith("units 1, 2, 3, 4, 5 and 2 more got")


def test_who_saw_the_other_label_crosses_nobody() -> None:
    seen = (Change(1, LABEL, "MUA", "GOOD"),)
    state = replay([act("f", 1, "bob", "MUA"), act("s", 9, "ada", changes=seen)])
    assert state.unit(1).by == "ada"
    assert crossing_words(state, "ada") == ""


def test_one_word_of_one_person_crosses_nobody() -> None:
    assert crossing_words(replay([act("a", 1), note("n", 2, "x", unit=5)]), "ada") == ""


def test_labels_and_notes_of_several_units_are_told_apart() -> None:
    mine = [act("a", 1), act("c", 2, unit=4), note("n", 3, "mine", unit=7)]
    theirs = [
        act("b", 60, "bob", "MUA"),
        act("d", 61, "bob", "MUA", unit=4),
        note("m", 62, "his", "bob", unit=7),
    ]
    words = told(mine, theirs, (1, 4, 7))
    assert f"at {clock(60)}, and so for unit 4, and your notes of unit 7. History" in words


def test_a_word_that_is_in_no_journal_any_more() -> None:
    words = overruled_words(replay([act("a", 1)]), replay([]), (1,), "ada", "p1")
    assert words == "Unit 1: you said GOOD, it is said no more. History has both."
