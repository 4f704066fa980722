"""The current unit and what is highlighted beside it: the curator's own act moves it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from bcviewer.app.no_unit import NOTHING_SHOWN
from bcviewer.app.stage import Stage, intent
from bcviewer.app.view import Beside, Marked
from bcviewer.app.viewing.review import next_place
from bcviewer.core.arrays import Bools, Ints
from bcviewer.core.rules.counts import count_of
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.ids import NO_UNIT, ClusterId, GlobalRow

LAST_UNIT, FIRST_UNIT = "This is the last unit shown.", "This is the first one."
NOTHING_FOLLOWS = "No unit shown follows those that were highlighted."
"""Notices that are true only until another unit is the current one."""


class Marking(QObject):
    """Moves what is highlighted, among the rows that are shown.

    All methods that take a place or an id leave everything as it is where there is no such unit,
    and say so.

    Attributes
    ----------
    touched : Signal()
        The curator did something: from now on nothing moves by itself.
    chosen : Signal()
        The curator chose a unit, also the one that was current already, or one that is hidden.
    moved : Signal(int)
        Another unit, by its row, is the current one.
    """

    touched = Signal()
    chosen = Signal()
    moved = Signal(int)

    def __init__(self, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stage = stage
        self._goal: GlobalRow | None = None
        """The hidden row that the curator asked for: Esc shows it."""

    @property
    def goal(self) -> GlobalRow | None:
        """The hidden row that the curator asked for, if it was their last act."""
        return self._goal

    def touch(self) -> None:
        """Note that the curator did something."""
        self._goal = None
        self.touched.emit()

    def forget(self) -> None:
        """Note that another recording is open."""
        self._goal = None

    def aim(self, row: GlobalRow) -> None:
        """Remember a hidden row that the curator asked for."""
        self._goal = row

    @intent
    def set_current(self, row: GlobalRow) -> None:
        """Highlight one row, and nothing else; a hidden one is not gone to, and that is said."""
        scene = self.stage.scene
        if not 0 <= row < len(scene.view.place):
            return
        self.chosen.emit()
        if scene.view.place[row] < 0:
            self.aim(row)
            by = "filter" if scene.filter.active else "review queue"
            self.stage.notice.emit(
                f"The {by} hides this unit; Esc clears the {by}, and goes to the unit."
            )
            return
        self.touch()
        self.highlight(Marked.one(row))

    @intent
    def mark(self, current: GlobalRow, rows: Ints) -> None:
        """Highlight some rows, those of them that are shown; where none is, nothing changes.

        Parameters
        ----------
        current : int
            Which of them is the current unit; where it is none of them the nearest is.
        rows : numpy.ndarray
            Rows of the run.
        """
        marked = Marked.of(self.stage.scene.view, current, rows)
        if marked.current >= 0:
            self.chosen.emit()
            self.touch()
            self.highlight(marked)

    @intent
    def highlight(self, marked: Marked) -> None:
        """Highlight rows, whoever asks."""
        before = self.stage.scene.marked
        if marked.current == before.current and marked.same_rows(before):
            return
        self.stage.become(marked=marked)
        if marked.current != before.current:
            self.moved.emit(marked.current)

    @intent
    def set_beside(self, place: int) -> None:
        """Wish for one of its similar units beside the current one; 0 is the most similar."""
        scene = self.stage.scene
        if scene.current < 0:
            self.stage.notice.emit(NOTHING_SHOWN)
            return
        self.chosen.emit()
        self.touch()
        self.stage.become(beside=Beside(scene.marked, place))

    def move(self, to: Ints) -> None:
        """Let what is highlighted follow its rows: by row, where it is now."""
        marked = self.stage.scene.marked
        current = GlobalRow(int(to[marked.current])) if marked.current >= 0 else NO_UNIT
        moved = Marked(current, to[marked.selected])
        place = self.stage.scene.beside_place
        self.stage.become(marked=moved, beside=Beside(moved, place) if place else Beside())
        self._goal = None if self._goal is None else GlobalRow(int(to[self._goal]))

    # -- going through them ------------------------------------------------------------------

    @property
    def place(self) -> int:
        """The place of the current unit in the table, −1: there is none."""
        scene = self.stage.scene
        return int(scene.view.place[scene.current]) if scene.current >= 0 else -1

    @intent
    def step(self, by: int) -> None:
        """Move to another unit in table order; stops at either end."""
        view, place = self.stage.scene.view, self.place
        if not view.n_shown:
            self.stage.notice.emit(NOTHING_SHOWN)
            return
        target = place + by if place >= 0 else (0 if by > 0 else view.n_shown - 1)
        target = min(max(target, 0), view.n_shown - 1)
        if target == place:
            self.stage.notice.emit(LAST_UNIT if by > 0 else FIRST_UNIT)
        self.set_current(GlobalRow(int(view.rows[target])))

    def go_to_place(self, place: int) -> None:
        """Make the unit at a place of the table the current one; negative counts from the end."""
        view = self.stage.scene.view
        if view.n_shown:
            self.set_current(GlobalRow(int(view.rows[place])))

    def go_to_next(self, wanted: Bools, by: int, none: str) -> None:
        """Go to the next (−1: the previous) shown one of the wanted units, shape (n_units,).

        Goes around the end of the table. ``none`` is said where no unit shown is wanted.
        """
        view = self.stage.scene.view
        place = next_place(view, self.place, wanted, by)
        if place < 0:
            self.stage.notice.emit(none if view.n_shown else NOTHING_SHOWN)
        else:
            self.go_to_place(place)

    def next_borderline(self) -> None:
        """Go to the next borderline unit after the current one, around the end of the table."""
        table = self.stage.scene.table
        if table is not None and self.stage.scene.view.n_shown:
            self.go_to_next(table.audit.borderline, 1, "No unit shown is borderline.")

    # -- ids ---------------------------------------------------------------------------------

    def current_id(self) -> ClusterId | None:
        """Return the current unit's cluster id; None where there is no unit or it has none."""
        table = self.stage.scene.table
        found = None if table is None else table.ids.id_of(self.stage.scene.current)
        return None if found is None else ClusterId(found)

    def go_to_text(self, text: str) -> str:
        """Go to a unit as people write it; return what is wrong, if anything.

        That is a cluster id (``412``), one with its probe (``B:412``), or a row (``#12``).
        """
        book = self.stage.scene.book
        if book is None:
            return "No recording is open."
        text = text.strip()
        by_row = text.startswith("#")
        try:
            number = int(text[1:] if by_row else text)
        except ValueError:
            return self._go_to_named(book, text)
        if not by_row:
            if among := _among(book, ClusterId(number)):
                return f"{among[0]}: write {among[1]}:{number}."
            found = self.go_to_id(ClusterId(number))
            return "" if found else self._no_such_id(ClusterId(number))
        if not 0 <= number < book.n_units:
            return f"There is no row {number}: rows are 0 to {book.n_units - 1:,}."
        self.set_current(GlobalRow(number))
        return ""

    def _go_to_named(self, book: Book, text: str) -> str:
        """Go to a unit that is named with its probe; return what is wrong, if anything."""
        rows = book.rows_named(text)
        if len(rows):
            self.set_current(GlobalRow(int(rows[0])))
            return ""
        what = "a cluster id" if len(book) == 1 else f"a unit (such as {book.probes[-1]}:412)"
        return f"“{text[:40]}” is neither {what} nor # and a row number."

    def tell_which(self, cluster_id: ClusterId) -> None:
        """Say of which probe the current unit is, where several have the id that was asked for."""
        book, here = self.stage.scene.book, self.stage.scene.current
        among = None if book is None else _among(book, cluster_id)
        if book is not None and among is not None and self.current_id() == cluster_id:
            self.stage.notice.emit(f"{among[0]}: this is {book.table.named(here)}.")

    @intent
    def go_to_id(self, cluster_id: ClusterId) -> bool:
        """Go to a cluster id; if it is not there, say so and move nothing."""
        table = self.stage.scene.table
        if table is None:
            return False
        rows = table.ids.rows_of(cluster_id)
        if not len(rows):
            self.stage.notice.emit(self._no_such_id(cluster_id))
            return False
        if len(rows) > 1:
            words = f"{count_of(len(rows), 'row')} have the cluster id {cluster_id}: the first."
            self.stage.notice.emit(words)
        self.set_current(GlobalRow(int(rows[0])))
        return True

    def _no_such_id(self, cluster_id: ClusterId) -> str:
        run, book = self.stage.scene.run, self.stage.scene.book
        from bcviewer.core.sheet.unsaved_only import unsaved_id_words  # not at the start

        sheets = () if book is None else book.sheets
        if unsaved := next(filter(None, (unsaved_id_words(s, cluster_id) for s in sheets)), ""):
            return unsaved
        where = "this recording" if run is None else run.provenance.name
        if book is not None and len(book) > 1:
            where = f"any of {', '.join(book.probes)}"
        return f"No unit has the cluster id {cluster_id} in {where}."


def _among(book: Book, cluster_id: ClusterId) -> tuple[str, str] | None:
    """Return the words that an id alone is ambiguous, and its first probe; None: it is not."""
    found = [i for i, _ in book.by_sheet(book.table.ids.rows_of(cluster_id))]
    if len(found) < 2:
        return None
    names = [book.probes[i] for i in found]
    listed = " and of ".join([", ".join(names[:-1]), names[-1]])
    return f"{cluster_id} is a unit of {listed}", names[0]
