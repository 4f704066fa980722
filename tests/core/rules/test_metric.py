"""What a metric can do: steps, sentinels, values as text."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.rules.metric import Step, StepContext, figure
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.run.precision import as_floats

NAN, INF = math.nan, math.inf
CONTEXT = StepContext(100.0 / 3, np.array([0.05]))
FACTOR = Step("factor", 1.25)


def steps(step: Step, value: float, limit: float, op: str) -> float:
    return float(step.signed(np.array([value]), limit, op, CONTEXT)[0])


@pytest.mark.parametrize(
    ("step", "value", "limit", "op", "expected"),
    [
        (Step("count"), 2, 2, ">", 0.5),
        (Step("count"), 3, 2, ">", -0.5),
        (Step("count"), 5, 2, ">", -2.5),
        (Step("count"), 2, 2, "<", 0.5),
        (Step("count"), 1, 2, "<", -0.5),
        (Step("count"), 3, 2.3, ">", -0.5),
        (Step("count"), 2, 2.3, "<", -0.5),
        (Step("count"), 2.5, 2, ">", -0.5),  # no whole number: its plain distance
        (Step("sample"), 200, 100, "<", 3.0),
        (Step("bin"), 0.6, 0.7, "<", -2.0),
        (Step("add", 10.0), 45, 20, ">", -2.5),
        (Step("share", 0.25), -0.012, -0.008, "<", -2.0),
        (FACTOR, 62.5, 40, "<", 2.0),
        (FACTOR, 50, 40, ">", -1.0),
        (FACTOR, 40, 40, ">", 0.0),
        (FACTOR, 0, 40, "<", -INF),
        (FACTOR, 0, 40, ">", INF),
        (FACTOR, -1, 40, "<", -INF),
        (FACTOR, 1, 0, "<", INF),
        (FACTOR, 1, 0, ">", -INF),
        (FACTOR, -1, 0, ">", INF),
        (FACTOR, 0, 0, ">", 0.0),
        (FACTOR, -50, -40, "<", -1.0),
        (FACTOR, -50, -40, ">", 1.0),
        (FACTOR, 1, -40, "<", INF),
        (FACTOR, 1, -40, ">", -INF),
        (FACTOR, 1, INF, ">", INF),
        (FACTOR, 1, -INF, ">", -INF),
    ],
)
def test_a_signed_distance(step, value, limit, op, expected):
    assert steps(step, value, limit, op) == pytest.approx(expected)


ANY_STEP = st.sampled_from([m.step for m in METRICS.values() if m.step] + [Step("share", 0.25)])
SOME = st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-6)


@given(ANY_STEP, SOME, SOME.filter(bool), st.sampled_from("<>"))
def test_the_sign_is_the_side(step, value, limit, op):
    distance = steps(step, value, limit, op)
    fails = value < limit if op == "<" else value > limit
    assert distance <= 0 if fails else distance >= 0
    if abs(value - limit) > 1e-6 * abs(limit):
        assert (distance < 0) == fails


@given(ANY_STEP, SOME.filter(bool), st.sampled_from("<>"))
def test_a_missing_value_has_no_distance(step, limit, op):
    assert math.isnan(steps(step, NAN, limit, op))


@pytest.mark.parametrize(
    "step", sorted({m.step for m in METRICS.values() if m.step}, key=str), ids=str
)
def test_a_step_says_how_large_it_is(step):
    assert step.words()
    assert "kind" not in step.words()


def test_words_of_steps():
    assert Step("share", 0.25).words() == "25% of the threshold"
    assert FACTOR.words() == "a factor of 1.25"
    assert Step("add", 0.05).words() == "0.05"
    assert Step("add", 10).words("µm") == "10 µm"


SENTINELS = [
    ("fractionRPVs_estimatedTauR", 1.0, 0.995),
    ("percentageSpikesMissing_gaussian", 100.0, 99.99),
    ("percentageSpikesMissing_gaussian", 120.0, 0.0),
    ("spatialDecaySlope", -0.1, -0.0999),
    ("isolationDistance", 1e10, 9.9e9),
    ("isolationDistance", 1e12, 0.0),
    ("peak1ToPeak2Ratio", INF, 1e300),
    ("troughToPeak2Ratio", -INF, -1e300),
]


@pytest.mark.parametrize(("metric", "sentinel", "value"), SENTINELS)
def test_sentinels(metric, sentinel, value):
    declared = METRICS[metric]
    found = declared.sentinel_mask(np.array([sentinel, value, NAN]))
    assert found.tolist() == [True, False, False]
    assert declared.sentinel_words(sentinel)
    assert declared.sentinel_words(value) == declared.sentinel_words(NAN) == ""


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        ("nSpikes", 12345.0, "12,345"),
        ("presenceRatio", 0.71249, "0.712"),
        ("percentageSpikesMissing_gaussian", 12.34, "12.3%"),
        ("waveformDuration_peakTrough", 433.333, "433 µs"),
        ("rawAmplitude", NAN, "–"),
        ("isolationDistance", INF, "inf"),
        ("RPV_status", -1.0, "-1"),
    ],
)
def test_values_as_text(metric, value, text):
    assert METRICS[metric].text(value) == text


def test_a_float_column_is_not_copied():
    column = np.arange(3.0)
    assert as_floats(column) is column
    assert as_floats(np.arange(3)).dtype == np.float64


@pytest.mark.parametrize(
    ("value", "text"), [(440511242729.3, "4.41e+11"), (50_000_000.0, "50,000,000"), (37.71, "37.7")]
)
def test_a_row_of_digits_is_said_by_its_size(value: float, text: str) -> None:
    assert figure(value, ",.1f" if value < 100 else ",.0f") == text
