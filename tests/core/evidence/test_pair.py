"""Two units beside each other: known answers, and slow references."""

from __future__ import annotations

import math

import numpy as np
import pytest
from evidence_fakes import FakeRecording, unit_spikes
from factories import SAMPLE_RATE, make_run

from bcviewer.core.evidence.pair import Pair, pair
from bcviewer.core.evidence.pair_templates import cosine
from bcviewer.core.evidence.recording import UnitData, Waveform
from bcviewer.core.run.run import Sites
from bcviewer.errors import UserError

NAN = float("nan")
SITES = Sites(np.array([[0.0, 20.0 * i] for i in range(40)]))


def template(channel: int, size: float = 1.0) -> Waveform:
    """Return a template of 61 samples on 40 channels that falls off over three of them."""
    values = np.zeros((61, 40))
    for away in range(-3, 4):
        if 0 <= channel + away < 40:
            values[20:26, channel + away] = -size * 0.5 ** abs(away)
    return Waveform(values, NAN)


def compared(a, b, templates=None, peaks=(3, 4), window=50.0, width=1.0, **more) -> Pair:
    """Compare two trains, given in s."""
    fields = {"similarities": more.pop("similar", None)}
    if templates is not None:
        fields["template_of"] = dict(enumerate(templates))
    recording = FakeRecording({0: unit_spikes(a), 1: unit_spikes(b)}, **fields)
    run = make_run({"maxChannels": [float(p) for p in peaks]}, sites=SITES, **more)
    return pair(UnitData(run, 1, recording), 0, 1, window, width)


