"""Named cases: where the notebook's audit was wrong, sentinels, and what cannot be decided."""

from __future__ import annotations

import numpy as np
import pytest
from factories import audit_of, bombcell_labels, default_params, keys, make_columns, make_run, mask

from bcviewer.core.audit.audit import audit
from bcviewer.core.audit.order import ATTENTION_NAMES
from bcviewer.core.audit.rpv import Rpv
from bcviewer.core.audit.states import State
from bcviewer.core.rules.labels import LABEL_NAMES, Label, label_names, parse_label, parse_labels
from bcviewer.core.rules.rules import FOUR_WAY, FOUR_WAY_MASK, RULE_INDEX, RULES, Family

NAN, INF = float("nan"), float("inf")
SPLIT = {"splitGoodAndMua_NonSomatic": True}
ROOMY = {"maxNPeaks": 9, "maxNTroughs": 9}
RPV = "fractionRPVs_estimatedTauR>maxRPVviolations"
MISSING = "percentageSpikesMissing_gaussian>maxPercSpikesMissing"
SNR = "signalToNoiseRatio<minSNR"
AMPLITUDE = "rawAmplitude<minAmplitude"
RATIO = "mainPeakToTroughRatio>maxMainPeakToTroughRatio_nonSomatic"
FIRED = {
    "troughToPeak2Ratio": 4.0,
    "mainPeak_before_width": 3.0,
    "mainTrough_width": 4.0,
    "peak1ToPeak2Ratio": 4.0,
}


def label(result) -> str:
    return LABEL_NAMES[result.label[0]]


def state(result, key: str) -> State:
    return State(result.states[RULE_INDEX[key], 0])


def bombcell_agrees(result, columns, params=None, drop=()) -> bool:
    theirs = bombcell_labels(make_columns(columns, drop), {**default_params(), **(params or {})})
    return list(label_names(result.label)) == theirs


def test_a_good_unit_is_good_and_fails_nothing():
    result = audit_of()
    assert label(result) == "GOOD"
    assert result.failed[0] == 0
    assert result.n_failed[0] == 0
    assert np.isnan(result.steps_to_good[0])


# Where the notebook's audit is wrong.


def test_a_cluster_id_is_not_the_row_number():
    run = make_run({"nPeaks": [1, 1, 1]}, cluster_id=np.array([7, 0, 7]))
    assert run.ids.rows_of(7).tolist() == [0, 2]
    assert run.ids.rows_of(0).tolist() == [1]
    assert run.ids.rows_of(2).tolist() == []


def test_amplitude_and_snr_are_not_tested_where_raw_amplitude_is_missing():
    columns = {"rawAmplitude": NAN, "signalToNoiseRatio": 1.0}
    result = audit_of(columns)
    assert label(result) == "GOOD"
    assert bombcell_agrees(result, columns)
    assert state(result, SNR) == State.EXEMPT
    assert state(result, AMPLITUDE) == State.MISSING
    assert result.failed[0] == 0
    assert np.isnan(result.margins[RULE_INDEX[SNR], 0])


def test_snr_is_tested_where_raw_amplitude_has_a_value():
    result = audit_of({"signalToNoiseRatio": 1.0})
    assert keys(result.failed[0]) == {SNR}
    assert label(result) == "MUA"


def test_rpv_is_exempt_where_kept_as_uncertain():
    columns = {"fractionRPVs_estimatedTauR": 0.9, "RPV_status": [0.0, -1.0, 1.0, NAN]}
    result = audit_of(columns, {"keepUncertainRPVUnits": True})
    assert list(label_names(result.label)) == ["GOOD", "MUA", "MUA", "MUA"]
    assert bombcell_agrees(result, columns, {"keepUncertainRPVUnits": True})
    assert result.states[RULE_INDEX[RPV]].tolist() == [State.EXEMPT] + [State.FAIL] * 3
    off = audit_of(columns)
    assert list(label_names(off.label)) == ["MUA"] * 4


