"""Cell types by the helper process: bombcell's own full function on the sort says the same."""

from __future__ import annotations

import gc
import inspect
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import bombcell, quiet
from spike_folders import listing, run_of, some_spikes, write_spikes

from bcviewer.core.run.cells import CellTypes
from bcviewer.core.run.run import Run
from bcviewer.errors import CancelledError, UserError
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.io.spikes.recording import open_recording
from bcviewer.oracle.cells_by_bombcell import ask_cells
from bcviewer.oracle.client import Bombcell

DEMO = "session_demo/Demo_20260201_session001/bombcell"
CURATED = "toy_variants/phy_curated_rerun"
SORTS = ["toy", DEMO, "sim_3probes", CURATED]
REGIONS = ("cortex", "striatum")


def sorts_in(folder: Path) -> list[Run]:
    """Return the runs of a folder, one of each sort."""
    runs = [read_run(found) for found in find_runs(str(folder)) if not found.problem]
    return list({run.provenance.ks_dir: run for run in runs}.values())


def asked(run: Run, helper: Bombcell, region: str, cache: Path) -> CellTypes:
    recording = open_recording(run, cache)
    return ask_cells(run, run.ids, recording, helper, region, lambda *_: None)


def by_its_own(run: Run, tmp_path: Path, region: str) -> dict[int, dict[str, Any]]:
    """Return what bombcell's full function says of a copy of the sort, by cluster id."""
    package = bombcell()
    copied = Path(shutil.copytree(run.provenance.ks_dir, tmp_path / "copied" / region))
    if not (copied / "pc_features.npy").exists():  # without, it fails where phy made a cluster
        n_spikes, n = (len(np.load(copied / f"{x}.npy")) for x in ("spike_times", "templates"))
        np.save(copied / "pc_features.npy", np.zeros((n_spikes, 2, 2), np.float32))
        np.save(copied / "pc_feature_ind.npy", np.zeros((n, 2), np.int64))
    with quiet(), pytest.MonkeyPatch.context() as patched:
        from bombcell import ccg_fast

        # else it keeps every correlogram in the home folder
        patched.setattr(ccg_fast, "ccg", inspect.unwrap(ccg_fast.ccg))
        found, param = package.run_all_ephys_properties(copied, save_path=tmp_path / "saved")
        types = package.classify_and_plot_brain_region(found, param, region)
    shutil.rmtree(copied)
    return {int(f["unit_id"]): f | {"type": t} for f, t in zip(found, types, strict=True)}


