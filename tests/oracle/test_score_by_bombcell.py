"""Units scored here, against what was saved of unchanged ones, and against bombcell run again."""

from __future__ import annotations

import math
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import bombcell as imported
from factories import quiet
from phy_recordings import merge, split

from bcviewer.core.evidence.recording import Recording
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Run
from bcviewer.core.run.scored import AS_FAR_AS_TESTED, Scored
from bcviewer.errors import UserError
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
    for names, rel in ((BY_SPIKES, 0.0), (BY_FITS, 1e-6), (BY_SHAPE, 1e-4)):
        for name in names:
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
OFF = {
    "plotDetails": False,
    "plotGlobal": False,
    "savePlots": False,
    "verbose": False,
    "saveAsTSV": False,
    "unit_type_for_phy": False,
    "extractRaw": False,
    "computeDrift": False,
    "computeDistanceMetrics": False,
    "removeDuplicateSpikes": False,
    "joblib_n_jobs": 1,
}


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