def test_rpv_is_not_exempt_without_the_status_column():
    columns = {"fractionRPVs_estimatedTauR": 0.9}
    result = audit_of(columns, {"keepUncertainRPVUnits": True}, drop=["RPV_status"])
    assert label(result) == "MUA"
    assert bombcell_agrees(result, columns, {"keepUncertainRPVUnits": True}, ["RPV_status"])


@pytest.mark.parametrize("missing_one", FIRED)
def test_three_of_the_four_are_beyond_and_not_counted(missing_one):
    columns = {name: value for name, value in FIRED.items() if name != missing_one}
    result = audit_of(columns)
    assert label(result) == "GOOD"
    assert bombcell_agrees(result, columns)
    assert (result.failed[0], result.masked[0], result.n_failed[0]) == (0, 0, 0)
    states = [State(result.states[i, 0]) for i in FOUR_WAY]
    assert sorted(states) == [State.PASS] + [State.BEYOND] * 3
    beyond = [result.margins[i, 0] for i in FOUR_WAY if result.states[i, 0] == State.BEYOND]
    assert all(margin < 0 for margin in beyond)


def test_all_four_together_make_it_non_soma():
    result = audit_of(FIRED)
    assert label(result) == "NON-SOMA"
    assert result.deciding[0] == result.failed[0] == FOUR_WAY_MASK
    assert result.n_failed[0] == 4


def test_the_four_cannot_fire_without_a_first_peak_width():
    columns = {**FIRED, "mainPeak_before_width": NAN}
    result = audit_of(columns)
    assert label(result) == "GOOD"
    assert bombcell_agrees(result, columns)
    assert state(result, RULES[FOUR_WAY[1]].key) == State.MISSING


def test_a_fired_ratio_does_not_count_the_beyond():
    columns = {**FIRED, "mainTrough_width": 9.0, "mainPeakToTroughRatio": 0.9}
    result = audit_of(columns)
    assert label(result) == "NON-SOMA"
    assert keys(result.failed[0]) == {RATIO}


def test_non_soma_mua_is_decided_by_both_blocks():
    columns = {"mainPeakToTroughRatio": 0.9, "presenceRatio": 0.1}
    result = audit_of(columns, SPLIT)
    assert label(result) == "NON-SOMA MUA"
    assert keys(result.deciding[0]) == {RATIO, "presenceRatio<minPresenceRatio"}
    assert result.masked[0] == 0


def test_noise_by_missing_n_peaks():
    columns = {"nPeaks": NAN, "nSpikes": [30.0, 5000.0]}
    result = audit_of(columns)
    assert list(label_names(result.label)) == ["NOISE", "NOISE"]
    assert bombcell_agrees(result, columns)
    assert [keys(bits) for bits in result.deciding] == [{"nPeaks missing"}] * 2
    assert keys(result.masked[0]) == {"nSpikes<minNumSpikes"}
    assert result.sole_blocker.tolist() == [0, 0]
    assert np.isnan(result.steps_to_good).all()
    assert (result.states[RULE_INDEX["nPeaks>maxNPeaks"]] == State.MISSING).all()


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_an_empty_unit_has_no_label_and_no_failure(zero):
    columns = {"nSpikes": zero, "nPeaks": NAN, "presenceRatio": 0.0, "mainPeakToTroughRatio": 2.0}
    result = audit_of(columns)
    assert result.label[0] == result.split_label[0] == Label.EMPTY
    assert bombcell_agrees(result, columns)
    assert (result.states == State.NOT_TESTED).all()
    assert (result.failed[0], result.deciding[0], result.masked[0]) == (0, 0, 0)
    assert np.isnan(result.margins).all()
    assert np.isnan([result.steps_to_good[0], result.safety_of_good[0]]).all()
    assert not result.borderline[0]


