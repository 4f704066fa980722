"""Keeps the review queue of each recording in the user's data folder, and brings it back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject

from bcviewer.app.curating.curation import Curation
from bcviewer.app.curating.opened import Opened
from bcviewer.app.prefs import data_folder
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.viewing.viewing import Viewing
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.kept_queue import from_text, to_text
from bcviewer.core.sheet.queue import Review
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.io.journal.queue_file import is_blind, mark_blind, queue_path, write_queue

QUEUE = "queue"
"""What :class:`~bcviewer.app.viewing.start.Start` calls a queue that is still to be read."""


class KeptQueue(QObject):
    """Brings a recording's queue back when its journals are read, and keeps what becomes of it.

    A queue is a click, and its file is small and beside the journals: it is written at once, as
    labels are.
    """

    def __init__(
        self, stage: Stage, viewing: Viewing, curation: Curation, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._rows, self._shown, self._start = viewing.rows, viewing.shown, viewing.start
        self._curation = curation
        self._path: Path | None = None
        self._kept: Review | None = None
        """The queue that is in the file."""
        curation.journals.left.connect(self._on_left)
        curation.journals.read.connect(self._on_read)
        curation.journals.ended.connect(viewing.shown.unseal)
        stage.changed.connect(self._on_changed)

    def _on_left(self) -> None:
        self._path = self._kept = None

    @intent
    def _on_read(self, opened: Opened) -> None:
        sheet = self._sheet()
        if sheet is None:
            return
        self._path = queue_path(data_folder(), opened.store.key.primary)
        review = from_text(opened.queue, sheet.ids) if opened.queue else None
        self._shown.unseal()  # what the queue hides is hidden again before anything is told
        if review is not None and self.stage.scene.review is None:
            self._bring(review, sheet)
        self._start.has_read(QUEUE)

    def veiled(self, sheet: Sheet) -> Sheet:
        """Return a sheet that was just read, with every verdict hidden where a blind review was on.

        Until the queue is read nobody knows whose verdicts may be shown.
        """
        if not is_blind(data_folder(), sheet.run.provenance.results_dir):
            return sheet
        return derive(replace(sheet.inputs, hidden=tuple(range(sheet.n_units))), sheet)

    def _bring(self, review: Review, sheet: Sheet) -> None:
        """Go on with a queue; not where a hand is at work already, or asked for another unit."""
        catalogue = self.stage.scene.catalogue
        asked = None if catalogue is None else catalogue.request.unit
        elsewhere = asked is not None and asked not in sheet.ids.ids_of(review.rows)
        if review.on and (elsewhere or not self._start.reads(QUEUE)):
            review = replace(review, on=False)
            self.stage.notice.emit("The review queue is kept: Curate > Resume review queue.")
        self._kept = review
        self._rows.bring_queue(review, self._start.has_place)

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        review, sheet = scene.review, self._sheet()
        if review is None or review is before.review or self._path is None or sheet is None:
            return
        if review is self._kept:
            return
        self._kept = review
        place = sheet.run.provenance.results_dir
        try:
            write_queue(self._path, to_text(review, sheet.ids))
            mark_blind(data_folder(), place, review.spec.blind)
        except UserError as error:
            self.stage.notice.emit(f"The review queue ends with the program: {error.message}")

    def _sheet(self) -> Sheet | None:
        """Return the sheet that the journals are of, where it is all that is open."""
        book, run = self.stage.scene.book, self._curation.run
        if book is None or run is None or len(book) > 1:
            return None
        which = book.sheet_with(run)
        return None if which is None else book.sheets[which]
