"""Units scored here, against what was saved of unchanged ones, and against bombcell run again."""

from __future__ import annotations

import math
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import OFF, quiet
from factories import bombcell as imported
from phy_recordings import merge, split, write_alike
from raw_recording import GAIN, SITES, extracted, write_raw_recording

from bcviewer.core.evidence.recording import Recording
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.settings import Settings
from bcviewer.core.run.run import Run
from bcviewer.core.run.scored import AS_FAR_AS_TESTED, Scored
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.io.spikes.recording import open_recording
from bcviewer.oracle.client import Bombcell
from bcviewer.oracle.score_by_bombcell import score

DEMO = "session_demo/Demo_20260201_session001/bombcell/bombcell_DEFAULT"
QUICK = f"{DEMO}/kilosort4_A"
KNOWN = (
    *(f"{DEMO}/kilosort4_{probe}" for probe in "ABC"),
    *(f"{DEMO[:-7]}NP2.0/kilosort4_{probe}" for probe in "AC"),
    f"{DEMO[:-7]}single_probe/kilosort4_B",
    *(f"sim_3probes/kilosort4_{probe}" for probe in "ABC"),
    "sim_synthetic/kilosort4_A",
    "toy/kilosort4_A",
)
"""Every shared recording that has spikes."""
ALL_UNITS = bool(os.environ.get("BCVIEWER_ALL_UNITS"))
"""Whether all of their units are scored, in half a minute, or some of each."""
SOME = 6
BY_SPIKES = (
    "nSpikes",
    "fractionRPVs_estimatedTauR",
    "estimatedTauR",
    "RPV_status",
    "RPV_window_index",
    "presenceRatio",
    "useTheseTimesStart",
    "useTheseTimesStop",
    "percentageSpikesMissing_symmetric",
)
BY_FITS = ("percentageSpikesMissing_gaussian",)
BY_SHAPE = (
    "nPeaks",
    "nTroughs",
    "waveformDuration_peakTrough",
    "spatialDecaySlope",
    "waveformBaselineFlatness",
    "scndPeakToTroughRatio",
    "peak1ToPeak2Ratio",
    "mainPeakToTroughRatio",
    "troughToPeak2Ratio",
    "mainPeak_before_width",
    "mainTrough_width",
    "maxChannels",
)


@pytest.fixture
def bombcell(real_bombcell: Bombcell) -> Bombcell:
    return real_bombcell


def opened(folder: Path, cache: Path) -> tuple[Run, Recording]:
    run = read_run(find_runs(folder)[0])
    return run, open_recording(run, cache)


def same(a: float, b: float, rel: float = 0.0) -> bool:
    return (a != a and b != b) or a == b or math.isclose(a, b, rel_tol=rel)


def check_saved(run: Run, row: int, found: Scored) -> None:
    """Hold a unit against what was saved of it.

    What the shape's single-precision product gives is exact on one machine and differs in its
    last bits on another one, whose mathematics libraries add in another order.
    """
    for columns, rel in ((BY_SPIKES, 0.0), (BY_FITS, 1e-6), (BY_SHAPE, 1e-4)):
        for name in columns:
            column = run.units.floats(name)
            assert column is not None, name
            assert same(found.value(name), float(column[row]), rel), (row, name)
    saved = Label(int(run.saved_codes[row]))
    if found.label != saved:  # only a rule that is not tested here can have failed
        assert found.label in (Label.GOOD, Label.NON_SOMA_GOOD)
        assert saved in (Label.MUA, Label.NON_SOMA_MUA)
        assert found.verdict.endswith(AS_FAR_AS_TESTED)


def test_unchanged_units_of_the_demo_score_as_saved(
    shared: Path, tmp_path: Path, bombcell: Bombcell
):
    run, recording = opened(shared / QUICK, tmp_path)
    for row in range(8):
        check_saved(run, row, score(run, recording, [int(run.cluster_id[row])], bombcell))


