"""Which unit comes next while a curator goes through them: pure functions over what is shown."""

from __future__ import annotations

import numpy as np

from bcviewer.app.view import Bools, FilterState, Ints, Sort, View
from bcviewer.core.manual_columns import MANUAL_COLUMNS


def rows_to_label(current: int, selected: Ints, view: View) -> Ints:
    """Return the rows that a label is for: the shown selected ones, or the current one.

    A selection that the current unit is not part of is not what the curator looks at.
    """
    shown = selected[view.place[selected] >= 0]
    if len(shown) and current in shown:
        return shown
    return np.array([current] if current >= 0 else [], np.int64)


def following(view: View, rows: Ints, current: int) -> int:
    """Return the row to go on to after some rows were labelled; −1: there is none.

    It is looked up before the label is given: the table may be sorted or filtered by what the
    label changes, and the curator goes on to the unit that was next on the screen.
    """
    place = int(view.place[current]) if current >= 0 else -1
    done = view.place[rows]
    start = max(place, int(done.max(initial=-1)))
    if start < 0:
        return -1
    after = view.rows[start + 1 :]
    left = after[~np.isin(after, rows)]
    return int(left[0]) if len(left) else -1


def next_place(view: View, place: int, wanted: Bools, by: int) -> int:
    """Return the next place of a wanted row after (``by`` 1) or before (−1) a place, or −1.

    Goes around the end of the table; the place itself comes last.

    Parameters
    ----------
    view : View
        What is shown.
    place : int
        Where to start; −1: before the first.
    wanted : numpy.ndarray of bool
        Which units are wanted, shape (n_units,).
    by : int
        1 or −1.
    """
    places = np.flatnonzero(wanted[view.rows])
    if not len(places):
        return -1
    if by > 0:
        after = places[places > place]
        return int(after[0] if len(after) else places[0])
    before = places[places < place] if place >= 0 else places
    return int(before[-1] if len(before) else places[-1])


def reads_manual(sort: Sort, state: FilterState) -> bool:
    """Return whether a label may change which rows are shown, or their order."""
    if sort.column in MANUAL_COLUMNS or not state.chips.isdisjoint(MANUAL_COLUMNS):
        return True
    applied = state.applied
    return applied is not None and not applied.names().isdisjoint(MANUAL_COLUMNS)
