"""Counts of classes, reasons, families and blockers."""

from __future__ import annotations

from collections import Counter

import numpy as np
from factories import make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.audit.audit import audit
from bcviewer.core.audit.states import State
from bcviewer.core.audit.summary import (
    Agreement,
    agreement,
    block_profile,
    blocker_counts,
    class_counts,
    family_counts,
    reason_counts,
    top,
)
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.rules import BLOCK_NAMES, RULE_INDEX, RULES

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


def test_how_many_labels_agree_in_words() -> None:
    words = [Agreement(agree, 18).words for agree in (1, 2)]
    assert words == ["1 of 18 labels agrees", "2 of 18 labels agree"]
