"""Kept time, refractory periods and inter-spike intervals."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from evidence_fakes import FakeRecording, unit_data, unit_spikes
from factories import bombcell, make_params, make_run, quiet
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bcviewer.core.evidence.correlogram import auto_correlogram
from bcviewer.core.evidence.intervals import N_BINS, intervals
from bcviewer.core.evidence.kept import kept_spikes
from bcviewer.core.evidence.recording import UnitData, UnitSpikes
from bcviewer.core.evidence.tau_r import (
    DEFAULT_TAU_R,
    MADE_BY_PHY,
    PLAIN_TAU_R,
    effective_tau_c,
    periods_tested,
    refractory,
)
from bcviewer.errors import UserError

NAN = float("nan")


def unit(
    times_s: object, columns: object = None, params: object = None, **more: object
) -> UnitData:
    times = np.asarray(times_s, float)
    given_columns = {"nSpikes": float(len(times)), **(columns or {})}
    return unit_data(FakeRecording({0: unit_spikes(times)}), 0, given_columns, params, **more)


# -- kept time -------------------------------------------------------------------------------


def test_both_ends_of_the_kept_time_are_kept_and_the_rest_is_said() -> None:
    kept_columns = {"nSpikes": 3.0, "useTheseTimesStart": 1.0, "useTheseTimesStop": 3.0}
    one = unit([0.5, 1.0, 2.0, 3.0, 3.5], kept_columns, session_s=(0.0, 4.0))
    spikes, kept = kept_spikes(one)
    assert spikes.times.tolist() == [1.0, 2.0, 3.0]
    assert (kept.n, kept.duration_s, kept.rate, kept.is_part) == (3, 2.0, 1.5, True)
    assert kept.notes == ("Only the time that Bombcell kept: 1 to 3 s of 4 s (3 of 5 spikes).",)
    assert kept.short == ("kept time only",)


def test_spikes_that_are_not_those_bombcell_saw_are_said() -> None:
    _, kept = kept_spikes(unit([1.0, 2.0], {"nSpikes": 5.0}))
    assert kept.notes == ("Bombcell counted 5 spikes in this time, the files hold 2.",)
    assert kept.short == ("see the tip",)
    assert kept.are_others
    told = UnitSpikes(np.arange(3), 30000.0, note="Bombcell counted 5 spikes, the files have 3.")
    assert kept_spikes(unit_data(FakeRecording({0: told}), 0))[1].notes == (told.note,)
    assert kept_spikes(unit([1.0, 2.0]))[1].notes == ()


def test_a_unit_without_kept_time_has_all_its_spikes_and_the_sessions_duration() -> None:
    none = {"useTheseTimesStart": NAN, "useTheseTimesStop": NAN}
    _, kept = kept_spikes(unit([1.0, 2.0], none, session_s=(0.0, 10.0)))
    assert (kept.n, kept.duration_s) == (2, 10.0)
    assert kept.notes == ("Bombcell kept no time of this unit: all its spikes are counted.",)
    assert math.isnan(kept_spikes(unit([1.0], none))[1].rate)
    noted = UnitSpikes(np.arange(3), 30000.0, note="phy changed it.")
    assert kept_spikes(unit_data(FakeRecording({0: noted}), 0, none))[1].notes[0] == noted.note


# -- periods ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"tauC": 0.0001},
        {"removeDuplicateSpikes": True, "duplicateSpikeWindow_s": 0.001},
        {"removeDuplicateSpikes": True, "duplicateSpikeWindow_s": 3.4e-5},
        {"removeDuplicateSpikes": False, "duplicateSpikeWindow_s": 0.001},
        {"removeDuplicateSpikes": 1.0, "duplicateSpikeWindow_s": 0.001, "tauC": 0.0},
    ],
)
def test_the_censored_period_is_bombcells(params: dict[str, object]) -> None:
    ours = make_params(params)
    with quiet():
        theirs = bombcell().default_parameters.effective_tauC(dict(ours.saved))
    assert effective_tau_c(ours.settings) == theirs
    assert effective_tau_c(make_params({}, drop=["tauC"]).settings) == 0.0001


@pytest.mark.parametrize("tau_c", [math.inf, -0.001, 1e300])
def test_a_censored_period_that_is_none_is_not_used(tau_c: float) -> None:
    with pytest.raises(UserError, match="The censored period in the run's parameters is"):
        effective_tau_c(make_params({"tauC": tau_c}).settings)
    damaged = run_of([0.001, math.inf, -1.0], [36.0, math.inf, 1e300])
    assert periods_tested(damaged).tau_r is DEFAULT_TAU_R


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"fractionRPVs_estimatedTauR": 1.0, "estimatedTauR": 0.001}, "RPV = 1.0"),
        ({"fractionRPVs_estimatedTauR": NAN, "estimatedTauR": 0.001}, "did not assess"),
        ({"estimatedTauR": NAN}, "did not assess"),
        ({"estimatedTauR": math.inf}, "the saved one is inf s"),
        ({"estimatedTauR": 1e300}, "the saved one is 1e+300 s"),
        ({"estimatedTauR": 0.0}, "the saved one is 0 s"),
    ],
)
def test_a_fallback_is_no_refractory_period(columns: dict[str, object], why: str) -> None:
    periods = refractory(unit([1.0], columns))
    assert math.isnan(periods.tau_r)
    assert periods.limit == PLAIN_TAU_R
    assert why in periods.why_none
    assert "estimated" not in periods.words


def test_a_found_refractory_period_is_used() -> None:
    periods = refractory(unit([1.0], {"estimatedTauR": 0.003}))
    assert (periods.tau_r, periods.limit, periods.why_none) == (0.003, 0.003, "")
    assert periods.words == (
        "at least 0.25 and less than 3 ms apart (the estimated refractory period)"
    )
    dropped = refractory(unit([1.0], None, None, drop=["estimatedTauR"]))
    assert "hold no estimated" in dropped.why_none


def test_a_unit_that_phy_made_has_the_period_that_it_is_scored_here_by() -> None:
    """Seen: Why had its contamination, the plot that no period could be estimated."""
    made = unit([1.0], {"estimatedTauR": 0.003}).at(1)
    assert refractory(made).why_none == MADE_BY_PHY
    assert refractory(made, (0.14, 0.002)).tau_r == 0.002
    assert "RPV = 1.0" in refractory(made, (1.0, 0.002)).why_none


def run_of(tau_r: object, index: object, params: object = None, **more: object):
    return make_run({"estimatedTauR": tau_r, "RPV_window_index": index}, params, **more)


def test_tested_periods_are_inferred_or_said_to_be_unknown() -> None:
    default = periods_tested(run_of([0.001, 0.00325, NAN], [36.0, 36.0, NAN]))
    assert default.complete
    assert default.tau_r is DEFAULT_TAU_R
    assert "0.94's default" in default.words
    one = periods_tested(run_of([0.0015, 0.0015], 0.0))
    assert (one.complete, one.tau_r.tolist()) == (True, [0.0015])
    legacy = {"tauR_valuesMin": 0.001, "tauR_valuesMax": 0.003, "tauR_valuesStep": 0.001}
    three = periods_tested(run_of([0.002, 0.001], 2.0, legacy))
    assert (three.complete, three.tau_r.tolist()) == (True, [0.001, 0.002, 0.003])
    saved = periods_tested(run_of([0.002], 1.0, {"tauR_values": [0.002, 0.004]}))
    assert saved.tau_r.tolist() == [0.002, 0.004]
    sweep = periods_tested(run_of([0.0025, 0.0005, 0.0025], 8.0))
    assert (sweep.complete, sweep.tau_r.tolist()) == (False, [0.0005, 0.0025])
    assert "tested 9" in sweep.words
    assert "the 2 that its units name" in sweep.words
    with pytest.raises(UserError, match="does not say"):
        periods_tested(run_of([NAN], 4.0))


def test_runs_from_before_rpv_method_say_it_in_their_parameters() -> None:
    span = {"tauR_valuesMin": 0.0005, "tauR_valuesMax": 0.01, "tauR_valuesStep": 0.0005}
    found = periods_tested(run_of(0.002, 0.0, span, absent=["rpv_method"]))
    assert found.tau_r.tolist() == np.arange(0.0005, 0.01 + 0.0005, 0.0005).tolist()
    for broken in ({"tauR_valuesStep": 0.0}, {"tauR_valuesStep": 1e-9}, {"tauR_valuesMax": NAN}):
        with pytest.raises(UserError, match="do not say which"):
            periods_tested(run_of(0.002, 0.0, {**span, **broken}, absent=["rpv_method"]))


# -- intervals -------------------------------------------------------------------------------


def test_intervals_are_counted_and_violations_among_them() -> None:
    # 0.2 ms is censored, 2.5 ms is not less than the refractory period of 2.5 ms.
    gaps_ms = [0.2, 0.5, 2.0, 2.5, 10.0, 49.9, 80.0]
    one = unit(np.append(0, np.cumsum(gaps_ms)) / 1000 + 1, {"estimatedTauR": 0.0025})
    found = intervals(one, 50.0)
    assert found.edges_ms[[0, 1, -1]].tolist() == [0.0, 0.5, 50.0]
    assert found.counts.sum() == 6
    assert {round(float(found.edges_ms[i]), 1) for i in np.flatnonzero(found.counts)} == (
        {0.0, 0.5, 2.0, 2.5, 10.0, 49.5}
    )
    assert np.flatnonzero(found.violating).tolist() == [1, 4]
    assert (found.n, found.n_violations, found.n_censored, found.above) == (7, 2, 1, 1)
    assert found.share == 2 / 7
    assert found.median_ms == 2.5
    exact = np.round(np.array(gaps_ms) * 30) / 30
    assert found.cv == pytest.approx(exact.std() / exact.mean())


@given(hnp.arrays(np.int64, st.integers(0, 60), elements=st.integers(0, 60_000)).map(np.sort))
def test_intervals_are_those_of_a_slow_count(samples: np.ndarray) -> None:
    rate = 30000.0
    one = unit_data(FakeRecording({0: UnitSpikes(samples, rate)}), 0, {"estimatedTauR": 0.0025})
    times = samples / rate
    slow = sum(b >= a + 0.00025 and b < a + 0.0025 for a, b in itertools.pairwise(times))
    for longest in (50.0, 500.0, 0.0):
        found = intervals(one, longest)
        gaps = np.diff(samples) * (1000.0 / rate)
        edges = found.edges_ms
        counts = [sum(low <= gap < high for gap in gaps) for low, high in itertools.pairwise(edges)]
        assert found.counts.tolist() == counts
        assert found.n_violations == slow
        assert found.counts.sum() + found.above + found.below == max(0, len(samples) - 1)


def test_logarithmic_bins_grow_and_are_whole_samples() -> None:
    found = intervals(unit([1.0, 1.0, 1.0001, 3.0]), 0.0)
    assert found.is_log
    assert (np.diff(found.edges_ms) > 0).all()
    assert found.edges_ms * 30 == pytest.approx(np.rint(found.edges_ms * 30), abs=1e-6)
    assert (found.counts.sum(), found.below) == (2, 1)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_units_of_a_few_spikes(n: int) -> None:
    one = unit(np.arange(n) / 1000 + 1)
    for longest in (50.0, 0.0):
        found = intervals(one, longest)
        assert found.counts.sum() == max(0, n - 1)
        assert math.isnan(found.median_ms) == (n < 2)
        assert math.isnan(found.cv) == (n < 3)
        assert math.isnan(found.share) == (n < 2)
    lags = auto_correlogram(one, 50.0, 1.0)
    assert lags.correlogram.counts.sum() == n * (n - 1)
    assert lags.n_violations == {0: 0, 1: 0, 2: 1, 3: 3}[n]
    assert lags.baseline == pytest.approx(n * max(n - 1, 0) / 1200 / 1000)


def test_duplicates_are_censored_and_in_the_first_bin() -> None:
    found = intervals(unit([1.0, 1.0, 1.0, 2.0]), 20.0)
    assert (found.counts[0], found.n_censored, found.n_violations) == (2, 2, 0)
    assert len(found.counts) == N_BINS
    lags = auto_correlogram(unit([1.0, 1.0, 1.0, 2.0]), 25.0, 0.5)
    assert (lags.correlogram.same_sample, lags.n_violations) == (3, 0)
