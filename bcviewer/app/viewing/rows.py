"""Which rows are shown, and in which order: sorted, of a review queue, or all that pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from bcviewer.app.stage import Stage, intent
from bcviewer.app.view import NO_VIEW, Arrived, Marked, Sort, View, filter_mask
from bcviewer.app.viewing.hidden import known_rows
from bcviewer.app.viewing.marking import Marking
from bcviewer.app.viewing.review import next_place, stayer, unreviewed
from bcviewer.core.arrays import Ints
from bcviewer.core.rules.columns import SAID_COLUMNS
from bcviewer.core.sheet.ids import NO_UNIT, GlobalRow
from bcviewer.core.sheet.parts import FINAL
from bcviewer.core.sheet.queue import QueueSpec, Review, draw_up
from bcviewer.core.sheet.table import Table, is_order

QUEUE_ORDER = Sort("queue")
"""The order of the review queue, as it was drawn up."""

SEALED = "No queue yet: a blind review of this recording is still being read."
"""Why none is drawn."""
JOINING = "No blind review yet: probes are still being read."
"""Why there is none before all that are to be drawn from are there."""
ALL_SEEN = "No blind review: you know the verdict of each of these units already."
"""Why there is no blind one."""


class Rows(QObject):
    """Shows rows anew, by the curator's own act, and says what would be shown.

    Attributes
    ----------
    reviewed : Signal()
        Another review queue is there: what it hides is to be hidden, before rows are shown.
    """

    reviewed = Signal()

    def __init__(self, stage: Stage, marking: Marking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stage = stage
        self._marking = marking
        self._marking.moved.connect(self._on_moved)
        self._sort_before = Sort()
        """What was sorted by before the order of the review queue."""

    # -- what is shown -----------------------------------------------------------------------

    def anew(self) -> View:
        """Return the rows that pass now, in the order that they have now."""
        scene = self.stage.scene
        table, queue = scene.table, scene.queue
        if table is None:
            return NO_VIEW
        mask = filter_mask(table, scene.filter)
        if queue is not None:
            inside = np.zeros_like(mask)
            inside[queue] = True
            mask &= inside
        if scene.sort == QUEUE_ORDER and queue is not None:
            return View.of(queue, mask)
        return View.of(table.order(scene.sort.column, scene.sort.descending), mask)

    @intent
    def show(self, view: View, fallback: GlobalRow = NO_UNIT) -> None:
        """Show rows; where the current one is not among them see :meth:`Marked.within`."""
        self.stage.become(view=view)
        self._marking.highlight(self.stage.scene.marked.within(view, fallback))

    def show_further(self, anew: View, rows: Ints) -> None:
        """Show some rows as they would be shown anew; all others stay where they are."""
        self.stage.become(view=self.stage.scene.view.with_some(anew, rows))

    def move(self, to: Ints, n_units: int) -> None:
        """Let what names rows follow them: by row, where it is now, and how many there are."""
        scene = self.stage.scene
        self.stage.become(
            view=scene.view.moved(to, n_units),
            review=scene.review and replace(scene.review, rows=to[scene.review.rows]),
            arrived=Arrived(to[scene.arrived.rows], scene.arrived.reorders),
        )
        self._marking.move(to)
        self.stage.renumbered.emit(to)

    @intent
    def show_anew(self, fallback: GlobalRow = NO_UNIT) -> None:
        """Filter and sort by the curator's own act.

        Where it hides the current unit, ``fallback`` is the current one, or else the first shown.
        """
        self._marking.touch()
        self._put_in_order(fallback)

    def _put_in_order(self, fallback: GlobalRow = NO_UNIT) -> None:
        self.show(self.anew(), fallback)
        arrived = self.stage.scene.arrived
        if arrived.reorders or len(arrived.rows):
            self.stage.become(arrived=Arrived())

    def arrive(self, rows: Ints, anew: View) -> None:
        """Mark rows that changed, and offer to put the rows in order where that does anything."""
        scene = self.stage.scene
        reorders = not np.array_equal(anew.rows, scene.view.rows)
        rows = np.union1d(scene.arrived.rows, rows)
        if reorders != scene.arrived.reorders or len(rows) != len(scene.arrived.rows):
            self.stage.become(arrived=Arrived(rows, reorders))

    def _on_moved(self, current: int) -> None:
        """Note that what arrived for a unit is looked at."""
        arrived = self.stage.scene.arrived
        left = arrived.rows[arrived.rows != current]
        if len(left) < len(arrived.rows):
            self.stage.become(arrived=replace(arrived, rows=left))

    def look_at(self, rows: Ints) -> None:
        """Mark rows no longer: the curator said something of them, and so knows what arrived."""
        arrived = self.stage.scene.arrived
        left = np.setdiff1d(arrived.rows, rows)
        if len(left) < len(arrived.rows):
            self.stage.become(arrived=replace(arrived, rows=left))

    def refresh_order(self) -> None:
        """Put the rows in order, and filter them, by what arrived since they were.

        Where the current unit goes, the one that followed is it: nobody's place is lost.
        """
        scene = self.stage.scene
        if scene.table is not None:
            gone = scene.view.rows[self.anew().place[scene.view.rows] < 0]
            self.show_anew(stayer(scene.view, gone, scene.current))

    # -- the order ---------------------------------------------------------------------------

    @property
    def own_sort(self) -> Sort:
        """What the rows are sorted by where there is no queue."""
        sort = self.stage.scene.sort
        return self._sort_before if sort == QUEUE_ORDER else sort

    @property
    def reads_said(self) -> bool:
        """Whether a label may change which rows are shown, or their order."""
        scene = self.stage.scene
        sort, state, said = scene.sort, scene.filter, SAID_COLUMNS
        if scene.label_source == FINAL:  # the classes are what curators say
            said |= {"label"}
        read = {sort.column, *state.chips, *(("label",) if state.classes else ())}
        if not said.isdisjoint(read):
            return True
        return state.applied is not None and not state.applied.names().isdisjoint(said)

    @intent
    def set_sort(self, column: str, descending: bool = False) -> None:
        """Sort the table; the current unit stays the current one."""
        sort, scene = Sort(column, descending), self.stage.scene
        if scene.table is None or sort == scene.sort or not is_order(scene.table, column):
            return
        self.stage.become(sort=sort)
        self.show_anew()

    def follow_columns(self, table: Table) -> None:
        """Sort by attention where the column that was sorted by is gone."""
        sort = self.stage.scene.sort
        if sort != QUEUE_ORDER and not is_order(table, sort.column):
            self.stage.become(sort=Sort())

    # -- the review queue --------------------------------------------------------------------

    @intent
    def set_queue(self, spec: QueueSpec | None) -> None:
        """Show the units of a review queue only, in its order; None: all units, as before.

        The filter, and sorting by a column, work within the queue.
        """
        table = self.stage.scene.table
        if spec is None:
            self.end_queue()
        elif self._is_sealed:
            self.stage.notice.emit(f"{SEALED} Try again when the labels are read.")
        elif table is not None and spec.blind and not self.stage.scene.is_whole:
            self.stage.notice.emit(f"{JOINING} Try again when they are open.")
        elif table is not None:
            before = self.stage.scene
            self.stage.become(review=None, sort=self.own_sort)
            self.reviewed.emit()  # a queue is drawn of what is, not of what is hidden
            scene = self.stage.scene
            words = self._not_compared(spec)
            review = draw_up(scene.table or table, spec, known_rows(scene))
            if words or (review.left_out and not len(review.rows)):
                self.stage.become(review=before.review, sort=before.sort)
                self.reviewed.emit()
                self.stage.notice.emit(words or ALL_SEEN)
            else:
                self._begin(review)

    def _begin(self, review: Review) -> None:
        """Show a queue by the curator's own act, at the first unit that is to be reviewed."""
        self._marking.touch()
        self._marking.set_current(self._turn_to(review))

    def _turn_to(self, review: Review) -> GlobalRow:
        """Show a queue; return the first row of it that is to be reviewed, −1: none is shown."""
        self._sort_before = self.own_sort
        self.stage.become(review=review, sort=QUEUE_ORDER)
        self.reviewed.emit()
        self._put_in_order()
        table, view = self.stage.scene.table, self.stage.scene.view
        if table is None or not view.n_shown:
            return NO_UNIT
        place = max(0, next_place(view, -1, unreviewed(table, review), 1))
        return GlobalRow(int(view.rows[place]))

    def _not_compared(self, spec: QueueSpec) -> str:
        """Say why no queue is drawn of units that nobody knows the spikes of yet; empty: it is."""
        from bcviewer.core.sheet.queue_spikes import why_no_queue  # only where there is a queue

        book = self.stage.scene.book
        return "" if book is None else why_no_queue(book, book.table, spec)

    @property
    def _is_sealed(self) -> bool:
        """Whether verdicts are hidden and nobody knows yet which: no queue is drawn of that."""
        book = self.stage.scene.book
        return book is not None and book.n_hidden > 0 and self.stage.scene.review is None

    @intent
    def end_queue(self) -> None:
        """Show all units that pass the filter again; the queue can be resumed."""
        review = self.stage.scene.review
        if review is not None and review.on:
            sort, self._sort_before = self.own_sort, Sort()
            self.stage.become(review=replace(review, on=False), sort=sort)
            self.show_anew()

    @intent
    def reveal(self) -> None:
        """Give a blind review up: every verdict is shown, and labels are given in sight of it."""
        review = self.stage.scene.review
        if review is not None and review.spec.blind:
            self.stage.become(review=replace(review, spec=replace(review.spec, blind=False)))
            self.reviewed.emit()
            self.show_anew()

    @intent
    def resume_queue(self) -> None:
        """Go on where the review queue was left."""
        review = self.stage.scene.review
        if review is None:
            self.stage.notice.emit("There is no review queue to resume.")
        elif not review.on:
            self._begin(replace(review, on=True))

    @intent
    def bring_queue(self, review: Review, stay: bool) -> None:
        """Show a queue as it was left in another session: that belongs to the opening.

        Parameters
        ----------
        review : Review
            The queue.
        stay : bool
            Whether the current unit stays the current one, if it is in the queue.
        """
        current = self.stage.scene.current
        if not review.on:
            self.stage.become(review=review)
            self.reviewed.emit()
            return
        first, place = self._turn_to(review), self.stage.scene.view.place
        stays = stay and current >= 0 and place[current] >= 0
        self._marking.highlight(Marked.one(current if stays else first))

    def complete_queue(self, review: Review) -> None:
        """Go on with a queue of which more is known, or there: who shows further rows does so."""
        self.stage.become(review=review)

    def next_unreviewed(self, by: int = 1) -> None:
        """Go to the next (−1: the previous) shown unit without a manual label."""
        table = self.stage.scene.table
        if table is not None:
            none = "Every unit shown is reviewed."
            self._marking.go_to_next(unreviewed(table, self.stage.scene.review), by, none)

    def next_disagreement(self, by: int = 1) -> None:
        """Go to the next shown unit whose label sources, the manual one included, disagree."""
        table = self.stage.scene.table
        if table is not None:
            none = "The label sources agree about every unit shown."
            self._marking.go_to_next(table.values("disagreement"), by, none)
