"""The smallest sets of parameters against brute force over all subsets."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from comparison.cases import any_pairs, close_pairs, pairs, run_of
from dice import examples
from factories import make_run
from hypothesis import event, given, settings

from bcviewer.core.comparison import smallest
from bcviewer.core.comparison.judging import READ, labelled, mixed
from bcviewer.core.comparison.smallest import concerning, smallest_sets


def brute(run, after, target, names):
    """Return the smallest sets of each unit by trying every subset of all changed parameters."""
    sets = [[] for _ in range(run.n_units)]
    for size in range(1, len(names) + 1):
        found = [[] for _ in range(run.n_units)]
        for chosen in combinations(names, size):
            label, _ = labelled(run.units, mixed(run.criteria, after, chosen))
            for row in np.flatnonzero(label == target):
                found[row].append("+".join(chosen))
        for row, own in enumerate(found):
            sets[row] = sets[row] or own
    return [" | ".join(own) for own in sets]


def are_those_of_brute_force(drawn):
    old, first, _, second = drawn
    run, after = run_of(old, first), run_of(old, second).criteria
    names = [change.name for change in run.criteria.diff(after)]
    before, _ = labelled(run.units, run.criteria)
    target, _ = labelled(run.units, after)
    rows = np.flatnonzero(before != target)
    assert len(names) <= smallest.MOST_SEARCHED
    found = smallest_sets(run.units.picked(rows, READ), run.criteria, after, target[rows])
    expected = brute(run, after, target, names)
    assert found.tolist() == [expected[row] for row in rows]
    return found


@settings(max_examples=examples(60))
@given(pairs(most=20))
def test_they_are_those_of_brute_force(drawn):
    are_those_of_brute_force(drawn)


@settings(max_examples=examples(60))
@given(close_pairs(most=20))
def test_so_are_they_where_several_parameters_have_a_part(drawn):
    for text in are_those_of_brute_force(drawn):
        event(f"{text.split(' | ')[0].count('+') + 1} together")


@given(any_pairs(most=20))
def test_no_label_follows_from_what_does_not_concern_a_unit(drawn):
    old, first, _, second = drawn
    run, after = run_of(old, first), run_of(old, second).criteria
    names = [change.name for change in run.criteria.diff(after)]
    concerns = concerning(run.units, run.criteria, after, names)
    target, _ = labelled(run.units, after)
    for row in range(run.n_units):
        own = [name for i, name in enumerate(names) if concerns[row] >> i & 1]
        label, _ = labelled(run.units, mixed(run.criteria, after, own))
        assert label[row] == target[row]


def test_several_sets_of_one_size_are_one_line():
    run = make_run({"presenceRatio": [0.5], "nSpikes": [250.0], "nPeaks": [1.0]})
    after = run.criteria.replace(minPresenceRatio=0.4, minNumSpikes=200.0)
    good, _ = labelled(run.units, after)
    assert smallest_sets(run.units, run.criteria, after, good).tolist() == [
        "minNumSpikes+minPresenceRatio"
    ]
    back, _ = labelled(run.units, run.criteria)
    assert smallest_sets(run.units, after, run.criteria, back).tolist() == [
        "minNumSpikes | minPresenceRatio"
    ]


def test_beyond_some_parameters_it_says_at_least(monkeypatch):
    monkeypatch.setattr(smallest, "MOST_SEARCHED", 2)
    low = {"presenceRatio": [0.5], "nSpikes": [250.0], "signalToNoiseRatio": [1.0]}
    run = make_run(low)
    after = run.criteria.replace(minPresenceRatio=0.4, minNumSpikes=200.0, minSNR=0.5)
    good, _ = labelled(run.units, after)
    assert smallest_sets(run.units, run.criteria, after, good).tolist() == [
        "at least minNumSpikes+minPresenceRatio+minSNR"
    ]
    back, _ = labelled(run.units, run.criteria)
    one = smallest_sets(run.units, after, run.criteria, back)
    assert one.tolist() == ["minNumSpikes | minPresenceRatio | minSNR"]


def test_where_no_parameter_is_needed_their_number_is_said(monkeypatch):
    monkeypatch.setattr(smallest, "MOST_SEARCHED", 2)
    monkeypatch.setattr(smallest, "_sets", lambda concerns, size: [])
    run = make_run({"presenceRatio": [0.5], "nSpikes": [250.0], "signalToNoiseRatio": [1.0]})
    lenient = run.criteria.replace(minPresenceRatio=0.4, minNumSpikes=200.0, minSNR=0.5)
    mua, _ = labelled(run.units, run.criteria)
    found = smallest_sets(run.units, lenient, run.criteria, mua)
    assert found.tolist() == ["at least 3 parameters"]


@pytest.mark.parametrize("limit", [100.0, float("inf")])
def test_a_rule_that_cannot_be_tested_concerns_every_unit(limit):
    run = make_run({"nPeaks": [1.0, 9.0]}, drop=["maxDriftEstimate"])
    after = run.criteria.replace(maxDrift=limit, minSNR=4.0)
    names = [change.name for change in run.criteria.diff(after)]
    concerns = concerning(run.units, run.criteria, after, names)
    absent = 1 << names.index("maxDrift") if "maxDrift" in names else 0
    assert concerns.tolist() == [absent, absent]
