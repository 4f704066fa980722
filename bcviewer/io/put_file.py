"""Puts one file where a person said: whole or not at all, and only where a file can be."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from bcviewer.errors import UsageError, UserError
from bcviewer.io.resources import is_of_demo

_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def final_place(path: Path) -> Path:
    """Return the regular file that a path stands for, or where a new one would be.

    A link is followed, so that what it leads to is written and the link stays; a pipe or a
    device is refused: a file put in its place would take it away from whoever reads it.

    Raises
    ------
    UsageError
        If there is no folder to write to, or something else than a file is in the way, or it is
        in the recording that ships with the program.
    """
    refuse_demo(path)
    try:
        place = path.resolve() if path.is_symlink() else path
        mode = place.stat().st_mode
    except FileNotFoundError:
        if not place.parent.is_dir():
            raise UsageError(_no_folder(path)) from None
        return place
    except NotADirectoryError:
        raise UsageError(_no_folder(path)) from None
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a loop of links
        why = getattr(error, "strerror", None) or "a link that leads nowhere"
        raise UsageError(f"{path}: cannot be written: {why}.", "Give another name.") from None
    if not stat.S_ISREG(mode):
        kind = next((name for test, name in _KINDS if test(mode)), "no file")
        raise UsageError(f"{path}: is {kind}.", "Give the name of a file.")
    return place


def refuse_demo(path: Path) -> None:
    """Refuse a place in the recording that ships with the program: every user would read it.

    Raises
    ------
    UsageError
        If it is there.
    """
    if is_of_demo(path):
        hint = "Write a table elsewhere, or open a copy of the demo."
        raise UsageError(f"{path}: the demo recording is not written to.", hint)


def refuse_link(path: Path) -> None:
    """Refuse a link at a place that nobody named: a recording may hold one that leads anywhere.

    Raises
    ------
    UserError
        If there is a link.
    """
    if path.is_symlink():
        raise UserError(f"{path}: is a link, and is not followed.", "Remove it, or name a file.")


def _no_folder(path: Path) -> str:
    return f"{path}: cannot be written: there is no such folder to write to."


def write_atomically(path: Path, write: Callable[[Path], None], folder: Path | None = None) -> None:
    """Let ``write`` make a temporary file beside a place, then put it there.

    Parameters
    ----------
    path : Path
        Where to; a link is followed as by :func:`final_place`.
    write : callable
        Fills the temporary file whose path it is given.
    folder : Path, optional
        Where that file is meanwhile, instead of beside the place: on the same drive.

    Raises
    ------
    UserError
        If nothing can be written there; what was there is then as it was.
    """
    place = final_place(path)
    try:
        temporary = new_beside(place if folder is None else folder / place.name)
    except OSError as error:
        raise UserError(
            f"{path}: cannot be written: {error.strerror or error}.", "Choose another folder."
        ) from None
    try:
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        final_place(place)  # it may have become something else meanwhile
        temporary.replace(place)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror or error}.") from None
    finally:
        temporary.unlink(missing_ok=True)


def hidden_name(path: Path) -> Path:
    """Return a name beside a file's that nothing has and nothing reads."""
    return path.with_name(f".{path.stem[:40]}.{secrets.token_hex(6)}")


def new_beside(path: Path) -> Path:
    """Make an empty file beside a place and return its path.

    It has the mode of any new file. The mask of modes is not asked for: that would mean to change
    it, and a file that another thread makes meanwhile would be everybody's to write.

    Raises
    ------
    OSError
        If none can be made.
    """
    new = hidden_name(path)
    new.touch(0o666, exist_ok=False)
    return new


def flush_folder(folder: Path) -> None:
    """Have a file's new name survive a power failure; not every system can flush a folder."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
