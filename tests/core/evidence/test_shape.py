"""What a recount says beside what was saved, and how a spatial decay's fit is read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from evidence_fakes import FakeRecording, unit_data

from bcviewer.core.evidence.decay import REACH_UM, falloff, few_channels
from bcviewer.core.evidence.recording import Waveform
from bcviewer.core.evidence.shape import (
    DECAY_METRIC,
    WAVEFORM_METRICS,
    Fit,
    Shape,
    decay_facts,
    differences,
    fit_words,
    mismatch,
    same,
    unmeasured,
    unpaired,
    waveform_facts,
)
from bcviewer.core.run.run import Sites
from bcviewer.errors import UserError

NAN = float("nan")
NONE = np.empty(0, np.int64)


def measured(**instead: float) -> dict[str, float]:
    unit = unit_data(FakeRecording())
    saved = {key: unit.metric(key) for key in (*WAVEFORM_METRICS, DECAY_METRIC)}
    return {**saved, **instead}


def shape(**fields: Any) -> Shape:
    given = {
        "measures": measured(),
        "peaks": NONE,
        "troughs": NONE,
        "peak": -1,
        "trough": -1,
        "fit": None,
        "no_fit": "",
        "differences": (),
        "unpaired": (),
        "unmeasured": "",
        "notes": (),
    }
    return Shape(**{**given, **fields})


def fit(slope: float = -0.02, factor: float = 1.0, linear: bool = False) -> Fit:
    x = np.array([0.0, 20.0, 40.0])
    return Fit(x, x, slope, factor, linear)


def test_a_recount_that_differs_is_told_with_both_numbers() -> None:
    unit = unit_data(FakeRecording(), columns={"nPeaks": 2.0, "mainTrough_width": NAN})
    measures = measured(nPeaks=3.0, nTroughs=NAN, waveformDuration_peakTrough=433.3)
    assert differences(unit, measures) == (
        "peaks: recount 3, saved 2",
        "duration: recount 433, saved 400",
    )
    assert unpaired(unit, measures) == (
        "troughs: recount none, saved 1",
        "trough width: recount 8.00, saved none",
    )


def test_rounding_is_no_difference_but_the_smallest_is_written_apart() -> None:
    unit = unit_data(FakeRecording(), columns={DECAY_METRIC: 0.03})
    assert differences(unit, measured(spatialDecaySlope=0.03001)) == ()
    found = differences(unit, measured(spatialDecaySlope=0.03005))
    assert found == ("spatial decay: recount 0.0301, saved 0.03",)
    assert same(NAN, NAN)
    assert not same(NAN, 0.0)
    assert same(float("inf"), float("inf"))


def test_huge_numbers_stay_short() -> None:
    unit = unit_data(FakeRecording(), columns={"nPeaks": -1e308})
    assert differences(unit, measured(nPeaks=1.0)) == ("peaks: recount 1, saved −1e+308",)


def test_columns_that_are_not_there_are_not_compared() -> None:
    unit = unit_data(FakeRecording(), drop=["nTroughs"])
    assert differences(unit, measured(nTroughs=9.0)) == ()


@pytest.mark.parametrize(("spikes", "words"), [(37.0, "37 spikes"), (0.0, "no spikes")])
def test_units_below_50_spikes_are_compared_with_nothing(spikes: float, words: str) -> None:
    unit = unit_data(FakeRecording(), columns={"nSpikes": spikes, "nPeaks": NAN})
    assert words in unmeasured(unit)
    assert differences(unit, measured(nPeaks=3.0)) == ()
    facts = waveform_facts(shape(unmeasured=unmeasured(unit)), "x")
    assert "Bombcell measured nothing" in facts[0]
    assert unmeasured(unit_data(FakeRecording(), columns={"nSpikes": 50.0, "nPeaks": NAN})) == ""


def test_of_a_unit_that_phy_made_nothing_is_saved_and_nothing_is_compared() -> None:
    unit = unit_data(FakeRecording())
    made = unit.at(unit.run.n_units)
    assert unpaired(made, measured(nPeaks=3.0)) == differences(made, measured(nPeaks=3.0)) == ()
    said = waveform_facts(shape(unmeasured=unmeasured(made)), "x")
    assert said[0].startswith(
        "Nothing is saved of it: phy made this unit after Bombcell ran; shown"
    )


def test_facts_tell_what_differs_of_the_waveform_or_of_the_decay() -> None:
    both = shape(
        differences=("peaks: recount 3, saved 2", "spatial decay: recount 1, saved 2"), fit=fit()
    )
    assert waveform_facts(both, "MATLAB")[0] == "peaks: recount 3, saved 2 (saved by MATLAB)"
    assert decay_facts(both, "MATLAB")[0] == "spatial decay: recount 1, saved 2 (saved by MATLAB)"
    assert mismatch(both, decay=False)
    assert mismatch(both, decay=True)
    one = shape(differences=("spatial decay: recount 1, saved 2",))
    assert not mismatch(one, decay=False), "each panel is coloured by what it says itself"
    missing = shape(unpaired=("peaks: recount 1, saved none",), fit=fit())
    assert waveform_facts(missing, "x")[0] == "peaks: recount 1, saved none (saved by x)"
    assert decay_facts(missing, "x")[-1] == "Recount by bombcell: as saved"
    assert not mismatch(missing, decay=False), "what is missing neither matches nor differs"
    assert not mismatch("no shape", decay=True)
    as_saved = shape(fit=fit(), notes=("a note",))
    assert waveform_facts(as_saved, "x") == ("Recount by bombcell: as saved", "a note")
    assert decay_facts(as_saved, "x")[0] == "Falls to 37 % in 50 µm"
    assert decay_facts(shape(no_fit="too few"), "x") == ("No slope: too few.",)


def test_a_slope_as_a_length() -> None:
    assert fit(-0.02).length_um == pytest.approx(50)
    assert fit(-0.02, 1.2, linear=True).length_um == pytest.approx(60)
    assert np.isnan(fit(0.02).length_um)
    assert fit_words(fit(-0.02, 1.2, linear=True)) == "Falls to zero at 60 µm"
    assert fit_words(fit(0.03)) == "The fit does not fall with distance"


def test_the_starting_value_is_no_measurement() -> None:
    assert fit(0.1).is_start
    assert "starting value" in fit_words(fit(0.1))
    assert not fit(0.1, linear=True).is_start
    assert not fit(-0.1).is_start


def test_the_curves() -> None:
    x = np.array([0.0, 10.0])
    np.testing.assert_allclose(fit(-0.02, 2.0).at(x), 2 * np.exp([0, -0.2]))
    np.testing.assert_allclose(fit(-0.02, 2.0, linear=True).at(x), [2.0, 1.8])
    np.testing.assert_allclose(fit(-0.02, 2.0).at(x, -0.1), 2 * np.exp([0, -1]))
    assert np.isfinite(fit(1e6).at(x)).all()


# -- amplitudes against distance -------------------------------------------------------------


def column(n: int, x: float = 0.0, pitch: float = 20.0) -> np.ndarray:
    return np.column_stack([np.full(n, x), pitch * np.arange(n)])


def test_amplitudes_are_the_largest_absolute_values_nearest_first() -> None:
    template = np.zeros((5, 12))
    template[2] = -np.arange(12.0)
    template[3, 4] = 100.0
    recording = FakeRecording(template_of={0: Waveform(template, NAN, "a note")})
    found = falloff(unit_data(recording, sites=Sites(column(12)), columns={"maxChannels": 4.0}))
    assert found.channels[:3].tolist() == [4, 3, 5]
    assert found.distance[:3].tolist() == [0, 20, 20]
    assert found.amplitude[:3].tolist() == [100, 3, 5]
    assert found.distance.max() <= REACH_UM
    assert found.note == "a note"


def test_what_is_not_finite_counts_as_nothing() -> None:
    template = np.full((5, 3), NAN)
    template[1, 1] = float("inf")
    recording = FakeRecording(template_of={0: Waveform(template, NAN)})
    found = falloff(unit_data(recording, sites=Sites(column(3)), columns={"maxChannels": 0.0}))
    assert found.amplitude.tolist() == [0, 0, 0]


def test_distances_need_positions_of_all_channels() -> None:
    recording = FakeRecording(template_of={0: Waveform(np.ones((5, 3)), NAN)})
    with pytest.raises(UserError, match=r"channel_positions\.npy"):
        falloff(unit_data(recording, sites=None))
    with pytest.raises(UserError, match="has 2 channels"):
        falloff(unit_data(recording, sites=Sites(column(2)), columns={"maxChannels": 0.0}))


@pytest.mark.parametrize(("linear", "least"), [(True, 5), (False, 8)])
def test_too_few_channels_to_the_side(linear: bool, least: int) -> None:
    def said(n: int) -> str:
        xy = np.vstack([column(n), column(20, x=33.1)])  # too far to the side
        run = unit_data(FakeRecording(), params={"spDecayLinFit": linear}, sites=Sites(xy)).run
        return few_channels(run, 0)

    assert said(least) == ""
    assert said(least - 1).startswith(f"{least - 1} of the {least} channels")
