"""What curators said: merge, undo and redo, against the definition and by hand."""

from __future__ import annotations

import random

from curation_cases import PEOPLE, act, at, journals, note, redo, undo
from hypothesis import given
from hypothesis import strategies as st
from slow_curation import differing, shown, stacks, undone

from bcviewer.core.curation.entries import LABEL, NOTE, REDO, UNDO, Change
from bcviewer.core.curation.history import history, words_of
from bcviewer.core.curation.opinions import conflicts, reviewers
from bcviewer.core.curation.replay import merged, replay, with_action, with_actions
from bcviewer.core.curation.state import CurationState
from bcviewer.core.curation.undo_stacks import NO_STACKS
from bcviewer.core.rules.labels import LABEL_NAMES, Label

# -- against the definition ------------------------------------------------------------------


@given(journals(), st.randoms())
def test_the_state_is_what_the_definition_says(actions: list, rng: random.Random) -> None:
    rng.shuffle(actions)
    state = replay(actions)
    assert {i for i in state.actions if state.is_undone(i)} == undone(actions)
    expected = shown(actions)
    for unit in range(4):
        label, by = expected.get((unit, LABEL), (None, ""))
        text, _ = expected.get((unit, NOTE), ("", ""))
        assert state.unit(unit).label == (None if label is None else LABEL_NAMES.index(label))
        assert state.unit(unit).note == text
        assert state.said_by(unit) == by
        assert (unit in state.units) == any((unit, f) in expected for f in (LABEL, NOTE))
    for person in PEOPLE:
        expected_undo, expected_redo = stacks(actions, person)
        assert list(state.stacks.get(person, NO_STACKS).undo) == expected_undo
        assert list(state.stacks.get(person, NO_STACKS).redo) == expected_redo
    assert set(conflicts(state)) == differing(actions)


@given(journals(), st.randoms())
def test_one_by_one_in_any_order_is_a_replay(actions: list, rng: random.Random) -> None:
    expected = replay(actions)
    rng.shuffle(actions)
    state, frozen = CurationState(), []
    for action in actions:
        frozen.append((state, state.units.copy(), state.order))
        state = with_action(state, action)
    assert state == expected
    for before, units, order in frozen:  # none was changed by those after it
        assert (before.units, before.order) == (units, order)


