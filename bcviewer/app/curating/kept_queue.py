"""Keeps the review queue of each recording in the user's data folder, and brings it back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from bcviewer.app.catalogue import Catalogue
from bcviewer.app.curating.hearing import Hearing
from bcviewer.app.curating.hearings import Hearings
from bcviewer.app.curating.opened import Opened
from bcviewer.app.curating.queue_writer import QueueWriter
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.viewing.start import QUEUE, Start, of
from bcviewer.app.viewing.viewing import Viewing
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.kept_queue import (
    from_text,
    from_text_of_all,
    newest_first,
    to_text,
    to_text_of_all,
)
from bcviewer.core.sheet.queue import Review
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.io.journal.queue_file import QueueFiles, ReplacedError, all_probes

if TYPE_CHECKING:
    from bcviewer.app.curating.queue_units import QueueUnits

NOT_HIDDEN = "Verdicts are shown."
NOT_KEPT = "The review queue ends with the program: the labels of a probe could not be read."


class KeptQueue(QObject):
    """Brings a recording's queue back when its journals are read, and keeps what becomes of it.

    A queue is a click: it is kept from then on, and on the disk as soon as that answers. What is
    kept of one over all probes (:class:`QueueOfAll`) leaves alone what is kept of each.

    Attributes
    ----------
    writer : QueueWriter
        Who writes it.
    of_all : QueueOfAll
        The queue over all probes.
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
        self.of_all = QueueOfAll(stage, viewing, hearings, self.writer, self)
        self._key = ""
        """What the recording is known by; empty: not read yet."""
        self._kept: Review | None = None
        """The queue that is kept."""
        hearings.left.connect(self._on_left)
        hearings.read.connect(self._on_read)
        self._last: tuple[str, str] = ("", "")
        """The results' folder and the text of the queue of before: reading them again may fail."""
        hearings.ended.connect(self._on_ended)
        viewing.shown.grown.connect(self._on_grown)
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
        self._kept = review = as_it_may(review, self.stage, self._start, sheet.run)
        self._last = _place(sheet), to_text(review, sheet.ids)
        self._rows.bring_queue(review, self._start.is_there)

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        review, sheet = scene.review, self._sheet()
        if review is None or sheet is None:
            return
        if review is not before.review or scene.book is not before.book:
            self._keep(self._units.regarding(review, [("", sheet)]), sheet)

    def _on_grown(self) -> None:
        """Find what phy made: it is known later than the queue."""
        review, sheet = self.stage.scene.review, self._sheet()
        if review is not None and sheet is not None:
            self._rows.complete_queue(self._units.found_again(review, [("", sheet)]))

    @cached_property
    def _units(self) -> QueueUnits:
        from bcviewer.app.curating.queue_units import QueueUnits  # only where there is a queue

        return QueueUnits(self.stage, self._rows, self._start)

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


