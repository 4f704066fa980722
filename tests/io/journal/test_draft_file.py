"""Files of notes that were not saved: of one person each, and refused in one line where hostile."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bcviewer.core.curation.draft import Draft
from bcviewer.core.curation.entries import MAX_NOTE
from bcviewer.errors import UserError
from bcviewer.io.journal import draft_file
from bcviewer.io.journal.draft_file import draft_path, others, read_drafts, write_drafts

DRAFTS = (
    Draft((3,), "drifts, see 0–42 min"),
    Draft((1, 2), "=1+1\n\ud800"),
    Draft((5, 3), "of what phy made", ("one", "")),
)


def path_of(data: Path, person: str = "ada", process: str = "p1") -> Path:
    return draft_path(data, "s0123", person, process)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = path_of(tmp_path)
    write_drafts(path, "ada", DRAFTS)
    assert read_drafts(path, "ada") == DRAFTS
    write_drafts(path, "ada", ())
    write_drafts(path, "ada", ())
    assert not path.exists()


def test_the_files_of_another_person_or_recording_are_none_of_ones_own(tmp_path: Path) -> None:
    mine = path_of(tmp_path)
    theirs = [path_of(tmp_path, "Ada"), path_of(tmp_path, "ada-b"), path_of(tmp_path, "…")]
    other = path_of(tmp_path, process="p2")
    elsewhere = draft_path(tmp_path, "s4567", "ada", "p1")
    assert list(others(mine)) == []
    for path in (mine, other, elsewhere, *theirs):
        write_drafts(path, "ada", DRAFTS)
    assert list(others(mine)) == [other]


def _said(**changes: object) -> bytes:
    said = {"units": [3], "text": "x", **changes}
    return json.dumps({"person": "ada", "drafts": [said]}).encode()


HOSTILE: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "a link": lambda path: path.symlink_to("/dev/zero"),
    "garbage": lambda path: path.write_bytes(b"\xff\x00{"),
    "nothing": lambda path: path.write_bytes(b""),
    "a list": lambda path: path.write_bytes(b"[1]"),
    "deep": lambda path: path.write_bytes(b"[" * 200_000),
    "somebody else's": lambda path: path.write_bytes(b'{"person": "bob", "drafts": []}'),
    "no drafts": lambda path: path.write_bytes(b'{"person": "ada"}'),
    "no units": lambda path: path.write_bytes(_said(units=[])),
    "no id": lambda path: path.write_bytes(_said(units=[-1])),
    "a fraction": lambda path: path.write_bytes(_said(units=[0.5])),
    "a truth": lambda path: path.write_bytes(_said(units=[True])),
    "no text": lambda path: path.write_bytes(_said(text=7)),
    "no digests": lambda path: path.write_bytes(_said(spikes="one")),
    "too few digests": lambda path: path.write_bytes(_said(units=[3, 4], spikes=["one"])),
    "a word for digests": lambda path: path.write_bytes(_said(spikes=["-"])),
    "no digest": lambda path: path.write_bytes(_said(spikes=[5])),
    "too long a digest": lambda path: path.write_bytes(_said(spikes=["x" * 101])),
    "too long a text": lambda path: path.write_bytes(_said(text="x" * (MAX_NOTE + 1))),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_file_of_ours_is_one_line(tmp_path: Path, what: str) -> None:
    path = path_of(tmp_path)
    path.parent.mkdir(parents=True)
    HOSTILE[what](path)
    with pytest.raises(UserError) as raised:
        read_drafts(path, "ada")
    assert str(path) in raised.value.message
    assert "\n" not in raised.value.message
    assert raised.value.hint == "Remove the file."


def test_no_more_is_read_than_a_file_may_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft_file, "LARGEST", 40)
    path = path_of(tmp_path)
    write_drafts(path, "ada", DRAFTS)
    with pytest.raises(UserError, match="more than"):
        read_drafts(path, "ada")


def test_what_cannot_be_written_says_why(tmp_path: Path) -> None:
    path = path_of(tmp_path)
    path.parent.parent.mkdir()
    path.parent.write_text("", "utf-8")
    with pytest.raises(UserError, match="cannot be written"):
        write_drafts(path, "ada", DRAFTS)
    path.parent.unlink()
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="is a link"):
        write_drafts(path, "ada", DRAFTS)
