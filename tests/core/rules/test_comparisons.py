"""Comparisons and margins in words."""

from __future__ import annotations

import math
import operator
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bcviewer.core.rules.comparisons import comparison, margin_sign, margin_words, shortfall
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULE_INDEX, RULES

NAN, INF = float("nan"), float("inf")
HOLDS = {"<": operator.lt, ">": operator.gt, "≥": operator.ge, "≤": operator.le}


def read_back(text: str) -> tuple[float, str, float]:
    found = re.fullmatch(r"(\S+) ([<>≥≤]) (\S+?)(%| \S+)?", text)
    assert found, text
    return float(found[1].replace(",", "")), found[2], float(found[3].replace(",", ""))


# The comparison

NUMBERS = st.one_of(
    st.floats(allow_nan=False),
    st.floats(-2000, 2000),
    st.sampled_from([0.0, 0.7, 0.1, 1150.0, 5e-324, 1.7e308, INF, -INF, -0.008, 0.7004, 99.5]),
    st.integers(-(10**6), 10**6).map(float),
)


@given(
    metric=st.sampled_from(sorted(METRICS)),
    threshold=NUMBERS,
    how=st.one_of(NUMBERS, st.integers(-3, 3), st.floats(-1e-3, 1e-3).map(lambda f: ("x", f))),
    below=st.booleans(),
)
@example("presenceRatio", 0.7004, 0, True)  # equal, with more digits than the metric is shown
@example("waveformDuration_peakTrough", 99.5, 0, False)
@example("nSpikes", 1e16, 1, False)
def test_a_comparison_is_true_as_written(metric, threshold, how, below):
    if isinstance(how, int):  # some units in the last place away
        value = threshold
        for _ in range(abs(how)):
            value = math.nextafter(value, math.copysign(INF, how))
    elif isinstance(how, tuple):
        value = threshold * (1 + how[1])
    else:
        value = how
    if math.isnan(value):
        return
    failing = "<" if below else ">"
    op = failing if HOLDS[failing](value, threshold) else {"<": "≥", ">": "≤"}[failing]
    left, written, right = read_back(comparison(METRICS[metric], value, op, threshold))
    assert written == op
    assert HOLDS[op](left, right)
    assert (left == right) == (value == threshold)


@pytest.mark.parametrize(
    ("metric", "value", "op", "threshold", "text"),
    [
        ("presenceRatio", 0.61, "<", 0.7, "0.610 < 0.7"),
        ("presenceRatio", 0.69996, "<", 0.7, "0.69996 < 0.7"),
        ("presenceRatio", 0.7, "≥", 0.7, "0.700 ≥ 0.7"),
        ("presenceRatio", 0.7004, "≥", 0.7004, "0.7004 ≥ 0.7004"),
        ("nSpikes", 12345.0, "≥", 300.0, "12,345 ≥ 300"),
        ("nSpikes", 299.0, "<", 300.0, "299 < 300"),
        ("waveformDuration_peakTrough", 1150.4, ">", 1150.0, "1150.4 > 1150 µs"),
        ("percentageSpikesMissing_gaussian", 25.04, ">", 20.0, "25.0 > 20%"),
        ("spatialDecaySlope", -0.0123, "<", -0.008, "-0.0123 < -0.008 1/µm"),
        ("mainPeakToTroughRatio", INF, ">", 0.8, "inf > 0.8"),
        ("maxDriftEstimate", 5.0, "≤", 100.0, "5.0 ≤ 100 µm"),
        ("Lratio", 1e-12, "≤", 0.3, "1e-12 ≤ 0.3"),
        ("isolationDistance", 440511242729.3, "≥", 20.0, "4.41e+11 ≥ 20"),
    ],
)
def test_comparisons_as_people_read_them(metric, value, op, threshold, text):
    assert comparison(METRICS[metric], value, op, threshold) == text


@pytest.mark.parametrize(
    ("margin", "words"),
    [
        (NAN, ""),
        (0.0, "0.0 steps"),
        (-1.34, "1.3 steps"),
        (0.04, "under 0.1 steps"),
        (-1e-30, "under 0.1 steps"),
        (20.0, "20 steps or more"),
        (-20.0, "20 steps or more"),
    ],
)
def test_margins_in_words(margin, words):
    assert margin_words(margin) == words


@pytest.mark.parametrize(
    ("token", "value", "threshold", "words"),
    [
        ("presenceRatio<minPresenceRatio", 0.61, 0.7, "0.090 short, −13%"),
        ("rawAmplitude<minAmplitude", 35.0, 40.0, "5.0 µV short, −12%"),
        ("maxDriftEstimate>maxDrift", 100.01, 100.0, "0.01 µm over, +0%"),
        ("maxDriftEstimate>maxDrift", 1.0, 0.0, "1.0 µm over"),
        ("percentageSpikesMissing_gaussian>maxPercSpikesMissing", 25.0, 20.0, "5.0% over, +25%"),
        ("rawAmplitude<minAmplitude", 35.0, INF, ""),
        ("rawAmplitude<minAmplitude", NAN, 40.0, ""),
    ],
)
def test_shortfalls_in_words(token, value, threshold, words):
    assert shortfall(RULES[RULE_INDEX[token]], value, threshold) == words


@pytest.mark.parametrize(
    ("margin", "words"),
    [
        (NAN, ""),
        (0.0, "0.0"),
        (-1.84, "−1.8"),
        (1.0, "+1.0"),
        (0.04, "< +0.1"),
        (-1e-9, "> −0.1"),
        (20.0, "≥ +20"),
        (-20.0, "≤ −20"),
        (19.99, "+20.0"),
    ],
)
def test_a_margin_in_a_column_has_a_sign(margin: float, words: str) -> None:
    assert margin_sign(margin) == words


def test_a_difference_in_the_last_digit_is_written_out() -> None:
    metric = METRICS[RULES[RULE_INDEX["presenceRatio<minPresenceRatio"]].metric]
    value = math.nextafter(0.7, 0.0)
    assert comparison(metric, value, "<", 0.7) == f"{value:.17g} < 0.7"
