"""Steps mean what they say: metrics are moved by so many steps, and Bombcell says what it gives.

The sizes of the steps are written down here again, from ``design/bombcell.md``, so that a slip
in the declarations shows.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from dice import examples
from factories import (
    SAMPLE_RATE,
    Params,
    audit_of,
    bombcell_labels,
    default_params,
    make_run,
    make_table,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bcviewer.core.audit.audit import audit
from bcviewer.core.audit.margins import presence_bins
from bcviewer.core.audit.states import State
from bcviewer.core.rules.labels import Label, label_names
from bcviewer.core.rules.metric import MARGIN_CLIP
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import COUNT_MASK, FOUR_WAY, RULE_INDEX, RULE_METRICS, RULES
from bcviewer.core.run.run import SavedTable
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs

COUNTS = ("nPeaks", "nTroughs")
ADDED = {
    "waveformDuration_peakTrough": 1e6 / SAMPLE_RATE,
    "percentageSpikesMissing_gaussian": 10.0,
    "fractionRPVs_estimatedTauR": 0.05,
    "maxDriftEstimate": 10.0,
}
TESTED = tuple(rule for rule in RULES if rule.op != "missing")
MEASURED = tuple(name for name in RULE_METRICS if name not in COUNTS)
Columns = dict[str, np.ndarray]


def moved(metric: str, value, steps, params: Params, bins) -> np.ndarray:
    """Return values after a move of so many steps up (or down, where negative)."""
    value, steps = np.asarray(value, float), np.asarray(steps, float)
    if metric in COUNTS:  # half a count goes to the passing side, which is below
        return np.ceil(value + steps - 0.5)
    if metric in ADDED:
        return value + steps * ADDED[metric]
    if metric == "presenceRatio":
        return value + steps / bins
    if metric == "spatialDecaySlope" and params.flags["spDecayLinFit"]:
        return value + steps * 0.25 * abs(params.thresholds["minSpatialDecaySlope"])
    factor = 2.0 if metric == "Lratio" else 1.25
    return value * factor ** (np.sign(value) * steps)


def towards_failing(rule) -> float:
    return 1.0 if rule.op == ">" else -1.0


@st.composite
def setups(draw, failing: float):
    """Draw parameters and units whose metrics lie some steps from their thresholds.

    ``failing`` is the share of metrics that are put on the failing side.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    saved = default_params()
    for name in ("computeSpatialDecay", "spDecayLinFit", "extractRaw", "keepUncertainRPVUnits"):
        saved[name] = draw(st.booleans())
    spread = draw(st.sampled_from([0.0, 0.2, 1.0]))
    for rule in TESTED:
        if rule.metric not in COUNTS and rule.metric != "waveformDuration_peakTrough":
            scale = 1.25 ** rng.uniform(-spread, spread)
            saved[rule.parameter] = float(default_params()[rule.parameter]) * scale
    for name in ("maxNPeaks", "maxNTroughs"):
        saved[name] = int(rng.integers(0, draw(st.sampled_from([4, 40]))))
    params = Params.from_saved(saved)
    n = draw(st.sampled_from([1, 3, 30]))
    far = draw(st.sampled_from([0.05, 1.0, 6.0]))
    columns: Columns = {
        "RPV_status": rng.choice([1.0, 0.0, -1.0], n),
        "useTheseTimesStart": np.zeros(n),
        "useTheseTimesStop": rng.choice([100.0, 600.0, 3000.0, np.nan], n),
    }
    bins = presence_bins(SavedTable.from_columns(columns), params.settings)
    for metric in RULE_METRICS:
        columns[metric] = _some_values(metric, params, bins, rng, failing, far)
    return params, columns, bins


def _some_values(metric, params, bins, rng, failing, far) -> np.ndarray:
    rules = [r for r in TESTED if r.metric == metric and gates_open(r, params)]
    n = len(bins)
    if not rules:
        return rng.uniform(-1, 1, n)
    steps = rng.exponential(far, n)
    which = rng.integers(0, len(rules), n)
    share = 0.5 if rules[0].four_way else failing
    fails = rng.random(n) < share
    out = np.empty(n)
    for k, rule in enumerate(rules):
        side = towards_failing(rule) * np.where(fails, 1.0, -1.0)
        limit = params.thresholds[rule.parameter]
        if metric in COUNTS:
            values = np.maximum(limit + side * np.ceil(steps), 0.0)
            values = np.where(fails, values, np.minimum(values, limit))
        else:
            values = moved(metric, np.full(n, limit), side * steps, params, bins)
        out[which == k] = values[which == k]
    if metric != "nPeaks" and metric != "nSpikes":
        out[rng.random(n) < 0.05] = np.nan
    return out


