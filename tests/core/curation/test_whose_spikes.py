"""What was said of a unit that phy made is said of its spikes, whatever has its id by now."""

from __future__ import annotations

import random
from typing import Any

import pytest
from curation_cases import act, journals, redo, undo
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.curation import folding
from bcviewer.core.curation.blind import Sample, blind_field, blind_labels, said_blind_by
from bcviewer.core.curation.entries import (
    LABEL,
    NOTE,
    REGION,
    SEEN,
    SPIKES,
    STABLE,
    UNDO,
    Action,
    Change,
    Who,
)
from bcviewer.core.curation.folding import folded
from bcviewer.core.curation.history import words_of
from bcviewer.core.curation.lines import JournalLine, LineReader, format_line, parse_line
from bcviewer.core.curation.opinions import conflicts, crossed
from bcviewer.core.curation.replay import replay, with_action, with_actions, with_spikes
from bcviewer.core.curation.state import CurationState
from bcviewer.core.curation.whose_spikes import (
    about_others,
    news_of_others,
    of_their_spikes,
    said_of_another,
    spikes_of_each,
    words_of_not_yet,
    words_of_others,
)
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.stretch import Stretch
from bcviewer.core.run.unit_ids import BEING_READ, NOT_UNDERSTOOD, NOT_YET, OF_NONE, REST
from bcviewer.errors import UserError


def said(
    name: str, seconds: float, label: Any, spikes: str = "", field: str = LABEL, **more: Any
) -> Action:
    """Return an action about unit 5 of some spikes; of whatever has the id where none are given."""
    extra = ((SPIKES, spikes),) if spikes else ()
    changes = (Change(5, field, None, label, extra),)
    return act(name, seconds, kind="label", changes=changes, **more)


FIRST = said("first", 1, "NOISE", "one")


# -- against the definition ------------------------------------------------------------------


def of_some_spikes(actions: list[Action], rng: random.Random) -> list[Action]:
    """Return the same, but that some changes say of which spikes they are."""

    def told(change: Change) -> Change:
        which = rng.choice(("", "x", "y"))
        return change._replace(extra=((SPIKES, which),)) if which else change

    return [a if a.is_mark else a._replace(changes=tuple(map(told, a.changes))) for a in actions]


def now(rng: random.Random) -> dict[int, str]:
    """Return of which spikes some of the units are by now; empty: nobody knows."""
    of_others = rng.choice(({}, {}, {REST: OF_NONE}, NOT_YET))
    return {unit: rng.choice(("x", "y", "z", "")) for unit in rng.sample(range(4), 3)} | of_others


def applying(actions: list[Action], spikes: dict[int, str]) -> list[Action]:
    """Return the same without what is said of other spikes."""

    def applies(change: Change) -> bool:
        said = change.spikes
        return not said or spikes.get(change.cluster_id, spikes.get(REST, said)) == said

    return [a._replace(changes=tuple(filter(applies, a.changes))) for a in actions]


@given(journals(), st.randoms())
def test_it_is_as_if_what_is_of_other_spikes_had_not_been_said(
    drawn: list[Action], rng: random.Random
) -> None:
    actions, spikes = of_some_spikes(drawn, rng), now(rng)
    state, expected = with_spikes(replay(actions), spikes), replay(applying(actions, spikes))
    assert state.units == expected.units
    assert state.said.keys() == expected.said.keys()
    assert conflicts(state) == conflicts(expected)
    assert (state.stacks, state.undone) == (expected.stacks, expected.undone)
    for person in ("ada", "bob"):
        if (target := state.undoable(person)) is not None:
            same = expected.actions[target.id]
            assert state.changes_of_mark(UNDO, target) == expected.changes_of_mark(UNDO, same)
    for field in state.of_spikes:
        of_both = (*state.said.get(field, ()), *state.elsewhere.get(field, ()))
        assert (len(of_both), {*of_both}) == (
            len(state.of_spikes[field]),
            {*state.of_spikes[field]},
        )


