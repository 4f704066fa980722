"""Brings the window of another program forward, or says why it could not. No Qt.

Each system has a way of its own, and none may be refused quietly: a window counts as brought
forward only where the system says afterwards that it is the active one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from enum import Enum

from bcviewer.io.exchange.process_tree import family, parents
from bcviewer.io.files import one_line, reason

NO_WINDOW = "it has no window on this screen"
REFUSED = "the system did not let it come forward"
_WAYLAND = "Wayland lets no program bring another's window forward"
_NO_SCREEN = "no screen is known here (DISPLAY is not set)"
_MAC_S = 10.0
"""So long macOS may ask the person whether we may do that, s."""


class Way(Enum):
    """How windows are brought forward."""

    X11 = "x11"
    WINDOWS = "windows"
    MAC = "mac"
    NONE = "none"


def way_of(platform: str, environ: Mapping[str, str]) -> tuple[Way, str]:
    """Return how windows are brought forward here, and what to say where none is found that way.

    Parameters
    ----------
    platform : str
        As in ``sys.platform``.
    environ : mapping of str to str
        The environment. Beside Wayland there may be X11 for programs that know nothing else: phy
        2.1 is one of them on most machines.
    """
    if platform == "win32":
        return Way.WINDOWS, NO_WINDOW
    if platform == "darwin":
        return Way.MAC, NO_WINDOW
    wayland = bool(environ.get("WAYLAND_DISPLAY")) or environ.get("XDG_SESSION_TYPE") == "wayland"
    if environ.get("DISPLAY"):
        return Way.X11, _WAYLAND if wayland else NO_WINDOW
    return Way.NONE, _WAYLAND if wayland else _NO_SCREEN


def bring_forward(process: int) -> str:
    """Bring the window of a process, or of one that it started, to the front.

    Parameters
    ----------
    process : int
        The id of a process of this machine.

    Returns
    -------
    str
        Why it could not be brought forward, as a part of a sentence; empty: it is in front.
    """
    way, none = way_of(sys.platform, os.environ)
    if way is Way.NONE:
        return none
    try:
        found = family(process, parents())
        # phy says its own number, which in a container is another's here: of one that started us
        came = os.getpid() not in found - {process} and _bring(way, found)
    except LookupError:
        return none
    except (OSError, AttributeError) as error:  # no such library, or one without the function
        return one_line(reason(error), 160)
    return "" if came else REFUSED


def _bring(way: Way, processes: frozenset[int]) -> bool:
    """Bring a window of some processes forward; return whether it came.

    Raises
    ------
    LookupError
        If none of them has a window.
    OSError
        If the system cannot be asked.
    """
    # ctypes and what it loads are needed here only, and not where the program starts.
    if way is Way.X11:
        from bcviewer.io.exchange.x11_windows import bring

        return bring(processes)
    if sys.platform == "win32":
        from bcviewer.io.exchange.win32_windows import bring as bring_on_windows

        return bring_on_windows(processes)
    return _bring_on_mac(processes)


def mac_words(process: int) -> list[str]:
    """Return the command that brings a program forward on macOS."""
    script = (
        'tell application "System Events" to set frontmost of '
        f"(first process whose unix id is {process:d}) to true"
    )
    return ["/usr/bin/osascript", "-e", script]


def _bring_on_mac(processes: Iterable[int]) -> bool:
    said = b""
    for process in sorted(processes):
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program, and a number
                mac_words(process), capture_output=True, timeout=_MAC_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise OSError("macOS has not answered whether bcviewer may do that") from None
        if not done.returncode:
            return True
        said = done.stderr
    if b"-1719" in said or b"-1728" in said:  # no such process in the list of programs
        raise LookupError
    raise OSError(said.decode("utf-8", "replace").strip().rstrip(".") or REFUSED)
