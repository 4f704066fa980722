"""What is said of the open recording, as it is shown: by the curator's hand, or by others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from bcviewer.app.curating.curation import Curation
from bcviewer.app.curating.decided import Decided
from bcviewer.app.curating.drafts import Drafts
from bcviewer.app.curating.kept_queue import KeptQueue
from bcviewer.app.curating.opened import Opened
from bcviewer.app.prefs import data_folder
from bcviewer.app.save_state import Journals, SaveState
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.threads.under_way import UnderWay
from bcviewer.app.threads.worker import Closing
from bcviewer.app.view import View
from bcviewer.app.viewing.review import neighbour
from bcviewer.app.viewing.viewing import Viewing
from bcviewer.core.arrays import Ints
from bcviewer.core.curation.blind import was_revealed
from bcviewer.core.curation.entries import Action
from bcviewer.core.curation.said_columns import orphans, told_apart
from bcviewer.core.curation.state import CurationState
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.ids import NO_ROWS, NO_UNIT, ClusterId
from bcviewer.errors import UserError
from bcviewer.io.journal.acted_in import results_key
from bcviewer.io.journal.queue_file import QueueFiles

if TYPE_CHECKING:
    from bcviewer.app.curating.proposals import Proposals

NOT_OPEN = "The labels of this unit's recording are not open: nothing can be said of it here."
REVEALED_ELSEWHERE = (
    "The blind review was revealed in another window: labels are given in sight from now on."
)
REVEALED_UNWRITTEN = (
    "Revealed. The labels of this recording are not open, so that it is written nowhere: a later"
    " blind review may draw these units again."
)


class Saying(QObject):
    """Says things in the curator's name, and shows what was said by whomever.

    Attributes
    ----------
    curation : Curation
        The labels and notes of the open recording.
    queues : QueueFiles
        The review queues of all recordings.
    kept_queue : KeptQueue
        That of the open one, between two sessions.
    decided : Decided
        How many units of the other probes are decided.
    drafts : Drafts
        The notes that are being written, or were left unsaved.
    """

    def __init__(
        self, stage: Stage, viewing: Viewing, under_way: UnderWay, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._marking, self._rows = viewing.marking, viewing.rows
        self._shown, self._start = viewing.shown, viewing.start
        self._under_way = under_way
        self.queues = QueueFiles(data_folder())
        self.curation = curation = Curation(stage.scene.person, self, self.queues)
        self._acting = False
        """Whether what curators said changes by the curator's own hand just now."""
        curation.changed.connect(self._on_said)
        stage.telling.connect(self._on_telling)
        curation.saved.connect(self._on_saved)
        curation.opened.connect(self._on_journals)
        curation.failed.connect(stage.failed)
        curation.told.connect(stage.notice)
        curation.hide(lambda cluster_id: self.hides((cluster_id,)))
        curation.told_under(lambda: stage.scene.proposal.words)
        curation.progressed.connect(under_way.show)
        curation.settled.connect(self._on_settled)
        self.kept_queue = KeptQueue(stage, viewing, curation, self.queues, self)
        self.decided = Decided(stage, self.queues, self)
        self.drafts = Drafts(stage, curation, self)
        self.drafts.told.connect(stage.notice)
        self._proposing = viewing.proposing
        self._proposing.tried.connect(lambda: self.proposals.remember())
        curation.journals.read.connect(self._on_read)
        curation.journals.ended.connect(self._on_ended)

    @cached_property
    def proposals(self) -> Proposals:
        """The proposals that are kept, and what is tried; nothing of it is needed at the start."""
        from bcviewer.app.curating.proposals import Proposals

        tried = self.queues.tried
        return Proposals(self.stage, self._proposing, self.curation, tried, self)

    def _on_read(self, opened: Opened) -> None:
        """Go on with what was tried when these results were open last."""
        if opened.tried and self._which() is not None:
            self.proposals.bring(opened.tried)

    def _on_ended(self) -> None:
        """Go on with what was tried also where the journals could not be read again."""
        run = self.curation.run
        if run is None or self.curation.is_open or self._which() is None:
            return
        known = self.queues.tried.known(results_key(Path(run.provenance.results_dir)))
        if known:
            self.proposals.bring(known)

    def say(self, work: Callable[[], Action | None]) -> tuple[bool, Action | None]:
        """Say something; return whether it is saved, and what was written."""
        if self.stage.scene.table is None:
            return False, None
        self._marking.touch()
        self._acting = True
        try:
            return True, work()
        except UserError as error:
            self.stage.failed.emit(error)
            return False, None
        finally:
            self._acting = False

    def say_note(self, ids: Sequence[ClusterId], text: str) -> tuple[bool, Action | None]:
        """Give units a note; see :meth:`say`. What was typed of one is kept apart no more."""
        said, action = self.say(lambda: self.curation.set_note(ids, text))
        if said:
            self.drafts.saved(ids)
        return said, action

    @intent
    def reveal(self) -> None:
        """Give a blind review up: every window and every later review knows.

        Where the journals are not open nothing can be written: then this queue alone knows.
        """
        book, review = self.stage.scene.book, self.stage.scene.review
        if book is None or review is None or not review.is_blind:
            return
        rows = self.own(book.hidden_rows())
        ids = [ClusterId(i) for i in book.table.ids.ids_of(rows).tolist()]
        if not self.curation.is_open:
            self._rows.reveal()
            self.stage.notice.emit(REVEALED_UNWRITTEN)
        elif self.say(lambda: self.curation.reveal(ids))[0]:
            self._rows.reveal()

    def _hear_reveal(self) -> None:
        """Give a blind review up where the person did so in another window."""
        book, review = self.stage.scene.book, self.stage.scene.review
        if book is None or review is None or not review.is_blind or book.n_hidden:
            return
        ids = book.table.ids.ids_of(self.own(review.rows)).tolist()
        if was_revealed(self.curation.state, ids, self.curation.person):
            self._rows.reveal()
            self.stage.notice.emit(REVEALED_ELSEWHERE)

    def close(self) -> tuple[Closing, ...]:
        """Return the threads that are to be ended."""
        threads = (self.curation, self.kept_queue.writer, self.drafts.writer, self.decided)
        if "proposals" not in vars(self):
            return threads
        self.proposals.flush()
        return (*threads, self.proposals.writer)

    def set_person(self, name: str) -> None:
        """Say who curates from now on."""
        self.curation.set_person(name)
        self.stage.become(person=self.curation.person)
        self._shown.veil()  # what another person has judged is hidden from this one

    @intent
    def _on_said(self, ids: frozenset[int] | None) -> None:
        """Show what curators said; only what depends on it is computed and told anew."""
        book, which = self.stage.scene.book, self._which()
        if book is None or which is None:
            return
        sheet = book.sheets[which]
        own = np.arange(sheet.n_units) if ids is None else sheet.ids.rows_of_any(ids)
        rows = book.rows_of(which, own)
        others = self._shown.hear(which, self.curation.state)
        news, after = NO_ROWS, self.stage.scene.manual
        if after is not None and not self._acting and not self._start.is_first("said"):
            news = rows[told_apart(book.table.manual, after, rows)]
        reads = others or self._rows.reads_said
        anew = self._rows.anew() if reads else self.stage.scene.view
        self._let_go(anew, rows)
        self._start.has_read("said")
        if not self._acting:
            self._hear_reveal()
        if reads or len(news):
            self._rows.arrive(news, anew if reads else self._rows.anew())
        if self._acting:
            self._rows.look_at(rows)

    @intent
    def _on_telling(self, _: Scene) -> None:
        """Let the sheet say what is known, by whatever way it came to be shown.

        What curators said has one owner: a sheet that says anything else is never told.
        """
        book, which = self.stage.scene.book, self._which()
        if book is None or which is None or not self.curation.is_open:
            return  # imported labels stay until the journals are read
        if book.sheets[which].inputs.said is not self.curation.state:
            others = self._shown.hear(which, self.curation.state)
            if others or self._rows.reads_said:
                self._rows.arrive(NO_ROWS, self._rows.anew())

    def refuses(self, run: Run | None, rows: Ints | None = None) -> bool:
        """Whether nothing can be said of the units of a run by now; say why.

        Parameters
        ----------
        run : Run or None
            Whose units are meant; None: those of the recording whose journals are open.
        rows : numpy.ndarray, optional
            Which, where they are known by their rows.
        """
        if run is None:
            return False
        if self.stage.is_left(run, rows):
            return True
        if self.stage.now(run, rows) is self.curation.run:
            return False
        self.stage.notice.emit(NOT_OPEN)
        return True

    def said_of(self, run: Run) -> CurationState | None:
        """Return what was said of the units of a run; None where nobody knows, and say why."""
        if self.refuses(run):
            return None
        try:
            self.curation.journals.to_write()
        except UserError as error:  # nothing read is not nothing said
            self.stage.failed.emit(error)
            return None
        return self.curation.state

    def hides(self, cluster_ids: Iterable[int]) -> bool:
        """Whether a blind review hides any of some units of the recording that is said of."""
        return self.stage.scene.hides_any(self.curation.run, cluster_ids)

    def own(self, rows: Ints) -> Ints:
        """Return those of some rows that are of the recording whose journals are open."""
        book, which = self.stage.scene.book, self._which()
        return NO_ROWS if book is None or which is None else book.within(which, rows)

    def _which(self) -> int | None:
        """Return the number of the sheet that the journals are of; None: it is not shown."""
        book, run = self.stage.scene.book, self.curation.run
        return None if book is None or run is None else book.sheet_with(run)

    def _let_go(self, anew: View, rows: Ints) -> None:
        """Let rows go and come by the curator's own act, or as a recording is opened."""
        scene, goes_on = self.stage.scene, NO_UNIT
        if self._acting:
            goes_on = neighbour(scene.view, rows, scene.current)
            view = scene.view.with_some(anew, rows) if scene.arrived.reorders else anew
        elif self._start.reads("said"):
            view = anew
        else:
            return  # from elsewhere: every row stays where it is
        if np.array_equal(view.rows, scene.view.rows):
            return  # panels that draw the shown units have nothing to do
        self._rows.show(view, goes_on)

    def _on_settled(self) -> None:
        self._under_way.end("curation")
        self._under_way.check()

    def _on_saved(self, save: SaveState) -> None:
        self.stage.become(save=save)

    def _on_journals(self) -> None:
        """Say what is wrong with the journals, and whose units are gone."""
        book, which = self.stage.scene.book, self._which()
        if book is not None and which is not None:
            gone = tuple(orphans(book.sheets[which].ids, self.curation.state))
            run = self.curation.run
            self.stage.become(journals=Journals(self.curation.issues, gone, run))
