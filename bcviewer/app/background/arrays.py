"""The arrays of the runs that are open: opened in threads, shared by those that read them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from bcviewer.app.prefs import cache_folder
from bcviewer.app.threads.waiting import OwnTurn
from bcviewer.app.threads.worker import Control, Outcome, Worker, join_all
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.errors import CancelledError, UserError

if TYPE_CHECKING:
    from bcviewer.app.background.shared_recording import SharedRecording
    from bcviewer.core.evidence.recording import Recording
    from bcviewer.io.results.beside import SavedState

Opener = Callable[[Run, Control], "Recording"]

KEPT_OPEN = 8
"""So many runs stay open: each is an index that is mapped, and a few spike trains."""

OPEN_MS = 40
"""The arrays are opened this long after a run is shown: its table is painted first."""


class RunArrays(QObject):
    """Owns the arrays of one run at a time, or why they cannot be read.

    Parameters
    ----------
    opener : callable
        Opens those of a run.
    waits : callable, optional
        Whether something else comes first.

    Attributes
    ----------
    run : Run or None
        Whose they are.
    ids : UnitIds
        The units in the rows of its sheet.
    shared : SharedRecording or None
        The arrays, once they are open, for any thread to read.
    problem : str
        Why they cannot be read; empty where they can, or are not open yet.
    saved : SavedState or None
        What phy's files were before they were read, or tried to be; None: that did not begin, or is
        under way.
    opened : Signal(RunArrays)
        They are open, or there is a problem.
    progressed : Signal(Progress or None)
        How far opening them is; None: it ended.
    """

    opened = Signal(object)
    progressed = Signal(object)

    def __init__(
        self, opener: Opener, waits: Callable[[], bool] = bool, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._opener, self._waits = opener, waits
        self.run: Run | None = None
        self.ids = UnitIds(np.empty(0, np.int64))
        self.shared: SharedRecording | None = None
        self.saved: SavedState | None = None
        self._before: list[SavedState] = []
        """The same, as soon as the thread has it."""
        self.problem = ""
        self._worker = Worker("recording", self)
        self._worker.finished.connect(self._on_finished)
        self._worker.progressed.connect(self.progressed)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._turn = OwnTurn(self)
        self._soon.timeout.connect(self._turn.start)  # drawing the run may have taken all the time
        self._turn.come.connect(self._start_painted)

    @property
    def busy(self) -> bool:
        """Whether they are being opened, or are about to be."""
        return self._worker.busy or self._is_coming

    def open(self, run: Run) -> None:
        """Open those of another run, soon."""
        self.run, self.shared, self.saved = None, None, None
        self._worker.cancel()
        self.run, self.ids, self.problem = run, run.ids, ""
        self._soon.start(OPEN_MS)  # counts from before it is drawn

    def leave(self) -> None:
        """Read nothing: the run is open no more, or others are read instead."""
        self._stop()
        self.run, self.shared, self.saved = None, None, None
        self._worker.cancel()

    def adopt(self, ids: UnitIds) -> None:
        """Take over the rows of the run's sheet: phy may have made some, which are its last."""
        if self.run is not None and not ids.are_as(self.ids):
            self.ids = ids
            if self.shared is not None:
                self.shared = self.shared.with_ids(ids)

    def cancel(self) -> None:
        """Stop opening them; that is a problem, and is told."""
        if self._is_coming:
            self._stop()
            self._start()
        if self._worker.busy:
            self._worker.cancel()

    def give_up(self, why: str) -> None:
        """Read them no more: their drive does not answer."""
        self._worker.cancel()
        self.problem = why

    def end(self) -> None:
        """Ask the thread to end."""
        self._stop()
        self.run = None
        self._worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the thread ended."""
        return self._worker.join(until)

    @property
    def _is_coming(self) -> bool:
        return self._soon.isActive() or self._turn.is_coming

    def _stop(self) -> None:
        self._soon.stop()
        self._turn.stop()

    def _start_painted(self) -> None:
        if self._waits():
            self._turn.start()
        else:
            self._start()

    def _start(self) -> None:
        run, opener = self.run, self._opener
        before = self._before = []
        if run is None:
            return

        def work(control: Control) -> Recording:
            # here, not on the GUI thread
            from bcviewer.app.background import evidence_kinds, shared_recording  # noqa: F401
            from bcviewer.io.results.beside import saved_state

            before.append(saved_state(Path(run.provenance.ks_dir)))
            return opener(run, control)

        self._worker.submit("evidence", work, run.provenance.ks_dir)

    def _on_finished(self, outcome: Outcome) -> None:
        self.progressed.emit(None)
        if self.run is None:
            return  # another run is about to be opened
        self.saved, error = next(iter(self._before), None), outcome.error
        if isinstance(error, CancelledError):
            why = f" ({error})" if str(error) else ""
            self.problem = f"Reading the spikes was cancelled{why}; F5 starts it again."
        elif isinstance(error, UserError):
            self.problem = error.message
        elif error is not None:
            self.problem = "Reading the spikes failed; see the report."
        else:
            from bcviewer.app.background.shared_recording import SharedRecording

            self.shared = SharedRecording(cast("Recording", outcome.value))
            if len(self.ids) != self.run.n_units:  # the sheet has further rows by now
                self.shared = self.shared.with_ids(self.ids)
        self.opened.emit(self)
        if error is not None and not isinstance(error, (CancelledError, UserError)):
            raise error  # unexpected: reaches the excepthook and its report


class OpenArrays(QObject):
    """Opens the arrays of runs, one run after the other, and keeps the last ones that were used.

    Attributes
    ----------
    now : RunArrays
        Those of the current unit's run.
    waits : callable
        Whether none are opened yet: the window is to be painted first. It says no before long.
    read : dict of Run to SavedState
        What phy's files were before they were read that are shown of a run: also of those that gave
        way to others. Of one that is not there nobody knows.
    tried : dict of Run to SavedState
        …and before it was tried to read them, whatever became of it.
    opened : Signal(RunArrays)
        Those of a run are open, or there is a problem.
    given_up : Signal(Run)
        Those of a run were to be opened, and are not: that was stopped.
    progressed : Signal(Progress or None)
        How far opening them is; None: it ended.
    """

    opened = Signal(object)
    given_up = Signal(object)
    progressed = Signal(object)

    def __init__(self, opener: Opener, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._opener = opener
        self.waits: Callable[[], bool] = bool
        self._all: list[RunArrays] = []
        """Those that there are, the one that was used last at the end; some are of no run."""
        self._due: list[Run] = []
        """The runs that are still to be opened ahead of time."""
        self.read: dict[Run, SavedState] = {}
        self.tried: dict[Run, SavedState] = {}
        self.now = self._made()

    @property
    def busy(self) -> bool:
        """Whether any are being opened, or are about to be."""
        return bool(self._due) or any(arrays.busy for arrays in self._all)

    def of(self, run: Run | None) -> RunArrays | None:
        """Return those of a run; None: they are not open, nor about to be."""
        if run is None:
            return None
        return next((arrays for arrays in self._all if arrays.run is run), None)

    def is_coming(self, run: Run) -> bool:
        """Whether those of a run are being opened, or are to be."""
        arrays = self.of(run)
        return run in self._due or (arrays is not None and arrays.busy)

    def forget_read(self, run: Run) -> None:
        """Take it that nobody knows what phy's files were that are shown of a run."""
        self.read.pop(run, None)

    def open(self, run: Run) -> None:
        """Open those of a run, in place of all others."""
        self._forget_all()
        for arrays in self._all:
            if arrays is not self.now:
                arrays.leave()
        self.now.open(run)

    def open_again(self, run: Run) -> None:
        """Open those of one of the runs again: what they were read from is another thing by now.

        So are those that gave way to others'.
        """
        self.read.pop(run, None)
        self.tried.pop(run, None)
        arrays = self.of(run)
        if arrays is None:
            self.ahead(run)
        else:
            arrays.open(run)

    def turn_to(self, run: Run) -> None:
        """Let those of another run be the current unit's; they are opened where they are not."""
        self.now = arrays = self.of(run) or self._opening(run)
        self._all.remove(arrays)
        self._all.append(arrays)

    def ahead(self, run: Run) -> None:
        """Open those of another run, too, once no others are being opened."""
        self._due.append(run)
        self._go_on()

    def cancel(self) -> None:
        """Stop opening any; that is a problem, and is told."""
        due, self._due = self._due, []  # they are opened when a unit of theirs is looked at
        for arrays in self._all:
            arrays.cancel()
        for run in due:
            self.given_up.emit(run)

    def give_up(self, runs: Collection[Run | None], why: str) -> None:
        """Read some runs no more: their drive does not answer."""
        for arrays in self._all:
            if arrays.run is not None and arrays.run in runs:
                arrays.give_up(why)

    def end(self) -> None:
        """Ask the threads to end."""
        self.waits = bool  # it knows the window
        self._forget_all()
        for arrays in self._all:
            arrays.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the threads ended."""
        return join_all(self._all, until)

    def _made(self) -> RunArrays:
        arrays = RunArrays(self._opener, lambda: self.waits(), self)
        arrays.opened.connect(self._on_opened)
        arrays.progressed.connect(self.progressed)
        self._all.append(arrays)
        return arrays

    def _opening(self, run: Run) -> RunArrays:
        """Begin to open those of a run, in place of the ones that were not used for longest."""
        self._due = [due for due in self._due if due is not run]
        idle = (arrays for arrays in self._all if arrays.run is None and arrays is not self.now)
        arrays = next(idle, None)
        if arrays is None and len(self._all) >= KEPT_OPEN:
            arrays = next(one for one in self._all if one is not self.now)
        arrays = arrays or self._made()
        arrays.open(run)
        return arrays

    def _go_on(self) -> None:
        while self._due and not any(arrays.busy for arrays in self._all):
            run = self._due.pop(0)
            if self.of(run) is None:
                self._opening(run)

    def _forget_all(self) -> None:
        for of_runs in (self._due, self.read, self.tried):
            of_runs.clear()

    def _on_opened(self, arrays: RunArrays) -> None:
        run, was = arrays.run, arrays.saved
        if run is not None and was is not None:
            self.tried[run] = was
            if arrays.shared is not None:
                self.read[run] = was
        self.opened.emit(arrays)
        self._go_on()


def open_arrays(run: Run, control: Control) -> Recording:
    """Open the arrays beside a run's results."""
    from bcviewer.io.spikes.recording import open_recording

    return open_recording(run, cache_folder(), control.progress, control.cancelled)
