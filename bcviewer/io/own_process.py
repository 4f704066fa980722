"""How this program is started once more, as a process of its own: the helper, the report."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

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


def start(
    program: Sequence[str], errors: IO[bytes], *, session: bool = False
) -> subprocess.Popen[bytes]:
    """Start a process that is talked to over pipes.

    It works in the folder of this Python: in a recording's it would keep that busy, and a strange
    one may hold anything.

    Parameters
    ----------
    program : sequence of str
        What :func:`command` returned.
    errors : file of bytes
        Where it goes what it prints.
    session : bool
        Whether it is the first of a session of its own: Ctrl+C in a terminal is not for it, and
        what it starts can be ended with it.

    Raises
    ------
    OSError
        Where it does not start.
    """
    options: dict[str, Any] = {"start_new_session": session}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NO_WINDOW}
    return subprocess.Popen(  # noqa: S603  our own interpreter and module
        program,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        cwd=sys.prefix,
        env=environment(),
        **options,
    )


def give_back_environment() -> None:
    """Take out of our environment what a frozen bundle has put there for itself alone.

    Whatever is started inherits it, and phy or a browser that loads our libraries and Qt's plugins
    from here fails. This process has read it by now, and those of ours are told to set it anew.
    """
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle is None:
        return
    os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"  # else they take it to be there
    for name in [name for name in os.environ if name.endswith("_PATH")]:
        parts = os.environ[name].split(os.pathsep)
        others = [part for part in parts if not Path(part).is_relative_to(bundle)]
        if not others:
            del os.environ[name]
        elif others != parts:
            os.environ[name] = os.pathsep.join(others)


def exit_words(status: int) -> str:
    """Return an exit status in words."""
    return f"signal {-status}" if status < 0 else f"exit status {status}"


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
