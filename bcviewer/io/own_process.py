"""How this program is started once more, as a process of its own: the helper, the report."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

import bcviewer


def command(module: str, *options: str) -> list[str]:
    """Return what starts one of our modules.

    Parameters
    ----------
    module : str
        The module, where there is a Python to run it.
    *options : str
        Options for Python; a frozen bundle has no use for them, nor for the module.

    Raises
    ------
    FileNotFoundError
        Where this Python does not know its own executable.
    """
    if not sys.executable:
        raise FileNotFoundError("this Python does not know its own executable")
    if getattr(sys, "frozen", False):
        return [sys.executable]
    # -P: the current folder may hold a recording, and a numpy.py there is none of our modules.
    return [sys.executable, "-P", *options, "-m", module]


def environment() -> dict[str, str]:
    """Return our environment, with a module path that is the same from anywhere."""
    found = dict(os.environ)
    given = found.pop("PYTHONPATH", "")
    path = [str(Path(part).absolute()) for part in given.split(os.pathsep) if part]
    root = Path(bcviewer.__file__).resolve().parent.parent
    installed = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    if root not in installed and not getattr(sys, "frozen", False):
        path.append(str(root))
    if path:
        found["PYTHONPATH"] = os.pathsep.join(path)
    return found
