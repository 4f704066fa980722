"""Has read again what phys saved: as they say so, and what one that comes saved unheard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject

from bcviewer.app.background.phy_sight import as_read, dataset_runs
from bcviewer.app.background.phy_words import ReadsPhy
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.threads.worker import Control, Outcome, Worker
from bcviewer.core.run.phy import Phy
from bcviewer.core.run.run import Run
from bcviewer.errors import CancelledError

if TYPE_CHECKING:
    from bcviewer.io.results.beside import SavedState


UNREAD = "What phy saved of {} is not read: that was stopped, or failed. F5 reads it."
"""What is said of it."""


class PhySaves(QObject):
    """Holds phy's files against what was read of them, as a phy comes: in a thread, as drives say.

    It may have saved while another window had the link, or before this one listened. Where the
    files are as they were nothing is read, and nothing on screen is another thing.
    """

    def __init__(self, stage: Stage, background: ReadsPhy, parent: QObject) -> None:
        super().__init__(parent)
        self.stage, self._background = stage, background
        self._due: set[str] = set()
        """The Kilosort directories whose files are still to be looked at."""
        self._old: dict[str, Phy] = {}
        """What was read of a directory before it was saved to: no answer of what is saved."""
        self._worker = Worker("phy files", self)
        self._worker.finished.connect(self._on_found)
        stage.changed.connect(self._on_changed)
        background.comparer.failed.connect(self._on_failed)

    def on_came(self, folder: str) -> None:
        """Have read what phy saved and nobody heard, once it is known what was read."""
        self._due.add(folder)
        self._look()

    def read(self, folder: str) -> None:
        """Have read what phy saved."""
        if (old := as_read(self.stage.scene, folder)) is not None:
            self._old[folder] = old
        for run in dataset_runs(self.stage.scene, folder):
            self._background.read_phy_again(run)

    def are_unread(self, folder: str) -> bool:
        """Whether a directory was saved to, and is not read again so far."""
        return folder in self._old

    def forget(self, folder: str) -> None:
        """Know nothing more of a directory: it is open no more, or there is no link."""
        self._due.discard(folder)
        self._old.pop(folder, None)  # it holds the run

    def end(self) -> None:
        """Ask the thread to end."""
        self._worker.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the thread ended."""
        return self._worker.join(until)

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        if scene.book is before.book:
            return
        for folder, old in tuple(self._old.items()):
            if as_read(scene, folder) is not old:
                del self._old[folder]  # it holds the run
        if self._due:
            self._look()

    def _on_failed(self, run: Run) -> None:
        """Say that what a phy saved is not shown; one that comes has it read."""
        if run.provenance.ks_dir in self._old:
            self.stage.notice.emit(UNREAD.format(run.provenance.name))

    def _look(self) -> None:
        scene, reads = self.stage.scene, self._background.is_to_read_phy
        runs = [run for folder in self._due for run in dataset_runs(scene, folder)]
        known = [run for run in runs if not reads(run)]  # the others are read soon anyway
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
        other = set()
        for run, now in cast("dict[Run, SavedState]", outcome.value).items():
            folder, was = run.provenance.ks_dir, self._background.phy_read(run)
            self._due.discard(folder)
            if was != now and not self._background.is_to_read_phy(run):
                other.add(folder)
        for folder in other:
            self.read(folder)
