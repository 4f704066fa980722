"""Which labels judge thresholds: blind ones, or all; none that was given under a proposal."""

from __future__ import annotations

from curation_cases import act, undo

from bcviewer.core.curation.blind import IN_SIGHT, Sample, blind_field
from bcviewer.core.curation.counted import counted_labels
from bcviewer.core.curation.entries import UNDER
from bcviewer.core.curation.replay import replay
from bcviewer.core.rules.labels import Label

BLIND = blind_field(Sample(7, 50, 1316))
MOVED = ((UNDER, "minPresenceRatio=0.6"),)


def test_blind_labels_are_those_that_were_said_blind_and_say_how_they_were_drawn() -> None:
    state = replay(
        [act("a", 1, label="GOOD", extra=BLIND), act("b", 2, label="MUA"), act("c", 3, unit=2)]
    )
    found = counted_labels(state)
    assert (found.labels, found.n_good, found.blind) == ({1: Label.GOOD}, 1, True)
    assert found.words == "blind, 1 labelled of 50 of 1,316 units drawn at random (seed 7)"


def test_all_labels_are_what_is_shown_and_say_that_they_were_given_in_sight() -> None:
    state = replay(
        [
            act("a", 1, label="GOOD", extra=BLIND),
            act("b", 2, label="MUA", unit=2),
            act("c", 3, label="NOISE", unit=3),
            act("d", 4, label=None, unit=3),
        ]
    )
    found = counted_labels(state, blind=False)
    assert found.labels == {1: Label.GOOD, 2: Label.MUA}
    assert found.words == f"{IN_SIGHT}, but for 1 given blind"
    assert counted_labels(replay([act("b", 2)]), blind=False).words == IN_SIGHT
    only = replay([act("a", 1, label="GOOD", extra=BLIND)])
    assert counted_labels(only, blind=False).words == counted_labels(only).words


def test_where_people_differ_nobody_counts() -> None:
    state = replay(
        [act("a", 1), act("b", 2, label="NOISE", who="bob"), act("c", 3, label="MUA", unit=2)]
    )
    found = counted_labels(state, blind=False)
    assert found.labels == {2: Label.MUA}
    assert found.words == f"{IN_SIGHT}; 1 left out where people differ"


def test_what_was_given_under_a_proposal_is_left_out_and_that_is_said() -> None:
    state = replay(
        [
            act("a", 1, label="GOOD", extra=(*BLIND, *MOVED)),
            act("b", 2, label="GOOD", unit=2, extra=BLIND),
            act("c", 3, label="MUA", unit=3, extra=MOVED),
        ]
    )
    assert counted_labels(state).labels == {2: Label.GOOD}
    assert counted_labels(state).words.endswith("; 1 left out as given under a proposal")
    every = counted_labels(state, blind=False)
    assert every.labels == {2: Label.GOOD}
    assert every.words.endswith("; 2 left out as given under a proposal")


def test_one_that_was_taken_back_says_nothing() -> None:
    state = replay([act("a", 1, label="GOOD", extra=MOVED), undo("u", 2, "a")])
    found = counted_labels(state, blind=False)
    assert (found.labels, found.words) == ({}, "")
