"""Single spikes of the raw file: which are taken, how they are cut, what is said of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from evidence_fakes import FakeRecording, unit_data
from factories import SAMPLE_RATE

from bcviewer.core.evidence import raw_mean
from bcviewer.core.evidence.raw_cut import SpikeCut, cut_of
from bcviewer.core.evidence.raw_mean import MeanDifference, compare
from bcviewer.core.evidence.raw_spikes import PAIRS, SINGLE, raw_spikes
from bcviewer.core.evidence.raw_view import open_raw
from bcviewer.core.evidence.recording import UnitData, UnitSpikes, Waveform
from bcviewer.core.rules.settings import Settings
from bcviewer.core.run.run import Run, Sites
from bcviewer.core.run.stretch import Stretch
from bcviewer.errors import CancelledError, UserError

WIDTH, N = 21, 4000
CUT = SpikeCut(WIDTH, detrend=True, baseline=5, n_mean=100)
PARAMS = {"spike_width": WIDTH, "waveformBaselineNoiseWindow": 5, "gain_to_uV": 2.0}
XY = np.column_stack([np.zeros(3), [0.0, 20.0, 500.0]])
RNG = np.random.default_rng(4)
TRACES = RNG.integers(-500, 500, (N, 3)).astype(np.int16)


def unit(samples: Any, columns: Any = None, params: Any = None, **recording: Any) -> UnitData:
    """Return a unit whose peak channel is 1, with its spikes and a raw file."""
    samples = np.asarray(samples, np.int64)
    template = np.zeros((WIDTH, 3))
    template[10, 1] = -1.0
    given = {
        "spikes_of": {0: UnitSpikes(samples, SAMPLE_RATE)},
        "template_of": {0: Waveform(template, np.nan)},
        "raw_traces": TRACES,
        **recording,
    }
    table = {"nSpikes": float(len(samples)), "maxChannels": 1.0, "estimatedTauR": 0.002}
    one = unit_data(
        FakeRecording(**given), 0, {**table, **(columns or {})}, {**PARAMS, **(params or {})}
    )
    return replace(one, run=replace(one.run, sites=Sites(XY), session_s=(0.0, 1200.0)))


# -- how a spike is cut ----------------------------------------------------------------------


@pytest.mark.parametrize(("width", "half"), [(61, 20), (82, 41), (40, 20), (21, 10)])
def test_a_snippet_begins_where_bombcell_begins_it(width: int, half: int) -> None:
    cut = replace(CUT, width=width)
    assert cut.half == half
    assert cut.starts(np.array([100])).tolist() == [100 - half - 1]
    ends = np.array([half, half + 1, 500 - width + half - 1, 500 - width + half])
    assert cut.inside(ends, 500).tolist() == [False, True, True, False]
    starts = cut.starts(ends[1:3])
    assert starts.min() == 0
    assert starts.max() + width <= 500


def test_the_mean_is_of_spikes_spread_over_all() -> None:
    samples = np.arange(1000) * 7
    few = replace(CUT, n_mean=4).mean_of(samples)
    assert few.tolist() == [0, 333 * 7, 666 * 7, 999 * 7]
    assert replace(CUT, n_mean=1000).mean_of(samples) is samples
    assert len(replace(CUT, n_mean=0).mean_of(samples)) == 0


def test_a_line_and_a_level_are_taken_off_and_nothing_else() -> None:
    shape = np.zeros(WIDTH)
    shape[10] = -100.0
    line = 300 + 7.0 * np.arange(WIDTH)
    flat = CUT.levelled((line + shape)[None, :, None])
    assert flat == pytest.approx(CUT.levelled(shape[None, :, None]))
    assert flat[0, :5].mean() == pytest.approx(0)
    kept = replace(CUT, detrend=False).levelled((line + shape)[None, :, None])
    assert kept[0, :, 0] == pytest.approx(line + shape - (line + shape)[:5].mean())


def test_many_snippets_are_levelled_each_for_itself() -> None:
    stored = RNG.integers(-99, 99, (6, WIDTH, 2)).astype(np.int16)
    whole = CUT.levelled(stored)
    for one, alone in zip(whole, stored, strict=True):
        assert one == pytest.approx(CUT.levelled(alone[None])[0])
    assert stored.dtype == np.int16


def test_what_is_not_saved_is_bombcells_default() -> None:
    cut = cut_of(Settings({}), 61)
    assert replace(cut, assumed=()) == SpikeCut(61, detrend=True, baseline=20, n_mean=100)
    assert cut.note == (
        "Assumed as Bombcell's defaults, since the run's parameters do not tell: spike_width 61 as "
        "the templates, waveformBaselineNoiseWindow 20, detrendWaveform on, nRawSpikesToExtract "
        "100."
    )
    given = {"spike_width": 82.0, "detrendWaveform": 0.0, "nRawSpikesToExtract": 7.0}
    cut = cut_of(Settings(given), 61)
    assumed = ("waveformBaselineNoiseWindow 20",)
    assert cut == SpikeCut(82, detrend=False, baseline=20, n_mean=7, assumed=assumed)
    all_told = cut_of(Settings({**given, "waveformBaselineNoiseWindow": 10.0}), 61)
    assert (all_told.assumed, all_told.note) == ((), "")
    assert cut_of(Settings({"nRawSpikesToExtract": float("inf")}), 61).n_mean == 2**31
    for bad in ({"spike_width": 1e9}, {"spike_width": 1.0}, {"spike_width": float("inf")}):
        with pytest.raises(UserError, match=r"cut spikes of .* samples \(spike_width\)"):
            cut_of(Settings(bad), 61)
    for bad in (0.0, 62.0, -3.0):
        with pytest.raises(UserError, match="waveformBaselineNoiseWindow"):
            cut_of(Settings({"waveformBaselineNoiseWindow": bad}), 61)


# -- which spikes ----------------------------------------------------------------------------


def test_spikes_are_read_where_they_are_in_the_unit_of_the_gain() -> None:
    one = unit([50, 900, 2000])
    found = raw_spikes(one, "")
    assert found.view.channels.tolist() == [1, 0], "the peak channel and its neighbour"
    assert found.view.unit == "µV"
    levelled = CUT.levelled(np.array([TRACES[at - 11 : at + 10, [1, 0]] for at in (50, 900, 2000)]))
    assert found.single.peak == pytest.approx(2.0 * levelled[:, :, 0], rel=1e-5, abs=1e-3)
    assert found.single.mean == pytest.approx(2.0 * levelled.mean(axis=0))
    assert found.mean == pytest.approx(found.single.mean)
    assert found.view.time[11] == 0.0
    assert found.view.time[12] == pytest.approx(1e3 / SAMPLE_RATE)


def test_a_gain_that_is_not_known_is_said() -> None:
    for gain in (None, 0.0, float("nan")):
        view, _ = open_raw(unit([50], params={"gain_to_uV": gain}), "")
        assert (view.unit, view.scale) == ("raw units", 1.0)
        assert "The gain is not known: amplitudes are in raw units." in view.notes


def test_pairs_that_violate_are_those_of_the_isi_histogram() -> None:
    gaps = (59, 60, 8, 7, 200)  # the limit is 60 samples, 7.5 are censored
    samples = np.cumsum([100, *gaps])
    one = unit(samples, params={"tauC": 0.00025})
    found = raw_spikes(one, "")
    assert found.first.n == found.second.n == found.first.n_all == 2
    pairs = [(100, 159), (219, 227)]
    for group, at in ((found.first, 0), (found.second, 1)):
        wanted = [CUT.levelled(TRACES[None, p[at] - 11 : p[at] + 10, [1]])[0, :, 0] for p in pairs]
        assert group.peak == pytest.approx(2.0 * np.array(wanted), rel=1e-5, abs=1e-3)


def test_pairs_are_of_the_kept_time_single_spikes_of_all() -> None:
    kept = {"useTheseTimesStart": 0.05, "useTheseTimesStop": 1.0}
    found = raw_spikes(unit([100, 120, 2000, 2020], kept), "")
    assert found.single.n_all == 4
    assert found.first.n_all == 1
    assert found.kept.is_part


def test_spikes_at_the_ends_of_the_file_are_left_out_and_counted() -> None:
    found = raw_spikes(unit([3, 100, N - 4, N + 900, N + 920]), "")
    assert (found.single.n, found.single.n_all, found.single.n_outside) == (1, 5, 4)
    for group in (found.first, found.second):  # that there is no such pair would not be true
        assert (group.n, group.n_all, group.n_outside) == (0, 1, 1)
    assert np.isnan(found.first.mean).all()


def test_a_file_without_any_of_the_spikes_is_doubted() -> None:
    words = r"raw.bin: ends at 0.1 s, and no spike of unit 0 is wholly in it"
    one = unit([N + 100, N + 900])
    with pytest.raises(UserError, match=words):
        raw_spikes(one, "")
    run = replace(one.run, sample_rate=float("nan"))
    with pytest.raises(UserError, match=words):
        raw_spikes(with_params(one, run, ephys_sample_rate=SAMPLE_RATE), "")
    with pytest.raises(UserError, match=r"raw.bin: ends at sample 4,000, and no spike"):
        raw_spikes(with_params(one, run, ephys_sample_rate=None), "")
    none = raw_spikes(unit([]), "")
    assert (none.single.n, none.n_mean) == (0, 0)
    words = "The mean is not counted again: no spike is taken for it."
    assert none.mean_words() == words, "which is not that there are too many"
    none = raw_spikes(unit([50, 900], params={"nRawSpikesToExtract": 0.0}), "")
    assert none.mean_words() == words
    assert none.saved == none.mean


def with_params(one: UnitData, run: Run, **params: Any) -> UnitData:
    settings = Settings({**run.settings.saved, **params})
    return replace(one, run=replace(run, settings=settings))


def test_how_it_is_cut_by_assumption_is_told_with_it() -> None:
    view, _ = open_raw(unit([50], params={"detrendWaveform": None}), "")
    (note,) = (note for note in view.notes if "do not tell" in note)
    assert "detrendWaveform on" in note
    assert "spike_width" not in note
    view, _ = open_raw(unit([50]), "")
    assert not any("do not tell" in note for note in view.notes)


def test_many_are_sampled_the_same_each_time() -> None:
    samples = np.arange(50, N - 50, 9)
    one = unit(samples, params={"nRawSpikesToExtract": 30.0})
    found, again = raw_spikes(one, ""), raw_spikes(one, "")
    assert (found.single.n, found.single.n_all) == (SINGLE, len(samples))
    assert (found.single.peak == again.single.peak).all()
    assert found.n_mean == 30
    assert found.first.n == PAIRS
    assert found.first.n_all == len(samples) - 1


def test_each_spike_is_read_once_and_only_while_somebody_waits() -> None:
    class Gone:
        def check(self) -> None:
            raise CancelledError

        def at(self, place: str) -> None:
            assert place in ("mine.bin", "ks")

    with pytest.raises(CancelledError):
        raw_spikes(replace(unit([50, 900]), asker=Gone()), "mine.bin")


# -- against what Bombcell saved -------------------------------------------------------------


def saved_mean(samples: Any, off: float = 0.0) -> Waveform:
    taken = np.array([TRACES[at - 11 : at + 10] for at in samples])
    return Waveform(CUT.levelled(taken).mean(axis=0) + off, 2.0)


def test_the_saved_mean_is_the_same_or_not_or_missing() -> None:
    samples = [50, 900, 2000]
    same = raw_spikes(unit(samples, raw_of={0: saved_mean(samples)}), "")
    assert isinstance(same.saved, MeanDifference)
    assert same.saved.is_same
    assert (
        same.mean_words() == "The mean of the 3 spikes that Bombcell takes is the one that it saved"
    )
    other = raw_spikes(unit(samples, raw_of={0: saved_mean(samples, 3.0)}), "")
    assert isinstance(other.saved, MeanDifference)
    assert not other.saved.is_same
    assert other.saved.off == pytest.approx(6.0)
    assert "differs from the saved one by up to 6 µV" in other.mean_words()
    none = raw_spikes(unit(samples), "")
    assert "cannot be compared: no raw waveform was extracted" in none.mean_words()
    short = raw_spikes(unit(samples, raw_of={0: Waveform(np.ones((5, 3)), 1.0)}), "")
    words = "cannot be compared: the saved one has 5 samples, 21 are cut."
    assert short.mean_words().endswith(words)
    narrow = raw_spikes(unit(samples, raw_of={0: Waveform(np.ones((WIDTH, 1)), 1.0)}), "")
    words = "cannot be compared: the saved one has 1 channel, none for 1."
    assert narrow.mean_words().endswith(words), "it has as many samples as there must be"
    holes = saved_mean(samples)
    holes.values[:, 0] = np.nan
    odd = raw_spikes(unit(samples, raw_of={0: holes}), "").mean_words()
    assert "differs from the saved one in which samples and channels have a value" in odd
    assert "inf" not in odd


def test_a_mean_of_too_many_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_mean, "MOST_OF_MEAN", 2)
    found = raw_spikes(unit([50, 900, 2000]), "")
    assert found.n_mean == 3
    words = "not counted again: it is of 3 spikes, and more than 2 are not read for it."
    assert found.mean_words().endswith(words)
    assert isinstance(found.saved, str)


def test_means_are_the_same_but_for_rounding() -> None:
    ours = np.array([[0.0, 100.0], [5.0, np.nan]])
    assert compare(ours, ours.astype(np.float32)) == MeanDifference(0.0, is_same=True)
    assert compare(ours, ours + 0.005).is_same
    assert not compare(ours, ours + 0.05).is_same
    assert compare(ours, np.nan_to_num(ours)) == MeanDifference(np.inf, is_same=False)
    nothing = np.full(3, np.nan)
    assert compare(nothing, nothing) == MeanDifference(0.0, is_same=True)
    small, large = np.array([100.0]), np.array([100.01])
    assert compare(small, large).is_same == compare(large, small).is_same
    assert compare(small, large).is_same, "a share of the larger one"


def test_a_time_that_is_not_known_is_in_samples() -> None:
    view, _ = open_raw(unit([50]), "")
    assert (view.step, view.time_unit) == (pytest.approx(1e3 / SAMPLE_RATE), "ms")
    unknown = replace(view, sample_ms=np.nan)
    assert (unknown.step, unknown.time_unit, unknown.n_samples) == (1.0, "samples", WIDTH)
    assert unknown.time[11:13].tolist() == [0.0, 1.0]


# -- of a stretch ----------------------------------------------------------------------------


def test_a_stretch_has_its_own_spikes_and_its_own_mean() -> None:
    samples = np.arange(50, 3900, 55)
    whole = unit(samples)
    ends = 1000 / SAMPLE_RATE, 2500 / SAMPLE_RATE
    found = raw_spikes(replace(whole, stretch=Stretch(*ends)), "")
    inside = samples[(samples >= 1000) & (samples <= 2500)]
    assert found.single.n_all == found.n_mean == len(inside)
    view, file = open_raw(whole, "")
    cut = [
        view.cut.levelled(file.snippets(view.cut.starts(one[None]), WIDTH, view.channels, int))
        for one in inside
    ]
    np.testing.assert_allclose(found.mean, np.concatenate(cut).mean(axis=0) * view.scale)
    assert found.kept.chosen == Stretch(*ends)
    assert found.mean_words().startswith("chosen by hand: 0–0.1 s: mean of ")
    assert found.saved == "of a stretch Bombcell saved none."


def test_the_whole_as_a_stretch_has_the_mean_of_the_whole() -> None:
    whole = unit(np.arange(50, 3900, 55))
    part = raw_spikes(replace(whole, stretch=Stretch(0.0, 1.0)), "")
    np.testing.assert_array_equal(part.mean, raw_spikes(whole, "").mean)
    np.testing.assert_array_equal(part.single.peak, raw_spikes(whole, "").single.peak)
