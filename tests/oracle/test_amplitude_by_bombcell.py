"""The cut-off fit: bombcell's own numbers, equal to the saved ones on real results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evidence_fakes import FakeRecording, unit_data, unit_spikes
from evidence_files import read_units
from factories import bombcell, quiet

from bcviewer.core.evidence.amplitudes import distribution, over_time
from bcviewer.core.evidence.recording import UnitData
from bcviewer.errors import UserError
from bcviewer.oracle.amplitude_by_bombcell import CutOffFit, ask
from bcviewer.oracle.client import Bombcell

NAN = float("nan")
DEMO = "session_demo/Demo_20260201_session001/bombcell/bombcell_DEFAULT"
PLACES = [
    "toy/kilosort4_A",
    *(f"sim_3probes/kilosort4_{probe}" for probe in "ABC"),
    *(f"{DEMO}/kilosort4_{probe}" for probe in "ABC"),
]


class InProcess(Bombcell):
    """Answers as the helper process does, in this one."""

    def ask(self, request: str, params: Any, arrays: Mapping[str, Any]) -> dict[str, Any]:
        bombcell()
        from bcviewer.oracle.requests import amplitude

        assert request == "amplitude"
        with quiet():
            return amplitude.answer(params, arrays)


@pytest.fixture(scope="module")
def here() -> Iterator[Bombcell]:
    with InProcess() as helper:
        yield helper


def unit(amplitudes: Any, columns: Any = None) -> UnitData:
    times = np.linspace(0, 599, len(amplitudes))
    kept = {"useTheseTimesStart": 0.0, "useTheseTimesStop": 600.0, **(columns or {})}
    spikes = unit_spikes(times, amplitudes)
    return unit_data(FakeRecording({0: spikes}), columns=kept, session_s=(0.0, 600.0))


def normal(n: int = 20_000, cut: float = -np.inf) -> np.ndarray:
    values = np.random.default_rng(3).normal(20, 3, n)
    return values[values > cut]


# -- on real results -------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_recomputed_equals_saved(shared: Path, here: Bombcell, place: str) -> None:
    tested, far = 0, 0.0
    for one in read_units(shared / place):
        found = over_time(one, 32, 64)
        if one.metric("nSpikes") < 50:
            assert found.presence is None
            continue
        tested += 1
        assert found.presence is not None
        assert found.presence.ratio == found.presence.saved
        fit = ask(one, here)
        assert fit.agrees
        far = max(far, abs(fit.percent - fit.saved))
        if fit.fitted:  # the bins that are drawn are those that were fitted
            assert fit.y[-50:].tolist() == distribution(one).counts.tolist()
    assert tested >= 15
    assert far < 1e-3  # % points: the optimiser stops at 0.1 %, machines differ behind that


def test_recomputed_on_the_kept_time(shared: Path, here: Bombcell) -> None:
    units = read_units(shared / "toy_variants/time_chunks/kilosort4_A", shared / PLACES[0])
    fits = [ask(one, here) for one in units]
    lines = [over_time(one, 32, 64) for one in units]
    assert all(fit.agrees for fit in fits)
    assert all(line.presence.agrees for line in lines)  # type: ignore[union-attr]
    assert sum(line.timeline.kept.share < 1 for line in lines) == 3
    assert sum(len(line.timeline.left_out) for line in lines) >= 3


# -- known answers ---------------------------------------------------------------------------


def test_a_whole_gaussian_misses_nothing(here: Bombcell) -> None:
    fit = ask(unit(normal(), {"percentageSpikesMissing_gaussian": 0.0}), here)
    assert fit.fitted
    assert fit.percent == pytest.approx(1, abs=0.3)  # it is cut at the 1st percentile
    assert fit.centre == pytest.approx(20, abs=0.3)
    assert abs(fit.width) == pytest.approx(3, rel=0.1)


def test_a_cut_gaussian_misses_what_was_cut(here: Bombcell) -> None:
    fit = ask(unit(normal(cut=18.5), {"percentageSpikesMissing_gaussian": 3.0}), here)
    assert fit.percent == pytest.approx(30.85, abs=5)  # Φ(−0.5)
    assert fit.cut_off == pytest.approx(18.5, abs=0.3)
    assert not fit.agrees
    assert fit.percent_at(fit.cut_off) == pytest.approx(fit.percent), "as bombcell takes it"
    assert fit.cut_off_at(fit.percent) == pytest.approx(fit.cut_off)
    middle = np.array([fit.centre])
    assert fit.curve(middle)[0] == pytest.approx(fit.height)


def test_a_peak_that_is_cut_off_has_no_fit(here: Bombcell) -> None:
    fit = ask(unit(20 + np.random.default_rng(3).exponential(3, 5000)), here)
    assert fit.percent == 100
    assert not fit.fitted
    assert fit.words() == "100 %: the peak of the distribution is cut off, no fit"


def test_five_spikes_or_less_have_no_percentage(here: Bombcell) -> None:
    for n in (1, 5):
        fit = ask(unit(np.linspace(10, 20, n)), here)
        assert np.isnan(fit.percent)
        assert "five spikes or less" in fit.words()
    assert np.isfinite(ask(unit(np.linspace(10, 20, 6)), here).percent)


def test_no_fit_says_why(here: Bombcell) -> None:
    few = unit(np.ones(3), {"useTheseTimesStart": NAN, "nSpikes": 3.0})
    with pytest.raises(UserError, match=r"No fit: 3 spikes: Bombcell computes nothing below 50\."):
        ask(few, here)
    bare = unit_data(FakeRecording({0: unit_spikes([1.0, 2.0])}))
    with pytest.raises(UserError, match=r"amplitudes\.npy"):
        ask(bare, here)


def test_constant_and_odd_amplitudes(here: Bombcell) -> None:
    for values in (np.full(100, 12.0), np.full(100, 0.0), -normal(500)):
        fit = ask(unit(values), here)
        assert isinstance(fit, CutOffFit)
        assert np.isfinite(fit.curve(np.linspace(0, 30, 10))).all() or not fit.fitted


@pytest.mark.long
def test_the_helper_process_answers_the_same(here: Bombcell, real_bombcell: Bombcell) -> None:
    one = unit(normal(2000, cut=17))
    far, near = ask(one, real_bombcell), ask(one, here)
    assert far.percent == pytest.approx(near.percent, abs=1e-9)
    assert (far.x == near.x).all()
    assert (far.y == near.y).all()
    with pytest.raises(UserError, match="bombcell cannot compute this"):
        ask(unit(np.r_[normal(100), NAN]), real_bombcell)
