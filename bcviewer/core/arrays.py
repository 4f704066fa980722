"""Names of the arrays that every room uses."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

_Value = TypeVar("_Value", bound=np.generic)

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Codes = npt.NDArray[np.int8]
Masks = npt.NDArray[np.uint32]


def distinct(values: npt.NDArray[_Value]) -> npt.NDArray[_Value]:
    """Return the values that are there, in order, each once.

    As ``numpy.unique`` does, which, asked for nothing else, first imports ``numpy.ma``: 15 ms or
    more of a start that needs no masked array.
    """
    found: npt.NDArray[_Value] = np.unique(values, return_counts=True)[0]
    return found
