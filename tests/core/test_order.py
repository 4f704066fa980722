"""The attention order."""

from __future__ import annotations

import numpy as np
from factories import audit_of
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bcviewer.core.labels import Label
from bcviewer.core.order import ATTENTION_NAMES, attention_groups, attention_order
from bcviewer.core.rules import FEW_SPIKES_RULE, RPV_RULE

NAN = float("nan")
RPV_BIT, FEW_BIT = 1 << RPV_RULE, 1 << FEW_SPIKES_RULE


def group(label, failed=0, sole=0, borderline=False, undecidable=False) -> str:
    codes = attention_groups(
        np.array([label], np.int8),
        np.array([failed], np.uint32),
        np.array([sole], np.uint32),
        np.array([borderline]),
        np.array([undecidable]),
    )
    return ATTENTION_NAMES[codes[0]]


def test_good_units_are_at_risk_within_one_step():
    assert group(Label.GOOD, borderline=True) == "GOOD at risk"
    assert group(Label.GOOD) == "safely GOOD"


def test_good_units_of_unknown_rpv_are_good():
    assert group(Label.GOOD, undecidable=True) == "safely GOOD"


def test_sole_blockers_come_whatever_the_class():
    for label in (Label.MUA, Label.NOISE, Label.NON_SOMA, Label.NON_SOMA_GOOD):
        assert group(label, 2, 2) == "sole blocker"
        assert group(label, 3) == "other"


def test_undecidable_only_is_no_sole_blocker():
    for label in (Label.MUA, Label.NON_SOMA_MUA):
        assert group(label, RPV_BIT, RPV_BIT, undecidable=True) == "undecidable only"
        assert group(label, RPV_BIT | FEW_BIT, 0, undecidable=True) == "undecidable only"
        assert group(label, RPV_BIT, RPV_BIT) == "sole blocker"
        assert group(label, RPV_BIT | 1 << 5, undecidable=True) == "other"
        assert group(label, FEW_BIT, FEW_BIT, undecidable=True) == "sole blocker"


def test_noise_is_never_undecidable_only():
    assert group(Label.NOISE, RPV_BIT, undecidable=True) == "other"


def test_empty_and_undecided_units():
    assert group(Label.EMPTY) == "no spikes"
    assert group(Label.INCOMPLETE) == "other"


def test_the_groups_come_in_turn_and_the_nearest_first():
    groups = np.array([3, 0, 1, 1, 0, 4, 1, 5], np.int8)
    safety = np.array([2.0, 0.9, NAN, NAN, 0.1, NAN, NAN, NAN])
    steps = np.array([NAN, NAN, 4.0, 0.5, NAN, 3.0, NAN, NAN])
    assert attention_order(groups, safety, steps).tolist() == [4, 1, 3, 2, 6, 0, 5, 7]


def test_the_region_of_interest_comes_first():
    groups = np.array([0, 3, 0, 5], np.int8)
    nothing = np.full(4, NAN)
    inside = np.array([False, True, False, True])
    assert attention_order(groups, nothing, nothing, inside).tolist() == [1, 3, 0, 2]


@given(hnp.arrays(np.int8, st.integers(0, 30), elements=st.integers(0, 5)), st.data())
def test_every_row_comes_once_and_ties_keep_their_order(groups, data):
    value = st.one_of(st.just(NAN), st.integers(0, 2).map(float))
    safety = data.draw(hnp.arrays(float, len(groups), elements=value))
    order = attention_order(groups, safety, np.full(len(groups), NAN))
    assert sorted(order.tolist()) == list(range(len(groups)))
    finite = np.where(np.isnan(safety), np.inf, safety)
    wanted = sorted(range(len(groups)), key=lambda row: (groups[row], finite[row], row))
    assert order.tolist() == wanted


def test_the_audit_gives_the_order_its_numbers():
    result = audit_of({"nTroughs": [1, 3, 1, 2], "nSpikes": [2400, 2400, 0, 2400]})
    order = attention_order(result.attention, result.safety_of_good, result.steps_to_good)
    assert order.tolist() == [0, 3, 1, 2]