def gates_open(rule, params: Params) -> bool:
    return all(params.flags[flag] == wanted for flag, wanted in rule.gates)


def labels_of(columns: Columns, params: Params) -> np.ndarray:
    return np.array(bombcell_labels(columns, params.for_bombcell()), dtype=object)


def all_moved(columns: Columns, steps, params: Params, bins) -> Columns:
    """Return columns with metrics moved by ``steps[metric]`` steps."""
    return {
        name: moved(name, column, steps[name], params, bins) if name in steps else column
        for name, column in columns.items()
    }


@settings(max_examples=examples(80))
@given(setups(failing=0.01), st.integers(0, 2**32 - 1))
def test_a_good_unit_stays_good_within_its_safety(setup, seed):
    params, columns, bins = setup
    result = audit(make_run(SavedTable.from_columns(columns), params))
    good = result.label == Label.GOOD
    assume(good.any())
    safety = result.safety_of_good
    assert (safety[good] >= 0).all()
    assert np.isnan(safety[~good]).all()
    rng = np.random.default_rng(seed)
    within = np.where(good, safety * (1 - 1e-6) - 1e-10, 0.0).clip(0)
    for _ in range(4):
        steps = {name: within * rng.uniform(-1, 1, len(bins)) for name in MEASURED}
        assert (labels_of(all_moved(columns, steps, params, bins), params)[good] == "GOOD").all()
    rules = [rule for rule in TESTED if rule.metric in MEASURED]
    worst = [{r.metric: within * towards_failing(r) for r in rules}]  # the last rule of a metric
    worst.append({r.metric: within * towards_failing(r) for r in reversed(rules)})
    for steps in worst:
        assert (labels_of(all_moved(columns, steps, params, bins), params)[good] == "GOOD").all()


@settings(max_examples=examples(80))
@given(setups(failing=0.01))
def test_a_good_unit_is_lost_just_beyond_its_safety(setup):
    params, columns, bins = setup
    result = audit(make_run(SavedTable.from_columns(columns), params))
    good = (result.label == Label.GOOD) & (result.safety_of_good < MARGIN_CLIP)
    assume(good.any())
    beyond = np.where(good, result.safety_of_good * (1 + 1e-6) + 1e-9, 0.0)
    lost = np.zeros(len(bins), bool)
    groups = [[rule] for rule in TESTED if not rule.four_way and rule.metric in MEASURED]
    groups.append([RULES[i] for i in FOUR_WAY])
    for group in groups:
        steps = {rule.metric: beyond * towards_failing(rule) for rule in group}
        lost |= labels_of(all_moved(columns, steps, params, bins), params) != "GOOD"
    assert lost[good].all()


def towards_good(columns: Columns, result, steps, params: Params, bins, four_way) -> Columns:
    """Return columns with every failing metric moved by at most ``steps``, not past its limit.

    Counts have no steps: they are put to their limit. Of the four-way branch only the rules in
    ``four_way`` are moved.
    """
    out = dict(columns)
    for i, rule in enumerate(RULES):
        if rule.op == "missing" or (rule.four_way and i not in four_way):
            continue
        side, limit = -towards_failing(rule), result.rules[i].threshold
        limit = np.floor(limit) if rule.metric in COUNTS else limit
        value = moved(rule.metric, columns[rule.metric], side * steps, params, bins)
        value = np.minimum(value, limit) if side > 0 else np.maximum(value, limit)
        value = np.full(len(bins), limit) if rule.metric in COUNTS else value
        out[rule.metric] = np.where(result.states[i] == State.FAIL, value, out[rule.metric])
    return out


@settings(max_examples=examples(80))
@given(setups(failing=0.12))
def test_a_unit_becomes_good_by_its_steps_and_by_no_fewer(setup):
    params, columns, bins = setup
    result = audit(make_run(SavedTable.from_columns(columns), params))
    n = result.steps_to_good
    assert np.isnan(n[result.label == Label.GOOD]).all()
    some = n < MARGIN_CLIP
    assume(some.any())
    enough = np.where(some, n * (1 + 1e-6) + 1e-9, 0.0)
    became = np.zeros(len(bins), bool)
    for cheapest in FOUR_WAY:
        after = towards_good(columns, result, enough, params, bins, [cheapest])
        became |= labels_of(after, params) == "GOOD"
    assert became[some].all()
    fewer = np.where(some, n * (1 - 1e-6) - 1e-10, 0.0).clip(0)
    after = towards_good(columns, result, fewer, params, bins, FOUR_WAY)
    assert (labels_of(after, params)[some] != "GOOD").all()


