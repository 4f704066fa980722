"""Reads one row of an array at a time, in either order of memory, and keeps nothing mapped."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from bcviewer.core.arrays import Array
from bcviewer.core.rules.counts import count_of
from bcviewer.errors import UserError
from bcviewer.io.files import reason
from bcviewer.io.spikes.kilosort import ArrayHeader, read_block, read_header

_BLOCK = 262_144
"""So many numbers are read at a time."""


class ArrayRows:
    """The rows (first axis) of an ``.npy`` file.

    Parameters
    ----------
    path : Path
        The file. It need not be there.
    ndim : int
        Number of dimensions it must have.
    """

    def __init__(self, path: Path, ndim: int) -> None:
        self.path = path
        self._ndim = ndim
        self._known: tuple[tuple[int, int], ArrayHeader] | None = None

    def header(self) -> ArrayHeader:
        """Return the checked header, read again where the file has changed.

        Raises
        ------
        UserError
            If the file is missing or unusable. Names it.
        """
        try:
            info = self.path.stat()
            state = info.st_size, info.st_mtime_ns
            if self._known is None or self._known[0] != state:
                self._known = state, read_header(self.path, ndim=(self._ndim,))
        except FileNotFoundError:
            raise UserError(f"{self.path.name}: not there.") from None
        except OSError as error:
            raise UserError(f"{self.path.name}: {reason(error)}.") from None
        except UserError as error:
            raise UserError(f"{self.path.name}: {error.message}.") from None
        return self._known[1]

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape; raises as :meth:`header`."""
        return self.header().shape

    def row(self, index: int) -> Array:
        """Return a row, a copy in C order.

        Raises
        ------
        UserError
            If the file cannot be read. Names it.
        """
        header = self.header()
        if not 0 <= index < header.shape[0]:
            raise UserError(f"{self.path.name}: has {count_of(header.shape[0], 'row')}.")
        rest = header.shape[1:]
        size = math.prod(rest)
        try:
            if not header.fortran or len(rest) == 0:
                return read_block(self.path, header, index * size, size).reshape(rest)
            return self._strided(header, index)
        except UserError as error:
            raise UserError(f"{self.path.name}: {error.message}.") from None

    def _strided(self, header: ArrayHeader, index: int) -> Array:
        """Return a row whose numbers lie all over the file, as MATLAB writes them.

        They are read with what is between them, and never mapped: a file that is cut meanwhile
        would end the program, and a slow drive hold up all threads.
        """
        n, rest = header.shape[0], header.shape[1:]
        row = np.empty(math.prod(rest), header.dtype)
        some = max(1, _BLOCK // n)
        for i in range(0, len(row), some):
            part = row[i : i + some]
            span = (len(part) - 1) * n + 1
            part[:] = read_block(self.path, header, index + i * n, span)[::n]
        return np.ascontiguousarray(row.reshape(rest, order="F"))
