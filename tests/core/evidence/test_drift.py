"""Depths over time: bins as bombcell has them, medians against a slow loop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dice import examples
from evidence_fakes import FakeRecording, unit_data, unit_spikes
from factories import bombcell, quiet
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bcviewer.core.evidence.drift import bin_medians, drift_bins, over_time
from bcviewer.errors import UserError

NAN = float("nan")


def unit(depths: object, times: object, columns: object = None, **more: object):
    spikes = unit_spikes(times, np.full(len(np.asarray(times)), 20.0), depths)
    given_columns = {"useTheseTimesStart": 0.0, "useTheseTimesStop": 600.0, **(columns or {})}  # type: ignore[dict-item]
    recording = FakeRecording({0: spikes})
    return unit_data(recording, columns=given_columns, session_s=(0.0, 600.0), **more)


def test_a_known_drift() -> None:
    times = np.arange(0.0, 600.0, 0.5)
    depths = 100.0 + 10.0 * (times // 60)  # 10 µm a bin; the last bin of ten is dropped
    found = over_time(
        unit(depths, times, {"maxDriftEstimate": 80.0, "cumDriftEstimate": 81.0}), 32, 64
    )
    assert found.medians.tolist() == [100.0 + 10 * i for i in range(9)]
    assert found.span == 80.0
    assert (found.saved_max, found.saved_cumulative) == (80.0, 81.0)
    assert found.density.counts.sum() + found.density.above + found.density.below == len(times)


@settings(max_examples=examples(25))
@example([43, 193, 194], 5.0)  # a spike at the last edge, which a bin's end reaches or not
@given(st.lists(st.integers(0, 3000), min_size=2, max_size=50), st.sampled_from([5.0, 60.0, 1e4]))
def test_bins_and_medians_as_bombcell(samples: list[int], bin_s: float) -> None:
    times = np.sort(np.array(samples, np.float64)) / 10
    depths = (np.arange(len(times)) * 37 % 101).astype(np.float32)
    edges, size = drift_bins(times, bin_s)
    if not times[-1] > times[0]:
        assert len(edges) == 0
        return
    # One channel at y = 1 and one at 0 whose share of the features makes each depth.
    share = depths.astype(np.float64) / 101
    features = np.zeros((len(times), 1, 2))
    features[:, 0, 0], features[:, 0, 1] = 1e6 * np.sqrt(share), 1e6 * np.sqrt(1 - share)
    with quiet():
        _, _, theirs = bombcell().quality_metrics.max_drift_estimate(
            features, np.array([[0, 1]]), np.zeros(len(times), int), times, 0,
            np.array([[0.0, 1.0], [0.0, 0.0]]), {"driftBinSize": bin_s}, return_per_bin=True,
        )  # fmt: skip
    np.testing.assert_array_equal(edges, theirs["time_bins"])
    medians, counts = bin_medians(times, depths, edges, size)
    np.testing.assert_allclose(medians / 101, theirs["median_spike_depth_per_bin"], atol=1e-6)
    slow = [int(((times >= e) & (times < e + size)).sum()) for e in edges[:-1]]
    assert counts.tolist() == slow


def test_the_share_of_spikes_that_have_their_main_channel_in_bombcells_drift() -> None:
    times = np.arange(0.0, 600.0, 0.5)
    depths = np.full(len(times), 50.0)

    def share(n_positive: int, n: int, drift: float = 5.0) -> tuple[float, str]:
        data = unit(depths, times, {"maxDriftEstimate": drift})
        components = np.where(np.arange(n) < n_positive, 1.0, -1.0)
        recording = replace(data.recording, components={0: components})
        found = over_time(replace(data, recording=recording), 32, 64)
        return found.usable.share, found.usable.words

    few = "drift not to be trusted: PC1 on the main channel is positive in about 16% of spikes"
    assert share(16, 100) == (0.16, few)
    assert share(50, 100) == (0.5, "")
    for unknown in (share(1, 29), share(16, 100, NAN)):
        assert np.isnan(unknown[0])
        assert unknown[1] == ""
    without = over_time(unit(depths, times, {"maxDriftEstimate": 5.0}), 32, 64)
    assert np.isnan(without.usable.share), "no pc_features.npy"


def test_empty_bins_have_no_median() -> None:
    times = np.r_[np.arange(0.0, 60.0), np.arange(300.0, 600.0)]
    found = over_time(unit(np.full(len(times), 50.0), times), 32, 64)
    assert np.isnan(found.medians[1:5]).all()
    assert found.span == 0.0
    assert found.n_sparse == 0


def test_few_spikes() -> None:
    for n in (0, 1, 2):
        found = over_time(unit(np.full(n, 50.0), np.arange(n) * 7.0), 32, 64)
        assert found.density.counts.sum() == n
    with_nan = over_time(unit([50.0, NAN, 60.0], [1.0, 2.0, 3.0]), 32, 64)
    assert with_nan.density.no_number == 1


def test_unknown_depths_are_said_with_the_saved_drift() -> None:
    with pytest.raises(UserError, match=r"spike_positions\.npy.*not known\. .*a drift of 5\.0 µm"):
        over_time(unit(None, [1.0, 2.0]), 32, 64)
    with pytest.raises(UserError, match=r"saved no drift"):
        over_time(unit(None, [1.0, 2.0], {"maxDriftEstimate": NAN}), 32, 64)