@settings(max_examples=examples(80))
@given(setups(failing=0.3))
def test_the_margin_is_on_the_side_of_the_state(setup):
    params, columns, _ = setup
    columns["fractionRPVs_estimatedTauR"][::3] = 1.0
    columns["peak1ToPeak2Ratio"][::4] = np.inf
    result = audit(make_run(SavedTable.from_columns(columns), params))
    states, margins = result.states, result.margins
    none = np.isnan(margins)
    assert margins.dtype == np.float32
    assert (np.abs(margins[~none]) <= MARGIN_CLIP).all()
    fails = (states == State.FAIL) | (states == State.BEYOND)
    assert (none | ((margins < 0) == fails)).all()
    assert none[~fails & (states != State.PASS)].all()
    for i, rule in enumerate(RULES):
        value = columns[rule.metric]
        sentinel = METRICS[rule.metric].sentinel_mask(value)
        assert none[i][sentinel].all()
        if rule.op != "missing":
            has_margin = (fails[i] | (states[i] == State.PASS)) & ~sentinel
            assert not none[i][has_margin].any()


@given(setups(failing=0.1), st.randoms(use_true_random=False))
def test_neither_a_filter_nor_an_order_changes_a_unit(setup, random):
    params, columns, bins = setup
    rows = random.sample(range(len(bins)), random.randint(1, len(bins)))
    part = {name: column[rows] for name, column in columns.items()}
    whole = audit(make_run(SavedTable.from_columns(columns), params))
    some = audit(make_run(SavedTable.from_columns(part), params))
    np.testing.assert_array_equal(some.margins, whole.margins[:, rows])
    np.testing.assert_array_equal(some.states, whole.states[:, rows])
    for name in ("label", "steps_to_good", "safety_of_good", "sole_blocker", "attention"):
        np.testing.assert_array_equal(getattr(some, name), getattr(whole, name)[rows])


@given(setups(failing=0.1))
def test_borderline_is_within_one_step(setup):
    params, columns, _ = setup
    result = audit(make_run(SavedTable.from_columns(columns), params))
    distance = np.fmin(result.safety_of_good, result.steps_to_good)  # one of them is NaN
    counted = (result.failed & np.uint32(COUNT_MASK)) != 0
    assert (result.borderline == ((distance <= 1.0) & ~counted)).all()


def neighbours(value: float) -> list[float]:
    return [math.nextafter(value, math.inf), math.nextafter(value, -math.inf)]


@pytest.mark.parametrize("rule", [r for r in TESTED if not r.four_way], ids=lambda r: r.key)
def test_the_smallest_failure_has_a_negative_margin(rule):
    params = {"spDecayLinFit": rule.parameter == "minSpatialDecaySlope"}
    limit = float(default_params()[rule.parameter])
    over, under = neighbours(limit)
    failing, passing = (over, under) if rule.op == ">" else (under, over)
    result = audit_of({rule.metric: [failing, limit, passing]}, params)
    i = RULE_INDEX[rule.key]
    assert result.states[i].tolist() == [State.FAIL, State.PASS, State.PASS]
    assert (result.margins[i] < 0).tolist() == [True, False, False]
    if rule.metric not in COUNTS:
        assert abs(result.margins[i]).max() < 1e-6
        assert not np.signbit(result.margins[i][1:]).any()


