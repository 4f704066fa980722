"""Has read again what phys saved: as they say so, and what was saved unheard."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QTimer

from bcviewer.app.background.phy_sight import dataset_runs, dataset_sheet
from bcviewer.app.background.phy_words import ReadsPhy, is_saved, unsaved_of
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.threads.worker import Control, Outcome, Worker
from bcviewer.core.run.phy import Phy
from bcviewer.core.run.run import Run
from bcviewer.errors import CancelledError

if TYPE_CHECKING:
    from bcviewer.app.background.phy_talk import PhyTalk
    from bcviewer.io.results.beside import SavedState


EVERY_MS = 5_000
"""How often phy's files are looked at, ms; what is as it was then is saved to the end."""
UNREAD = "What phy saved of {} is not read: that was stopped, or failed. F5 reads it."
"""What is said of it."""


class PhySaves(QObject):
    """Holds phy's files against what was read of them: in a thread, as drives say.

    As a phy comes, and now and then: it may have saved while another window had the link, before
    this one listened, or without the plugin. Where the files are as they were nothing is read, and
    nothing on screen is another thing. No system tells of changes on all drives, so it is looked.
    """

    def __init__(self, stage: Stage, background: ReadsPhy, parent: QObject) -> None:
        super().__init__(parent)
        self.stage, self._background = stage, background
        self._arrays = background.run_arrays
        self._due: set[str] = set()
        """The Kilosort directories whose files are still to be looked at."""
        self._old: dict[Run, Phy] = {}
        """What was read of runs before their directories were saved to: no answer of what is."""
        self._seen: dict[str, SavedState] = {}
        """What the files of a directory were when they were looked at last."""
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look_at_all)
        self._worker = Worker("phy files", self)
        self._worker.finished.connect(self._on_found)
        stage.changed.connect(self._on_changed)
        for failed in (background.comparer.failed, self._arrays.given_up):
            failed.connect(self._on_failed)

    def start(self) -> None:
        """Look at the files now and then, from now on."""
        self._timer.start(EVERY_MS)

    def on_came(self, folder: str) -> None:
        """Have read what phy saved and nobody heard, once it is known what was read."""
        self._due.add(folder)
        self._look()

    def read(self, folder: str, by: PhyTalk | None = None) -> None:
        """Have read what phy saved: one that said so, and what it had not saved before."""
        scene, sheet, acts = self.stage.scene, dataset_sheet(self.stage.scene, folder), None
        if by is not None and sheet is not None:
            acts = unsaved_of((by,), partial(is_saved, sheet, self.are_unread(folder)))
        for run in dataset_runs(scene, folder):
            if (old := _as_read(scene, run)) is not None:
                self._old[run] = old
            self._background.read_phy_again(run, acts)

    def are_unread(self, folder: str) -> bool:
        """Whether a directory was saved to, and is not read again so far."""
        return any(run.provenance.ks_dir == folder for run in self._old)

    def forget(self, folder: str) -> None:
        """Know nothing more of a directory: it is open no more, or there is no link."""
        self._due.discard(folder)
        self._old = {r: old for r, old in self._old.items() if r.provenance.ks_dir != folder}

    def end(self) -> None:
        """Look no more, and ask the thread to end."""
        self._timer.stop()
        self._worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the thread ended."""
        return self._worker.join(until)

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        if scene.book is before.book:
            return
        for run, old in tuple(self._old.items()):
            if _as_read(scene, run) is not old:
                del self._old[run]
        if self._due:
            self._look()

    def _on_failed(self, run: Run) -> None:
        """Say that what a phy saved is not shown; one that comes has it read."""
        if run in self._old:
            self.stage.notice.emit(UNREAD.format(run.provenance.name))

    def _look(self) -> None:
        scene = self.stage.scene
        self._look_at([run for folder in self._due for run in dataset_runs(scene, folder)])

    def _look_at_all(self) -> None:
        if not self._worker.busy:  # a drive that does not answer is not asked once more
            self._look_at(self.stage.scene.runs)

    def _look_at(self, runs: Iterable[Run]) -> None:
        coming = self._arrays.is_coming
        known = [run for run in runs if not coming(run)]  # the others are read soon anyway
        if not known:
            return

        def work(control: Control) -> dict[Run, SavedState]:
            from bcviewer.io.results.beside import saved_state

            found = {}
            for run in known:
                control.at(run.provenance.ks_dir)
                found[run] = saved_state(Path(run.provenance.ks_dir))
            return found

        self._worker.submit("phy files", work, known[0].provenance.ks_dir)

    @intent
    def _on_found(self, outcome: Outcome) -> None:
        if isinstance(outcome.error, CancelledError):
            return
        if outcome.error is not None:
            raise outcome.error  # unexpected: reaches the excepthook and its report
        found = cast("dict[Run, SavedState]", outcome.value)
        found = {run: now for run, now in found.items() if run in self.stage.scene.runs}
        others = [run for run, now in found.items() if self._is_other(run, now)]
        now = {run.provenance.ks_dir: state for run, state in found.items()}
        self._seen = now  # of what is open no more nothing is kept
        self._due.difference_update(now)
        for folder in dict.fromkeys(run.provenance.ks_dir for run in others):
            self.read(folder)

    def _is_other(self, run: Run, now: SavedState) -> bool:
        """Whether phy's files are others than were read, and are to be read.

        Where no phy came one that writes them may be at it, or a drive be away for a while; what
        could not be read, or was stopped, is not read before it is another thing.
        """
        folder, was = run.provenance.ks_dir, self._arrays.read.get(run)
        if folder not in self._due:
            if now[0] is None or self._seen.get(folder) != now or self._arrays.is_coming(run):
                return False
            was = self._arrays.tried.setdefault(run, now)  # stopped before it was begun
        return was != now and not self._arrays.is_coming(run)


def _as_read(scene: Scene, run: Run) -> Phy | None:
    """Return what was read of what phy saved of a run; None: nothing so far, or it is closed."""
    which = None if scene.book is None else scene.book.sheet_with(run)
    phy = None if scene.book is None or which is None else scene.book.sheets[which].phy
    return None if phy is None else phy.as_read