@given(journals(), st.randoms(), st.integers(0, 24))
def test_it_is_the_same_in_whatever_order_it_becomes_known(
    drawn: list[Action], rng: random.Random, cut: int
) -> None:
    actions, spikes = of_some_spikes(drawn, rng), now(rng)
    expected = with_spikes(replay(actions), spikes)
    rng.shuffle(actions)
    state = with_spikes(replay(actions[:cut]), now(rng))
    for action in actions[cut : cut + 3]:
        state = with_action(state, action)
    state = with_spikes(state, spikes)
    assert with_actions(state, actions) == expected
    assert with_spikes(expected, dict(spikes)) is expected
    many = [act(f"more {n:03}", 100 + n, unit=n) for n in range(60)]
    assert with_actions(state, [*actions, *many]).spikes == spikes


@given(journals(), st.randoms(), st.integers(0, 4))
def test_folding_keeps_what_was_said_of_each(
    drawn: list[Action], rng: random.Random, reach: int
) -> None:
    actions = of_some_spikes(drawn, rng)
    state = replay(actions)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "REACH", reach)
        left = folded(state, Who("ada", "lab", "now"), {"p1"})
    others = [a for a in state.actions.values() if a.who.person != "ada"]
    for spikes in ({}, now(rng), dict.fromkeys(range(4), "x"), dict.fromkeys(range(4), "y")):
        after = with_spikes(replay([*others, *left]), spikes)
        assert after.units == with_spikes(state, spikes).units


# -- by hand ---------------------------------------------------------------------------------


def labels_of(*actions: Action, spikes: dict[int, str]) -> tuple[CurationState, Label | None]:
    state = with_spikes(replay(actions), spikes)
    return state, state.label(5)


def test_a_label_is_of_a_unit_that_has_its_spikes() -> None:
    assert labels_of(FIRST, spikes={5: "one"})[1] == Label.NOISE
    state, label = labels_of(FIRST, spikes={5: "two"})
    assert (label, state.units, state.reviewed()) == (None, {}, frozenset())
    assert state.value(5, LABEL) is None
    assert labels_of(FIRST, spikes={})[1] == Label.NOISE  # the files do not say
    assert labels_of(FIRST, spikes={5: ""})[1] is None  # an open phy made 5 anew
    assert labels_of(FIRST, spikes=NOT_YET)[1] is None  # the files are not read
    assert labels_of(FIRST, spikes={6: "one", REST: OF_NONE})[1] is None  # Kilosort made 5
    assert with_spikes(state, {5: "one"}).label(5) == Label.NOISE
    assert with_spikes(state, {5: "one"}).elsewhere == {}


def test_what_older_versions_wrote_is_of_whatever_has_the_id() -> None:
    older = said("older", 0, "MUA")
    assert labels_of(older, spikes={5: "two"})[1] == Label.MUA
    assert labels_of(older, FIRST, spikes={5: "one"})[1] == Label.NOISE
    assert labels_of(older, FIRST, spikes={5: "two"})[1] == Label.MUA
    assert labels_of(FIRST, said("newer", 2, "GOOD"), spikes={5: "one"})[1] == Label.GOOD


def test_each_of_two_units_of_an_id_has_its_own_label() -> None:
    second = said("second", 2, "GOOD", "two")
    assert labels_of(FIRST, second, spikes={5: "one"})[1] == Label.NOISE
    assert labels_of(FIRST, second, spikes={5: "two"})[1] == Label.GOOD
    state, _ = labels_of(FIRST, second, spikes={5: "two"})
    assert conflicts(state) == {}
    assert crossed(state, state.actions[second.id]) is None