@pytest.mark.parametrize(
    ("metric", "key", "value", "steps"),
    [
        ("nPeaks", "nPeaks>maxNPeaks", 2, 0.5),
        ("nPeaks", "nPeaks>maxNPeaks", 1, 1.5),
        ("nTroughs", "nTroughs>maxNTroughs", 3, -1.5),
        ("waveformDuration_peakTrough", "wvDuration<minWvDuration", 200, 3.0),
        ("waveformDuration_peakTrough", "wvDuration>maxWvDuration", 1250, -3.0),
        ("nSpikes", "nSpikes<minNumSpikes", 240, -1.0),
        ("rawAmplitude", "rawAmplitude<minAmplitude", 62.5, 2.0),
        ("signalToNoiseRatio", "signalToNoiseRatio<minSNR", 4, -1.0),
        ("waveformBaselineFlatness", "baselineFlatness>maxWvBaselineFraction", 0.24, 1.0),
        ("mainTrough_width", "mainTrough_width<minWidthMainTrough_nonSomatic", 4, -1.0),
        ("isolationDistance", "isolationDistance<isoDmin", 25, 1.0),
        ("Lratio", "Lratio>lratioMax", 1.2, -2.0),
        ("fractionRPVs_estimatedTauR", "fractionRPVs_estimatedTauR>maxRPVviolations", 0.2, -2.0),
        ("maxDriftEstimate", "maxDriftEstimate>maxDrift", 85, 1.5),
        ("presenceRatio", "presenceRatio<minPresenceRatio", 0.7 + 2 / 19, 2.0),
        (
            "percentageSpikesMissing_gaussian",
            "percentageSpikesMissing_gaussian>maxPercSpikesMissing",
            45,
            -2.5,
        ),
        ("spatialDecaySlope", "spatialDecaySlope<minSpatialDecaySlopeExp", 0.0125, 1.0),
        ("spatialDecaySlope", "spatialDecaySlope>maxSpatialDecaySlopeExp", 0.125, -1.0),
        ("spatialDecaySlope", "spatialDecaySlope<minSpatialDecaySlopeExp", -0.02, -20.0),
        ("nSpikes", "nSpikes<minNumSpikes", 1e9, 20.0),
    ],
)
def test_margins_of_the_defaults(metric, key, value, steps):
    result = audit_of({metric: value})
    assert result.margins[RULE_INDEX[key], 0] == pytest.approx(steps, rel=1e-5)


def test_the_linear_decays_step_is_a_quarter_of_its_threshold():
    result = audit_of({"spatialDecaySlope": [-0.012, -0.004]}, {"spDecayLinFit": True})
    rule = RULE_INDEX["spatialDecaySlope<minSpatialDecaySlope"]
    # minimum −0.008: Bombcell fails what is below it
    assert result.margins[rule].tolist() == pytest.approx([-2.0, 2.0])


def test_a_count_limit_between_two_counts():
    result = audit_of({"nPeaks": [2, 3]}, {"maxNPeaks": 2.9})
    assert result.margins[RULE_INDEX["nPeaks>maxNPeaks"]].tolist() == [0.5, -0.5]


@given(
    st.floats(0, 1e5),
    st.floats(0.01, 1e5),
    st.sampled_from([1, 10, 60.0, 7.5, 0.3]),
)
def test_presence_bins_are_those_of_bombcells_edges(start, length, size):
    stop = start + length
    assume(stop > start)
    assume(length / size < 1e6)
    table = SavedTable.from_columns(
        {"useTheseTimesStart": np.array([start]), "useTheseTimesStop": np.array([stop])}
    )
    expected = max(1, len(np.arange(start, stop, size)) - 1)
    assert (
        presence_bins(table, Params.from_saved({"presenceRatioBinSize": size}).settings)[0]
        == expected
    )


@pytest.mark.parametrize(
    ("columns", "size"),
    [
        ({"useTheseTimesStop": np.nan}, 60),
        ({"useTheseTimesStart": 5.0, "useTheseTimesStop": 5.0}, 60),
        ({"useTheseTimesStop": np.inf}, 60),
        ({}, None),
        ({}, 0),
        ({}, -1),
        ({}, math.inf),
    ],
)
def test_a_presence_step_is_a_twentieth_where_the_bins_are_unknown(columns, size):
    params = Params.from_saved({"presenceRatioBinSize": size})
    assert presence_bins(make_table(columns), params.settings)[0] == 20.0


def test_a_presence_step_is_a_twentieth_without_the_columns():
    table = make_table(drop=["useTheseTimesStart"])
    assert presence_bins(table, Params.from_saved({"presenceRatioBinSize": 60}).settings)[0] == 20.0


ROOMY = {"maxNPeaks": 4, "maxNTroughs": 4}  # else one trough of one allowed is the weakest: ½


def test_counts_have_no_part_in_safety():
    allowed = audit_of({"nTroughs": 1.0, "nPeaks": 2.0}, {"maxNTroughs": 1, "maxNPeaks": 2})
    roomy = audit_of({"nTroughs": 1.0, "nPeaks": 2.0}, {"maxNTroughs": 9, "maxNPeaks": 9})
    assert allowed.margins[RULE_INDEX["nTroughs>maxNTroughs"], 0] == 0.5
    assert allowed.safety_of_good[0] == roomy.safety_of_good[0] > 1.0
    assert not allowed.borderline[0]


