"""Which rows of two scenes something else is said of: what a table repaints."""

from __future__ import annotations

import numpy as np

from bcviewer.app.scene import Scene
from bcviewer.core.arrays import Ints
from bcviewer.core.curation.state import CurationState
from bcviewer.core.sheet.ids import NO_ROWS


def units_told_apart(before: CurationState, after: CurationState) -> list[int]:
    """Return the cluster ids of which something else is said."""
    was, now = before.units, after.units
    changed = [i for i, unit in now.items() if was.get(i) is not unit]
    return changed + [i for i in was if i not in now]


def rows_told_apart(before: Scene, after: Scene) -> Ints:
    """Return the rows of which something else is said, in scenes of the same recordings."""
    book, was = after.book, before.book
    if book is None or was is None:
        return NO_ROWS
    rows = []
    for which, (now, then) in enumerate(zip(book.sheets, was.sheets, strict=True)):
        ids = units_told_apart(then.inputs.said, now.inputs.said)
        rows.append(book.rows_of(which, now.ids.rows_of_any(ids)))
    return np.concatenate(rows)
