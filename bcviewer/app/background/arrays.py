"""The arrays of the run that is asked about: opened in a thread, shared by those that read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from bcviewer.app.threads.worker import Control, Outcome, Worker
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.errors import CancelledError, UserError

if TYPE_CHECKING:
    from bcviewer.app.background.shared_recording import SharedRecording
    from bcviewer.core.evidence.recording import Recording

Opener = Callable[[Run, Control], "Recording"]

OPEN_MS = 40
"""The arrays are opened this long after a run is shown: its table is painted first."""


class RunArrays(QObject):
    """Owns the arrays of one run at a time, or why they cannot be read.

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
    opened : Signal()
        They are open, or there is a problem.
    progressed : Signal(Progress or None)
        How far opening them is; None: it ended.
    """

    opened = Signal()
    progressed = Signal(object)

    def __init__(self, opener: Opener, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._opener = opener
        self.run: Run | None = None
        self.ids = UnitIds(np.empty(0, np.int64))
        self.shared: SharedRecording | None = None
        self.problem = ""
        self._worker = Worker("recording", self)
        self._worker.finished.connect(self._on_finished)
        self._worker.progressed.connect(self.progressed)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._start_painted)

    @property
    def busy(self) -> bool:
        """Whether they are being opened, or are about to be."""
        return self._worker.busy or self._soon.isActive()

    def open(self, run: Run) -> None:
        """Open those of another run, soon."""
        self.run, self.shared = None, None
        self._worker.cancel()
        self.run, self.ids, self.problem = run, run.ids, ""
        self._soon.start(OPEN_MS)  # counts from before it is drawn

    def adopt(self, ids: UnitIds) -> None:
        """Take over the rows of the run's sheet: phy may have made some, which are its last."""
        if self.run is not None and not np.array_equal(ids.cluster_id, self.ids.cluster_id):
            self.ids = ids
            if self.shared is not None:
                self.shared = self.shared.with_ids(ids)

    def cancel(self) -> None:
        """Stop opening them; that is a problem, and is told."""
        if self._soon.isActive():
            self._soon.stop()
            self._start()
        if self._worker.busy:
            self._worker.cancel()

    def give_up(self, why: str) -> None:
        """Read them no more: their drive does not answer."""
        self._worker.cancel()
        self.problem = why

    def end(self) -> None:
        """Ask the thread to end."""
        self._soon.stop()
        self.run = None
        self._worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the thread ended."""
        return self._worker.join(until)

    def _start_painted(self) -> None:
        """Start when what was posted meanwhile is done: drawing the run may take all the time."""
        if self._soon.interval():
            self._soon.start(0)
        else:
            self._start()

    def _start(self) -> None:
        run, opener = self.run, self._opener
        if run is None:
            return

        def work(control: Control) -> Recording:
            # here, not on the GUI thread
            from bcviewer.app.background import evidence_kinds, shared_recording  # noqa: F401

            return opener(run, control)

        self._worker.submit("evidence", work, run.provenance.ks_dir)

    def _on_finished(self, outcome: Outcome) -> None:
        self.progressed.emit(None)
        if self.run is None:
            return  # another run is about to be opened
        error = outcome.error
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
        self.opened.emit()
        if error is not None and not isinstance(error, (CancelledError, UserError)):
            raise error  # unexpected: reaches the excepthook and its report
