"""The file that keeps a spike index: written once, checked when it is opened."""

from __future__ import annotations

import errno
import json
import mmap
import os
import shutil
import struct
import weakref
import zlib
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from bcviewer.core.arrays import Array
from bcviewer.errors import UserError
from bcviewer.io.files import file_size, open_input, reason
from bcviewer.io.spikes.spike_index import IndexArrays, IndexSize, Segments, SpikeIndex

VERSION = 1
"""Of the index and of the file. Another number, and older files are built anew."""
_MAGIC = b"bcvSPIKE"
_FIXED = struct.Struct("<8sII")
"""Magic, length of the header in JSON, check sum of that and of the segments."""
_MOST_HEADER = 4096
_ALIGN = 64
_SEGMENT = np.dtype([("template", "<i8"), ("cluster", "<i8"), ("removed", "<i8"), ("count", "<i8")])

_AGAIN = "Open the recording again."
_DAMAGED = (struct.error, KeyError, TypeError, ValueError, OverflowError, RecursionError)


def _header(shape: IndexSize, key: str) -> bytes:
    fields = {
        "version": VERSION,
        "key": key,
        "n": shape.n,
        "segments": len(shape.segments.count),
        "in_order": shape.in_order,
        "first": shape.first,
        "last": shape.last,
        "amplitudes": shape.amplitudes,
        "depths": shape.depths,
    }
    return json.dumps(fields).encode("ascii")


def _places(shape: IndexSize, header: int) -> tuple[dict[str, int], int]:
    """Return where the segments and each array start, and the size of the whole file."""
    places: dict[str, int] = {}
    end = _FIXED.size + header
    sizes = {"segments": len(shape.segments.count) * _SEGMENT.itemsize}
    sizes |= {name: shape.n * dtype.itemsize for name, dtype in shape.sections.items()}
    for name, size in sizes.items():
        places[name] = _aligned(end)
        end = places[name] + size
    return places, end


def _aligned(place: int) -> int:
    return -(-place // _ALIGN) * _ALIGN


def map_arrays(
    file: IO[bytes], folder: Path, shape: IndexSize, key: str
) -> tuple[IndexArrays, mmap.mmap]:
    """Reserve the space of an index in an empty file in a folder; return its arrays, to be filled.

    The arrays live as long as anything refers to them, the file may be closed.

    Raises
    ------
    OSError
        If there is no room for it.
    """
    header = _header(shape, key)
    places, size = _places(shape, len(header))
    _reserve(file, folder, size)
    memory = mmap.mmap(file.fileno(), size)
    table = np.empty(len(shape.segments.count), _SEGMENT)
    for name in ("template", "cluster", "removed", "count"):
        table[name] = getattr(shape.segments, name)
    at = places["segments"]
    memory[at : at + table.nbytes] = table.tobytes()
    check = zlib.crc32(table.tobytes(), zlib.crc32(header))
    memory[: _FIXED.size] = _FIXED.pack(_MAGIC, len(header), check)
    memory[_FIXED.size : _FIXED.size + len(header)] = header
    arrays = {
        name: np.frombuffer(memory, dtype, shape.n, places[name])
        for name, dtype in shape.sections.items()
    }
    return arrays, memory


def _reserve(file: IO[bytes], folder: Path, size: int) -> None:
    """Give a file its size with the space behind it: a map of a hole in a full disk is a crash."""
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    file.truncate(size)
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file.fileno(), 0, size)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
                raise  # file systems that cannot reserve: the free space has been looked at


class FileStore:
    """Numbers that are read from an index file, which stays open as long as this lives.

    They are read and not mapped: where the file is cut off or its disk fails, that is an error
    and not the end of the process, and what was read once takes no memory afterwards.
    """

    def __init__(self, file: FileIO, shape: IndexSize, places: Mapping[str, int]) -> None:
        self._file = file
        self._sections = shape.sections
        self._places = places
        weakref.finalize(self, file.close)

    def read(self, name: str, start: int, count: int) -> Array:
        """Return some consecutive numbers.

        Raises
        ------
        UserError
            If the file cannot be read, or ends before.
        """
        out = np.empty(count, self._sections[name])
        view = out.view(np.uint8).data
        done = 0
        try:
            self._file.seek(self._places[name] + start * out.itemsize)
            while done < len(view) and (got := self._file.readinto(view[done:])):
                done += got
        except OSError as error:
            raise UserError(f"The spike index cannot be read: {reason(error)}.", _AGAIN) from None
        if done < len(view):
            raise UserError("The spike index was cut off.", _AGAIN)
        return out


def open_index(path: Path, key: str) -> SpikeIndex:
    """Open an index file after checking it.

    Parameters
    ----------
    path : Path
        The file.
    key : str
        What its recording must be, as when it was written.

    Raises
    ------
    UserError
        If it is not there, damaged, cut off, of another version or of other files. The message
        is a reason without the file's name.
    """
    size = file_size(path)
    try:
        file = cast(FileIO, open_input(path, follow=False).detach())  # type: ignore[attr-defined]
    except OSError as error:
        raise UserError(reason(error)) from None
    try:
        shape, header = _read_shape(file, key)
        places, expected = _places(shape, header)
        if size != expected:
            raise ValueError("cut off, or longer than it should be")
    except OSError as error:
        file.close()
        raise UserError(reason(error)) from None
    except _DAMAGED as error:
        file.close()
        raise UserError(f"damaged ({reason(error)})") from None
    return SpikeIndex(shape, FileStore(file, shape, places))


def _read_shape(file: FileIO, key: str) -> tuple[IndexSize, int]:
    """Read and check header and segments; one of ``_DAMAGED`` where they are damaged."""
    magic, length, check = _FIXED.unpack(file.read(_FIXED.size))
    if magic != _MAGIC or length > _MOST_HEADER:
        raise ValueError("no index")
    header = file.read(length)
    fields: dict[str, Any] = json.loads(header)
    if fields["version"] != VERSION or fields["key"] != key:
        raise ValueError("of other files")
    n, n_segments = int(fields["n"]), int(fields["segments"])
    if not 0 <= n_segments <= n or n_segments * _SEGMENT.itemsize > file.seek(0, os.SEEK_END):
        raise ValueError("sizes")
    file.seek(_aligned(_FIXED.size + length))
    raw = file.read(n_segments * _SEGMENT.itemsize)
    if zlib.crc32(raw, zlib.crc32(header)) != check:
        raise ValueError("check sum")
    table = np.frombuffer(raw, _SEGMENT)
    columns = {name: table[name].astype(np.int64) for name in ("template", "cluster", "count")}
    segments = Segments(**columns, removed=table["removed"] != 0)
    if int(segments.count.sum()) != n or (segments.count <= 0).any():
        raise ValueError("sizes")
    flags = {name: bool(fields[name]) for name in ("in_order", "amplitudes", "depths")}
    return IndexSize(
        n, segments, first=int(fields["first"]), last=int(fields["last"]), **flags
    ), length
