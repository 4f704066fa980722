"""The attention order."""

from __future__ import annotations

import numpy as np
import pytest
from factories import audit_of, make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bcviewer.core.audit.audit import audit
from bcviewer.core.audit.margins import room, shortfall
from bcviewer.core.audit.order import ATTENTION_NAMES, attention_groups, attention_order
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import FEW_SPIKES_RULE, RPV_RULE, RULE_INDEX

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
    assert group(Label.GOOD) == "other"


def test_good_units_of_unknown_rpv_are_good():
    assert group(Label.GOOD, undecidable=True) == "other"


def test_sole_blockers_come_whatever_the_class():
    for label in (Label.MUA, Label.NOISE, Label.NON_SOMA, Label.NON_SOMA_GOOD):
        assert group(label, 2, 2) == "sole blocker"
        assert group(label, 3) == ("NOISE" if label == Label.NOISE else "other")


def test_undecidable_only_is_no_sole_blocker():
    for label in (Label.MUA, Label.NON_SOMA_MUA):
        assert group(label, RPV_BIT, RPV_BIT, undecidable=True) == "undecidable only"
        assert group(label, RPV_BIT | FEW_BIT, 0, undecidable=True) == "undecidable only"
        assert group(label, RPV_BIT, RPV_BIT) == "sole blocker"
        assert group(label, RPV_BIT | 1 << 5, undecidable=True) == "other"
        assert group(label, FEW_BIT, FEW_BIT, undecidable=True) == "sole blocker"


def test_noise_is_never_undecidable_only():
    assert group(Label.NOISE, RPV_BIT, undecidable=True) == "NOISE"


def test_empty_and_undecided_units():
    assert group(Label.EMPTY) == "no spikes"
    assert group(Label.INCOMPLETE) == "other"


def test_nothing_could_be_said_comes_before_the_sole_blockers():
    names = list(ATTENTION_NAMES)
    assert names.index("GOOD at risk") < names.index("undecidable only")
    assert names.index("undecidable only") < names.index("sole blocker") < names.index("other")
    assert names[-3:] == ["NOISE", "no spikes", "not scored"]


def order_of(groups, conditions=0, distance=0.0, passed=0.0, inside=None) -> list[int]:
    n = len(groups)
    full = [np.broadcast_to(np.asarray(a), n) for a in (conditions, distance, passed)]
    found = attention_order(
        np.array(groups, np.int8),
        full[0].astype(np.int64),
        full[1].astype(float),
        full[2].astype(float),
        None if inside is None else np.array(inside),
    )
    return found.tolist()


def test_the_groups_come_in_turn_and_the_nearest_first():
    distance = [2.0, 0.9, 4.0, 0.5, 0.1, 3.0, NAN, NAN]
    assert order_of([3, 0, 1, 1, 0, 4, 1, 5], 0, distance) == [4, 1, 3, 2, 6, 0, 5, 7]


def test_fewer_conditions_come_before_a_smaller_shortfall():
    assert order_of([3, 3, 3, 3], [2, 1, 0, 1], [1.0, 30.0, 9.0, 25.0]) == [2, 3, 1, 0]


def test_where_all_else_is_equal_the_most_room_comes_first():
    assert order_of([1, 1, 1], 1, 20.0, [0.5, NAN, 3.0]) == [2, 0, 1]


def test_the_region_of_interest_comes_first():
    inside = [False, True, False, True]
    assert order_of([0, 3, 0, 5], 3, NAN, NAN, inside) == [1, 3, 0, 2]


@given(hnp.arrays(np.int8, st.integers(0, 30), elements=st.integers(0, 6)), st.data())
def test_every_row_comes_once_and_ties_keep_their_order(groups, data):
    # 1e-9 apart: further than float64's resolution, nearer than float32's
    few = st.tuples(st.integers(0, 2), st.integers(0, 1)).map(lambda two: two[0] + 1e-9 * two[1])
    value = st.one_of(st.just(NAN), st.just(0.0), few)
    some = hnp.arrays(float, len(groups), elements=value)
    distance, passed = data.draw(some), data.draw(some)
    counts = data.draw(hnp.arrays(np.int64, len(groups), elements=st.integers(0, 24)))
    order = order_of(groups, counts, distance, passed)
    assert sorted(order) == list(range(len(groups)))
    far = np.where(np.isnan(distance), np.inf, distance)
    less = np.where(np.isnan(passed), np.inf, -passed)
    keys = zip(groups.tolist(), counts.tolist(), far.tolist(), less.tolist(), strict=True)
    wanted = [row for row, _ in sorted(enumerate(keys), key=lambda pair: (pair[1], pair[0]))]
    assert order == wanted


