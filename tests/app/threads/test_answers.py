"""A folder is asked in a thread before a dialog looks into it."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from bcviewer.app.threads import answers
from bcviewer.app.threads.answers import is_silent, remember_saved, start_file, start_folder


def test_a_dialog_starts_in_the_first_folder_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert start_folder("", tmp_path / "gone", tmp_path / "file", tmp_path) == str(tmp_path)
    assert start_folder() == start_folder("\0") == str(Path.home())
    assert not is_silent(tmp_path)
    assert not is_silent(tmp_path / "gone")  # it answers: that it is not there


def test_files_are_offered_where_one_was_saved_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_saved", [""])
    assert start_file("a.csv") == str(Path.home() / "a.csv")
    remember_saved(tmp_path / "b.csv")
    assert start_file("a.csv") == str(tmp_path / "a.csv")


def test_a_silent_folder_is_asked_by_one_thread_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, real = threading.Event(), os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: real(path) if go.wait(30) else None)
    start = time.monotonic()
    assert start_folder(tmp_path) == str(Path.home())
    for _ in range(100):
        assert is_silent(tmp_path)
    assert time.monotonic() - start < 5
    asking: list[Any] = [t for t in threading.enumerate() if t.name == "answers"]
    assert len(asking) == 1
    go.set()
    asking[0].join(20)
    assert not is_silent(tmp_path)
