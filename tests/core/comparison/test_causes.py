"""The 2 × 2 is bombcell's, every change has one cause, and causes follow from the four labels."""

from __future__ import annotations

import numpy as np
import pytest
from comparison.cases import any_pairs, run_of
from dice import examples
from factories import bombcell_labels, make_run
from hypothesis import given, settings

from bcviewer.core.comparison.causes import CAUSE_WORDS, Cause, four_labels, switched_on
from bcviewer.core.comparison.comparison import RunVerdict, compare
from bcviewer.core.comparison.judging import labelled, mixed
from bcviewer.core.comparison.pairing import Pairing, itself
from bcviewer.core.rules.labels import Label, label_names

NAN = float("nan")


def compared(columns, params, other_columns, other_params, **more):
    """Return a comparison of two runs of the same units, row by row."""
    before, after = make_run(columns, params, **more), make_run(other_columns, other_params, **more)
    return compare(RunVerdict.of(before), RunVerdict.of(after), itself(before))


def causes(*given, **more):
    return [CAUSE_WORDS[code] for code in compared(*given, **more).cause]


@settings(max_examples=examples(150))
@given(any_pairs())
def test_the_four_labels_are_four_calls_of_bombcell(drawn):
    old, first, new, second = drawn
    before, after = run_of(old, first), run_of(new, second)
    four = four_labels(before.units, before.criteria, after.units, after.criteria)
    asked = [
        bombcell_labels(columns, saved)
        for columns, saved in ((old, first), (old, second), (new, first), (new, second))
    ]
    ours = (four.before, four.by_thresholds, four.by_measurement, four.after)
    assert [list(label_names(codes)) for codes in ours] == asked
    said = [CAUSE_WORDS[code] for code in four.causes()]
    for cause, was, by_thresholds, by_measurement, now in zip(said, *asked, strict=True):
        expected = {
            (True, True): {"either"},
            (True, False): {"thresholds"},
            (False, True): {"measurement"},
            (False, False): {"together", "gate"},
        }[by_thresholds == now, by_measurement == now]
        assert cause in ({""} if was == now else expected)
    stays = [was == now and not (a == b == was) for was, a, b, now in zip(*asked, strict=True)]
    assert four.would_change().tolist() == stays


@given(any_pairs())
def test_causes_sum_to_the_changed_units(drawn):
    old, first, new, second = drawn
    before, after = run_of(old, first), run_of(new, second)
    n = before.n_units
    shared = np.arange(0, n, 2)
    rows = np.concatenate((np.arange(n), np.full(n - len(shared), -1)))
    others = np.full(n, -1)
    others[shared] = shared
    left = np.setdiff1d(np.arange(n), shared)
    by = np.concatenate((others >= 0, np.zeros(len(left)))).astype(np.int8)
    pairing = Pairing(rows, np.concatenate((others, left)), by, np.full(len(rows), NAN))
    found = compare(RunVerdict.of(before), RunVerdict.of(after), pairing)
    differs = found.label_before != found.label_after
    only = ~pairing.both
    assert (found.changed == (differs | only)).all()
    assert np.bincount(found.cause, minlength=len(Cause))[1:].sum() == found.changed.sum()
    assert np.count_nonzero(found.cause == Cause.ONLY_BEFORE) == n - len(shared)
    assert np.count_nonzero(found.cause == Cause.ONLY_AFTER) == len(left)
    asked = set(np.flatnonzero(found.parameters != "").tolist())
    by_sets = (Cause.THRESHOLDS, Cause.EITHER, Cause.TOGETHER, Cause.GATE)
    assert asked == set(np.flatnonzero(np.isin(found.cause, by_sets)).tolist())
    measured = np.isin(found.cause, [Cause.MEASUREMENT, Cause.EITHER, Cause.TOGETHER, Cause.GATE])
    assert not set(np.flatnonzero(found.metrics != "").tolist()) - set(
        np.flatnonzero(measured).tolist()
    )


def test_each_cause_has_a_known_case():
    presence = {"presenceRatio": [0.65]}
    better = {"presenceRatio": [0.75]}
    lenient = {"minPresenceRatio": 0.6}
    assert causes(presence, {}, presence, lenient) == ["thresholds"]
    assert causes(presence, {}, better, {}) == ["measurement"]
    assert causes(presence, {}, better, lenient) == ["either"]
    both = {"presenceRatio": [0.75], "nSpikes": [250.0]}
    assert causes({**presence, "nSpikes": [250.0]}, {}, both, {"minNumSpikes": 200}) == ["together"]
    assert causes(presence, {}, presence, {}) == [""]