def test_absent_flags_switch_rules_on_as_bombcells_back_fill_does():
    absent = ["computeSpatialDecay", "spDecayLinFit", "extractRaw"]
    result = audit_of({"spatialDecaySlope": -0.01, "rawAmplitude": 1.0}, absent=absent)
    wanted = {"spatialDecaySlope<minSpatialDecaySlope", AMPLITUDE}
    assert keys(result.failed[0]) == wanted
    off = {"computeSpatialDecay": False, "extractRaw": False}
    assert audit_of({"spatialDecaySlope": -0.01, "rawAmplitude": 1.0}, off).failed[0] == 0


def test_absent_flags_switch_drift_and_distances_off():
    columns = {"maxDriftEstimate": 500.0, "isolationDistance": 1.0}
    assert audit_of(columns).n_failed[0] == 2
    result = audit_of(columns, absent=["computeDrift", "computeDistanceMetrics"])
    assert label(result) == "GOOD"


def test_an_absent_four_way_group_is_inert_and_a_partial_one_is_not():
    four = [RULES[i].parameter for i in FOUR_WAY]
    assert label(audit_of(FIRED, absent=four)) == "GOOD"
    result = audit_of(FIRED, absent=four[:2])
    assert label(result) == "NON-SOMA"


def test_good_is_a_class_and_not_a_substring():
    columns = {"mainPeakToTroughRatio": [0.9, 0.3]}
    result = audit_of(columns, SPLIT)
    assert list(label_names(result.label)) == ["NON-SOMA GOOD", "GOOD"]
    assert (result.label == Label.GOOD).tolist() == [False, True]


# Columns and thresholds that do not exist.


def test_an_absent_n_peaks_column_does_not_make_every_unit_noise():
    columns = {"nTroughs": [1.0, 5.0], "nSpikes": [2000.0, 2000.0]}
    result = audit_of(columns, drop=["nPeaks"])
    assert list(label_names(result.label)) == ["incomplete", "NOISE"]
    status = result.rules[RULE_INDEX["nPeaks missing"]]
    assert (status.tested, status.open) == (False, True)


def test_an_absent_threshold_leaves_only_its_block_undecided():
    columns = {
        "nTroughs": [1.0, 5.0, 1.0, 1.0],
        "presenceRatio": [1.0, 1.0, 0.1, 1.0],
        "mainPeakToTroughRatio": [0.3, 0.3, 0.3, 0.9],
    }
    result = audit_of(columns, absent=["maxDrift"])
    assert list(label_names(result.label)) == ["incomplete", "NOISE", "MUA", "NON-SOMA"]
    split = ["incomplete", "NOISE", "MUA", "incomplete"]
    assert list(label_names(result.split_label)) == split
    assert (result.states[RULE_INDEX["maxDriftEstimate>maxDrift"]] == State.NOT_TESTED).all()
    assert np.isnan([result.steps_to_good[0], result.safety_of_good[0]]).all()
    assert result.sole_blocker[0] == 0


def test_an_absent_threshold_of_a_switched_off_rule_leaves_nothing_undecided():
    result = audit_of(params={"computeDrift": False}, absent=["maxDrift"])
    assert label(result) == "GOOD"
    assert not result.rules[RULE_INDEX["maxDriftEstimate>maxDrift"]].open


def test_an_absent_threshold_cannot_fail_a_missing_value():
    columns = {"isolationDistance": [100.0, NAN]}
    result = audit_of(columns, absent=["isoDmin"])
    assert list(label_names(result.label)) == ["incomplete", "GOOD"]


def test_an_absent_threshold_cannot_fail_an_exempt_unit():
    columns = {"RPV_status": [0.0, 1.0]}
    result = audit_of(columns, {"keepUncertainRPVUnits": True}, absent=["maxRPVviolations"])
    assert list(label_names(result.label)) == ["GOOD", "incomplete"]
    columns = {"rawAmplitude": [NAN, 200.0]}
    for absent in (["minSNR"], ["minAmplitude"], ["minSNR", "minAmplitude"]):
        result = audit_of(columns, absent=absent)
        assert list(label_names(result.label)) == ["GOOD", "incomplete"]


