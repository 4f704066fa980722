"""The trace: one JSON line for each milestone and each interaction.

Fields of a line
----------------
t : float
    Seconds since the process started.
event : str
    ``start`` (the program's first line ran), ``window`` (shown), ``loaded`` (a run's table is
    there), ``painted`` (the table with its rows is on screen), ``plots`` (the plots are ready),
    ``verified``, ``step``, ``sort``, ``filter``, ``error``.
ms : float, optional
    How long it took, in milliseconds, until the window was repainted.
Other fields say what it was about (``units``, ``path``, ``status``).
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import IO

from PySide6.QtCore import QObject

from bcviewer.errors import UserError
from bcviewer.io.put_file import final_place
from bcviewer.io.terminal import say_error

_IMPORTED = time.monotonic()


def process_age() -> float:
    """Return seconds since the process started (since this module was imported, off Linux)."""
    try:
        fields = Path("/proc/self/stat").read_text("ascii").rpartition(")")[2].split()
        started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started
    except (OSError, ValueError, IndexError, AttributeError):
        return time.monotonic() - _IMPORTED


class Trace(QObject):
    """Writes the trace file, line by line, flushed; does nothing without a file."""

    def __init__(self, path: str | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._age = process_age()
        self._clock = time.perf_counter()
        self._file: IO[str] | None = None
        if path:
            try:
                self._file = final_place(Path(path)).open("w", encoding="utf-8")
            except OSError as error:
                why = error.strerror or str(error)
                raise UserError(f"{path}: the trace cannot be written: {why}.") from None

    @property
    def on(self) -> bool:
        """Whether there is a file to write to."""
        return self._file is not None

    def write(self, event: str, **fields: object) -> None:
        """Write one line; a full disk ends the trace, and nothing else."""
        if self._file is None:
            return
        t = self._age + time.perf_counter() - self._clock
        try:
            self._file.write(json.dumps({"t": round(t, 4), "event": event, **fields}) + "\n")
            self._file.flush()
        except OSError as error:
            self.close()
            say_error(f"the trace ends, as it cannot be written: {error.strerror or error}.")

    def close(self) -> None:
        """Close the file."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):  # what it still holds had no room before
                file.close()
