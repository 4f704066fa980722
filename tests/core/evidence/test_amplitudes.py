"""Densities, firing rates and distributions against slow counts, few spikes and odd amplitudes."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from evidence_fakes import FakeRecording, unit_data, unit_spikes
from factories import SAMPLE_RATE
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.evidence.amplitudes import FEW, distribution, fit_bins, over_time, rate_edges
from bcviewer.core.evidence.density import density, levels, round_up, value_span
from bcviewer.core.evidence.recording import UnitSpikes
from bcviewer.errors import UserError

NAN, INF = float("nan"), float("inf")


def unit(spikes: UnitSpikes, columns: object = None, end: float = 600.0, **more: object):
    kept = {"useTheseTimesStart": 0.0, "useTheseTimesStop": end, **(columns or {})}  # type: ignore[dict-item]
    return unit_data(FakeRecording({0: spikes}), columns=kept, session_s=(0.0, end), **more)


def random_spikes(n: int, end: float = 600.0, seed: int = 0) -> UnitSpikes:
    rng = np.random.default_rng(seed)
    return unit_spikes(rng.uniform(0, end, n), rng.normal(20, 4, n))


def total(found) -> int:
    cells = found.density
    return int(cells.counts.sum()) + cells.below + cells.above + cells.no_number + cells.outside


# -- density ---------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.integers(-50, 1200), st.sampled_from([-3.0, 0.0, 1.5, 5.0, 10.0, 11.0, NAN])),
        max_size=40,
    ),
    st.integers(1, 7),
    st.integers(1, 9),
)
def test_density_against_a_slow_count(spikes: list, rows: int, columns: int) -> None:
    samples = np.array([s for s, _ in spikes], np.int64)
    values = np.array([v for _, v in spikes], np.float32)
    found = density(samples, values, 100.0, 10.0, (0.0, 10.0), (rows, columns))
    slow = np.zeros((rows, columns), int)
    aside = dict.fromkeys(("below", "above", "no_number", "outside"), 0)
    for sample, value in spikes:
        if np.isnan(value):
            aside["no_number"] += 1
        elif not 0 <= sample <= 1000:
            aside["outside"] += 1
        elif not 0 <= value <= 10:
            aside["below" if value < 0 else "above"] += 1
        else:
            column = min(int(sample * (columns / 1000.0)), columns - 1)
            slow[min(int(value * (rows / 10.0)), rows - 1), column] += 1
    assert found.counts.tolist() == slow.tolist()
    assert {name: getattr(found, name) for name in aside} == aside


def test_levels_are_logarithmic_and_show_single_spikes() -> None:
    shown = levels(np.array([[0, 1, 9, 99, 999_999]]))
    assert shown[0, 0] == 0
    assert shown[0, 1] > 0
    assert shown[0, -1] == 255
    assert (np.diff(shown[0].astype(int)) > 0).all()
    assert levels(np.zeros((2, 2), int)).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("value", "expected"), [(1.0, 1.0), (1.01, 1.5), (14.9, 15.0), (71, 100), (0.003, 0.003)]
)
def test_round_up(value: float, expected: float) -> None:
    assert round_up(value) == pytest.approx(expected)


@pytest.mark.parametrize("n", [0, 1, 2, 50, FEW, FEW + 1, 20_000])
def test_every_spike_is_counted(n: int) -> None:
    found = over_time(unit(random_spikes(n)), 48, 96)
    assert total(found) == n == found.timeline.n
    assert len(found.times) == (n - found.density.above if n <= FEW else 0)
    assert (found.timeline.rate * np.diff(found.timeline.edges)).sum() == pytest.approx(n)


@pytest.mark.parametrize(
    "values",
    [
        np.full(100, 12.5),
        np.full(100, 0.0),
        np.full(100, -7.0),
        np.r_[np.full(98, 10.0), NAN, INF],
        np.full(100, NAN),
        np.r_[np.full(99, 10.0), 1e30],
        np.linspace(-5, 5, 100),
        np.full(100, 1e-30),
    ],
    ids=["constant", "zero", "negative", "nan", "all nan", "far", "both signs", "tiny"],
)
def test_odd_amplitudes(values: np.ndarray) -> None:
    times = np.linspace(1, 599, 100)
    one = unit(unit_spikes(times, values))
    found = over_time(one, 32, 64)
    assert total(found) == 100
    assert found.density.no_number == int((~np.isfinite(values)).sum())
    assert found.density.low < found.density.high
    spread = distribution(one)
    assert spread.counts.sum() + spread.outliers + spread.no_number == 100


def test_the_axis_leaves_out_what_lies_far_and_says_so() -> None:
    values = np.r_[np.random.default_rng(1).normal(20, 2, 500), 4000.0]
    low, high = value_span(values.astype(np.float32))
    assert low == 0
    assert high < 50
    found = over_time(unit(unit_spikes(np.linspace(1, 599, 501), values)), 32, 64)
    assert found.density.above == 1


def test_without_amplitudes_the_rest_is_there() -> None:
    found = over_time(unit(unit_spikes(np.linspace(1, 599, 100))), 32, 64)
    assert found.density is None
    assert found.no_amplitudes == "amplitudes.npy: not usable."
    assert found.presence is not None
    with pytest.raises(UserError, match=r"amplitudes\.npy"):
        distribution(unit(unit_spikes([1.0, 2.0])))


# -- rate and time ---------------------------------------------------------------------------


@pytest.mark.parametrize("end", [0.4, 3.0, 299.98, 300.0, 4476.0, 7200.0, 1e6])
def test_rate_bins(end: float) -> None:
    edges = rate_edges(end)
    assert edges[0] == 0
    assert edges[-1] == end
    assert (np.diff(edges) > 0).all()
    assert len(edges) <= 152
    if len(edges) > 2:
        assert np.diff(edges)[-1] >= 0.5 * np.diff(edges)[0] - 1e-9


def test_silence_is_a_rate_of_zero() -> None:
    times = np.r_[np.linspace(0, 199, 400), np.linspace(401, 600, 400)]
    line = over_time(unit(unit_spikes(times, np.full(800, 20.0))), 32, 64).timeline
    middle = (line.edges[:-1] > 200) & (line.edges[1:] < 400)
    assert (line.rate[middle] == 0).all()
    assert (line.rate[~middle][1:-1] > 0).sum() > 60


def test_time_that_was_left_out() -> None:
    columns = {"useTheseTimesStart": 120.0, "useTheseTimesStop": 480.0}
    line = over_time(unit(random_spikes(500), columns), 32, 64).timeline
    assert line.left_out.tolist() == [[0.0, 120.0], [480.0, 600.0]]
    assert line.kept.share == pytest.approx(0.6)
    assert len(over_time(unit(random_spikes(500)), 32, 64).timeline.left_out) == 0


def test_unknown_end_of_the_session() -> None:
    one = unit_data(FakeRecording({0: unit_spikes([1.0, 5.0], [3.0, 4.0])}))
    line = over_time(one, 32, 64).timeline
    assert not line.end_known
    assert line.end_s == 5.0
    assert over_time(unit_data(FakeRecording({0: unit_spikes([], [])})), 32, 64).timeline.end_s == 1


# -- distribution ----------------------------------------------------------------------------


def test_distribution_is_of_the_kept_time_without_its_last_instant() -> None:
    spikes = unit_spikes([0.0, 10.0, 20.0, 30.0, 40.0], [1.0, 2.0, 3.0, 4.0, 5.0])
    found = distribution(unit(spikes, {"useTheseTimesStart": 10.0, "useTheseTimesStop": 30.0}))
    assert found.n == 2
    assert found.counts.sum() == 2
    assert found.edges[[0, -1]].tolist() == [2.0, 3.0]


def test_bins_leave_out_what_bombcell_leaves_out() -> None:
    values = np.r_[np.linspace(10, 20, 1000), 500.0]
    edges, counts, outliers = fit_bins(values)
    assert outliers == 1
    assert len(counts) == 50
    assert edges[-1] == 20.0
    assert fit_bins(np.empty(0))[1].sum() == 0


@pytest.mark.parametrize("n", [1_000_000, 5_000_000])
def test_memory_stays_bounded(n: int) -> None:
    rng = np.random.default_rng(0)
    samples = np.linspace(0, 7200 * SAMPLE_RATE, n).astype(np.int64)
    spikes = UnitSpikes(samples, SAMPLE_RATE, rng.standard_normal(n, np.float32))
    one = unit(spikes, end=7200.0)
    tracemalloc.start()
    found = over_time(one, 96, 192)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total(found) == n
    assert peak < 35e6 + 8 * n  # the times themselves, and what is counted at once
