"""Keeps spike indexes between sessions, in a folder of the program's own; never in a recording."""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import tempfile
import time
import uuid
from pathlib import Path
from typing import IO

import numpy as np

from bcviewer.core.calls import Cancelled, TellProgress
from bcviewer.errors import UserError
from bcviewer.io.files import reason
from bcviewer.io.spikes.index_build import build
from bcviewer.io.spikes.index_file import VERSION, map_arrays, open_index
from bcviewer.io.spikes.spike_files import SpikeFiles
from bcviewer.io.spikes.spike_index import IndexArrays, IndexSize, SpikeIndex

MOST_BYTES = 8_000_000_000
"""The folder's size, above which the indexes that were not opened for longest are removed."""
_SUFFIX = ".spikes"
_UNFINISHED = ".unfinished"
_ABANDONED_S = 86_400
_TRIES = 2
_log = logging.getLogger(__name__)


def spike_index(
    files: SpikeFiles,
    folder: Path,
    progress: TellProgress | None = None,
    cancelled: Cancelled | None = None,
    most_bytes: int = MOST_BYTES,
) -> tuple[SpikeIndex, str]:
    """Return the index of a recording: the one that is kept, or a new one.

    Parameters
    ----------
    files : SpikeFiles
        The recording's files.
    folder : Path
        Where indexes are kept. Made where it is not there.
    progress, cancelled : callable, optional
        As in :func:`bcviewer.io.spikes.index_build.build`.
    most_bytes : int
        The folder's size; the index that is returned is never removed for it.

    Returns
    -------
    tuple of SpikeIndex and str
        The index, and why it could not be kept (empty: it could).

    Raises
    ------
    UserError
        If the recording's files cannot be read, or change all the time.
    CancelledError
        If ``cancelled`` said so. Nothing of the index is left then.
    """
    for _ in range(_TRIES):
        key = f"{VERSION}-{files.signature()}"
        path = folder / f"{key}{_SUFFIX}"
        try:
            found = open_index(path, key)
        except UserError as error:
            _log.info("spike index %s: %s", path.name, error)
        else:
            _mark_used(path)
            return found, ""
        index, note = _built(files, path, key, progress, cancelled)
        if files.signature() == key.partition("-")[2]:
            keep_below(folder, most_bytes, path)
            return index, note
        with contextlib.suppress(OSError):
            path.unlink()
    raise UserError("The spikes changed while they were read.", "Try again.")


def _built(
    files: SpikeFiles,
    path: Path,
    key: str,
    progress: TellProgress | None,
    cancelled: Cancelled | None,
) -> tuple[SpikeIndex, str]:
    """Build an index into its file, else into a temporary file, else into memory."""
    try:
        _build_file(files, path, key, progress, cancelled)
        return open_index(path, key), ""
    except OSError as error:
        note = f"The spike index could not be kept ({reason(error)}); it is built again next time."
    _log.warning("%s: %s", path.parent, note)
    try:
        with tempfile.TemporaryFile() as file:
            room = _Room(file, Path(tempfile.gettempdir()), key)
            return build(files, room.allocate, progress, cancelled), note
    except OSError as error:
        _log.warning("temporary files: %s", reason(error))
        return build(files, _in_memory, progress, cancelled), note


def _build_file(
    files: SpikeFiles,
    path: Path,
    key: str,
    progress: TellProgress | None,
    cancelled: Cancelled | None,
) -> None:
    """Write an index under another name and rename it: what has its name is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{uuid.uuid4().hex}{_UNFINISHED}")
    try:
        with unfinished.open("x+b") as file:
            room = _Room(file, path.parent, key)
            build(files, room.allocate, progress, cancelled)
            room.write_out()
        del room  # Windows renames no file that is mapped
        unfinished.replace(path)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()


class _Room:
    """Room for an index in a file."""

    def __init__(self, file: IO[bytes], folder: Path, key: str) -> None:
        self._file = file
        self._folder = folder
        self._key = key
        self._memory: mmap.mmap | None = None

    def allocate(self, shape: IndexSize) -> IndexArrays:
        """Map the file's room for the arrays; OSError where there is none."""
        arrays, self._memory = map_arrays(self._file, self._folder, shape, self._key)
        return arrays

    def write_out(self) -> None:
        """Wait until all of it is on the disk, so that a crash cannot leave half of it."""
        if self._memory is not None:
            self._memory.flush()
        with contextlib.suppress(OSError):  # some network file systems know no fsync
            os.fsync(self._file.fileno())


def _in_memory(shape: IndexSize) -> IndexArrays:
    try:
        return {name: np.empty(shape.n, dtype) for name, dtype in shape.sections.items()}
    except MemoryError:
        raise UserError("Not enough memory, and no disk space, for the spikes.") from None


def _mark_used(path: Path) -> None:
    with contextlib.suppress(OSError):
        os.utime(path)


def keep_below(folder: Path, most_bytes: int, opened: Path) -> None:
    """Remove the indexes that were not opened for longest until the folder is small enough.

    Also what builds that died left behind a day ago. A file that another process has open stays
    readable there (POSIX) or cannot be removed (Windows); both are fine.
    """
    found: list[tuple[float, int, Path]] = []
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            with contextlib.suppress(OSError):
                info = path.stat()
                if path.suffix == _UNFINISHED and time.time() - info.st_mtime > _ABANDONED_S:
                    path.unlink()
                elif path.suffix == _SUFFIX:
                    found.append((info.st_mtime, info.st_size, path))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= most_bytes:
            return
        if path != opened:
            with contextlib.suppress(OSError):
                path.unlink()
                total -= size
