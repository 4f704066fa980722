"""What is said of the open recordings: by the curator's hand, each in its own journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject

from bcviewer.app.curating.curation import Curation
from bcviewer.app.curating.decided import Decided
from bcviewer.app.curating.drafts import Drafts
from bcviewer.app.curating.hearing import Hearing, ToSay
from bcviewer.app.curating.hearings import Hearings
from bcviewer.app.curating.kept_queue import KeptQueue
from bcviewer.app.curating.opened import Opened
from bcviewer.app.prefs import data_folder
from bcviewer.app.stage import Stage, intent
from bcviewer.app.threads.under_way import UnderWay
from bcviewer.app.threads.worker import Closing
from bcviewer.app.viewing.viewing import Viewing
from bcviewer.core.arrays import Ints
from bcviewer.core.curation.blind import was_revealed
from bcviewer.core.curation.entries import Action
from bcviewer.core.curation.state import CurationState
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.ids import ClusterId
from bcviewer.errors import UserError
from bcviewer.io.journal.acted_in import results_key
from bcviewer.io.journal.queue_file import QueueFiles

if TYPE_CHECKING:
    from bcviewer.app.curating.merging import Merging
    from bcviewer.app.curating.proposals import Proposals

NOT_OPEN = "The labels of this unit's recording are not open: nothing can be said of it here."
REVEALED_ELSEWHERE = (
    "The blind review was revealed in another window: labels are given in sight from now on."
)
REVEALED_UNWRITTEN = (
    "Revealed. The labels of this recording are not open, so that it is written nowhere: a later"
    " blind review may draw these units again."
)


class Spoken(NamedTuple):
    """What was written of one recording."""

    hearing: Hearing
    action: Action


class Saying(QObject):
    """Says things in the curator's name, of whichever open recordings they are.

    Attributes
    ----------
    hearings : Hearings
        What was said of each of them.
    queues : QueueFiles
        The review queues of all recordings.
    kept_queue : KeptQueue
        That of what is open, between two sessions.
    decided : Decided
        How many units of the other probes are decided.
    """

    def __init__(
        self, stage: Stage, viewing: Viewing, under_way: UnderWay, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._viewing = viewing
        self._marking, self._rows = viewing.marking, viewing.rows
        self._shown, self._proposing = viewing.shown, viewing.proposing
        self.queues = QueueFiles(data_folder())
        self._acting = False
        """Whether what curators said changes by the curator's own hand just now."""
        self.hearings = hearings = Hearings(
            stage, viewing, under_way, self.queues, self._is_acting, self
        )
        self.kept_queue = KeptQueue(stage, viewing, hearings, self.queues, self)
        self.decided = Decided(stage, self.queues, self)
        self._proposing.tried.connect(self._remember)
        hearings.read.connect(self._on_read)
        hearings.ended.connect(self._on_ended)
        hearings.heard.connect(self._hear_reveal)

    @property
    def curation(self) -> Curation:
        """The labels and notes of the current unit's recording."""
        return self.hearings.now.curation

    @property
    def drafts(self) -> Drafts:
        """The notes of the current unit's recording that are being written."""
        return self.hearings.now.drafts

    @cached_property
    def proposals(self) -> Proposals:
        """The proposals that are kept, and what is tried; nothing of it is needed at the start."""
        from bcviewer.app.curating.proposals import Proposals

        tried = self.queues.tried
        return Proposals(self.stage, self._proposing, self.hearings, tried, self)

    @cached_property
    def merging(self) -> Merging:
        """The merges that somebody else proposed; there are none until a file of them is opened."""
        from bcviewer.app.curating.merging import Merging

        return Merging(self.stage, self._viewing, self.queues.merges, self)

    def _is_acting(self) -> bool:
        return self._acting

    def _remember(self) -> None:
        self.proposals.remember()

    def _on_read(self, hearing: Hearing, opened: Opened) -> None:
        """Go on with what was tried when these results were open last."""
        if opened.tried and hearing.which == 0:  # of others that join, it may be another thing
            self.proposals.bring(opened.tried)

    def _on_ended(self, hearing: Hearing) -> None:
        """Go on with what was tried also where the journals could not be read again."""
        run = hearing.run
        if run is None or hearing.curation.is_open or hearing.which != 0:
            return
        known = self.queues.tried.known(results_key(Path(run.provenance.results_dir)))
        if known:
            self.proposals.bring(known)

    # -- saying ------------------------------------------------------------------------------

    def say(self, work: Callable[[], Action | None]) -> tuple[bool, Action | None]:
        """Say something of the current unit's recording; return whether it is saved, and what."""
        said, spoken = self.say_each([(self.hearings.now, work)])
        return said, spoken[0].action if spoken else None

    def say_each(self, parts: Sequence[ToSay]) -> tuple[bool, list[Spoken]]:
        """Say something of several recordings, as one act: of all of them, or of none.

        Returns
        -------
        bool, list of Spoken
            Whether it is saved; and what was written, where anything was new.
        """
        if self.stage.scene.table is None:
            return False, []
        self._marking.touch()
        self._acting, spoken = True, list[Spoken]()
        try:
            for hearing, _ in parts[1:]:
                hearing.curation.journals.to_write()  # before anything is said of any
            with self.hearings.speaker.at_once(len(parts)):
                for hearing, work in parts:
                    if (action := work()) is not None:
                        spoken.append(Spoken(hearing, action))
        except UserError as error:
            self.stage.failed.emit(error)
            self._take_back(spoken)
            return False, []
        else:
            return True, spoken
        finally:
            self._acting = False

    def _take_back(self, spoken: Sequence[Spoken]) -> None:
        """Take back what was said of some recordings, where it could not be said of all."""
        for hearing, action in spoken:
            if hearing.curation.state.undoable(hearing.curation.person) is action:
                try:
                    hearing.curation.undo()
                except UserError as error:
                    self.stage.failed.emit(error)

    def say_of(
        self, rows: Ints, work: Callable[[Curation, list[ClusterId]], Action | None]
    ) -> tuple[bool, list[Spoken]]:
        """Say something of the units in some rows, each in its own recording's journal."""
        return self.say_each(
            [
                (hearing, partial(work, hearing.curation, hearing.ids_of(own)))
                for hearing, own in self.hearings.apart(rows)
            ]
        )

    def say_note(
        self, rows: Ints, text: str, begun: Callable[[Run | None], Mapping[int, str]]
    ) -> tuple[bool, list[Spoken]]:
        """Give units a note; see :meth:`say_of`. What was typed of one is kept apart no more.

        ``begun`` says of which spikes the units of a run were when the note was begun.
        """
        parts = self.hearings.apart(rows)
        said, spoken = self.say_of(
            rows, lambda curation, ids: curation.set_note(ids, text, begun(curation.run))
        )
        if said:
            for hearing, own in parts:
                hearing.drafts.saved(hearing.ids_of(own))
        return said, spoken

    def type_note(self, text: str, rows: Ints, run: Run) -> None:
        """Keep what is written by now of a note for some rows, of a run among others."""
        self.stage.writing.emit()
        for hearing in self.hearings.all:
            hearing.drafts.typed(text, rows, run)

    def keeps(self, texts: Iterable[str]) -> bool:
        """Whether all of some notes outlive the program, as far as is known."""
        return all(
            any(hearing.drafts.keeps([text]) for hearing in self.hearings.all) for text in texts
        )

    # -- a blind review ----------------------------------------------------------------------

    @intent
    def reveal(self) -> None:
        """Give a blind review up: every window and every later review knows.

        Where the journals are not open nothing can be written: then this queue alone knows.
        """
        book, review = self.stage.scene.book, self.stage.scene.review
        if book is None or review is None or not review.is_blind:
            return
        hidden = book.hidden_rows()
        parts = self.hearings.apart(hidden)
        unknown = len(self.own(hidden)) < len(hidden)
        if unknown or not all(hearing.curation.is_open for hearing, _ in parts):
            self._rows.reveal()
            self.stage.notice.emit(REVEALED_UNWRITTEN)
        elif self.say_of(hidden, lambda curation, ids: curation.reveal(ids))[0]:
            self._rows.reveal()

    def _hear_reveal(self, hearing: Hearing) -> None:
        """Give a blind review up where the person did so in another window."""
        book, review = self.stage.scene.book, self.stage.scene.review
        if book is None or review is None or not review.is_blind or book.n_hidden:
            return
        curation, ids = hearing.curation, hearing.ids_of(review.rows)
        if ids and was_revealed(curation.state, ids, curation.person):
            self._rows.reveal()
            self.stage.notice.emit(REVEALED_ELSEWHERE)

    # -- of whom -----------------------------------------------------------------------------

    def close(self) -> tuple[Closing, ...]:
        """Return the threads that are to be ended."""
        threads = (*self.hearings.close(), self.kept_queue.writer, self.decided)
        if "merging" in vars(self):
            threads = (*threads, self.merging.writer)
        if "proposals" not in vars(self):
            return threads
        self.proposals.flush()
        return (*threads, self.proposals.writer)

    def set_person(self, name: str) -> None:
        """Say who curates from now on."""
        self.hearings.set_person(name)
        self.stage.become(person=self.hearings.speaker.person)
        self._shown.veil()  # what another person has judged is hidden from this one

    def hearing_of(self, run: Run | None, rows: Ints | None = None) -> Hearing | None:
        """Return what is said of a run as it is open now; None, and say why, where nothing can be.

        Parameters
        ----------
        run : Run or None
            Whose units are meant; None: those of the current unit's recording.
        rows : numpy.ndarray, optional
            Which, where they are known by their rows.
        """
        if run is None:
            return self.hearings.now
        if self.stage.is_left(run, rows):
            return None
        now = self.stage.now(run, rows)
        found = None if now is None else self.hearings.of(now)
        if found is None:
            self.stage.notice.emit(NOT_OPEN)
        return found

    def said_of(self, run: Run) -> CurationState | None:
        """Return what was said of the units of a run; None where nobody knows, and say why."""
        hearing = self.hearing_of(run)
        if hearing is None:
            return None
        try:
            hearing.curation.journals.to_write()
        except UserError as error:  # nothing read is not nothing said
            self.stage.failed.emit(error)
            return None
        return hearing.curation.state

    def hides(self, cluster_ids: Iterable[int]) -> bool:
        """Whether a blind review hides any of some units of the current unit's recording."""
        return self.hearings.now.hides(cluster_ids)

    def own(self, rows: Ints) -> Ints:
        """Return those of some rows that are of recordings whose journals are open."""
        return self.hearings.own(rows)
