"""The table of units that is shown: how another one takes its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from bcviewer.app.catalogue import Catalogue
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.view import NO_VIEW, Advice, Arrived, Beside, Marked, Sort
from bcviewer.app.viewing.filtering import Filtering
from bcviewer.app.viewing.hidden import hidden_in
from bcviewer.app.viewing.marking import Marking
from bcviewer.app.viewing.review import is_same_sort
from bcviewer.app.viewing.rows import Rows
from bcviewer.core.arrays import Ints
from bcviewer.core.comparison.proposal import NO_PROPOSAL, Proposal
from bcviewer.core.curation.state import CurationState
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.ids import NO_ROWS, ClusterId
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.table import is_order

if TYPE_CHECKING:
    from bcviewer.core.sheet.between import Between


class Shown(QObject):
    """Lets another table be shown: of another run, by other labels, with what arrived.

    Attributes
    ----------
    grown : Signal()
        Rows are there that were not: who names units without a row finds them, before any row of
        them is shown.
    left_at : dict of str to ClusterId
        The current unit's id of each Kilosort directory that was left, for coming back.
    """

    grown = Signal()

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
        rows.reviewed.connect(self.veil)
        self._sealed: set[Run] = set()
        """The runs of which it is not known yet what may be shown: nothing is, until then."""
        self.left_at: dict[str, ClusterId] = {}
        stage.leaving.connect(self._on_leaving)

    @intent
    def open(self, catalogue: Catalogue, table: Sheet, unopened: tuple[str, ...] = ()) -> None:
        """Show another run; the filter and the sort stay where they still make sense.

        ``unopened`` are the probes that should have been shown, too, and cannot be, a line each.
        """
        scene, sort = self.stage.scene, self._rows.own_sort
        source = _source(scene, catalogue)
        table = derive(replace(table.inputs, source=source), table)
        before = next((s for s in _sheets(scene) if _is_same(s, table)), None)
        if before is not None and len(before.veil):  # a blind review began while it was read again
            table = derive(replace(table.inputs, hidden=tuple(range(table.n_units))), table)
        self._sealed = {table.run} if len(table.veil) else set()
        if scene.book is not None and before is None:
            # what it says is about the recording before
            self.stage.notice.emit(catalogue.instead_of(scene.catalogue))
        if before is not None:
            # until the journals are read again: what is sorted or filtered by a source stays so
            kept = replace(table.inputs, sources=before.sources, region=before.inputs.region)
            table = derive(kept, table)
        self.stage.become(
            catalogue=catalogue,
            unopened=unopened,
            book=Book([table]),
            sort=sort if is_order(table, sort.column) else Sort(),
            view=NO_VIEW,
            marked=Marked(),
            beside=Beside(),
            arrived=Arrived(),
            review=None,
            verified=(),
            journals=(),
            done=None,
            drafts=(),
            stretch=None,
            lasso=None,
            proposal=NO_PROPOSAL,
            comparison=None,
            for_all=False,
            advice=Advice(),
            retested=(),
            label_source=source,
        )
        self._filtering.carry()
        self.stage.become(view=self._rows.anew())

    @intent
    def join(self, table: Sheet, *, opening: bool) -> None:
        """Show the units of one more probe beside those that are open, which keep their rows.

        Parameters
        ----------
        table : Sheet
            Its units.
        opening : bool
            Whether its rows come in order; else they come last, and an order is offered.
        """
        scene, book = self.stage.scene, self.stage.scene.book
        if book is None:
            return
        table = derive(replace(table.inputs, source=scene.label_source), table)
        if len(table.veil):
            self._sealed.add(table.run)
        after = book.with_further(table)
        self.stage.become(book=after)
        self._rows.follow_columns(after.table)
        self._filtering.follow()
        anew = self._rows.anew()
        if opening:
            self._rows.show(anew)
        else:
            self._rows.show_further(anew, np.arange(book.n_units, after.n_units))
        self._rows.arrive(NO_ROWS, anew)

    def _on_leaving(self, for_certain: bool) -> None:
        """Remember the current unit, until the program ends."""
        run, here = self.stage.scene.run, self._marking.current_id()
        if for_certain and run is not None and here is not None:
            self.left_at[run.provenance.ks_dir] = here

    def kept_id(self, catalogue: Catalogue, table: Sheet) -> ClusterId | None:
        """Return the id to go on at: the current unit's in the same sort, else where it was left.

        None where it was never left, in this session or in the last one that had it open.
        """
        scene, left = self.stage.scene, catalogue.left
        before = None if left is None or left.unit is None else ClusterId(left.unit)
        if scene.sheet is None or scene.catalogue is None:
            return before
        recording = scene.catalogue.request.path == catalogue.request.path
        if is_same_sort(scene.sheet.run, table.run, scene.sheet_row, recording):
            return self._marking.current_id()
        return self.left_at.get(table.run.provenance.ks_dir, before)

    @intent
    def show(self, sheet: Sheet, *, changed: Ints = NO_ROWS, opening: bool = False) -> None:
        """Show the same units with other labels, which came from elsewhere.

        No row goes and none moves, unless they belong to the opening; further rows come last.

        Parameters
        ----------
        sheet : Sheet
            One of those that are shown, under other inputs.
        changed : numpy.ndarray
            Rows of it that are to be marked.
        opening : bool
            Whether it belongs to the opening of the recording: nothing is marked then.
        """
        book = self.stage.scene.book
        which = None if book is None else book.sheet_with(sheet.run)
        if book is None or which is None:
            return
        further = np.arange(book.sheets[which].n_units, sheet.n_units)
        after = book.with_sheet(which, sheet)
        self.stage.become(book=after)
        self._rows.follow_columns(after.table)
        to = after.moved(book)
        if to is not None:
            self._rows.move(to, after.n_units)
        if len(further):
            self.grown.emit()
        self._filtering.follow()
        anew = self._rows.anew()
        if opening:
            self._rows.show(anew)
        else:
            self._rows.show_further(anew, after.rows_of(which, further))
        self._rows.arrive(NO_ROWS if opening else after.rows_of(which, changed), anew)

    @intent
    def hear(self, which: int, said: CurationState) -> bool:
        """Show what curators said by now; return whether more than labels and notes is another.

        Parameters
        ----------
        which : int
            The number of the sheet of whose units it is said.
        said : CurationState
            All of it.
        """
        book = self.stage.scene.book
        if book is None:
            return False
        sheet = book.sheets[which]
        after = derive(replace(sheet.inputs.hears(said), hidden=self._hidden(which, said)), sheet)
        others = after.sources != sheet.sources or after.inputs.region != sheet.inputs.region
        book = book.with_sheet(which, after)
        self.stage.become(book=book)
        if others:  # what is sorted or filtered by imported labels, or the region, follows them
            self._rows.follow_columns(book.table)
            self._filtering.follow()
        return others

    def _hidden(self, which: int, said: CurationState) -> tuple[int, ...]:
        """Return the rows of a sheet whose verdicts are hidden: those that were, while sealed."""
        book = self.stage.scene.book
        if book is not None and book.sheets[which].run in self._sealed:
            return book.sheets[which].inputs.hidden
        return hidden_in(self.stage.scene, which, said)

    def is_sealed(self, run: Run) -> bool:
        """Whether it is not known yet what a blind review of a recording hides."""
        return run in self._sealed

    def unseal(self, run: Run) -> None:
        """Show what may be shown: the review queue is read, or nobody reads it any more."""
        if run in self._sealed:
            self._sealed.remove(run)
            self.veil()

    @intent
    def veil(self) -> None:
        """Hide the verdicts that a blind review hides now, and show all others."""
        book = self.stage.scene.book
        for which, sheet in enumerate(() if book is None else book.sheets):
            hidden = self._hidden(which, sheet.inputs.said)
            if book is not None and hidden != sheet.inputs.hidden:
                book = book.with_sheet(which, derive(replace(sheet.inputs, hidden=hidden), sheet))
        if book is not self.stage.scene.book:
            self.stage.become(book=book)

    @intent
    def judge(self, proposal: Proposal) -> None:
        """Show what a proposal makes of the units, by what was tested anew; no row moves."""
        scene, book = self.stage.scene, self.stage.scene.book
        if book is None:
            return
        # nothing is tried at the start
        from bcviewer.core.comparison.what_if import tried_of

        others = [
            derive(
                replace(sheet.inputs, tried=tried_of(sheet.inputs, proposal, scene.retested)), sheet
            )
            for sheet in book.sheets
        ]
        after = Book(others, book.recordings, book)
        self.stage.become(book=after)
        self._rows.follow_columns(after.table)
        self._filtering.follow()

    @intent
    def compare(self, compared: Mapping[int, Between]) -> None:
        """Show what other runs say beside the units, by the number of their sheets; else nothing.

        No row goes and none moves, and no label is another one.
        """
        book = self.stage.scene.book
        if book is None:
            return
        others = [
            derive(replace(sheet.inputs, compared=compared.get(which)), sheet)
            for which, sheet in enumerate(book.sheets)
        ]
        after = Book(others, book.recordings, book)
        self.stage.become(book=after)
        self._rows.follow_columns(after.table)
        self._filtering.follow()

    @intent
    def set_label_source(self, source: str) -> None:
        """Count and colour classes by Bombcell's labels, the saved, split or final ones."""
        scene = self.stage.scene
        if source == scene.label_source:
            return
        self.stage.become(label_source=source)
        if scene.book is not None:
            book = scene.book
            others = [derive(replace(s.inputs, source=source), s) for s in book.sheets]
            self.stage.become(book=Book(others, book.recordings, book))
            self._filtering.follow()
            self._rows.show_anew()


def _sheets(scene: Scene) -> tuple[Sheet, ...]:
    return () if scene.book is None else scene.book.sheets


def _source(scene: Scene, catalogue: Catalogue) -> str:
    """Return whose labels are shown of what opens: as it was left, else as they are now."""
    before, left = scene.catalogue, catalogue.request.left
    same = before is not None and before.request.key == catalogue.request.key
    return scene.label_source if same or left is None else left.source


def _is_same(a: Sheet, b: Sheet) -> bool:
    """Return whether two tables were read from the same folder."""
    return a.run.provenance.results_dir == b.run.provenance.results_dir