def test_an_absent_column_cannot_fail_an_inert_threshold():
    four = [RULES[i].parameter for i in FOUR_WAY]
    result = audit_of(absent=four, drop=["peak1ToPeak2Ratio"])
    assert label(result) == "GOOD"
    assert label(audit_of(FIRED, drop=["peak1ToPeak2Ratio"])) == "incomplete"
    assert label(audit_of({**FIRED, "mainTrough_width": 9.0}, drop=["peak1ToPeak2Ratio"])) == "GOOD"


def test_an_absent_raw_amplitude_column_leaves_mua_undecided_only_with_raw():
    assert label(audit_of(drop=["rawAmplitude"])) == "incomplete"
    assert label(audit_of(params={"extractRaw": False}, drop=["rawAmplitude"])) == "GOOD"


def test_a_text_column_is_no_column():
    result = audit_of({"nTroughs": np.array(["one", "two"], dtype=object)})
    assert list(label_names(result.label)) == ["incomplete", "incomplete"]


def test_a_nan_threshold_is_not_tested_and_leaves_nothing_undecided():
    columns = {"presenceRatio": [0.0, 1.0]}
    result = audit_of(columns, {"minPresenceRatio": NAN})
    assert list(label_names(result.label)) == ["GOOD", "GOOD"]
    assert bombcell_agrees(result, columns, {"minPresenceRatio": NAN})
    status = result.rules[RULE_INDEX["presenceRatio<minPresenceRatio"]]
    assert (status.tested, status.open) == (False, False)
    assert (result.states[RULE_INDEX["presenceRatio<minPresenceRatio"]] == State.NOT_TESTED).all()
    assert label(audit_of(params={"minPresenceRatio": None})) == "GOOD"


def test_an_unreadable_threshold_is_absent():
    result = audit_of(params={"minPresenceRatio": "a lot"})
    assert label(result) == "incomplete"
    assert result.rules[RULE_INDEX["presenceRatio<minPresenceRatio"]].open


def test_a_missing_metric_never_fails():
    dropped = {rule.metric: NAN for rule in RULES if rule.metric != "nPeaks"}
    result = audit_of(dropped)
    assert label(result) == "GOOD"
    assert bombcell_agrees(result, dropped)
    assert result.failed[0] == 0
    assert state(result, MISSING) == State.MISSING


# Sentinels: they fail or pass as they do, and have no margin.

LINEAR = {"spDecayLinFit": True}
SENTINELS = {
    "RPV 1.0": ("fractionRPVs_estimatedTauR", 1.0, RPV, {}, {"maxRPVviolations": 1.0}),
    "100 % missing": (
        "percentageSpikesMissing_gaussian",
        100.0,
        MISSING,
        {},
        {"maxPercSpikesMissing": 100},
    ),
    "decay at its start": (
        "spatialDecaySlope",
        -0.1,
        "spatialDecaySlope<minSpatialDecaySlope",
        LINEAR,
        {**LINEAR, "minSpatialDecaySlope": -0.1},
    ),
    "decay at its start, exponential": (
        "spatialDecaySlope",
        -0.1,
        "spatialDecaySlope<minSpatialDecaySlopeExp",
        {},
        {"minSpatialDecaySlopeExp": -0.1},
    ),
    "second peak / trough infinite": (
        "scndPeakToTroughRatio",
        INF,
        "scndPeakToTroughRatio>maxScndPeakToTroughRatio_noise",
        {},
        {"maxScndPeakToTroughRatio_noise": INF},
    ),
    "main peak / trough infinite": (
        "mainPeakToTroughRatio",
        INF,
        RATIO,
        {},
        {"maxMainPeakToTroughRatio_nonSomatic": INF},
    ),
    "isolation 1e10": (
        "isolationDistance",
        1e10,
        "isolationDistance<isoDmin",
        {"isoDmin": 2e10},
        {"isoDmin": 1e10},
    ),
    "isolation 1e15": (
        "isolationDistance",
        1e15,
        "isolationDistance<isoDmin",
        {"isoDmin": 2e15},
        {"isoDmin": 0.99e15},
    ),
}


