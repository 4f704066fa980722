"""The file that keeps a spike index: written once, checked when it is opened, then mapped."""

from __future__ import annotations

import errno
import json
import mmap
import os
import shutil
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from bcviewer.errors import UserError
from bcviewer.io.files import file_size, reason
from bcviewer.io.spike_index import Arrays, Segments, Shape, SpikeIndex

VERSION = 1
"""Of the index and of the file. Another number, and older files are built anew."""
_MAGIC = b"bcvSPIKE"
_FIXED = struct.Struct("<8sII")
"""Magic, length of the header in JSON, check sum of that and of the segments."""
_MOST_HEADER = 4096
_ALIGN = 64
_SEGMENT = np.dtype([("template", "<i8"), ("cluster", "<i8"), ("removed", "<i8"), ("count", "<i8")])


def _header(shape: Shape, key: str) -> bytes:
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


def _places(shape: Shape, header: int) -> tuple[dict[str, int], int]:
    """Return where the segments and each array start, and the size of the whole file."""
    places: dict[str, int] = {}
    end = _FIXED.size + header
    sizes = {"segments": len(shape.segments.count) * _SEGMENT.itemsize}
    sizes |= {name: shape.n * dtype.itemsize for name, dtype in shape.sections.items()}
    for name, size in sizes.items():
        places[name] = -(-end // _ALIGN) * _ALIGN
        end = places[name] + size
    return places, end


def map_arrays(file: IO[bytes], folder: Path, shape: Shape, key: str) -> tuple[Arrays, mmap.mmap]:
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
    return _arrays(memory, shape, places), memory


def _reserve(file: IO[bytes], folder: Path, size: int) -> None:
    """Give a file its size with the space behind it: a map of a hole in a full disk is a crash."""
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
    else:
        file.truncate(size)


def _arrays(memory: mmap.mmap, shape: Shape, places: Mapping[str, int]) -> Arrays:
    return {
        name: np.frombuffer(memory, dtype, shape.n, places[name])
        for name, dtype in shape.sections.items()
    }


def open_index(path: Path, key: str) -> SpikeIndex:
    """Map an index file after checking it.

    Parameters
    ----------
    path : Path
        The file.
    key : str
        What its recording must be, as when it was written.

    Raises
    ------
    UserError
        If it is not there, damaged, cut off, of another version or of other files.
    """
    size = file_size(path)
    try:
        with path.open("rb") as file:
            memory = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise UserError(reason(error)) from None
    try:
        shape, header = _read_shape(memory, key)
        places, expected = _places(shape, header)
    except (struct.error, KeyError, TypeError, ValueError, OverflowError) as error:
        raise UserError(f"damaged ({reason(error)})") from None
    if size != expected:
        raise UserError("cut off")
    return SpikeIndex(shape, _arrays(memory, shape, places))


def _read_shape(memory: mmap.mmap, key: str) -> tuple[Shape, int]:
    """Read and check header and segments; ValueError and its like where they are damaged."""
    magic, length, check = _FIXED.unpack_from(memory)
    if magic != _MAGIC or length > _MOST_HEADER:
        raise ValueError("no index")
    header = memory[_FIXED.size : _FIXED.size + length]
    fields: dict[str, Any] = json.loads(header)
    if fields["version"] != VERSION or fields["key"] != key:
        raise ValueError("of other files")
    at = -(-(_FIXED.size + length) // _ALIGN) * _ALIGN
    table = np.frombuffer(memory, _SEGMENT, int(fields["segments"]), at)
    if zlib.crc32(table.tobytes(), zlib.crc32(header)) != check:
        raise ValueError("check sum")
    columns = {name: table[name].copy() for name in ("template", "cluster", "count")}
    segments = Segments(**columns, removed=table["removed"] != 0)
    n = int(fields["n"])
    if int(segments.count.sum()) != n or (segments.count <= 0).any():
        raise ValueError("sizes")
    names = ("in_order", "amplitudes", "depths")
    flags = {name: bool(fields[name]) for name in names}
    return Shape(n, segments, first=int(fields["first"]), last=int(fields["last"]), **flags), length
