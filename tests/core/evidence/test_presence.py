"""Presence: known silences, and bombcell's own count."""

from __future__ import annotations

import numpy as np
import pytest
from evidence_fakes import FakeRecording, unit_data, unit_spikes
from factories import bombcell, quiet
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.evidence.presence import KeptTime, kept_time, presence, presence_of

NAN = float("nan")


def spikes_in(bins: list[int], bin_s: float = 60.0, each: int = 30) -> np.ndarray:
    """Return times, s, evenly inside some bins."""
    inside = (np.arange(each) + 0.5) / each * bin_s
    return np.sort(np.concatenate([[], *(b * bin_s + inside for b in bins)]))


bins_that_fire = st.integers(1, 20).flatmap(
    lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))
)


@given(bins_that_fire)
def test_silence_in_k_of_n_bins(bins: tuple[int, set[int]]) -> None:
    n, fires = bins
    found = presence(spikes_in(sorted(fires)), 0.0, n * 60.0 + 1.0, 60.0)  # a rest: arange has n
    assert found.n_bins == n
    assert found.ratio == len(fires) / n
    assert np.flatnonzero(found.present).tolist() == sorted(fires)
    gone = sum(stop - start for start, stop in found.missing_spans.tolist())
    assert gone == 60.0 * (n - len(fires))


def test_a_rest_at_the_end_is_not_counted() -> None:
    found = presence(spikes_in([0, 1, 4]), 0.0, 300.0, 60.0)  # a multiple: the last bin is dropped
    assert found.edges.tolist() == [0.0, 60.0, 120.0, 180.0, 240.0]
    assert found.counts.tolist() == [30, 30, 0, 0]
    assert found.missing_spans.tolist() == [[120.0, 240.0]]


def test_less_than_two_edges_are_one_bin() -> None:
    found = presence(np.array([10.0, 20.0]), 5.0, 25.0, 60.0)
    assert found.edges.tolist() == [5.0, 25.0]
    assert found.ratio == 1.0
    assert presence(np.array([25.0]), 5.0, 25.0, 60.0).ratio == 0.0  # at the end: outside
    assert presence(np.array([]), 5.0, 5.0, 60.0).ratio == 0.0


def test_few_spikes_beside_many_are_missing() -> None:
    times = np.sort(np.concatenate([spikes_in(list(range(9)), each=100), [550.0, 560.0]]))
    found = presence(times, 0.0, 601.0, 60.0)
    assert found.counts.tolist() == [100] * 9 + [2]
    assert found.needed == pytest.approx(5.0)
    assert found.ratio == 0.9


times_s = st.lists(st.integers(0, 3000), max_size=60).map(
    lambda values: np.sort(np.array(values, np.float64)) / 7.0
)


@given(
    times_s,
    st.floats(0, 300),
    st.floats(0, 500),
    st.one_of(st.sampled_from([1.0, 10.0, 60.0]), st.floats(0.5, 200)),
)
def test_as_bombcell_counts(times: np.ndarray, start: float, more: float, bin_s: float) -> None:
    stop = start + more
    kept = times[(times >= start) & (times <= stop)]
    own = bombcell().quality_metrics.presence_ratio
    with quiet():
        expected = own(kept, start, stop, {"presenceRatioBinSize": bin_s})
    assert presence(times, start, stop, bin_s).ratio == expected


@pytest.mark.parametrize("bin_s", [0.0, -1.0, NAN, float("inf"), 1e-9])
def test_no_bins(bin_s: float) -> None:
    with pytest.raises(ValueError, match="bins"):
        presence(np.arange(5.0), 0.0, 100.0, bin_s)


# -- the kept time ---------------------------------------------------------------------------


def unit(columns: object = None, params: object = None, **more: object):
    spikes = unit_spikes(spikes_in([0, 1, 2]))
    return unit_data(FakeRecording({0: spikes}), columns=columns, params=params, **more)


def test_kept_time_as_saved() -> None:
    one = unit({"useTheseTimesStart": 100.0, "useTheseTimesStop": 300.0}, session_s=(0.0, 1000.0))
    assert kept_time(one) == KeptTime(100.0, 300.0, 0.2)


def test_kept_time_not_saved() -> None:
    gone = {"useTheseTimesStart": NAN}
    whole = kept_time(unit(gone, session_s=(1.0, 1000.0)))
    assert (whole.start, whole.stop, whole.share) == (1.0, 1000.0, 1.0)
    assert "not saved" in whole.why
    chosen = kept_time(unit(gone, {"computeTimeChunks": True}, session_s=(1.0, 1000.0)))
    assert not chosen.known
    assert not kept_time(unit(gone)).known  # the session is unknown as well
    few = kept_time(unit({**gone, "nSpikes": 12.0}, session_s=(1.0, 1000.0)))
    assert not few.known
    assert few.why == "12 spikes: Bombcell computes nothing below 50"


def test_presence_beside_the_saved_one() -> None:
    one = unit({"useTheseTimesStart": 0.0, "useTheseTimesStop": 241.0, "presenceRatio": 0.75})
    found, why = presence_of(one, one.recording.spikes(0).times, kept_time(one))
    assert why == ""
    assert found is not None
    assert (found.n_present, found.n_bins, found.agrees) == (3, 4, True)
    other = unit({"useTheseTimesStart": 0.0, "useTheseTimesStop": 241.0, "presenceRatio": 0.5})
    found, _ = presence_of(other, other.recording.spikes(0).times, kept_time(other))
    assert found is not None
    assert not found.agrees


def test_no_presence_says_why() -> None:
    one = unit({"useTheseTimesStart": NAN, "nSpikes": 3.0})
    assert presence_of(one, np.arange(3.0), kept_time(one)) == (None, kept_time(one).why)
    zero = unit(params={"presenceRatioBinSize": 0})
    found, why = presence_of(zero, np.arange(3.0), kept_time(zero))
    assert found is None
    assert "no bins of 0 s" in why
