"""Whether phy seems to be open on a directory, told without running anything.

Two signs are looked for, as phy 2.1 leaves them:

* On Linux, a process of this machine (of this user; of others only by its command line) that has
  the directory's ``phy.log`` open, or is phy's command with this directory's ``params.py``.
* Anywhere, and so also for phy on another machine that works on the same drive: ``phy.log`` is
  written from the moment phy opens, and ``.phy/state.json`` after its last line when phy closes. A
  log that is newer than the state means that phy has not closed. It may have crashed, so that only
  logs of the last day count.

What this cannot see: phy that was started with another log (none is known), or a log that cannot be
read. Nothing found is therefore no proof that phy is closed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from bcviewer.io import names

PROC = Path("/proc")
_RECENT_S = 86_400.0
_LATER_S = 2.0
"""Times of files are as coarse as this on some drives, s."""
_COMMANDS = ("phy", "phy.exe", "phy-script.py")


def phy_warning(ks_dir: Path, now: float | None = None) -> str:
    """Return a sentence where phy seems to be open on a directory, else an empty text.

    Parameters
    ----------
    ks_dir : Path
        The Kilosort directory.
    now : float, optional
        The time, s since 1970.
    """
    effect = "It shows what is exported only when it is opened again, and saving there writes back"
    effect += " what it read before: save and close it first."
    process = phy_process(ks_dir) if sys.platform == "linux" else None
    if process is not None:
        return f"phy is open on this directory (process {process}). {effect}"
    since = unclosed_since(ks_dir, time.time() if now is None else now)
    if since is None:
        return ""
    when = datetime.fromtimestamp(since).strftime("%H:%M")
    return f"phy seems to be open on this directory (its log is of {when}). {effect}"


def unclosed_words(ks_dir: Path, now: float | None = None) -> str:
    """Return a sentence where phy's log says that one was not closed, else an empty text."""
    since = unclosed_since(ks_dir, time.time() if now is None else now)
    if since is None:
        return ""
    when = datetime.fromtimestamp(since).strftime("%H:%M")
    return f"Its log says that a phy of {when} was not closed, maybe on another machine."


def unclosed_since(ks_dir: Path, now: float) -> float | None:
    """Return when phy last wrote its log, s since 1970, where it has not closed since."""
    log = _modified(ks_dir / names.PHY_LOG)
    state = _modified(ks_dir / names.PHY_FOLDER / names.PHY_STATE)
    if log is None or now - log > _RECENT_S:
        return None
    return log if state is None or log > state + _LATER_S else None


def _modified(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except (OSError, ValueError):
        return None


def phy_process(ks_dir: Path, proc: Path = PROC) -> int | None:
    """Return the id of a process of this machine that is phy on a directory, or None."""
    for process in _processes(proc):
        if _is_phy_on(process, ks_dir):
            return int(process.name)
    return None


def _processes(proc: Path) -> Iterator[Path]:
    try:
        entries = [entry for entry in proc.iterdir() if entry.name.isdecimal()]
    except OSError:
        return
    yield from sorted(entries, key=lambda entry: int(entry.name))


def _is_phy_on(process: Path, ks_dir: Path) -> bool:
    """Whether a process is phy on a directory; a process that has gone, or hides, is not."""
    try:
        words = [os.fsdecode(w) for w in (process / "cmdline").read_bytes().split(b"\0") if w]
    except OSError:
        return False
    if not any(Path(word).name in _COMMANDS or word == "phy.apps" for word in words[:4]):
        # Started in a notebook or a script: then its log tells.
        return any("python" in Path(w).name for w in words[:1]) and _has_log(process, ks_dir)
    try:
        cwd = (process / "cwd").readlink()
    except OSError:
        cwd = Path("/")  # another user's: only whole paths can be told
    given = [cwd / word for word in words if Path(word).name == names.PARAMS_PY]
    return any(_same(path.parent, ks_dir) for path in given) or _has_log(process, ks_dir)


def _has_log(process: Path, ks_dir: Path) -> bool:
    """Whether a process has the directory's log open."""
    try:
        files = [link.readlink() for link in (process / "fd").iterdir()]
    except OSError:
        return False
    logs = (file for file in files if file.name == names.PHY_LOG)
    return any(_same(log.parent, ks_dir) for log in logs)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False
