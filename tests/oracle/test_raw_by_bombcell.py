"""Raw spikes beside bombcell: its own mean of the same spikes, and those near its cut-off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import bombcell, quiet
from raw_recording import (
    CLOSE_PAIRS,
    GAIN,
    SITES,
    SYNC,
    WIDTH,
    RawRecording,
    extract_by_bombcell,
    write_raw_recording,
)

from bcviewer.core.evidence.raw_mean import MeanDifference
from bcviewer.core.evidence.raw_spikes import RawSpikes, raw_spikes
from bcviewer.errors import UserError
from bcviewer.oracle.client import Bombcell
from bcviewer.oracle.raw_by_bombcell import NoCutOff, check_mean, near_cut_off


class InProcess(Bombcell):
    """Answers as the helper process does, in this one."""

    def ask(self, request: str, params: Any, arrays: Mapping[str, Any]) -> dict[str, Any]:
        bombcell()
        from bcviewer.oracle.requests import amplitude, raw

        with quiet():
            return {"raw": raw, "amplitude": amplitude}[request].answer(params, arrays)


@pytest.fixture(scope="module")
def here() -> Iterator[Bombcell]:
    with InProcess() as helper:
        yield helper


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RawRecording:
    """Return a recording whose means bombcell extracted from its raw file."""
    made = write_raw_recording(tmp_path_factory.mktemp("raw"))
    extract_by_bombcell(made)
    return made


def held(found: RawSpikes) -> MeanDifference:
    assert isinstance(found.saved, MeanDifference)
    return found.saved


@pytest.mark.parametrize("row", [0, 1])
def test_our_mean_is_the_one_that_bombcell_extracted(made: RawRecording, row: int) -> None:
    found = raw_spikes(made.unit(row), "")
    assert found.n_mean == 100
    assert not isinstance(found.mean, str)
    assert held(found).is_same
    assert held(found).off < 1e-9
    saved = np.load(made.ks_dir / "bombcell" / "_bc_rawWaveforms_kilosort_format.npy")[row].T
    assert found.mean == pytest.approx(saved[:, found.view.channels] * GAIN, abs=1e-9)
    assert np.ptp(found.mean[:, 0]) == np.ptp(found.mean, axis=0).max() > 100


@pytest.mark.slow
@pytest.mark.parametrize(
    ("params", "by_bombcell"),
    [
        ({"detrendWaveform": False}, {"detrendWaveform": False}),
        ({"nRawSpikesToExtract": 11}, {"nRawSpikesToExtract": 11}),
        ({"nRawSpikesToExtract": 9999}, {"nRawSpikesToExtract": 9999}),
        ({"spike_width": 82, "waveformBaselineNoiseWindow": 20},
         {"spike_width": 82, "waveformBaselineNoiseWindow": 20}),
        ({"spike_width": 40}, {"spike_width": 40}),
    ],
)  # fmt: skip
def test_so_it_is_however_spikes_are_cut(
    tmp_path: Path, params: dict[str, Any], by_bombcell: dict[str, Any]
) -> None:
    made = write_raw_recording(tmp_path, seed=8, n_units=1, **params)
    extract_by_bombcell(made, **by_bombcell)
    found = raw_spikes(made.unit(), "")
    assert held(found).is_same
    assert held(found).off < 1e-9
    other = write_raw_recording(tmp_path / "b", seed=8, n_units=1, **{**params, "spike_width": 50})
    extract_by_bombcell(other, **by_bombcell)
    assert "the saved one has" in raw_spikes(other.unit(), "").mean_words()


def test_another_raw_file_is_seen(made: RawRecording, tmp_path: Path) -> None:
    shifted = tmp_path / "other.bin"
    np.roll(made.traces, 40, axis=0).tofile(shifted)
    found = raw_spikes(made.unit(), str(shifted))
    assert found.view.about.source == "chosen by hand"
    assert not held(found).is_same
    assert held(found).off > 50
    assert "differs from the saved one" in found.mean_words()


def test_the_pairs_that_violate_are_those_that_were_put_there(made: RawRecording) -> None:
    found = raw_spikes(made.unit(), "")
    assert found.first.n == found.second.n == found.first.n_all == CLOSE_PAIRS
    assert found.single.n_outside == 2
    times = made.samples[made.clusters == 0]
    later = times[1:][np.diff(times) == 36]
    assert len(later) == CLOSE_PAIRS
    peak = made.channel_map[1]
    stored = np.array([made.traces[at - 21 : at + 40, [peak]] for at in later])
    ours = found.view.cut.levelled(stored)[:, :, 0] * GAIN
    assert found.second.peak == pytest.approx(ours, abs=1e-3)
    assert raw_spikes(made.unit(1), "").first.n_all == 0


@pytest.mark.slow
def test_bombcells_own_mean_of_the_same_spikes(
    made: RawRecording, here: Bombcell, real_bombcell: Bombcell
) -> None:
    for helper in (here, real_bombcell):
        check = check_mean(made.unit(), helper, "")
        assert check.against.is_same
        assert check.against.off < 1e-9
        assert check.words() == "bombcell's own mean of the same 100 spikes is ours"
    wrong = replace(check, against=MeanDifference(3.0, is_same=False))
    assert wrong.words().endswith("differs by up to 3 µV")


def test_a_wrong_mean_of_ours_would_be_found(
    made: RawRecording, here: Bombcell, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bcviewer.core.evidence.raw_cut import SpikeCut

    levelled = SpikeCut.levelled
    monkeypatch.setattr(SpikeCut, "levelled", lambda cut, s: levelled(cut, s) * 1.001)
    assert not check_mean(made.unit(), here, "").against.is_same


def test_no_mean_is_asked_for_of_no_spikes(made: RawRecording, here: Bombcell) -> None:
    unit = made.unit()
    none = replace(unit.run, settings=write_none(unit.run.settings))
    with pytest.raises(UserError, match="not asked for one: no spike is taken"):
        check_mean(replace(unit, run=none), here, "")


def write_none(settings: Any) -> Any:
    return replace(settings, saved={**settings.saved, "nRawSpikesToExtract": 0})


def test_spikes_nearest_the_cut_off(made: RawRecording, here: Bombcell) -> None:
    found = near_cut_off(made.unit(), here, "")
    amplitudes = np.load(made.ks_dir / "amplitudes.npy")[made.clusters == 0]
    inside = amplitudes[1:-1]  # the first and the last spike are at the ends of the file
    away = np.sort(np.abs(inside - found.cut_off))
    assert isinstance(found.cut_off, float)
    assert found.title() == f"60 nearest the cut-off ({found.cut_off:.3g})"
    assert found.group == "near the cut-off"
    assert found.snippets.n == 60
    assert (found.snippets.n_all, found.snippets.n_outside) == (len(amplitudes), 2)
    assert max(abs(found.low - found.cut_off), abs(found.high - found.cut_off)) <= away[59] + 1e-6
    words = (
        f"Nearest the cut-off at {found.cut_off:.3g} (60 of {len(amplitudes)} spikes, amplitudes "
    )
    assert found.words().startswith(words)


def test_without_a_fit_they_are_the_smallest(made: RawRecording) -> None:
    class Absent(Bombcell):
        def ask(self, *_: Any) -> dict[str, Any]:
            raise UserError("bombcell cannot be asked: it is not there")

    found = near_cut_off(made.unit(1), Absent(), "")
    amplitudes = np.sort(np.load(made.ks_dir / "amplitudes.npy")[made.clusters == 1])
    assert found.cut_off == NoCutOff("bombcell cannot be asked: it is not there", is_known=False)
    assert found.title() == "cut-off not known: 60 smallest amplitudes"
    assert found.group == "smallest"
    assert (found.low, found.high) == pytest.approx((amplitudes[0], amplitudes[59]))
    assert found.words().startswith(f"The smallest amplitudes (60 of {len(amplitudes)} spikes, ")
    words = "; cut-off not known: bombcell cannot be asked: it is not there"
    assert found.words().endswith(words)


def test_that_bombcell_finds_no_cut_off_is_not_that_it_was_not_asked(made: RawRecording) -> None:
    class NoFit(Bombcell):
        def ask(self, *_: Any) -> dict[str, Any]:
            return {"gaussian": np.array(100.0)}

    found = near_cut_off(made.unit(1), NoFit(), "")
    assert isinstance(found.cut_off, NoCutOff)
    assert found.cut_off.is_known
    assert found.title() == "no cut-off: 60 smallest amplitudes"
    assert "; no cut-off: " in found.words()


def test_without_one_spike_to_show_it_is_said(tmp_path: Path, here: Bombcell) -> None:
    made = write_raw_recording(tmp_path, n_units=1)
    np.save(made.ks_dir / "amplitudes.npy", np.full(len(made.samples), np.nan, np.float32))
    with pytest.raises(UserError, match="no spike of the kept time has an amplitude and is wholly"):
        near_cut_off(made.unit(), here, "")


def test_without_amplitudes_it_is_said(tmp_path: Path, here: Bombcell) -> None:
    made = write_raw_recording(tmp_path, n_units=1)
    (made.ks_dir / "amplitudes.npy").unlink()
    with pytest.raises(UserError, match=r"amplitudes\.npy"):
        near_cut_off(made.unit(), here, "")


def test_what_was_made_is_a_recording_with_pcs_and_synchronisation(made: RawRecording) -> None:
    assert made.raw.stat().st_size == made.traces.size * 2
    assert made.traces.shape[1] == SITES + SYNC
    assert np.load(made.ks_dir / "pc_features.npy").shape == (len(made.samples), 3, 4)
    assert raw_spikes(made.unit(), "").view.cut.width == WIDTH
