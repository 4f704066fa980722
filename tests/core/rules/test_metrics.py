"""The metrics: declared once, with their steps, sentinels and texts."""

from __future__ import annotations

import math

import pytest
from factories import good_unit

from bcviewer.core.rules.metric import Step
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULES

NAN, INF = math.nan, math.inf
FACTOR = Step("factor", 1.25)


def test_every_column_of_bombcells_table_is_declared():
    assert set(METRICS) == set(good_unit())
    assert all(key == metric.key for key, metric in METRICS.items())
    titles = [metric.title for metric in METRICS.values()]
    assert len(set(titles)) == len(titles)
    assert all(metric.help.endswith(".") for metric in METRICS.values())


def test_only_metrics_that_a_rule_reads_have_a_step():
    assert {k for k, m in METRICS.items() if m.step} == {rule.metric for rule in RULES}


@pytest.mark.parametrize(
    ("metric", "step"),
    [
        ("nPeaks", Step("count")),
        ("nTroughs", Step("count")),
        ("waveformDuration_peakTrough", Step("sample")),
        ("presenceRatio", Step("bin")),
        ("Lratio", Step("factor", 2.0)),
        ("fractionRPVs_estimatedTauR", Step("add", 0.05)),
        ("percentageSpikesMissing_gaussian", Step("add", 10.0)),
        ("maxDriftEstimate", Step("add", 10.0)),
        *[
            (name, FACTOR)
            for name in [
                "nSpikes",
                "rawAmplitude",
                "signalToNoiseRatio",
                "scndPeakToTroughRatio",
                "mainPeakToTroughRatio",
                "peak1ToPeak2Ratio",
                "troughToPeak2Ratio",
                "mainPeak_before_width",
                "mainTrough_width",
                "waveformBaselineFlatness",
                "isolationDistance",
                "spatialDecaySlope",
            ]
        ],
    ],
)
def test_the_steps_are_those_of_the_design(metric, step):
    assert METRICS[metric].step == step
