"""The file of a review queue: whole or as before, and nothing but a regular file of ours."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from factories import make_run, sheet_of

from bcviewer.core.run.run import Run
from bcviewer.core.sheet.kept_queue import to_text
from bcviewer.core.sheet.queue import QueueSpec, draw_up
from bcviewer.errors import UserError
from bcviewer.io.journal import queue_file
from bcviewer.io.journal.queue_file import QueueFiles, ReplacedError, read_queue, write_queue
from bcviewer.io.journal.recording_key import HASHED, recording_key


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "queues" / "rabc.json"
    assert read_queue(path) == ""
    write_queue(path, '{"a":"µ"}')
    write_queue(path, '{"b":1}')
    assert read_queue(path) == '{"b":1}'
    assert [p.name for p in path.parent.iterdir()] == ["rabc.json"]


def test_links_pipes_and_what_is_too_large_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "queues" / "rabc.json"
    path.parent.mkdir()
    other = tmp_path / "other"
    other.write_text("secret")
    path.symlink_to(other)
    assert read_queue(path) == ""
    with pytest.raises(UserError, match="is a link"):
        write_queue(path, "x")
    assert other.read_text() == "secret"
    path.unlink()
    os.mkfifo(path)
    assert read_queue(path) == ""
    with pytest.raises(UserError):
        write_queue(path, "x")
    path.unlink()
    write_queue(path, "12345")
    monkeypatch.setattr(queue_file, "LARGEST", 4)
    assert read_queue(path) == ""


def test_where_there_can_be_no_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "queues").write_text("a file")
    with pytest.raises(UserError, match="cannot be written"):
        write_queue(tmp_path / "queues" / "rabc.json", "x")


def run_of(ks_dir: Path) -> Run:
    """Return a run whose spikes are in a folder."""
    run = make_run({"nPeaks": [1.0] * 4})
    return replace(run, provenance=replace(run.provenance, ks_dir=str(ks_dir)))


def blind_queue(run: Run, blind: bool = True) -> str:
    spec = QueueSpec("random", 2, seed=7, blind=blind)
    return to_text(draw_up(sheet_of(run), spec), run.ids)


def spikes(folder: Path, last: int = 9) -> Path:
    folder.mkdir(parents=True)
    for name in HASHED:
        np.save(folder / name, np.array([1, 2, last]))
    return folder


def test_what_is_put_is_read_before_it_is_on_the_disk(tmp_path: Path) -> None:
    files = QueueFiles(tmp_path)
    files.put("rabc", "1")
    files.put("rdef", "x")
    files.put("rabc", "2")
    assert not files.folder.exists()
    assert files.read("rabc") == "2"
    assert files.write()
    assert files.write()
    assert not files.write()
    assert {p.name: p.read_text() for p in files.folder.iterdir()} == {
        "rabc.json": "2",
        "rdef.json": "x",
    }
    (files.folder / "rabc.json").write_text("3")  # another window's
    assert files.read("rabc") == "3"


def test_what_is_put_once_more_while_it_is_written_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, text, written = QueueFiles(tmp_path), "1", list[str]()

    def write(path: Path, given: str) -> None:
        written.append(given)
        if len(written) == 1:
            files.put("rabc", text)
        write_queue(path, given)

    monkeypatch.setattr(queue_file, "write_queue", write)
    files.put("rabc", text)
    assert files.write()
    assert files.write()
    assert not files.write()
    assert written == [text, text]


def test_what_cannot_be_written_is_there_as_long_as_the_program(tmp_path: Path) -> None:
    files = QueueFiles(tmp_path)
    files.folder.write_text("a file")
    files.put("rabc", "1")
    with pytest.raises(UserError, match="cannot be written"):
        files.write()
    assert not files.write()  # it is not tried for ever
    assert files.read("rabc") == "1"


def test_another_windows_queue_is_not_replaced_without_a_word(tmp_path: Path) -> None:
    run = make_run({"nPeaks": [1.0] * 4})
    one, other = QueueFiles(tmp_path), QueueFiles(tmp_path)
    for files in (one, other):
        assert files.read("rabc") == ""
    one.put("rabc", blind_queue(run))
    assert one.write()
    other.put("rabc", blind_queue(run))  # the same one
    assert other.write()
    one.put("rabc", blind_queue(run, blind=False))
    assert one.write()
    other.put("rabc", to_text(draw_up(sheet_of(run), QueueSpec()), run.ids))
    with pytest.raises(ReplacedError, match="another window"):
        other.write()
    assert QueueFiles(tmp_path).read("rabc") == other.read("rabc")  # the last one is kept
    other.put("rabc", blind_queue(run))
    assert other.write()  # its own


def test_what_another_window_said_of_merges_is_not_replaced_without_a_word(tmp_path: Path) -> None:
    one, other = QueueFiles(tmp_path).merges, QueueFiles(tmp_path).merges
    assert one.read("k") == other.read("k") == ""
    for texts, text in ((one, "1"), (one, "2")):
        texts.put("k", text)
        assert texts.write()
    other.put("k", "3")
    with pytest.raises(ReplacedError, match="What another window said"):
        other.write()
    assert other.read("k") == "3"


def test_a_blind_review_is_known_by_the_spikes_wherever_they_are(tmp_path: Path) -> None:
    run = run_of(spikes(tmp_path / "a" / "ks"))
    files = QueueFiles(tmp_path / "data")
    files.put(recording_key(run).primary, blind_queue(run))
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "a")
    copy = spikes(tmp_path / "b")
    other = spikes(tmp_path / "c", last=8)
    for _ in range(2):  # put, and on the disk
        for folder, blind in ((link / "ks", True), (copy, True), (other, False)):
            assert files.is_blind(run_of(folder)) == blind, folder
        files.write()
    files.put(recording_key(run).primary, blind_queue(run, blind=False))  # revealed
    assert not files.is_blind(run)


def test_whether_any_review_is_blind_is_known_without_spikes(tmp_path: Path) -> None:
    run = make_run({"nPeaks": [1.0] * 4})
    files = QueueFiles(tmp_path / "data")
    assert not files.any_blind()
    files.put("rabc", blind_queue(run, blind=False))
    assert not files.any_blind()
    files.write()
    (files.folder / "link.json").symlink_to(tmp_path / "none")
    assert not files.any_blind()
    files.put("rdef", blind_queue(run))
    assert files.any_blind()
    files.write()
    assert files.any_blind()
    files.put("rdef", blind_queue(run, blind=False))
    files.write()
    assert not files.any_blind()
