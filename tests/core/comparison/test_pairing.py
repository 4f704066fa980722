"""Which units are the same: by id, by spikes against brute force, one to one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from factories import make_run
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.comparison import pairing as pairing_module
from bcviewer.core.comparison.pairing import (
    MATCHED_BY,
    Trains,
    agreements,
    assigned,
    by_id,
    coincidences,
    itself,
    nothing_matched,
    with_spikes,
)


def runs(first, second):
    return tuple(
        make_run({"nPeaks": np.ones(len(ids))}, cluster_id=np.array(ids, np.int64))
        for ids in (first, second)
    )


def shown(found):
    by = [MATCHED_BY[code] for code in found.by]
    return list(zip(found.before.tolist(), found.after.tolist(), by, strict=True))


def trains(*units, rows=None) -> Trains:
    """Return the spikes of some units, given one list of samples each."""
    samples = np.concatenate([np.array(unit, np.int64) for unit in units])
    whose = np.repeat(np.arange(len(units)), [len(unit) for unit in units])
    order = np.argsort(samples, kind="stable")
    own = np.arange(len(units)) if rows is None else np.array(rows)
    return Trains(samples[order], whose[order], own)


def test_by_id_each_unit_is_there_once():
    found = by_id(*runs([3, 1, 7], [7, 9, 3]), "said")
    assert shown(found) == [(0, 2, "id"), (1, -1, ""), (2, 0, "id"), (-1, 1, "")]
    assert found.words == "said"
    assert found.both.tolist() == [True, False, True, False]
    assert np.isnan(found.agreement).all()


def test_an_id_that_means_other_spikes_is_not_matched():
    found = by_id(*runs([3, 1], [3, 1]), "", unlike={3})
    assert shown(found) == [(0, -1, ""), (1, 1, "id"), (-1, 0, "")]


def test_a_double_or_lost_id_is_matched_to_nothing():
    found = by_id(*runs([3, 3, -1, 5], [3, -1, 5]), "")
    assert shown(found) == [
        (0, -1, ""),
        (1, -1, ""),
        (2, -1, ""),
        (3, 2, "id"),
        (-1, 0, ""),
        (-1, 1, ""),
    ]


def test_a_run_is_itself():
    run, _ = runs([3, 3, -1], [])
    assert shown(itself(run)) == [(0, 0, "id"), (1, 1, "id"), (2, 2, "id")]
    assert shown(nothing_matched(run, run, "")) == [(i, -1, "") for i in range(3)] + [
        (-1, i, "") for i in range(3)
    ]


@st.composite
def two_sorts(draw):
    spikes = st.lists(st.integers(0, 60), max_size=12)
    sorts = [draw(st.lists(spikes, min_size=1, max_size=4)) for _ in range(2)]
    return trains(*sorts[0]), trains(*sorts[1])


@given(two_sorts(), st.integers(0, 5), st.integers(1, 6))
def test_coincidences_are_those_of_brute_force(sorts, window, block):
    before, after = sorts
    expected = np.zeros((len(before.rows), len(after.rows)), np.int64)
    pairs = itertools.product(
        zip(before.samples, before.unit, strict=True), zip(after.samples, after.unit, strict=True)
    )
    for (s, i), (t, j) in pairs:
        expected[i, j] += abs(int(s) - int(t)) <= window
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairing_module, "_BLOCK", block)
        assert coincidences(before, after, window).tolist() == expected.tolist()
    assert coincidences(before, after, window).tolist() == expected.tolist()


def test_agreement_counts_no_spike_twice():
    before, after = trains([10, 11, 12, 13]), trains([11])
    assert coincidences(before, after, 5).tolist() == [[4]]
    assert agreements(before, after, 5).tolist() == [[1 / 4]]
    same = trains([10, 500, 900])
    assert agreements(same, same, 12).tolist() == [[1.0]]
    assert agreements(trains([]), trains([]), 12).tolist() == [[0.0]]


def test_units_are_assigned_one_to_one_and_only_where_they_agree():
    agreement = np.array([[0.9, 0.8], [0.85, 0.1], [0.49, 0.49]])
    first, second = assigned(agreement)
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == [(0, 1), (1, 0)]
    first, second = assigned(np.array([[0.5], [0.4999]]))
    assert (first.tolist(), second.tolist()) == ([0], [0])
    assert [len(own) for own in assigned(np.zeros((0, 3)))] == [0, 0]


def test_what_ids_leave_is_matched_by_spikes():
    before, after = runs([1, 2, 3], [1, 8, 9])
    found = by_id(before, after, "w")
    old = trains([100, 200, 300], [1000, 2000, 3000, 4000], rows=[1, 2])
    new = trains([5, 6, 7], [1003, 2003, 2997, 4700], rows=[1, 2])
    both = with_spikes(found, old, new, 5)
    assert shown(both) == [(0, 0, "id"), (1, -1, ""), (2, 2, "spikes"), (-1, 1, "")]
    assert both.agreement[2] == 3 / 5
    assert both.words == "w"
