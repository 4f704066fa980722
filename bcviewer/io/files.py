"""What every reader does before it trusts a file: is it one, can it be read, how large is it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from bcviewer.errors import UserError

_COMMON = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0) | getattr(os, "O_CLOEXEC", 0)
_COMMON |= getattr(os, "O_NONBLOCK", 0)  # a pipe that was put here meanwhile is not waited for
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What begins a text that a spreadsheet runs, or splits."""

LONGEST_PATH = 4096
"""Characters of a path that is shown whole."""


class TooLargeError(UserError):
    """A file that would need more memory than its size should; never read another way."""


def one_line(text: object, limit: int = 160) -> str:
    """Return a text as one printable line of at most ``limit`` characters.

    Labels and paths come from files anybody may have written: control and right-to-left
    characters become spaces, so that a message cannot break or reorder its line.
    """
    plain = " ".join(printable(str(text)[: 4 * limit], 4 * limit).split())
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def printable(text: str, limit: int) -> str:
    """Return a text with blanks for what cannot be printed, outer blanks kept."""
    plain = "".join(c if c.isprintable() else " " for c in text[: limit + 1])
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def home() -> Path:
    """Return the person's own folder; the root where nothing says which."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/")


def expanded(path: str | Path) -> Path:
    """Return a path with the folder that ``~`` stands for; that of nobody known is a plain name."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def reason(error: BaseException) -> str:
    """Return why reading failed, in a few words."""
    if isinstance(error, UserError):
        return error.message
    if isinstance(error, PermissionError):
        return "permission denied"
    if isinstance(error, OSError) and error.strerror:
        return one_line(error.strerror.lower())
    if isinstance(error, MemoryError):
        return "not enough memory to read it"
    words = str(error).strip()
    return one_line(words.splitlines()[0], 100) if words else type(error).__name__


def failure(error: BaseException) -> UserError:
    """Return the error to raise for a file that could not be read: damaged, or not to be had."""
    if isinstance(error, (PermissionError, MemoryError)):
        return UserError(reason(error))
    return UserError(f"damaged ({reason(error)})")


def file_size(path: Path, *, limit: int | None = None) -> int:
    """Return the size of a regular, non-empty file in bytes.

    Anything else is refused before it is opened: opening a pipe would wait for ever.

    Parameters
    ----------
    path : Path
        The file.
    limit : int, optional
        Largest size that is read.

    Raises
    ------
    UserError
        The message is a reason without the file's name: the caller puts that in front.
    """
    try:
        info = path.stat()
    except (OSError, ValueError) as error:
        missing = isinstance(error, FileNotFoundError)
        raise UserError("not there" if missing else reason(error)) from None
    if not stat.S_ISREG(info.st_mode):
        raise UserError("not a file")
    if info.st_size == 0:
        raise UserError("empty (zero bytes)")
    if limit is not None and info.st_size > limit:
        raise TooLargeError(f"{info.st_size / 1e6:,.0f} MB, more than is read ({limit / 1e6:g} MB)")
    return info.st_size


def read_bytes(path: Path, limit: int) -> bytes:
    """Return the contents of a file that is not larger than ``limit`` bytes.

    No more is ever read than its size was, however much comes.
    """
    size = file_size(path, limit=limit)
    try:
        with open_input(path) as file:
            return file.read(size)
    except OSError as error:
        raise UserError(reason(error)) from None


def open_input(path: Path, *, follow: bool = True) -> BinaryIO:
    """Open a regular file for reading; never waits, whatever is there.

    Parameters
    ----------
    path : Path
        The file.
    follow : bool
        Whether it may be a link: a recording's own files often are (git-annex, backups), what
        we wrote ourselves never is.

    Raises
    ------
    UserError
        If it is a pipe, a device, a folder, or a link where none is followed. The message is a
        reason without the file's name.
    OSError
        If the system does not open it.
    """
    _check_kind(path.stat() if follow else path.lstat())  # opening a device can have effects
    fd = os.open(path, os.O_RDONLY | _COMMON | (0 if follow else _NO_LINK))
    try:
        _check_kind(os.fstat(fd))  # of what was really opened
        return os.fdopen(fd, "rb")
    except BaseException:
        os.close(fd)
        raise


def open_ours(path: Path, flags: int) -> int:
    """Open a file that we write, made if the flags say so, and return its descriptor.

    A link is never followed, nor a file written that has a second name elsewhere: whoever may
    write to a shared folder could put one there, and have us write to what it stands for.

    Parameters
    ----------
    path : Path
        The file.
    flags : int
        As of ``os.open``.

    Raises
    ------
    UserError
        If it is there and is no regular file with one name. The message is a reason without the
        file's name.
    OSError
        If the system does not open it.
    """
    try:
        _check_ours(path.lstat())
    except FileNotFoundError:
        if not flags & os.O_CREAT:
            raise
    fd = os.open(path, flags | _COMMON | _NO_LINK, 0o666)
    try:
        _check_ours(os.fstat(fd))
    except BaseException:
        os.close(fd)
        raise
    return fd


def _check_kind(info: os.stat_result) -> None:
    if stat.S_ISLNK(info.st_mode):
        raise UserError("a link to elsewhere")
    if not stat.S_ISREG(info.st_mode):
        raise UserError("not a file")


def _check_ours(info: os.stat_result) -> None:
    if stat.S_ISLNK(info.st_mode):
        raise UserError("its file is a link to elsewhere")
    if not stat.S_ISREG(info.st_mode):
        raise UserError("its file is a pipe, a device or a folder")
    if info.st_nlink > 1:
        raise UserError("its file has a second name elsewhere (a hard link)")


def decode(data: bytes) -> str:
    """Return text in UTF-8 (with or without a mark), UTF-16 with a mark, else Latin-1."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
