"""A file that lines are only ever added to, on a disk that may fill up, vanish or be re-made."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from bcviewer.errors import UserError
from bcviewer.io.files import open_ours, reason
from bcviewer.io.put_file import flush_folder

MAX_FILE = 256_000_000
"""Files larger than this are not read whole, bytes."""

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND


class AppendFile:
    """Makes sure that lines are in a file, on the disk, before a call returns.

    The file is looked at before each write. Where it is gone, was replaced or cut, all lines that
    it lacks are written again; where it ends within a line, the next one starts on a line of its
    own.

    Parameters
    ----------
    path : Path
        The file; it and its folders are made when there is something to write.
    keep_open : bool
        Whether it stays open between writes. On a network drive an open file would stop others
        from deleting the folder.
    """

    def __init__(self, path: Path, *, keep_open: bool) -> None:
        self.path = path
        self._keep_open = keep_open
        self._fd = -1
        self._size = -1
        self._identity = (0, 0)
        self._done = 0

    def ensure(self, lines: Sequence[bytes]) -> None:
        """Write those of the lines (without their ends) that the file lacks, and flush it to disk.

        Parameters
        ----------
        lines : sequence of bytes
            All lines that belong in the file; each call's begin with those of the call before.

        Raises
        ------
        UserError
            If they are not all there; what was written of the new ones is taken back where it
            can be. The message is a reason without the file's name.
        """
        try:
            data = self._lacking(lines)
            if data:
                self._write(data)
            self._done = len(lines)
        except (OSError, ValueError, UserError) as error:
            self.close()
            raise UserError(reason(error)) from None
        if not self._keep_open:
            self.close()

    def close(self) -> None:
        """Close the file."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with contextlib.suppress(OSError):  # what was acknowledged was flushed before
                os.close(fd)

    def _lacking(self, lines: Sequence[bytes]) -> bytes:
        """Return what to add to the file."""
        if self._as_left():
            if self._fd < 0:
                self._fd = open_ours(self.path, _FLAGS)
            return _joined(lines[self._done :])
        self.close()
        content = self._open()
        there = set(content.split(b"\n"))
        data = _joined([line for line in lines if line not in there])
        torn = bool(content) and not content.endswith(b"\n")
        return b"\n" + data if torn and data else data

    def _as_left(self) -> bool:
        """Whether the file is there as the last write left it."""
        if self._size < 0:
            return False
        try:
            there = self.path.lstat()
        except FileNotFoundError:
            return False
        return (there.st_dev, there.st_ino) == self._identity and there.st_size == self._size

    def _open(self) -> bytes:
        """Open the file, made if need be, and return what is in it."""
        new = not os.path.lexists(self.path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = open_ours(self.path, _FLAGS)
        if new:
            flush_folder(self.path.parent)
        info = os.fstat(self._fd)
        if info.st_size > MAX_FILE:
            raise ValueError("the journal is too large")
        self._identity, self._size = (info.st_dev, info.st_ino), info.st_size
        with open(self._fd, "rb", closefd=False) as file:
            return file.read(info.st_size)

    def _write(self, data: bytes) -> None:
        start = self._size
        try:
            _write_all(self._fd, data)
            os.fsync(self._fd)
        except OSError:
            self._size = -1
            with contextlib.suppress(OSError):  # else the next write finds half a line, and copes
                os.ftruncate(self._fd, start)
                os.fsync(self._fd)
            raise
        self._size = start + len(data)


def _joined(lines: Sequence[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