@pytest.mark.long
@pytest.mark.shared
@pytest.mark.parametrize("name", SORTS)
def test_it_says_of_every_unit_what_bombcells_own_function_says(
    name: str,
    shared: Path,
    real_bombcell: Bombcell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import matplotlib.pyplot as plt

    monkeypatch.setattr(plt, "show", lambda: None)
    monkeypatch.setattr(gc, "collect", lambda *_: 0)  # eight times a unit, of all that is here
    folder = shared / name
    if name == CURATED:  # without toy's own arrays
        folder = Path(shutil.copytree(folder, tmp_path / "curated"))
        for path in (shared / "toy" / "kilosort4_A").glob("*.npy"):
            if not (folder / "kilosort4_A" / path.name).exists():
                (folder / "kilosort4_A" / path.name).symlink_to(path)
    runs, kept = sorts_in(folder), Path.home() / ".bombcell"
    kept_before = sorted(kept.rglob("*"))
    assert runs
    for number, run in enumerate(runs):
        region, before = REGIONS[number % 2], listing(Path(run.provenance.ks_dir))
        cells = asked(run, real_bombcell, region, tmp_path / "cache")
        assert listing(Path(run.provenance.ks_dir)) == before
        theirs = by_its_own(run, tmp_path, region)
        columns = {column.key: column.values for column in cells.columns}
        of_type = columns.pop(f"cell_type_{region}_here")
        assert len(columns) == 16
        for row, unit in enumerate(run.cluster_id.tolist()):
            own = theirs.get(unit)
            assert of_type[row] == ("" if own is None else own["type"])
            for key, values in columns.items():
                said = np.nan if own is None else own[key.removeprefix("ephys_")[: -len("_here")]]
                assert np.array_equal(values[row], float(said), equal_nan=True), (key, unit)
        assert len(set(of_type.tolist())) > 1
    assert sorted(kept.rglob("*")) == kept_before
    plt.close("all")


# -- what is asked, and what cannot be -------------------------------------------------------


class Answering:
    """Says the same of every unit, and keeps what it was asked."""

    def __init__(self, trouble: str = "") -> None:
        self.trouble, self.asked = trouble, []

    def ask(self, request: str, params: Any, arrays: Any, check: Any = None) -> dict[str, Any]:
        assert request == "cells"
        self.asked.append((params, arrays))
        texts = {"cell_type": "Wide-spiking", "version": "0.94", "trouble": self.trouble}
        numbers = {} if self.trouble else {"isi_cv": np.array(1.5)}
        return numbers | {n: np.frombuffer(t.encode(), np.uint8) for n, t in texts.items()}


class Unasked:
    """Cannot be asked."""

    def ask(self, *_: Any, **__: Any) -> Any:
        raise UserError("bombcell cannot be imported: ModuleNotFoundError")


def sort_of(folder: Path, **arrays: Any) -> Run:
    """Return the run of a sort that phy changed: 1 and 2 are merged as 6, 3 is split."""
    rng = np.random.default_rng(1)
    whole = {
        **some_spikes(),
        "templates": rng.normal(size=(6, 21, 4)).astype(np.float32),
        "whitening_mat_inv": np.diag([1.0, 2.0, 3.0, 4.0]),
        **arrays,
    }
    return run_of(write_spikes(folder, **{k: v for k, v in whole.items() if v is not None}), UNITS)


UNITS = [0, 1, 4, 6, 7, 99]


def told(run: Run, helper: Any, tmp_path: Path, tell: Any = lambda *_: None) -> CellTypes:
    return ask_cells(run, run.ids, open_recording(run, tmp_path / "cache"), helper, "cortex", tell)


def test_units_are_asked_about_as_the_sort_is_now(tmp_path: Path) -> None:
    run, helper, steps = sort_of(tmp_path / "ks"), Answering(), []
    cells = told(run, helper, tmp_path, lambda at, text: steps.append((at, text)))
    spikes = {k: np.load(tmp_path / "ks" / f"spike_{k}.npy") for k in ("times", "clusters")}
    templates = np.load(tmp_path / "ks" / "templates.npy") * np.float32([1, 2, 3, 4])
    shapes = {
        0: templates[0],
        4: templates[4],
        6: templates[1:3].astype(float).mean(0),
        7: templates[3],
    }
    assert len(helper.asked) == 4
    for (params, arrays), (unit, template) in zip(helper.asked, shapes.items(), strict=True):
        assert np.array_equal(arrays["samples"], spikes["times"][spikes["clusters"] == unit])
        assert arrays["template"].dtype == np.float64  # phy made a cluster: Bombcell joins them so
        assert np.array_equal(arrays["template"], template)
        assert params["region"] == "cortex"
    assert cells.columns[0].values.tolist() == [
        *["Wide-spiking", "", "Wide-spiking"],
        *["Wide-spiking", "Wide-spiking", ""],
    ]  # 1 is merged, and there never was a 99
    assert steps[2] == (2 / 6, "Cell types (cortex): unit 4")


@pytest.mark.parametrize(
    ("lacking", "helper", "says"),
    [
        ({"templates": None}, Answering(), r"No cell types: unit 0: templates\.npy: .*not"),
        ({"spike_times": None}, Answering(), r"No cell types: unit 0: spike_times\.npy"),
        ({"whitening_mat_inv": None}, Answering(), r"whitening_mat_inv\.npy is not there"),
        ({"spike_clusters": np.full(400, 500)}, Answering(), "No unit has spikes in the sort"),
        ({}, Unasked(), "bombcell cannot be imported: ModuleNotFoundError"),
    ],
)
def test_where_it_cannot_be_told_one_line_says_why(
    lacking: dict[str, Any], helper: Any, says: str, tmp_path: Path
) -> None:
    run = sort_of(tmp_path / "ks", **lacking)
    with pytest.raises(UserError, match=says) as raised:
        told(run, helper, tmp_path)
    assert "\n" not in str(raised.value)


def test_a_unit_that_cannot_be_measured_is_left_out_and_counted(tmp_path: Path) -> None:
    run = sort_of(tmp_path / "ks", templates=np.ones((5, 21, 4), np.float32), spike_clusters=None)
    cells = told(replace(run, cluster_id=np.arange(6)), Answering(), tmp_path)
    assert cells.columns[0].values.tolist() == [*["Wide-spiking"] * 5, ""]
    assert "1 unit left out (unit 5: templates.npy: has 5 templates, none for 5" in cells.words
    with pytest.raises(UserError, match="No cell types: unit 0: Unexpected error"):
        told(run, Answering("Unexpected error processing unit 0: x"), tmp_path)


def test_an_unknown_sample_rate_is_not_taken_for_bombcells(tmp_path: Path) -> None:
    run = replace(sort_of(tmp_path / "ks"), sample_rate=float("nan"))
    with pytest.raises(UserError, match="sample rate is not known"):
        told(run, Answering(), tmp_path)


def test_it_ends_where_nobody_waits_any_more(tmp_path: Path) -> None:
    helper = Answering()

    def cancelled(*_: Any) -> None:
        if helper.asked:
            raise CancelledError

    with pytest.raises(CancelledError):
        told(sort_of(tmp_path / "ks"), helper, tmp_path, cancelled)
    assert len(helper.asked) == 1
