"""Reads one row of an array at a time, in either order of memory, and keeps nothing mapped."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from bcviewer.core.run.run import Array
from bcviewer.errors import UserError
from bcviewer.io.files import open_input, reason
from bcviewer.io.spikes.kilosort import ArrayHeader, read_block, read_header


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
        rest = header.shape[1:]
        size = math.prod(rest)
        try:
            if not header.fortran or len(rest) == 0:
                return read_block(self.path, header, index * size, size).reshape(rest)
            return self._strided(header, index)
        except UserError as error:
            raise UserError(f"{self.path.name}: {error.message}.") from None

    def _strided(self, header: ArrayHeader, index: int) -> Array:
        """Return a row whose numbers lie all over the file, as MATLAB writes them."""
        if header.size == 0:
            return np.empty(header.shape[1:], header.dtype)
        try:
            with open_input(self.path) as file:
                whole = np.memmap(
                    file, header.dtype, "r", header.offset, shape=header.shape, order="F"
                )
        except (OSError, ValueError) as error:
            raise UserError(reason(error)) from None
        return np.array(whole[index], order="C")
