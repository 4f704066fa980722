"""Compares Bombcell's units with phy's clusters, off the GUI thread."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from bcviewer.app.threads.worker import Control, Outcome, Worker
from bcviewer.app.view import Ints
from bcviewer.core.audit.audit import Audit
from bcviewer.core.audit.unscored import with_identity
from bcviewer.core.evidence.identify import identity_of
from bcviewer.core.evidence.recording import Recording
from bcviewer.core.run.identity import not_known
from bcviewer.core.run.run import RunData
from bcviewer.core.sheet.table import AuditTable
from bcviewer.errors import CancelledError
from bcviewer.io.spikes.emptied import count_emptied


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A run that knows what became of its units.

    Attributes
    ----------
    run, audit : RunData, Audit
        From :func:`bcviewer.core.audit.unscored.with_identity`, the spikes of
        emptied units counted.
    attention : numpy.ndarray
        The rows in attention order.
    """

    run: RunData
    audit: Audit
    attention: Ints


class Comparer(QObject):
    """Finds out what became of the units of the run that was opened last.

    Attributes
    ----------
    compared : Signal(Compared)
        What it found.
    settled : Signal()
        It has nothing to do.
    """

    compared = Signal(object)
    settled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = Worker("comparer", self)
        self._worker.finished.connect(self._on_finished)

    @property
    def busy(self) -> bool:
        """Whether it is at work."""
        return self._worker.busy

    def ask(self, table: AuditTable, recording: Recording | None, problem: str) -> None:
        """Compare a run; what was asked before is dropped.

        Parameters
        ----------
        table : AuditTable
            The run, as Bombcell scored it.
        recording : Recording or None
            Its arrays.
        problem : str
            Why there are none.
        """
        run, audit, params = table.run.as_scored, table.audit, table.params

        def work(control: Control) -> Compared:
            if recording is None:
                identity = not_known(run.n_units, problem)
            else:
                identity = identity_of(run, recording, control.check)
            more, padded = with_identity(run, audit, identity)
            more = count_emptied(more, control.check)
            return Compared(more, padded, AuditTable(more, padded, params).attention_rows())

        self._worker.submit("compare", work, run.provenance.ks_dir)

    def cancel(self) -> None:
        """Stop what is under way."""
        self._worker.cancel()

    def end(self) -> None:
        """Ask the thread to end."""
        self._worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the thread ended."""
        return self._worker.join(until)

    def _on_finished(self, outcome: Outcome) -> None:
        if isinstance(outcome.value, Compared):
            self.compared.emit(outcome.value)
        self.settled.emit()
        if outcome.error is not None and not isinstance(outcome.error, CancelledError):
            raise outcome.error  # unexpected: reaches the excepthook and its report
