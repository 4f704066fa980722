"""Bombcell run from the window: asked about, followed, and opened when it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog

from bcviewer.app.catalogue import Request
from bcviewer.app.opening.bombcell_job import PlannedRun, RunAsked, bombcell_job, plan_job
from bcviewer.app.scene import Scene
from bcviewer.app.threads.answers import start_folder
from bcviewer.app.threads.worker import Outcome
from bcviewer.app.wishes import ShowDock
from bcviewer.core.comparison.run_parameters import Value, parse_run_value, run_words
from bcviewer.core.run.run import Run
from bcviewer.frame.command_group import CommandGroup, Pieces
from bcviewer.oracle.run_by_bombcell import BombcellRun, RunFailedError
from bcviewer.widgets.chrome.run_dialog import RunDialog

_DEFAULTS = "Bombcell's defaults"


class RunActions(CommandGroup):
    """Asks what Bombcell is to be run with, runs it, and opens what it made."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__(pieces)
        self._dialog: RunDialog | None = None
        self._opens: tuple[str, str, str] | None = None
        """Results that are being opened, what is said once they are, and those from before."""
        self.session.done.connect(self._on_done)
        self.session.changed.connect(self._on_changed)

    def do_run_bombcell(self) -> None:
        """Run Bombcell on the current unit's sort, by the proposal if there is one; else ask."""
        run = self.session.scene.run
        if run is not None:
            if not self.verdicts_hidden():  # what it makes is named with its counts
                tried = self.session.scene.proposal.changes
                given = {name: parse_run_value(name, run_words(value)) for name, value in tried}
                self.run_on(Path(run.provenance.ks_dir), run, given)
            return
        last = self.prefs.recent()[:1]
        start = start_folder(*(str(Path(path).parent) for path in last))
        path = QFileDialog.getExistingDirectory(
            self.window, "Run Bombcell on a Kilosort directory", start
        )
        if path:
            self.run_on(Path(path))

    def run_on(
        self, ks_dir: Path, like: Run | None = None, given: Mapping[str, Value] | None = None
    ) -> None:
        """Ask what Bombcell is to be run with on a Kilosort directory."""
        if self._dialog is not None:
            self._dialog.close()
        likes: list[tuple[str, Run | None]] = [(_DEFAULTS, None)]
        if like is not None:
            where = like.provenance
            mode = f" ({where.mode})" if where.mode else ""
            likes.insert(0, (f"The parameters of {Path(where.results_dir).name}{mode}", like))
        raw = self.session.scene.raw_files.get(str(ks_dir), "")
        dialog = self._dialog = RunDialog(self.window, ks_dir, likes, given or {}, raw)
        dialog.asked.connect(self._ask)
        dialog.finished.connect(self._on_finished)
        dialog.start()

    def _ask(self, asked: RunAsked) -> None:
        self.session.run_job("plan_run", plan_job(asked), asked.ks_dir)

    def _on_finished(self, result: int) -> None:
        dialog, self._dialog = self._dialog, None
        planned = dialog.planned if dialog is not None else None
        if result != QDialog.DialogCode.Accepted or planned is None or planned.plan is None:
            return
        place = planned.place
        work = bombcell_job(planned, planned.plan)
        self.session.opening.run_aside("run_bombcell", work, place.parent, place.name)

    def _on_done(self, outcome: Outcome) -> None:
        done = outcome.value
        if isinstance(done, PlannedRun) and self._dialog is not None:
            self._dialog.show_planned(done)
        elif isinstance(done, BombcellRun):
            self._on_run(done)
        elif isinstance(outcome.error, RunFailedError) and outcome.error.log:
            banner, log = self.pieces.banner, outcome.error.log
            banner.also_offer("What it printed", lambda: banner.open_chosen.emit(log))

    def _on_run(self, made: BombcellRun) -> None:
        """Open the new run where its sort is open, or nothing is; else offer it."""
        session, results = self.session, str(made.results)
        catalogue, run = session.catalogue, session.scene.run
        if session.scene.book is not None and session.scene.book.n_hidden:
            made = replace(made, counts="a blind review is on")
        session.notice.emit(made.words)
        if catalogue is None or run is None:
            session.opening.open(Request(str(made.ks_dir), results=results))
        elif run.provenance.ks_dir == str(made.ks_dir):
            self._open_beside(made, run.provenance.results_dir)
        else:
            self.pieces.banner.pin(made.words, "Open", lambda: self.session.open(results))

    def _open_beside(self, made: BombcellRun, before: str) -> None:
        """Open the new run as another run mode of the sort that is open."""
        catalogue, here = self.session.catalogue, self.session.scene.location
        if catalogue is not None and here is not None:
            again, unit = catalogue.again(here), self.session.current_id()
            self.session.opening.open(replace(again, results=str(made.results), unit=unit))
            self._opens = str(made.results), made.words, before

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        """Say what was made once it is seen, and compare it with what was open before.

        What is said of another run ends with it.
        """
        if scene.catalogue is before.catalogue or scene.catalogue is None:
            return
        self.pieces.banner.unpin()
        opens, self._opens = self._opens, None
        if opens is None or str(scene.catalogue.location.results_dir) != opens[0]:
            return
        _, words, earlier = opens
        words += f" {Path(earlier).name}, from before, is another run mode."
        compare = self.session.comparing.compare_with
        if scene.book is not None and scene.book.n_hidden:
            self.pieces.banner.pin(words, "Before against after", lambda: compare(earlier))
            return
        self.pieces.banner.pin(words)
        self.pieces.what_if_bar.wish.emit(ShowDock("comparison"))
        compare(earlier)
