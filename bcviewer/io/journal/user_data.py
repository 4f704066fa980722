"""Where the curators' journals are on this machine, told without Qt for the command line."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bcviewer.io.files import home
from bcviewer.io.names import JOURNALS, RUN_LOGS

_OVERRIDE = "BCVIEWER_CONFIG_DIR"
_APP = "bcviewer"


def journals_folder() -> Path:
    """Return the local folder of all journals, where the window writes them."""
    return _data_folder() / JOURNALS


def run_logs_folder() -> Path:
    """Return where is kept what Bombcell printed when a run failed."""
    return _data_folder() / RUN_LOGS


def _data_folder() -> Path:
    override = os.environ.get(_OVERRIDE)
    return Path(override) if override else _data_home() / _APP


def _data_home() -> Path:
    """Return what Qt calls the generic data location."""
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else home() / "AppData" / "Local"
    if sys.platform == "darwin":
        return home() / "Library" / "Application Support"
    given = os.environ.get("XDG_DATA_HOME", "")
    own = os.environ.get("HOME") or "/"  # Qt asks nobody else
    return Path(given) if given.startswith("/") else Path(own) / ".local" / "share"
