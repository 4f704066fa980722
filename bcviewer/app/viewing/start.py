"""Which unit a recording starts at, and what still belongs to its opening."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QObject

from bcviewer.app.stage import Stage, intent
from bcviewer.app.view import Marked
from bcviewer.app.viewing.marking import Marking
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.ids import NO_UNIT, ClusterId, GlobalRow
from bcviewer.core.sheet.table import is_gone

SAID, PHY, QUEUE = READS = ("said", "phy", "queue")
"""What is read of a run after its units are shown: labels and notes, phy's clusters, the queue."""


def reads_of(run: Run) -> tuple[str, ...]:
    """Return what is read of a run after its units are shown."""
    return tuple(of(what, run) for what in READS)


def of(what: str, run: Run) -> str:
    """Return what something that is read of a run is called."""
    return f"{what} {run.provenance.results_dir}"


class Start(QObject):
    """Until a curator did something, what is read of a recording belongs to its opening.

    It moves nothing under a hand, then: the rows come as if it had been there from the beginning.

    Attributes
    ----------
    has_place : bool
        Whether the recording was opened at a unit, asked for or left: not at whatever is first.
    """

    def __init__(self, stage: Stage, marking: Marking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stage = stage
        self._marking = marking
        self._marking.touched.connect(self._on_touched)
        self._unread: set[str] = set()
        """What is still to be read of what was opened: it comes from the curator's own act."""
        self.has_place = False
        self._touched = False
        """Whether the curator did anything since it was opened."""
        self._awaited: tuple[ClusterId, bool] | None = None
        """The id to start at that is not shown yet, and whether somebody asked for it."""
        self._asked: int | None = None
        """The id that somebody asked for."""
        self._run: Run | None = None
        """What was opened first: an id that was not asked for is one of its."""

    def begin(self, asked: int | None, kept: ClusterId | None, unread: Iterable[str]) -> None:
        """Go to the unit that was asked for, else to the one of before, else to the first.

        Parameters
        ----------
        asked, kept : int or None
            Cluster ids: somebody's wish, and that of the same unit in what was open.
        unread : iterable of str
            What is read after the units are shown.
        """
        self._unread, self._touched, self._awaited = set(unread), False, None
        self._marking.forget()
        self._run, self._asked = self.stage.scene.run, asked
        wanted = kept if asked is None else ClusterId(asked)
        self.has_place = wanted is not None
        row = self._shown(wanted, asked=asked is not None)
        self._marking.highlight(Marked.one(self._first() if row is None else row))
        if asked is not None and row is not None:
            self._marking.go_to_id(ClusterId(asked))  # says what there is to say of it
            self._touched = False
        elif wanted is not None and row is None:
            self._awaited = (wanted, asked is not None)

    @property
    def is_there(self) -> bool:
        """Whether the unit that it was opened at is shown, and so was gone to."""
        return self.has_place and self._awaited is None

    @property
    def is_untouched(self) -> bool:
        """Whether nobody did anything since it was opened."""
        return not self._touched

    def expect(self, unread: Iterable[str]) -> None:
        """Note what is still to be read of a probe that joined what was opened."""
        self._unread.update(unread)

    def end_opening(self) -> None:
        """Note that all probes are shown: where nobody was anywhere, go to what is first now.

        Where an id was asked for that several have, say whose it is.
        """
        if not self._touched and not self.has_place and self.stage.scene.view.n_shown:
            self._marking.highlight(Marked.one(self._first()))
        if self._asked is not None:
            self._marking.tell_which(ClusterId(self._asked))

    def is_first(self, what: str) -> bool:
        """Whether something has not been read before."""
        return what in self._unread

    def reads(self, what: str) -> bool:
        """Whether something that arrives belongs to the opening, and moves nothing under a hand.

        Nobody did anything yet, or filtered for what was not known: nothing is shown.
        """
        return what in self._unread and not (self._touched and self.stage.scene.view.n_shown > 0)

    @intent
    def has_read(self, what: str) -> None:
        """Note that something is read; go to the unit to start at, if it is shown by now.

        phy may have made it, or the filter asks for what is read after the units are shown.
        """
        self._unread.discard(what)
        if self._awaited is None:
            self._leave_gone()
            return
        wanted, asked = self._awaited
        row = self._shown(wanted, asked=asked)
        if not self._touched and row is not None:
            self._marking.highlight(Marked.one(row))
        elif not self._touched and self._unread:
            return
        elif not self._touched and asked:
            self._marking.go_to_id(wanted)
        self._awaited = None

    def _first(self) -> GlobalRow:
        """Return the first row shown whose unit is there still; of none, the first one; −1."""
        view, table = self.stage.scene.view, self.stage.scene.table
        if table is None or not view.n_shown:
            return NO_UNIT
        gone = is_gone(table, view.rows)
        return GlobalRow(int(view.rows[0 if gone.all() else int(np.argmin(gone))]))

    def _leave_gone(self) -> None:
        """Begin at a unit that is there, where phy took the first one since Bombcell ran."""
        table, current = self.stage.scene.table, self.stage.scene.current
        if self._touched or self.has_place or table is None or current < 0:
            return
        if is_gone(table, np.array([current])).any():
            self._marking.highlight(Marked.one(self._first()))

    def _shown(self, cluster_id: ClusterId | None, *, asked: bool) -> GlobalRow | None:
        """Return the row of a cluster id if it is shown; one that is asked for is of any probe."""
        scene, book = self.stage.scene, self.stage.scene.book
        if cluster_id is None or book is None:
            return None
        rows = book.table.ids.rows_of(cluster_id)
        which = None if self._run is None else book.sheet_with(self._run)
        if not asked and which is not None:
            rows = book.within(which, rows)
        shown = scene.view.in_order(rows[:1])
        return GlobalRow(int(shown[0])) if len(shown) else None

    def _on_touched(self) -> None:
        self._touched = True
