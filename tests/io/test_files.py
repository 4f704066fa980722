"""Files are opened in one place: regular ones, within bounds, waiting for nothing."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bcviewer.errors import UserError
from bcviewer.io.exchange.import_labels import read_labels
from bcviewer.io.files import expanded, home, open_input, open_ours, read_bytes
from bcviewer.io.journal.recording_key import _digest
from bcviewer.io.results.cluster_tsv import read_tsv_column
from bcviewer.io.results.config import read_config
from bcviewer.io.results.tables import read_record, read_table
from bcviewer.io.spikes import array_rows
from bcviewer.io.spikes.array_rows import ArrayRows
from bcviewer.io.spikes.index_file import open_index
from bcviewer.io.spikes.kilosort import read_array, read_header

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and pipes as POSIX has them")

READERS: dict[str, Callable[[Path], object]] = {
    "bytes": lambda path: read_bytes(path, 1000),
    "array": read_array,
    "header": read_header,
    "rows": lambda path: ArrayRows(path, 1).row(0),
    "tsv": read_tsv_column,
    "config": lambda path: read_config(path, None),
    "labels": read_labels,
    "index": lambda path: open_index(path, "k"),
    "digest": _digest,
    "parquet": lambda path: read_table(path.rename(path.with_suffix(".parquet"))),
    "record": lambda path: read_record(path.rename(path.with_suffix(".csv"))),
}


@pytest.mark.parametrize("what", ["pipe", "link to a pipe", "device", "folder"])
@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, reader: str, what: str) -> None:
    path = tmp_path / "x.npy"
    if what == "pipe":
        os.mkfifo(path)
    elif what == "link to a pipe":
        os.mkfifo(tmp_path / "pipe")
        path.symlink_to("pipe")
    elif what == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    caught: list[BaseException] = []

    def read() -> None:
        try:
            READERS[reader](path)
        except UserError as error:
            caught.append(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert len(caught) == 1
    assert "\n" not in str(caught[0])


def test_a_file_that_becomes_a_pipe_before_it_is_opened_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"x")
    real = os.open

    def swapped(name: Path, flags: int, *more: int) -> int:
        Path(name).unlink()
        os.mkfifo(name)
        return real(name, flags, *more)

    monkeypatch.setattr(os, "open", swapped)
    with pytest.raises(UserError, match="not a file"):
        open_input(path)
    path.unlink()
    path.write_bytes(b"x")
    with pytest.raises(UserError, match="pipe"):
        open_ours(path, os.O_RDWR)


def test_a_recordings_own_files_may_be_links_and_ours_may_not(tmp_path: Path) -> None:
    np.save(tmp_path / "object.npy", np.arange(3))
    link = tmp_path / "link.npy"
    link.symlink_to("object.npy")
    assert read_array(link).tolist() == [0, 1, 2]
    with pytest.raises(UserError, match="link"):
        open_input(link, follow=False)
    with pytest.raises(UserError, match="link"):
        open_ours(link, os.O_RDWR)


def test_no_more_is_read_than_the_file_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "grows"
    path.write_bytes(b"12345")
    real = os.fdopen

    def grown(fd: int, mode: str) -> object:
        with path.open("ab") as file:
            file.write(b"6" * 1000)
        return real(fd, mode)

    monkeypatch.setattr(os, "fdopen", grown)
    assert read_bytes(path, 10) == b"12345"


@pytest.mark.parametrize("block", [1, 7, 100, 10_000])
def test_rows_in_the_other_order_are_read_in_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(array_rows, "_BLOCK", block)
    whole = np.arange(5 * 4 * 3, dtype=np.float32).reshape(5, 4, 3)
    np.save(tmp_path / "f.npy", np.asfortranarray(whole))
    rows = ArrayRows(tmp_path / "f.npy", 3)
    for i in range(5):
        assert np.array_equal(rows.row(i), whole[i])
        assert rows.row(i).flags.c_contiguous
    np.save(tmp_path / "e.npy", np.empty((2, 0, 3), order="F"))
    assert ArrayRows(tmp_path / "e.npy", 3).row(1).shape == (0, 3)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("index", [-1, 5])
def test_a_row_that_is_not_there(tmp_path: Path, order: str, index: int) -> None:
    np.save(tmp_path / "f.npy", np.ones((5, 4, 3), order=order))
    with pytest.raises(UserError, match=r"f\.npy: has 5 rows"):
        ArrayRows(tmp_path / "f.npy", 3).row(index)


def test_rows_of_a_file_that_is_cut_meanwhile_are_an_error_and_not_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f.npy"
    np.save(path, np.ones((100, 300, 8), order="F"))
    rows = ArrayRows(path, 3)
    header = rows.header()
    os.truncate(path, 4096)
    monkeypatch.setattr(rows, "header", lambda: header)  # as where it is cut after this look
    with pytest.raises(UserError, match=r"f\.npy: changed while it was read"):
        rows.row(99)


def test_a_folder_of_nobody_known_is_a_plain_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert expanded("~/rec") == home() / "rec" == Path.home() / "rec"
    assert expanded("~nobody-of-that-name/rec") == Path("~nobody-of-that-name/rec")

    def unknown() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", unknown)
    assert home() == Path("/")
