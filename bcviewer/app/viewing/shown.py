"""The table of units that is shown: how another one takes its place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject

from bcviewer.app.catalogue import Catalogue
from bcviewer.app.stage import Stage, intent
from bcviewer.app.view import NO_VIEW, Arrived, Ints, Marked, Sort
from bcviewer.app.viewing.filtering import Filtering
from bcviewer.app.viewing.marking import Marking
from bcviewer.app.viewing.review import is_same_sort
from bcviewer.app.viewing.rows import Rows
from bcviewer.core.curation.state import CurationState
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.sheet import Sheet

_NO_ROWS = np.empty(0, np.int64)


class Shown(QObject):
    """Lets another table be shown: of another run, by other labels, with what arrived."""

    def __init__(
        self,
        stage: Stage,
        filtering: Filtering,
        rows: Rows,
        marking: Marking,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._filtering = filtering
        self._rows = rows
        self._marking = marking
        self._left_at: dict[str, int] = {}
        """The current unit's id of each Kilosort directory that was left, for coming back."""

    @intent
    def open(self, catalogue: Catalogue, table: Sheet) -> None:
        """Show another run; the filter and the sort stay where they still make sense."""
        scene, sort = self.stage.scene, self._rows.own_sort
        table = derive(replace(table.inputs, source=scene.label_source), table)
        same = scene.table is not None and _is_same(scene.table, table)
        if scene.table is not None and not same:
            self.stage.notice.emit("")  # what it says is about the recording before
        if scene.table is not None and same:
            # until the journals are read again: what is sorted or filtered by a source stays so
            table = derive(replace(table.inputs, sources=scene.table.sources), table)
        self.stage.become(
            catalogue=catalogue,
            table=table,
            sort=sort if table.kind(sort.column) else Sort(),
            view=NO_VIEW,
            marked=Marked(),
            arrived=Arrived(),
            queue=None,
            verification=None,
            journals=None,
            done=None,
        )
        self._filtering.carry()
        self.stage.become(view=self._rows.anew())

    def kept_id(self, catalogue: Catalogue, table: Sheet) -> int | None:
        """Return the id to go on at: the current unit's in the same sort, else where it was left.

        What is left is remembered until the program ends.
        """
        scene = self.stage.scene
        if scene.table is None or scene.catalogue is None:
            return None
        here, run = self._marking.current_id(), scene.table.run
        if here is not None:
            self._left_at[run.provenance.ks_dir] = here
        recording = scene.catalogue.request.path == catalogue.request.path
        if is_same_sort(run, table.run, scene.current, recording):
            return here
        return self._left_at.get(table.run.provenance.ks_dir)

    @intent
    def show(self, table: Sheet, *, changed: Ints = _NO_ROWS, opening: bool = False) -> None:
        """Show the same units with other labels, which came from elsewhere.

        No row goes and none moves, unless they belong to the opening; further rows come last.

        Parameters
        ----------
        table : Sheet
            The same run, under other inputs.
        changed : numpy.ndarray
            Rows that are to be marked.
        opening : bool
            Whether it belongs to the opening of the recording: nothing is marked then.
        """
        before = self.stage.scene.table
        n_before = 0 if before is None else before.n_units
        self.stage.become(table=table)
        self._filtering.follow()
        anew = self._rows.anew()
        if opening:
            self._rows.show(anew)
        else:
            self._rows.show_further(anew, np.arange(n_before, table.n_units))
        self._rows.arrive(_NO_ROWS if opening else changed, anew)

    @intent
    def hear(self, said: CurationState) -> bool:
        """Show what curators said by now; return whether labels that were imported are others."""
        table = self.stage.scene.table
        if table is None:
            return False
        others = said.sources != table.sources
        after = derive(replace(table.inputs, said=said, sources=said.sources), table)
        self.stage.become(table=after)
        if others:  # what is sorted or filtered by imported labels follows them
            self._rows.follow_columns(after)
            self._filtering.follow()
        return others

    @intent
    def set_label_source(self, source: str) -> None:
        """Count and colour classes by Bombcell's labels, the saved or the split ones."""
        scene = self.stage.scene
        if source == scene.label_source:
            return
        self.stage.become(label_source=source)
        if scene.table is not None:
            other = derive(replace(scene.table.inputs, source=source), scene.table)
            self.stage.become(table=other)
            self._filtering.follow()
            self._rows.show_anew()


def _is_same(a: Sheet, b: Sheet) -> bool:
    """Return whether two tables were read from the same folder."""
    return a.run.provenance.results_dir == b.run.provenance.results_dir
