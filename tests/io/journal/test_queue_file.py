"""The file of a review queue: whole or as before, and nothing but a regular file of ours."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bcviewer.errors import UserError
from bcviewer.io.journal import queue_file
from bcviewer.io.journal.queue_file import queue_path, read_queue, write_queue


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = queue_path(tmp_path, "rabc")
    assert read_queue(path) == ""
    write_queue(path, '{"a":"µ"}')
    write_queue(path, '{"b":1}')
    assert read_queue(path) == '{"b":1}'
    assert [p.name for p in path.parent.iterdir()] == ["rabc.json"]


def test_links_pipes_and_what_is_too_large_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = queue_path(tmp_path, "rabc")
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
        write_queue(queue_path(tmp_path, "rabc"), "x")