def poisson(rate: float, seconds: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.uniform(0.0, seconds, rng.poisson(rate * seconds))


# -- spikes ----------------------------------------------------------------------------------


def test_a_copy_that_is_later_stands_at_its_lag() -> None:
    times = np.arange(1.0, 200.0, 0.5)
    found = compared(times, times + 0.0053)
    edges, counts = found.lags.edges_ms, found.lags.counts
    at = np.flatnonzero(counts)
    assert len(at) == 1
    assert edges[at[0]] <= 5.3 < edges[at[0] + 1]
    assert counts[at[0]] == len(times)
    assert [near.share for near in found.near] == [0.0, 0.0]
    backwards = compared(times + 0.0053, times)
    assert backwards.lags.counts.tolist() == counts[::-1].tolist()


def test_a_copy_that_is_nearer_than_2_ms_is_near_and_at_2_ms_it_is_not() -> None:
    times = np.arange(1.0, 200.0, 0.5)
    for shift, share in ((0.00195, 1.0), (0.002, 0.0), (-0.00195, 1.0), (0.0, 1.0)):
        found = compared(times, times + shift)
        assert [near.share for near in found.near] == [share, share], shift
    assert compared(times, times).lags.same_sample == len(times)


def test_two_parts_of_one_neuron_leave_its_refractory_period_empty() -> None:
    """phy split a unit with a refractory period of 3 ms at random."""
    rng = np.random.default_rng(1)
    times = np.cumsum(0.003 + rng.exponential(0.02, 20_000))
    part = rng.random(len(times)) < 0.6
    found = compared(times[part], times[~part])
    edges = found.lags.edges_ms
    inside = (edges[:-1] >= -3) & (edges[1:] <= 3)
    assert found.lags.counts[inside].sum() == 0
    outside = np.abs(edges[:-1]) > 20
    assert found.lags.counts[outside].mean() == pytest.approx(found.chance, rel=0.05)
    assert found.near[0].share == found.near[1].share == 0.0
    assert found.near[0].chance > 0.05


def test_independent_units_meet_by_chance() -> None:
    found = compared(poisson(10, 1800, 2), poisson(4, 1800, 3))
    n_a, n_b = found.lags.n_a, found.lags.n_b
    for near, n, other in ((found.near[0], n_a, n_b), (found.near[1], n_b, n_a)):
        error = math.sqrt(near.chance * (1 - near.chance) / n)
        assert abs(near.share - near.chance) < 4 * error
        assert near.chance == pytest.approx(1 - math.exp(-other / 1800 * 0.004), rel=0.02)
    assert found.lags.counts.mean() == pytest.approx(found.chance, rel=0.05)
    assert (found.n_both, found.n_either) == (30, 30)


def test_chance_is_that_of_the_minutes_in_which_both_are_active() -> None:
    """Two units on in every other minute meet twice as often as their mean rates say."""
    on = [poisson(8, 60, i) + 120 * i for i in range(20)]
    also = [poisson(8, 60, 100 + i) + 120 * i for i in range(20)]
    found = compared(np.concatenate(on), np.concatenate(also))
    assert found.lags.counts.mean() == pytest.approx(found.chance, rel=0.06)
    n_a, n_b = found.lags.n_a, found.lags.n_b
    assert found.chance == pytest.approx(2 * n_a * n_b / 2340 * 0.001, rel=0.1)
    assert found.near[0].share == pytest.approx(found.near[0].chance, rel=0.15)
    assert (found.n_both, found.n_either) == (20, 20)


def test_units_that_take_turns_share_no_minute() -> None:
    a = np.concatenate([np.arange(60 * i + 1.0, 60 * i + 59.0) for i in (0, 2, 3)])
    b = np.concatenate([np.arange(60 * i + 1.0, 60 * i + 59.0) for i in (1, 3, 4)])
    found = compared(a, b)
    assert (found.n_both, found.n_either) == (1, 5)
    assert found.chance == pytest.approx(58 * 58 / 60 * 0.001)


def test_near_spikes_are_counted_as_the_slow_way_counts_them() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.uniform(0, 20, 300), rng.uniform(0, 20, 150)
    found = compared(a, b)
    samples = [np.rint(t * SAMPLE_RATE) for t in (a, b)]
    away = np.abs(samples[0][:, None] - samples[1][None, :])
    assert found.near[0].share == (away.min(axis=1) < 60).mean()
    assert found.near[1].share == (away.min(axis=0) < 60).mean()


def test_units_of_no_one_and_two_spikes() -> None:
    none = compared([], [1.0, 2.0])
    assert math.isnan(none.near[0].share)
    assert math.isnan(none.near[1].chance)
    assert none.chance == 0
    assert (none.n_both, none.n_either) == (0, 1)
    one = compared([1.0], [1.0])
    assert one.near[0].share == 1.0
    assert compared([], []).n_either == 0


def test_damaged_times_take_no_memory() -> None:
    far = unit_spikes([1.0])
    object.__setattr__(far, "samples", np.array([0, 2**61]))
    run = make_run({"maxChannels": [3.0, 4.0]})
    recording = FakeRecording({0: far, 1: unit_spikes([1.0])})
    assert pair(UnitData(run, 0, recording), 0, 1, 50.0, 1.0).n_either == 1


def test_what_is_said_of_the_spikes_is_passed_on() -> None:
    odd = unit_spikes([1.0])
    object.__setattr__(odd, "note", "spike_clusters.npy has changed.")
    run = make_run({"maxChannels": [3.0, 4.0]}, cluster_id=np.array([7, 9]))
    found = pair(UnitData(run, 0, FakeRecording({0: unit_spikes([1.0]), 1: odd})), 0, 1, 50.0, 1.0)
    assert found.notes == ("Unit 9: spike_clusters.npy has changed.",)
    with pytest.raises(UserError, match=r"spike_times\.npy"):
        pair(UnitData(run, 0, FakeRecording({0: odd})), 0, 1, 50.0, 1.0)


# -- templates -------------------------------------------------------------------------------


def test_similarity_is_kilosorts_where_there_is_one() -> None:
    similar = np.array([[1.0, 0.83], [0.83, 1.0]])
    found = compared([1.0], [2.0], similar=similar)
    assert (found.similarity, found.similarity_source) == (0.83, "Kilosort's")


def test_else_it_is_the_cosine_and_says_so() -> None:
    both = [template(3), template(4)]
    found = compared([1.0], [2.0], both)
    assert found.similarity == pytest.approx(cosine(both[0].values, both[1].values))
    assert found.similarity_source == "cosine of the templates; similar_templates.npy: not there."
    nan = compared([1.0], [2.0], both, similar=np.full((2, 2), NAN))
    assert nan.similarity == found.similarity
    assert nan.similarity_source.endswith("has no number there")
    neither = compared([1.0], [2.0])
    assert math.isnan(neither.similarity)
    assert "similar_templates.npy" in neither.similarity_source
    assert neither.why_no_overlay == "templates.npy: not there."


def test_cosines() -> None:
    one = template(3).values
    assert cosine(one, one) == pytest.approx(1.0)
    assert cosine(one, 5 * one) == pytest.approx(1.0)
    assert cosine(one, -one) == pytest.approx(-1.0)
    assert cosine(one, template(20).values) == 0.0
    assert math.isnan(cosine(one, np.zeros_like(one)))


def test_templates_stand_on_their_common_channels_in_one_scale() -> None:
    found = compared([1.0], [2.0], [template(3, 2.0), template(5)], peaks=(3, 5))
    overlay = found.overlay
    assert found.distance_um == 40.0
    assert sorted(overlay.channels.tolist()) == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    (x, y), (_, other) = overlay.lines
    assert np.isnan(y).sum() == len(overlay.channels)  # a gap after each channel
    k = overlay.channels.tolist().index(3)
    at = slice(k * 62, k * 62 + 61)
    depth = [float(np.nanmax(line[at]) - np.nanmin(line[at])) for line in (y, other)]
    assert depth[0] == pytest.approx(2 / 0.25 * depth[1])  # −2 beside −0.25
    left, right, bottom, top = overlay.extent
    assert left <= np.nanmin(x)
    assert np.nanmax(x) <= right
    assert bottom <= np.nanmin(y)
    assert np.nanmax(y) <= top


def test_units_far_from_each_other_share_no_channel() -> None:
    found = compared([1.0], [2.0], [template(3), template(30)], peaks=(3, 30))
    assert found.overlay is None
    assert found.why_no_overlay == "peak channels 540 µm apart: none within 100 µm of both"


def test_a_unit_that_bombcell_has_not_scored_has_the_largest_channel() -> None:
    found = compared([1.0], [2.0], [template(3), template(6)], peaks=(3, NAN))
    assert found.distance_um == 60.0


def test_without_places_units_of_one_channel_are_drawn() -> None:
    recording = FakeRecording(
        {0: unit_spikes([1.0]), 1: unit_spikes([1.0])}, dict(enumerate([template(3), template(3)]))
    )
    run = make_run({"maxChannels": [3.0, 3.0]})
    same = pair(UnitData(run, 0, recording), 0, 1, 50.0, 1.0)
    assert same.overlay.channels.tolist() == [3]
    assert same.distance_um == 0.0
    run = make_run({"maxChannels": [3.0, 5.0]})
    other = pair(UnitData(run, 0, recording), 0, 1, 50.0, 1.0)
    assert other.why_no_overlay == "peak channels: none within 100 µm of both"


def test_templates_of_different_shapes() -> None:
    short = Waveform(np.ones((40, 40)), NAN)
    found = compared([1.0], [2.0], [template(3), short])
    assert found.why_no_overlay.startswith("the templates have different shapes")
