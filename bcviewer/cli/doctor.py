"""``bcviewer doctor``: what this installation is and lacks, to be pasted into a report. No Qt.

Qt is asked in a process of its own, and so is bombcell: what aborts there is told here.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import bcviewer
from bcviewer.io import system_libraries
from bcviewer.io.files import home
from bcviewer.io.journal.user_data import journals_folder
from bcviewer.io.own_process import command, environment, give_back_environment
from bcviewer.io.terminal import DATA_AT_FAULT, OK, out
from bcviewer.oracle.client import Bombcell

DISTRIBUTIONS = {
    "numpy": "numpy", "pandas": "pandas", "pyarrow": "pyarrow", "jinja2": "jinja2",
    "PySide6-Essentials": "PySide6", "pyqtgraph": "pyqtgraph", "matplotlib": "matplotlib",
    "bombcell": "bombcell",
}  # fmt: skip
"""What is told of by name, and the module by which one sees whether it is there."""
SURROUNDINGS = (
    "DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "QT_QPA_PLATFORM", "QT_SCALE_FACTOR",
    "QT_PLUGIN_PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "BCVIEWER_CONFIG_DIR",
)  # fmt: skip
"""Environment variables by which a Qt program is led astray."""
_TIMEOUT_S = 60.0
QT_FACTS = "--qt-facts"
"""What asks a frozen bundle for :mod:`bcviewer.frame.qt_facts`."""


def run_doctor(given: argparse.Namespace) -> int:  # noqa: ARG001  # it has no options
    """Print it; return 0 where the window and bombcell can start, 1 where one cannot."""
    give_back_environment()  # what a bundle sets for itself led nobody astray
    out(f"bcviewer {bcviewer.__version__}, {_installed()}")
    out(f"Python {platform.python_version()}, {platform.platform()}")
    out(f"Packages: {', '.join(f'{name} {_version(name)}' for name in DISTRIBUTIONS)}")
    missing = system_libraries.missing()
    if missing:
        out(f"System libraries missing: {', '.join(missing)}")
        out(f"  {system_libraries.install_words(missing)}")
    elif sys.platform.startswith("linux"):
        out("System libraries: all there")
    qt_starts = _say_qt()
    bombcell_starts = _say_bombcell()
    out(f"Labels: {_place(journals_folder())}")
    phy = shutil.which("phy")
    out(f"phy: {_shown(Path(phy)) if phy else 'not on the PATH'}")
    said = [f"{name}={os.environ[name]}" for name in SURROUNDINGS if os.environ.get(name)]
    out(f"Environment: {_without_home(', '.join(said)) or 'nothing of note'}")
    return OK if qt_starts and bombcell_starts else DATA_AT_FAULT


def _installed() -> str:
    place = _shown(Path(bcviewer.__file__).parent)
    return f"a bundle in {place}" if getattr(sys, "frozen", False) else f"in {place}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # installed by other means, it may be there all the same
        there = importlib.util.find_spec(DISTRIBUTIONS[name]) is not None
        return "of unknown version" if there else "missing"


def _say_qt() -> bool:
    facts, why = _qt_facts()
    if facts is None:
        out(f"Qt: does not start: {why}")
        return False
    out(f"Qt: {facts['version']}, platform {facts['platform']}, {facts['screens']}")
    for name in ("settings", "log", "cache"):
        out(f"{name.capitalize()}: {_place(Path(facts[name]))}")
    return True


def _qt_facts() -> tuple[dict[str, str] | None, str]:
    """Return what Qt says of itself, or None and why it says nothing."""
    try:
        words = command("bcviewer.frame.qt_facts")
        if getattr(sys, "frozen", False):
            words.append(QT_FACTS)
        done = subprocess.run(  # noqa: S603  # our own module
            words, capture_output=True, env=environment(), timeout=_TIMEOUT_S, check=False
        )
        if done.returncode == 0:
            return dict(json.loads(done.stdout)), ""
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return None, str(error)
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return None, " ".join(lines[-2:]) or f"it ended with status {done.returncode}"


def _say_bombcell() -> bool:
    begun = time.monotonic()
    with Bombcell(_TIMEOUT_S) as bombcell:
        found = bombcell.version()
    if not found:
        out("bombcell: cannot be asked: labels are not verified, and nothing can be run")
        return False
    out(f"bombcell: {found}, answered after {time.monotonic() - begun:.1f} s")
    return True


def _place(path: Path) -> str:
    """Return a folder or file, and whether one can write there; nothing is made."""
    there = next((part for part in (path, *path.parents) if part.exists()), None)
    writable = there is not None and os.access(there, os.W_OK)
    return f"{_shown(path)} ({'writable' if writable else 'not writable'})"


def _shown(path: Path) -> str:
    return _without_home(str(path))


def _without_home(text: str) -> str:
    """Return a text without the person's name in their own folder's path: it is to be shared."""
    own = str(home())
    return text if len(own) < 2 else text.replace(own, "~")
