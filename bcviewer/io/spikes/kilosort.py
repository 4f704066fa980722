"""Reads Kilosort's arrays: never unpickles, and keeps nothing mapped."""

from __future__ import annotations

import math
import tokenize
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bcviewer.core.arrays import Array, Ints
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.run import Issue, Sites
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.files import file_size, open_input, reason

_BLOCK = 65_536
_LARGEST_SHANK = 1_000_000
_EVIDENCE = (
    names.SPIKE_TIMES,
    names.SPIKE_CLUSTERS,
    names.SPIKE_TEMPLATES,
    names.TEMPLATES,
    names.AMPLITUDES,
)
_HEADER_ERRORS = (
    ValueError,
    TypeError,
    EOFError,
    SyntaxError,
    OverflowError,
    RecursionError,
    MemoryError,
    tokenize.TokenError,
)
_DIMENSIONS = {names.TEMPLATES: (3,)}


@dataclass(frozen=True, slots=True)
class ArrayHeader:
    """What an ``.npy`` file says of itself, checked against its size.

    Attributes
    ----------
    shape : tuple of int
        The array's shape.
    dtype : numpy.dtype
        Integers or floats.
    fortran : bool
        Whether the first index runs fastest.
    offset : int
        Where the numbers start, bytes.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    fortran: bool
    offset: int

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)


def read_header(path: Path, *, ndim: tuple[int, ...] = (), kinds: str = "iuf") -> ArrayHeader:
    """Read and check the header of an ``.npy`` file; nothing else of it is read.

    Parameters
    ----------
    path : Path
        The file.
    ndim : tuple of int
        Numbers of dimensions it may have; any where empty.
    kinds : str
        Kinds of dtype it may have.

    Raises
    ------
    UserError
        If it is no such array, holds Python objects, or is cut off. The message is a reason
        without the file's name.
    """
    size = file_size(path)
    header = _parse_header(path)
    shape, dtype = header.shape, header.dtype
    if dtype.hasobject:
        raise UserError("holds Python objects and was not opened")
    if dtype.kind not in kinds or min(shape, default=0) < 0:
        raise UserError(f"holds {dtype}, not numbers")
    if ndim and len(shape) not in ndim:
        raise UserError(f"has {len(shape)} dimensions, not {' or '.join(map(str, ndim))}")
    if size < header.offset + header.size * dtype.itemsize:
        raise UserError("cut off: shorter than its header says")
    return header


def _parse_header(path: Path) -> ArrayHeader:
    """Return what a header says. NumPy parses it as literals, so that it cannot run anything."""
    try:
        with open_input(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # headers that Python 2 wrote
            version = np.lib.format.read_magic(file)
            read = np.lib.format.read_array_header_1_0
            if version != (1, 0):
                read = np.lib.format.read_array_header_2_0
            shape, fortran, dtype = read(file)
            return ArrayHeader(tuple(shape), dtype, bool(fortran), file.tell())
    except OSError as error:
        raise UserError(reason(error)) from None
    except _HEADER_ERRORS:
        raise UserError("not a NumPy array, or cut off in its header") from None


def read_array(
    path: Path, *, ndim: tuple[int, ...] = (), kinds: str = "iuf", most_bytes: int = 500_000_000
) -> Array:
    """Read a whole ``.npy`` file into memory, after the checks of :func:`read_header`.

    Raises
    ------
    UserError
        As :func:`read_header`, or if it is larger than ``most_bytes``.
    """
    header = read_header(path, ndim=ndim, kinds=kinds)
    if header.size * header.dtype.itemsize > most_bytes:
        raise UserError(f"more than {most_bytes / 1e6:,.0f} MB")
    flat = read_block(path, header, 0, header.size)
    return flat.reshape(header.shape, order="F" if header.fortran else "C")


def read_block(path: Path, header: ArrayHeader, start: int, count: int) -> Array:
    """Read ``count`` elements from the ``start``-th on, in the order they are on disk.

    The file is opened, read and closed: nothing stays mapped.

    Raises
    ------
    UserError
        If there are not so many any more. The message is a reason without the file's name.
    """
    itemsize = header.dtype.itemsize
    try:
        with open_input(path) as file:
            at = header.offset + start * itemsize
            out: Array = np.fromfile(file, header.dtype, count=count, offset=at)
    except (OSError, MemoryError) as error:
        raise UserError(reason(error)) from None
    if len(out) != count:
        raise UserError("changed while it was read")
    return out


def read_sites(ks_dir: Path) -> tuple[Sites | None, tuple[Issue, ...]]:
    """Return the channels' positions, or None with an issue where the file is unusable."""
    path = ks_dir / names.CHANNEL_POSITIONS
    if not path.exists():
        return None, ()  # reported with the other files that are not there
    try:
        xy = read_array(path, ndim=(2,), most_bytes=10_000_000)
        if xy.shape[1] != 2 or len(xy) == 0:
            raise UserError(f"has shape {xy.shape}, not (channels, 2)")
        if not np.isfinite(xy).all():
            raise UserError("holds positions that are no numbers")
    except UserError as error:
        return None, (Issue(path.name, f"{error.message}.", "Depths are not known."),)
    shank, issues = _read_shanks(ks_dir, len(xy))
    return Sites(xy.astype(np.float64), shank), issues