def test_the_weighted_label_is_that_of_a_unit_with_that_template(
    shared: Path, tmp_path: Path, bombcell: Bombcell
):
    run, recording = opened(shared / QUICK, tmp_path)

    class Again:
        """Asks once more, with the further template in the place of the first one."""

        labels: tuple[str, ...] = ()

        def ask(self, request: str, params: Any, arrays: Any, *_: Any) -> Any:
            first = bombcell.ask(request, params, arrays)
            again = bombcell.ask(request, params, {**arrays, "template": arrays["other"]})
            self.labels = tuple(
                found.tobytes().decode() for found in (first["other_label"], again["label"])
            )
            return first

    told = Again()
    for pair in ((0, 1), (2, 3), (4, 5), (6, 7), (8, 9), (10, 11)):
        found = score(run, recording, pair, told)
        assert told.labels[0] == told.labels[1], pair
        assert (found.weighted is None) == (told.labels[0] == LABEL_NAMES[found.label])


@pytest.mark.slow
@pytest.mark.parametrize("name", KNOWN)
def test_an_unchanged_unit_scores_as_saved(
    shared: Path, tmp_path: Path, bombcell: Bombcell, name: str
):
    run, recording = opened(shared / name, tmp_path)
    rows = range(run.n_units) if ALL_UNITS else range(0, run.n_units, -(-run.n_units // SOME))
    for row in rows:
        check_saved(run, row, score(run, recording, [int(run.cluster_id[row])], bombcell))
    assert len(rows) > SOME // 2


@pytest.fixture(scope="module")
def curated(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a function that curates a copy of a sort as phy does, and runs bombcell again on it.

    The copy has principal components of zeros: without any Bombcell's re-run crashes.
    """
    base = tmp_path_factory.mktemp("curated")

    def curate(name: str, changes: Any) -> tuple[Run, Recording, Run]:
        copy = base / name / "kilosort4_A"
        shutil.copytree(shared / name, copy, ignore=shutil.ignore_patterns("*pc_feat*"))
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        changes(copy)
        clusters = np.load(copy / "spike_clusters.npy")
        n_templates = len(np.load(copy / "templates.npy", mmap_mode="r"))
        np.save(copy / "pc_features.npy", np.zeros((len(clusters), 1, 2), np.float32))
        np.save(copy / "pc_feature_ind.npy", np.tile(np.arange(2), (n_templates, 1)))
        before, recording = opened(copy, base / name / "cache")
        package, results = imported(), base / name / "again"
        with quiet():
            param = package.get_default_parameters(str(copy))
            param |= before.criteria.values
            param |= {key: value for key, value in before.settings.saved.items() if key in SAME}
            param |= OFF
            package.run_bombcell(str(copy), str(results), param)
        return before, recording, read_run(find_runs(results)[0])

    return curate


SAME = ("computeTimeChunks", "presenceRatioBinSize", "ephys_sample_rate", "rpv_method", "tauC")


def curate_toy(copy: Path) -> None:
    merge(copy, [0, 1], 15)
    merge(copy, [2, 3, 4], 16)
    split(copy, 5, 900, (17, 18))
    split(copy, 6, 30, (19, 20))  # one part of fewer spikes than are measured
    merge(copy, [20, 7], 21)


def curate_sim(copy: Path) -> None:
    for i in range(0, 12, 2):
        merge(copy, [i, i + 1], 41 + i // 2)
    split(copy, 12, 400, (47, 48))
    split(copy, 13, 200, (49, 50))
    merge(copy, [14, 49], 51)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "changes", "n_made"),
    [("toy/kilosort4_A", curate_toy, 6), ("sim_3probes/kilosort4_B", curate_sim, 10)],
)
def test_what_phy_made_scores_as_a_run_again_says(
    curated: Any, bombcell: Bombcell, name: str, changes: Any, n_made: int
):
    before, recording, again = curated(name, changes)
    made = [i for i in again.cluster_id.tolist() if i >= before.n_units]
    labels = dict(zip(again.cluster_id.tolist(), again.saved_codes.tolist(), strict=True))
    n = 0
    for cluster_id in made:
        if labels[cluster_id] == Label.EMPTY:
            with pytest.raises(UserError, match="has no spikes"):
                score(before, recording, [cluster_id], bombcell)
            continue
        found = score(before, recording, [cluster_id], bombcell)
        row = int(again.ids.rows_of(cluster_id)[0])
        for name_of in (*BY_SPIKES, *BY_FITS, *BY_SHAPE):
            column = again.units.floats(name_of)
            assert column is not None
            if name_of != "maxChannels" or found.value("nSpikes") >= 50:
                assert same(found.value(name_of), float(column[row])), (cluster_id, name_of)
        assert found.label == labels[cluster_id]
        n += 1
    assert n == n_made


@pytest.mark.slow
def test_amplitude_and_snr_are_bombcells_where_the_raw_file_is(tmp_path: Path, bombcell: Bombcell):
    made = write_raw_recording(tmp_path, n_units=2, gain_to_uV=GAIN)
    unit = made.unit()
    imported()
    from bombcell.quality_metrics import get_raw_amplitude

    peaks = np.array([(1 + 3 * i) % SITES for i in range(2)])
    _, _, ratios, means = extracted(made, peaks)
    for one in range(2):
        found = score(unit.run, unit.recording, [one], bombcell)
        # the line that is taken off is fitted to other channels beside: the last bits differ
        assert same(found.value("signalToNoiseRatio"), ratios[one], 1e-12)
        amplitude = get_raw_amplitude(means[one], GAIN, peaks[one])
        assert same(found.value("rawAmplitude"), amplitude, 1e-12)
        assert not {"amplitude", "SNR"} & set(found.untested)
    made.raw.unlink()
    found = score(unit.run, unit.recording, [0], bombcell)
    assert {"amplitude", "SNR"} <= set(found.untested)
    assert math.isnan(found.value("rawAmplitude"))
    elsewhere = tmp_path / "elsewhere.bin"
    made.traces.tofile(elsewhere)
    found = score(unit.run, unit.recording, [0], bombcell, str(elsewhere))
    assert same(found.value("signalToNoiseRatio"), ratios[0], 1e-12)


# -- what cannot be scored, and what is said beside ------------------------------------------


class Told:
    """Says of each unit what it is told to, and notes what it was asked."""

    def __init__(self, label: str = "GOOD", other: str = "") -> None:
        self.texts = {
            "label": label,
            "version": "0.94",
            **({"other_label": other} if other else {}),
        }
        self.params: Any = {}
        self.arrays: Any = {}

    def ask(self, request: str, params: Any, arrays: Any, *_: Any) -> dict[str, np.ndarray]:
        assert request == "score"
        self.params, self.arrays = params, arrays
        texts = {name: np.frombuffer(text.encode(), np.uint8) for name, text in self.texts.items()}
        return {"nSpikes": np.array(float(len(arrays["samples"]))), **texts}


def of(folder: Path, tmp_path: Path, **run: Any) -> tuple[Run, Recording]:
    found, recording = opened(folder, tmp_path / "cache")
    return replace(found, **run), recording


@pytest.fixture
def alike(tmp_path: Path) -> Path:
    return write_alike(tmp_path / "kilosort4_A")


def test_a_merge_has_the_mean_of_its_templates_and_their_weighted_one_beside(
    alike: Path, tmp_path: Path
):
    merge(alike, [0, 1], 5)
    move(alike, 2, 10, 5)  # some stray spikes of another one
    run, recording = of(alike, tmp_path)
    told = Told("MUA", "GOOD")
    found = score(run, recording, [5], told)
    templates = np.load(alike / "templates.npy").astype(np.float64)
    assert np.array_equal(told.arrays["template"], templates[:3].mean(axis=0))
    weighted = np.average(templates[:3], axis=0, weights=[40, 40, 10])
    assert np.array_equal(told.arrays["other"], weighted)
    assert (found.label, found.weighted) == (Label.MUA, Label.GOOD)
    assert "GOOD with its templates weighted by their spikes" in found.remarks
    assert told.arrays["samples"].tolist() == sorted(told.arrays["samples"].tolist())
    assert score(run, recording, [5], Told("MUA", "MUA")).weighted is None
    together = Told()
    score(run, recording, [3, 4], together)
    assert np.array_equal(together.arrays["template"], templates[3:].mean(axis=0))
    assert "other" not in together.arrays  # each has as many spikes


def test_what_phy_split_off_has_its_parents_shape_and_few_spikes_are_told(
    alike: Path, tmp_path: Path
):
    split(alike, 2, 25, (5, 6))
    run, recording = of(alike, tmp_path)
    found = score(run, recording, [5], Told("NOISE"))
    assert "its shape is template 2's" in found.notes
    assert "Bombcell measures nothing of fewer than 50 spikes" in found.notes
    assert found.value("nSpikes") == 25
    own = score(run, recording, [3], Told())
    assert not any("shape" in note for note in own.notes)


def test_what_the_run_does_not_tell_is_said_or_refused(alike: Path, tmp_path: Path):
    run, recording = of(alike, tmp_path)

    def given(**saved: Any) -> Run:
        kept = {k: v for k, v in {**run.settings.saved, **saved}.items() if v is not None}
        return replace(run, settings=Settings(kept))

    told = Told()
    found = score(given(presenceRatioBinSize=None, deltaTimeChunk=None), recording, [2], told)
    assert [note for note in found.notes if "presenceRatioBinSize" in note]
    assert told.params["presenceRatioBinSize"] == 60
    chunked = Told()
    score(given(computeTimeChunks=True, deltaTimeChunk=0.05), recording, [2], chunked)
    edges = chunked.arrays["chunks"]
    assert len(edges) == 5
    assert np.allclose(np.diff(edges)[:-1], 0.05)
    with pytest.raises(UserError, match="deltaTimeChunk"):
        score(given(computeTimeChunks=True, deltaTimeChunk=-1.0), recording, [2], told)
    levels = Told()
    score(given(contamination_values=[0.1, 0.2]), recording, [2], levels)
    assert levels.arrays["contamination"].tolist() == [0.1, 0.2]
    no_rate = replace(given(ephys_sample_rate=None), sample_rate=math.nan)
    with pytest.raises(UserError, match="sample rate"):
        score(no_rate, recording, [2], told)
    other = replace(run, provenance=replace(run.provenance, writer="bombcell 0.90 (inferred)"))
    assert score(other, recording, [2], told).notes[-1] == (
        "scored by bombcell 0.94, the run by bombcell 0.90 (inferred)"
    )


def test_what_is_not_there_is_named(alike: Path, tmp_path: Path):
    run, recording = of(alike, tmp_path)
    with pytest.raises(UserError, match="Unit 77 has no spikes in spike_clusters"):
        score(run, recording, [77], Told())
    (alike / "channel_positions.npy").unlink()
    with pytest.raises(UserError, match=r"channel_positions\.npy: not there"):
        score(run, recording, [2], Told())
    (alike / "amplitudes.npy").unlink()
    run, recording = of(alike, tmp_path / "again")
    with pytest.raises(UserError, match=r"amplitudes\.npy"):
        score(run, recording, [2], Told())


def test_without_the_inverse_of_the_whitening_nothing_is_scored(alike: Path, tmp_path: Path):
    (alike / "whitening_mat_inv.npy").unlink()
    run, recording = of(alike, tmp_path)
    with pytest.raises(UserError, match=r"whitening_mat_inv\.npy is not there"):
        score(run, recording, [2], Told())


def move(folder: Path, one: int, n: int, into: int) -> None:
    """Give the first spikes of a cluster to another one."""
    clusters = np.load(folder / "spike_clusters.npy")
    clusters[np.flatnonzero(clusters == one)[:n]] = into
    np.save(folder / "spike_clusters.npy", clusters)


def test_duplicates_are_as_the_run_removed_them(alike: Path, tmp_path: Path):
    run, recording = of(alike, tmp_path)
    saved = {**run.settings.saved, "removeDuplicateSpikes": True}
    run = replace(run, settings=Settings(saved))
    recording = open_recording(run, tmp_path / "other")
    found = score(run, recording, [2], Told())
    assert found.notes[0].startswith("duplicates are among its spikes")
    removed = np.zeros(5 * 40, np.uint8)
    removed[[2, 7, 12]] = 1
    np.save(Path(run.provenance.results_dir) / names.DUPLICATES, removed)
    recording = open_recording(run, tmp_path / "third")
    told = Told()
    found = score(run, recording, [2], told)
    assert found.notes[0] == "duplicates as removed before"
    assert len(told.arrays["samples"]) == 37
