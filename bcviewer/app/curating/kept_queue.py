"""Keeps the review queue of each recording in the user's data folder, and brings it back."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject

from bcviewer.app.curating.hearing import Hearing
from bcviewer.app.curating.hearings import Hearings
from bcviewer.app.curating.opened import Opened
from bcviewer.app.curating.queue_writer import QueueWriter
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.viewing.start import QUEUE, of
from bcviewer.app.viewing.viewing import Viewing
from bcviewer.core.sheet.kept_queue import from_text, to_text
from bcviewer.core.sheet.queue import Review
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.io.journal.queue_file import QueueFiles, ReplacedError

NOT_HIDDEN = "Verdicts are shown."


class KeptQueue(QObject):
    """Brings a recording's queue back when its journals are read, and keeps what becomes of it.

    A queue is a click: it is kept from then on, and on the disk as soon as that answers. One over
    all probes ends with the program, and leaves alone what is kept of each.

    Attributes
    ----------
    writer : QueueWriter
        Who writes it.
    """

    def __init__(
        self,
        stage: Stage,
        viewing: Viewing,
        hearings: Hearings,
        queues: QueueFiles,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._rows, self._shown, self._start = viewing.rows, viewing.shown, viewing.start
        self._hearings = hearings
        self.writer = QueueWriter(queues, self)
        self.writer.failed.connect(self._on_failed)
        self._key = ""
        """What the recording is known by; empty: not read yet."""
        self._kept: Review | None = None
        """The queue that is kept."""
        hearings.left.connect(self._on_left)
        hearings.read.connect(self._on_read)
        self._last: tuple[str, str] = ("", "")
        """The results' folder and the text of the queue of before: reading them again may fail."""
        hearings.ended.connect(self._on_ended)
        stage.changed.connect(self._on_changed)

    def _on_left(self, _: Hearing) -> None:
        self._key, self._kept = "", None

    @intent
    def _on_read(self, _: Hearing, opened: Opened) -> None:
        sheet = self._sheet()
        if sheet is None:
            return
        self._key, review = opened.store.key.primary, opened.queue
        self._shown.unseal(sheet.run)  # what the queue hides is hidden again before it is told
        begun = self.stage.scene.review  # while it was read: that is what the hand wants
        if begun is not None:
            self._keep(begun, sheet)
        elif review is not None:
            self._bring(review, sheet)
        elif opened.why_no_queue:
            why = f"The review queue could not be brought back: {opened.why_no_queue}"
            self.stage.failed.emit(UserError(why, f"{NOT_HIDDEN} Review > Start queue."))
        self._start.has_read(of(QUEUE, sheet.run))

    @intent
    def _on_ended(self, hearing: Hearing) -> None:
        """Where the journals could not be read, go on with a blind review as it was, or say so."""
        sheet = self._sheet()
        if sheet is None or not self._shown.is_sealed(sheet.run):
            return
        place, text = self._last
        review = from_text(text, sheet.ids) if place == _place(sheet) else None
        self._shown.unseal(sheet.run)
        if review is not None:
            self._bring(review, sheet)
            return
        why = hearing.curation.journals.why_unread or "the labels were not read"
        words = f"The blind review could not be brought back: {why.rstrip('.')}."
        self.stage.failed.emit(UserError(words, f"{NOT_HIDDEN} F5 reads it again."))

    def _bring(self, review: Review, sheet: Sheet) -> None:
        """Go on with a queue; not where a hand is at work already, or asked for another unit."""
        catalogue = self.stage.scene.catalogue
        asked = None if catalogue is None else catalogue.request.unit
        elsewhere = asked is not None and asked not in sheet.ids.ids_of(review.rows)
        if review.on and (elsewhere or not self._start.reads(of(QUEUE, sheet.run))):
            review = replace(review, on=False)
            self.stage.notice.emit("The review queue is kept: Curate > Resume review queue.")
        self._kept = review
        self._last = _place(sheet), to_text(review, sheet.ids)
        self._rows.bring_queue(review, self._start.has_place)

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        review, sheet = scene.review, self._sheet()
        if review is not None and review is not before.review and sheet is not None:
            self._keep(review, sheet)

    def _keep(self, review: Review, sheet: Sheet) -> None:
        """Keep a queue, as soon as it is known of what: one that began before that is, too."""
        if self._key and review is not self._kept:
            self._kept, text = review, to_text(review, sheet.ids)
            self._last = _place(sheet), text
            self.writer.put(self._key, text)

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, UserError):
            raise error  # unexpected: reaches the excepthook and its report
        replaced = isinstance(error, ReplacedError)
        why = "" if replaced else "The review queue ends with the program: "
        self.stage.notice.emit(f"{why}{error.message}")

    def _sheet(self) -> Sheet | None:
        """Return the sheet that the journals are of, where it is all that is opened."""
        book, catalogue = self.stage.scene.book, self.stage.scene.catalogue
        if book is None or len(book) > 1 or (catalogue is not None and catalogue.every):
            return None
        return self._hearings.all[0].sheet


def _place(sheet: Sheet) -> str:
    return sheet.run.provenance.results_dir