def test_two_people_who_said_it_of_two_units_did_not_overrule_each_other() -> None:
    first, second = (said("a", 1, "NOISE", "one"), said("b", 2, "GOOD", "two", who="bob"))
    third = said("c", 3, "MUA", "two")
    for spikes in ({5: "one"}, {5: "two"}):
        state, _ = labels_of(first, second, spikes=spikes)
        assert all(crossed(state, action) is None for action in state.actions.values())
    state, _ = labels_of(first, second, third, spikes={5: "two"})
    assert crossed(state, third) is second  # these are of one
    state, _ = labels_of(first, second, third, spikes={5: "one"})
    assert crossed(state, third) is None
    fourth = said("d", 4, "GOOD", "one", who="bob")  # two said it of one before that of two
    fifth = said("e", 5, "MUA", "two", who="carl")
    state, _ = labels_of(first, fourth, fifth, spikes={5: "one"})
    assert crossed(state, fourth) is first
    assert crossed(state, fifth) is None


def test_taking_back_what_was_said_of_another_changes_nothing_that_is_shown() -> None:
    second = said("second", 2, "GOOD", "one")
    state, _ = labels_of(FIRST, second, spikes={5: "two"})
    target = state.undoable("ada")
    assert target is second
    assert state.changes_of_mark(UNDO, target) == ()
    state = with_action(state, undo("back", 3, "second"))
    words = words_of(state, state.actions["back____"])
    assert words.startswith("undid GOOD for unit 5")
    assert words.endswith(" · about another 5")
    assert with_spikes(state, {5: "one"}).label(5) == Label.NOISE
    state = with_action(state, redo("again", 4, "second"))
    assert state.label(5) is None
    assert with_spikes(state, {5: "one"}).label(5) == Label.GOOD


def test_history_names_what_it_is_about() -> None:
    state, _ = labels_of(FIRST, spikes={5: "one"})
    assert words_of(state, FIRST) == "unit 5: no label → NOISE"
    newer = said("newer", 2, "GOOD")
    state, _ = labels_of(FIRST, newer, spikes={5: "two"})
    assert words_of(state, FIRST) == "unit 5: no label → NOISE · about another 5"
    assert words_of(state, newer) == "unit 5: no label → GOOD"
    state, _ = labels_of(FIRST, spikes={5: ""})
    assert words_of(state, FIRST).endswith(" · about another 5, or this one")
    changes = tuple(Change(i, LABEL, None, "MUA", ((SPIKES, "one"),)) for i in (5, 6, 7, 6))
    many = act("many", 1, changes=changes)
    state, _ = labels_of(many, spikes={5: "two", 6: "two", 7: "one"})
    assert about_others(state, many) == "about another 5, another 6"
    assert about_others(state, undo("mark", 2, "nobody")) == ""


def test_what_was_said_last_of_another_is_told() -> None:
    state, _ = labels_of(FIRST, spikes={5: "two"})
    words = "NOISE was said of another 5: its spikes were others"
    assert said_of_another(state, 5) == words
    assert said_of_another(state, 6) == ""
    assert words_of_others(state, [5, 6]) == f"{words}."
    assert words_of_others(state, [6]) == ""
    kept = Stretch(0.0, 60.0).written
    more = (said("note", 2, "why", "one", NOTE), said("time", 3, kept, "one", STABLE))
    state, _ = labels_of(FIRST, *more, spikes={5: ""})
    whom = "another 5, or this one: phy has not saved which spikes it has"
    assert said_of_another(state, 5) == f"NOISE, a note and a stable time were said of {whom}"
    state, _ = labels_of(FIRST, more[0], undo("back", 4, "first"), spikes={5: "two"})
    assert said_of_another(state, 5) == "a note was said of another 5: its spikes were others"
    state, _ = labels_of(FIRST, more[0], spikes={5: BEING_READ})
    whom = "another 5, or this one: which spikes it has is being read"
    assert said_of_another(state, 5) == f"NOISE and a note were said of {whom}"
    state, _ = labels_of(FIRST, said("none", 2, None, "one"), spikes={5: "two"})
    assert said_of_another(state, 5) == ""
    six = act("six", 5, changes=(Change(6, LABEL, None, "MUA", ((SPIKES, "one"),)),))
    state, _ = labels_of(FIRST, six, spikes={5: "two", 6: "two"})
    assert words_of_others(state, [6, 5]) == (
        "What was said of units 5, 6 was of other spikes: phy gave these ids again."
    )
    state, _ = labels_of(FIRST, six, spikes={5: "", 6: ""})
    maybe = "was of others, or of these: phy has not saved which spikes they have."
    assert words_of_others(state, [6, 5]) == f"What was said of units 5, 6 {maybe}"
    state, _ = labels_of(FIRST, six, spikes={5: "two", 6: ""})
    assert words_of_others(state, [5, 6]) == (
        "What was said of unit 5 was of other spikes: phy gave these ids again."
        f" What was said of unit 6 {maybe}"
    )


