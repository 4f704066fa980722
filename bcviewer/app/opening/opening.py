"""What is opened, and other work in threads: exports, imports, reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from bcviewer.app.catalogue import Request
from bcviewer.app.opening.loader import Loaded, load, load_with_sort, seal
from bcviewer.app.prefs import Left, Prefs
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage
from bcviewer.app.threads.jobs import Jobs
from bcviewer.app.threads.under_way import UnderWay
from bcviewer.app.threads.worker import Closing, Control, Outcome, Worker
from bcviewer.errors import CancelledError, UserError
from bcviewer.io.journal.queue_file import QueueFiles


class Opening(QObject):
    """Loads what is asked for, and does jobs, each in a thread.

    Attributes
    ----------
    loaded : Signal(Loaded)
        A run is ready to be shown.
    done : Signal(Outcome)
        A job ended.
    """

    loaded = Signal(object)
    done = Signal(object)

    def __init__(
        self,
        stage: Stage,
        prefs: Prefs,
        under_way: UnderWay,
        queues: QueueFiles,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._prefs, self._queues = prefs, queues
        self._under_way = under_way
        self._worker = Worker("loader", self)
        self._jobs = Jobs(self)  # of their own: opening a recording stops no export
        self._runs = Jobs(self)  # Bombcell's take minutes: no export waits for one
        stage.leaving.connect(self._on_leaving)
        stage.changed.connect(self._on_changed)
        for work in (self._worker, self._jobs, self._runs):
            work.finished.connect(self._on_finished)
            work.progressed.connect(under_way.show)

    @property
    def busy(self) -> bool:
        """Whether something is loaded, or a job is under way."""
        return self._worker.busy or self._jobs.busy or self._runs.busy

    @property
    def writing(self) -> tuple[str, ...]:
        """The names of the files that are being written, or wait to be."""
        return self._jobs.writing + self._runs.writing

    def open(self, request: Request) -> None:
        """Load a path; what is open stays until the new run is there."""
        prefs = self._prefs
        request = replace(request, sorts=prefs.sorts(), left=prefs.left(request.key))
        self._load(request.path, lambda control: load(request, control))

    def _on_leaving(self, for_certain: bool) -> None:
        if for_certain:
            self._keep_place(self.stage.scene)

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        """Remember the run that is open now, too: a program that is killed leaves nothing."""
        if scene.catalogue is not before.catalogue:
            self._keep_place(scene)

    def _keep_place(self, scene: Scene) -> None:
        """Remember where the recording is, for the next time that it is opened."""
        if scene.catalogue is not None and scene.table is not None:
            unit = None if scene.current < 0 else scene.table.ids.id_of(scene.current)
            results = str(scene.catalogue.location.results_dir)
            left = Left(results, None if unit is None else int(unit), scene.label_source)
            self._prefs.add_left(scene.catalogue.request.key, left)

    def open_location(self, index: int) -> None:
        """Load another probe or mode of what is open, by its place in the catalogue.

        Another mode of the same sort stays at the current unit, by its id.
        """
        catalogue = self.stage.scene.catalogue
        if catalogue is not None:
            request = catalogue.other(index)
            self._load(request.path, lambda control: load(request, control))

    def reload(self) -> None:
        """Read the open probe again."""
        catalogue = self.stage.scene.catalogue
        if catalogue is not None:
            request = catalogue.again()
            self._load(request.path, lambda control: load(request, control))

    def point_at_sort(self, ks_dir: str) -> None:
        """Say which Kilosort directory the open results are of; it is remembered for them."""
        catalogue = self.stage.scene.catalogue
        if catalogue is not None:
            request = replace(catalogue.again(), sorts=self._prefs.sorts())
            here = str(catalogue.location.results_dir)
            self._load(ks_dir, lambda control: load_with_sort(request, here, ks_dir, control))

    def run_job(
        self, tag: str, work: Callable[[Control], object], place: str | Path, writes: str = ""
    ) -> None:
        """Run other work, after the jobs before it; see :meth:`Jobs.submit`."""
        self._jobs.submit(tag, work, str(place), writes)

    def run_aside(
        self, tag: str, work: Callable[[Control], object], place: str | Path, writes: str
    ) -> None:
        """Run work that takes minutes: no other job waits for it."""
        self._runs.submit(tag, work, str(place), writes)

    def cancel(self) -> None:
        """Stop the work under way and what waits for it."""
        self._worker.cancel()
        self._jobs.cancel()
        self._runs.cancel()

    def close(self) -> tuple[Closing, ...]:
        """Return the threads that are to be ended."""
        return self._worker, self._jobs, self._runs

    def _load(self, path: str, work: Callable[[Control], Loaded]) -> None:
        if self.stage.closed:
            words = "The session was closed: nothing can be opened in it."
            self.stage.failed.emit(UserError(words))
            return
        self.stage.leaving.emit(False)  # what was begun is done before the hand goes on
        queues = self._queues

        def sealed(control: Control) -> Loaded:
            return seal(work(control), queues, control)

        self._worker.submit("load", sealed, str(Path(path).expanduser().absolute()))

    def _on_finished(self, outcome: Outcome) -> None:
        self._under_way.end(outcome.tag)
        if isinstance(outcome.error, CancelledError):
            silence = str(outcome.error)
            done = f"{silence}; it is not waited for" if silence else "nothing was changed"
            self.stage.notice.emit(f"Cancelled; {done}.")
        elif isinstance(outcome.error, UserError):
            self.stage.failed.emit(outcome.error)
        elif isinstance(outcome.value, Loaded):
            self._prefs.add_sorts(outcome.value.catalogue.request.sorts)
            self.loaded.emit(outcome.value)
        if outcome.tag != "load":
            self.done.emit(outcome)
        self._under_way.check()
        if outcome.error is not None and not isinstance(outcome.error, (UserError, CancelledError)):
            raise outcome.error  # unexpected: reaches the excepthook and its report
