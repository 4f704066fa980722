"""What scripts and the window ask of the open recording: one method an intent."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from bcviewer.app.background.background import Background
from bcviewer.app.catalogue import Catalogue, Request
from bcviewer.app.curating.curation import Curation
from bcviewer.app.curating.labelling import Labelling
from bcviewer.app.curating.saying import Saying
from bcviewer.app.curating.speaker import first_scene
from bcviewer.app.opening.loader import Further, Loaded
from bcviewer.app.opening.opening import Opening
from bcviewer.app.prefs import Prefs
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.threads.under_way import UnderWay
from bcviewer.app.threads.worker import Closing, Control, close_all
from bcviewer.app.view import FilterState, Sort, View
from bcviewer.app.viewing.viewing import Viewing
from bcviewer.core.arrays import Ints
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.ids import ClusterId, GlobalRow
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.core.sheet.table import Table

if TYPE_CHECKING:
    from bcviewer.app.viewing.comparing import Comparing


class Session(QObject):
    """The open recording and what the curator looks at; it owns the owners of all state.

    A unit is identified by its row in the run, because ids can be double or absent in damaged
    results; people see its cluster id. All methods that take a place or an id leave everything
    as it is where there is no such unit, and say so through :attr:`notice`.

    Attributes
    ----------
    stage : Stage
        Owns the scene.
    under_way : UnderWay
        Owns what is waited for; told of what else is (plots being made ready).
    changed : Signal(Scene, Scene)
        The scene as it was told last, and as it is: at most once a turn of the event loop.
    progressed : Signal(Progress or None)
        How far the work is; None: it ended.
    failed : Signal(UserError)
        Something cannot be done; what was open is as it was.
    notice : Signal(str)
        A short message for the status bar; empty: the one before is over.
    done : Signal(Outcome)
        A job given to :meth:`run_job` ended.
    idle : Signal()
        Loading and other work is done.
    """

    changed = Signal(object, object)
    progressed = Signal(object)
    failed = Signal(object)
    notice = Signal(str)
    done = Signal(object)
    idle = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.prefs = prefs = Prefs()
        self.stage = stage = Stage(first_scene(prefs), self)
        self.under_way = under_way = UnderWay(self)
        self.viewing = viewing = Viewing(stage, self)
        self.background = Background(stage, viewing, under_way, prefs, self)
        self.saying = Saying(stage, viewing, under_way, self)
        self.opening = Opening(stage, prefs, under_way, self.saying.queues, self)
        self.labelling = Labelling(stage, self.saying, viewing.marking, prefs, self)
        under_way.follow((stage, self.opening, self.background, self.saying.hearings))
        under_way.progressed.connect(self.progressed)
        under_way.idle.connect(self.idle)
        stage.changed.connect(self.changed)
        stage.settled.connect(under_way.check)
        stage.notice.connect(self.notice)
        stage.failed.connect(self.failed)
        self.opening.loaded.connect(self._show)
        self.opening.joined.connect(self._join)
        self.opening.done.connect(self.done)

    @intent
    def _show(self, loaded: Loaded) -> None:
        """Take over a new run."""
        self.stage.leaving.emit(True)  # while its journal is open, and its rows are those meant
        catalogue, table = loaded.catalogue, loaded.table
        kept = self.viewing.shown.kept_id(catalogue, table)
        self.background.open(table)
        self.viewing.open(catalogue, table, kept, loaded.unopened, is_whole=not loaded.rest)
        self.saying.set_person(self.prefs.person())
        self.saying.hearings.open(table.run)
        self.labelling.notes.tell_kept()

    @intent
    def _join(self, further: Further) -> None:
        """Take one more probe into the table, or tell why it is not there."""
        table = further.table
        self.viewing.join(table, further.problem, is_last=further.is_last)
        if table is not None:
            self.background.join(table)
            self.saying.hearings.join(table.run)

    # -- what is there -----------------------------------------------------------------------

    @property
    def scene(self) -> Scene:
        """Everything that viewers draw."""
        return self.stage.scene

    @property
    def table(self) -> Table | None:
        """The units of all that is open; None: nothing is."""
        return self.scene.table

    @property
    def view(self) -> View:
        """The rows shown."""
        return self.scene.view

    @property
    def current(self) -> GlobalRow:
        """Row of the current unit, −1: none. It is one of those in :attr:`selected`."""
        return self.scene.current

    @property
    def selected(self) -> Ints:
        """Rows that are highlighted, in the order shown: whom a label, a note, a copy is for."""
        return self.scene.selected

    @property
    def filter(self) -> FilterState:
        """What is filtered for."""
        return self.scene.filter

    @property
    def sort(self) -> Sort:
        """What the rows are sorted by."""
        return self.scene.sort

    @property
    def curation(self) -> Curation:
        """The labels and notes of the current unit's recording."""
        return self.saying.curation

    @property
    def catalogue(self) -> Catalogue | None:
        """The probes and run modes of what was opened."""
        return self.scene.catalogue

    # -- opening -----------------------------------------------------------------------------

    def open(
        self,
        path: str | Path,
        *,
        mode: str | None = None,
        probe: str | None = None,
        root: str | None = None,
        kilosort: str | None = None,
        unit: int | None = None,
    ) -> None:
        """Load a path in the worker; what is open stays until the new run is there."""
        self.opening.open(Request(str(path), mode, probe, root, kilosort=kilosort, unit=unit))

    def open_location(self, index: int) -> None:
        """Load another probe or mode of what is open, by its place in the catalogue."""
        self.opening.open_location(index)

    def reload(self) -> None:
        """Read what is open again, and stay at the current unit."""
        self.opening.reload()

    def run_job(self, tag: str, work: Callable[[Control], object], place: str | Path = "") -> None:
        """Run other work in a thread, which may wait for ``place``; :attr:`done` tells."""
        self.opening.run_job(tag, work, place)

    def cancel(self) -> None:
        """Stop the work under way and what waits for it; what is open stays."""
        for owner in (self.opening, self.background, self.saying.hearings):
            owner.cancel()

    @cached_property
    def comparing(self) -> Comparing:
        """What the open run is compared with; nothing is at the start."""
        from bcviewer.app.viewing.comparing import Comparing

        return Comparing(self.stage, self.viewing, self.opening, self)

    # -- which units -------------------------------------------------------------------------

    def set_label_source(self, source: str) -> None:
        """Count and colour classes by Bombcell's labels, the saved, split or final ones."""
        self.viewing.shown.set_label_source(source)

    def set_sort(self, column: str, descending: bool = False) -> None:
        """Sort the table; the current unit stays the current one."""
        self.viewing.rows.set_sort(column, descending)

    def set_queue(self, spec: QueueSpec | None) -> None:
        """Show the units of a review queue only, in its order; None: all units, as before."""
        self.viewing.rows.set_queue(spec)

    def set_filter(self, text: str) -> None:
        """Filter by a text; one that cannot be read keeps the last good filter."""
        self.viewing.filtering.set_filter(text)

    def toggle_class(self, label: Label) -> None:
        """Add a class to, or take it from, the classes shown (none: all are shown)."""
        self.viewing.filtering.toggle_class(label)

    def toggle_chip(self, chip: str) -> None:
        """Switch one of the chips."""
        self.viewing.filtering.toggle_chip(chip)

    def clear_filter(self) -> None:
        """Show all units: first those that the filter hides, then those outside the queue."""
        self.viewing.filtering.clear_filter()

    # -- the current unit --------------------------------------------------------------------

    def set_current(self, row: GlobalRow) -> None:
        """Highlight one row, and nothing else; a hidden one is not gone to, and that is said."""
        self.viewing.marking.set_current(row)

    def set_selected(self, rows: Ints) -> None:
        """Highlight some rows, those of them that are shown."""
        self.viewing.marking.mark(self.current, rows)

    def step(self, by: int) -> None:
        """Move to another unit in table order; stops at either end."""
        self.viewing.marking.step(by)

    def go_to_place(self, place: int) -> None:
        """Make the unit at a place of the table the current one; negative counts from the end."""
        self.viewing.marking.go_to_place(place)

    def go_to_id(self, cluster_id: ClusterId) -> bool:
        """Go to a cluster id; if it is not there, say so and move nothing."""
        return self.viewing.marking.go_to_id(cluster_id)

    def go_to_text(self, text: str) -> str:
        """Go to ``412``, ``B:412``, or a row, ``#12``; return what is wrong, if anything."""
        return self.viewing.marking.go_to_text(text)

    def current_id(self) -> ClusterId | None:
        """Return the current unit's cluster id; None where there is no unit or it has none."""
        return self.viewing.marking.current_id()

    # -- what is said ------------------------------------------------------------------------

    def set_label(self, label: Label | None) -> None:
        """Label the highlighted units as one action (None: clear it), and go on to the next."""
        self.labelling.set_label(label)

    def set_note(self, text: str, rows: Ints | None = None) -> bool:
        """Give units, or the highlighted ones, a note (empty: none); return whether it is saved."""
        return self.labelling.set_note(text, rows)

    def accept_bombcell(self) -> None:
        """Take over Bombcell's label for the shown units, as one action."""
        self.labelling.accept_bombcell()

    def undo(self) -> None:
        """Take back one's own last action, and go to its unit."""
        self.labelling.undoing.undo()

    def redo(self) -> None:
        """Bring back what was taken back last, and go to its unit."""
        self.labelling.undoing.redo()

    @property
    def busy(self) -> bool:
        """Whether loading or other work is under way."""
        return self.under_way.busy

    def wait_idle(self, ms: float | None) -> bool:
        """Handle events until all is done, at most ``ms`` ms (None, −1: ever); return if it is."""
        return self.under_way.wait(ms)

    def wait_verified(self, ms: float | None) -> bool:
        """Handle events until Bombcell has answered for the open run, at most ``ms`` ms."""
        return self.background.wait_verified(ms, self.idle)

    def close(self, *also: Closing) -> None:
        """End all threads, ``also``, and the helper process; no silent drive is awaited."""
        if not self.stage.closed:
            self.stage.close()
            threads = (*self.background.close(), *self.saying.close(), *self.opening.close())
            close_all((*threads, *also))
            self.under_way.close()
