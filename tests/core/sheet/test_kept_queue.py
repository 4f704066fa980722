"""A review queue between two sessions: the same units in the same order, read without trust."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from curation_cases import act
from factories import again, make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.curation.replay import replay
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.kept_queue import (
    found_again,
    from_text,
    from_text_of_all,
    hidden_by_all,
    is_same_queue,
    newest_first,
    to_text,
    to_text_of_all,
)
from bcviewer.core.sheet.queue import QueueSpec, draw_up, next_words

N = 12
RUN = make_run(
    {"presenceRatio": [1.0, 0.69, 0.5] * (N // 3), "nPeaks": [1.0] * 9 + [5.0] * 3},
    cluster_id=np.arange(N)[::-1] * 3,
)
SPECS = st.builds(
    QueueSpec,
    st.sampled_from(["attention", "random"]),
    st.sampled_from([None, 1, 5]),
    st.sets(st.sampled_from(CLASSES[:3]), max_size=2).map(frozenset),
    st.integers(0, 99),
    st.booleans(),
)


@given(SPECS, st.booleans())
def test_it_comes_back_as_it_was(spec: QueueSpec, on: bool) -> None:
    sheet = sheet_of(RUN)
    review = draw_up(sheet, spec)
    if not len(review.rows):
        assert from_text(to_text(review, sheet.ids), sheet.ids) is None
        return
    back = from_text(to_text(review, sheet.ids), sheet.ids)
    assert back is not None
    assert (back.spec, back.among, back.on) == (spec, review.among, True)
    assert back.rows.tolist() == review.rows.tolist()


def test_a_sample_with_lost_units_says_how_many_were_drawn_and_how_many_are_missing() -> None:
    sheet = sheet_of(RUN)
    review = draw_up(sheet, QueueSpec("random", 7, seed=3, blind=True))
    first, last = (int(sheet.ids.cluster_id[row]) for row in review.rows[[0, 6]])
    fewer = UnitIds(sheet.ids.cluster_id[~np.isin(sheet.ids.cluster_id, (first, last))])
    back = from_text(to_text(review, sheet.ids), fewer)
    assert back is not None
    assert (len(back.rows), back.missing) == (5, (first, last))
    assert back.sample.words == (
        f"7 of {N} units drawn at random (seed 3), 2 of them missing in the results"
    )
    again_there = from_text(to_text(back, fewer), sheet.ids)  # kept meanwhile, and not forgotten
    assert again_there is not None
    assert sorted(again_there.rows.tolist()) == sorted(review.rows.tolist())
    assert again_there.missing == ()


def test_units_that_are_gone_are_left_out_and_others_keep_their_place() -> None:
    sheet = sheet_of(RUN)
    review = draw_up(sheet, QueueSpec("random", seed=3))
    text = to_text(review, sheet.ids)
    fewer = UnitIds(sheet.ids.cluster_id[2:])
    back = from_text(text, fewer)
    assert back is not None
    kept = [row - 2 for row in review.rows.tolist() if row >= 2]
    assert back.rows.tolist() == kept
    assert from_text(text, UnitIds(np.array([1000], np.int64))) is None


GOOD = {"v": 1, "order": "random", "size": 5, "classes": [], "seed": 1, "among": 3, "ids": [0]}


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"order": "by size"},
        {"size": -1},
        {"size": True},
        {"classes": [0]},
        {"classes": ["GOOD"]},
        {"classes": None},
        {"seed": 1.5},
        {"among": None},
        {"left_out": -1},
        {"ids": []},
        {"ids": [0, "x"]},
        {"ids": {"0": 1}},
    ],
)
def test_what_is_no_queue_is_none(change: dict[str, Any]) -> None:
    ids = sheet_of(RUN).ids
    assert from_text(json.dumps(GOOD), ids) is not None
    assert from_text(json.dumps({**GOOD, **change}), ids) is None


@pytest.mark.parametrize("text", ["", "[", "[]", "[" * 100_000, "7"])
def test_what_is_no_json_is_none(text: str) -> None:
    assert from_text(text, sheet_of(RUN).ids) is None


def test_what_comes_next() -> None:
    sheet = sheet_of(RUN)
    review = draw_up(sheet, QueueSpec())
    groups = sheet.audit.attention[review.rows].tolist()
    assert len(set(groups)) > 1
    n = groups.index(next(g for g in groups if g != groups[0]))
    assert next_words(sheet, review) == f"next: {n} near misses"
    ids = sheet.ids.cluster_id[review.rows].tolist()
    said = [act(f"a{i}", i, unit=unit) for i, unit in enumerate(ids[: n - 1])]
    assert next_words(again(sheet, said=replay(said)), review) == "next: 1 near miss"
    said = [act(f"a{i}", i, unit=unit) for i, unit in enumerate(ids)]
    assert next_words(again(sheet, said=replay(said)), review) == ""
    assert next_words(sheet, draw_up(sheet, QueueSpec("random"))) == ""
    noise = draw_up(sheet, QueueSpec(classes=frozenset({Label.NOISE})))
    assert next_words(sheet, noise) == "next: 1 near miss"  # nPeaks keeps it from GOOD
    said = [act("a", 1, unit=int(sheet.ids.cluster_id[noise.rows[0]]))]
    assert next_words(again(sheet, said=replay(said)), noise) == "next: 2 NOISE units"


def test_a_blind_queue_leaves_out_what_is_known_and_says_of_how_many_it_is() -> None:
    sheet = sheet_of(RUN)
    spec = QueueSpec("random", 5, seed=4, blind=True)
    review = draw_up(sheet, spec)
    ids = sheet.ids.cluster_id[review.rows[:2]].tolist()
    said = again(sheet, said=replay([act(f"a{i}", i, unit=i) for i in ids]))
    assert draw_up(said, spec).rows.tolist() == review.rows.tolist()
    assert review.is_blind
    assert not draw_up(sheet, QueueSpec()).is_blind
    fewer = draw_up(said, spec, review.rows[:2])
    assert fewer.rows[:3].tolist() == review.rows[2:].tolist()  # else the same drawing
    want = f"5 of {N - 2} units drawn at random (seed 4), 2 more left out as seen before"
    assert fewer.sample.words == want
    back = from_text(to_text(fewer, sheet.ids), sheet.ids)
    assert back is not None
    assert back.sample == fewer.sample
    assert review.sample.words == f"5 of {N} units drawn at random (seed 4)"
    mua = draw_up(sheet, QueueSpec("random", None, frozenset({Label.MUA}), 4, True))
    assert mua.sample.words.endswith("MUA units drawn at random (seed 4)")
    assert (sheet.bombcell_labels[mua.rows] == Label.MUA).all()


def test_one_queue_is_the_same_on_or_left() -> None:
    text = json.dumps(GOOD)
    assert is_same_queue(text, json.dumps({**GOOD, "on": False}))
    assert not is_same_queue(text, json.dumps({**GOOD, "seed": 2}))
    assert not is_same_queue(text, json.dumps({**GOOD, "blind": True}))
    for none in ("", "[", "7"):
        assert is_same_queue(none, text)  # it is no other queue


def test_one_over_several_comes_back_and_what_is_gone_is_missing_with_its_recording() -> None:
    sheets = [sheet_of(RUN), sheet_of(RUN)]
    book = Book(sheets, ["one", "two"])
    review = draw_up(book.table, QueueSpec("random", 9, seed=2, blind=True))
    text = to_text_of_all(review, book, ["k1", "k2"], 5)
    back = from_text_of_all(text, book, ["k1", "k2"])
    assert back is not None
    assert (back.rows.tolist(), back.missing) == (review.rows.tolist(), ())
    swapped = from_text_of_all(text, book, ["k2", "k1"])
    assert swapped is not None
    assert ((swapped.rows + N) % (2 * N)).tolist() == review.rows.tolist()
    first = [row for row in review.rows.tolist() if row < N]
    alone = from_text_of_all(text, Book(sheets[:1]), ["k1"])
    assert alone is not None
    assert alone.rows.tolist() == first
    assert {key for key, _ in alone.missing} == {"k2"}
    kept = to_text_of_all(alone, Book(sheets[:1]), ["k1"], 6)
    whole = from_text_of_all(kept, book, ["k1", "k2"])
    assert whole is not None
    assert sorted(whole.rows.tolist()) == sorted(review.rows.tolist())
    ids = sheets[0].ids.cluster_id[first].tolist()
    assert hidden_by_all(text, "k1") == ids
    assert hidden_by_all(text, "k3") == []
    assert hidden_by_all("", "k1") == hidden_by_all(json.dumps(GOOD), "k1") == []
    assert newest_first([text, kept, "", text]) == newest_first([kept, text]) == [kept, text]
    assert newest_first([""]) == newest_first([]) == []
    assert is_same_queue(text, to_text_of_all(review, book, ["k1", "k2"], 7))
    assert from_text_of_all(text, Book(sheets[:1]), ["k3"]) is None
    unnamed = Book([sheet_of(make_run({"presenceRatio": [1.0]}, cluster_id=np.array([-1])))])
    assert from_text_of_all(text, unnamed, ["k1"]) is None, "no row has an id"


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"recordings": "k"},
        {"recordings": [1]},
        {"recordings": ["k"] * 1001},
        {"of": None},
        {"of": []},
        {"of": [1]},
        {"of": ["k"]},
        {"at": "now"},
        {"ids": []},
    ],
)
def test_what_is_no_queue_of_several_is_none(change: dict[str, Any]) -> None:
    book, good = Book([sheet_of(RUN)]), {**GOOD, "at": 1, "recordings": ["k"], "of": [0]}
    assert from_text_of_all(json.dumps(good), book, ["k"]) is not None
    assert from_text_of_all(json.dumps({**good, **change}), book, ["k"]) is None
    later, sound = json.dumps({**good, "at": 9, **change}), json.dumps(good)
    assert newest_first([later, sound]) == [sound], "a damaged copy hides no sound one"


def test_what_was_missing_is_found_again_at_the_end_but_not_in_a_blind_review() -> None:
    """What phy made is known later than the queue is read."""
    text = to_text(draw_up(sheet_of(RUN), QueueSpec()), RUN.ids)
    raw = json.loads(text)
    raw["ids"] = [*raw["ids"], 900, 901]
    review = from_text(json.dumps(raw), RUN.ids)
    assert review is not None
    assert review.missing == (900, 901)
    found = found_again(review, {900: -1, 901: N}.__getitem__)  # type: ignore[arg-type]
    assert found.rows.tolist() == [*review.rows.tolist(), N]
    assert found.missing == (900,)
    assert found_again(review, lambda _: -1) is review
    assert found_again(found_again(found, lambda _: N + 1), lambda _: 0).missing == ()
    raw["blind"] = True
    blind = from_text(json.dumps(raw), RUN.ids)
    assert blind is not None
    assert found_again(blind, lambda _: N) is blind


def test_which_spikes_its_units_have_is_kept_with_it() -> None:
    sheet = sheet_of(RUN)
    plain = to_text(draw_up(sheet, QueueSpec()), sheet.ids)
    review = replace(draw_up(sheet, QueueSpec()), missing=(900,), spikes={3: "one", 900: "two"})
    text = to_text(review, sheet.ids)
    back = from_text(text, sheet.ids)
    assert back is not None
    assert (back.spikes, back.missing) == (review.spikes, (900,))
    assert "spikes" not in json.loads(plain)
    raw = json.loads(text)
    assert is_same_queue(json.dumps({**raw, "spikes": []}), text)
    for bad in (3, [3], [[0]], [[len(raw["ids"]), "one"]], [[0, 1]], [[-1, "one"]]):
        assert from_text(json.dumps({**raw, "spikes": bad}), sheet.ids) is None, bad
    book = Book([sheet, sheet_of(RUN)], ["one", "two"])
    of_both = draw_up(book.table, QueueSpec())
    of_both = replace(of_both, spikes={("k2", 3): "one", ("k1", 6): "two"})
    kept = to_text_of_all(of_both, book, ["k1", "k2"], 5)
    again = from_text_of_all(kept, book, ["k2", "k1"])
    assert again is not None
    assert again.spikes == of_both.spikes