def _read_shanks(ks_dir: Path, n_channels: int) -> tuple[Ints | None, tuple[Issue, ...]]:
    """Return the shank of each channel; None where no file says it, or not of every channel."""
    path = ks_dir / names.CHANNEL_SHANKS
    if not path.exists():
        return None, ()
    try:
        given = read_array(path, ndim=(1, 2), most_bytes=10_000_000).ravel()
        if len(given) != n_channels:
            raise UserError(
                f"{count_of(len(given), 'shank')} for {count_of(n_channels, 'channel')}"
            )
        if (given != np.floor(given)).any() or (np.abs(given) > _LARGEST_SHANK).any():
            raise UserError("holds numbers that are no shanks")
    except UserError as error:
        return None, (Issue(path.name, f"{error.message}.", "Shanks are not known."),)
    return given.astype(np.int64), ()


def read_session(ks_dir: Path, sample_rate: float) -> tuple[float, float]:
    """Return the times of the session's first and last spike, s; NaN where unknown.

    Raises
    ------
    UserError
        If the spike times cannot be read. The message is a reason without the file's name.
    """
    path = ks_dir / names.SPIKE_TIMES
    header = read_header(path, ndim=(1, 2))
    n = header.size
    if n == 0 or not sample_rate > 0:
        return math.nan, math.nan
    head = read_block(path, header, 0, min(n, _BLOCK))
    tail = read_block(path, header, max(0, n - _BLOCK), min(n, _BLOCK))
    ends = [head, tail]
    if any((part[1:] < part[:-1]).any() for part in ends):
        # Not in order (a merge of recordings): then the ends say nothing, read all.
        step = 16 * _BLOCK
        ends = [_ends(read_block(path, header, i, min(step, n - i))) for i in range(0, n, step)]
    low = min(float(np.nanmin(part)) for part in map(_ends, ends))
    high = max(float(np.nanmax(part)) for part in map(_ends, ends))
    return low / sample_rate, high / sample_rate


def _ends(block: Array) -> Array:
    """Return a block's smallest and largest value."""
    good = block[np.isfinite(block)] if block.dtype.kind == "f" else block
    return np.array([good.min(), good.max()], dtype=np.float64) if len(good) else np.array([np.nan])


def check_arrays(ks_dir: Path) -> tuple[dict[str, ArrayHeader], tuple[Issue, ...]]:
    """Return the headers of the arrays that later plots need, and an issue for each other one.

    Only headers are read, so that a broken file is told when the run is opened and not when
    somebody first looks at a unit.
    """
    missing: list[str] = []
    issues: list[Issue] = []
    headers: dict[str, ArrayHeader] = {}
    for name in (*_EVIDENCE, names.CHANNEL_POSITIONS):
        path = ks_dir / name
        if not path.exists():
            missing.append(name)
            continue
        try:
            headers[name] = header = read_header(path, ndim=_DIMENSIONS.get(name, ()))
        except UserError as error:
            issues.append(Issue(name, f"{error.message}.", "Plots that need it stay empty."))
            continue
        if name == names.SPIKE_TIMES and header.size == 0:
            issues.append(Issue(name, "no spikes.", "Plots of spikes stay empty."))
    if missing:
        effect = "Plots that need them stay empty; the audit does not."
        issues.append(Issue(ks_dir.name, f"not there: {', '.join(missing)}.", effect))
    return headers, tuple(issues)