def test_what_is_being_read_is_told_once_it_is_known() -> None:
    unread, _ = labels_of(FIRST, spikes={5: "one"})
    reading = with_spikes(unread, {5: BEING_READ})
    assert reading.label(5) is None
    seen: list[int] = []

    def news(before: CurationState, after: CurationState) -> str:
        return news_of_others(before, after, after.units_since(before), lambda i: bool(seen))

    assert news(unread, reading) == ""
    others, same = (with_spikes(reading, {5: spikes}) for spikes in ("two", "one"))
    assert news(reading, others) == "NOISE was said of another 5: its spikes were others."
    assert (news(reading, same), same.label(5)) == ("", Label.NOISE)
    assert news(reading, with_spikes(reading, {5: ""})).endswith(
        "has not saved which spikes it has."
    )
    assert news(unread, others) == news(reading, others)
    seen.append(5)
    assert news(reading, others) == ""


def test_a_blind_label_is_of_its_spikes_too() -> None:
    blind = said("blind", 1, "GOOD", "one", extra=blind_field(Sample(7, 1, 2)))
    state, _ = labels_of(blind, spikes={5: "one"})
    assert (set(blind_labels(state)), said_blind_by(state, "ada")) == ({5}, {5})
    state, _ = labels_of(blind, spikes={5: "two"})
    assert (blind_labels(state), said_blind_by(state, "ada")) == ({}, frozenset())


def test_what_is_said_carries_the_spikes_of_units_that_phy_made() -> None:
    state = with_spikes(CurationState(), {0: "zero", 5: "two", 7: "", 8: BEING_READ})
    changes = (
        Change(5, LABEL, None, "GOOD", ((SPIKES, "one"), ("newer", 1))),
        Change(6, LABEL, None, "GOOD"),
        Change(7, SEEN, "", "yes"),
        Change(0, REGION, None, ""),
    )
    first, *others = of_their_spikes(state, changes)
    assert first == changes[0]._replace(extra=(("newer", 1), (SPIKES, "two")))
    assert first.spikes == "two"
    assert tuple(others) == changes[1:]
    assert [one.spikes for one in others] == ["", "", ""]
    assert of_their_spikes(state, [Change(5, SEEN, "", "yes")])[0].spikes == "two"
    assert spikes_of_each(state, (6, 5, 6)) == ("", "two", "")
    with pytest.raises(UserError, match=r"phy made unit 8 anew"):
        spikes_of_each(state, (6, 8))


@pytest.mark.parametrize(("what", "value"), [(LABEL, "GOOD"), (NOTE, "why"), (STABLE, "")])
def test_of_what_phy_made_anew_nothing_is_said_before_its_spikes_are_known(
    what: str, value: str
) -> None:
    """Seen: such a label was written of no spikes, and stood on the unit that had the id before."""
    state = with_spikes(CurationState(), {5: "one", 7: "", 8: BEING_READ})
    with pytest.raises(UserError, match=r"phy made unit 7 anew, and has not saved which .* it has"):
        of_their_spikes(state, [Change(i, what, None, value) for i in (5, 7)])
    with pytest.raises(UserError, match=r"made units 7, 8 anew, .* which spikes they have"):
        of_their_spikes(state, [Change(i, what, None, value) for i in (8, 7, 8)])


