"""What of phy's clusters is on screen here, and what is highlighted here of a phy's dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bcviewer.app.scene import Scene
from bcviewer.core.run.phy import Phy
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.ids import GlobalRow
from bcviewer.core.sheet.sheet import Sheet

MOST_SELECTED = 20
"""Of more that are highlighted phy is given the current one: it draws no more of them well."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What of some clusters is seen here.

    Attributes
    ----------
    rows : mapping of int to int
        The row of each cluster that is shown, in their order.
    absent, hidden : tuple of int
        Those that have no row, and those that the filter or the queue hides.
    """

    rows: Mapping[int, GlobalRow] = field(default_factory=dict)
    absent: tuple[int, ...] = ()
    hidden: tuple[int, ...] = ()

    @property
    def unseen(self) -> tuple[int, ...]:
        """Those that are not shown."""
        return self.absent + self.hidden


def dataset_runs(scene: Scene, folder: str) -> list[Run]:
    """Return the open runs of a dataset."""
    return [run for run in scene.runs if run.provenance.ks_dir == folder]


def dataset_sheet(scene: Scene, folder: str) -> Sheet | None:
    """Return the sheet of a dataset: that of the current unit, where it has several."""
    book, own = scene.book, scene.sheet
    if book is None:
        return None
    sheets = [s for s in book.sheets if s.run.provenance.ks_dir == folder]
    return own if own in sheets else next(iter(sheets), None)


def as_read(scene: Scene, folder: str) -> Phy | None:
    """Return what was read of a dataset that phy saved; None: nothing so far."""
    sheet = dataset_sheet(scene, folder)
    return None if sheet is None or sheet.phy is None else sheet.phy.as_read


def sight_of(scene: Scene, folder: str, ids: tuple[int, ...]) -> Sight:
    """Return what of some clusters of a dataset is seen."""
    sheet = dataset_sheet(scene, folder)
    if scene.book is None or sheet is None:
        return Sight(absent=ids)
    at = scene.book.sheets.index(sheet)
    own = sheet.ids.rows_of_any(ids)
    rows = scene.book.rows_of(at, own).tolist()
    by_id = dict(zip(sheet.ids.ids_of(own).tolist()[::-1], rows[::-1], strict=True))  # the first
    first = {i: GlobalRow(by_id[i]) for i in ids if i in by_id}
    shown = {i: row for i, row in first.items() if scene.view.place[row] >= 0}
    absent = tuple(i for i in ids if i not in first)
    return Sight(shown, absent, tuple(i for i in first if i not in shown))


def highlighted(scene: Scene, folder: str) -> tuple[int, ...]:
    """Return the ids of what is highlighted in a dataset, the current unit's first."""
    sheet = scene.sheet
    if scene.book is None or sheet is None or sheet.run.provenance.ks_dir != folder:
        return ()
    current = sheet.ids.id_of(scene.sheet_row)
    if current is None:
        return ()
    own = scene.book.rows_in(scene.which, scene.selected)
    if len(own) > MOST_SELECTED:
        return (current,)
    return tuple(dict.fromkeys((current, *sheet.ids.ids_of(own).tolist())))


def n_too_many(scene: Scene, shows: tuple[int, ...]) -> int:
    """Return how many are highlighted of the current recording where phy is not told of all.

    0: it is, or ``shows`` them all the same, as its own hand selected them.
    """
    if scene.book is None or scene.sheet is None:
        return 0
    own = scene.book.rows_in(scene.which, scene.selected)
    is_seen = set(scene.sheet.ids.ids_of(own).tolist()) <= set(shows)
    return 0 if len(own) <= MOST_SELECTED or is_seen else len(own)
