"""What a run of Bombcell is made with, and what is said, or refused, before it starts."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from raw_recording import SITES, SYNC, RawRecording, write_raw_recording

from bcviewer.core.comparison.run_parameters import Value
from bcviewer.errors import UserError
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.io.results.run_plan import RunPlan, plan_run

Sorted = Callable[..., Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RawRecording:
    return write_raw_recording(tmp_path_factory.mktemp("raw"))


@pytest.fixture
def sort(made: RawRecording, tmp_path: Path) -> Sorted:
    """Return a function that copies the sort, raw file and all, and changes what it is told."""

    def copied(drop: tuple[str, ...] = (), raw: bool = True, **arrays: Any) -> Path:
        shutil.copytree(made.ks_dir, tmp_path / made.ks_dir.name)
        if raw:
            (tmp_path / "raw").symlink_to(made.raw.parent)
        ks_dir = tmp_path / made.ks_dir.name
        for name in drop:
            (ks_dir / name).unlink()
        for name, array in arrays.items():
            np.save(ks_dir / f"{name}.npy", array, allow_pickle=True)
        return ks_dir

    return copied


def planned(ks_dir: Path, like: Path | None = None, raw: str = "", **given: Value) -> RunPlan:
    run = None if like is None else read_run(find_runs(like)[0])
    return plan_run(ks_dir, given, run, raw, lambda _: None, lambda: None)


def in_phy(made: RawRecording) -> np.ndarray:
    """Return the clusters after a split of unit 1."""
    clusters = made.clusters.copy()
    clusters[np.flatnonzero(clusters == 1)[::2]] = 2
    return clusters


def test_what_the_sort_says_of_the_recording_is_taken(sort: Sorted, made: RawRecording):
    plan = planned(sort(), computeDrift=True, minNumSpikes=50)
    assert Path(plan.raw).samefile(made.raw)
    assert (plan.meta, plan.n_units, plan.tsv) == ("", 2, False)
    assert dict(plan.values) == {
        "ephys_sample_rate": 30000,
        "nChannels": SITES + SYNC,
        "computeDrift": True,
        "minNumSpikes": 50,
    }
    (note,) = plan.notes
    assert "µV" in note


def test_what_describes_the_raw_file_is_found(sort: Sorted, made: RawRecording):
    meta = made.raw.with_suffix(".meta")
    meta.write_text("imDatPrb_type=0\n")
    try:
        plan = planned(sort(), gain_to_uV=2.0)
    finally:
        meta.unlink()
    assert Path(plan.meta).name == meta.name
    assert plan.values["gain_to_uV"] == 2.0
    assert plan.notes == ()


def test_a_file_without_sync_channel(sort: Sorted):
    plan = planned(sort(channel_map=np.arange(SITES + SYNC)))
    assert plan.values["nSyncChannels"] == 0


def test_kilosorts_own_window(sort: Sorted):
    ops = {"settings": {"duplicate_spike_ms": 0.5}}
    assert planned(sort(ops=ops)).values["tauC"] == 0.0005


def test_without_raw_file_it_is_said_that_it_cannot_be_compared(sort: Sorted):
    plan = planned(sort(raw=False))
    assert (plan.raw, plan.values["extractRaw"]) == ("", False)
    (note,) = plan.notes
    assert "not comparable in amplitude and SNR" in note
    assert "probe_g0_t0.imec0.ap.bin" in note


def test_a_place_that_two_name_is_told_once(tmp_path: Path):
    made = write_raw_recording(tmp_path, raw_data_file="../raw/probe_g0_t0.imec0.ap.bin")
    made.raw.unlink()
    (note, *_) = planned(made.ks_dir, like=made.ks_dir / "bombcell").notes
    assert note.count("not there") == 1


def test_a_raw_file_that_bombcell_cannot_read(sort: Sorted):
    ks_dir = sort()
    params = ks_dir / "params.py"
    text = params.read_text()
    for old, new, said in (
        ("'int16'", "'float32'", "Bombcell reads int16"),
        ("offset = 0", "offset = 8", "begins at byte 8"),
        ("ap.bin'", "ap.cbin'", "packed"),
        ("['", "['a.bin', '", "is one of 2 files"),
    ):
        params.write_text(text.replace(old, new))
        plan = planned(ks_dir)
        assert plan.raw == ""
        assert said in plan.notes[0]


def test_a_raw_file_that_was_named_has_to_be_one(sort: Sorted, tmp_path: Path):
    ks_dir = sort()
    with pytest.raises(UserError, match=r"no\.bin: not there"):
        planned(ks_dir, raw=str(tmp_path / "no.bin"))
    other = tmp_path / "other.bin"
    other.write_bytes(b"1234")
    assert planned(ks_dir, raw=str(other)).raw == str(other)
    (ks_dir / "params.py").write_text("")
    with pytest.raises(UserError, match="extractRaw=true: there is no raw file"):
        planned(ks_dir, extractRaw=True)


def test_principal_components_that_are_not_there(sort: Sorted):
    ks_dir = sort(drop=("pc_features.npy",))
    on: dict[str, Value] = {"computeDrift": True, "removeDuplicateSpikes": True}
    with pytest.raises(UserError, match=r"computeDrift, removeDuplicateSpikes need principal"):
        planned(ks_dir, **on)
    assert not planned(ks_dir, computeDrift=False).values["computeDrift"]


def test_what_a_run_to_be_like_had_on_goes_off_and_is_said(tmp_path: Path):
    made = write_raw_recording(tmp_path, computeDrift=True, computeDistanceMetrics=True)
    np.save(made.ks_dir / "pc_features.npy", np.zeros((3, 3, 4)))  # of another sort
    plan = planned(made.ks_dir, like=made.ks_dir / "bombcell")
    assert (plan.values["computeDrift"], plan.values["computeDistanceMetrics"]) == (False, False)
    (said,) = [note for note in plan.notes if "of another sort" in note]
    assert "computeDrift, computeDistanceMetrics are off" in said


def test_after_phy(sort: Sorted, made: RawRecording):
    ks_dir = sort(spike_clusters=in_phy(made))
    plan = planned(ks_dir, computeDistanceMetrics=True, computeDrift=True)
    assert plan.n_units == 3
    said = " ".join(plan.notes)
    assert "1 cluster was made in phy: if Bombcell fails (IndexError)" in said
    assert "drift of merged clusters" in said
    assert "SNR stays empty" not in said
    without = " ".join(planned(ks_dir, extractRaw=False).notes)
    assert "1 cluster was made in phy: SNR stays empty without the raw file." in without
    (ks_dir / "pc_features.npy").unlink()
    with pytest.raises(UserError, match="made in phy, and then Bombcell needs principal"):
        planned(ks_dir)


def test_clusters_without_spikes_and_duplicates(sort: Sorted, made: RawRecording):
    ks_dir = sort(spike_clusters=np.where(made.clusters == 0, 1, made.clusters))
    with pytest.raises(UserError, match="removeDuplicateSpikes=true: some clusters have no"):
        planned(ks_dir, removeDuplicateSpikes=True)


def test_parameters_like_those_of_a_run(tmp_path: Path):
    changed = {"minPresenceRatio": 0.55, "minNumSpikes": 77.0, "computeTimeChunks": 1.0}
    made = write_raw_recording(tmp_path, **changed, tauC=0.0004, driftBinSize=float("nan"))
    plan = planned(made.ks_dir, like=made.ks_dir / "bombcell", minSNR=3)
    values = plan.values
    assert values["minPresenceRatio"] == 0.55
    assert (values["minNumSpikes"], type(values["minNumSpikes"])) == (77, int)
    assert values["computeTimeChunks"] is True
    assert (values["tauC"], values["minSNR"]) == (0.0004, 3)
    (note,) = [note for note in plan.notes if note.startswith("not told by ")]
    assert note.endswith("the default is: driftBinSize.")


@pytest.mark.parametrize(
    "name", ["templates", "spike_times", "spike_clusters", "spike_templates", "amplitudes"]
)
def test_a_sort_without_one_of_its_files(sort: Sorted, name: str):
    ks_dir = sort(drop=(f"{name}.npy",))
    with pytest.raises(UserError, match=f"cannot be run here: {name}.npy: not there") as caught:
        planned(ks_dir)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"templates": np.array([{}], dtype=object)}, "Python objects"),
        ({"templates": np.zeros((0, 61, SITES), "f4")}, "there is none in it"),
        ({"whitening_mat_inv": np.eye(3)}, "sparse"),
        ({"amplitudes": np.zeros(3)}, "amplitudes.npy"),
    ],
)
def test_what_bombcell_would_fail_on(sort: Sorted, arrays: dict[str, Any], said: str):
    ks_dir = sort(**arrays)
    with pytest.raises(UserError, match=said):
        planned(ks_dir)


def test_ids_that_would_need_all_memory(sort: Sorted, made: RawRecording):
    clusters = made.clusters.copy()
    clusters[0] = 2**31 - 2
    ks_dir = sort(spike_clusters=clusters)
    with pytest.raises(UserError, match="templates of 6,288 GB"):
        planned(ks_dir)
    np.save(ks_dir / "spike_clusters.npy", np.where(made.clusters == 0, -1, made.clusters))
    with pytest.raises(UserError, match="holds a cluster -1"):
        planned(ks_dir)
    np.save(ks_dir / "spike_templates.npy", made.clusters + 1)
    with pytest.raises(UserError, match="names template 2"):
        planned(ks_dir)


def test_no_folder(tmp_path: Path):
    with pytest.raises(UserError, match="no such folder"):
        planned(tmp_path / "no")


def test_templates_of_an_older_kilosort(sort: Sorted):
    ks_dir = sort(templates=np.ones((2, 82, SITES), "f4"))
    assert any("Kilosort before 4" in note for note in planned(ks_dir).notes)
    assert planned(ks_dir, spike_width=82).values["spike_width"] == 82
