"""Numbers in their column's own precision, as Bombcell compares them.

Against a plain number NumPy compares a float32 column in float32: there 0.1 is not above 0.1,
while the same value widened to float64 is 0.10000000149. What is shown, filtered and measured of
such a column is therefore the shortest decimal that it stands for. Each value has one of its own,
in the same order, so that no comparison comes out otherwise than Bombcell's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Floats

_DIGITS: dict[int, tuple[int, ...]] = {2: (3, 4, 5), 4: (6, 7, 8, 9)}
"""By bytes: digits that are always kept, and more until a value is told from its neighbours."""


def as_floats(column: npt.NDArray[Any]) -> Floats:
    """Return a numeric column as float64, without copying where it is one already."""
    if is_narrow(column.dtype):
        return _shortest(column)
    return np.asarray(column, dtype=np.float64)


def is_narrow(dtype: np.dtype[Any]) -> bool:
    """Whether a column holds floats of less than 64 bits."""
    return dtype.kind == "f" and dtype.itemsize in _DIGITS


def limit_in(dtype: np.dtype[Any], limit: float) -> float:
    """Return a threshold as it is compared with a column: in the column's precision."""
    if not is_narrow(dtype):
        return limit
    with np.errstate(over="ignore"):
        return float(_shortest(np.array([limit]).astype(dtype))[0])


def _shortest(column: npt.NDArray[Any]) -> Floats:
    """Return the decimals of fewest digits that are each value and no other one."""
    exact = column.astype(np.float64)
    out = exact.copy()
    with np.errstate(all="ignore"):
        left = np.flatnonzero(np.isfinite(exact) & (exact != 0))
        for digits in _DIGITS[column.dtype.itemsize]:
            values = exact[left]
            shift = digits - 1 - np.floor(np.log10(np.abs(values)))
            up, down = 10.0 ** np.maximum(shift, 0), 10.0 ** np.maximum(-shift, 0)
            rounded = np.rint(values * up / down) / up * down
            found = rounded.astype(column.dtype) == column[left]
            out[left[found]] = rounded[found]
            left = left[~found]
    return out
