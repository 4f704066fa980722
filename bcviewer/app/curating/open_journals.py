"""The journals of the open recording: read, merged with those in the results, watched, mirrored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from bcviewer.app.curating.arrivals import Added, Arrivals
from bcviewer.app.curating.mirror import Mirror, Mirrored
from bcviewer.app.curating.opened import Opened, merger, read_state
from bcviewer.app.prefs import data_folder
from bcviewer.app.threads.worker import Control, Outcome, Progress, Worker, join_all
from bcviewer.core.run.run import Run
from bcviewer.errors import CancelledError, UserError
from bcviewer.io.journal.acted_in import results_key
from bcviewer.io.journal.queue_file import QueueFiles
from bcviewer.io.journal.recording_key import recording_key
from bcviewer.io.journal.store import JournalStore
from bcviewer.io.names import JOURNALS
from bcviewer.io.resources import is_of_demo

MERGE_MS = 300
"""Reading what is in the results' folder is shown where it takes longer than that."""


class UnreadError(UserError):
    """Nothing can be said before it is known what was said: true until the journals are read."""


class OpenJournals(QObject):
    """Owns the journals of one recording at a time; what it tells is of them only.

    Attributes
    ----------
    left : Signal()
        Those of the recording before are open no more; :attr:`run` is still that one.
    read : Signal(Opened)
        Those of this computer were read: from now on something can be said.
    ended : Signal()
        Reading those of this computer ended, however it did: after :attr:`read` or :attr:`failed`.
    merged : Signal(Opened)
        Those in the results' folder were read, too.
    arrived : Signal(Reading)
        Somebody else said something meanwhile.
    mirrored : Signal(Mirrored)
        A round of mirroring ended, or has not ended for long.
    settled : Signal()
        Reading them ended.
    progressed : Signal(Progress)
        Reading them takes long.
    failed : Signal(UserError)
        They could not be read.
    """

    left = Signal()
    read = Signal(object)
    ended = Signal()
    merged = Signal(object)
    arrived = Signal(object)
    mirrored = Signal(object)
    settled = Signal()
    progressed = Signal(object)
    failed = Signal(object)

    def __init__(
        self, process: str, queues: QueueFiles | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._queues = queues or QueueFiles(data_folder())
        self._process = process
        self._store: JournalStore | None = None
        self._run: Run | None = None
        self._merging = False
        self._why_unread = ""
        self._worker = Worker("curation", self)
        self._worker.finished.connect(self._on_finished)
        self._worker.progressed.connect(self.progressed)
        self._mirror = Mirror(self)
        self._mirror.reported.connect(self._on_mirrored)
        self._mirror.read.connect(self._on_merged)
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.timeout.connect(self._on_slow)
        self._arrivals = Arrivals(self)
        self._arrivals.arrived.connect(self._on_arrived)

    @property
    def busy(self) -> bool:
        """Whether they are being read, here or where they are mirrored."""
        return self._worker.busy or self._merging

    @property
    def run(self) -> Run | None:
        """The run whose recording they are about."""
        return self._run

    @property
    def store(self) -> JournalStore | None:
        """Where something is written; None: they are not read yet."""
        return self._store

    @property
    def why_unread(self) -> str:
        """Why they could not be read; empty: they were, or are being read, or nobody knows."""
        return self._why_unread

    def to_write(self) -> JournalStore:
        """Return where something is written.

        Raises
        ------
        UserError
            If they are not read yet, or could not be.
        """
        if self._store is not None:
            return self._store
        if self._why_unread:
            words = f"The labels of this recording could not be read: {self._why_unread}."
            raise UnreadError(words, "F5 reads it again.")
        words = "The labels of this recording are still being read."
        raise UnreadError(words, "Try again in a moment.")

    def open(self, run: Run) -> None:
        """Read those of a run's recording in a thread; until then nothing can be written.

        Those of this computer come first; what is in the results' folder is merged when it
        arrives, and labels need not wait for it.
        """
        store, process = self._store, self._process
        # Not from the files again where the same run is read again: its drive may be gone.
        known = store.key if store is not None and run is self._run else None
        self._leave()
        self._run, self._why_unread = run, ""
        journals, results, queues = data_folder() / JOURNALS, mirrored_folder(run), self._queues

        def work(control: Control) -> Opened:
            key = known or recording_key(run)
            store = JournalStore(key, journals, results, process)
            opened = read_state(store, control.check, JournalStore.read_local)
            queue, why = queues.kept_or_why(key.primary, run)
            of_all, why_not_all = queues.of_all_or_why(key.primary)
            tried = queues.tried.read(results_key(Path(run.provenance.results_dir)))
            kept = replace(opened, queue=queue, why_no_queue=why, tried=tried)
            return replace(kept, queue_of_all=of_all, why_no_queue_of_all=why_not_all)

        self._worker.submit("curation", work, run.provenance.ks_dir)

    def cancel(self) -> None:
        """Wait no more for journals on other drives; they are merged should they arrive."""
        if self._worker.silence:
            self._worker.cancel()
        self._settle()

    def poke(self) -> None:
        """Say that there is something to mirror."""
        self._mirror.poke()

    def end(self) -> None:
        """Ask the threads to end."""
        self._merging = False
        self._slow.stop()
        self._worker.end()
        self._arrivals.end()
        self._mirror.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the threads ended."""
        ended = join_all((self._worker, self._arrivals, self._mirror), until)
        store, self._store = self._store, None
        if store is not None:
            store.close()
        return ended

    def leave(self) -> None:
        """Read and write those of no recording; what is to be mirrored is mirrored still."""
        self._worker.cancel()
        self._leave()
        self._run = None

    def _leave(self) -> None:
        store, self._store = self._store, None
        self._merging = False
        self._slow.stop()
        if store is not None:
            store.close()
            self._arrivals.watch(None)
        self.left.emit()

    def _on_finished(self, outcome: Outcome) -> None:
        if isinstance(outcome.value, Opened):
            self._store = outcome.value.store
            self._merging = self._store.mirror_dir is not None
            if self._merging:
                self._slow.start(MERGE_MS)
            self._mirror.watch(self._store, merger(outcome.value))
            self._arrivals.watch(self._store)
            self.read.emit(outcome.value)
        elif isinstance(outcome.error, UserError):
            self._why_unread = outcome.error.message
            self.failed.emit(outcome.error)
        elif isinstance(outcome.error, CancelledError):
            self._why_unread = str(outcome.error)
        self.ended.emit()
        if not self._merging:
            self.settled.emit()
        if outcome.error is not None and not isinstance(outcome.error, (UserError, CancelledError)):
            raise outcome.error  # unexpected: reaches the excepthook and its report

    def _on_merged(self, read: Opened) -> None:
        if read.store is self._store:
            self.merged.emit(read)
            self._settle()

    def _on_arrived(self, arrived: Added) -> None:
        if arrived.error is not None:
            raise arrived.error
        if arrived.store is self._store:
            self.arrived.emit(arrived.reading)
            if arrived.store.unsettled:
                self._mirror.poke()

    def _on_mirrored(self, report: Mirrored) -> None:
        if report.error is not None:
            raise report.error
        if report.store is self._store:
            if report.problem:
                self._settle()
            self.mirrored.emit(report)

    def _settle(self) -> None:
        if self._merging:
            self._merging = False
            self._slow.stop()
            self.settled.emit()

    def _on_slow(self) -> None:
        """Say that the journals of others are being read: a long one takes seconds."""
        if self._merging and self._store is not None:
            words = f"Reading what others said, in {self._store.mirror_dir}"
            self.progressed.emit(Progress("curation", 0.0, words))


def mirrored_folder(run: Run) -> Path | None:
    """Return the results' folder that journals are mirrored to.

    None for the recording that ships with the program: that belongs to the program.
    """
    folder = Path(run.provenance.results_dir).absolute()
    return None if is_of_demo(folder) else folder
