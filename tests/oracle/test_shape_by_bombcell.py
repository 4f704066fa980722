"""The shape of a template: bombcell's own numbers and marks, equal to what its runs saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evidence_fakes import FakeRecording, unit_data
from factories import bombcell, default_params, quiet

from bcviewer.core.evidence.decay import LEAST_CHANNELS
from bcviewer.core.evidence.recording import UnitData, Waveform
from bcviewer.core.evidence.shape import DECAY_METRIC, WAVEFORM_METRICS, Shape, unmeasured
from bcviewer.core.run.run import Run, Sites
from bcviewer.errors import UserError
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.io.spikes.recording import open_recording
from bcviewer.oracle.client import Bombcell
from bcviewer.oracle.shape_by_bombcell import ask_shape

NAN = float("nan")
COLUMN = np.column_stack([np.zeros(24), 20.0 * np.arange(24)])
DEMO = "session_demo/Demo_20260201_session001/bombcell"
RECORDINGS = ["toy/kilosort4_A", *(f"sim_3probes/kilosort4_{p}" for p in "ABC"), DEMO]


class InProcess(Bombcell):
    """Answers as the helper process does, in this one."""

    def ask(self, request: str, params: Any, arrays: Mapping[str, Any]) -> dict[str, Any]:
        bombcell()
        from bcviewer.oracle.requests import shape

        assert request == "shape"
        self.asked = dict(arrays)
        with quiet():
            return shape.answer(params, arrays)


@pytest.fixture
def here() -> Iterator[InProcess]:
    with InProcess() as helper:
        yield helper


@pytest.fixture
def helper(real_bombcell: Bombcell) -> Bombcell:
    return real_bombcell


def template(n: int = 61, peaks: int = 1, xy: np.ndarray = COLUMN, length: float = 40.0) -> Any:
    """Return a spike that falls with distance from channel 3, with some peaks after it."""
    t = np.arange(n, dtype=float) - (n - 61)
    one = -np.exp(-((t - 20) ** 2) / 6)
    for i in range(peaks):
        one += 0.4 * np.exp(-((t - 32 - 10 * i) ** 2) / 6)
    away = np.hypot(*(xy - xy[min(3, len(xy) - 1)]).T)
    return (one[:, None] * np.exp(-away / length)).astype(np.float32)


def unit(values: Any, xy: Any = COLUMN, columns: Any = None, **params: object) -> UnitData:
    recording = FakeRecording(template_of={0: Waveform(np.asarray(values, float), NAN)})
    sites = None if xy is None else Sites(np.asarray(xy, float))
    columns = {"maxChannels": 3.0, **(columns or {})}
    return unit_data(recording, columns=columns, params=params, sites=sites)


def direct(values: Any, xy: Any = COLUMN, **params: object) -> tuple[Any, ...]:
    """Return what bombcell says when it is called as its own run calls it."""
    function = bombcell().quality_metrics.waveform_shape
    given = {**default_params(), **params}
    window = np.array([0, 10])
    with quiet():
        return function(values[None], 0, np.array([3]), xy, window, given)


# -- real recordings -------------------------------------------------------------------------


def runs(place: Path) -> list[Run]:
    return [read_run(location) for location in find_runs(place) if not location.problem]


@pytest.mark.long
def test_drawn_peaks_and_troughs_are_those_that_were_counted(
    shared: Path, tmp_path: Path, helper: Bombcell
) -> None:
    """Every unit with enough spikes: marks, counts and every other measure are as saved."""
    counted: Counter[str] = Counter()
    wrong: list[str] = []
    for place in RECORDINGS:
        for run in runs(shared / place):
            recording = open_recording(run, tmp_path)
            for row in range(run.n_units):
                one = UnitData(run, row, recording)
                found = ask_shape(one, helper)
                if unmeasured(one):
                    counted["below 50 spikes"] += 1
                    continue
                counted["measured"] += 1
                marks = len(found.peaks), len(found.troughs)
                if marks != (one.metric("nPeaks"), one.metric("nTroughs")):
                    wrong.append(f"{place} {run.cluster_id[row]}: {marks} marks")
                if found.differences:
                    wrong.append(f"{place} {run.cluster_id[row]}: {found.differences}")
    assert wrong == []
    assert counted["measured"] > 500
    assert counted["below 50 spikes"] > 0


# -- against bombcell called directly --------------------------------------------------------


@pytest.mark.parametrize("n", [61, 82])
@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("peaks", [0, 1, 3])
def test_numbers_are_bombcells(here: InProcess, n: int, linear: bool, peaks: int) -> None:
    values = template(n, peaks)
    found = ask_shape(unit(values, spDecayLinFit=linear), here)
    theirs = direct(values, spDecayLinFit=linear)
    names = ("nPeaks", "nTroughs", "waveformDuration_peakTrough", DECAY_METRIC)
    for name, value in zip(names, theirs, strict=False):
        assert found.measures[name] == value
    assert found.peaks.tolist() == list(theirs[11])
    assert found.troughs.tolist() == list(theirs[12])
    assert (found.peak, found.trough) == tuple(theirs[13:15])
    assert set(found.measures) == {*WAVEFORM_METRICS, DECAY_METRIC}
    assert found.fit is not None
    assert -found.fit.slope == found.measures[DECAY_METRIC]
    assert found.fit.linear == linear
    assert here.asked["template"].dtype == np.float32


def test_the_fit_is_of_the_points_that_bombcell_took(here: InProcess) -> None:
    found = ask_shape(unit(template(length=40.0)), here).fit
    assert found is not None
    assert found.distance[0] == 0
    assert (np.diff(found.distance) >= 0).all()
    np.testing.assert_allclose(found.amplitude, np.exp(-found.distance / 40), rtol=1e-5)
    assert found.length_um == pytest.approx(40, rel=1e-4)
    np.testing.assert_allclose(found.at(found.distance), found.amplitude, rtol=1e-4)


def test_curve_fit_is_given_back(here: InProcess) -> None:
    module = bombcell().quality_metrics
    before = module.curve_fit
    ask_shape(unit(template()), here)
    assert module.curve_fit is before
    broken = template()
    broken[3, 5] = NAN
    ask_shape(unit(broken), here)
    assert module.curve_fit is before


def test_the_runs_own_threshold_counts(here: InProcess) -> None:
    values = template(peaks=2)
    few = ask_shape(unit(values, minThreshDetectPeaksTroughs=0.9), here)
    many = ask_shape(unit(values, minThreshDetectPeaksTroughs=0.1), here)
    assert len(few.peaks) < len(many.peaks) == many.measures["nPeaks"]


def test_a_parameter_that_was_not_saved_is_told(here: InProcess) -> None:
    recording = FakeRecording(template_of={0: Waveform(template().astype(float), NAN)})
    absent = ["minThreshDetectPeaksTroughs", "waveform_baseline_window_start"]
    one = unit_data(recording, absent=absent, sites=Sites(COLUMN))
    found = ask_shape(one, here)
    assert any(note.startswith("minThreshDetectPeaksTroughs is not saved") for note in found.notes)
    assert any("No baseline window" in note for note in found.notes)
    assert np.isnan(found.measures["waveformBaselineFlatness"])
    assert not any("flatness" in words for words in found.differences)


def test_without_sample_rate_and_flags_nothing_is_guessed(here: InProcess) -> None:
    recording = FakeRecording(template_of={0: Waveform(template().astype(float), NAN)})
    absent = ["ephys_sample_rate", "spDecayLinFit"]
    one = unit_data(recording, absent=absent, sites=Sites(COLUMN), sample_rate=NAN)
    found = ask_shape(one, here)
    assert np.isnan(found.measures["waveformDuration_peakTrough"])
    assert not any("duration" in words for words in found.differences)
    assert "spDecayLinFit is not saved: Bombcell takes it as on." in found.notes
    assert found.fit is not None
    assert found.fit.linear


def test_saved_values_that_differ_are_told(here: InProcess) -> None:
    values = template(peaks=1)
    saved = ask_shape(unit(values), here).measures
    one = unit(values, columns={**saved, "nPeaks": saved["nPeaks"] + 1})
    found = ask_shape(one, here)
    assert len(found.differences) == 1
    assert found.differences[0].startswith("peaks: recount ")


# -- where there is no slope -----------------------------------------------------------------


@pytest.mark.parametrize("linear", [False, True])
def test_fewer_channels_than_bombcell_asks_for(here: InProcess, linear: bool) -> None:
    least = LEAST_CHANNELS[linear]
    for n, fitted in ((least, True), (least - 1, False)):
        xy = COLUMN[:n]
        found = ask_shape(unit(template(xy=xy), xy, spDecayLinFit=linear), here)
        assert (found.fit is not None) == fitted
        assert np.isnan(direct(template(xy=xy), xy, spDecayLinFit=linear)[3]) != fitted
    assert found.no_fit.startswith(f"{least - 1} of the {least} channels")


def test_channels_30_um_apart_switch_it_off(here: InProcess) -> None:
    wide = COLUMN * [1, 1.5]
    found = ask_shape(unit(template(xy=wide), wide), here)
    assert found.fit is None
    assert "30 µm or more apart" in found.no_fit
    assert ask_shape(unit(template(), COLUMN * [1, 1.49]), here).fit is not None


def test_switched_off_one_depth_one_channel_or_no_positions(here: InProcess) -> None:
    off = ask_shape(unit(template(), computeSpatialDecay=False), here)
    assert "switched off in this run" in off.no_fit
    assert len(off.troughs) == 1
    row = np.column_stack([20.0 * np.arange(24), np.zeros(24)])
    assert "one depth" in ask_shape(unit(template(xy=row), row), here).no_fit
    one = unit(template()[:, 3:4], np.zeros((1, 2)), columns={"maxChannels": 0.0})
    assert "one depth" in ask_shape(one, here).no_fit
    assert "channel_positions.npy" in ask_shape(unit(template(), None), here).no_fit


def test_the_optimiser_that_never_left_its_start(here: InProcess) -> None:
    far = np.column_stack(
        [np.zeros(12), [0.0, 20, 9e3, 0, 1.1e4, 1.2e4, *range(13000, 19000, 1000)]]
    )
    values = template(xy=far)
    found = ask_shape(unit(values, far), here)
    assert found.measures[DECAY_METRIC] == -0.1
    assert found.fit is not None
    assert found.fit.is_start


# -- hostile arrays --------------------------------------------------------------------------


def test_no_number_on_a_neighbour_leaves_the_peaks(here: InProcess) -> None:
    values = template()
    values[10, 4] = NAN
    found = ask_shape(unit(values), here)
    assert found.fit is None
    assert found.no_fit.startswith("Bombcell's fit failed (ValueError")
    assert len(found.troughs) == 1


def test_no_number_on_the_peak_channel(here: InProcess) -> None:
    values = template()
    values[10, 3] = NAN
    found = ask_shape(unit(values), here)
    assert np.isnan(found.measures["nPeaks"])
    assert (len(found.peaks), len(found.troughs), found.peak) == (0, 0, -1)


@pytest.mark.parametrize("value", [0.0, NAN])
def test_a_template_of_nothing(here: InProcess, value: float) -> None:
    with pytest.raises(UserError, match="zero on its peak channel"):
        ask_shape(unit(np.full((61, 24), value)), here)


def test_without_a_template(here: InProcess) -> None:
    with pytest.raises(UserError, match=r"templates\.npy"):
        ask_shape(unit_data(FakeRecording()), here)


def test_what_bombcell_raises_is_one_line(helper: Bombcell) -> None:
    with pytest.raises(UserError, match="bombcell cannot compute this"):
        helper.ask("shape", {"computeSpatialDecay": False}, {"template": np.zeros((2, 2))})


def test_a_shape_is_frozen(here: InProcess) -> None:
    found = ask_shape(unit(template()), here)
    assert isinstance(found, Shape)
    with pytest.raises(TypeError):
        found.measures["nPeaks"] = 0.0  # type: ignore[index]
