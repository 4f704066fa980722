"""The arrays of real, broken and curated recordings, against masks and against Bombcell."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import bombcell, quiet
from spike_folders import expected, listing, run_of, some_spikes, write_spikes
from test_hostile import where

from bcviewer.core.evidence.cluster_spikes import spikes_digest
from bcviewer.core.evidence.recording import Recording
from bcviewer.core.run.run import Run, Sites
from bcviewer.errors import CancelledError, UserError
from bcviewer.io import names
from bcviewer.io.resources import resource_path
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.io.spikes.recording import KilosortRecording, open_recording

REAL = ("toy", "sim_3probes", "sim_synthetic", "session_demo", "demo")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def runs_of(name: str, request: pytest.FixtureRequest) -> list[Run]:
    path = resource_path("demo") if name == "demo" else request.getfixturevalue("shared") / name
    config = next(path.glob("*/recording_config.json"), path / "recording_config.json")
    locations = find_runs(str(config if config.exists() else path))
    return [read_run(location) for location in locations if not location.problem]


def opened(folder: Path, cache: Path) -> tuple[Run, KilosortRecording]:
    run = read_run(find_runs(str(folder))[0])
    return run, open_recording(run, cache)


def protocol(recording: Recording) -> Recording:
    return recording


# -- as Bombcell saw the units ---------------------------------------------------------------


@pytest.mark.parametrize("name", REAL)
def test_spikes_are_those_that_bombcell_counted(
    name: str, request: pytest.FixtureRequest, cache: Path
) -> None:
    runs = runs_of(name, request)
    assert runs
    for run in runs:
        ks_dir = Path(run.provenance.ks_dir)
        before = listing(ks_dir)
        recording = protocol(open_recording(run, cache))
        clusters = np.load(ks_dir / names.SPIKE_CLUSTERS).ravel()
        times = np.load(ks_dir / names.SPIKE_TIMES).ravel().astype(np.int64)
        start, stop = (run.units.columns[f"useTheseTimes{end}"] for end in ("Start", "Stop"))
        for row, unit in enumerate(run.cluster_id):
            spikes = recording.spikes(row)
            assert np.array_equal(spikes.samples, times[clusters == unit])
            assert (spikes.samples.dtype, spikes.note) == (np.int64, "")
            assert recording.n_spikes(row) == spikes.n
            kept = spikes.between(start[row], stop[row]).n if stop[row] >= 0 else spikes.n
            assert kept == run.units.columns["nSpikes"][row]
        assert recording.total_spikes() == len(times)
        assert recording.session_s() == run.session_s
        assert listing(ks_dir) == before


def test_a_run_after_a_phy_curation(toy_with: Callable[[str], Path], cache: Path) -> None:
    folder = toy_with("phy_curated_rerun")
    run, recording = opened(folder, cache)
    clusters = np.load(folder / names.SPIKE_CLUSTERS).ravel()
    times = np.load(folder / names.SPIKE_TIMES).ravel()
    for row, unit in enumerate(run.cluster_id):
        spikes = recording.spikes(row)
        assert np.array_equal(spikes.samples, times[clusters == unit])
        assert spikes.n == run.units.columns["nSpikes"][row]
        empty = unit in (0, 2, 3)
        assert (spikes.n == 0) == empty
        assert ("Bombcell counted no spikes" in spikes.note) == empty
        assert spikes.note == "" or empty


@pytest.mark.long
def test_phy_changed_units_after_the_run(hostile: Path, shared: Path, cache: Path) -> None:
    run, recording = opened(where(hostile, "phy_curated_stale") / "kilosort4_A", cache)
    _, toy_recording = opened(shared / "toy" / "kilosort4_A", cache)
    for row, unit in enumerate(run.cluster_id):
        spikes = recording.spikes(row)
        assert np.array_equal(spikes.samples, toy_recording.spikes(row).samples)
        changed = unit in (0, 2, 3)
        gone = (
            f"spike_clusters.npy has changed since Bombcell ran (unit {unit} is not in it any more)"
        )
        assert spikes.note.startswith(gone) == changed
        assert spikes.note == "" or changed
        mine, theirs = recording.template(row), toy_recording.template(row)
        assert np.array_equal(mine.values, theirs.values)


def test_duplicates_are_left_out(toy_with: Callable[[str], Path], cache: Path) -> None:
    folder = toy_with("remove_duplicates_synthpc")
    run, recording = opened(folder, cache)
    removed = np.load(folder / "bombcell" / names.DUPLICATES).ravel() != 0
    clusters = np.load(folder / names.SPIKE_CLUSTERS).ravel()
    times = np.load(folder / names.SPIKE_TIMES).ravel()
    for row, unit in enumerate(run.cluster_id):
        spikes = recording.spikes(row)
        assert np.array_equal(spikes.samples, times[(clusters == unit) & ~removed])
        assert (spikes.n, spikes.note) == (run.units.columns["nSpikes"][row], "")
    table = recording.table()
    assert (table.count.sum(), table.kept.sum()) == (len(times), (~removed).sum())
    told = [recording.digest((unit,)) for unit in run.cluster_id.tolist()]
    (folder / "bombcell" / names.DUPLICATES).unlink()
    run, recording = opened(folder, cache)
    notes = [recording.spikes(row).note for row in range(run.n_units)]
    assert any("Which ones is not known" in note and "not there" in note for note in notes)
    assert recording.spikes(0).n == (clusters == run.cluster_id[0]).sum()
    assert [recording.digest((unit,)) for unit in run.cluster_id.tolist()] == told


def curated(tmp_path: Path, counts: Any, ids: Any = (0, 1, 2, 3, 6, 7), **columns: Any) -> Any:
    """Return arrays, run and recording of ``some_spikes`` with some saved numbers of spikes."""
    arrays = some_spikes()
    folder = write_spikes(tmp_path / "kilosort4_A", **arrays)
    run = run_of(folder, ids, {"nSpikes": np.asarray(counts, float), **columns})
    return arrays, run, open_recording(run, tmp_path / "cache")


def counts_of(name: str, ids: Any = (0, 1, 2, 3, 6, 7)) -> list[int]:
    return [int((some_spikes()[name] == unit).sum()) for unit in ids]


def test_before_or_after_phy_is_told_by_the_number_of_spikes(tmp_path: Path) -> None:
    ids = (0, 1, 2, 3, 6, 7)
    arrays, _, recording = curated(tmp_path / "after", counts_of("spike_clusters"))
    for row, unit in enumerate(ids):
        spikes = recording.spikes(row)
        wanted = expected(arrays, arrays["spike_clusters"] == unit)
        for mine, theirs in zip(
            (spikes.samples, spikes.amplitudes, spikes.depths), wanted, strict=True
        ):
            assert np.array_equal(mine, theirs)
        assert ("Bombcell counted no spikes" in spikes.note) == (unit in (1, 2, 3))
    arrays, _, recording = curated(tmp_path / "before", counts_of("spike_templates"))
    for row, unit in enumerate(ids[:4]):
        spikes = recording.spikes(row)
        assert np.array_equal(
            spikes.samples, expected(arrays, arrays["spike_templates"] == unit)[0]
        )
        assert ("spike_clusters.npy has changed" in spikes.note) == (unit in (1, 2, 3))
    # Template 6 had no spikes, and phy took its number for the cluster that it made.
    assert recording.spikes(4).n == 0
    assert recording.spikes(4).note.endswith("Bombcell ran: Bombcell counted no spikes of unit 6.")


def test_the_kept_time_tells_as_well(tmp_path: Path) -> None:
    arrays = some_spikes()
    times = arrays["spike_times"] / 30000.0
    start, stop = float(times[100]), float(times[300])
    inside = (times >= start) & (times <= stop)
    count = int(((arrays["spike_templates"] == 1) & inside).sum())
    kept = {"useTheseTimesStart": [start], "useTheseTimesStop": [stop]}
    arrays, _, recording = curated(tmp_path, [count], [1], **kept)
    spikes = recording.spikes(0)
    assert spikes.n == (arrays["spike_templates"] == 1).sum()
    assert "spike_clusters.npy has changed since Bombcell ran" in spikes.note
    _, _, recording = curated(tmp_path / "other", [count + 1], [0], **kept)
    assert "in the kept time): they are not those that it ran on." in recording.spikes(0).note


def test_what_cannot_be_decided_is_said(tmp_path: Path) -> None:
    n_clusters, n_templates = counts_of("spike_clusters", [3])[0], counts_of("spike_templates", [3])
    _, _, recording = curated(tmp_path, [12345, float("nan"), 0], [3, 1, 77])
    assert recording.spikes(0).note == (
        f"Which spikes Bombcell saw is not known: unit 3 has {n_clusters} in spike_clusters.npy, "
        f"its template {n_templates[0]}, and Bombcell counted 12,345. Shown: spike_templates.npy."
    )
    assert recording.n_spikes(0) == n_templates[0]
    assert "how many Bombcell counted is not known" in recording.spikes(1).note
    assert recording.spikes(2).n == 0  # Bombcell counted none, and there are none
    _, _, recording = curated(tmp_path / "b", [5, 5], [77, 0])
    with pytest.raises(UserError, match=r"Unit 77 has no spikes in spike_clusters\.npy or spike_t"):
        recording.spikes(0)
    assert recording.spikes(1).note.startswith("Bombcell counted 5 spikes, the files have")
    with pytest.raises(UserError, match=r"Unit of no cluster has no spikes in spike_clusters\.npy"):
        recording.clusters(())


def test_of_which_spikes_a_cluster_is_follows_from_the_sort_alone(tmp_path: Path) -> None:
    """Another run may remove other duplicates, and a copy may lack what hashes of it would need."""
    arrays, _, recording = curated(tmp_path, counts_of("spike_clusters"))
    told = {unit: recording.digest((unit,)) for unit in (0, 1, 6, 7)}
    assert all(map(len, (told[0], told[6], told[7])))
    assert (told[1], recording.digest(()), recording.digest((77,))) == ("", "", "")
    assert recording.digest((6, 7)) == recording.digest((7, 6, 7))
    assert len({*told.values(), recording.digest((6, 7))}) == 5
    of_6 = arrays["spike_clusters"] == 6
    times, templates = arrays["spike_times"][of_6], arrays["spike_templates"][of_6]
    assert told[6] == spikes_digest(times, templates)
    copy = {name: arrays[name] for name in ("spike_times", "spike_templates", "spike_clusters")}
    folder = write_spikes(tmp_path / "copy", **copy)
    other = open_recording(run_of(folder, [0], {"nSpikes": [1.0]}), tmp_path / "other")
    assert {unit: other.digest((unit,)) for unit in told} == told
    for gone in (names.SPIKE_TEMPLATES, names.SPIKE_TIMES):  # what would stand for it says others
        (folder / gone).unlink()
        other = open_recording(run_of(folder, [0], {"nSpikes": [1.0]}), tmp_path / "other")
        assert {other.digest((unit,)) for unit in told} == {""}


def test_as_many_but_not_the_same_is_not_decided(tmp_path: Path) -> None:
    templates = np.array([0, 0, 1, 1, 1])
    clusters = np.array([0, 1, 0, 1, 1])
    arrays = {"spike_times": np.arange(5), "spike_templates": templates, "spike_clusters": clusters}
    folder = write_spikes(tmp_path / "kilosort4_A", **arrays)
    recording = open_recording(run_of(folder, [0], {"nSpikes": [2.0]}), tmp_path / "cache")
    spikes = recording.spikes(0)
    assert spikes.samples.tolist() == [0, 2]
    assert "Which spikes Bombcell saw is not known" in spikes.note
    assert spikes.note.endswith("Shown: spike_clusters.npy.")
    assert (spikes.amplitudes, spikes.no_amplitudes) == (None, "amplitudes.npy: not there.")
    assert spikes.between(0.0, 1e-5).no_depths == "spike_positions.npy: not there."


def test_spikes_out_of_order_come_in_the_order_of_time(tmp_path: Path) -> None:
    arrays = some_spikes()
    arrays["spike_times"] = arrays["spike_times"][::-1].copy()
    folder = write_spikes(tmp_path / "kilosort4_A", **arrays)
    run = run_of(folder, [0, 6], {"nSpikes": [1.0, 1.0]})
    recording = open_recording(run, tmp_path / "cache")
    for row, unit in enumerate((0, 6)):
        spikes = recording.spikes(row)
        wanted = expected(arrays, arrays["spike_clusters"] == unit)
        assert np.array_equal(spikes.samples, wanted[0])
        assert np.array_equal(spikes.amplitudes, wanted[1])
    assert recording.session_s() == (
        arrays["spike_times"][-1] / 3e4,
        arrays["spike_times"][0] / 3e4,
    )


def test_the_table_of_templates_and_clusters(tmp_path: Path) -> None:
    arrays, _, recording = curated(tmp_path, [1], [0])
    table = recording.table()
    for template, cluster, count, kept in zip(
        table.template, table.cluster, table.count, table.kept, strict=True
    ):
        both = (arrays["spike_templates"] == template) & (arrays["spike_clusters"] == cluster)
        assert both.sum() == count == kept > 0
    assert table.count.sum() == recording.total_spikes() == 400
    assert table.note == ""


# -- templates -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["toy", "sim_3probes", "demo"])
def test_templates_are_bombcells(name: str, request: pytest.FixtureRequest, cache: Path) -> None:
    for run in runs_of(name, request)[:2]:
        with quiet():
            theirs = bombcell().loading_utils.load_ephys_data(run.provenance.ks_dir)[2]
        recording = open_recording(run, cache)
        for row, unit in enumerate(run.cluster_id):
            mine = recording.template(row)
            assert_same_template(mine.values, theirs[unit])
            assert (np.isnan(mine.scale_uv), mine.note) == (True, "")


def assert_same_template(mine: np.ndarray, theirs: np.ndarray) -> None:
    """Compare to the last digit or so: BLAS may add in another order for another layout."""
    largest = float(np.abs(theirs).max())
    np.testing.assert_allclose(mine, theirs, rtol=0, atol=2e-7 * largest)


def test_templates_of_units_that_phy_made_are_bombcells(
    toy_with: Callable[[str], Path], cache: Path
) -> None:
    folder = toy_with("phy_curated_rerun")
    n = np.load(folder / names.TEMPLATES, mmap_mode="r").shape[0]
    # Bombcell fails on a curated recording without them; their numbers do not matter here.
    for name, array in (("pc_features", np.zeros((2, 3, 4))), ("pc_feature_ind", np.zeros((n, 4)))):
        path = folder / f"{name}.npy"
        path.unlink(missing_ok=True)  # a link to the shared recording: never write through it
        np.save(path, array)
    with quiet():
        theirs = bombcell().loading_utils.load_ephys_data(str(folder))[2]
    run, recording = opened(folder, cache)
    notes = {}
    for row, unit in enumerate(run.cluster_id):
        mine = recording.template(row)
        assert_same_template(mine.values, theirs[unit])
        if mine.note:
            notes[int(unit)] = mine.note
    assert notes == {
        15: "phy made this unit: the mean of templates 2 and 3.",
        16: "phy made this unit: template 0.",
        17: "phy made this unit: template 0.",
    }


def templates_in(folder: Path, templates: Any, n_sites: int = 4, **arrays: Any) -> Any:
    """Return the recording of units 0, 1 and 5 with some templates."""
    write_spikes(folder, templates=templates, **arrays)
    run = run_of(folder, [0, 1, 5])
    sites = Sites(np.zeros((n_sites, 2))) if n_sites else None
    fields = {name: getattr(run, name) for name in run.__dataclass_fields__}
    return open_recording(Run(**{**fields, "sites": sites}), folder.parent / "cache")


def test_the_template_of_a_unit_that_phy_made_after_the_run(tmp_path: Path) -> None:
    templates = np.arange(7.0)[:, None, None] * np.ones((1, 5, 4))
    for counted, value in ((0, 6.0), (counts_of("spike_clusters", [6])[0], 1.5)):
        folder = tmp_path / str(counted)
        _, _, recording = curated(folder, [counted], [6])
        write_spikes(folder / "kilosort4_A", templates=templates)
        assert (recording.template(0).values == value).all()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("name", names.TEMPLATE_CHANNELS)
def test_sparse_templates_are_put_on_their_channels(tmp_path: Path, order: Any, name: str) -> None:
    rng = np.random.default_rng(0)
    sparse = np.asarray(rng.random((2, 5, 3)), order=order)
    channels = np.array([[2, 0, -1], [3, 1, 2]])
    arrays = {name.removesuffix(".npy"): channels}
    recording = templates_in(tmp_path / "a", sparse, **arrays)
    first = recording.template(0)
    assert np.array_equal(first.values[:, [2, 0]], sparse[0][:, :2])
    assert not first.values[:, [1, 3]].any()
    assert first.note.startswith("whitening_mat_inv.npy is not there")
    inverse = rng.random((4, 4))
    recording = templates_in(tmp_path / "b", sparse, **arrays, whitening_mat_inv=inverse)
    dense = np.zeros((5, 4))
    dense[:, [3, 1, 2]] = sparse[1]
    np.testing.assert_allclose(recording.template(1).values, dense @ inverse, rtol=1e-12)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "has 3 channels, channel_positions.npy 4, and nothing says which they are"),
        ({"templates_ind": [[0, 1, 4], [0, 1, 2]]}, "names channels that are not there, or twice"),
        ({"templates_ind": [[0, 1, 1], [0, 1, 2]]}, "names channels that are not there, or twice"),
        ({"templates_ind": [[0, 1, np.nan]] * 2}, "holds channels that are no numbers"),
        ({"templates_ind": [[0, 1, 2]]}, r"has shape \(1, 3\), not \(2, 3\)"),
        (
            {"templates_ind": [[0, 1, 2]] * 2, "whitening_mat_inv": np.eye(3)},
            r"whitening_mat_inv\.npy: has shape \(3, 3\), templates\.npy 4 channels",
        ),
    ],
)
def test_templates_that_fit_nothing(tmp_path: Path, arrays: Any, message: str) -> None:
    recording = templates_in(tmp_path / "a", np.ones((2, 5, 3)), **arrays)
    with pytest.raises(UserError, match=message):
        recording.template(0)


def test_templates_without_sites_and_ids_without_templates(tmp_path: Path) -> None:
    recording = templates_in(tmp_path / "a", np.ones((2, 5, 3), np.int16), n_sites=0)
    assert recording.template(0).values.shape == (5, 3)
    with pytest.raises(UserError, match=r"templates\.npy: has 2 templates, none for 5"):
        recording.template(2)
    os.truncate(tmp_path / "a" / names.TEMPLATES, 140)
    with pytest.raises(UserError, match=r"templates\.npy: cut off"):
        recording.template(0)


# -- raw waveforms and similarity ------------------------------------------------------------


def test_raw_waveforms_of_the_demo(request: pytest.FixtureRequest, cache: Path) -> None:
    run = runs_of("demo", request)[0]
    recording = open_recording(run, cache)
    saved = np.load(Path(run.provenance.results_dir) / names.RAW_BY_ID)
    for row, unit in enumerate(run.cluster_id):
        raw = recording.raw_waveform(row)
        assert np.array_equal(raw.values, saved[unit].astype(float).T)
        assert (raw.scale_uv, raw.note) == (run.settings.number("gain_to_uV"), "")
        peak = run.units.columns["maxChannels"][row]
        if run.units.columns["nPeaks"][row] > 0:
            assert np.abs(raw.values[:, int(peak)]).max() > 0


def raw_in(tmp_path: Path, saved: Any, name: str, n_sites: int = 0, **fields: Any) -> Any:
    """Return the recording of units 2, 0, 5 and 3 (3 is empty) with some raw waveforms."""
    results = tmp_path / "kilosort4_A" / "bombcell"
    results.mkdir(parents=True, exist_ok=True)
    np.save(results / name, saved)
    run = run_of(results.parent, [2, 0, 5, 3], {"nSpikes": [9.0, 9.0, 9.0, 0.0]}, **fields)
    values = {field: getattr(run, field) for field in run.__dataclass_fields__}
    sites = Sites(np.zeros((n_sites, 2))) if n_sites else None
    return open_recording(Run(**{**values, "sites": sites}), tmp_path / "cache")


def test_raw_waveforms_by_id_and_in_order(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    in_order = rng.random((3, 4, 7))  # ids 0, 2 and 5; (unit, channel, sample)
    recording = raw_in(tmp_path, in_order, names.RAW_IN_ORDER)
    for row, place in ((0, 1), (1, 0), (2, 2)):
        assert np.array_equal(recording.raw_waveform(row).values, in_order[place].T)
    with pytest.raises(UserError, match="Unit 3: no raw waveform was extracted"):
        recording.raw_waveform(3)
    by_id = np.full((6, 4, 7), np.nan)
    by_id[[0, 5]] = in_order[[0, 2]]
    by_id[2] = 0
    recording = raw_in(tmp_path, by_id, names.RAW_BY_ID)
    assert np.array_equal(recording.raw_waveform(2).values, in_order[2].T)
    for row, unit in ((0, 2), (3, 3)):
        with pytest.raises(UserError, match=f"Unit {unit}: no raw waveform was extracted"):
            recording.raw_waveform(row)
    recording = raw_in(tmp_path, by_id[:3], names.RAW_BY_ID)
    with pytest.raises(UserError, match="Unit 5: no raw waveform"):
        recording.raw_waveform(2)


def test_rows_that_nobody_can_name_are_refused(tmp_path: Path) -> None:
    recording = raw_in(tmp_path, np.ones((4, 4, 7)), names.RAW_IN_ORDER)
    with pytest.raises(UserError, match="has 4 rows, the table 3 units with spikes"):
        recording.raw_waveform(0)


@pytest.mark.parametrize(
    ("gain", "scale"), [(2.5, 2.5), (None, None), (0.0, None), (-1.0, None), (np.inf, None)]
)
def test_the_gain(tmp_path: Path, gain: Any, scale: Any) -> None:
    saved = np.ones((6, 4, 7), np.float16)
    recording = raw_in(tmp_path, saved, names.RAW_BY_ID, params={"gain_to_uV": gain})
    found = recording.raw_waveform(0).scale_uv
    assert found == scale or (scale is None and np.isnan(found))


def test_raw_channels_that_are_not_those_of_the_sites(tmp_path: Path) -> None:
    saved = np.arange(6 * 4 * 7, dtype=float).reshape(6, 4, 7) + 1
    recording = raw_in(tmp_path, saved, names.RAW_BY_ID, n_sites=3)
    with pytest.raises(UserError, match=r"has 4 channels, channel_positions\.npy 3"):
        recording.raw_waveform(0)
    write_spikes(tmp_path / "kilosort4_A", channel_map=np.array([[3], [0], [2]]))
    raw = recording.raw_waveform(0)
    assert np.array_equal(raw.values, saved[2].T[:, [3, 0, 2]])
    assert raw.note == "Its channels were picked by channel_map.npy."
    write_spikes(tmp_path / "kilosort4_A", channel_map=np.array([3, 0, 4]))
    with pytest.raises(UserError, match=r"channel_map\.npy does not say which"):
        recording.raw_waveform(0)


@pytest.mark.parametrize("order", ["C", "F"])
def test_similarity(tmp_path: Path, order: Any) -> None:
    similar = np.asarray(np.random.default_rng(0).random((2, 2)), order=order)
    folder = write_spikes(tmp_path / "kilosort4_A", similar_templates=similar)
    recording = open_recording(run_of(folder, [1, 0, 5]), tmp_path / "cache")
    assert recording.similarity(0, 1) == similar[1, 0]
    assert recording.similarity(1, 0) == similar[0, 1]
    with pytest.raises(
        UserError, match=r"similar_templates\.npy: has 2 templates, none for unit 5"
    ):
        recording.similarity(0, 2)


# -- broken recordings -----------------------------------------------------------------------

BROKEN: dict[str, tuple[str, str, str]] = {
    # spikes, template, amplitudes of the first unit: empty where they can be read
    "truncated_npy": ("", "templates.npy: cut off", "amplitudes.npy: empty (zero bytes)."),
    "missing_npy": ("", "", ""),
    "zero_spikes": ("spike_times.npy: no spikes.", "", ""),
    "sparse_ids": ("", "", ""),
    "pickle_npy": ("", "", "amplitudes.npy: holds Python objects and was not opened."),
    "no_kilosort_files": ("spike_times.npy: not there.", "templates.npy: not there.", ""),
    "one_unit": ("", "", ""),
    "duplicate_ids": ("", "", ""),
    "empty_units": ("", "", ""),
    "missing_units": ("", "", ""),
    "no_id_column": ("", "", ""),
    "nan_columns": ("", "", ""),
    "inf_huge": ("", "", ""),
    "odd_path": ("", "", ""),
    "foreign_paths": ("", "", ""),
}


def reason_of(call: Callable[[], Any]) -> str:
    try:
        call()
    except UserError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("case", BROKEN)
def test_broken_recordings(case: str, hostile: Path, cache: Path) -> None:
    folder = where(hostile, case)
    before = listing(folder)
    (location,) = (run for run in find_runs(str(folder)) if not run.problem)
    run = read_run(location)
    recording = open_recording(run, cache)
    spikes, template, amplitudes = BROKEN[case]
    for row in range(run.n_units):
        said = reason_of(lambda row=row: recording.spikes(row))
        assert said.startswith(spikes) if spikes else said == ""
        said = reason_of(lambda row=row: recording.template(row))
        assert said.startswith(template) if template else said == ""
        assert reason_of(lambda row=row: recording.raw_waveform(row)) != ""
        assert reason_of(lambda row=row: recording.similarity(row, 0)) != ""
        said = reason_of(lambda row=row: recording.similar(row))  # computed where it can be
        assert bool(said) == bool(spikes or template), said
        if not spikes:
            assert recording.spikes(row).no_amplitudes == amplitudes
            assert (recording.spikes(row).amplitudes is None) == bool(amplitudes)
    assert listing(folder) == before
    assert list(Path(tempfile.gettempdir()).glob("PWNED_*")) == []


def test_sparse_ids_keep_their_spikes(hostile: Path, cache: Path) -> None:
    _, recording = opened(where(hostile, "sparse_ids") / "kilosort4_A", cache)
    assert "unit 14 is not in it any more" in recording.spikes(14).note
    assert recording.table().cluster.max() == 2**31 - 2


def test_a_sample_rate_that_is_not_known(tmp_path: Path) -> None:
    folder = write_spikes(tmp_path / "kilosort4_A", **some_spikes())
    run = run_of(folder, [0])
    fields = {name: getattr(run, name) for name in run.__dataclass_fields__}
    recording = open_recording(Run(**{**fields, "sample_rate": np.nan}), tmp_path / "cache")
    with pytest.raises(UserError, match="sample rate is not known"):
        recording.spikes(0)
    assert all(map(np.isnan, recording.session_s()))
    assert recording.n_spikes(0) > 0


def test_a_cancel_reaches_the_caller(tmp_path: Path) -> None:
    folder = write_spikes(tmp_path / "kilosort4_A", **some_spikes())
    with pytest.raises(CancelledError):
        open_recording(run_of(folder, [0]), tmp_path / "cache", None, lambda: True)
