"""The review queue of a recording, kept in the user's data folder; nothing in the results."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from bcviewer.errors import UserError
from bcviewer.io.files import decode, open_input, reason
from bcviewer.io.put_file import refuse_link, write_atomically

QUEUES = "queues"
"""Folder of the queues in the user's data folder."""
LARGEST = 12_000_000
"""Largest queue that is read, bytes."""


def queue_path(data: Path, key: str) -> Path:
    """Return where the queue of a recording is, by what the recording is known by."""
    return data / QUEUES / f"{key}.json"


def read_queue(path: Path) -> str:
    """Return what is kept there; empty: nothing, or no file of ours."""
    try:
        with open_input(path, follow=False) as file:
            data = file.read(LARGEST + 1)
            return decode(data) if len(data) <= LARGEST else ""
    except (UserError, OSError):
        return ""


def write_queue(path: Path, text: str) -> None:
    """Keep a queue: whole, or as it was.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {reason(error)}.") from None
    refuse_link(path)
    write_atomically(path, lambda temporary: _fill(temporary, text))


def _fill(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def is_blind(data: Path, place: str) -> bool:
    """Return whether a blind review was on of the results of a place when they were open last.

    What a recording is known by is read long after its table is shown: until then every verdict
    of such results is hidden.
    """
    return _marker(data, place).is_file()


def mark_blind(data: Path, place: str, on: bool) -> None:
    """Remember whether a blind review is on of the results of a place; see :func:`is_blind`."""
    marker = _marker(data, place)
    if not on:
        with contextlib.suppress(OSError):
            marker.unlink(missing_ok=True)
    elif not marker.is_file():
        write_queue(marker, "")


def _marker(data: Path, place: str) -> Path:
    name = hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()[:24]
    return data / QUEUES / f"blind-{name}"
