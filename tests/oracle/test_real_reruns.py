"""What-if against bombcell really run again with the proposal: the same labels, or a refusal."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from factories import OFF, quiet
from factories import bombcell as imported

from bcviewer.cli.proposed import answered
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.what_if import KEPT_TIME
from bcviewer.core.rules.labels import label_names
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.core.sheet.tried import EXACT
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.oracle.client import Bombcell

pytestmark = pytest.mark.slow

PLACES = {
    "toy": "toy/kilosort4_A",
    "session_demo": "session_demo/Demo_20260201_session001/bombcell/bombcell_DEFAULT/kilosort4_A",
}
PROPOSALS: tuple[dict[str, float | bool], ...] = (
    {"maxRPVviolations": 0.2},
    {"maxPercSpikesMissing": 5.0},
    {"maxRPVviolations": 0.3, "keepUncertainRPVUnits": True},
    {"keepUncertainRPVUnits": True},
    {"minNumSpikes": 3000.0, "minPresenceRatio": 0.95, "splitGoodAndMua_NonSomatic": True},
    {"maxNTroughs": 3.0, "maxNPeaks": 4.0, "maxWvBaselineFraction": 0.5},
    {"spDecayLinFit": True},
    {"computeSpatialDecay": False, "maxScndPeakToTroughRatio_noise": 0.4},
)


@pytest.fixture(scope="module")
def again(shared: Path, tmp_path_factory: pytest.TempPathFactory):
    """Return a function that runs bombcell on a copy of a recording and reads the results."""
    base = tmp_path_factory.mktemp("reruns")

    @cache
    def sort(name: str) -> Path:
        wanted = ("*.npy", "params.py", "cluster_KSLabel.tsv", "cluster_group.tsv")
        copy = base / name / "kilosort4_A"
        copy.mkdir(parents=True)
        for pattern in wanted:
            for file in (shared / PLACES[name]).glob(pattern):
                shutil.copyfile(file, copy / file.name)
        return copy

    def run(name: str, changes: dict[str, Any]) -> Run:
        package, folder = imported(), sort(name)
        results = folder / f"bombcell_{len(list(folder.iterdir()))}"
        with quiet():
            param = package.get_default_parameters(str(folder))
            param.update(OFF | changes)
            package.run_bombcell(str(folder), str(results), param)
        return read_run(find_runs(results)[0])

    return run


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "chunks"),
    [("toy", False), ("toy", True), ("session_demo", False), ("session_demo", True)],
)
def test_an_exact_answer_is_what_a_run_says(
    again, real_bombcell: Bombcell, name: str, chunks: bool
):
    measured = {"computeTimeChunks": chunks}
    before = again(name, measured)
    exact = refused = 0
    for changes in PROPOSALS:
        found = answered(Inputs.of(before), Proposal.of(changes), real_bombcell)
        after = again(name, measured | changes)
        assert after.cluster_id.tolist() == before.cluster_id.tolist()
        truth = after.saved
        told = found.answers == EXACT
        assert found.labels[told].tolist() == truth[told].tolist(), changes
        held = found.answers == KEPT_TIME
        assert held.any() == (
            chunks and bool({"maxRPVviolations", "maxPercSpikesMissing"} & changes.keys())
        )
        exact += int(told.sum())
        refused += int((~told & ~held).sum())
        assert list(label_names(after.saved_codes)) == truth.tolist()
    assert exact > 0
    assert refused > 0  # of the other slope
