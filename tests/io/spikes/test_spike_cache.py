"""Where a spike index is kept: built once, never trusted when damaged, never in the recording."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spike_folders import expected, listing, some_spikes, write_spikes

from bcviewer.errors import CancelledError, UserError
from bcviewer.io import names
from bcviewer.io.spikes import index_build, index_file, spike_cache
from bcviewer.io.spikes.spike_cache import spike_index as index_in
from bcviewer.io.spikes.spike_files import SpikeFiles, find_spike_files
from bcviewer.io.spikes.spike_index import SpikeIndex

ARRAYS = some_spikes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_spikes(tmp_path / "recording", **ARRAYS)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "spike_index"


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[SpikeFiles]:
    """Return the list of what was built."""
    done: list[SpikeFiles] = []
    real = spike_cache.build

    def build(files: SpikeFiles, *rest: Any) -> SpikeIndex:
        done.append(files)
        return real(files, *rest)

    monkeypatch.setattr(spike_cache, "build", build)
    return done


def files_of(folder: Path) -> SpikeFiles:
    return find_spike_files(folder, folder, duplicates=False)


def assert_right(index: SpikeIndex, arrays: Any = ARRAYS) -> None:
    for unit in range(9):
        segments = index.of_cluster(unit)
        times = index.read("times", segments)
        order = np.argsort(times, kind="stable") if index.shape.in_order else slice(None)
        wanted = expected(arrays, arrays["spike_clusters"] == unit)
        assert np.array_equal(times[order], wanted[0])
        assert np.array_equal(index.read("amplitudes", segments)[order], wanted[1])
        assert np.array_equal(index.read("depths", segments)[order], wanted[2])


def kept_in(cache: Path) -> list[Path]:
    return sorted(cache.iterdir())


def test_it_is_built_once_and_the_recording_stays_as_it_was(
    folder: Path, cache: Path, builds: list[SpikeFiles]
) -> None:
    before = listing(folder.parent / "recording")
    for _ in range(3):
        index, note = index_in(files_of(folder), cache)
        assert note == ""
        assert_right(index)
    assert len(builds) == 1
    assert len(kept_in(cache)) == 1
    assert listing(folder) == before


def test_a_changed_file_is_indexed_anew(
    folder: Path, cache: Path, builds: list[SpikeFiles]
) -> None:
    index_in(files_of(folder), cache)
    changed = {**ARRAYS, "spike_clusters": ARRAYS["spike_templates"]}
    write_spikes(folder, **changed)
    assert_right(index_in(files_of(folder), cache)[0], changed)
    os.utime(folder / names.AMPLITUDES, (1, 1))
    assert_right(index_in(files_of(folder), cache)[0], changed)
    (folder / names.AMPLITUDES).unlink()
    assert index_in(files_of(folder), cache)[0].read("amplitudes", np.arange(3)) is None
    assert len(builds) == 4
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)
    index_in(files_of(copy), cache)
    assert len(builds) == 5


@pytest.mark.parametrize("where", [0, 9, 13, 20, 60, 150, 300, 420])
def test_a_damaged_index_is_built_anew(
    folder: Path, cache: Path, builds: list[SpikeFiles], where: int
) -> None:
    index_in(files_of(folder), cache)
    (path,) = kept_in(cache)
    data = bytearray(path.read_bytes())
    data[where] ^= 0xFF
    path.write_bytes(data)
    assert_right(index_in(files_of(folder), cache)[0])
    assert len(builds) == 2


@pytest.mark.parametrize("size", [0, 5, 100, 400, 1000, -1, 1])
def test_a_cut_off_index_is_built_anew(
    folder: Path, cache: Path, builds: list[SpikeFiles], size: int
) -> None:
    index_in(files_of(folder), cache)
    (path,) = kept_in(cache)
    data = path.read_bytes()
    path.write_bytes(data + b"x" if size == 1 else data[:size])
    assert_right(index_in(files_of(folder), cache)[0])
    assert len(builds) == 2


@pytest.mark.parametrize(
    "header", [b"[" * 4000, b"[]", b"{}", b"null", b'{"version": 1, "key": []}', b"\xff"]
)
def test_a_header_that_is_none_is_refused(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(index_file._FIXED.pack(index_file._MAGIC, len(header), 0) + header)
    with pytest.raises(UserError, match="damaged"):
        index_file.open_index(path, "key")


def test_an_index_of_other_files_or_another_version_is_not_taken(
    folder: Path, cache: Path, builds: list[SpikeFiles], monkeypatch: pytest.MonkeyPatch
) -> None:
    index_in(files_of(folder), cache)
    (path,) = kept_in(cache)
    with pytest.raises(UserError, match="of other files"):
        index_file.open_index(path, "another key")
    monkeypatch.setattr(index_file, "VERSION", 2)
    assert_right(index_in(files_of(folder), cache)[0])
    assert len(builds) == 2


def test_an_index_that_is_cut_off_while_it_is_open_is_an_error(folder: Path, cache: Path) -> None:
    index, _ = index_in(files_of(folder), cache)
    (path,) = kept_in(cache)
    os.truncate(path, 1000)
    with pytest.raises(UserError, match="cut off"):
        index.read("depths", index.of_cluster(6))


@pytest.mark.parametrize("after", [0, 3, 12, 16])
def test_a_cancelled_build_leaves_nothing(
    folder: Path, cache: Path, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_build, "BLOCK", 50)
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > after

    with pytest.raises(CancelledError):
        index_in(files_of(folder), cache, None, cancelled)
    assert kept_in(cache) == []


def test_a_build_that_fails_leaves_nothing(folder: Path, cache: Path) -> None:
    np.save(folder / names.SPIKE_CLUSTERS, np.full(400, 0.5))
    with pytest.raises(UserError, match=r"spike_clusters\.npy: holds numbers"):
        index_in(files_of(folder), cache)
    assert kept_in(cache) == []


def test_what_changes_while_it_is_read_is_read_again(
    folder: Path, cache: Path, builds: list[SpikeFiles]
) -> None:
    def rewrite(fraction: float, text: str) -> None:
        if fraction == 1.0 and len(builds) == 1:
            np.save(folder / names.SPIKE_CLUSTERS, ARRAYS["spike_templates"])

    index, _ = index_in(files_of(folder), cache, rewrite)
    assert_right(index, {**ARRAYS, "spike_clusters": ARRAYS["spike_templates"]})
    assert (len(builds), len(kept_in(cache))) == (2, 1)


def test_what_never_rests_is_given_up(folder: Path, cache: Path) -> None:
    times = iter(range(1, 100))

    def touch(fraction: float, text: str) -> None:
        os.utime(folder / names.SPIKE_CLUSTERS, (0, next(times)))

    with pytest.raises(UserError, match="changed while they were read"):
        index_in(files_of(folder), cache, touch)
    assert kept_in(cache) == []


def test_the_folder_is_kept_small_by_what_was_opened_longest_ago(
    tmp_path: Path, cache: Path, builds: list[SpikeFiles]
) -> None:
    folders = [write_spikes(tmp_path / str(i), **some_spikes(seed=i)) for i in range(4)]
    for age, folder in zip((400, 300, 200), folders, strict=False):
        known = set(cache.iterdir()) if cache.exists() else set()
        index_in(files_of(folder), cache)
        (path,) = set(cache.iterdir()) - known
        os.utime(path, (time.time() - age,) * 2)
    index_in(files_of(folders[0]), cache)  # opened now: no longer the oldest
    size = path.stat().st_size
    abandoned = cache / f"x{spike_cache._UNFINISHED}"
    for name, age in ((abandoned, 100_000), (abandoned.with_stem("y"), 10)):
        name.write_bytes(b"x")
        os.utime(name, (time.time() - age,) * 2)
    index_in(files_of(folders[3]), cache, most_bytes=int(2.5 * size))
    left = [path for path in kept_in(cache) if path.suffix == ".spikes"]
    assert len(left) == 2
    assert [p.name for p in kept_in(cache) if p not in left] == [abandoned.with_stem("y").name]
    assert len(builds) == 4
    for folder in (folders[0], folders[3]):
        index_in(files_of(folder), cache)
    assert len(builds) == 4
    index_in(files_of(folders[3]), cache, most_bytes=1)
    index_in(files_of(folders[2]), cache, most_bytes=1)  # never the one that is opened
    assert len([path for path in kept_in(cache) if path.suffix == ".spikes"]) == 1


@pytest.mark.parametrize("trouble", ["a file", "full disk", "nowhere"])
def test_where_it_cannot_be_kept_it_is_made_all_the_same(
    folder: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    temporary = tmp_path / "temporary"  # of this test's own: others leave things in the shared one
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    if trouble == "a file":
        cache.parent.mkdir()
        cache.write_bytes(b"")
    else:
        real = shutil.disk_usage

        def usage(path: Any) -> Any:
            full = trouble == "nowhere" or Path(path) == cache
            return real(path)._replace(free=10) if full else real(path)

        monkeypatch.setattr(index_file.shutil, "disk_usage", usage)
    index, note = index_in(files_of(folder), cache)
    assert_right(index)
    assert note.startswith("The spike index could not be kept (")
    assert note.endswith("it is built again next time.")
    assert cache.is_file() or kept_in(cache) == []
    assert list(temporary.iterdir()) == []


def test_no_room_at_all_is_told(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Numpy:
        def __getattr__(self, name: str) -> Any:
            return getattr(np, name)

        def empty(self, *args: Any) -> Any:
            raise MemoryError

    def full(path: Any) -> Any:
        raise OSError("no disk")

    monkeypatch.setattr(index_file.shutil, "disk_usage", full)
    monkeypatch.setattr(spike_cache, "np", Numpy())
    with pytest.raises(UserError, match="Not enough memory, and no disk space"):
        index_in(files_of(folder), cache)


def test_no_spikes_at_all(tmp_path: Path, cache: Path) -> None:
    empty = {name: array[:0] for name, array in ARRAYS.items()}
    folder = write_spikes(tmp_path / "empty", **empty)
    for _ in range(2):
        index, _ = index_in(files_of(folder), cache)
        assert index.shape.n == 0
        assert len(index.of_cluster(0)) == 0
