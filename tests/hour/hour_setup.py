"""What an hour needs: a screen, a copy of the recording, homes of its own, and their end."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPO = HERE.parents[1]
SIZE = "2600x900x24"
SAVED = ("cluster_", "spike_clusters.npy")
"""How files are called that phy writes as it saves."""


class Setup:
    """Holds the folders and the processes of an hour; ``close`` ends what it started.

    Attributes
    ----------
    out, folder, run, home : Path
        Where rows go; the copied recording; the folder of sockets; the home of both programs.
    tree : Path
        Whose package is run.
    env : dict of str to str
        The environment of both programs.
    """

    def __init__(self) -> None:
        self.out = Path(os.environ.get("OUT") or tempfile.mkdtemp(prefix="bcviewer-hour-"))
        self.out.mkdir(parents=True, exist_ok=True)
        self.out = self.out.resolve()
        self.tree = Path(os.environ.get("TREE") or REPO).resolve()
        self.phy = os.environ.get("BCVIEWER_PHY", "phy")
        self.display = os.environ.get("HOUR_DISPLAY", ":79")
        self.started: list[subprocess.Popen[bytes]] = []
        self.run = Path(tempfile.mkdtemp(prefix="bcvh-", dir="/tmp"))  # a socket's path is short
        self.home = self.out / "home"
        self.folder = self._copied()
        self._link()
        self.env = self._environment()
        self._screen()

    def _copied(self) -> Path:
        shared = os.environ.get("BCVIEWER_SHARED_DATA") or REPO.parent / "shared" / "data"
        given = Path(os.environ.get("RECORDING") or Path(shared, "sim_3probes", "kilosort4_B"))
        if not given.is_dir():
            raise SystemExit(f"{given} is not there: set BCVIEWER_SHARED_DATA or RECORDING")
        copy = self.out / "recording" / given.name
        if copy.exists():
            shutil.rmtree(copy)
        shutil.copytree(given, copy)
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        return copy

    def _link(self) -> None:
        """Put the link, and the driver's own probe, where phy looks for plugins."""
        plugins = self.home / ".phy" / "plugins"
        plugins.mkdir(parents=True, exist_ok=True)
        resources = self.tree / "resources" / "phy"
        shutil.copy(resources / "bcviewer_link.py", plugins)
        shutil.copy(HERE / "hour_phy_probe.py", plugins)

    def _environment(self) -> dict[str, str]:
        left_out = ("BCVIEWER_", "PYTHONPATH", "QT_", "WAYLAND_DISPLAY")
        env = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
        return env | {
            "DISPLAY": self.display,
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.run),
            "QT_QPA_PLATFORM": "xcb",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }

    def _screen(self) -> None:
        """Start a screen and its window manager, unless it is there."""
        if self._is_screen():
            return
        self.start(["Xvfb", self.display, "-screen", "0", SIZE], "screen.log")
        time.sleep(2)
        self.start(["openbox"], "screen.log")
        time.sleep(1)

    def _is_screen(self) -> bool:
        """Whether an X server answers; one that was killed has left its socket."""
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(f"/tmp/.X11-unix/X{self.display.lstrip(':')}")
            except OSError:
                return False
        return True

    def start(
        self, command: list[str], log: str, cwd: Path | None = None, **env: str
    ) -> subprocess.Popen[bytes]:
        """Start a process in a group of its own; what it says is added to a log."""
        with (self.out / log).open("ab") as file:
            started = subprocess.Popen(
                command,
                cwd=cwd,
                env=self.env | env,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        self.started.append(started)
        return started

    def close(self) -> None:
        """End every process of each group that was started here, the screen's last."""
        for process in reversed(self.started):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                asked = process.args[0] == "Xvfb"  # it then removes its socket
                os.killpg(process.pid, signal.SIGTERM if asked else signal.SIGKILL)
            process.wait(10)
        shutil.rmtree(self.run, ignore_errors=True)


def python() -> list[str]:
    return [sys.executable, "-X", "faulthandler"]


def fingerprint(folder: Path, *, of_phy: bool = False) -> dict[str, str]:
    """Return the files of a recording that neither phy nor bcviewer may change, with their hash.

    ``of_phy``: those that phy writes as it saves, and nobody else.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        wanted = name.startswith(SAVED) if of_phy else not may_change(name)
        if path.is_file() and wanted:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def may_change(name: str) -> bool:
    """Whether phy, saving, or the program's journals may write a file of a recording."""
    return name.startswith((*SAVED, ".phy/", "phy.log", "spikes_", "bombcell/bcviewer/"))


def lines_of(path: Path, last: int | None = None) -> list[dict[str, Any]]:
    """Return the rows of a file, or of its last bytes; a line that was cut is left out."""
    found: list[dict[str, Any]] = []
    if not path.exists():
        return found
    with path.open("rb") as file:
        file.seek(0 if last is None else max(0, path.stat().st_size - last))
        data = file.read()
    for line in data.decode("utf-8", errors="replace").splitlines():
        with contextlib.suppress(ValueError):
            found.append(json.loads(line))
    return found
