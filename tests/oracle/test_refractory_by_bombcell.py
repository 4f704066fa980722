"""Contamination recomputed by bombcell: known trains, real recordings, and many spikes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evidence_fakes import FakeRecording
from factories import bombcell as imported
from factories import make_run, quiet

from bcviewer.core.audit.rpv import Rpv
from bcviewer.core.evidence.recording import UnitData, UnitSpikes
from bcviewer.core.evidence.refractory import Contamination
from bcviewer.core.evidence.refractory_words import differences
from bcviewer.core.evidence.tau_r import DEFAULT_TAU_R
from bcviewer.errors import UserError
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.io.spikes.recording import open_recording
from bcviewer.oracle.client import Bombcell
from bcviewer.oracle.refractory_by_bombcell import contamination

RATE, SESSION_S = 30000.0, 1200.0


@pytest.fixture
def bombcell(real_bombcell: Bombcell) -> Bombcell:
    return real_bombcell


def train(n: int, share: float, tau_r: float = 0.003, seed: int = 0) -> np.ndarray:
    """Return samples of a neuron that keeps a refractory period, and of Poisson noise."""
    rng = np.random.default_rng(seed)
    foreign = round(n * share)
    own = n - foreign
    gaps = rng.exponential(1.0, own)
    free = SESSION_S - own * tau_r
    clean = np.cumsum(gaps / gaps.sum() * free * (1 - 1e-6) + tau_r)
    times = np.concatenate((clean, rng.uniform(0, SESSION_S, foreign)))
    return np.sort(np.ceil(times * RATE).astype(np.int64))


def unit(samples: np.ndarray, columns: Any = None, params: Any = None, **more: Any) -> UnitData:
    given = {"nSpikes": float(len(samples)), "useTheseTimesStop": SESSION_S + 1, **(columns or {})}
    run = make_run(given, params, **more)
    return UnitData(run, 0, FakeRecording({0: UnitSpikes(samples, RATE)}))


@pytest.mark.parametrize(
    ("n", "share", "verdict"),
    [
        (300, 0.0, Rpv.UNDECIDABLE),
        (30_000, 0.0, Rpv.CLEAN),
        (30_000, 0.02, Rpv.CLEAN),
        (300, 0.3, Rpv.UNDECIDABLE),
        (30_000, 0.3, Rpv.NOT_SHOWN_CLEAN),
    ],
)
def test_spikes_move_the_verdict_the_right_way(
    bombcell: Bombcell, n: int, share: float, verdict: Rpv
) -> None:
    found = contamination(unit(train(n, share)), bombcell)
    assert found.verdict == verdict
    assert found.n == n
    assert (found.need is not None) == (verdict == Rpv.UNDECIDABLE)
    assert len(found.tau_r) == len(DEFAULT_TAU_R)
    if not share:
        assert found.observed[found.tau_r < 0.003].tolist() == [0] * 8
    if verdict == Rpv.CLEAN:
        # An upper bound: not below the share, but for the 10 % that 90 % confidence leaves.
        assert share <= found.now.rpv < 0.1


def test_so_many_spikes_as_it_says_are_enough(bombcell: Bombcell) -> None:
    whole = {"useTheseTimesStop": SESSION_S}
    needed = contamination(unit(train(300, 0.0, tau_r=0.011), whole), bombcell).need
    assert needed is not None
    assert needed.tau_r == DEFAULT_TAU_R[-1]
    # The same unit for longer: silence of 11 ms, the same rate.
    time = needed.longer * SESSION_S / 300
    assert needed.minutes == pytest.approx((time - SESSION_S) / 60)
    for n, verdict in ((needed.longer, Rpv.CLEAN), (needed.longer - 2, Rpv.UNDECIDABLE)):
        longer = (np.arange(n) * (SESSION_S / 300 * RATE)).astype(np.int64)
        columns = {"useTheseTimesStop": n * SESSION_S / 300}
        assert contamination(unit(longer, columns), bombcell).verdict == verdict
    denser = (np.arange(needed.denser) * (SESSION_S / needed.denser * RATE)).astype(np.int64)
    assert contamination(unit(denser, whole), bombcell).verdict == Rpv.CLEAN


def test_what_is_drawn_is_what_decides(bombcell: Bombcell) -> None:
    from scipy.stats import poisson

    found = contamination(unit(train(4000, 0.05)), bombcell)
    expected = found.expected
    assert (poisson.sf(found.clean_to, expected)[found.clean_to >= 0] >= 0.9).all()
    assert (poisson.sf(found.clean_to + 1, expected) < 0.9).all()
    assert (1 - poisson.sf(found.above_from - 1, expected) >= 0.9).all()
    assert (1 - poisson.sf(found.above_from - 2, expected) < 0.9).all()
    clean = (found.observed <= found.clean_to).any()
    assert clean == (found.verdict == Rpv.CLEAN)
    assert found.now.rpv == np.nanmin(found.level)


@pytest.mark.parametrize("method", ["ibl_sliding", "llobet"])
def test_many_spikes_are_counted_here_with_bombcells_results(
    monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    with quiet():
        imported()
        from bcviewer.oracle.requests import refractory as request

    params = {
        "method": method,
        "sample_rate": RATE,
        "tauC": 0.00025,
        "tauR_reject": 0.0005,
        "confidence_threshold": 0.9,
        "maxRPVviolations": 0.1,
    }
    levels = np.arange(0.5, 35.5, 0.5) / 100
    cases = [(300, 0.0), (60, 0.3), (3000, 0.08), (4000, 0.1), (9000, 0.3)]
    for seed, (n, share) in enumerate([*cases, (2, 0.0), (1, 0.0), (0, 0.0)]):
        samples = train(n, share, seed=seed) if n else np.zeros(0, np.int64)
        arrays = {"samples": samples, "chunk": np.array([0.0, SESSION_S])}
        arrays |= {"tau_r": DEFAULT_TAU_R, "contamination": levels}
        found = []
        for most in (50_000, 0):
            monkeypatch.setattr(request, "MOST_BY_BOMBCELL", most)
            with quiet():
                found.append(request.answer(params, arrays))
        theirs, ours = found
        assert bool(ours.pop("by_ourselves")) == (n > 1)
        assert not theirs.pop("by_ourselves")
        assert ours.keys() == theirs.keys()
        for name, values in ours.items():
            np.testing.assert_array_equal(values, theirs[name], err_msg=f"{name} of {n}")


def test_a_million_spikes_are_all_counted_and_it_is_said(bombcell: Bombcell) -> None:
    samples = np.sort(np.random.default_rng(0).integers(0, int(7200 * RATE), 200_000))
    found = contamination(unit(samples, {"useTheseTimesStop": 7200.0}), bombcell)
    assert (found.n, found.by_ourselves) == (200_000, True)
    pairs = 200_000**2 / 7200 * (found.tau_r - 0.00025)
    assert found.observed == pytest.approx(pairs, rel=0.05)
    assert found.verdict == Rpv.NOT_SHOWN_CLEAN


def test_the_last_spike_is_in_no_chunk_of_bombcells(bombcell: Bombcell) -> None:
    samples = np.arange(1, 101, dtype=np.int64) * 30_000
    kept = {"useTheseTimesStart": 10.0, "useTheseTimesStop": 90.0, "nSpikes": 81.0}
    found = contamination(unit(samples, kept), bombcell)
    assert (found.kept.n, found.n, found.kept.is_part) == (81, 80, True)
    assert found.kept.notes[0].startswith("Only the time that Bombcell kept: 10 to 90 s")


def test_why_there_is_none(bombcell: Bombcell) -> None:
    none = {"useTheseTimesStart": math.nan, "useTheseTimesStop": math.nan}
    with pytest.raises(UserError, match=r"50 spikes or more; it has 3\."):
        contamination(unit(train(3, 0.0), none), bombcell)
    with pytest.raises(UserError, match="this one it left out"):
        contamination(unit(train(60, 0.0), none), bombcell)
    spikes = FakeRecording({1: UnitSpikes(train(60, 0.0), RATE)})
    made = replace(unit(train(60, 0.0)), row=1, recording=spikes)
    with pytest.raises(UserError, match="what it is scored here by is in Why"):
        contamination(made, bombcell)
    with pytest.raises(UserError, match="'magic', is not known"):
        contamination(unit(train(60, 0.0), None, {"rpv_method": "magic"}), bombcell)
    lost = contamination(unit(train(60, 0.0), None, None, absent=["maxRPVviolations"]), bombcell)
    assert lost.verdict == Rpv.NOT_ASSESSED
    never = contamination(unit(train(60, 0.0), None, {"maxRPVviolations": 0.0}), bombcell)
    assert (never.verdict, never.need) == (Rpv.UNDECIDABLE, None)
    with pytest.raises(UserError, match="this one it left out"):
        contamination(unit(train(60, 0.0), {"useTheseTimesStop": math.inf}), bombcell)
    few = {"useTheseTimesStart": 0.0, "useTheseTimesStop": 0.5, "nSpikes": 1.0}
    one = contamination(unit(np.array([30, 90_000]), few), bombcell)
    assert (one.n, len(one.tau_r), one.verdict) == (1, 0, Rpv.NOT_ASSESSED)


# -- real recordings -------------------------------------------------------------------------


def units_of(run: Any, recording: Any, bombcell: Bombcell, every: int) -> Iterator[Contamination]:
    """Yield the contamination of every so many of the units that Bombcell assessed."""
    saved = run.units.floats("fractionRPVs_estimatedTauR")
    for row in np.flatnonzero(~np.isnan(saved))[::every].tolist():
        yield contamination(UnitData(run, row, recording), bombcell)


@pytest.mark.long
@pytest.mark.parametrize(
    ("place", "every", "n"),
    [
        ("toy", 1, 15),
        pytest.param("sim_3probes", 1, 28 + 41 + 95, marks=pytest.mark.slow),
        pytest.param("session_demo/recording_config.json", 1, 378, marks=pytest.mark.slow),
        ("session_demo/recording_config.json", 24, 18),
    ],
)
def test_every_saved_result_is_found_again(
    shared: Path, tmp_path: Path, bombcell: Bombcell, place: str, every: int, n: int
) -> None:
    count = 0
    for location in find_runs(shared / place):
        run = read_run(location)
        recording = open_recording(run, tmp_path)
        for found in units_of(run, recording, bombcell, every):
            assert found.saved.differs(found.now) == (), run.provenance
            assert not math.isnan(found.saved.status)
            assert found.tested.complete
            assert not found.kept.notes
            count += 1
    assert count == n


SAME = ("rpv_hill", "rpv_hill_sweep", "rpv_llobet", "time_chunks")


@pytest.mark.parametrize("variant", [*SAME, "../toy_v0.90"])
def test_other_methods_and_chunks(
    shared: Path, tmp_path: Path, bombcell: Bombcell, variant: str
) -> None:
    toy = shared / "toy" / "kilosort4_A"  # the variants are results alone
    run = read_run(find_runs((shared / "toy_variants" / variant).resolve())[0])
    run = replace(run, provenance=replace(run.provenance, ks_dir=str(toy)))
    differing = [
        found
        for found in units_of(run, open_recording(run, tmp_path), bombcell, 1)
        if found.saved.differs(found.now)
    ]
    if variant != "../toy_v0.90":
        assert differing == []
        return
    # Hill's equation without a real solution: 1.0 since, a number before.
    assert [round(found.saved.rpv, 3) for found in differing] == [0.982, 0.676]
    assert [found.now.rpv for found in differing] == [1.0, 1.0]
    assert "An older Bombcell" in differences(differing[0])[0]
