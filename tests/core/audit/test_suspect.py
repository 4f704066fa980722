"""Thresholds that look like a slip are pointed at."""

from __future__ import annotations

import numpy as np
import pytest
from factories import make_run

from bcviewer.core.audit.suspect import odd_thresholds


def said(columns, params) -> list[str]:
    run = make_run(columns, params)
    return [str(issue) for issue in odd_thresholds(run.units, run.criteria, "params.parquet")]


def test_a_fraction_for_a_percentage():
    missing = {"percentageSpikesMissing_gaussian": [*np.linspace(0.5, 30, 19), 0.1]}
    assert said(missing, {"maxPercSpikesMissing": 0.2}) == [
        (
            "params.parquet: maxPercSpikesMissing is 0.2 %; Bombcell's default is 20 %."
            " 19 of 20 units fail it: is it a factor of 100 off?"
        )
    ]
    assert len(said(missing, {"maxPercSpikesMissing": 0.15})) == 1  # 15 %, as a fraction
    assert said(missing, {"maxPercSpikesMissing": 20}) == []


def test_a_digit_too_many():
    assert said({"nSpikes": [2000.0] * 3}, {"minNumSpikes": 3000}) == [
        (
            "params.parquet: minNumSpikes is 3000; Bombcell's default is 300."
            " 3 of 3 units fail it: is it a factor of 10 off?"
        )
    ]
    assert said({"maxDriftEstimate": [50.0, 60.0]}, {"maxDrift": 10}) == [
        (
            "params.parquet: maxDrift is 10 µm; Bombcell's default is 100 µm."
            " 2 of 2 units fail it: is it a factor of 10 off?"
        )
    ]


@pytest.mark.parametrize(
    ("columns", "params"),
    [
        ({"nSpikes": [2000.0] * 3}, {"minNumSpikes": 2500}),  # strict, but no power of ten
        ({"nSpikes": [2000.0] * 8 + [5000.0] * 2}, {"minNumSpikes": 3000}),  # some pass
        ({"maxDriftEstimate": [np.nan] * 2}, {"maxDrift": 0.1}),  # nothing is known
        ({"maxDriftEstimate": [5.0] * 2}, {"maxDrift": 0.1, "computeDrift": False}),
        ({"presenceRatio": [0.5]}, {"minPresenceRatio": np.nan}),
        ({"presenceRatio": [0.5]}, {"minPresenceRatio": np.inf}),
        ({"nTroughs": [5.0]}, {"maxNTroughs": 0}),
        ({"nSpikes": []}, {"minNumSpikes": 3000}),
        ({"peak1ToPeak2Ratio": [0.3]}, {"maxPeak1ToPeak2Ratio_nonSomatic": 0.03}),
    ],
)
def test_what_may_be_meant_is_not(columns, params):
    assert said(columns, params) == []


def test_no_shared_recording_is_suspected(shared):
    from bcviewer.io.results.bombcell import read_run
    from bcviewer.io.results.find import find_runs

    for folder in ("sim_3probes", "sim_synthetic", "toy"):
        for where in find_runs(str(shared / folder)):
            run = read_run(where)
            assert odd_thresholds(run.units, run.criteria, "") == []
