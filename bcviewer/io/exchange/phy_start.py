"""Starts phy on a directory and tells why it ended, where it did so at once. No Qt.

phy outlives this program and nobody reads what it prints: its output goes to a file without a
name, for a pipe would fill up and stop it, or break when this program ends.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from bcviewer.errors import PreferenceError, UserError
from bcviewer.io import names
from bcviewer.io.exchange.bring_forward import bring_forward
from bcviewer.io.exchange.phy_open import phy_process, unclosed_words
from bcviewer.io.files import expanded, one_line, reason

WATCHED_S = 20.0
"""How long phy is watched, s: importing takes it some seconds, and only then it can fail."""
AT_ONCE_S = 3.0
"""phy that ends within this time without an error has not been of use to anybody, s."""
MOST_PRINTED = 1_000_000
"""What phy has printed beyond this is dropped while this program runs, bytes."""
_TAIL = 8192
_LINES = 3
_XCB = b'platform plugin "xcb"'


@dataclass(slots=True)
class Started:
    """A phy that was started.

    Attributes
    ----------
    folder : Path
        The directory it is open on.
    process : subprocess.Popen
        The process.
    warning : str
        A sentence where another phy seems to be open on the directory, on another machine maybe.
    """

    folder: Path
    process: subprocess.Popen[bytes]
    printed: IO[bytes]
    warning: str = ""
    _before: bytes = b""
    since: float = field(default_factory=time.monotonic)

    @property
    def age(self) -> float:
        """How long ago it was started, s."""
        return time.monotonic() - self.since

    def failure(self) -> UserError | None:
        """Return why phy ended where it did so at once, None where it runs or was closed."""
        status = self.process.poll()
        if status is None or (status == 0 and self.age > AT_ONCE_S):
            return None
        tail = self._tail()
        said = last_lines(tail) or "it printed nothing"
        how = f"with exit status {status}" if status >= 0 else f"by signal {-status}"
        hint = f"Try it in a terminal, in {self.folder}: phy template-gui params.py"
        if _XCB in tail:
            hint = "On Debian and Ubuntu: apt install libxcb-xinerama0"
        return UserError(f"phy ended at once on {self.folder.name} {how}: {said}.", hint)

    def _tail(self) -> bytes:
        """Return the end of what it printed."""
        with contextlib.suppress(OSError, ValueError):
            size = self.printed.seek(0, os.SEEK_END)
            self.printed.seek(max(size - _TAIL, 0))
            return (self._before + self.printed.read(_TAIL))[-_TAIL:]
        return self._before

    def trim(self) -> None:
        """Drop what it printed but for the end, where that is much: a session of phy is long."""
        if os.name == "nt":
            return  # what it prints next would be put where it is now, after zeros
        with contextlib.suppress(OSError, ValueError):
            if self.printed.seek(0, os.SEEK_END) > MOST_PRINTED:
                self._before = self._tail()
                self.printed.truncate(0)

    def forget(self) -> None:
        """Keep no hold on what it prints."""
        self.printed.close()


def last_lines(printed: bytes) -> str:
    """Return the last lines of what a program printed, as one line."""
    lines = [line for line in printed.decode("utf-8", "replace").splitlines() if line.strip()]
    return one_line(" · ".join(one_line(line, 160) for line in lines[-_LINES:]), 400).rstrip(".")


@dataclass(frozen=True, slots=True)
class FoundPhy:
    """A phy that is open on a directory already, and whose window is now in front, as far as known.

    Attributes
    ----------
    folder : Path
        The directory.
    process : int
        Its process.
    linked : bool
        Whether it is linked: it was asked over the link to come forward, too.
    why : str
        Why its window could not be brought forward from here; empty: it is in front.
    """

    folder: Path
    process: int
    linked: bool = False
    why: str = ""

    @property
    def words(self) -> str:
        """What there is to say of it."""
        if not self.linked:
            is_open = f"phy is open on {self.folder.name} already (process {self.process})"
            return f"{is_open}: its window is in front."
        where = "it may be behind other windows" if self.why else "its window is in front"
        tail = f": {self.why}" if self.why else ""
        return f"The phy that is linked shows what is highlighted here; {where}{tail}."


_running: list[Started] = []
"""Those that were started by this process, whichever window asked: two would overwrite each other's
work. A process object that goes before its process warns."""


def start_phy(command: str, folder: Path) -> Started | FoundPhy:
    """Start phy on a directory, or bring the one that is open on it forward.

    Parameters
    ----------
    command : str
        The program with its options; empty: ``phy`` on the PATH.
    folder : Path
        The Kilosort directory.

    Raises
    ------
    UserError
        If it is not there, cannot be started, or is open on the directory already and its window
        cannot be brought forward.
    """
    if (process := open_on(folder)) is not None:
        if not (why := bring_forward(process)):
            return FoundPhy(folder, process)
        raise UserError(
            f"phy is open on {folder.name} already (process {process}), and its window could not "
            f"be brought forward: {why}.",
            "Go to its window: two would overwrite each other's work.",
        )
    program, options = find_program(command or "phy")
    if not (folder / names.PARAMS_PY).is_file():
        raise UserError(
            f"{folder}: there is no params.py, which phy needs.",
            "Copy it here from the Kilosort directory.",
        )
    warning = unclosed_words(folder)
    words = [program, *options, "template-gui", names.PARAMS_PY]
    started = Started(folder, *_spawn(words, folder), warning)
    _running.append(started)
    return started


def bring_linked(folder: Path, process: int) -> FoundPhy:
    """Bring a phy forward that is linked: it says itself that it has a directory open.

    Parameters
    ----------
    folder : Path
        The Kilosort directory.
    process : int
        Its process, as it says.
    """
    return FoundPhy(folder, process, linked=True, why=bring_forward(process))


def open_on(folder: Path) -> int | None:
    """Return the id of a process that is phy on a directory, None where none is seen."""
    _running[:] = [one for one in _running if one.process.poll() is None]
    mine = (one.process.pid for one in _running if one.folder == folder)
    if (found := next(mine, None)) is not None:
        return found
    return phy_process(folder) if sys.platform == "linux" else None


def find_program(text: str) -> tuple[str, list[str]]:
    """Return a program's path and its options.

    Raises
    ------
    PreferenceError
        If there is no such program.
    """
    name, *options = split_command(text)
    home = name.startswith("~")  # Path() would take the “./” away, which says: not on the PATH
    program = shutil.which(str(expanded(name)) if home else name)
    if program is None:
        raise PreferenceError(f"{name}: not found.", "Set where phy is in File > Preferences.")
    return str(Path(program).absolute()), options  # phy is started in another folder


def split_command(text: str) -> list[str]:
    """Return a program and its options; a path with blanks may be typed without quotes.

    Raises
    ------
    UserError
        Where a quote is not closed.
    """
    if expanded(text).is_file():
        return [text]
    try:
        parts = shlex.split(text, posix=os.name != "nt")
    except ValueError as error:
        raise UserError(f"{text}: {error}.", "Set where phy is in File > Preferences.") from None
    return [part.strip('"') for part in parts] or ["phy"]


def _spawn(words: list[str], folder: Path) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    """Start a program that outlives this one; return it and what it prints."""
    alone: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        alone = {"creationflags": flags}
    try:
        made, name = tempfile.mkstemp(prefix="bcviewer-phy-")
        os.close(made)
        # Opened twice: a place in the file that is shared with phy would move as we read. It adds
        # at the end, wherever that is, so that we can cut the file.
        printed = Path(name).open("r+b", buffering=0)  # noqa: SIM115 - as long as phy runs
        handle = os.open(name, os.O_WRONLY | os.O_APPEND)
        with contextlib.suppress(OSError):  # Windows keeps it as long as it is open
            Path(name).unlink()
        try:
            process = subprocess.Popen(  # noqa: S603 - the person's own program, no shell
                words,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=handle,
                env=_environment(),
                **alone,
            )
        except OSError:
            printed.close()
            raise
        finally:
            os.close(handle)
    except OSError as error:
        raise UserError(
            f"{words[0]}: could not be started: {reason(error)}.", "Try it in a terminal."
        ) from None
    return process, printed


def _environment() -> dict[str, str]:
    """Return our environment without what a frozen bundle adds for its own libraries."""
    found = dict(os.environ)
    if getattr(sys, "frozen", False) and sys.platform != "win32":
        for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
            before = found.pop(f"{name}_ORIG", None)
            found.pop(name, None)
            if before is not None:
                found[name] = before
    return found
