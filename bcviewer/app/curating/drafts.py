"""Notes that are being written: on the disk soon after each key, and offered after a crash."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, Signal

from bcviewer.app.curating.curation import Curation
from bcviewer.app.curating.draft_writer import DraftWriter, Found, Place
from bcviewer.app.curating.opened import Opened
from bcviewer.app.prefs import data_folder
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.core.arrays import Ints
from bcviewer.core.curation.draft import Draft, draft_of, is_now, only, without
from bcviewer.core.curation.entries import NOTE
from bcviewer.core.rules.counts import units_named
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import BEING_READ, is_not_yet
from bcviewer.core.sheet.ids import NO_ROWS
from bcviewer.errors import UserError
from bcviewer.io.journal.draft_file import draft_path
from bcviewer.io.journal.store import process_name


class Drafts(QObject):
    """Keeps what is written of a note until it is saved, emptied or given up.

    Until the journals of the recording are read nobody knows what it is known by: what is written
    by then is kept from that moment on.

    Attributes
    ----------
    writer : DraftWriter
        Who writes it to the disk.
    told : Signal(str)
        What a curator should know now: a note was left unsaved.
    """

    told = Signal(str)

    def __init__(self, stage: Stage, curation: Curation, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stage = stage
        self._curation = curation
        self._process = process_name()
        self.writer = DraftWriter(self)
        self.writer.found.connect(self._on_found)
        self.writer.failed.connect(self._on_failed)
        self._left: dict[Place, tuple[Draft, ...]] = {}
        """What is not being written and was not saved, by where it is kept."""
        self._kept: set[Place] = set()
        """Where something is kept."""
        self._typed: Draft | None = None
        """What is being written."""
        self._rows = NO_ROWS
        self._whose: tuple[tuple[int, str], ...] = ()
        """Whose note that is, each with the spikes that it had when the note was begun."""
        self._begun: dict[int, str] = {}
        """Of which spikes the units are whose note was begun."""
        self._regarded: Mapping[int, str] = {}
        """Of which spikes units were when it was last looked which drafts are of them."""
        self._untold: tuple[Draft, ...] = ()
        """What was found, and not told: it may be of other units, or that is not known yet."""
        self._at: Place | None = None
        """Where the recording's drafts are kept; None: it is not known by what it is called."""
        self._failed = False
        curation.journals.read.connect(self._on_read)
        curation.journals.left.connect(self._on_left)
        stage.changed.connect(self._on_changed)

    def begin(self, cluster_ids: Iterable[int]) -> dict[int, str]:
        """Begin a note of some units; return of which spikes they are: it is of these."""
        state = self._curation.state
        self._begun = {i: state.digest(i) for i in cluster_ids}
        return self._begun

    def regard(self) -> None:
        """Offer what is of the units that there are: phy may have given an id again."""
        if self._curation.state.spikes is not self._regarded:
            self._whose = tuple((i, self._known(i, had)) for i, had in self._whose)
            if (typed := self._typed) is not None:
                units = tuple((i, self._known(i, had)) for i, had in typed.units)
                self._typed = draft_of(units, typed.text)
                if self._typed != typed:
                    self._put()
            self._show()

    def typed(self, text: str, rows: Ints, run: Run) -> None:
        """Keep what is written by now for some rows of the book; empty: nothing is.

        ``run`` is the recording of the current one of them; only rows of this one count here.
        """
        own, book = self._curation.run, self.stage.scene.book
        if book is None or own is None or self.stage.now(run, rows) is None:
            return
        if rows is not self._rows:
            which = book.sheet_with(own)
            self._rows = rows
            self._whose = ()
            if which is not None:
                ids = book.sheets[which].ids.ids_of(book.rows_in(which, rows)).tolist()
                begun = self._begun if self._begun.keys() == set(ids) else self.begin(ids)
                self._whose = tuple((i, begun[i] or self._known(i)) for i in ids)
            self._let_go(i for i, _ in self._whose)
        self._typed = draft_of(self._whose, text) if text and self._whose else None
        self._put()

    def _known(self, cluster_id: int, had: str = BEING_READ) -> str:
        """Return of which spikes a unit is that nobody knew it of; of others, which they had."""
        state = self._curation.state
        if had != BEING_READ or not self._curation.is_open:
            return had
        if state.is_known(cluster_id):
            return state.digest(cluster_id)
        from bcviewer.core.curation.whose_spikes import is_unknown  # hardly ever needed

        return BEING_READ if is_unknown(state, cluster_id) else ""

    def keeps(self, texts: Iterable[str]) -> bool:
        """Whether all of some notes outlive the program, as far as is known."""
        typed = () if self._typed is None or self._place() is None else (self._typed,)
        kept = [draft for drafts in (*self._left.values(), typed) for draft in drafts]
        return not self._failed and {draft.text for draft in kept}.issuperset(texts)

    def saved(self, cluster_ids: Iterable[int]) -> None:
        """Keep nothing of some units any more: it is in the journal."""
        ids = set(cluster_ids)
        if self._typed is not None:
            written = set(self._typed.cluster_ids)
            self._typed = next(iter(without([self._typed], ids)), None)
            ids -= written
        self._let_go(ids)
        self._put()

    def _let_go(self, ids: Iterable[int]) -> None:
        """Offer nothing for some units any more."""
        place = self._place()
        if place is not None and (left := self._left.get(place)):
            self._left[place] = without(left, tuple(ids), self._may_be_now)
            self._show()

    def _is_now(self, cluster_id: int, spikes: str) -> bool:
        return is_now(self._curation.state, cluster_id, spikes)

    def _may_be_now(self, cluster_id: int, spikes: str) -> bool:
        """Whether it is so, or nobody knows yet: of most units it is."""
        of_some = spikes not in ("", BEING_READ)
        return self._is_now(cluster_id, spikes) or not (of_some or self._is_known())

    def _is_known(self) -> bool:
        return not is_not_yet(self._curation.state.spikes)

    def _put(self, *, took: bool = False) -> None:
        place = self._place()
        if place is None:
            return
        typed = () if self._typed is None else (self._typed,)
        drafts = (*self._left.get(place, ()), *typed)
        if drafts or took or place in self._kept:
            self.writer.put(place, drafts, took=took)
        (self._kept.add if drafts else self._kept.discard)(place)

    def _place(self) -> Place | None:
        """Return where the open recording's are kept, as soon as it is known what it is."""
        store, person = self._curation.journals.store, self._curation.person
        if store is None:
            return None
        path = draft_path(data_folder(), store.key.primary, person, self._process)
        return Place(path, person)

    @intent
    def _show(self) -> None:
        place, run = self._place(), self._curation.run
        self._regarded = self._curation.state.spikes
        mine = only(() if place is None else self._left.get(place, ()), self._is_now)
        others = tuple(one for one in self.stage.scene.drafts if one[0] is not run)
        self.stage.become(drafts=others if run is None or not mine else (*others, (run, mine)))
        self._tell()

    def _tell(self) -> None:
        """Say which notes were left, once it is known that they are of units that there are."""
        if came := only(self._untold, self._is_now):
            self._untold = only(self._untold, lambda i, spikes: not self._is_now(i, spikes))
            whose = {i for draft in came for i in draft.cluster_ids}
            self.told.emit(
                f"A note of {units_named(whose)} was not saved when the program ended: it is kept."
                " Curate > Note at that unit goes on with it."
            )

    def _on_read(self, _: Opened) -> None:
        self._at = place = self._place()
        if place is not None:
            self.writer.look(place)
            self._show()
            if self._typed is not None:
                self._put()

    def _on_left(self) -> None:
        """Keep what could not be saved: it is offered when the recording is open again."""
        typed, self._typed, self._rows, self._untold = self._typed, None, NO_ROWS, ()
        if typed is not None and self._at is not None:
            self._left[self._at] = (*self._left.get(self._at, ()), typed)
        self._at = None

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        if scene.person != before.person and self._at is not None:
            self._on_left()
            self._at = place = self._place()
            if place is not None:
                self.writer.look(place)
                self._show()

    def _on_found(self, found: Found) -> None:
        """Offer what windows that ended left, but what was saved before they ended."""
        for problem in found.problems[:1]:
            more = f" ({len(found.problems) - 1:,} more like it)" if found.problems[1:] else ""
            self.stage.failed.emit(UserError(f"{problem.message}{more}", problem.hint))
        if not found.drafts or found.place != self._at:
            return  # it stays where it is, and is found when that is open again
        came = tuple(left for draft in found.drafts for left in self._unsaved(draft))
        mine = self._left.get(found.place, ())
        self._left[found.place] = (*came, *mine)
        self._untold = (*self._untold, *came)
        self._put(took=True)
        self._show()

    def _unsaved(self, draft: Draft) -> tuple[Draft, ...]:
        state = self._curation.state

        def is_saved(cluster_id: int, spikes: str) -> bool:
            said = state.value(cluster_id, NOTE) == draft.text
            return said and self._may_be_now(cluster_id, spikes)

        return only([draft], lambda i, spikes: not is_saved(i, spikes))

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, (UserError, OSError)):
            raise error  # unexpected: reaches the excepthook and its report
        if not self._failed:  # once: each key would say it again
            self._failed = True
            why = error.message if isinstance(error, UserError) else str(error)
            words = f"What you write of a note is kept only once it is saved: {why}"
            self.stage.notice.emit(words)
