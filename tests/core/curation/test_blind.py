"""Labels that were given blind: kept apart, readable by older versions, and told how sampled."""

from __future__ import annotations

from itertools import permutations

import pytest
from curation_cases import act, undo

from bcviewer.core.curation.blind import (
    IN_SIGHT,
    BlindLabel,
    Sample,
    blind_field,
    blind_labels,
    has_seen,
    said_blind_by,
    sample_of,
    sampling_words,
    was_revealed,
)
from bcviewer.core.curation.entries import NOTE, REVEAL, SEEN, Change, Who
from bcviewer.core.curation.folding import REACH, folded
from bcviewer.core.curation.history import words_of
from bcviewer.core.curation.lines import JournalLine, LineReader, format_line, parse_line
from bcviewer.core.curation.replay import replay, with_action
from bcviewer.core.rules.labels import Label

SAMPLE = Sample(7, 50, 1316)
BLIND = blind_field(SAMPLE)


def test_a_blind_label_stays_what_was_said_blind() -> None:
    first = act("blind", 1, label="GOOD", extra=BLIND)
    later = act("sight", 2, label="MUA")
    state = replay([first, later])
    assert state.label(1) == Label.MUA
    assert blind_labels(state) == {1: BlindLabel(Label.GOOD, "ada", SAMPLE)}


def test_the_order_of_reading_makes_no_difference() -> None:
    actions = [
        act("a", 1, label="GOOD", extra=BLIND),
        act("b", 2, label="MUA", extra=blind_field(Sample(8, 20, 1316)), who="bob"),
        undo("c", 3, "b", "bob"),
    ]
    want = blind_labels(replay(actions))
    assert want[1].label == Label.GOOD
    for order in permutations(actions):
        state = replay([])
        for action in order:
            state = with_action(state, action)
        assert state == replay(actions)
        assert blind_labels(state) == want


def test_who_labelled_a_unit_knows_its_verdict_and_so_does_who_had_it_revealed() -> None:
    shown = act("r", 5, kind=REVEAL, changes=(Change(4, SEEN, "", "yes"),))
    theirs = act("i", 4, kind="import", voice="bob", unit=3)
    actions = [act("a", 1, extra=BLIND), undo("u", 2, "a"), act("s", 3, unit=2), theirs, shown]
    for order in permutations(actions):
        state = replay([])
        for action in order:
            state = with_action(state, action)
        assert blind_labels(state) == {}
        assert [has_seen(state, unit, "ada") for unit in range(1, 6)] == [True] * 2 + [
            False,
            True,
            False,
        ]
        assert [has_seen(state, unit, "bob") for unit in range(1, 6)] == [False] * 2 + [True] + [
            False
        ] * 2
        assert said_blind_by(state, "ada") == {1}
        assert said_blind_by(state, "bob") == frozenset()
        assert was_revealed(state, (3, 4), "ada")
        assert not was_revealed(state, (3,), "ada")
        assert not was_revealed(state, (4,), "bob")
        assert state.undoable("ada") == theirs  # nobody can forget what was seen
        assert state.redoable("ada") is None
    assert state == replay(actions)
    assert words_of(state, shown) == "blind review revealed: unit 4"
    several = act("r", 5, kind=REVEAL, changes=tuple(Change(i, SEEN, "", "yes") for i in (4, 5)))
    assert words_of(replay([several]), several) == "blind review revealed: 2 units"
    assert words_of(state, actions[0]) == "unit 1: no label → GOOD · said blind"
    text = format_line(JournalLine(shown, "k", "r"))
    assert parse_line(text).action == LineReader().read(text).action == shown


def test_a_sample_says_what_is_missing_in_it() -> None:
    sample = Sample(7, 7, 39, (), 2, 3)
    assert sample.words.endswith(
        ", 3 more left out as seen before, 2 of them missing in the results"
    )
    assert sample_of(act("a", 1, extra=blind_field(sample))) == sample
    assert "missing" not in dict(blind_field(SAMPLE))["blind"]
    odd = {"seed": 1, "drawn": 2, "among": 3, "classes": [], "missing": "two"}
    assert sample_of(act("a", 1, extra=(("blind", odd),))) == Sample(0, 0, 0)


def test_it_is_written_and_read_again_as_any_label() -> None:
    action = act("a", 1, extra=blind_field(Sample(7, 50, 764, ("MUA",))))
    text = format_line(JournalLine(action, "k", "r"))
    for read in (parse_line, LineReader().read):
        again = read(text).action
        assert again == action
        assert sample_of(again) == Sample(7, 50, 764, ("MUA",))
    # what an older version does with a field that it does not know: it writes it back
    assert format_line(JournalLine(parse_line(text).action, "k", "r")) == text


@pytest.mark.parametrize(
    "said", [True, "yes", {}, {"seed": True, "drawn": 1, "among": 2}, {"seed": 1, "drawn": "x"}]
)
def test_what_is_not_understood_is_blind_in_a_way_not_known(said: object) -> None:
    sample = sample_of(act("a", 1, extra=(("blind", said),)))
    if said == {}:
        assert sample is None
    else:
        assert sample is not None
        assert "does not know" in sample.words


def test_folding_keeps_what_was_said_blind() -> None:
    actions = [act("blind", 1, label="GOOD", extra=BLIND), act("sight", 2, label="MUA")]
    more = [act(f"more{i}", 10 + i / 1000, unit=2 + i) for i in range(REACH)]
    state = replay([*actions, *more])
    kept = folded(state, Who("ada", "lab"), {"p1"})
    assert blind_labels(replay(kept)) == blind_labels(state) != {}


def test_words() -> None:
    assert SAMPLE.words == "50 of 1,316 units drawn at random (seed 7)"
    mua = Sample(3, 1, 764, ("MUA",))
    assert mua.words == "1 of 764 MUA units drawn at random (seed 3)"
    said = [BlindLabel(Label.GOOD, "ada", SAMPLE)] * 2
    assert sampling_words(said) == f"blind, 2 labelled of {SAMPLE.words}"
    assert sampling_words([]) == IN_SIGHT


def test_classes_that_are_none_are_an_untold_sample() -> None:
    for classes in ("GOOD", ["GOOD", "odd"]):
        told = {"seed": 7, "drawn": 50, "among": 1316, "classes": classes}
        assert sample_of(act("a", 1, extra=(("blind", told),))) == Sample(0, 0, 0)


def test_a_blind_label_that_was_cleared_blind_is_gone_and_a_note_is_none() -> None:
    given = act("a", 1, label="GOOD", extra=BLIND)
    cleared = act("b", 2, label=None, extra=BLIND)
    noted = act("n", 1, kind="note", changes=(Change(1, NOTE, "", "hm"),), extra=BLIND)
    assert blind_labels(replay([given, cleared])) == {}
    assert blind_labels(replay([noted])) == {}