@pytest.mark.parametrize("name", SENTINELS)
def test_a_failing_sentinel_has_no_margin_and_no_estimate(name):
    metric, value, key, failing, _ = SENTINELS[name]
    result = audit_of({metric: value, "maxDriftEstimate": 150.0}, failing)
    assert state(result, key) == State.FAIL
    assert bombcell_agrees(result, {metric: value, "maxDriftEstimate": 150.0}, failing)
    assert label(result) != "GOOD"
    assert np.isnan(result.margins[RULE_INDEX[key], 0])
    assert np.isnan(result.steps_to_good[0])
    assert not result.borderline[0]


@pytest.mark.parametrize("name", SENTINELS)
def test_a_passing_sentinel_has_no_margin_and_is_not_counted_in_safety(name):
    metric, value, key, _, passing = SENTINELS[name]
    result = audit_of({metric: value, "maxDriftEstimate": 90.0}, {**ROOMY, **passing})
    assert state(result, key) == State.PASS
    assert label(result) == "GOOD"
    assert np.isnan(result.margins[RULE_INDEX[key], 0])
    assert result.safety_of_good[0] == pytest.approx(1.0)  # the drift's


def test_an_infinite_ratio_among_the_four():
    infinite = {**FIRED, "peak1ToPeak2Ratio": INF}
    result = audit_of(infinite)
    assert label(result) == "NON-SOMA"
    assert result.steps_to_good[0] == pytest.approx(1.0)  # by another of the four
    passing = audit_of({**FIRED, "troughToPeak2Ratio": INF}, ROOMY)
    assert label(passing) == "GOOD"
    usual = audit_of({**FIRED, "troughToPeak2Ratio": NAN}, ROOMY)
    assert passing.safety_of_good[0] == usual.safety_of_good[0]  # neither can fire


def test_values_beside_a_sentinel_have_margins():
    result = audit_of(
        {
            "fractionRPVs_estimatedTauR": 0.999,
            "percentageSpikesMissing_gaussian": 99.9,
            "isolationDistance": 9.9e9,
            "spatialDecaySlope": -0.1001,
        }
    )
    for key in (RPV, MISSING, "isolationDistance<isoDmin"):
        assert np.isfinite(result.margins[RULE_INDEX[key], 0])
    assert result.margins[RULE_INDEX["spatialDecaySlope<minSpatialDecaySlopeExp"], 0] == -20.0


# Masks and sole blockers.


def test_noise_masks_the_failures_of_the_other_blocks():
    columns = {"nTroughs": 4.0, "presenceRatio": 0.1, "mainPeakToTroughRatio": 0.9}
    result = audit_of(columns)
    assert label(result) == "NOISE"
    assert keys(result.deciding[0]) == {"nTroughs>maxNTroughs"}
    assert keys(result.masked[0]) == {"presenceRatio<minPresenceRatio", RATIO}
    assert result.n_failed[0] == 3
    assert result.sole_blocker[0] == 0


def test_unsplit_non_soma_masks_its_mua_failures_and_split_does_not():
    columns = {"presenceRatio": 0.1, "mainPeakToTroughRatio": 0.9}
    result = audit_of(columns)
    assert label(result) == "NON-SOMA"
    assert LABEL_NAMES[result.split_label[0]] == "NON-SOMA MUA"
    assert keys(result.deciding[0]) == {RATIO}
    assert keys(result.masked[0]) == {"presenceRatio<minPresenceRatio"}
    assert audit_of(columns, SPLIT).masked[0] == 0


