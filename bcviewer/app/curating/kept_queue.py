"""Keeps the review queue of each recording in the user's data folder, and brings it back."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject

from bcviewer.app.curating.curation import Curation
from bcviewer.app.curating.opened import Opened
from bcviewer.app.curating.queue_writer import QueueWriter
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.viewing.viewing import Viewing
from bcviewer.core.sheet.kept_queue import to_text
from bcviewer.core.sheet.queue import Review
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.io.journal.queue_file import QueueFiles, ReplacedError

QUEUE = "queue"
"""What :class:`~bcviewer.app.viewing.start.Start` calls a queue that is still to be read."""


class KeptQueue(QObject):
    """Brings a recording's queue back when its journals are read, and keeps what becomes of it.

    A queue is a click: it is kept from then on, and on the disk as soon as that answers.

    Attributes
    ----------
    writer : QueueWriter
        Who writes it.
    """

    def __init__(
        self,
        stage: Stage,
        viewing: Viewing,
        curation: Curation,
        queues: QueueFiles,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._rows, self._shown, self._start = viewing.rows, viewing.shown, viewing.start
        self._curation = curation
        self.writer = QueueWriter(queues, self)
        self.writer.failed.connect(self._on_failed)
        self._key = ""
        """What the recording is known by; empty: not read yet."""
        self._kept: Review | None = None
        """The queue that is kept."""
        curation.journals.left.connect(self._on_left)
        curation.journals.read.connect(self._on_read)
        curation.journals.ended.connect(viewing.shown.unseal)
        stage.changed.connect(self._on_changed)

    def _on_left(self) -> None:
        self._key, self._kept = "", None

    @intent
    def _on_read(self, opened: Opened) -> None:
        sheet = self._sheet()
        if sheet is None:
            return
        self._key, review = opened.store.key.primary, opened.queue
        self._shown.unseal()  # what the queue hides is hidden again before anything is told
        begun = self.stage.scene.review  # while it was read: that is what the hand wants
        if begun is not None:
            self._keep(begun, sheet)
        elif review is not None:
            self._bring(review, sheet)
        self._start.has_read(QUEUE)

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
        if review is not None and review is not before.review and sheet is not None:
            self._keep(review, sheet)

    def _keep(self, review: Review, sheet: Sheet) -> None:
        """Keep a queue, as soon as it is known of what: one that began before that is, too."""
        if self._key and review is not self._kept:
            self._kept = review
            self.writer.put(self._key, to_text(review, sheet.ids))

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, UserError):
            raise error  # unexpected: reaches the excepthook and its report
        replaced = isinstance(error, ReplacedError)
        why = "" if replaced else "The review queue ends with the program: "
        self.stage.notice.emit(f"{why}{error.message}")

    def _sheet(self) -> Sheet | None:
        """Return the sheet that the journals are of, where it is all that is open."""
        book, run = self.stage.scene.book, self._curation.run
        if book is None or run is None or len(book) > 1:
            return None
        which = book.sheet_with(run)
        return None if which is None else book.sheets[which]
