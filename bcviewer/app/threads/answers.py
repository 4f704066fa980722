"""Whether a folder answers, before the main thread or a dialog of the system looks into it."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from bcviewer.io.files import home

ANSWER_S = 0.3
"""A folder that has not answered after this time, s, is not looked into."""

_asked: dict[str, threading.Thread] = {}
"""Threads that ask a folder, by the folder: no folder is asked twice at a time."""
_saved = [""]
"""The folder where something was saved last."""


def is_silent(folder: str | Path, seconds: float = ANSWER_S) -> bool:
    """Return whether a folder has not answered within a time: neither is there, nor is not."""
    return _ask(str(folder), seconds) is None


def start_folder(*wanted: str | Path) -> str:
    """Return the first of some folders that is there and answers; else the person's own.

    A dialog that starts in a dead drive, as Qt's would in the folder that was visited last, hangs
    the program.
    """
    return next((str(f) for f in wanted if str(f) and _ask(str(f), ANSWER_S)), str(home()))


def start_file(name: str) -> str:
    """Return where a dialog offers to save a file: where something was saved last."""
    return str(Path(start_folder(_saved[0]), name))


def remember_saved(path: str | Path) -> None:
    """Remember where something was saved."""
    _saved[0] = str(Path(path).parent)


def _ask(place: str, seconds: float) -> bool | None:
    """Return whether a folder can be listed; None where it does not answer in time.

    It is asked in a thread that is left alone where the drive does not answer.
    """
    before = _asked.get(place)
    if before is not None and before.is_alive():
        return None
    found: list[bool] = []

    def ask() -> None:
        try:
            with os.scandir(place) as entries:
                next(entries, None)
            found.append(True)
        except (OSError, ValueError):
            found.append(False)

    thread = _asked[place] = threading.Thread(target=ask, name="answers", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        return None
    del _asked[place]
    return found[0]
