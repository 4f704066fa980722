"""What a row is a row of, and what a unit is known by: types that are not to be taken for another.

With one recording open the three numbers are often the same, so that a mix-up would show with
several only. Arrays of rows have no such type; a function that takes some says whose they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

import numpy as np

from bcviewer.core.arrays import Ints

GlobalRow = NewType("GlobalRow", int)
"""A row of a :class:`~bcviewer.core.sheet.book.Book`; −1 where it can be none."""

SheetRow = NewType("SheetRow", int)
"""A row of one :class:`~bcviewer.core.sheet.sheet.Sheet`, and, if scored, of its run."""

NO_UNIT, NO_ROW = GlobalRow(-1), SheetRow(-1)
"""Where there is no unit."""

NO_ROWS: Ints = np.empty(0, np.int64)
"""Rows of any kind, where there are none; nobody can change it."""
NO_ROWS.flags.writeable = False

ClusterId = NewType("ClusterId", int)
"""phy's id of a unit: unique within a recording, if its results are not damaged."""


@dataclass(frozen=True, slots=True)
class UnitKey:
    """What a unit is known by, wherever its row is.

    Attributes
    ----------
    recording : str
        The key of its recording.
    cluster_id : ClusterId
        phy's id in it.
    """

    recording: str
    cluster_id: ClusterId