def test_a_count_failure_has_no_steps():
    result = audit_of(
        {
            "nTroughs": [2.0, 2.0, 2.0, 1.0],
            "nPeaks": [2.0, 7.0, 2.0, 2.0],
            "maxDriftEstimate": [5.0, 5.0, 130.0, 130.0],
        },
        {"maxDrift": 100, "maxNTroughs": 1, "maxNPeaks": 2},
    )
    assert result.label.tolist() == [Label.NOISE] * 3 + [Label.MUA]
    np.testing.assert_allclose(result.steps_to_good, [math.nan, math.nan, 3.0, 3.0])
    assert not result.borderline.any()
    assert result.n_failed.tolist() == [1, 2, 2, 1]
    assert (result.sole_blocker != 0).tolist() == [True, False, False, True]


def test_half_a_step_is_not_near_where_a_count_must_change_as_well():
    result = audit_of(
        {"nTroughs": [2.0, 1.0], "maxDriftEstimate": 105.0}, {"maxDrift": 100, "maxNTroughs": 1}
    )
    np.testing.assert_allclose(result.steps_to_good, 0.5)
    assert result.borderline.tolist() == [False, True]
    assert (result.sole_blocker != 0).tolist() == [False, True]


def test_borderline_discriminates_on_real_results(shared):
    """Counts alone made nearly every GOOD unit borderline."""
    near = good = by_counts = 0
    for folder in sorted((shared / "session_demo").rglob("kilosort4_*")):
        for where in find_runs(str(folder)):
            result = audit(read_run(where))
            is_good = result.label == Label.GOOD
            near += int((result.borderline & is_good).sum())
            good += int(is_good.sum())
            counts = result.margins[[i for i, r in enumerate(RULES) if r.metric in COUNTS]]
            before = np.fmin(result.safety_of_good, np.fmin.reduce(counts, axis=0))
            by_counts += int((is_good & (before <= 1)).sum())
    assert (near, by_counts, good) == (20, 46, 57)


def test_safety_is_the_weakest_pass():
    result = audit_of({"maxDriftEstimate": 85.0, "rawAmplitude": 50.0}, ROOMY)
    assert result.label[0] == Label.GOOD
    assert result.safety_of_good[0] == pytest.approx(1.0)  # 50 µV is 1.25 × 40
    assert result.borderline[0]


def test_safety_of_the_four_way_branch_is_its_strongest_comparison():
    four = {
        "troughToPeak2Ratio": 5 * 1.25**0.5,
        "mainPeak_before_width": 3.0,  # beyond
        "mainTrough_width": 5 * 1.25**0.25,
        "peak1ToPeak2Ratio": 9.0,  # beyond
    }
    result = audit_of(four, ROOMY)
    assert list(label_names(result.label)) == ["GOOD"]
    assert result.safety_of_good[0] == pytest.approx(0.5)
    none = audit_of({**four, "mainPeak_before_width": np.nan}, ROOMY)
    assert none.safety_of_good[0] > 1.0  # with a missing value it cannot fire


def test_steps_to_good_is_the_worst_failure_masked_ones_included():
    result = audit_of({"nTroughs": 2, "fractionRPVs_estimatedTauR": 0.2})
    assert result.label[0] == Label.NOISE
    assert result.steps_to_good[0] == pytest.approx(2.0)


def test_steps_to_good_of_the_four_way_branch_is_its_cheapest():
    fired = {
        "troughToPeak2Ratio": 4.0,
        "mainPeak_before_width": 2.0,
        "mainTrough_width": 3.0,
        "peak1ToPeak2Ratio": np.inf,  # no margin of its own
    }
    result = audit_of(fired)
    assert result.label[0] == Label.NON_SOMA
    assert result.steps_to_good[0] == pytest.approx(1.0)


def test_a_failure_too_small_for_a_margin_has_a_negative_one():
    result = audit_of({"maxDriftEstimate": [5e-324, 1e-60, 0.0]}, {"maxDrift": 0})
    margins = result.margins[RULE_INDEX["maxDriftEstimate>maxDrift"]]
    assert (margins < 0).tolist() == [True, True, False]
    assert result.borderline.tolist()[:2] == [True, True]
