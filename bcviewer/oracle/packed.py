"""Arrays of any shape in one Arrow table, for the channel to the helper process. No pickle.

Made of buffers: Arrow's own ways from lists and NumPy import pandas (0.3 s, in the window's too).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from bcviewer.core.arrays import Array

_KINDS = "biuf"


def pack(arrays: Mapping[str, Array]) -> tuple[dict[str, list[Any]], pa.Table]:
    """Return a description that JSON can hold and a table of one row that holds the bytes.

    Raises
    ------
    TypeError
        For anything but flags, integers and floats.
    """
    about: dict[str, list[Any]] = {}
    cells: dict[str, pa.Array] = {}
    for name, given in arrays.items():
        array = np.asarray(given)
        if array.dtype.kind not in _KINDS:
            raise TypeError(f"{name}: an array of {array.dtype} is not sent")
        about[name] = [array.dtype.str, list(array.shape)]
        ends = np.array([0, array.nbytes], np.int64)
        data = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        buffers = [None, pa.py_buffer(ends), pa.py_buffer(data)]
        cells[name] = pa.Array.from_buffers(pa.large_binary(), 1, buffers)
    return about, pa.table(cells)


def unpack(about: Mapping[str, list[Any]], table: pa.Table | None) -> dict[str, Array]:
    """Return the arrays that :func:`pack` was given.

    Raises
    ------
    ValueError
        Where description and bytes do not fit.
    """
    out: dict[str, Array] = {}
    for name, (text, shape) in about.items():
        dtype = np.dtype(str(text))
        if table is None or dtype.kind not in _KINDS:
            raise ValueError(f"no array {name} in the message")
        flat = np.frombuffer(table[name][0].as_buffer(), dtype)
        out[name] = flat.reshape([int(n) for n in shape]).copy()
    return out