def test_a_gate_without_metrics_before_is_the_gate():
    off, on = {"computeDrift": False}, {"computeDrift": True}
    drifting = {"maxDriftEstimate": [500.0, 5.0]}
    for before in ({"maxDriftEstimate": [NAN, NAN]},):
        found = compared(before, off, drifting, on)
        assert [CAUSE_WORDS[code] for code in found.cause] == ["gate", ""]
        assert found.parameters.tolist() == ["computeDrift", ""]
        assert found.metrics.tolist() == ["maxDriftEstimate – → 500", ""]
    # measured before: then it is a threshold like any other
    assert causes(drifting, off, drifting, on) == ["thresholds", ""]
    # no column at all: nothing is incomplete for it
    before, after = (
        make_run({"nPeaks": [1.0, 1.0]}, off, drop=["maxDriftEstimate"]),
        make_run(drifting, on),
    )
    assert switched_on(before.units, before.criteria, after.criteria) == ("computeDrift",)
    found = compare(RunVerdict.of(before), RunVerdict.of(after), itself(before))
    assert [CAUSE_WORDS[code] for code in found.cause] == ["gate", ""]


def test_what_is_incomplete_cannot_be_said():
    before = make_run({"nPeaks": [1.0, 9.0]}, drop=["presenceRatio"])
    after = make_run({"nPeaks": [1.0, 1.0]})
    found = compare(RunVerdict.of(before), RunVerdict.of(after), itself(before))
    assert [CAUSE_WORDS[code] for code in found.cause] == ["unknown", "measurement"]
    assert found.label_before.tolist() == [Label.INCOMPLETE, Label.NOISE]


def test_the_metrics_behind_a_change_are_those_whose_rule_changed():
    old = {"presenceRatio": [0.61], "nSpikes": [299.0], "maxDriftEstimate": [4.0]}
    new = {"presenceRatio": [0.75], "nSpikes": [299.0], "maxDriftEstimate": [5.0]}
    found = compared(old, {}, new, {"minNumSpikes": 299})
    assert found.cause.tolist() == [Cause.TOGETHER]
    assert found.parameters.tolist() == ["minNumSpikes"]
    assert found.metrics.tolist() == ["presenceRatio 0.61 → 0.75"]


def test_a_verdict_that_exempts_is_a_metric_too():
    keep = {"keepUncertainRPVUnits": True}
    old = {"fractionRPVs_estimatedTauR": [0.5], "RPV_status": [0.0]}
    found = compared(old, keep, {**old, "RPV_status": [-1.0]}, keep)
    assert found.metrics.tolist() == ["RPV_status 0 → -1"]
    assert found.cause.tolist() == [Cause.MEASUREMENT]


def test_values_are_told_apart():
    old, new = {"presenceRatio": [0.69999999]}, {"presenceRatio": [0.70000001]}
    assert compared(old, {}, new, {}).metrics.tolist() == ["presenceRatio 0.69999999 → 0.70000001"]


def test_parameters_that_differ_are_listed_by_what_they_do():
    before = make_run({}, {"tauC": 0.1, "raw_data_file": "a", "ss_min": None, "minSNR": 5})
    after = make_run({}, {"tauC": 0.2, "raw_data_file": "b", "ss_min": NAN, "minSNR": 6})
    found = compare(RunVerdict.of(before), RunVerdict.of(after), itself(before))
    assert [change.name for change in found.thresholds] == ["minSNR"]
    assert [(c.name, c.before, c.after) for c in found.measured] == [("tauC", 0.1, 0.2)]


@given(any_pairs())
def test_criteria_can_be_mixed(drawn):
    old, first, _, second = drawn
    before, after = run_of(old, first), run_of(old, second)
    names = [change.name for change in before.criteria.diff(after.criteria)]
    none = mixed(before.criteria, after.criteria, [])
    assert not none.diff(before.criteria)
    assert not mixed(before.criteria, after.criteria, names).diff(after.criteria)
    assert (labelled(before.units, none)[0] == labelled(before.units, before.criteria)[0]).all()
    for name in names:
        one = mixed(before.criteria, after.criteria, [name])
        assert [change.name for change in before.criteria.diff(one)] == [name]


def test_an_unreadable_threshold_stays_unreadable():
    before = make_run({}, {"minSNR": "soon"}).criteria
    assert mixed(before, make_run().criteria, []).unreadable == ("minSNR",)
    assert mixed(before, make_run().criteria, ["minSNR"]).thresholds["minSNR"] == 5.0
    absent = make_run(absent=["minSNR"]).criteria
    assert mixed(make_run().criteria, absent, ["minSNR"]).absent == ("minSNR",)


@pytest.mark.parametrize("word", CAUSE_WORDS)
def test_the_words_are_those_of_the_table(word):
    assert word == word.lower()
    assert CAUSE_WORDS.index(word) in [int(cause) for cause in Cause]
