"""All state that changes, with one owner: one method an intent, then one typed signal."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
from PySide6.QtCore import QObject, QThread, QTimer, Signal

from bcviewer.app.background.comparer import Compared, Comparer
from bcviewer.app.background.evidence import EvidenceService
from bcviewer.app.background.verifier import Verified, Verifier
from bcviewer.app.curating import review
from bcviewer.app.curating.curation import Curation, SaveState, named
from bcviewer.app.opening.loader import Catalogue, Loaded, Request, load, load_with_sort
from bcviewer.app.prefs import Prefs
from bcviewer.app.scene import Done, Journals, Scene
from bcviewer.app.threads.jobs import Jobs
from bcviewer.app.threads.waiting import wait_until
from bcviewer.app.threads.worker import Closing, Control, Outcome, Progress, Worker, close_all
from bcviewer.app.view import (
    NO_VIEW,
    Arrived,
    Bools,
    FilterState,
    Ints,
    Marked,
    Sort,
    View,
    filter_mask,
)
from bcviewer.core.curation.entries import Action, Change
from bcviewer.core.curation.history import units_of, words_of
from bcviewer.core.curation.imported import ImportedLabels
from bcviewer.core.curation.manual import MANUAL_LABELS
from bcviewer.core.curation.replay import CurationState
from bcviewer.core.curation.said_columns import NO_LABEL, orphans, told_apart
from bcviewer.core.evidence.ask import Ask
from bcviewer.core.evidence.recording import Recording
from bcviewer.core.filter.language import FilterError, parse_filter
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.run.phy import CHANGED
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import NO_ID_SENTENCE
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.inputs import Oracle
from bcviewer.core.sheet.queue import QueueSpec, review_queue
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import CancelledError, UserError
from bcviewer.oracle.client import Bombcell, Verification

LAST_UNIT, FIRST_UNIT = "This is the last unit shown.", "This is the first one."
"""Notices that are true only until another unit is the current one."""
NOTHING_SHOWN = "No unit is shown."

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


_NO_ROWS = np.empty(0, np.int64)
QUEUE_ORDER = Sort("queue")
"""The order of the review queue, as it was drawn up."""


_ASKED_OF = ("table", "view", "current", "selected", "identity")
"""The parts of the scene that what is asked about the current unit depends on."""


def _intent(
    method: Callable[Concatenate[Session, Given], Answer],
) -> Callable[Concatenate[Session, Given], Answer]:
    """Let what a method changes be told once, at its end."""

    @wraps(method)
    def run(self: Session, /, *args: Given.args, **kwargs: Given.kwargs) -> Answer:
        self._depth += 1
        try:
            return method(self, *args, **kwargs)
        finally:
            self._depth -= 1
            if not self._depth:
                self._tell()

    return run


class Session(QObject):
    """The open recording and what the curator looks at.

    A unit is identified by its row in the run, because ids can be double or absent in damaged
    results; people see its cluster id. All methods that take a place or an id leave everything
    as it is where there is no such unit, and say so through :attr:`notice`.

    Attributes
    ----------
    scene : Scene
        Everything that viewers draw. Only :meth:`_become` assigns it.
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
        self.prefs = Prefs()
        self.scene = Scene(person=named(self.prefs.person()))
        self._told = self.scene
        """The scene that was told last."""
        self._depth = 0
        """How many intents are under way, one within another."""
        self._telling = False
        self.asking: Callable[[Scene], tuple[Sequence[Ask], Sequence[Ask]]] = _asks_nothing
        """What is on screen of the current unit, and what will be of the next one."""
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._end_turn)
        self._unread: set[str] = set()
        """What is still to be read of what was opened: it comes from the curator's own act."""
        self._touched = False
        """Whether the curator did anything since it was opened."""
        self._acting = False
        """Whether what curators said changes by the curator's own hand just now."""
        self._goal: int | None = None
        """The hidden row that the curator asked for: Esc shows it."""
        self._sort_before = Sort()
        self._wanted_unit: int | None = None
        self._left_at: dict[str, int] = {}
        """The current unit's id of each Kilosort directory that was left, for coming back."""
        self._awaited: tuple[int, bool] | None = None
        """The id to start at that is not shown yet, and whether somebody asked for it."""
        self._held: set[str] = set()
        self._worker = Worker("loader", self)
        self._worker.finished.connect(self._on_finished)
        self._worker.progressed.connect(self._on_progressed)
        self._jobs = Jobs(self)  # of their own: opening a recording stops no export
        self._jobs.finished.connect(self._on_finished)
        self._jobs.progressed.connect(self._on_progressed)
        self._closed = False
        self._progress: dict[str, Progress] = {}
        self._bombcell = Bombcell()
        weakref.finalize(self, self._bombcell.close)  # also where nobody closes the session
        self._verifier = Verifier(self._bombcell, self)
        self._verifier.answered.connect(self._on_verified)
        self.evidence = EvidenceService(self._bombcell, open_arrays, self)
        self.evidence.changed.connect(self._on_evidence)
        self.evidence.progressed.connect(self._on_evidence_progressed)
        self.evidence.settled.connect(self._check_idle)
        self.curation = Curation(self.prefs.person(), self)
        self.curation.changed.connect(self._on_said)
        self.curation.saved.connect(self._on_saved)
        self.curation.opened.connect(self._on_journals)
        self.curation.failed.connect(self.failed)
        self.curation.told.connect(self.notice)
        self.curation.progressed.connect(self._on_progressed)
        self.curation.settled.connect(self._on_curation_settled)
        self._comparer = Comparer(self)
        self.evidence.opened.connect(self._on_arrays)
        self._comparer.compared.connect(self._on_compared)
        self._comparer.settled.connect(self._check_idle)

    # -- one way to become -------------------------------------------------------------------

    def _become(self, **changes: Any) -> None:
        """Let other things be shown: the only assignment of the scene there is."""
        self._next(**changes)
        if not self._depth:
            self._tell()

    def _next(self, **changes: Any) -> None:
        self.scene = replace(self.scene, **changes)

    def _tell(self) -> None:
        """Tell what changed, unless something was told in this turn: then at its end."""
        if self._told is self.scene or self._closed:
            return
        in_loop = QThread.currentThread().loopLevel() > 0  # a script's calls are turns of their own
        if self._telling or (in_loop and self._turn.isActive()):
            self._turn.start()
            return
        self._telling = True
        before, asks = self._told, self.scene.differs(self._told, *_ASKED_OF)
        try:
            if asks and self.table is not None:
                self._want()
                self._next(evidence=self.evidence.evidence)
            self._told = self.scene
            if in_loop:
                self._turn.start()
            self.changed.emit(before, self._told)
        finally:
            self._telling = False

    def _end_turn(self) -> None:
        """Tell what came in a turn after something was told."""
        if self._told is not self.scene:
            self._tell()
            self._check_idle()

    @property
    def table(self) -> Sheet | None:
        """The open run; None: nothing is open."""
        return self.scene.table

    @property
    def view(self) -> View:
        """The rows shown."""
        return self.scene.view

    @property
    def marked(self) -> Marked:
        """What is highlighted, and the current unit."""
        return self.scene.marked

    @property
    def current(self) -> int:
        """Row of the current unit, −1: none. It is one of those in :attr:`selected`."""
        return self.scene.marked.current

    @property
    def selected(self) -> Ints:
        """Rows that are highlighted, in the order shown: whom a label, a note, a copy is for."""
        return self.scene.marked.selected

    @property
    def arrived(self) -> Arrived:
        """What came from elsewhere since the rows were put in order."""
        return self.scene.arrived

    @property
    def queue(self) -> Ints | None:
        """Rows of the review queue."""
        return self.scene.queue

    @property
    def filter(self) -> FilterState:
        """What is filtered for."""
        return self.scene.filter

    @property
    def sort(self) -> Sort:
        """What the rows are sorted by."""
        return self.scene.sort

    @property
    def label_source(self) -> str:
        """Whose labels are shown."""
        return self.scene.label_source

    @property
    def catalogue(self) -> Catalogue | None:
        """The probes and run modes of what was opened."""
        return self.scene.catalogue

    @property
    def verification(self) -> Verification | None:
        """What Bombcell itself says of the labels; None: it is being asked."""
        return self.scene.verification

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
        self._wanted_unit = unit
        sorts = self.prefs.sorts()
        self._load(Request(str(path), mode, probe, root, sorts=sorts, kilosort=kilosort))

    def open_location(self, index: int) -> None:
        """Load another probe or mode of what is open, by its place in the catalogue.

        Another mode of the same sort stays at the current unit, by its id.
        """
        if self.catalogue is not None:
            self._wanted_unit = None
            catalogue = self.catalogue
            results = str(catalogue.locations[index].results_dir)
            self._load(replace(catalogue.request, results=results, found=catalogue.found))

    def reload(self) -> None:
        """Read the open probe again, and stay at the current unit."""
        if self.catalogue is not None:
            self._wanted_unit = None
            results = str(self.catalogue.location.results_dir)
            self._load(replace(self.catalogue.request, results=results, found=None))

    def point_at_sort(self, ks_dir: str) -> None:
        """Say which Kilosort directory the open results are of; it is remembered for them."""
        if self.catalogue is not None:
            self._wanted_unit = None
            request = replace(self.catalogue.request, sorts=self.prefs.sorts())
            results = str(self.catalogue.location.results_dir)
            self._worker.submit(
                "load", lambda control: load_with_sort(request, results, ks_dir, control)
            )

    def cancel(self) -> None:
        """Stop the work under way and what waits for it; what is open stays."""
        self._worker.cancel()
        self._jobs.cancel()
        self.evidence.cancel()
        self._comparer.cancel()
        self.curation.cancel()

    def run_job(self, tag: str, work: Callable[[Control], object], place: str | Path = "") -> None:
        """Run other work (an export) in a thread, after the jobs before it.

        :attr:`done` tells how it ended. ``place`` is the folder or file that it may have to wait
        for: the next job does not wait for one that does not answer.
        """
        self._jobs.submit(tag, work, str(place))

    def _load(self, request: Request) -> None:
        if self._closed:
            self.failed.emit(UserError("The session was closed: nothing can be opened in it."))
            return
        place = str(Path(request.path).expanduser().absolute())
        self._worker.submit("load", lambda control: load(request, control), place)

    def _on_progressed(self, progress: Progress) -> None:
        self._progress[progress.tag] = progress
        self.progressed.emit(progress)

    def _on_evidence_progressed(self, progress: Progress | None) -> None:
        if progress is not None:
            self._on_progressed(progress)
        else:
            self._progress.pop("evidence", None)
            self.progressed.emit(next(iter(self._progress.values()), None))

    def _on_curation_settled(self) -> None:
        if self._progress.pop("curation", None) is not None:
            self.progressed.emit(next(iter(self._progress.values()), None))
        self._check_idle()

    def _on_finished(self, outcome: Outcome) -> None:
        self._progress.pop(outcome.tag, None)
        self.progressed.emit(next(iter(self._progress.values()), None))
        if isinstance(outcome.error, CancelledError):
            silence = str(outcome.error)
            done = f"{silence}; it is not waited for" if silence else "nothing was changed"
            self.notice.emit(f"Cancelled; {done}.")
        elif isinstance(outcome.error, UserError):
            self.failed.emit(outcome.error)
        elif outcome.error is not None:
            self._check_idle()
            raise outcome.error  # unexpected: reaches the excepthook and its report
        elif isinstance(outcome.value, Loaded):
            self._show(outcome.value)
        if outcome.tag != "load":
            self.done.emit(outcome)
        self._check_idle()

    @_intent
    def _show(self, loaded: Loaded) -> None:
        """Take over a new run; the filter and the sort stay where they still make sense."""
        kept = self._kept_id(loaded)
        self.prefs.add_sorts(loaded.catalogue.request.sorts)
        before, table = self.table, loaded.table
        if before is not None and not _is_same(before.run, table.run):
            self.notice.emit("")  # what it says is about the recording before
        table = derive(replace(table.inputs, source=self.label_source), table)
        if before is not None and _is_same(before.run, table.run):
            # until the journals are read again: what is sorted or filtered by a source stays so
            table = derive(replace(table.inputs, sources=before.sources), table)
        self._unread, self._touched, self._goal = {"said", "phy"}, False, None
        self._comparer.cancel()
        self.evidence.open(table.run)
        sort = self._sort_before if self.sort == QUEUE_ORDER else self.sort
        self._become(
            catalogue=loaded.catalogue,
            table=table,
            sort=sort if table.kind(sort.column) else Sort(),
            view=NO_VIEW,
            marked=Marked(),
            arrived=Arrived(),
            queue=None,
            evidence=self.evidence.evidence,
            said=CurationState(),
            verification=None,
            journals=None,
            done=None,
        )
        state, dropped = self._carried()
        self._become(filter=state)
        self._become(view=self._view_anew())
        if dropped:
            self.notice.emit(dropped)
        self._start_unit(kept)
        self._verifier.ask(table.run, table.criteria)
        self.curation.set_person(self.prefs.person())
        self._become(person=self.curation.person)
        self.curation.open(table.run)

    def _kept_id(self, loaded: Loaded) -> int | None:
        """Return the id to go on at: the current unit's in the same sort, else where it was left.

        What is left is remembered until the program ends.
        """
        table, catalogue = self.table, self.catalogue
        run, here = loaded.table.run, self.current_id()
        if table is None or catalogue is None:
            return None
        if here is not None:
            self._left_at[table.run.provenance.ks_dir] = here
        recording = catalogue.request.path == loaded.catalogue.request.path
        same = review.is_same_sort(table.run, run, self.current, recording)
        return here if same else self._left_at.get(run.provenance.ks_dir)

    def _start_unit(self, kept: int | None) -> None:
        """Go to the unit that was asked for, else to the one of before, else to the first."""
        asked, self._wanted_unit = self._wanted_unit, None
        table, self._awaited = self.table, None
        if table is None:
            return
        wanted = kept if asked is None else asked
        rows = _NO_ROWS if wanted is None else table.ids.rows_of(wanted)
        shown = self.view.in_order(rows[:1])
        first = int(self.view.rows[0]) if self.view.n_shown else -1
        self._mark(Marked.one(int(shown[0]) if len(shown) else first))
        if asked is not None and len(shown):
            self.go_to_id(asked)  # says what there is to say of it
            self._touched = False
        elif wanted is not None and not len(shown):
            self._awaited = (wanted, asked is not None)

    def _go_to_awaited(self) -> None:
        """Go to the unit to start at once it is shown, if nobody did anything since.

        phy may have made it, or the filter asks for what is read after the units are shown.
        """
        table, awaited = self.table, self._awaited
        if awaited is None or table is None:
            return
        wanted, asked = awaited
        shown = self.view.in_order(table.ids.rows_of(wanted)[:1])
        if not self._touched and len(shown):
            self._mark(Marked.one(int(shown[0])))
        elif not self._touched and self._unread:
            return
        elif not self._touched and asked:
            self.go_to_id(wanted)
        self._awaited = None

    @_intent
    def _on_verified(self, found: Verified) -> None:
        table, codes = self.table, found.verification.codes
        if table is None or found.run is not table.run or found.criteria is not table.criteria:
            return  # it says nothing of what is shown now
        self._become(verification=found.verification)
        if codes is not None and (codes != table.audit.label[: len(codes)]).any():
            oracle = Oracle(found.run, found.criteria, codes)
            other = derive(replace(table.inputs, oracle=oracle), table)
            changed = np.flatnonzero(other.bombcell_labels != table.bombcell_labels)
            self._replace_table(other, changed=changed)

    def _on_arrays(self) -> None:
        if self.table is not None:
            self._comparer.ask(self.table, self.evidence.shared, self.evidence.problem)

    @_intent
    def _on_compared(self, found: Compared) -> None:
        """Show what became of the units in phy; those that it made are further rows."""
        table = self.table
        if table is None or table.run is not found.phy.run:
            return  # another run
        # what it says of the units holds for whatever labels and criteria are shown by now
        compared = derive(replace(table.inputs, phy=found.phy), found.sheet)
        self.evidence.adopt(compared.ids)
        changed = _NO_ROWS
        if not self._reads("phy"):
            changed = np.flatnonzero(np.isin(found.phy.state, CHANGED))
        self._replace_table(compared, changed=changed, opening=self._reads("phy"))
        self._unread.discard("phy")
        self._go_to_awaited()

    def _reads(self, what: str) -> bool:
        """Whether something that arrives belongs to the opening, and moves nothing under a hand.

        Nobody did anything yet, or filtered for what was not known: nothing is shown.
        """
        return what in self._unread and not (self._touched and self.view.n_shown)

    @_intent
    def _replace_table(
        self,
        table: Sheet,
        *,
        changed: Ints = _NO_ROWS,
        opening: bool = False,
    ) -> None:
        """Show the same units with other labels, which came from elsewhere.

        No row goes and none moves, unless they belong to the opening; further rows come last.
        """
        n_before = 0 if self.table is None else self.table.n_units
        self._become(table=table)
        self._become(filter=self._parsed(self.filter.text, self.filter))
        anew = self._view_anew()
        if opening:
            self._become(view=anew)
            self._mark(self.marked.within(anew))
        else:
            self._become(view=self.view.with_some(anew, np.arange(n_before, table.n_units)))
        self._arrive(changed, anew)

    def _arrive(self, rows: Ints, anew: View) -> None:
        """Mark rows that changed, and offer to put the rows in order where that does anything."""
        reorders = not np.array_equal(anew.rows, self.view.rows)
        rows = np.union1d(self.arrived.rows, rows)
        if reorders != self.arrived.reorders or len(rows) != len(self.arrived.rows):
            self._become(arrived=Arrived(rows, reorders))

    # -- what is shown -----------------------------------------------------------------------

    @_intent
    def set_label_source(self, source: str) -> None:
        """Count and colour classes by Bombcell's labels, the saved or the split ones."""
        if source != self.label_source:
            self._become(label_source=source)
            if self.table is not None:
                self._become(table=derive(replace(self.table.inputs, source=source), self.table))
                self._become(filter=self._parsed(self.filter.text, self.filter))
                self._show_anew()

    @_intent
    def refresh_order(self) -> None:
        """Put the rows in order, and filter them, by what arrived since they were.

        Where the current unit goes, the one that followed is it: nobody's place is lost.
        """
        if self.table is not None:
            gone = self.view.rows[self._view_anew().place[self.view.rows] < 0]
            self._show_anew(review.stayer(self.view, gone, self.current))

    @_intent
    def set_sort(self, column: str, descending: bool = False) -> None:
        """Sort the table; the current unit stays the current one."""
        sort = Sort(column, descending)
        if self.table is None or sort == self.sort or not self.table.kind(column):
            return
        self._become(sort=sort)
        self._show_anew()

    @_intent
    def set_filter(self, text: str) -> None:
        """Filter by a text; one that cannot be read keeps the last good filter."""
        if text == self.filter.text:
            return
        self._apply(self._parsed(text, self.filter))

    @_intent
    def choose(self, text: str, add: bool = False, within: str = "all") -> None:
        """Filter for exactly the units of a part of a plot.

        Parameters
        ----------
        text : str
            The filter for that part.
        add : bool
            Show them beside the units that pass the present filter.
        within : {'all', 'shown', 'selected'}
            The plot's scope: a bar over the shown units stands for shown units only.
        """
        if self.table is None:
            return
        if within != "shown":  # its units may be outside the queue
            self.set_queue(None)
        present = self.filter.as_text()
        if within == "selected":
            rows = ", ".join(str(row) for row in self.selected.tolist())
            text = f"{_grouped(text)} and unit_index in ({rows})"
        elif within == "shown" and present and not add:
            text = f"{_grouped(text)} and {present}"
        if add and present:
            text = f"{self.filter.as_choice()} or {_grouped(text)}"
        state = self._parsed(text, FilterState())
        if state.error:  # too long, or nested too deeply
            self.notice.emit(f"{state.error} The filter stays as it was.")
        else:
            self._apply(state)

    @_intent
    def toggle_class(self, label: Label) -> None:
        """Add a class to, or take it from, the classes shown (none: all are shown)."""
        self._apply(replace(self.filter, classes=self.filter.classes ^ {label}))

    @_intent
    def toggle_chip(self, chip: str) -> None:
        """Switch one of the chips."""
        self._apply(replace(self.filter, chips=self.filter.chips ^ {chip}))

    @_intent
    def clear_filter(self) -> None:
        """Show all units: first those that the filter hides, then those outside the queue.

        A unit that was asked for while it was hidden is gone to as soon as it is shown.
        """
        goal = self._goal
        if self.filter.active:
            self._apply(FilterState())
        else:
            self.set_queue(None)
        if goal is not None and self.view.place[goal] >= 0:
            self.set_current(goal)
        elif goal is not None:
            self._hidden(goal)

    def _apply(self, state: FilterState) -> None:
        before = self.filter
        self._become(filter=state)
        if self.table is not None and self._matters(before, state):
            self._show_anew()

    @staticmethod
    def _matters(before: FilterState, after: FilterState) -> bool:
        return (before.applied, before.classes, before.chips) != (
            after.applied,
            after.classes,
            after.chips,
        )

    def _parsed(self, text: str, state: FilterState) -> FilterState:
        if self.table is None or not text.strip():
            return replace(state, text=text, applied=None, error="")
        try:
            return replace(state, text=text, applied=parse_filter(text, self.table), error="")
        except FilterError as error:
            applied = state.applied
            if applied is not None and any(not self.table.kind(n) for n in applied.names()):
                applied = None  # another run, which lacks a column of the last good filter
            return replace(state, text=text, applied=applied, error=str(error))

    def _carried(self) -> tuple[FilterState, str]:
        """Return the filter for another run, and why it was dropped; empty: it was not."""
        state = self._parsed(self.filter.text, self.filter)
        if not state.error or self.filter.error:
            return state, ""
        # it could be read before: a filter in the box that is not applied would mislead
        return replace(state, text="", applied=None, error=""), f"Filter dropped: {state.error}"

    def _view_anew(self) -> View:
        """Return the rows that pass now, in the order that they have now."""
        if self.table is None:
            return NO_VIEW
        mask = filter_mask(self.table, self.filter)
        if self.queue is not None:
            inside = np.zeros_like(mask)
            inside[self.queue] = True
            mask &= inside
        return View.of(self._order(), mask)

    def _show_anew(self, fallback: int = -1) -> None:
        """Filter and sort by the curator's own act.

        Where it hides the current unit, ``fallback`` is the current one, or else the first shown.
        """
        self._touch()
        self._become(view=self._view_anew())
        self._mark(self.marked.within(self.view, fallback))
        if self.arrived.reorders or len(self.arrived.rows):
            self._become(arrived=Arrived())

    def _touch(self) -> None:
        """Note that the curator did something: from now on nothing moves by itself."""
        self._touched, self._goal = True, None

    def _order(self) -> Ints:
        if self.table is None:
            return _NO_ROWS
        if self.sort == QUEUE_ORDER and self.queue is not None:
            return self.queue
        return self.table.order(self.sort.column, self.sort.descending)

    # -- the current unit --------------------------------------------------------------------

    @_intent
    def set_current(self, row: int) -> None:
        """Highlight one row, and nothing else; a hidden one is not gone to, and that is said."""
        if self.table is None or not 0 <= row < self.table.n_units:
            return
        if self.view.place[row] < 0:
            self._hidden(row)
            return
        self._touch()
        self._mark(Marked.one(row))

    @_intent
    def set_selected(self, rows: Ints) -> None:
        """Highlight some rows, those of them that are shown; see :meth:`mark`."""
        self.mark(self.current, rows)

    @_intent
    def mark(self, current: int, rows: Ints) -> None:
        """Highlight some rows, those of them that are shown; where none is, nothing changes.

        Parameters
        ----------
        current : int
            Which of them is the current unit; where it is none of them the nearest is.
        rows : numpy.ndarray
            Rows of the run.
        """
        marked = Marked.of(self.view, current, rows)
        if marked.current >= 0:
            self._touch()
            self._mark(marked)

    def _mark(self, marked: Marked) -> None:
        """Highlight rows; what arrived for the current one is looked at thereby."""
        before = self.marked
        if marked.current == before.current and marked.same_rows(before):
            return
        self._become(marked=marked)
        left = self.arrived.rows[self.arrived.rows != marked.current]
        if marked.current != before.current and len(left) < len(self.arrived.rows):
            self._become(arrived=replace(self.arrived, rows=left))

    def _hidden(self, row: int) -> None:
        """Say that a row is hidden; Esc shows it, and goes to it."""
        self._goal = row
        by = "filter" if self.filter.active else "review queue"
        self.notice.emit(f"The {by} hides this unit; Esc clears the {by}, and goes to the unit.")

    def ask(self) -> None:
        """Ask anew what is on screen of the current unit, because other things are."""
        self._want()
        self._become(evidence=self.evidence.evidence)

    def _want(self) -> None:
        """Say what is on screen of the current unit, and what will be of the next one."""
        asks, ahead = self.asking(self.scene)
        place, rows = self._place(), self.view.rows
        near = [place + 1, place - 1, place + 2] if place >= 0 else []
        others = [int(rows[i]) for i in near if 0 <= i < len(rows)]
        self.evidence.want(self.current, asks, others, ahead)

    @_intent
    def step(self, by: int) -> None:
        """Move to another unit in table order; stops at either end."""
        if not self.view.n_shown:
            self.notice.emit(NOTHING_SHOWN)
            return
        place = self._place()
        target = place + by if place >= 0 else (0 if by > 0 else self.view.n_shown - 1)
        target = min(max(target, 0), self.view.n_shown - 1)
        if target == place:
            self.notice.emit(LAST_UNIT if by > 0 else FIRST_UNIT)
        self.set_current(int(self.view.rows[target]))

    @_intent
    def go_to_place(self, place: int) -> None:
        """Make the unit at a place of the table the current one; negative counts from the end."""
        if self.view.n_shown:
            self.set_current(int(self.view.rows[place]))

    @_intent
    def next_borderline(self) -> None:
        """Go to the next borderline unit after the current one, around the end of the table."""
        if self.table is None or not self.view.n_shown:
            return
        places = np.flatnonzero(self.table.audit.borderline[self.view.rows])
        if not len(places):
            self.notice.emit("No unit shown is borderline.")
            return
        after = places[places > self._place()]
        self.go_to_place(int(after[0] if len(after) else places[0]))

    def _place(self) -> int:
        return int(self.view.place[self.current]) if self.current >= 0 else -1

    def current_id(self) -> int | None:
        """Return the current unit's cluster id; None where there is no unit or it has none."""
        if self.table is None or self.current < 0:
            return None
        return self.table.ids.id_of(self.current)

    @_intent
    def go_to_text(self, text: str) -> str:
        """Go to a cluster id, or to a row written as ``#12``; return what is wrong, if anything."""
        if self.table is None:
            return "No recording is open."
        text = text.strip()
        by_row = text.startswith("#")
        try:
            number = int(text[1:] if by_row else text)
        except ValueError:
            return f"“{text[:40]}” is neither a cluster id nor # and a row number."
        if not by_row:
            return "" if self.go_to_id(number) else self._no_such_id(number)
        if not 0 <= number < self.table.n_units:
            return f"There is no row {number}: rows are 0 to {self.table.n_units - 1:,}."
        self.set_current(number)
        return ""

    @_intent
    def go_to_id(self, cluster_id: int) -> bool:
        """Go to a cluster id; if it is not there, say so and move nothing."""
        if self.table is None:
            return False
        rows = self.table.ids.rows_of(cluster_id)
        if not len(rows):
            self.notice.emit(self._no_such_id(cluster_id))
            return False
        if len(rows) > 1:
            n = count_of(len(rows), "row")
            self.notice.emit(f"{n} have the cluster id {cluster_id}: the first.")
        self.set_current(int(rows[0]))
        return True

    def _no_such_id(self, cluster_id: int) -> str:
        return f"No unit has the cluster id {cluster_id} in {self._name()}."

    def _name(self) -> str:
        return self.table.run.provenance.name if self.table else "this recording"

    # -- curation ----------------------------------------------------------------------------

    @_intent
    def set_label(self, label: Label | None) -> None:
        """Label the highlighted units as one action, and go on to the next unit.

        None clears the label. Where the label cannot be saved, nothing changes and
        :attr:`failed` tells.
        """
        rows = self.rows_to_label()
        if not len(rows):
            return
        after = review.following(self.view, self.selected, self.current)
        nameless = len(self.selected) - len(rows)
        said, action = self._say(lambda: self.curation.set_label(self._ids(rows), label))
        if not said:
            return
        what = "label cleared" if label is None else LABEL_NAMES[label]
        self._tell_done(what, rows, action, nameless)
        if self.prefs.advance():
            if after >= 0 and self.view.place[after] >= 0:
                self.set_current(after)
            elif after < 0:
                self.notice.emit(LAST_UNIT)

    def rows_to_label(self) -> Ints:
        """Return the highlighted rows that something can be said of; say why, where none can."""
        if self.table is None:
            return _NO_ROWS
        if not len(self.selected):
            self.notice.emit(NOTHING_SHOWN)
            return _NO_ROWS
        named = self.selected[self.table.ids.has_id[self.selected]]
        if not len(named):
            self.notice.emit(NO_ID_SENTENCE)
        return named

    def _tell_done(self, what: str, rows: Ints, action: Action | None, nameless: int = 0) -> None:
        """Tell what was done and to whom."""
        ids = sorted(set(self._ids(rows)))
        whom = f"unit {ids[0]}" if len(ids) == 1 else count_of(len(ids), "unit")
        words = f"{what} → {whom}" if action is not None else f"{whom}: {what} already"
        if nameless:
            words += f" ({nameless:,} without an id left out)"
        self._become(done=Done(words, "" if action is None else action.id))

    @_intent
    def set_note(self, text: str, rows: Ints | None = None) -> bool:
        """Give units a note, as one action; empty: none.

        Parameters
        ----------
        text : str
            The note.
        rows : numpy.ndarray, optional
            Whose it is; the highlighted units where not given.

        Returns
        -------
        bool
            Whether it is saved; :attr:`failed` tells where it is not.
        """
        whose = self.rows_to_label() if rows is None else rows
        if not len(whose):
            return False
        said, action = self._say(lambda: self.curation.set_note(self._ids(whose), text))
        if action is not None:
            self._tell_done("note" if text else "note removed", whose, action)
        return said

    @_intent
    def accept_bombcell(self) -> None:
        """Take over Bombcell's label for the shown units, as one action."""
        table = self.table
        if table is None:
            return
        shown = self.view.rows
        codes, given = table.bombcell_labels[shown], [int(x) for x in MANUAL_LABELS]
        rows = shown[np.isin(codes, given) & table.ids.has_id[shown]]
        labels = {
            i: Label(code)
            for i, code in zip(self._ids(rows), table.bombcell_labels[rows].tolist(), strict=True)
        }
        n_shown = len(shown)
        said, action = self._say(lambda: self.curation.accept(labels, "Bombcell's label"))
        if said:
            n = len(action.changes) if action is not None else 0
            if action is not None:
                changed = table.ids.rows_of_any([c.cluster_id for c in action.changes])
                self._tell_done("Bombcell's label", changed, action)
            self.notice.emit(f"Bombcell's label accepted for {n:,} of {count_of(n_shown, 'unit')}.")

    @_intent
    def take_over(self, changes: Sequence[Change], source: str, person: str) -> None:
        """Take over labels and notes that somebody else gave, in their name and as one action."""
        said, action = self._say(lambda: self.curation.apply(changes, source, person))
        if said:
            n = 0 if action is None else len({c.cluster_id for c in action.changes})
            self.notice.emit(f"Labels or notes of {count_of(n, 'unit')} taken over from {source}.")

    @_intent
    def add_source(self, imported: ImportedLabels, name: str) -> bool:
        """Keep labels of others beside the manual ones, under a name; return whether it is done."""
        said, action = self._say(
            lambda: self.curation.add_source(name, imported.labels, imported.probability)
        )
        if said:
            what = f"“{name}” is there already, just so"
            if action is not None:
                labels = count_of(len(imported.labels), "label")
                what = f"{labels} kept as the label source “{action.source}”"
            self.notice.emit(f"{what}.")
        return said

    @_intent
    def remove_source(self, name: str) -> None:
        """Take away labels of others; one undo brings them back."""
        said, action = self._say(lambda: self.curation.remove_source(name))
        if said and action is not None:
            self.notice.emit(f"Label source “{name}” removed. Undo brings it back.")

    @_intent
    def undo(self) -> None:
        """Take back one's own last action, and go to its unit."""
        self._step_back(self.curation.undo, "undo")

    @_intent
    def undo_done(self, done: Done) -> None:
        """Take back what was just done, and nothing else."""
        last = self.curation.state.undoable(self.curation.person)
        if last is None or last.id != done.action_id:
            self.notice.emit("Something else was said since; Undo names what it takes back.")
        else:
            self.undo()

    @_intent
    def redo(self) -> None:
        """Bring back what was taken back last, and go to its unit."""
        self._step_back(self.curation.redo, "redo")

    def _step_back(self, work: Callable[[], Action | None], verb: str) -> None:
        table = self.table
        if table is None:
            return
        said, mark = self._say(work)
        if mark is None:
            if said:
                self.notice.emit(f"Nothing to {verb}.")
            return
        state = self.curation.state
        words = words_of(state, mark)
        if not mark.changes:
            words += "; nothing else is shown now, because other labels or notes came after it"
        self.notice.emit(words[:1].upper() + words[1:] + ".")
        rows = table.ids.rows_of_any(units_of(state, mark))
        shown = self.view.in_order(rows)
        if len(shown) and self.current not in shown:
            self.set_current(int(shown[0]))
        elif len(rows) and not len(shown):
            self.notice.emit(f"{words[:1].upper()}{words[1:]}. The filter hides it.")
            self._goal = int(rows[0])

    @_intent
    def set_queue(self, spec: QueueSpec | None) -> None:
        """Show the units of a review queue only, in its order; None: all units, as before.

        The filter, and sorting by a column, work within the queue.
        """
        if self.table is None or (spec is None and self.queue is None):
            return
        if spec is None:
            sort = self._sort_before if self.sort == QUEUE_ORDER else self.sort
            self._become(queue=None, sort=sort)
        else:
            self._sort_before = self._sort_before if self.sort == QUEUE_ORDER else self.sort
            self._become(queue=review_queue(self.table, spec), sort=QUEUE_ORDER)
        self._show_anew()
        if self.queue is not None and self.view.n_shown:
            wanted = self.table.manual.labels == NO_LABEL
            self.go_to_place(max(0, review.next_place(self.view, -1, wanted, 1)))

    @_intent
    def end_queue(self) -> None:
        """Show all units that pass the filter again."""
        self.set_queue(None)

    @_intent
    def next_unreviewed(self, by: int = 1) -> None:
        """Go to the next (−1: the previous) shown unit without a manual label."""
        if self.table is not None:
            wanted = self.table.manual.labels == NO_LABEL
            self._go_to_wanted(wanted, by, "Every unit shown is reviewed.")

    @_intent
    def next_disagreement(self, by: int = 1) -> None:
        """Go to the next shown unit whose label sources, the manual one included, disagree."""
        if self.table is not None:
            wanted = self.table.values("disagreement")
            self._go_to_wanted(wanted, by, "The label sources agree about every unit shown.")

    def _go_to_wanted(self, wanted: Bools, by: int, none: str) -> None:
        place = review.next_place(self.view, self._place(), wanted, by)
        if place < 0:
            self.notice.emit(none if self.view.n_shown else NOTHING_SHOWN)
        else:
            self.go_to_place(place)

    def _ids(self, rows: Ints) -> list[int]:
        return [] if self.table is None else self.table.ids.ids_of(rows).tolist()

    def _say(self, work: Callable[[], Action | None]) -> tuple[bool, Action | None]:
        """Say something; return whether it is saved, and what was written."""
        if self.table is None:
            return False, None
        self._touch()
        self._acting = True
        try:
            return True, work()
        except UserError as error:
            self.failed.emit(error)
            return False, None
        finally:
            self._acting = False

    @_intent
    def _on_said(self, ids: frozenset[int] | None, state: CurationState) -> None:
        """Show what curators said; only what depends on it is computed and told anew."""
        table = self.table
        if table is None or self.curation.run not in (None, table.run):
            return
        rows = np.arange(table.n_units) if ids is None else table.ids.rows_of_any(ids)
        others = state.sources != table.sources
        after = derive(replace(table.inputs, said=state, sources=state.sources), table)
        news = _NO_ROWS
        if not self._acting and "said" not in self._unread:
            news = rows[told_apart(table.manual, after.manual, rows)]
        self._become(table=after, said=state)
        if others:
            self._follow_sources(after)
        reads = others or review.reads_manual(self.sort, self.filter)
        anew = self._view_anew() if reads else self.view
        self._follow_said(anew, rows)
        self._unread.discard("said")
        self._go_to_awaited()
        if reads or len(news):
            self._arrive(news, anew if reads else self._view_anew())

    def _follow_said(self, anew: View, rows: Ints) -> None:
        """Let rows go and come by the curator's own act, or as a recording is opened."""
        before, goes_on = self.view, -1
        if self._acting:
            goes_on = review.neighbour(before, rows, self.current)
            view = before.with_some(anew, rows) if self.arrived.reorders else anew
        elif self._reads("said"):
            view = anew
        else:
            return  # from elsewhere: every row stays where it is
        if np.array_equal(view.rows, before.rows):
            return  # panels that draw the shown units have nothing to do
        self._become(view=view)
        self._mark(self.marked.within(view, goes_on))

    def _follow_sources(self, table: Sheet) -> None:
        """Let what is sorted or filtered by imported labels follow them."""
        if self.sort != QUEUE_ORDER and not table.kind(self.sort.column):
            self._become(sort=Sort())
        self._become(filter=self._parsed(self.filter.text, self.filter))

    def set_person(self, name: str) -> None:
        """Say who curates from now on."""
        self.curation.set_person(name)
        self._become(person=self.curation.person)

    def _on_saved(self, save: SaveState) -> None:
        self._become(save=save)

    def _on_journals(self) -> None:
        """Say what is wrong with the journals, and whose units are gone."""
        if self.table is not None:
            gone = tuple(orphans(self.table.ids, self.curation.state))
            self._become(journals=Journals(self.curation.issues, gone))

    def _on_evidence(self) -> None:
        self._become(evidence=self.evidence.evidence)

    # -- waiting and closing -----------------------------------------------------------------

    def hold(self, name: str, held: bool) -> None:
        """Say that something else (plots being made ready) is or is no longer under way."""
        if held:
            self._held.add(name)
        else:
            self._held.discard(name)
            self._check_idle()

    @property
    def busy(self) -> bool:
        """Whether loading or other work is under way."""
        if self._closed:
            return False
        work = self._worker.busy or self._jobs.busy or self.evidence.busy or self._comparer.busy
        untold = self._told is not self.scene
        return work or untold or self.curation.busy or bool(self._held)

    def _check_idle(self) -> None:
        if not self.busy:
            self.idle.emit()

    def wait_idle(self, ms: float | None) -> bool:
        """Handle events until loading and pending evidence are done, at most ``ms`` ms.

        Parameters
        ----------
        ms : float or None
            Longest time, ms; None, or a negative one as Qt has it: as long as it takes.

        Returns
        -------
        bool
            Whether the session is idle. A closed one is.
        """
        return wait_until(lambda: not self.busy, self.idle, ms)

    def wait_verified(self, ms: float | None) -> bool:
        """Handle events until Bombcell has answered for the open run, at most ``ms`` ms."""

        def reached() -> bool:
            told = self._told is self.scene and self.verification is not None
            return told or self._closed

        return wait_until(reached, self.changed, ms, self.idle) and self.verification is not None

    def close(self, *also: Closing) -> None:
        """End the threads and the helper process; a drive that does not answer is not awaited.

        Parameters
        ----------
        *also : Closing
            What else is ended within the same :data:`bcviewer.app.threads.worker.CLOSE_S`.
        """
        if self._closed:
            return
        self._closed = True
        self._turn.stop()
        self.asking = _asks_nothing
        self._bombcell.close()  # ends a request that a thread waits for
        close_all(
            (
                self.evidence,
                self._comparer,
                self._verifier,
                self.curation,
                self._worker,
                self._jobs,
                *also,
            )
        )
        self.idle.emit()  # who waits for it need not wait for nothing


def open_arrays(run: Run, control: Control) -> Recording:
    """Open the arrays beside a run's results."""
    from bcviewer.app.prefs import cache_folder
    from bcviewer.io.spikes.recording import open_recording

    return open_recording(run, cache_folder(), control.progress, control.cancelled)


def _is_same(a: Run, b: Run) -> bool:
    """Return whether two runs were read from the same folder."""
    return a.provenance.results_dir == b.provenance.results_dir


def _grouped(text: str) -> str:
    """Return a filter that binds as one: "or" binds less than the "and" beside it."""
    return f"({text})" if " or " in text else text


def _asks_nothing(_: Scene) -> tuple[Sequence[Ask], Sequence[Ask]]:
    return (), ()
