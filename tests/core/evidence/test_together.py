"""Several units as one: pairs counted by hand, and what is said of too few."""

from __future__ import annotations

import numpy as np
import pytest
from factories import make_run

from bcviewer.core.evidence.together import Close, Together, close_of
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.scored import Scored

RATE = 30_000.0


def samples(*ms: float) -> np.ndarray:
    return np.array([round(one * 30) for one in ms], np.int64)


def test_pairs_are_counted_once_and_from_both_sides():
    a = samples(100, 200, 300, 400, 500)
    b = samples(100, 199.9, 301, 398, 549, 900)
    # at once, 0.1 ms before, 1 ms after, 2 ms before (far), 49 ms after (far), and nothing
    found = close_of([a, b], RATE)
    assert (found.same, found.observed) == (2, 1)
    assert found.expected == pytest.approx(2 * (60 - 8) / (1500 - 60))
    assert close_of([b, a], RATE) == found


def test_the_edges_are_whole_samples():
    a = np.array([0, 10_000, 20_000, 30_000], np.int64)
    b = np.array([7, 10_008, 20_059, 30_060], np.int64)
    found = close_of([a, b], RATE)
    assert (found.same, found.observed) == (1, 2)  # 60 samples are 2 ms: not close any more


def test_of_three_every_two_count():
    one = samples(100)
    found = close_of([one, one + 30, one + 60], RATE)
    assert (found.same, found.observed) == (0, 2)  # of 1 and 3 they are 2 ms apart


def test_independent_units_have_as_many_as_expected_and_one_cut_in_two_has_none():
    rng = np.random.default_rng(0)
    a, b = (np.sort(rng.integers(0, int(600 * RATE), 20_000)) for _ in range(2))
    free = close_of([a, b], RATE)
    assert free.observed / free.expected == pytest.approx(1, abs=0.1)
    gaps = rng.exponential(0.03, 20_000) + 0.003
    train = np.cumsum(np.round(gaps * RATE)).astype(np.int64)
    assert close_of([train[::2], train[1::2]], RATE).observed == 0


@pytest.mark.parametrize(
    ("close", "words"),
    [
        (Close(0, 3, 14.2), "dip 0.21 of 14 expected pairs"),
        (Close(0, 0, 6.0), "dip 0 of 6.0 expected pairs"),
        (Close(0, 0, 5.9), "dip: 5.9 expected pairs, too few to say"),
        (Close(0, 2, 0.31), "dip: 0.3 expected pairs, too few to say"),
        (Close(0, 2, 0.0), "dip: 0.0 expected pairs, too few to say"),
    ],
)
def test_the_dip_in_words(close: Close, words: str):
    assert close.words == words


def test_all_that_there_is_to_say():
    unit = make_run({"fractionRPVs_estimatedTauR": [0.04]})
    scored = Scored(unit, Label.GOOD, untested=("drift", "isolation distance"))
    close = Close(12, 3, 14.2)
    found = Together((3, 8), scored, "58/60", (0.03, 0.11), (2310, 180), close)
    assert " · ".join(found.parts) == (
        "GOOD as far as tested · RPV 0.040 (0.030 and 0.110) · presence 58 of 60"
        " · dip 0.21 of 14 expected pairs · sizes 2,310 and 180 · 12 spikes found by both"
        " · drift and isolation distance not tested"
    )
    three = Together((3, 8, 9), scored, "", (0.03, np.nan, 0.1), (5, 6, 7), Close(1, 0, 1.0))
    assert three.parts[1:] == (
        "RPV 0.040 (0.030, – and 0.100)",
        "presence not known",
        "dip: 1.0 expected pairs, too few to say",
        "sizes 5, 6 and 7",
        "1 spike found by two of them",
        "drift and isolation distance not tested",
    )
    assert "found by" not in " ".join(
        Together((3, 8), scored, "", (0.1, 0.1), (5, 6), Close(0, 0, 1.0)).parts
    )
