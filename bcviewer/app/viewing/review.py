"""Which unit comes next while a curator goes through them: pure functions over what is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bcviewer.app.scene import Scene
from bcviewer.app.view import View
from bcviewer.core.arrays import Bools, Ints
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.ids import NO_ROWS, NO_UNIT, GlobalRow, SheetRow
from bcviewer.core.sheet.queue import Review, progress, to_decide
from bcviewer.core.sheet.table import Table, is_gone
from bcviewer.io.journal.recording_key import results_key


def is_same_sort(before: Run, after: Run, row: SheetRow, same_recording: bool) -> bool:
    """Return whether the unit in a row has the same id in another run: both are of one sort.

    They are in one place, or have the same units with the same peak channels (copies of a sort in
    several run modes), or are of one probe of one recording and agree about this unit's channel.

    Parameters
    ----------
    before, after : Run
        Two runs.
    row : SheetRow
        A row of the first one.
    same_recording : bool
        Whether they were found by the same path.
    """
    places = ("ks_dir", "results_dir")  # the same results, read again or pointed at another sort
    at = [[Path(getattr(run.provenance, key)) for key in places] for run in (before, after)]
    if any(a == b for a, b in zip(*at, strict=True)):
        return True
    one_probe = before.provenance.probe == after.provenance.probe
    channels = [run.units.floats("maxChannels") for run in (before, after)]
    if (same_recording and not one_probe) or channels[0] is None or channels[1] is None:
        return False  # ids alone are alike in any two sorts
    if results_key(before) == results_key(after):
        return True
    known = 0 <= row < before.n_units  # phy made the others since
    cluster_id = before.ids.id_of(row) if known else None
    rows = NO_ROWS if cluster_id is None else after.ids.rows_of(cluster_id)
    if not same_recording or not len(rows):
        return False
    return bool(channels[0][row] == channels[1][rows[0]])


def unreviewed(table: Table, review: Review | None) -> Bools:
    """Return the units that are to have a manual label and have none, shape (n_units,).

    Of those that are gone in phy there is nothing to decide, but for what a blind review drew.
    """
    work = ~is_gone(table)
    if review is not None and review.on:
        work[to_decide(table, review)] = True
    return np.asarray((table.manual.labels == NO_LABEL) & table.ids.sayable & work)


def next_to_label(scene: Scene) -> GlobalRow:
    """Return the row to go on to once the highlighted rows are labelled; −1: there is none.

    In a review queue that is the next one without a label, around its end: a key too many must
    not overwrite what was decided before. Of a unit that is gone in phy there is nothing to decide.
    """
    view, table = scene.view, scene.table
    if table is None:
        return NO_UNIT
    if scene.queue is None:
        gone = view.rows[is_gone(table, view.rows)]
        done = np.concatenate((gone, scene.selected))
        return following(view, scene.selected, scene.current, done)
    wanted = unreviewed(table, scene.review)
    wanted[scene.selected] = False
    last = int(view.place[scene.selected].max(initial=-1))
    place = next_place(view, last, wanted, 1)
    return GlobalRow(int(view.rows[place])) if place >= 0 else NO_UNIT


def none_left_words(scene: Scene) -> str:
    """Return what is to be said where a review queue has no further unit to go on to."""
    review = scene.review
    if review is None or not review.on or scene.table is None:
        return ""
    done = progress(scene.table, review)
    if done.reviewed == done.total:
        return f"The queue is done: {done.reviewed:,} of {done.total:,}."
    return "Every other unit shown is reviewed."


def following(view: View, rows: Ints, current: GlobalRow, passed: Ints | None = None) -> GlobalRow:
    """Return the row to go on to after some rows were labelled; −1: it would be behind the last.

    It is looked up before the label is given: the table may be sorted or filtered by what the
    label changes, and the curator goes on to the unit that was next on the screen. None of those
    that are to be passed (None: of the labelled ones) is gone on to.
    """
    place = int(view.place[current]) if current >= 0 else -1
    done = view.place[rows]
    start = max(place, int(done.max(initial=-1)))
    if start < 0:
        return NO_UNIT
    after = view.rows[start + 1 :]
    left = after[~np.isin(after, rows if passed is None else passed)]
    return GlobalRow(int(left[0])) if len(left) else NO_UNIT


def neighbour(view: View, rows: Ints, current: GlobalRow) -> GlobalRow:
    """Return the row to go to where some rows are hidden by what was said of them.

    The one that followed, or the last one before; −1: all rows shown are among them.
    """
    after = following(view, rows, current)
    return after if after >= 0 else stayer(view, rows, current)


def stayer(view: View, gone: Ints, current: GlobalRow) -> GlobalRow:
    """Return the row after the current one that stays when some go, or the last one before; −1."""
    left = view.rows[~np.isin(view.rows, gone)]
    place = int(view.place[current]) if current >= 0 else -1
    after = left[view.place[left] > place]
    if len(after):
        return GlobalRow(int(after[0]))
    return GlobalRow(int(left[-1])) if len(left) else NO_UNIT


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