class QueueOfAll(QObject):
    """The same of a queue over all probes: brought back when all of them have been read.

    Each recording has a copy of it, so that the others find it where one is gone.

    Parameters
    ----------
    stage, viewing, hearings : Stage, Viewing, Hearings
        The scene, what is shown, and what is said.
    writer : QueueWriter
        Who writes it.
    """

    def __init__(
        self,
        stage: Stage,
        viewing: Viewing,
        hearings: Hearings,
        writer: QueueWriter,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._rows, self._shown, self._start = viewing.rows, viewing.shown, viewing.start
        self._writer = writer
        self._read: dict[Run, tuple[str, str, str]] = {}
        """What the recording of each run is known by, the queue's text that is kept there, and why
        there is none that can be read."""
        self._of: Catalogue | None = None
        """What it was brought back to."""
        self._kept: Review | None = None
        """The queue that is kept."""
        hearings.read.connect(self._on_read)
        hearings.ended.connect(self._on_ended)
        viewing.shown.grown.connect(self._on_grown)
        stage.changed.connect(self._on_changed)

    def _on_read(self, hearing: Hearing, opened: Opened) -> None:
        if hearing.run is not None:
            key = opened.store.key.primary
            self._read[hearing.run] = key, opened.queue_of_all, opened.why_no_queue_of_all
            self._go_on()

    def _on_ended(self, hearing: Hearing) -> None:
        """Wait no more for journals that could not be read."""
        if hearing.run is not None:
            self._read.setdefault(hearing.run, ("", "", ""))
            self._go_on()

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        if before.catalogue is not scene.catalogue:  # what was left is to be let go
            self._read = {run: kept for run, kept in self._read.items() if run in scene.runs}
        if scene.catalogue is None or not scene.catalogue.every:
            return
        self._go_on()
        review, book = self.stage.scene.review, self.stage.scene.book
        if review is not None and book is not None and scene.catalogue is self._of:
            if review is not before.review or book is not before.book:
                review = self._units.regarding(review, self._sheets(book))
            self._keep(review)

    def _on_grown(self) -> None:
        """Find what phy made: it is known later than the queue."""
        scene = self.stage.scene
        review, book = scene.review, scene.book
        if review is not None and book is not None and scene.catalogue is self._of:
            self._rows.complete_queue(self._units.found_again(review, self._sheets(book)))

    def _sheets(self, book: Book) -> list[tuple[str, Sheet]]:
        """Return the sheets that are open, each with what its recording is known by."""
        keys = [key for key, *_ in self._read.values()]
        return list(zip(keys, book.sheets, strict=True)) if len(keys) == len(book) else []

    @cached_property
    def _units(self) -> QueueUnits:
        from bcviewer.app.curating.queue_units import QueueUnits  # only where there is a queue

        return QueueUnits(self.stage, self._rows, self._start)

    @intent
    def _go_on(self) -> None:
        """Bring the queue back once everything that it may be of is there."""
        scene, runs = self.stage.scene, self.stage.scene.runs
        if scene.catalogue is None or not scene.catalogue.every or scene.catalogue is self._of:
            return
        if scene.book is None or not scene.is_whole or any(r not in self._read for r in runs):
            return
        self._of, self._kept = scene.catalogue, None
        self._read = {run: self._read[run] for run in runs}
        keys = [key for key, *_ in self._read.values()]
        for run, key in zip(runs, keys, strict=True):
            if key:  # of others it is not known what may be shown
                self._shown.unseal(run)
        if scene.review is not None:  # begun while they were read: that is what the hand wants
            self._keep(scene.review)
        else:
            self._bring(scene.book, keys)
        for run in runs:
            self._start.has_read(of(QUEUE, run))

    def _bring(self, book: Book, keys: Sequence[str]) -> None:
        """Go on with the queue that is kept, or say why that cannot be."""
        texts = newest_first([text for _, text, _ in self._read.values()])
        found = (from_text_of_all(text, book, keys) for text in texts)
        review = next((one for one in found if one is not None), None)
        if review is not None:
            self._kept = as_it_may(review, self.stage, self._start, *self.stage.scene.runs)
            self._rows.bring_queue(self._kept, self._start.is_there)
            return
        damaged = (why for *_, why in self._read.values() if why)
        why = next(damaged, "none of its units is in these results." if texts else "")
        if why:
            words = f"The review queue of all probes could not be brought back: {why}"
            self.stage.failed.emit(UserError(words, f"{NOT_HIDDEN} Review > Start queue."))

    def _keep(self, review: Review) -> None:
        """Keep a queue, a copy for each recording."""
        book, keys = self.stage.scene.book, [key for key, *_ in self._read.values()]
        if book is None or review is self._kept:
            return
        self._kept = review
        if not all(keys):
            self.stage.notice.emit(NOT_KEPT)
            return
        text = to_text_of_all(review, book, keys, time.time_ns() // 1_000_000)
        for key in keys:
            self._writer.put(all_probes(key), text)


def as_it_may(review: Review, stage: Stage, start: Start, *runs: Run) -> Review:
    """Return a queue as it may be gone on with: left, where a hand is at work already.

    Or where another unit was asked for.
    """
    book, catalogue = stage.scene.book, stage.scene.catalogue
    asked = None if catalogue is None else catalogue.request.unit
    ids = set() if book is None else set(book.table.ids.ids_of(review.rows).tolist())
    ids.update(unit if isinstance(unit, int) else unit[1] for unit in review.missing)  # not yet
    elsewhere = asked is not None and asked not in ids
    if review.on and (elsewhere or not all(start.reads(of(QUEUE, run)) for run in runs)):
        stage.notice.emit("The review queue is kept: Curate > Resume review queue.")
        return replace(review, on=False)
    return review


def _place(sheet: Sheet) -> str:
    return sheet.run.provenance.results_dir
