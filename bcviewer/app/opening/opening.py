"""What is opened, and other work in threads: exports, imports, reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from bcviewer.app.catalogue import Catalogue, Request
from bcviewer.app.opening.loader import (
    Further,
    Loaded,
    load,
    load_further,
    load_with_sort,
    sealed,
)
from bcviewer.app.prefs import Left, Prefs
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage
from bcviewer.app.threads.jobs import Jobs
from bcviewer.app.threads.under_way import UnderWay
from bcviewer.app.threads.worker import Closing, Control, Outcome, Worker
from bcviewer.errors import CancelledError, UserError
from bcviewer.io.files import expanded
from bcviewer.io.journal.queue_file import QueueFiles

_LOAD, _JOIN = "load", "join"
KEEP_MS = 2000
"""So soon after a step it is remembered where the recording is."""


class Opening(QObject):
    """Loads what is asked for, and does jobs, each in a thread.

    Attributes
    ----------
    loaded : Signal(Loaded)
        A run is ready to be shown.
    joined : Signal(Further)
        One more probe of it is ready, or cannot be opened.
    done : Signal(Outcome)
        A job ended.
    """

    loaded = Signal(object)
    joined = Signal(object)
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
        self._catalogue: Catalogue | None = None
        """What was loaded last."""
        self._keys: dict[str, str] = {}
        """The probes of it that are open, by what their recordings are known by."""
        self._rest: list[int] = []
        """The probes of it that are being read, and are still to be, by their places there."""
        self._keeping = QTimer(self)
        self._keeping.setSingleShot(True)
        self._keeping.setInterval(KEEP_MS)
        self._keeping.timeout.connect(lambda: self._keep_place(self.stage.scene))
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
        self._load(request.path, partial(load, request, self._queues, self._prefs.person()))

    def _on_leaving(self, for_certain: bool) -> None:
        if for_certain:
            self._keeping.stop()
            self._keep_place(self.stage.scene)

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        """Remember the run that is open now, and the unit soon: who is killed leaves nothing.

        Else a start after that would lead phy, too, back to a unit that was done long before.
        """
        if scene.catalogue is not before.catalogue:
            self._keep_place(scene)
        elif scene.differs(before, "current", "label_source") and not self._keeping.isActive():
            self._keeping.start()

    def _keep_place(self, scene: Scene) -> None:
        """Remember where the recording is, for the next time that it is opened."""
        catalogue, here = scene.catalogue, scene.location
        if catalogue is not None and here is not None and scene.table is not None:
            unit = scene.table.ids.id_of(scene.current)
            every = catalogue.every if len(catalogue.together) > 1 else None
            at = None if unit is None else int(unit)
            left = Left(str(here.results_dir), at, scene.label_source, every)
            self._prefs.add_left(catalogue.request.key, left)

    def open_location(self, index: int) -> None:
        """Load another probe or mode of what is open, by its place in the catalogue.

        Another mode of the same sort stays at the current unit, by its id; where all probes are
        open, it is all of them in another mode, too.
        """
        catalogue = self.stage.scene.catalogue
        if catalogue is not None:
            every = catalogue.wants_every and catalogue.is_other_mode(index)
            self._open_other(catalogue, index, every=every)

    def open_mode(self, mode: str) -> None:
        """Load another run mode: the current unit's probe, or all where all are open."""
        catalogue, here = self.stage.scene.catalogue, self.stage.scene.location
        if catalogue is not None and here is not None and mode != here.mode:
            index = catalogue.in_mode(mode, here.probe)
            self._open_other(catalogue, index, every=catalogue.wants_every)

    def _open_other(self, catalogue: Catalogue, index: int, *, every: bool) -> None:
        request = catalogue.other(index, every=every)
        self._load(request.path, partial(load, request, self._queues, self._prefs.person()))

    def open_every(self) -> None:
        """Load all probes of the open run mode into one table, the current unit's first."""
        scene = self.stage.scene
        if scene.catalogue is not None and scene.location is not None:
            index = scene.catalogue.locations.index(scene.location)
            self._open_other(scene.catalogue, index, every=True)

    def reload(self) -> None:
        """Read what is open again."""
        catalogue, here = self.stage.scene.catalogue, self.stage.scene.location
        if catalogue is not None and here is not None:
            request = catalogue.again(here)
            self._load(request.path, partial(load, request, self._queues, self._prefs.person()))

    def point_at_sort(self, ks_dir: str) -> None:
        """Say which Kilosort directory the current unit's results are of; it is remembered."""
        catalogue, here = self.stage.scene.catalogue, self.stage.scene.location
        if catalogue is not None and here is not None:
            request = replace(catalogue.again(here), sorts=self._prefs.sorts())
            at = str(here.results_dir)
            person, queues = self._prefs.person(), self._queues
            work = partial(load_with_sort, request, at, ks_dir, queues, person)
            self._load(ks_dir, work)

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
        """Return the threads that are to be ended; nothing is remembered from now on."""
        self._keeping.stop()
        return self._worker, self._jobs, self._runs

    def _load(self, path: str, work: Callable[[Control], Loaded]) -> None:
        if self.stage.closed:
            words = "The session was closed: nothing can be opened in it."
            self.stage.failed.emit(UserError(words))
            return
        self.stage.leaving.emit(False)  # what was begun is done before the hand goes on
        queues, self._rest = self._queues, []

        def hidden(control: Control) -> Loaded:
            loaded = work(control)
            return replace(loaded, table=sealed(loaded.table, queues, control))

        self._worker.submit(_LOAD, hidden, str(expanded(path).absolute()))

    def _go_on(self) -> None:
        """Read the next probe of what was loaded."""
        catalogue, queues = self._catalogue, self._queues
        if catalogue is not None and self._rest:
            index = self._rest[0]
            person = self._prefs.person()
            work = partial(load_further, catalogue, index, dict(self._keys), queues, person)
            self._worker.submit(_JOIN, work, str(catalogue.locations[index].results_dir))

    def _on_joined(self, outcome: Outcome) -> None:
        """Show one more probe, or that it is not open, and read the next one."""
        catalogue, rest = self._catalogue, self._rest
        if catalogue is None or not rest:
            return  # something else was opened meanwhile
        if isinstance(outcome.error, CancelledError):
            self._rest = []
            why = str(outcome.error) or "it was cancelled"
            for index in rest:
                words = f"{catalogue.locations[index].probe} is not open: {why}; F5 opens it."
                self.joined.emit(Further(catalogue, index, None, words, index == rest[-1]))
            return
        further = outcome.value
        if not isinstance(further, Further):
            words = f"{catalogue.locations[rest[0]].probe} could not be opened; see the report."
            further = Further(catalogue, rest[0], problem=words)
        self._rest = rest[1:]
        self._keys.setdefault(further.key, catalogue.locations[further.index].probe)
        self.joined.emit(replace(further, is_last=not self._rest))
        self._go_on()

    def _on_finished(self, outcome: Outcome) -> None:
        self._under_way.end(outcome.tag)
        if outcome.tag == _JOIN:
            self._on_joined(outcome)
            self._raise(outcome)
            return
        if isinstance(outcome.error, CancelledError):
            silence = str(outcome.error)
            done = f"{silence}; it is not waited for" if silence else "nothing was changed"
            self.stage.notice.emit(f"Cancelled; {done}.")
        elif isinstance(outcome.error, UserError):
            self.stage.failed.emit(outcome.error)
        elif isinstance(outcome.value, Loaded):
            self._prefs.add_sorts(outcome.value.catalogue.request.sorts)
            self._catalogue, self._rest = outcome.value.catalogue, list(outcome.value.rest)
            self._keys = {outcome.value.key: outcome.value.catalogue.location.probe}
            self.loaded.emit(outcome.value)
            self._go_on()
        if outcome.tag != _LOAD:
            self.done.emit(outcome)
        self._raise(outcome)

    def _raise(self, outcome: Outcome) -> None:
        self._under_way.check()
        if outcome.error is not None and not isinstance(outcome.error, (UserError, CancelledError)):
            raise outcome.error  # unexpected: reaches the excepthook and its report