def test_a_sole_blocker_is_one_failed_condition():
    result = audit_of({"presenceRatio": [0.1, 0.1, 1.0], "nTroughs": [1.0, 3.0, 3.0]})
    assert [keys(bits) for bits in result.sole_blocker] == [
        {"presenceRatio<minPresenceRatio"},
        set(),
        {"nTroughs>maxNTroughs"},
    ]


def test_the_four_way_branch_is_one_condition():
    assert audit_of(FIRED).sole_blocker[0] == FOUR_WAY_MASK
    assert audit_of({**FIRED, "mainPeakToTroughRatio": 0.9}).sole_blocker[0] == 0
    assert audit_of({**FIRED, "presenceRatio": 0.1}).sole_blocker[0] == 0
    beyond = audit_of({**FIRED, "mainTrough_width": 9.0, "presenceRatio": 0.1})
    assert beyond.sole_blocker[0] == mask("presenceRatio<minPresenceRatio")


def test_missing_n_peaks_is_never_a_sole_blocker():
    assert audit_of({"nPeaks": NAN}).sole_blocker[0] == 0


def test_a_sole_blocker_without_an_estimate_is_still_one():
    result = audit_of({"fractionRPVs_estimatedTauR": 1.0})
    assert keys(result.sole_blocker[0]) == {RPV}
    assert np.isnan(result.steps_to_good[0])


# Estimates that cannot be given.


@pytest.mark.parametrize("value", [100.0, 400.0, 900.0])
def test_contradictory_limits_give_no_estimate(value):
    columns = {"waveformDuration_peakTrough": value}
    result = audit_of(columns, {"minWvDuration": 500, "maxWvDuration": 300})
    assert label(result) == "NOISE"
    assert np.isnan(result.steps_to_good[0])
    assert np.isfinite(result.margins[RULE_INDEX["wvDuration<minWvDuration"], 0])


def test_equal_limits_leave_one_value_and_an_estimate():
    columns = {"waveformDuration_peakTrough": 400.0}
    result = audit_of(columns, {"minWvDuration": 300, "maxWvDuration": 300})
    assert result.steps_to_good[0] == pytest.approx(3.0)


def test_contradictory_limits_do_not_matter_where_they_are_not_tested():
    limits = {"minSpatialDecaySlopeExp": 1.0, "computeSpatialDecay": False}
    result = audit_of({"maxDriftEstimate": 110.0}, limits)
    assert result.steps_to_good[0] == pytest.approx(1.0)


def test_an_unknown_sample_rate_gives_no_safety():
    unknown = {"sample_rate": NAN}
    result = audit_of({"waveformDuration_peakTrough": [400.0, NAN, 50.0]}, **unknown)
    assert list(label_names(result.label)) == ["GOOD", "GOOD", "NOISE"]
    assert np.isnan(result.safety_of_good).tolist() == [True, False, True]
    assert np.isnan(result.steps_to_good[2])
    assert np.isnan(result.margins[RULE_INDEX["wvDuration<minWvDuration"]]).all()
    assert not result.borderline[[0, 2]].any()


# Families and RPV.

FAMILIES = [
    ({"fractionRPVs_estimatedTauR": 0.3, "RPV_status": -1.0}, Family.NOT_SHOWN_CLEAN),
    ({"fractionRPVs_estimatedTauR": 0.3, "RPV_status": 0.0}, Family.UNDECIDABLE),
    ({"percentageSpikesMissing_gaussian": 50.0}, Family.INCOMPLETE),
    ({"presenceRatio": 0.2}, Family.INCOMPLETE),
    ({"rawAmplitude": 10.0}, Family.WEAK),
    ({"signalToNoiseRatio": 1.0}, Family.WEAK),
    ({"maxDriftEstimate": 300.0}, Family.UNSTABLE),
    ({"isolationDistance": 2.0}, Family.POORLY_ISOLATED),
    ({"Lratio": 2.0}, Family.POORLY_ISOLATED),
    ({"nSpikes": 100.0}, Family.FEW_SPIKES),
    ({"presenceRatio": 0.2, "RPV_status": 0.0}, Family.INCOMPLETE),  # its RPV passes
    ({"fractionRPVs_estimatedTauR": 0.3, "RPV_status": NAN}, Family.NOT_SHOWN_CLEAN),
    ({}, Family.NONE),
    ({"nTroughs": 5.0, "presenceRatio": 0.2}, Family.NONE),
    ({"mainPeakToTroughRatio": 0.9, "presenceRatio": 0.2}, Family.NONE),
]


