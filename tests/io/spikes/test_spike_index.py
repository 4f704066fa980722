"""The spike index against boolean masks, and files that do not fit together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spike_folders import expected, some_spikes, write_spikes

from bcviewer.errors import CancelledError, UserError
from bcviewer.io import names
from bcviewer.io.spikes import index_build
from bcviewer.io.spikes.index_build import build
from bcviewer.io.spikes.spike_cache import _in_memory
from bcviewer.io.spikes.spike_files import MOST_ID, find_spike_files
from bcviewer.io.spikes.spike_index import SpikeIndex

IDS = st.one_of(st.integers(-1, 4), st.sampled_from([300, 70_000, 2**24, MOST_ID]))


def index_of(folder: Path, duplicates: bool = False) -> SpikeIndex:
    return build(find_spike_files(folder, folder, duplicates=duplicates), _in_memory)


def read(index: SpikeIndex, segments: np.ndarray) -> tuple[np.ndarray, ...]:
    columns = [index.read(name, segments) for name in ("times", "amplitudes", "depths")]
    order = index.order(columns[0], segments)
    return tuple(column if order is None else column[order] for column in columns)


def assert_same(found: tuple[np.ndarray, ...], wanted: tuple[np.ndarray, ...]) -> None:
    for mine, theirs in zip(found, wanted, strict=True):
        assert np.array_equal(mine, theirs, equal_nan=theirs.dtype.kind == "f")


@st.composite
def recordings(draw: st.DrawFn) -> dict[str, Any]:
    n = draw(st.integers(0, 40))
    many = {"min_size": n, "max_size": n}
    templates = draw(st.lists(IDS, **many))
    changed = draw(st.lists(st.one_of(st.none(), IDS), **many))
    clusters = [t if c is None else c for t, c in zip(templates, changed, strict=True)]
    times = draw(st.lists(st.integers(-50, 2**33), **many))
    if draw(st.booleans()):
        times.sort()
    dtype = draw(st.sampled_from([np.int64, np.int32, np.float64]))
    shape = draw(st.sampled_from([(n,), (n, 1), (1, n)]))
    return {
        "spike_times": np.array(times, np.int64).reshape(shape),
        "spike_templates": np.array(templates, dtype).reshape(shape),
        "spike_clusters": np.array(clusters, np.int64),
        "amplitudes": np.arange(n, dtype=np.float64).reshape(shape),
        "spike_positions": np.asarray(np.arange(2 * n, dtype=np.float32).reshape(n, 2), order="F"),
        "spikes._bc_duplicateSpikes": np.array(draw(st.lists(st.sampled_from([0.0, 1.0]), **many))),
    }


@given(arrays=recordings(), small=st.booleans(), duplicates=st.booleans())
def test_every_unit_is_what_a_mask_finds(
    tmp_path_factory: pytest.TempPathFactory, arrays: Any, small: bool, duplicates: bool
) -> None:
    folder = write_spikes(tmp_path_factory.mktemp("spikes"), **arrays)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_build, "BLOCK", 7)
        if small:
            patch.setattr(index_build, "_TABLE", 3)
        index = index_of(folder, duplicates)
    templates = arrays["spike_templates"].ravel().astype(np.int64)
    clusters = arrays["spike_clusters"]
    removed = (arrays["spikes._bc_duplicateSpikes"] != 0) & duplicates
    assert index.shape.n == len(clusters)
    assert index.shape.in_order == bool((np.diff(arrays["spike_times"].ravel()) >= 0).all())
    for unit in {*templates.tolist(), *clusters.tolist(), 5}:
        for ids, segments in (
            (templates, index.of_template(unit)),
            (clusters, index.of_cluster(unit)),
        ):
            assert index.count(segments) == (ids == unit).sum()
            found = read(index, index.kept(segments))
            wanted = expected(arrays, (ids == unit) & ~removed)
            assert np.array_equal(found[0], wanted[0])
            # Spikes at the same time may come in either order, but each with what is its own.
            mine, theirs = np.lexsort(found[::-1]), np.lexsort(wanted[::-1])
            assert_same(tuple(c[mine] for c in found), tuple(c[theirs] for c in wanted))
    pairs = np.stack([templates, clusters, removed])
    sizes = np.unique(pairs, axis=1, return_counts=True)[1]
    assert index.shape.segments.count.tolist() == sizes.tolist()


@pytest.mark.parametrize("dtype", ["<u8", "<u4", "<i4", ">i8", "<f8", "<u2"])
def test_number_types(tmp_path: Path, dtype: str) -> None:
    arrays = some_spikes()
    arrays["spike_times"] = np.sort(arrays["spike_times"] % 60_000)
    kinds = {name: a.astype(dtype) for name, a in arrays.items() if a.dtype.kind == "i"}
    index = index_of(write_spikes(tmp_path, **{**arrays, **kinds}))
    assert index.shape.sections["times"] == np.dtype("<u4")
    for unit in range(9):
        wanted = expected(arrays, arrays["spike_clusters"] == unit)
        assert_same(read(index, index.of_cluster(unit)), wanted)


@pytest.mark.parametrize("unit", [2**63 - 1, -(2**63)])
def test_a_journal_may_name_any_id(tmp_path: Path, unit: int) -> None:
    index = index_of(write_spikes(tmp_path, **some_spikes()))
    assert index.count(index.of_cluster(unit)) == index.count(index.of_template(unit)) == 0


def test_corrected_times_are_preferred_as_bombcell_does(tmp_path: Path) -> None:
    arrays = some_spikes()
    folder = write_spikes(tmp_path, **arrays, spike_times_corrected=arrays["spike_times"] + 5)
    index = index_of(folder)
    whole = np.arange(len(index.shape.segments.count))
    assert np.array_equal(np.sort(index.read("times", whole)), arrays["spike_times"] + 5)


def test_one_of_templates_and_clusters_stands_for_both(tmp_path: Path) -> None:
    arrays = some_spikes()
    folder = write_spikes(tmp_path, **arrays)
    (folder / names.SPIKE_CLUSTERS).unlink()
    files = find_spike_files(folder, folder, duplicates=False)
    assert files.one_only == "spike_clusters.npy: not there. spike_templates.npy stands for it."
    index = build(files, _in_memory)
    assert index.count(index.of_cluster(1)) == (arrays["spike_templates"] == 1).sum()
    write_spikes(tmp_path, **arrays)
    (folder / names.SPIKE_TEMPLATES).write_bytes(b"")
    files = find_spike_files(folder, folder, duplicates=False)
    assert files.one_only.startswith("spike_templates.npy: empty (zero bytes).")
    index = build(files, _in_memory)
    assert index.count(index.of_template(6)) == (arrays["spike_clusters"] == 6).sum()
    (folder / names.SPIKE_CLUSTERS).unlink()
    with pytest.raises(UserError, match=r"spike_clusters\.npy: not there.*spike_templates"):
        find_spike_files(folder, folder, duplicates=False)


@pytest.mark.parametrize("name", ["spike_clusters", "spike_templates"])
def test_lengths_that_disagree_are_named(tmp_path: Path, name: str) -> None:
    arrays = some_spikes(40)
    arrays[name] = arrays[name][:-1]
    folder = write_spikes(tmp_path, **arrays)
    message = rf"{name}\.npy is for 39 spikes, spike_times\.npy for 40: their lengths disagree"
    with pytest.raises(UserError, match=message):
        find_spike_files(folder, folder, duplicates=False)


def test_what_a_spike_may_lack_is_told(tmp_path: Path) -> None:
    arrays = some_spikes(40)
    arrays["amplitudes"] = arrays["amplitudes"][:-1]
    arrays["spike_positions"] = np.zeros((40, 1))
    folder = write_spikes(tmp_path, **arrays)
    files = find_spike_files(folder, folder, duplicates=True)
    assert files.no_amplitudes == (
        "amplitudes.npy is for 39 spikes, spike_times.npy for 40: their lengths disagree."
    )
    assert files.no_depths == "spike_positions.npy: has shape (40, 1), not (spikes, 2)."
    assert files.no_removed == "spikes._bc_duplicateSpikes.npy: not there."
    assert set(build(files, _in_memory).shape.sections) == {"times"}


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("spike_times", [1.0, np.nan, 3.0, 4.0], "no times in samples"),
        ("spike_times", np.array([1, 2, 3, 2**63], np.uint64), "no times in samples"),
        ("spike_clusters", [0.5, 1.0, 1.0, 1.0], "no cluster ids"),
        ("spike_clusters", [0.0, 1.0, np.nan, 1.0], "no cluster ids"),
        ("spike_templates", [0, 1, -2, 1], "no cluster ids"),
        ("spike_templates", np.array([0, 1, 2**31, 1]), "no cluster ids"),
        ("spike_times", np.zeros((2, 2)), r"has shape \(2, 2\), not one number a spike"),
        ("spike_times", np.zeros((1, 2, 2)), "3 dimensions"),
        ("spike_times", np.array(["a", "b", "c", "d"]), "not numbers"),
    ],
)
def test_numbers_that_make_no_sense(tmp_path: Path, name: str, values: Any, message: str) -> None:
    ids = [0, 0, 1, 1]
    arrays = {"spike_times": [1, 2, 3, 4], "spike_clusters": ids, "spike_templates": ids}
    folder = write_spikes(tmp_path, **{**arrays, name: values})
    with pytest.raises(UserError, match=rf"^{name}\.npy: .*{message}"):
        index_of(folder)


def test_a_file_that_changes_between_the_passes_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_spikes(tmp_path, **some_spikes())
    files = find_spike_files(folder, folder, duplicates=False)

    def rewrite(shape: Any) -> Any:
        np.save(folder / names.SPIKE_CLUSTERS, np.full(400, 99, np.int32))
        return _in_memory(shape)

    with pytest.raises(UserError, match="changed while they were read"):
        build(files, rewrite)


def test_progress_rises_and_a_cancel_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_build, "BLOCK", 50)
    folder = write_spikes(tmp_path, **some_spikes())
    files = find_spike_files(folder, folder, duplicates=False)
    heard: list[float] = []
    build(files, _in_memory, lambda fraction, text: heard.append(fraction), lambda: False)
    assert heard == sorted(heard)
    assert (heard[0], heard[-1], len(heard)) == (0.0, 1.0, 17)
    with pytest.raises(CancelledError):
        build(files, _in_memory, None, lambda: True)
