"""A queue of proposed merges: what is said, taken back, kept, and what becomes one."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from bcviewer.core.curation.merge_fates import Fate
from bcviewer.core.curation.merge_queue import (
    ACCEPTED,
    NEITHER,
    REJECTED,
    MergeQueue,
    ProposedMerge,
)
from bcviewer.core.run.unit_ids import BEING_READ, NOT_YET, OF_NONE, REST, SpikesById


@pytest.fixture
def queue() -> MergeQueue:
    pairs = ((1, 2), (3, 4), (5, 6, 7))
    scores = ("0.9", "", "0.2")
    merges = (ProposedMerge(*one) for one in zip(pairs, scores, strict=True))
    return MergeQueue.of("pairs.csv", merges)


def test_what_is_said_goes_on_and_is_taken_back_step_by_step(queue: MergeQueue) -> None:
    assert queue.words == ("Merge 1 of 3: 1 and 2", "score 0.9", "of pairs.csv")
    first = queue.say(ACCEPTED)
    assert first.words == ("Merge 2 of 3: 3 and 4", "no score", "of pairs.csv", "1 accepted")
    last = first.say(NEITHER).say(ACCEPTED)
    assert (first.n_skipped, last.n_skipped) == (0, 1)
    assert replace(last, fates={(3, 4): Fate(9)}).n_skipped == 0
    assert last.done
    assert last.at == 2, "where something is said of all it stays"
    assert last.accepted == ((1, 2), (5, 6, 7))
    assert "this one accepted" in last.words
    again = last.say(REJECTED)  # of the last one, anew
    assert again.accepted == ((1, 2),)
    assert again.back().accepted == last.accepted
    start = again.back().back().back().back()
    assert (start.said, start.at, start.past) == (queue.said, 0, ())
    assert start.back() is start


def test_what_phy_did_is_not_left_to_be_said_or_merged(queue: MergeQueue) -> None:
    said = queue.say(ACCEPTED).say(ACCEPTED).say(ACCEPTED)
    done = replace(said, fates={(3, 4): Fate(9), (5, 6, 7): Fate(None)})
    assert done.accepted == said.accepted
    assert done.left == ((1, 2),)
    each = ("1 accepted", "1 done in phy", "1 no longer there")
    assert done.words[3:] == ("this one no longer there", *each)
    assert replace(done, at=1).words[3:] == ("this one done in phy (9)", *each)
    assert replace(said, at=1).words[3:] == ("this one accepted", "3 accepted")
    first = replace(queue, fates={(3, 4): Fate(9)}).say(REJECTED)
    assert first.at == 2, "of what is done nothing is to be said"
    assert first.say(REJECTED).done
    assert first.text == queue.say(REJECTED).text.replace("[3, 4]", "[5, 6, 7]"), "it is not kept"


def test_what_phy_has_done_is_not_taken_back_and_what_was_said_before_it_is(
    queue: MergeQueue,
) -> None:
    """Seen: U took the acceptance from a merge that phy had done."""
    said = queue.say(REJECTED).say(ACCEPTED)
    done = replace(said, fates={(3, 4): Fate(9)})
    assert done.last_done == queue.merges[1]
    back = done.back()
    assert back.said == ("", ACCEPTED, "")
    assert (back.at, back.past) == (0, ((1, ""),))
    assert back.back() is back
    assert (said.last_done, queue.last_done) == (None, None)
    split = replace(said, fates={(3, 4): Fate(None)})
    assert split.last_done is None
    assert split.back().said == (REJECTED, "", "")


def test_it_goes_on_to_what_was_left_before(queue: MergeQueue) -> None:
    last = MergeQueue(queue.source, queue.merges, queue.said, at=2)
    assert last.say(REJECTED).at == 0


def test_what_was_said_is_read_back_and_nothing_else(queue: MergeQueue) -> None:
    said = queue.say(ACCEPTED).say(REJECTED)
    again = queue.with_said(said.text)
    assert again == said
    fewer = MergeQueue.of("pairs.csv", queue.merges[1:]).with_said(said.text)
    assert (fewer.said, fewer.at, fewer.past) == ((REJECTED, ""), 1, ((0, ""),))
    whole = queue.with_said(fewer.say(NEITHER).text)  # the units of the first one are there again
    assert (whole.said, whole.at) == ((ACCEPTED, REJECTED, NEITHER), 2)
    good = json.loads(said.text)
    for text in ("", "[]", "{", '{"said": 3}', "null"):
        assert queue.with_said(text) is queue
    for damage in (
        {"said": [[[1, 2], "maybe"]]},
        {"said": [[[1, 2]]]},
        {"said": [[[1, [2]], "accepted"]]},
        {"said": [["12", "accepted"]]},
        {"at": 3},
        {"at": [True, 2]},
        {"version": 2},
        {"past": [[math.inf, ""]]},
        {"past": 3},
    ):
        assert queue.with_said(json.dumps({**good, **damage})) is queue, damage


def of(spikes: dict[int, str]) -> SpikesById:
    """Return of which spikes units are now, where Kilosort made all others."""
    return {**spikes, REST: OF_NONE}


def test_what_was_said_is_of_the_units_that_had_the_ids(queue: MergeQueue) -> None:
    """Seen: phy made another 2, and what was accepted of the first one was merged in phy."""
    assert queue.regarding(of({})) is queue
    said = queue.say(ACCEPTED, ("", "one")).say(REJECTED, ("", ""))
    assert said.spikes == {(1, 2): ("", "one")}
    assert said.regarding(of({2: "one"})) is said
    other = said.regarding(of({2: "two"}))
    assert (other.said, other.left) == (("", REJECTED, ""), ())
    assert other.others == {((1, 2), ("", "one")): ACCEPTED}
    assert other.regarding(of({2: "two"})) is other
    assert other.regarding(of({2: "one"})) == said
    back = other.back()  # what was said of the others is not there to be taken back
    assert (back.said, back.at, back.past) == (("", "", ""), 1, ((0, ""),))
    assert back.back() is back
    anew = replace(other, at=0).say(NEITHER, ("", "two"))
    assert anew.regarding(of({2: "two"})) is anew
    assert anew.back().spikes == {}
    twice = replace(anew, at=0).say(ACCEPTED, ("", "two")).back()
    assert (twice.said[0], twice.spikes) == (NEITHER, {(1, 2): ("", "two")})
    assert anew.regarding(of({2: "one"})).said[0] == ACCEPTED
    gone = replace(said, fates={(1, 2): Fate(9)})
    assert gone.regarding(of({2: "two"})) is gone
    assert replace(other, fates={(1, 2): Fate(9)}).regarding(of({2: "one"})).said[0] == ""


@pytest.mark.parametrize("unknown", [NOT_YET, {2: ""}, {2: BEING_READ}])
def test_where_nobody_knows_whose_spikes_all_stays_and_none_is_merged(
    queue: MergeQueue, unknown: SpikesById
) -> None:
    """Seen: an accepted merge of other units was taken for one of these, and merged in phy."""
    said = queue.say(ACCEPTED, ("", "one")).say(ACCEPTED, ("", ""))
    for last in (said, said.regarding(of({2: "one"}))):
        open_yet = last.regarding(unknown)
        assert (open_yet.said, open_yet.spikes, open_yet.others) == (said.said, said.spikes, {})
        assert open_yet.accepted == open_yet.left == said.left[1:]
        assert open_yet.words[-2:] == ("1 accepted", "1 not compared with phy yet")
        assert open_yet.waiting == ((1, 2),)
        assert open_yet.text == said.text
        passed_by = replace(open_yet, at=0).say(NEITHER)  # seen: it was skipped for good
        assert passed_by == replace(open_yet, at=2)
        assert passed_by.regarding(of({2: "one"})) == said
        assert open_yet.regarding(unknown) is open_yet
        assert open_yet.regarding(of({2: "one"})) == said
        assert open_yet.regarding({}) == said  # the files do not say: it goes by the ids
        assert open_yet.regarding(of({2: "two"})).left == said.left[1:]
    kept = queue.with_said(said.text).regarding(unknown)
    assert (kept.said, kept.left) == (("", ACCEPTED, ""), said.left[1:])
    assert kept.unknown == {((1, 2), ("", "one"))}
    assert kept.waiting == ((1, 2),)
    rejected = queue.say(REJECTED, ("", "one")).regarding(unknown)
    assert (rejected.unknown, rejected.waiting) == ({((1, 2), ("", "one"))}, ())
    assert kept.regarding(of({2: "one"})).left == said.left
    other = kept.regarding(of({2: "two"}))
    assert (other.left, other.unknown) == (said.left[1:], set())
    assert kept.undecided_again(unknown) == set()


@pytest.mark.parametrize("unknown", [NOT_YET, {2: ""}, {2: BEING_READ}])
def test_who_passes_by_what_is_unknown_yet_says_nothing_of_it(
    queue: MergeQueue, unknown: SpikesById
) -> None:
    """Seen: what was accepted of these units was skipped for good, or taken back by U."""
    said = queue.say(ACCEPTED, ("", "one"))
    kept = queue.with_said(said.text).regarding(unknown)
    passed_by = replace(kept, at=0).say(NEITHER)
    assert passed_by == replace(kept, at=1)
    assert not passed_by.done
    last = replace(kept, at=0, said=("", REJECTED, REJECTED)).say(NEITHER)
    assert last.at == 0
    again = queue.with_said(passed_by.text)  # opened once more, compared by then
    for found in (passed_by, passed_by.regarding(unknown), again):
        known = found.regarding(of({2: "one"}))
        assert (known.left, known.others, known.past) == (said.left, {}, said.past)
        assert json.loads(known.text)["of_spikes"] == json.loads(said.text)["of_spikes"]
        assert known.say(REJECTED).back().left == said.left
        assert found.regarding(of({2: "two"})).said[0] == ""
    meant = replace(kept.regarding(of({2: "two"})), at=0).say(NEITHER, ("", "two"))
    assert meant.said[0] == meant.regarding(of({2: "two"})).said[0] == NEITHER
    assert queue.with_said(meant.text).regarding(of({2: "two"})).said[0] == NEITHER


def test_only_what_may_be_accepted_of_these_units_waits(queue: MergeQueue) -> None:
    """Seen: what was accepted of units that are surely others was told as waiting."""
    x, y = (((1, 2), had) for had in (("one", "two"), ("three", "four")))
    now = {1: "three", 2: ""}  # an open phy made 2 anew
    both = replace(queue, others={x: ACCEPTED, y: REJECTED}).regarding(now)
    assert (both.unknown, both.waiting) == ({y}, ())
    maybe = replace(queue, others={x: REJECTED, y: ACCEPTED}).regarding(now)
    assert (maybe.unknown, maybe.waiting) == ({y}, ((1, 2),))
    by_id = maybe.say(REJECTED)  # goes by the id: what waits is not taken for this one
    assert by_id.waiting == ()
    assert maybe.say(ACCEPTED).waiting == ((1, 2),)
    two = replace(queue, others={x: ACCEPTED}).say(REJECTED, y[1]).regarding(NOT_YET)
    assert (two.unknown, two.waiting) == ({x, y}, ((1, 2),))
    gone = replace(maybe, fates={(1, 2): Fate(9)}).regarding(now)
    assert (gone.unknown, gone.waiting) == (set(), ())


def test_that_it_is_undecided_again_is_told_of_what_nothing_is_said_of(queue: MergeQueue) -> None:
    other = queue.say(ACCEPTED, ("", "one")).regarding(of({2: "two"}))
    assert other.undecided_again(of({2: "two"})) == {((1, 2), ("", "one"))}
    assert other.undecided_again(of({2: "one"})) == set()
    anew = replace(other, at=0).say(REJECTED, ("", "two"))
    assert anew.undecided_again(of({2: "two"})) == set()
    gone = replace(other, fates={(1, 2): Fate(9)})
    assert gone.undecided_again(of({2: "two"})) == set()
    assert replace(gone, merges=gone.merges[1:], said=("", "")).undecided_again(of({})) == set()


def test_what_was_said_of_each_of_two_is_kept(queue: MergeQueue) -> None:
    first = queue.say(ACCEPTED, ("", "one"))
    both = replace(first.regarding(of({2: "two"})), at=0).say(REJECTED, ("", "two"))
    again = queue.with_said(both.text)
    assert again.said == ("", "", "")  # until it is known which unit is there
    assert again.regarding(of({})) is again
    assert again.regarding(of({2: "one"})).accepted == ((1, 2),)
    assert again.regarding(of({2: "two"})).said[0] == REJECTED
    fewer = MergeQueue.of("pairs.csv", queue.merges[1:]).with_said(both.text)
    assert fewer.regarding(of({2: "one"})) is fewer
    assert queue.with_said(fewer.text).others == again.others
    good = json.loads(both.text)
    ((ids, word, had), *_) = good["of_spikes"]
    assert queue.say(ACCEPTED, ("", "")).text == queue.say(ACCEPTED).text
    for damage in (
        3,
        [3],
        [[ids, word]],
        [[ids, "maybe", had]],
        [[ids, word, had[:1]]],
        [[ids, word, [1, 2]]],
        [[ids, word, "ab"]],
    ):
        assert queue.with_said(json.dumps({**good, "of_spikes": damage})) is queue, damage