@pytest.mark.parametrize(("columns", "family"), FAMILIES)
def test_the_family_of_a_mua_unit(columns, family):
    assert audit_of(columns).family[0] == family


def test_a_non_soma_mua_unit_has_a_family():
    columns = {"mainPeakToTroughRatio": 0.9, "presenceRatio": 0.2}
    assert audit_of(columns, SPLIT).family[0] == Family.INCOMPLETE


def test_of_several_families_the_first_is_the_units():
    failing = {}
    for columns, family in reversed(FAMILIES[:10]):  # from few spikes up to contaminated
        failing.update(columns)
        assert audit_of(failing).family[0] == family


def test_what_the_sliding_test_said():
    result = audit_of({"RPV_status": [1.0, -1.0, 0.0, NAN]})
    expected = [Rpv.CLEAN, Rpv.NOT_SHOWN_CLEAN, Rpv.UNDECIDABLE, Rpv.NOT_ASSESSED]
    assert result.rpv.tolist() == expected
    assert audit_of(drop=["RPV_status"]).rpv.tolist() == [Rpv.NOT_ASSESSED]


def test_units_of_every_attention_group():
    result = audit_of(
        {
            "maxDriftEstimate": [95.0, 150.0, 5.0, 5.0, 150.0, 5.0],
            "fractionRPVs_estimatedTauR": [0.03, 0.03, 0.3, 0.03, 0.3, 0.03],
            "RPV_status": [1.0, 1.0, 0.0, 1.0, 0.0, 1.0],
            "nSpikes": [2400.0, 2400.0, 100.0, 2400.0, 2400.0, 0.0],
        },
        ROOMY,
    )
    assert [ATTENTION_NAMES[g] for g in result.attention] == [
        "GOOD at risk",
        "sole blocker",
        "undecidable only",
        "other",
        "other",
        "no spikes",
    ]


# Labels and odd tables.


def test_a_run_without_units():
    empty = audit(make_run({"nPeaks": []}))
    assert empty.n_units == 0
    assert empty.states.shape == empty.margins.shape == (len(RULES), 0)


def test_a_table_without_columns_is_incomplete_throughout():
    names = list(make_columns())
    result = audit_of(drop=[n for n in names if n != "maxChannels"])
    assert label(result) == "incomplete"
    assert result.failed[0] == 0


def test_other_parameters_than_the_runs_own():
    run = make_run({"maxDriftEstimate": 50.0})
    assert label(audit(run)) == "GOOD"
    assert label(audit(run, run.criteria.replace(maxDrift=40))) == "MUA"


@pytest.mark.parametrize("name", LABEL_NAMES[: Label.INCOMPLETE])
def test_a_label_is_read_in_any_spelling(name):
    code = LABEL_NAMES.index(name)
    for text in (name, f" {name.lower()} ", name.replace("-", "_")):
        assert parse_label(text) == code


@pytest.mark.parametrize(
    "text", [None, NAN, 3, "goo", "GOOD?", "incomplete", "unknown", "NON SOMA"]
)
def test_what_is_no_label_is_unknown(text):
    assert parse_label(text) == Label.UNKNOWN
    assert parse_labels(np.array([text, "MUA", text], dtype=object)).tolist() == [
        Label.UNKNOWN,
        Label.MUA,
        Label.UNKNOWN,
    ]
