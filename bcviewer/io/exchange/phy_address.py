"""Where a dataset's bcviewer and phy meet: the same path in both programs, whatever started them.

The plugin says it in the same way (``resources/phy/bcviewer_link.py``); a test holds both.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import sys
from pathlib import Path

_DIGITS = 20
"""Of the hash: with the longest usual folder a socket's path has less than 104 bytes."""


def user_key() -> str:
    """Return who this is, the same in both programs."""
    return str(os.getuid()) if sys.platform != "win32" else getpass.getuser().casefold()


def dataset_key(folder: Path) -> str:
    """Return the resolved path of a dataset. It looks at the drive."""
    return os.path.normcase(os.path.realpath(folder))


def address(folder: Path) -> str:
    """Return where the bcviewer of a dataset listens, and make the folder that is in.

    A full path in the user's runtime folder; on Windows the name of a pipe. It looks at drives.

    Raises
    ------
    OSError
        If the folder cannot be made.
    """
    words = f"{user_key()}\0{dataset_key(folder)}".encode("utf-8", "surrogateescape")
    name = "bcviewer-" + hashlib.sha256(words).hexdigest()[:_DIGITS]
    if sys.platform == "win32":
        return name
    said = os.environ.get("XDG_RUNTIME_DIR", "")
    for place in (said, f"/run/user/{user_key()}"):
        if Path(place).is_absolute() and Path(place).is_dir():
            return str(Path(place) / name)
    home = Path.home() / ".cache" / "bcviewer"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return str(home / name)
