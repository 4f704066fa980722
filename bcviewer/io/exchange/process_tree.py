"""Which processes another one started: a launcher's window is that of the program it runs."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_PS_S = 5.0


def family(process: int, parent_of: Mapping[int, int]) -> frozenset[int]:
    """Return a process and all that it started, by who started whom."""
    found = {process}
    grown = True
    while grown:
        more = {pid for pid, parent in parent_of.items() if parent in found} - found
        grown = bool(more)
        found |= more
    return frozenset(found)


def parents(proc: Path = Path("/proc")) -> dict[int, int]:
    """Return the parent of each process of this machine, as far as it can be known."""
    if sys.platform == "win32":
        from bcviewer.io.exchange.win32_windows import parents as parents_on_windows

        return parents_on_windows()
    if proc.is_dir():
        return _parents_in(proc)
    try:
        listed = subprocess.run(
            ["/bin/ps", "-axo", "pid=,ppid="], capture_output=True, timeout=_PS_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return pairs_of(listed.stdout.decode("ascii", "replace"))


def pairs_of(text: str) -> dict[int, int]:
    """Return who started whom, from lines of a process and its parent."""
    lines = (line.split() for line in text.splitlines())
    return {int(a): int(b) for a, b in (w for w in lines if len(w) == 2 and "".join(w).isdecimal())}


def _parents_in(proc: Path) -> dict[int, int]:
    found = {}
    for entry in proc.iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError, ValueError, IndexError):
                # The name before may hold anything, brackets and blanks, too.
                after = (entry / "stat").read_bytes().rpartition(b")")[2].split()
                found[int(entry.name)] = int(after[1])
    return found
