"""Parameters: what was saved, what Bombcell fills in, and what is absent."""

from __future__ import annotations

import math

import numpy as np
import pytest
from factories import bombcell, bombcell_filled, default_params, make_params

from bcviewer.core.rules.criteria import FLAGS, THRESHOLDS, Criteria, ParameterChange
from bcviewer.core.rules.settings import as_number

NAN, INF = math.nan, math.inf
GROUP = (
    "minTroughToPeak2Ratio_nonSomatic",
    "minWidthFirstPeak_nonSomatic",
    "minWidthMainTrough_nonSomatic",
    "maxPeak1ToPeak2Ratio_nonSomatic",
)
NEEDED = [
    name
    for name in THRESHOLDS
    if name not in GROUP
    and name
    not in {
        "minSpatialDecaySlopeExp",
        "maxSpatialDecaySlopeExp",
        "maxScndPeakToTroughRatio_noise",
        "maxMainPeakToTroughRatio_nonSomatic",
    }
]


def make_criteria(*args, **more) -> Criteria:
    return make_params(*args, **more).criteria


def needed_only(**more: object) -> dict[str, object]:
    return {**{name: default_params()[name] for name in NEEDED}, **more}


def test_the_defaults_need_no_filling():
    params = make_criteria()
    assert params.filled == params.absent == params.unreadable == ()
    assert params.thresholds["minWvDuration"] == 100.0
    assert params.flags["computeDrift"] is True


def test_what_bombcell_fills_in_where_all_may_be_absent():
    params = Criteria.from_saved(needed_only())
    filled = bombcell().default_parameters._BACKCOMPAT_DEFAULTS
    assert set(params.filled) == set(filled)
    assert {n: params.thresholds.get(n, params.flags.get(n)) for n in filled} == filled
    assert params.absent == ()


def test_what_bombcell_does_not_fill_in_is_absent():
    assert set(Criteria.from_saved({}).absent) == set(NEEDED)
    with pytest.raises(KeyError) as error:
        bombcell_filled({})
    assert all(name in str(error.value) for name in NEEDED)


@pytest.mark.parametrize("name", NEEDED)
def test_each_absent_threshold_is_a_key_error_of_bombcells(name):
    assert make_criteria(drop=[name]).absent == (name,)
    saved = default_params()
    del saved[name]
    with pytest.raises(KeyError, match=name):
        bombcell_filled(saved)


@pytest.mark.parametrize("present", range(1, 15))
def test_a_part_of_the_four_way_group_is_filled_as_bombcell_does(present):
    some = {name: 1.5 for i, name in enumerate(GROUP) if present >> i & 1}
    widths = [(), (61, 61), (82, 61), (20, 61), (NAN, 61), (0, 61), (61, 0), (40.0, -1), (INF, 61)]
    for width in widths:
        saved = needed_only(**some)
        saved.update(zip(("spikeWidth", "standardSpikeWidth"), width, strict=False))
        params, theirs = Criteria.from_saved(saved), bombcell_filled(saved)
        assert {n: params.thresholds[n] for n in GROUP} == {n: float(theirs[n]) for n in GROUP}
        assert set(params.filled) == set(theirs) - set(saved)


@pytest.mark.parametrize("value", [True, 1, 1.0, NAN, "1", False, 0, 0.0, None, -1])
def test_a_flag_has_its_truth_value(value):
    params = make_criteria(dict.fromkeys(FLAGS, value))
    assert set(params.flags.values()) == {bool(value)}


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0),
        (True, 1.0),
        (2.5, 2.5),
        (None, NAN),
        (NAN, NAN),
        ("NaN", NAN),
        (" none ", NAN),
        ("", NAN),
        ("1e3", 1000.0),
        ("-inf", -INF),
        ("many", None),
        (10**400, None),
        ([1, 2], None),
        ({}, None),
    ],
)
def test_a_saved_value_as_a_number(value, number):
    np.testing.assert_equal(as_number(value), number)


def test_unreadable_is_neither_a_threshold_nor_filled():
    params = make_criteria({"maxDrift": "far", "maxSpatialDecaySlopeExp": "steep"})
    assert set(params.unreadable) == {"maxDrift", "maxSpatialDecaySlopeExp"}
    assert set(params.absent) == set(params.unreadable)
    assert params.filled == ()


def test_other_parameters_can_be_read():
    params = make_params().settings
    assert params.number("presenceRatioBinSize") == 60.0
    assert params.text("rpv_method") == "ibl_sliding"
    assert math.isnan(params.number("rpv_method"))
    assert math.isnan(params.number("never heard of"))
    assert params.text("presenceRatioBinSize") == params.text("never heard of") == ""


def test_replace_leaves_the_first_as_it_was():
    before = make_criteria()
    after = before.replace(maxDrift=40, computeDrift=False)
    assert (before.thresholds["maxDrift"], after.thresholds["maxDrift"]) == (100.0, 40.0)
    assert (before.flags["computeDrift"], after.flags["computeDrift"]) == (True, False)


def test_replace_can_add_what_was_absent():
    before = make_criteria(drop=["isoDmin"])
    assert before.replace(isoDmin=20).absent == ()
    assert before.diff(before.replace(isoDmin=20)) == (ParameterChange("isoDmin", None, 20.0),)


def test_diff_names_thresholds_and_flags_only():
    before = make_criteria()
    after = before.replace(maxDrift=40, extractRaw=0, rpv_method="hill", minSNR=5.0)
    assert before.diff(after) == (
        ParameterChange("maxDrift", 100.0, 40.0),
        ParameterChange("extractRaw", True, False),
    )
    assert before.diff(before) == ()


def test_diff_takes_two_missing_values_as_equal():
    before, after = make_criteria({"minSNR": NAN}), make_criteria({"minSNR": None})
    assert before.diff(after) == ()
    assert [change.name for change in before.diff(make_criteria())] == ["minSNR"]


def test_parameters_cannot_be_changed_in_place():
    saved = default_params()
    params = Criteria.from_saved(saved)
    saved["maxDrift"] = 1
    assert params.saved["maxDrift"] == 100
    with pytest.raises(TypeError):
        params.thresholds["maxDrift"] = 1.0
    with pytest.raises(TypeError):
        params.flags["extractRaw"] = False


def test_for_bombcell_hands_over_what_was_saved():
    given = make_criteria(
        {"spikeWidth": 61, "computeDrift": 1.0, "minSNR": None}, drop=["maxDrift"]
    )
    out = given.for_bombcell()
    assert out["computeDrift"] is True
    assert math.isnan(out["minSNR"])
    assert out["spikeWidth"] == 61.0
    assert "maxDrift" not in out
    assert "rpv_method" not in out
    assert set(out) - {"spikeWidth"} == {*THRESHOLDS, *FLAGS} - {"maxDrift"}