@given(journals(), st.integers(0, 24))
def test_many_at_once_are_a_replay_however_many_are_new(actions: list, cut: int) -> None:
    late, known = actions[:cut], actions[cut // 2 :]
    state = replay(known)
    assert with_actions(state, [*late, *known]) == replay(actions)
    assert with_actions(state, known) is state
    more = [act(f"more {n:03}", 100 + n, unit=n) for n in range(60)]
    assert with_actions(state, [*late, *more]) == replay([*actions, *more])


@given(journals(), st.integers(0, 24))
def test_merging_journals_counts_each_action_once(actions: list, cut: int) -> None:
    mine, theirs = actions[:cut], actions[cut // 2 :]
    assert replay([*mine, *theirs]) == replay(actions)
    state = replay(actions)
    assert all(with_action(state, action) is state for action in actions)
    assert [a.key for a in merged([*actions, *actions])] == sorted(a.key for a in actions)


@given(journals())
def test_undo_then_redo_changes_nothing_that_is_shown(actions: list) -> None:
    state = replay(actions)
    for person in PEOPLE:
        target = state.undoable(person)
        if target is None:
            continue
        foretold = {(c.cluster_id, c.field): c for c in state.changes_of_mark(UNDO, target)}
        after = with_action(state, undo("undo now", 100, target.id, person))
        for unit in range(4):
            for field in (LABEL, NOTE):
                change = foretold.get((unit, field))
                was, is_now = state.value(unit, field), after.value(unit, field)
                assert (was != is_now) == (change is not None)
                assert change is None or (change.old, change.new) == (was, is_now)
        again = with_action(after, redo("redo now", 101, target.id, person))
        assert again.units == state.units
        assert again.undoable(person) == target
        back = {c.cluster_id: c.new for c in after.changes_of_mark(REDO, target)}
        assert back == {c.cluster_id: c.old for c in foretold.values()}


@given(journals())
def test_undo_never_touches_what_others_said_since(actions: list) -> None:
    state = replay(actions)
    for unit in range(4):
        by = state.said_by(unit)
        for person in PEOPLE:
            after = state
            while (target := after.undoable(person)) is not None:
                n = len(after.order)
                after = with_action(after, undo(f"undoing{n}", 200 + n, target.id, person))
            said = [a for a in actions if any(c.cluster_id == unit for c in a.changes)]
            whose = {a.who.person for a in said if a.said_by == by}
            if by and whose == {next(p for p in PEOPLE if p != person)}:
                assert after.label(unit) == state.label(unit)


# -- by hand ---------------------------------------------------------------------------------


def test_the_last_label_by_time_is_shown() -> None:
    state = replay([act("b", 2, "bob", "MUA"), act("a", 1, "ada", "GOOD")])
    unit = state.unit(1)
    assert (unit.label, unit.by, unit.at) == (Label.MUA, "bob", at(2))


def test_undo_restores_what_was_there_before() -> None:
    state = replay([act("a", 1, label="GOOD"), act("b", 2, label="MUA")])
    state = with_action(state, undo("c", 3, "b"))
    assert state.label(1) == Label.GOOD
    state = with_action(state, undo("d", 4, "a"))
    assert state.label(1) is None
    assert state.units == {}
    assert state.undoable("ada") is None
    assert state.redoable("ada") == state.actions["a_______"]


def test_undo_of_what_another_changed_since_leaves_the_newer_value() -> None:
    state = replay([act("a", 1, "ada", "GOOD"), act("b", 2, "bob", "MUA")])
    assert state.changes_of_mark(UNDO, state.undoable("ada")) == ()
    state = with_action(state, undo("c", 3, "a", "ada"))
    assert (state.label(1), state.said_by(1)) == (Label.MUA, "bob")
    # and what ada took back does not come to light when bob takes back his
    assert with_action(state, undo("d", 4, "b", "bob")).label(1) is None


def test_undo_brings_back_what_another_said_before() -> None:
    state = replay([act("b", 1, "bob", "MUA"), act("a", 2, "ada", "GOOD")])
    state = with_action(state, undo("c", 3, "a", "ada"))
    assert (state.label(1), state.said_by(1)) == (Label.MUA, "bob")


def test_nobody_undoes_what_is_not_theirs() -> None:
    state = replay([act("a", 1, "ada", "GOOD"), undo("b", 2, "a", "bob")])
    assert state.label(1) == Label.GOOD
    assert state.undoable("bob") is None


def test_states_are_equal_by_what_they_know() -> None:
    one = act("a", 1)
    assert replay([one]) == with_action(CurationState(), one)
    assert replay([one]) != CurationState()
    assert CurationState() != {}


def test_a_new_action_ends_what_can_be_redone() -> None:
    state = replay([act("a", 1), undo("b", 2, "a"), act("c", 3, label="MUA")])
    assert state.redoable("ada") is None
    assert state.undoable("ada").id == "c_______"


def test_a_label_that_arrives_late_from_another_place_does_not_beat_a_newer_one() -> None:
    state = replay([act("a", 5, "ada", "GOOD")])
    late = with_action(state, act("b", 2, "bob", "MUA"))
    assert late.label(1) == Label.GOOD
    assert set(conflicts(late)) == {1}


def test_an_undo_may_be_read_before_what_it_undoes() -> None:
    state = with_action(CurationState(), undo("b", 2, "a"))
    assert state.undoable("ada") is None
    state = with_action(state, act("a", 1))
    assert state.label(1) is None
    assert state == replay([act("a", 1), undo("b", 2, "a")])


def test_a_note_and_a_label_live_side_by_side() -> None:
    state = replay([note("a", 1, "drifts"), act("b", 2, "bob", "MUA")])
    unit = state.unit(1)
    assert (unit.label, unit.note, unit.by) == (Label.MUA, "drifts", "bob")
    assert state.said_by(1, NOTE) == "ada"
    assert state.reviewed() == {1}
    assert replay([note("a", 1, "drifts")]).reviewed() == frozenset()


def test_an_import_is_said_by_its_source_and_undone_by_who_did_it() -> None:
    state = replay([act("a", 1, "ada", "MUA", voice="phy", kind="import")])
    assert (state.said_by(1), state.undoable("ada").id) == ("phy", "a_______")
    assert state.undoable("phy") is None
    assert reviewers(state) == {"phy": {1}}


def test_what_this_version_does_not_know_is_kept_and_not_shown() -> None:
    changes = (
        Change(1, LABEL, None, "AXON"),
        Change(1, "star", None, "5"),
        Change(2, NOTE, "", "x"),
    )
    state = replay([act("a", 1, changes=changes)])
    assert set(state.units) == {2}
    assert state.actions["a_______"].changes == changes
    assert state.undoable("ada") is not None


# -- history ---------------------------------------------------------------------------------


def test_history_in_words_newest_first() -> None:
    many = tuple(Change(i, LABEL, None, "MUA" if i else "GOOD") for i in range(3))
    actions = [
        act("a", 1, label="MUA", unit=412),
        note("b", 2, "two\nlines", unit=7),
        act("c", 3, kind="accept", changes=many, source="Bombcell's label"),
        undo("d", 4, "c"),
        note("e", 5, "", unit=7),
        undo("f", 6, "nothing"),
        act("g", 7, changes=(Change(1, "star", None, "5"),)),
    ]
    lines = list(history(replay(actions)))
    assert [line.words for line in lines] == [
        "something that this version does not know",
        "undid something that is not in these journals",
        "unit 7: note removed",
        "undid Bombcell's label for 3 units: NOISE again",
        "3 units: 2 × MUA, 1 × GOOD (from Bombcell's label)",
        "unit 7: note “two lines”",
        "unit 412: no label → MUA",
    ]
    assert [line.undone for line in lines] == [False, False, False, False, True, False, False]


def test_a_long_note_is_cut_in_the_history() -> None:
    state = replay([note("a", 1, "x" * 1000)])
    assert len(words_of(state, state.actions["a_______"])) < 100
