"""What the open run is compared with: another run mode, another date, another release."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, SignalInstance

from bcviewer.app.catalogue import Catalogue
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.threads.worker import Control, Outcome
from bcviewer.app.viewing.compare_job import ComparedRuns, Other, Work, compare_job, turn_job
from bcviewer.app.viewing.viewing import Viewing
from bcviewer.core.comparison.comparison import RunVerdict
from bcviewer.core.rules.columns import BETWEEN
from bcviewer.core.sheet.ids import NO_ROWS
from bcviewer.io.files import expanded
from bcviewer.io.results.find import Search
from bcviewer.io.results.location import RunLocation

CHANGED = "changed"
"""The chip of the units whose label is another one in the other run."""
NOTHING = "The run is compared with nothing."
ENDED = "The comparison ended: it was about another recording or probe."
_TAG = "compare"


class JobRunner(Protocol):
    """Runs jobs in threads."""

    @property
    def done(self) -> SignalInstance:
        """Tells how a job ended."""

    def run_job(
        self, tag: str, work: Callable[[Control], object], place: str | Path, writes: str = ""
    ) -> None:
        """Run a job."""


class Comparing(QObject):
    """Compares the open run with another one: beside its labels, never in their place.

    It is found, read and matched in a job's thread; what was asked last counts. Where the same
    probe is opened in another run mode, or is read again, it is compared anew.

    Parameters
    ----------
    viewing : Viewing
        The owners of what is shown.
    jobs : JobRunner
        Runs the work, and tells how it ended.
    """

    def __init__(
        self,
        stage: Stage,
        viewing: Viewing,
        jobs: JobRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._shown, self._filtering, self._rows = viewing.shown, viewing.filtering, viewing.rows
        self._jobs = jobs
        self._n_asked = 0
        """How often something was asked, or taken back: what was asked before is overtaken."""
        self._wanted: Other | None = None
        """What is compared with, or will be when the thread is ready."""
        self._compared: Other | None = None
        """What is compared with now."""
        stage.changed.connect(self._on_changed)
        jobs.done.connect(self.on_done)

    @property
    def wanted(self) -> Other | None:
        """What is compared with, or will be when the thread is ready."""
        return self._wanted

    def compare_with(self, path: str | Path | RunLocation, *, open_is_after: bool = True) -> None:
        """Compare the current unit's run with another one; what is compared now stays until then.

        Parameters
        ----------
        path : str, Path or RunLocation
            A results folder, a Kilosort directory, any folder above or a config that leads to one
            run of this probe; or where it is.
        open_is_after : bool
            Whether the open run is the one after.
        """
        scene = self.stage.scene
        sheet, catalogue = scene.sheet, scene.catalogue
        if sheet is None or catalogue is None:
            return
        place = path if isinstance(path, RunLocation) else _known(path, catalogue, scene.location)
        self._wanted = other = Other(place, open_is_after)
        here = RunVerdict(sheet.run, sheet.inputs.criteria)
        root = catalogue.request.root
        search = Search(Path(root) if root else None, catalogue.request.sorts)
        self._start(lambda overtaken: compare_job(here, other, search, overtaken), other.folder)

    def swap(self) -> None:
        """Compare the same two runs the other way round."""
        two, now = self.stage.scene.comparison, self._compared
        if two is None or now is None or isinstance(now.place, str):
            self.stage.notice.emit(NOTHING)
            return
        place = now.place
        self._wanted = Other(place, not two.open_is_after)
        self._start(lambda overtaken: turn_job(two, place, overtaken))

    @intent
    def end(self) -> None:
        """Compare with nothing any more; what was still to come does not come."""
        if self._wanted is None and self.stage.scene.comparison is None:
            self.stage.notice.emit(NOTHING)
        self._n_asked += 1
        self._wanted = self._compared = None
        self._show(None)

    def _start(self, job: Callable[[Callable[[], bool]], Work], folder: str = "") -> None:
        self._n_asked += 1
        mine = self._n_asked
        self._jobs.run_job(f"{_TAG} {mine}", job(lambda: mine != self._n_asked), folder)

    def on_done(self, outcome: Outcome) -> None:
        """Show a comparison that is ready; where it failed, what was compared before stays."""
        if outcome.tag != f"{_TAG} {self._n_asked}":
            return  # another job, or one that was overtaken
        ready = outcome.value
        if isinstance(ready, ComparedRuns):
            self._compared = self._wanted = Other(ready.place, ready.two.open_is_after)
            self._show(ready)
        else:
            self._wanted = self._compared

    @intent
    def _show(self, ready: ComparedRuns | None) -> None:
        """Show what another run says beside the units; rows stay where they are."""
        book = self.stage.scene.book
        two = None if ready is None else ready.two
        which = None if book is None or two is None else book.sheet_with(two.run)
        if two is not None and which is None:
            return  # another run is open by now
        if two is None:
            self._filter_by_nothing()
        self.stage.become(comparison=two)
        beside = None if ready is None else ready.beside
        self._shown.compare({} if beside is None or which is None else {which: beside})
        self._rows.arrive(NO_ROWS, self._rows.anew())

    def _filter_by_nothing(self) -> None:
        """Filter no more for what a comparison says: it ends."""
        state = self._filtering.state
        if CHANGED in state.chips:
            self._filtering.toggle_chip(CHANGED)
        if state.applied and not state.applied.names().isdisjoint(BETWEEN):
            self._filtering.set_filter("")

    # -- another run is open -----------------------------------------------------------------

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        """Compare what is open by now with the same run as before, where that makes sense."""
        if scene.goes_on(before) or self._wanted is None:
            return
        wanted, now = self._wanted, scene.catalogue
        self._n_asked += 1
        self._wanted = self._compared = None
        other = None if now is None else self._other_of(wanted, before, scene)
        if other is not None:
            self.compare_with(other.place, open_is_after=other.open_is_after)
        else:
            self.stage.notice.emit(ENDED)

    def _other_of(self, wanted: Other, before: Scene, scene: Scene) -> Other | None:
        """Return what another run is compared with; None: nothing."""
        was, now = before.catalogue, scene.catalogue
        there, here, place = before.location, scene.location, wanted.place
        if was is None or now is None or here is None or there is None:
            return None
        if not isinstance(place, str) and _is_same(here, place):  # the two change places
            return Other(there, not wanted.open_is_after)
        if here.probe == there.probe and here.name == there.name:
            return wanted
        if isinstance(place, str):
            return wanted  # it may lead to this probe, too
        fits = (one for one in now.locations if one.mode == place.mode and not one.problem)
        probe = (one for one in fits if one.probe == here.probe and not _is_same(one, here))
        found = next(probe, None) if place in was.locations else None
        return None if found is None else replace(wanted, place=found)


def _known(path: str | Path, catalogue: Catalogue, here: RunLocation | None) -> str | RunLocation:
    """Return where a path leads, if that is another run of what is open; else the path."""
    place = str(expanded(path).absolute())
    others = (one for one in catalogue.locations if one is not here)
    found = [one for one in others if place in (str(one.results_dir), str(one.ks_dir))]
    return found[0] if len(found) == 1 and not found[0].problem else place


def _is_same(one: RunLocation, other: RunLocation) -> bool:
    return os.path.normcase(one.results_dir) == os.path.normcase(other.results_dir)
