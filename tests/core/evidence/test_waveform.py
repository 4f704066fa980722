"""The waveform on the probe: places, scaling, scale bars, hostile arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from evidence_fakes import FakeRecording, unit_data
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.evidence.neighbours import neighbours, trace_room
from bcviewer.core.evidence.recording import Waveform
from bcviewer.core.evidence.waveform import (
    Picture,
    baseline_window,
    peak_to_peak,
    picture,
    round_bar,
)
from bcviewer.core.run.run import Sites
from bcviewer.errors import UserError

NAN, INF = float("nan"), float("inf")
NP1 = np.array([(43 if i % 4 == 0 else 11 if i % 4 == 1 else 59 if i % 4 == 2 else 27,
                 20 * (i // 2)) for i in range(64)], float)  # fmt: skip


def spike(n: int = 61, channels: int = 64, peak: int = 3) -> np.ndarray:
    """Return a trough at sample 20 and a smaller peak at 35, half as large on the next channel."""
    t = np.arange(n)
    one = -10 * np.exp(-((t - 20) ** 2) / 8) + 3 * np.exp(-((t - 35) ** 2) / 40)
    out = np.zeros((n, channels))
    out[:, peak] = one
    out[:, peak + 1] = one / 2
    return out


def drawn(template: Any, raw: Any = None, gain: float = 2.0, **more: Any) -> Picture:
    recording = FakeRecording(
        template_of={0: Waveform(np.asarray(template), NAN)},
        raw_of={} if raw is None else {0: Waveform(np.asarray(raw), gain)},
    )
    more.setdefault("sites", Sites(NP1))
    return picture(unit_data(recording, **more))


# -- places ----------------------------------------------------------------------------------


def test_neighbours_are_those_within_100_um_the_peak_channel_first() -> None:
    found = drawn(spike())
    away = np.hypot(*(NP1 - NP1[3]).T)
    assert found.channels[0] == found.peak_channel == 3
    assert set(found.channels.tolist()) == set(np.flatnonzero(away <= 100).tolist())
    np.testing.assert_array_equal(found.offsets, NP1[found.channels] - NP1[3])
    assert found.place == (27.0, 20.0)


def test_exactly_100_um_is_near_and_the_next_shank_is_not() -> None:
    xy = np.array([(0, 0), (0, 100), (0, 100.1), (250, 0)], float)
    run = unit_data(FakeRecording(), sites=Sites(xy)).run
    channels, offsets, place = neighbours(run, 0, 4)
    assert channels.tolist() == [0, 1]
    assert offsets.tolist() == [[0, 0], [0, 100]]
    assert place == (0, 0)


def test_the_room_of_a_trace_is_what_its_neighbours_leave() -> None:
    run = unit_data(FakeRecording(), sites=Sites(NP1)).run
    wide, high = trace_room(run)
    assert wide == pytest.approx(0.9 * 32)  # sites of one row
    assert high == pytest.approx(1.8 * 40)  # sites of one column
    alone = unit_data(FakeRecording(), sites=Sites(np.zeros((1, 2)))).run
    assert all(size > 0 for size in trace_room(alone))


def test_lines_lie_at_their_channels_and_the_largest_takes_the_room() -> None:
    found = drawn(spike())
    x, y = (line.reshape(len(found.channels), -1) for line in found.template_line)
    wide, high = found.room
    for i in range(len(found.channels)):
        assert x[i, 0] == pytest.approx(found.offsets[i, 0] - wide / 2)
        assert x[i, -2] == pytest.approx(found.offsets[i, 0] + wide / 2)
        assert np.isnan(x[i, -1])
        assert np.isnan(y[i, -1])
    assert np.ptp(y[0, :-1]) == pytest.approx(high)
    half = found.channels.tolist().index(4)
    assert np.ptp(y[half, :-1]) == pytest.approx(high / 2)
    assert y[half, 0] == pytest.approx(found.offsets[half, 1], abs=0.01)
    left, right, low, top = found.extent
    assert left <= np.nanmin(x)
    assert right >= np.nanmax(x)
    assert low <= np.nanmin(y)
    assert top >= np.nanmax(y)


# -- scaling ---------------------------------------------------------------------------------


def test_the_template_gets_the_raw_waveforms_peak_to_peak() -> None:
    raw = spike()
    raw[:, 3] *= 7
    found = drawn(spike(), raw, gain=2.0)
    assert found.unit == "µV"
    assert found.raw is not None
    np.testing.assert_allclose(found.raw[:, 0], 14 * spike()[:, 3])
    assert found.scale == pytest.approx(14)
    np.testing.assert_allclose(found.template[:, 0] * found.scale, found.raw[:, 0])
    assert found.tallest == pytest.approx(np.ptp(found.raw[:, 0]))
    assert found.peak_range == pytest.approx((found.raw[:, 0].min(), found.raw[:, 0].max()))


def test_without_a_gain_there_is_no_unit() -> None:
    found = drawn(spike(), spike() * 5, gain=NAN)
    assert found.unit == "a.u."
    assert found.scale == pytest.approx(5)
    assert any("gain is not known" in note for note in found.notes)


def test_without_a_raw_waveform_the_template_is_drawn_as_it_is() -> None:
    found = drawn(spike())
    assert found.raw is None
    assert (found.scale, found.unit) == (1.0, "a.u.")
    assert len(found.raw_line[0]) == 0
    assert "No raw waveform: no raw waveform was extracted." in found.notes


def test_waveforms_of_other_lengths_meet_at_their_largest_value() -> None:
    template = np.vstack([np.zeros((21, 64)), spike()])  # 82 samples, as Kilosort 2 and 3 write
    found = drawn(template, spike())
    assert found.raw_shift == 21
    assert found.n_samples == 82
    assert drawn(spike(), spike()).raw_shift == 0
    late = np.roll(spike(), 1, axis=0)
    assert drawn(spike(), late).raw_shift == 0  # of one length: as they are saved


def test_raw_waveforms_of_half_precision() -> None:
    found = drawn(spike().astype(np.float32), spike().astype(np.float16))
    assert found.raw is not None
    assert found.raw.dtype == np.float64
    assert found.scale == pytest.approx(2.0, rel=1e-2)


def test_time_comes_from_the_run() -> None:
    assert drawn(spike()).sample_ms == pytest.approx(1 / 30)
    other = drawn(spike(), params={"ephys_sample_rate": 25_000})
    assert other.sample_ms == pytest.approx(1 / 25)
    none = drawn(spike(), absent=["ephys_sample_rate"], sample_rate=NAN)
    assert np.isnan(none.sample_ms)


# -- the peak channel ------------------------------------------------------------------------


def test_the_saved_peak_channel_is_drawn_and_a_larger_one_is_said() -> None:
    found = drawn(spike(), columns={"maxChannels": 4.0})
    assert found.peak_channel == 4
    assert "The saved peak channel is 4; this template is largest on 3." in found.notes
    assert not any("peak channel" in note for note in drawn(spike()).notes)


@pytest.mark.parametrize("saved", [NAN, -1.0, 64.0, 2.5, INF])
def test_without_a_usable_peak_channel_the_largest_is_drawn(saved: float) -> None:
    found = drawn(spike(), columns={"maxChannels": saved})
    assert found.peak_channel == 3
    assert any("drawn where the template is largest" in note for note in found.notes)


def test_without_positions_only_the_peak_channel_is_drawn() -> None:
    found = drawn(spike(), spike(), sites=None)
    assert found.channels.tolist() == [3]
    assert np.isnan(found.place[0])
    assert any("channel_positions.npy" in note for note in found.notes)


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [(0, 10, (0, 10)), (21, 31, (21, 31)), (50, 99, (50, 61)), (NAN, 10, None), (10, 10, None),
     (-11, 61, (50, 61)), (1e300, 2e300, None)],
)  # fmt: skip
def test_the_baseline_window_is_cut_as_bombcell_slices(
    start: float, stop: float, expected: Any
) -> None:
    params = {"waveform_baseline_window_start": start, "waveform_baseline_window_stop": stop}
    run = unit_data(FakeRecording(), params=params).run
    assert baseline_window(run, 61) == expected


# -- hostile arrays --------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [NAN, INF, -INF, 1e300])
def test_what_is_not_finite_is_a_gap(bad: float) -> None:
    template, raw = spike(), spike()
    template[5, 3] = raw[7, 4] = bad
    found = drawn(template, raw)
    assert np.isnan(found.template[5, 0])
    assert np.isfinite(found.extent).all()
    assert np.isfinite(found.peak_range).all()
    assert np.isnan(found.template_line[1][5])


@pytest.mark.parametrize("value", [0.0, NAN, INF])
def test_a_template_of_nothing_is_said(value: float) -> None:
    found = drawn(np.full((61, 64), value), spike())
    assert "The template is zero on this channel." in found.notes
    assert found.scale == 1.0
    assert np.isfinite(found.extent).all()
    flat = drawn(np.full((61, 64), value))
    assert flat.tallest == 0.0


def test_a_raw_waveform_of_nothing_is_not_drawn() -> None:
    found = drawn(spike(), np.zeros((61, 64)))
    assert found.raw is None
    assert "The raw waveform is empty on channel 3." in found.notes
    assert drawn(spike(), spike(channels=8)).raw is None  # other channels


def test_an_empty_template_is_missing() -> None:
    with pytest.raises(UserError, match="no samples"):
        drawn(np.zeros((0, 64)))


def test_one_channel() -> None:
    alone = Sites(np.zeros((1, 2)))
    found = drawn(spike()[:, 3:4], columns={"maxChannels": 0.0}, sites=alone)
    assert found.channels.tolist() == [0]
    assert found.n_samples == 61


def test_peak_to_peak() -> None:
    values = np.array([[1.0, NAN, -2.0], [4.0, NAN, INF], [NAN, NAN, 3.0]])
    assert peak_to_peak(values).tolist() == [3.0, 0.0, 5.0]
    assert peak_to_peak(np.empty((0, 2))).tolist() == [0.0, 0.0]


# -- scale bars ------------------------------------------------------------------------------


def test_bars_are_round() -> None:
    assert [round_bar(most) for most in (1, 1.9, 2, 4.99, 5, 9.9, 73, 0.03, 1e-9)] == [
        1, 1, 2, 2, 5, 5, 50, 0.02, 1e-9,
    ]  # fmt: skip
    assert [round_bar(most) for most in (0, -3, NAN, INF)] == [0, 0, 0, 0]


@given(st.floats(1e-250, 1e250))
def test_a_bar_is_the_longest_round_one(most: float) -> None:
    bar = round_bar(most)
    digits = f"{bar:.6e}"
    assert digits[0] in "125"
    assert set(digits[2:8]) == {"0"}
    assert bar <= most <= bar * 2.5 * (1 + 1e-12)
