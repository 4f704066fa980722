"""Standard output and standard error, as they are: full, closed, not there, no terminal."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import TextIO

OK, DATA_AT_FAULT, WRONG_USAGE = 0, 1, 2
"""Exit statuses."""

_NO_READER = {errno.EPIPE} | ({errno.EINVAL} if sys.platform == "win32" else set())


class OutputError(Exception):
    """Standard output cannot be written: nothing that is printed reaches anybody.

    Attributes
    ----------
    why : str
        What the system says; empty where the reader has gone (``bcviewer audit … | head``).
    """

    def __init__(self, error: OSError | ValueError) -> None:
        super().__init__(str(error))
        gone = isinstance(error, OSError) and error.errno in _NO_READER
        self.why = "" if gone else getattr(error, "strerror", None) or str(error)


def use_utf8() -> None:
    """Write µ and ≥ whatever the locale; a terminal that cannot show them gets a ``?``."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def out(text: str) -> None:
    """Print a line; standard output may be None (Windows' GUI scripts).

    Raises
    ------
    OutputError
        If it cannot be printed.
    """
    if sys.stdout is None:
        return
    try:
        print(text)
    except (OSError, ValueError) as error:  # ValueError: it was closed
        raise OutputError(error) from None


def flush() -> None:
    """Hand over what was printed: what the interpreter flushes at its end cannot be caught.

    Raises
    ------
    OutputError
        If that is not possible.
    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        raise OutputError(error) from None


def drop(stream: TextIO | None) -> None:
    """Let what is still in a stream's buffer, and what comes, go nowhere."""
    if stream is None:
        return
    with contextlib.suppress(AttributeError, OSError, ValueError):  # a stand-in for a stream
        target = stream.fileno()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, target)
        os.close(null)


def say_error(text: str) -> None:
    """Write one line to standard error, where there is one that takes it."""
    line = " ".join(text.split())
    _say(f"bcviewer: {line}\n")


def show_progress(i: int, n: int, name: str) -> None:
    """Say on a terminal which probe of many is being read; a log or a pipe is not told."""
    if n > 3 and _on_a_terminal():
        _say(f"[{i}/{n}] {' '.join(name.split())}\n")


def show_search(text: str) -> None:
    """Say on a terminal how far a long search for recordings is."""
    if _on_a_terminal():
        _say(f"{' '.join(text.split())}\n")


def say_progress(text: str, *, always: bool) -> bool:
    """Say how far long work is: on a terminal each time, elsewhere where ``always``.

    Returns
    -------
    bool
        Whether it was said.
    """
    if always or _on_a_terminal():
        _say(f"{' '.join(text.split())}\n")
        return True
    return False


def show_tested(n_done: int, n_units: int) -> None:
    """Say on a terminal, now and then, how many units bombcell has tested anew."""
    if n_units >= _MANY_UNITS and n_done % _MANY_UNITS == 0 and _on_a_terminal():
        _say(f"RPV status: {n_done:,} of {n_units:,} done\n")


_MANY_UNITS = 100


def _on_a_terminal() -> bool:
    return sys.stderr is not None and not sys.stderr.closed and sys.stderr.isatty()


def _say(text: str) -> None:
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):  # nobody can be told; the exit status still says it
        drop(sys.stderr)