def test_many_rows_are_ordered_as_by_three_keys():
    random = np.random.default_rng(3)
    n = 200_000
    group, counts = random.integers(0, 7, n).astype(np.int8), random.integers(0, 6, n)
    distance = np.minimum(random.exponential(9.0, n), 20.0)
    distance[::9] = NAN
    passed = random.integers(0, 90, n).astype(float)
    inside = random.random(n) < 0.5
    wanted = np.lexsort((-passed, distance, counts, group, ~inside))
    assert np.array_equal(attention_order(group, counts, distance, passed, inside), wanted)


def shortfalls(columns, params=None) -> list[float]:
    result = audit_of(columns, params)
    return shortfall(result.failed, result.margins).tolist()


def test_the_shortfall_is_the_sum_of_all_failures():
    columns = {"maxDriftEstimate": [130.0, 130.0, 5.0], "rawAmplitude": [80.0, 32.0, 80.0]}
    assert shortfalls(columns) == pytest.approx([3.0, 4.0, 0.0])


def test_a_failure_without_a_margin_is_the_farthest_and_a_count_is_beyond_it():
    columns = {
        "fractionRPVs_estimatedTauR": [1.0, 0.15, 0.02, 0.02],
        "nTroughs": [1.0, 1.0, 2.0, 3.0],
    }
    assert shortfalls(columns) == pytest.approx([20.0, 1.0, 20.5, 21.5])


def test_the_four_way_branch_falls_short_by_its_cheapest():
    four = {
        "troughToPeak2Ratio": 4.0,
        "mainPeak_before_width": 1.0,
        "mainTrough_width": 3.0,
        "peak1ToPeak2Ratio": 30.0,
    }
    assert shortfalls(four) == pytest.approx([1.0])


def test_the_room_leaves_counts_and_failures_out():
    columns = {"nTroughs": [1.0, 1.0], "maxDriftEstimate": [85.0, 130.0], "nPeaks": 0.0}
    result = audit_of(columns, {"maxDrift": 100})
    first, second = room(result.margins)
    assert first - second == pytest.approx(1.5)
    kept = result.margins.copy()
    kept[[RULE_INDEX["nPeaks>maxNPeaks"], RULE_INDEX["nTroughs>maxNTroughs"]]] = NAN
    assert room(kept).tolist() == [first, second]
    assert room(np.full_like(result.margins, NAN)).tolist() == [0.0, 0.0]


def test_the_audit_gives_the_order_its_numbers():
    columns = {
        "nTroughs": [1, 3, 1, 2, 1, 1, 1],
        "nSpikes": [2400, 2400, 0, 2400, 2400, 2400, 2400],
        "maxDriftEstimate": [95.0, 5, 5, 5, 130.0, 150.0, 5.0],
        "rawAmplitude": [80, 80, 80, 80, 80, 30.0, 80],
        "fractionRPVs_estimatedTauR": [0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 1.0],
        "RPV_status": [1, 1, 1, 1, 1, 1, 0.0],
    }
    run = make_run(columns)
    table = sheet_of(run)
    # at risk; undecidable; drift alone; two troughs, then three; two failures; no spikes
    assert table.attention_rows().tolist() == [0, 6, 4, 3, 1, 5, 2]


def test_nothing_is_ordered_by_its_id_while_there_is_a_margin(shared):
    from bcviewer.io.results.bombcell import read_run
    from bcviewer.io.results.find import find_runs

    for probe in ("A", "B", "C"):
        run = read_run(find_runs(str(shared / "sim_3probes" / f"kilosort4_{probe}"))[0])
        result = audit(run)
        rows = sheet_of(run).attention_rows()
        failing = rows[(result.n_failed[rows] > 0)]
        keys = [
            (
                int(result.attention[row]),
                round(float(shortfall(result.failed, result.margins)[row]), 9),
                float(room(result.margins)[row]),
            )
            for row in failing.tolist()
            if not result.failed[row] & 1  # without peaks nothing is measured
        ]
        assert len(set(keys)) == len(keys)
