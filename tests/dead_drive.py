"""A stand-in for a drive that never answers: the functions that open files block below a folder."""

from __future__ import annotations

import builtins
import io
import os
import threading
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PATCHED = (
    (os, "stat"),
    (os, "lstat"),
    (os, "open"),
    (os, "scandir"),
    (os, "listdir"),
    (os, "mkdir"),
    (io, "open"),
    (builtins, "open"),
    (np, "fromfile"),
)


class DeadDrive:
    """A folder whose files answer until :meth:`die`.

    Attributes
    ----------
    by_main : list of str
        Where the main thread looked at it since it died: that must never be.
    asked : threading.Event
        Set when some other thread hangs in it.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = str(folder)
        self.by_main: list[str] = []
        self.asked = threading.Event()
        self._answers = threading.Event()
        self._answers.set()
        for module, name in PATCHED:
            monkeypatch.setattr(module, name, self._blocking(getattr(module, name)))

    def die(self) -> None:
        """Answer nothing any more."""
        self._answers.clear()

    def come_back(self) -> None:
        """Answer what was asked."""
        self._answers.set()

    def _blocking(self, real: Any) -> Any:
        def call(path: Any, *args: Any, **named: Any) -> Any:
            if not self._answers.is_set() and isinstance(path, (str, os.PathLike)):
                below = str(path) == self.folder or str(path).startswith(self.folder + os.sep)
                if below and threading.current_thread() is threading.main_thread():
                    self.by_main.append("".join(traceback.format_stack(limit=8)))
                    raise OSError("the main thread would hang")
                if below:
                    self.asked.set()
                    assert self._answers.wait(60)
            return real(path, *args, **named)

        return call
