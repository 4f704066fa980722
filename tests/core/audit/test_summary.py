"""Counts of classes, reasons, families and blockers, and why there is no GOOD unit."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from factories import make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.audit.audit import audit
from bcviewer.core.audit.states import State
from bcviewer.core.audit.summary import (
    agreement,
    block_profile,
    blocker_counts,
    class_counts,
    family_counts,
    reason_counts,
    top,
    why_no_good,
)
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.rules import BLOCK_NAMES, RULE_INDEX, RULES
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs

NAN = float("nan")
RPV = "fractionRPVs_estimatedTauR>maxRPVviolations"
FIRED = {
    "troughToPeak2Ratio": 4.0,
    "mainPeak_before_width": 3.0,
    "mainTrough_width": 4.0,
    "peak1ToPeak2Ratio": 4.0,
}

UNIT = st.fixed_dictionaries(
    {
        "nSpikes": st.sampled_from([0.0, 20.0, 2400.0]),
        "nPeaks": st.sampled_from([1.0, 9.0, NAN]),
        "nTroughs": st.sampled_from([1.0, 1.0, 9.0]),
        "presenceRatio": st.sampled_from([1.0, 1.0, 0.1, NAN]),
        "fractionRPVs_estimatedTauR": st.sampled_from([0.01, 1.0]),
        "RPV_status": st.sampled_from([-1.0, 0.0, 1.0]),
        "rawAmplitude": st.sampled_from([200.0, 1.0, NAN]),
        "mainPeakToTroughRatio": st.sampled_from([0.1, 0.1, 2.0]),
        "troughToPeak2Ratio": st.sampled_from([10.0, 1.0]),
        "mainPeak_before_width": st.sampled_from([9.0, 1.0]),
        "mainTrough_width": st.sampled_from([9.0, 1.0]),
        "peak1ToPeak2Ratio": st.sampled_from([0.1, 9.0]),
    }
)


def run_of(units: list[dict[str, float]], params=None):
    names = list(units[0]) if units else ["nPeaks"]
    return make_run({name: [unit[name] for unit in units] for name in names}, params)


def audited(columns=None, params=None, **more):
    run = make_run(columns, params, **more)
    return run, audit(run)


@given(units=st.lists(UNIT, max_size=15), split=st.booleans(), data=st.data())
def test_counts_are_those_of_a_slow_count(units, split, data):
    run = run_of(units, {"splitGoodAndMua_NonSomatic": split})
    result = audit(run)
    table = sheet_of(run)
    labels = Counter(table.values("label").tolist())
    counted = class_counts(result.label)
    assert {LABEL_NAMES[label]: n for label, n in counted.items() if n} == dict(labels)

    rows = data.draw(st.lists(st.integers(0, len(units) - 1), unique=True)) if units else []
    for chosen in (None, np.array(rows, np.int64)):
        texts = table.values("classification_reason")
        hidden = table.values("masked_reasons")
        if chosen is not None:
            texts, hidden = texts[chosen], hidden[chosen]
        decided = Counter(token for text in texts for token in text.split(" | "))
        masked = Counter(token for text in hidden for token in text.split(" | "))
        for i, rule in enumerate(RULES):
            assert reason_counts(result, chosen)[i] == decided[rule.token]
            both = decided[rule.token] + masked[rule.token]
            assert reason_counts(result, chosen, masked=True)[i] == both

    families = Counter(text for text in table.values("family").tolist() if text)
    assert family_counts(result) == dict(families)
    blockers = Counter(text for text in table.values("sole_blocker").tolist() if text)
    assert blocker_counts(result) == dict(blockers)
    numbers = list(blocker_counts(result).values())
    assert numbers == sorted(numbers, reverse=True)


@given(units=st.lists(UNIT, max_size=15))
def test_beyond_never_counts(units):
    result = audit(run_of(units))
    beyond = (result.states == State.BEYOND).sum(axis=1)
    failed = (result.states == State.FAIL).sum(axis=1)
    np.testing.assert_array_equal(reason_counts(result, masked=True), failed)
    four = [i for i, rule in enumerate(RULES) if rule.four_way]
    assert all(beyond[i] == 0 for i in range(len(RULES)) if i not in four)


def test_three_of_the_four_count_nothing():
    _, result = audited({**FIRED, "mainTrough_width": 9.0})
    assert reason_counts(result, masked=True).sum() == 0


def test_masked_failures_count_only_where_asked():
    _, result = audited({"nPeaks": 9.0, "presenceRatio": 0.1})
    presence = RULE_INDEX["presenceRatio<minPresenceRatio"]
    assert reason_counts(result)[presence] == 0
    assert reason_counts(result, masked=True)[presence] == 1


def test_all_classes_are_counted_first_and_others_where_there_are_any():
    assert class_counts(np.array([], np.int8)) == dict.fromkeys(
        [
            Label.GOOD,
            Label.MUA,
            Label.NOISE,
            Label.NON_SOMA,
            Label.NON_SOMA_GOOD,
            Label.NON_SOMA_MUA,
        ],
        0,
    )
    codes = np.array([Label.UNKNOWN, Label.GOOD, Label.EMPTY, Label.GOOD], np.int8)
    found = class_counts(codes)
    assert list(found)[:2] == [Label.GOOD, Label.MUA]
    assert list(found)[-2:] == [Label.EMPTY, Label.UNKNOWN]
    assert found[Label.GOOD] == 2


def test_ties_keep_the_rules_order():
    counts = np.zeros(len(RULES), np.int64)
    counts[[3, 5, 7, 9]] = [2, 8, 2, 8]
    assert top(counts, 10) == [5, 9, 3, 7]
    assert top(counts, 3) == [5, 9, 3]
    assert top(np.zeros(len(RULES), np.int64), 3) == []


def test_blockers_tie_in_the_rules_order():
    columns = {"presenceRatio": [0.1, 1.0, 1.0], "nTroughs": [1.0, 9.0, 1.0]}
    _, result = audited(columns)
    assert list(blocker_counts(result)) == [
        "nTroughs>maxNTroughs",
        "presenceRatio<minPresenceRatio",
    ]


def test_agreement_is_of_units_where_both_say_something():
    mine = np.array([Label.GOOD, Label.MUA, Label.EMPTY, Label.INCOMPLETE, Label.NOISE], np.int8)
    other = np.array([Label.GOOD, Label.GOOD, Label.EMPTY, Label.GOOD, Label.UNKNOWN], np.int8)
    found = agreement(mine, other)
    assert (found.agree, found.compared) == (2, 3)
    nothing = agreement(mine[:0], other[:0])
    assert (nothing.agree, nothing.compared) == (0, 0)


def test_the_profile_of_a_unit():
    _, result = audited({**FIRED, "nPeaks": 9.0, "presenceRatio": 0.1}, {"computeDrift": False})
    profile = {BLOCK_NAMES[block]: rest for block, *rest in block_profile(result, 0)}
    assert profile == {"NOISE": [1, 9, 10], "MUA": [1, 8, 9], "NON-SOMA": [4, 5, 5]}


# Why there is no GOOD unit


def test_nothing_to_say_where_there_is_a_good_unit():
    assert why_no_good(audited()[1]) == ""


def test_no_units():
    assert why_no_good(audited({"nPeaks": []})[1]) == "There is no unit in these results."


def test_all_units_empty():
    assert why_no_good(audited({"nSpikes": [0.0, 0.0]})[1]) == "No GOOD unit: no unit has a spike."


def test_no_unit_can_be_decided():
    columns = {"nSpikes": [500.0, 0.0]}
    wanted = "No unit can be decided: no column nPeaks in these results."
    assert why_no_good(audited(columns, drop=["nPeaks"])[1]) == wanted
    wanted = "No unit can be decided: threshold minNumSpikes is not in the parameters."
    assert why_no_good(audited(absent=["minNumSpikes"])[1]) == wanted


def test_one_reason_for_all():
    sentence = why_no_good(audited({"presenceRatio": [0.1, 0.2]})[1])
    assert sentence == "No GOOD unit: 2 of 2 units fail presenceRatio<minPresenceRatio."


def test_too_few_spikes_to_say_and_what_the_others_fail():
    columns = {
        "fractionRPVs_estimatedTauR": [1.0, 1.0, 1.0, 0.01, 0.01],
        "RPV_status": [0.0, 0.0, -1.0, 1.0, 1.0],
        "presenceRatio": [1.0, 0.1, 1.0, 0.1, 1.0],
        "nTroughs": [1.0, 1.0, 1.0, 1.0, 9.0],
        "nSpikes": [2400.0] * 5,
    }
    # a tie among the others: the first in the rules' order is named
    assert why_no_good(audited(columns)[1]) == (
        f"No GOOD unit: 3 of 5 units fail {RPV}; 2 of them because there are too few spikes to"
        " say; 1 of the other 2 fail nTroughs>maxNTroughs."
    )


def test_a_non_soma_good_unit_is_no_good_unit():
    split = {"splitGoodAndMua_NonSomatic": True}
    assert why_no_good(audited({"mainPeakToTroughRatio": 2.0}, split)[1]).startswith("No GOOD unit")


@pytest.fixture
def probe_c(shared):
    (place,) = find_runs(shared / "sim_3probes", probe="C")
    run = read_run(place)
    return run, audit(run)


def test_a_probe_without_any_good_unit_says_why(probe_c):
    run, result = probe_c
    sentence = why_no_good(result)
    assert sentence == (
        f"No GOOD unit: 95 of 98 units fail {RPV};"
        " 78 of them because there are too few spikes to say; 3 of the other 3 have no nPeaks."
    )
    rpv = run.units.floats("fractionRPVs_estimatedTauR")
    status = run.units.floats("RPV_status")
    fails = rpv > run.criteria.thresholds["maxRPVviolations"]
    assert (int(fails.sum()), int((fails & (status == 0)).sum())) == (95, 78)
    assert class_counts(result.label)[Label.MUA] == 77
    assert family_counts(result) == {"not shown clean": 16, "undecidable": 61}
    assert blocker_counts(result) == {RPV: 5}
    assert agreement(result.label, run.saved_codes).agree == 98


def test_a_worst_reason_that_is_rpv_without_a_word_on_spikes():
    columns = {"fractionRPVs_estimatedTauR": [1.0, 1.0], "RPV_status": [-1.0, -1.0]}
    assert why_no_good(audited(columns)[1]) == f"No GOOD unit: 2 of 2 units fail {RPV}."


def test_others_that_fail_nothing_are_not_said_to_fail():
    columns = {"nTroughs": [9.0, 1.0], "nSpikes": [2400.0, 2400.0]}
    _, result = audited(columns, drop=["nPeaks"])  # the second cannot be decided
    sentence = "No GOOD unit: 1 of 2 units fail nTroughs>maxNTroughs."
    assert why_no_good(result) == sentence
