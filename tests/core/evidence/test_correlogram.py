"""Correlograms and pairs of spikes against slow counts, and as phy and Bombcell define them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from factories import bombcell, quiet
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bcviewer.core.evidence import pairs
from bcviewer.core.evidence.correlogram import correlogram
from bcviewer.core.evidence.pairs import violations

RATE = 30000.0
TAU_R = np.arange(4, 41) * 0.25 / 1000

trains = hnp.arrays(np.int64, st.integers(0, 40), elements=st.integers(0, 900)).map(np.sort)


def slow_counts(a: np.ndarray, b: np.ndarray | None, edges: np.ndarray) -> tuple[np.ndarray, int]:
    """Count pairs one by one: inner edge included, outer not, lag zero apart."""
    counts, same = np.zeros(len(edges) - 1, int), 0
    other = a if b is None else b
    for (i, x), (j, y) in itertools.product(enumerate(a.tolist()), enumerate(other.tolist())):
        if b is None and i == j:
            continue
        lag = y - x
        same += lag == 0
        for k, (low, high) in enumerate(itertools.pairwise(edges.tolist())):
            inside = low <= lag < high if low >= 0 else low < lag <= high
            counts[k] += lag != 0 and inside
    return counts, same // 2 if b is None else same


@given(trains, st.none() | trains, st.sampled_from([(1.0, 0.5), (5.0, 1.0), (2.0, 0.05)]))
def test_counts_are_those_of_a_slow_count(a, b, sizes) -> None:
    found = correlogram(a, b, *sizes, RATE)
    counts, same = slow_counts(a, b, found.edges)
    assert found.counts.tolist() == counts.tolist()
    assert found.same_sample == same
    assert (found.n_a, found.n_b) == (len(a), len(a) if b is None else len(b))
    assert found.edges.tolist() == (-found.edges[::-1]).tolist()
    size = int(found.edges[1] - found.edges[0])
    assert found.lags.sum() == 2 * (found.edges[-1] - 1)
    assert found.lags.min() >= size - 1


@given(trains, trains)
def test_a_correlogram_turned_round_is_that_of_the_other_unit(a, b) -> None:
    one, other = (correlogram(*units, 5.0, 0.5, RATE) for units in ((a, b), (b, a)))
    assert one.counts.tolist() == other.counts[::-1].tolist()
    auto = correlogram(a, None, 5.0, 0.5, RATE)
    assert auto.counts.tolist() == auto.counts[::-1].tolist()


def test_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = (np.sort(np.random.default_rng(i).integers(0, 9000, 700)) for i in (1, 2))
    whole = [correlogram(a, other, 10.0, 0.5, RATE).counts.tolist() for other in (None, b)]
    monkeypatch.setattr(pairs, "CHUNK", 13)
    again = [correlogram(a, other, 10.0, 0.5, RATE).counts.tolist() for other in (None, b)]
    assert again == whole


def test_it_is_phys_and_bombcells_but_for_the_bin_that_they_leave_empty() -> None:
    rng = np.random.default_rng(3)
    trains = [np.sort(rng.integers(0, 60 * 30000, 900)) for _ in range(2)]
    with quiet():
        crosscorrelate = bombcell().ccg_fast.crosscorrelate  # phy's, as Bombcell has it
        times = np.concatenate(trains)
        order = np.argsort(times, kind="stable")
        which = np.repeat([0, 1], 900).astype(np.int32)
        theirs = crosscorrelate(times[order].astype(np.uint64), which[order], 200.0, 1.0)
    middle = theirs.shape[2] // 2
    cases = {(0, 0): None, (1, 1): None, (0, 1): trains[1]}
    for (i, j), other in cases.items():
        ours = correlogram(trains[i], other, 100.0, 1.0, RATE)
        n = len(ours.counts) // 2
        expected = theirs[i, j]
        assert ours.counts[n + 1 :].tolist() == expected[middle + 1 : middle + n].tolist()
        assert ours.counts[: n - 1].tolist() == expected[middle - n + 1 : middle].tolist()


def test_bins_are_whole_samples_and_rates_allow_for_the_lag_that_is_left_out() -> None:
    found = correlogram(np.arange(0, 3000, 10), None, 25.0, 0.5, 25000.0)
    assert found.edges[-1] == found.edges[-2] + 12
    assert found.bin_ms == pytest.approx(0.48)
    # A spike every 10 samples: 2,500 spikes/s wherever the lag can be.
    n = len(found.counts) // 2
    rate = found.counts[n + 5] / (300 * 12 / 25000.0)
    assert found.rates[n + 5] == pytest.approx(rate)
    assert found.lags[[n - 1, n]].tolist() == [11, 11]


def test_a_poisson_train_lies_on_the_line_that_is_expected() -> None:
    rng = np.random.default_rng(0)
    samples = np.sort(rng.integers(0, 600 * 30000, 30000))
    found = correlogram(samples, None, 100.0, 1.0, RATE)
    assert found.counts.mean() == pytest.approx(found.expected(600.0), rel=0.02)
    assert np.nanmean(found.rates) == pytest.approx(50.0, rel=0.02)
    assert np.isnan(found.expected(float("nan")))


@pytest.mark.parametrize("samples", [[], [7], [7, 7], [7, 9], [7, 7, 7]])
def test_a_few_spikes(samples: list[int]) -> None:
    found = correlogram(np.array(samples, np.int64), None, 1.0, 0.5, RATE)
    assert found.counts.sum() == (2 if samples == [7, 9] else 0)
    assert found.same_sample == {2: 1, 3: 3}.get(len(samples), 0) * (samples[:2] == [7, 7])
    assert np.isfinite(found.rates).all() == bool(samples)
    assert violations(np.array(samples, np.int64), RATE, 0.0, TAU_R).tolist() == (
        [1 if samples == [7, 9] else 0] * len(TAU_R)
    )


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 1e-4, 2.5e-4, 1e-3]),
    st.sampled_from([30000.0, 25000.0, 32000.0, 30000.35]),
)
def test_violations_are_counted_as_bombcell_counts_them(seed, tau_c, rate) -> None:
    rng = np.random.default_rng(seed)
    start = int(rng.integers(0, 10**9))
    # Dense, so that many lags are exactly a refractory period: there rounding decides.
    samples = start + np.sort(rng.integers(0, 20000, 300))
    with quiet():
        count = bombcell().quality_metrics._count_pair_violations
    times = samples / rate
    theirs = [count(times, tau_c, tau_r, include_tauR=False) for tau_r in TAU_R]
    assert violations(samples, rate, tau_c, TAU_R).tolist() == theirs
    closed = [count(times, tau_c, tau_r, include_tauR=True) for tau_r in TAU_R]
    assert violations(samples, rate, tau_c, TAU_R, closed=True).tolist() == closed
