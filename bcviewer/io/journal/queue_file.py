"""The review queue of a recording, kept in the user's data folder; nothing in the results."""

from __future__ import annotations

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
