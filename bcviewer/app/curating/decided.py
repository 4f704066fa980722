"""How many units of the other probes are decided: told of each, whether it was ever opened."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer

from bcviewer.app.curating.open_journals import mirrored_folder
from bcviewer.app.curating.opened import read_state
from bcviewer.app.prefs import data_folder
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage
from bcviewer.app.threads.worker import Control, Outcome, Worker
from bcviewer.core.curation.blind import has_seen
from bcviewer.core.curation.said_columns import NO_LABEL, ManualColumns
from bcviewer.core.sheet.queue import QueueProgress, count_labels
from bcviewer.errors import CancelledError, UserError
from bcviewer.io.journal.queue_file import QueueFiles
from bcviewer.io.journal.recording_key import recording_key
from bcviewer.io.journal.store import JournalStore
from bcviewer.io.names import JOURNALS
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.location import RunLocation

START_MS = 1000
"""So long after a probe was opened the others are counted: it is drawn first."""
SILENT_S = 5.0
"""A probe whose drive does not answer for so long stays unknown, and the next one is counted."""
LOOK_MS = 1000
"""How often is looked whether it answers."""


class Decided(QObject):
    """Counts the decided units of the probes that are not open, one after the other, in a thread.

    What is not counted (yet) is not in the scene's ``decided``: it is unknown, not none.
    """

    def __init__(self, stage: Stage, queues: QueueFiles, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stage, self._queues = stage, queues
        self.worker = Worker("decided", self)
        self.worker.finished.connect(self._on_finished)
        self._left: list[RunLocation] = []
        """Those that are still to be counted."""
        self._now: RunLocation | None = None
        self._start, self._look = QTimer(self), QTimer(self)
        self._start.setSingleShot(True)
        self._start.timeout.connect(self._next)
        self._look.timeout.connect(self._on_look)
        stage.changed.connect(self._on_changed)

    @property
    def busy(self) -> bool:
        """Whether some are still to be counted."""
        return self._start.isActive() or self._now is not None

    def end(self) -> None:
        """Ask the thread to end."""
        self._left, self._now = [], None
        self._start.stop()
        self._look.stop()
        self.worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the thread ended."""
        return self.worker.join(until)

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        """Count all others anew where another probe is open, or another person asks."""
        catalogue = scene.catalogue
        if catalogue is None:
            return
        if catalogue is before.catalogue and scene.person == before.person:
            return
        here = catalogue.location
        self._left = [
            each
            for each in catalogue.locations
            if each.mode == here.mode and not each.problem and each != here
            if not catalogue.every  # they are open, or about to be
        ]
        self._now = None
        known = dict(scene.decided) if scene.person == before.person else {}
        if before.catalogue is not None and scene.person == before.person:
            left = before.catalogue.location
            if (shown := before.decided_of(left)) is not None:
                known[str(left.results_dir)] = shown
        places = {str(each.results_dir) for each in self._left}
        self.stage.become(decided={k: v for k, v in known.items() if k in places})
        if self._left:
            self._start.start(START_MS)

    def _next(self) -> None:
        if not self._left:
            self._now = None
            self._look.stop()
            return
        self._now = place = self._left.pop(0)
        person = self.stage.scene.person
        work = partial(count_decided, place, self._queues, person)
        self.worker.submit("decided", work, str(place.results_dir))
        self._look.start(LOOK_MS)

    def _on_look(self) -> None:
        if self._now is not None and self.worker.silent_s >= SILENT_S:
            self._tell(self._now, None)
            self._next()

    def _on_finished(self, outcome: Outcome) -> None:
        place = self._now
        if place is None:
            return
        known = outcome.value if isinstance(outcome.value, QueueProgress) else None
        self._tell(place, known)
        self._next()
        if outcome.error is not None and not isinstance(outcome.error, (UserError, CancelledError)):
            raise outcome.error  # unexpected: reaches the excepthook and its report

    def _tell(self, place: RunLocation, known: QueueProgress | None) -> None:
        key, decided = str(place.results_dir), dict(self.stage.scene.decided)
        decided.pop(key, None)  # what was known before may be true no longer
        if known is not None:
            decided[key] = known
        self.stage.become(decided=decided)


def count_decided(
    place: RunLocation, queues: QueueFiles, person: str, control: Control
) -> QueueProgress:
    """Return how many units of a probe have a manual label; nothing is written.

    Those whose verdicts a blind review of this person hides are not told.

    Raises
    ------
    UserError
        If its results cannot be read.
    CancelledError
        If nobody waits for it any more.
    """
    run = read_run(place, None, control.cancelled)
    key = recording_key(run)
    control.check()
    store = JournalStore(key, data_folder() / JOURNALS, mirrored_folder(run), "")
    state = read_state(store, control.check).state
    if state is None:
        raise CancelledError
    from bcviewer.io.exchange.manual_reader import of_the_spikes_now  # not before the first paint

    state = of_the_spikes_now(run, state, control.cancelled)
    control.check()
    review = queues.kept(key.primary, run)
    blind = review is not None and review.is_blind
    rows = review.rows.tolist() if review is not None and blind else []
    hidden = [
        row
        for row in rows
        if (unit := run.ids.id_of(row)) is None or not has_seen(state, unit, person)
    ]
    labels = ManualColumns.of(run.ids, state).labels.copy()
    labels[hidden] = NO_LABEL
    return count_labels(labels, len(hidden))
