"""A line that somebody drew around spikes of a unit: which of them are inside."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Array, Floats
from bcviewer.core.evidence.ask import Ask

AMPLITUDES, DEPTHS = "amplitudes", "drift"
"""Over which of a spike's values it was drawn, by the dock that shows them."""


@dataclass(frozen=True, slots=True, eq=False)
class Lasso:
    """The lasso of a unit's spikes over the session; it ends with the unit.

    Attributes
    ----------
    over : str
        :data:`AMPLITUDES` or :data:`DEPTHS`; empty: nothing is drawn yet.
    corners : numpy.ndarray
        Of the closed line, s and the value's unit, shape (n, 2).
    """

    over: str = ""
    corners: Floats = field(default_factory=lambda: np.empty((0, 2)))

    def ask(self, raw_file: str) -> Ask | None:
        """Return what is asked of the unit; None: nothing is drawn yet."""
        if not self.over:
            return None
        return Ask("split", (raw_file, self.over, *self.corners.ravel().tolist()))


def inside(times: Floats, values: Array, corners: Floats) -> npt.NDArray[np.bool_]:
    """Return which points are inside a closed polygon (even-odd rule).

    Each edge is held against the spikes of its own time alone: of a million it takes as little as
    of those that the line goes around.

    Parameters
    ----------
    times : numpy.ndarray
        s, ascending, shape (n,).
    values : numpy.ndarray
        A value of each, shape (n,); what is no finite number is outside.
    corners : numpy.ndarray
        Shape (n_corners, 2), time and value; the last is joined to the first.
    """
    out = np.zeros(len(times), bool)
    for (t0, v0), (t1, v1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if t0 != t1:
            part = slice(*np.searchsorted(times, sorted((t0, t1)), "left").tolist())
            out[part] ^= values[part] < v0 + (times[part] - t0) * ((v1 - v0) / (t1 - t0))
    return out