def test_it_is_written_and_read_again() -> None:
    text = format_line(JournalLine(FIRST, "key", ""))
    assert '"changes":[{"spikes":"one","unit":5,"field":"label","old":null,"new":"NOISE"}]' in text
    for read in (parse_line, LineReader().read):
        assert read(text).action == FIRST
        (change,) = read(text.replace('"spikes":"one"', '"spikes":{"newer":1}')).action.changes
        assert change.spikes not in ("", "one")  # not understood: of no spikes that are known
        for odd in ('"-"', '"?"', "null", "0", "true", '["one"]', "[" * 500 + "]" * 500):
            action = read(text.replace('"spikes":"one"', f'"spikes":{odd}')).action
            assert action.changes[0].spikes == NOT_UNDERSTOOD
            for now in ({}, {REST: OF_NONE}, NOT_YET, {5: "one"}, {5: ""}):
                assert with_spikes(replay([action]), now).label(5) is None, (odd, now)
            assert format_line(JournalLine(action, "key", "")) == text.replace('"one"', odd)
        older = read(text.replace('"spikes":"one",', "")).action
        assert older.changes == (Change(5, LABEL, None, "NOISE"),)
        assert replay([older]).of_spikes == {}


def test_before_the_files_are_read_nothing_is_said_of_what_some_spikes_were_said_of() -> None:
    state, _ = labels_of(FIRST, said("older", 2, "MUA"), spikes=NOT_YET)
    assert state.label(5) == Label.MUA  # by the id, as older versions wrote it
    words = "another 5, or this one: which spikes it has is being read"
    assert said_of_another(state, 5) == f"NOISE was said of {words}"
    assert words_of(state, FIRST).endswith(" · about another 5, or this one")
    seen, label = Change(5, SEEN, "", "yes"), Change(5, LABEL, None, "GOOD")
    of_kilosorts = Change(6, LABEL, None, "GOOD")
    with pytest.raises(UserError, match=r"not compared yet, and unit 5 may be another one"):
        of_their_spikes(state, [of_kilosorts, label])
    assert of_their_spikes(state, [of_kilosorts, seen]) == (of_kilosorts, seen)
    made = with_spikes(state, {7: BEING_READ, **NOT_YET})
    with pytest.raises(UserError, match=r"not compared yet, and unit 7 may be another one"):
        of_their_spikes(made, [of_kilosorts, label._replace(cluster_id=7)])
    left_out = "What was said of unit 5, which phy made, is left out: phy's files are not compared"
    assert words_of_not_yet(state).startswith(left_out)
    known = with_spikes(state, {5: "one", REST: OF_NONE})
    assert known.label(5) == Label.MUA
    assert words_of_not_yet(known) == words_of_not_yet(with_spikes(CurationState(), NOT_YET)) == ""
    assert of_their_spikes(known, [label, of_kilosorts])[0].spikes == "one"
    assert news_of_others(state, known, [5], lambda _: False) == ""
    other = with_spikes(state, {5: "two", REST: OF_NONE})
    assert news_of_others(other, state, [5], lambda _: False) == ""  # it is not known any more
    assert news_of_others(state, other, [5], lambda _: False).startswith("NOISE was said of anoth")


def test_a_digest_is_told_where_it_is_one() -> None:
    state = with_spikes(CurationState(), {5: "one", 6: "", 7: BEING_READ, REST: OF_NONE})
    assert [state.digest(i) for i in (5, 6, 7, 8)] == ["one", "", "", ""]
    assert [state.spikes_now(i) for i in (5, 6, 7, 8)] == ["one", "", BEING_READ, OF_NONE]
    assert with_spikes(state, {}).spikes_now(5) is None


def test_what_is_not_understood_of_spikes_outlives_folding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "REACH", 0)
    newer = [
        act(f"n{n}", n, changes=(Change(5, LABEL, None, "MUA", ((SPIKES, {"newer": n}),)),))
        for n in (1, 2)
    ]
    left = folded(
        replay([*newer, said("last", 3, "GOOD", "one")]), Who("ada", "lab", "now"), {"p1"}
    )
    assert [a.changes for a in left][:2] == [a.changes for a in newer]
