"""What was said of one recording, as it is shown: by the curator's hand, or by others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from bcviewer.app.curating.curation import Curation
from bcviewer.app.curating.drafts import Drafts
from bcviewer.app.curating.opened import Opened
from bcviewer.app.curating.speaker import Speaker
from bcviewer.app.save_state import Journals
from bcviewer.app.stage import Stage, intent
from bcviewer.app.view import View
from bcviewer.app.viewing.review import neighbour
from bcviewer.app.viewing.start import SAID, of
from bcviewer.app.viewing.viewing import Viewing
from bcviewer.core.arrays import Ints
from bcviewer.core.curation.entries import Action
from bcviewer.core.curation.said_columns import orphans, told_apart
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import NOT_YET, SpikesById, UnitIds, is_not_yet, not_yet
from bcviewer.core.sheet.ids import NO_ROWS, NO_UNIT, ClusterId
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.io.journal.queue_file import QueueFiles


class Hearing(QObject):
    """Shows what is said of one recording of those that are open.

    Parameters
    ----------
    stage, viewing : Stage, Viewing
        The scene, and the owners of what is shown.
    speaker, queues : Speaker, QueueFiles
        Who says things in this window; the review queues of all recordings.
    is_acting : callable
        Whether what is said changes by the curator's own hand just now.

    Attributes
    ----------
    curation : Curation
        Its labels and notes.
    drafts : Drafts
        The notes of its units that are being written, or were left unsaved.
    read : Signal(Hearing, Opened)
        Its journals on this computer were read.
    ended : Signal(Hearing)
        Reading them ended, however it did.
    left : Signal(Hearing)
        They are open no more.
    opened : Signal(Hearing)
        It is known what is in them, here and in the results.
    heard : Signal(Hearing)
        Something was said by somebody else.
    saved : Signal()
        What is saved of it is another thing.
    """

    read = Signal(object, object)
    ended = Signal(object)
    left = Signal(object)
    opened = Signal(object)
    heard = Signal(object)
    saved = Signal()

    def __init__(
        self,
        stage: Stage,
        viewing: Viewing,
        speaker: Speaker,
        queues: QueueFiles,
        is_acting: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._rows, self._shown, self._start = viewing.rows, viewing.shown, viewing.start
        self._is_acting = is_acting
        self._looked_in: UnitIds | None = None
        """Among which units those were last looked for that are gone; None: not yet."""
        self._not_yet: tuple[UnitIds | None, SpikesById, SpikesById] = None, NOT_YET, NOT_YET
        """Units whose files are not read, what is known of them else, and with it."""
        self.curation = curation = Curation(speaker, self, queues)
        self.drafts = Drafts(stage, curation, self)
        curation.changed.connect(self._on_said)
        curation.opened.connect(self._on_opened)
        curation.known.hides = lambda cluster_id: self.hides((cluster_id,))
        curation.known.spikes = self._spikes
        curation.told_under(lambda: stage.scene.proposal.words)
        curation.saved.connect(self.saved)
        curation.journals.read.connect(self._on_read)
        curation.journals.ended.connect(self._on_ended)
        curation.journals.left.connect(self._on_left)

    @property
    def run(self) -> Run | None:
        """The run whose recording it is."""
        return self.curation.run

    @property
    def which(self) -> int | None:
        """The number of the recording's sheet; None: it is not shown."""
        book, run = self.stage.scene.book, self.curation.run
        return None if book is None or run is None else book.sheet_with(run)

    @property
    def sheet(self) -> Sheet | None:
        """The recording's sheet; None: it is not shown."""
        book, which = self.stage.scene.book, self.which
        return None if book is None or which is None else book.sheets[which]

    def own(self, rows: Ints) -> Ints:
        """Return those of some rows of the book that are of this recording."""
        book, which = self.stage.scene.book, self.which
        return NO_ROWS if book is None or which is None else book.within(which, rows)

    def rows_of(self, cluster_ids: Iterable[int]) -> Ints:
        """Return the rows of the book that some units of this recording are in."""
        book, which = self.stage.scene.book, self.which
        if book is None or which is None:
            return NO_ROWS
        return book.rows_of(which, book.sheets[which].ids.rows_of_any(list(cluster_ids)))

    def ids_of(self, rows: Ints) -> list[ClusterId]:
        """Return the cluster ids of those of some rows of the book that are of this recording."""
        book, which = self.stage.scene.book, self.which
        if book is None or which is None:
            return []
        found = book.sheets[which].ids.ids_of(book.rows_in(which, rows))
        return [ClusterId(i) for i in found.tolist()]

    def _spikes(self) -> SpikesById:
        """Return of which spikes the units are that phy made, as far as its files are read."""
        sheet = self.sheet
        if sheet is None:
            return NOT_YET
        phy = sheet.phy
        found = NOT_YET if phy is None or not sheet.inputs.is_compared_with_phy else phy.spikes
        if not is_not_yet(found):
            return found
        if self._not_yet[0] is not sheet.ids or self._not_yet[1] is not found:
            whole = not_yet(found, sheet.ids, sheet.run.n_templates)
            self._not_yet = sheet.ids, found, whole  # asked at each telling: the same object
        return self._not_yet[2]

    def hides(self, cluster_ids: Iterable[int]) -> bool:
        """Whether a blind review hides any of some units of this recording."""
        return self.stage.scene.hides_any(self.curation.run, cluster_ids)

    @intent
    def agree(self) -> None:
        """Let the sheet say what is known, by whatever way it came to be shown.

        What curators said has one owner: a sheet that says anything else is never told.
        """
        self.curation.known.regard()
        self.drafts.regard()
        which, sheet = self.which, self.sheet
        if which is None or sheet is None or not self.curation.is_open:
            return  # imported labels stay until the journals are read
        self._look_for_gone()
        if sheet.inputs.said is not self.curation.state:
            others = self._shown.hear(which, self.curation.state)
            if others or self._rows.reads_said:
                self._rows.arrive(NO_ROWS, self._rows.anew())

    @intent
    def _on_said(self, ids: frozenset[int] | None) -> None:
        """Show what curators said; only what depends on it is computed and told anew."""
        book, which = self.stage.scene.book, self.which
        if book is None or which is None:
            return
        sheet, acting = book.sheets[which], self._is_acting()
        own = np.arange(sheet.n_units) if ids is None else sheet.ids.rows_of_any(ids)
        rows = book.rows_of(which, own)
        others = self._shown.hear(which, self.curation.state)
        news, after = NO_ROWS, self.stage.scene.manual
        what = of(SAID, sheet.run)
        if after is not None and not acting and not self._start.is_first(what):
            news = rows[told_apart(book.table.manual, after, rows)]
        reads = others or self._rows.reads_said
        anew = self._rows.anew() if reads else self.stage.scene.view
        self._let_go(anew, rows, opening=self._start.reads(what))
        self._start.has_read(what)
        if not acting:
            self.heard.emit(self)
        if reads or len(news):
            self._rows.arrive(news, anew if reads else self._rows.anew())
        if acting:
            self._rows.look_at(rows)

    def _let_go(self, anew: View, rows: Ints, *, opening: bool) -> None:
        """Let rows go and come by the curator's own act, or as a recording is opened."""
        scene, goes_on = self.stage.scene, NO_UNIT
        if self._is_acting():
            goes_on = neighbour(scene.view, rows, scene.current)
            view = scene.view.with_some(anew, rows) if scene.arrived.reorders else anew
        elif opening:
            view = anew
        else:
            return  # from elsewhere: every row stays where it is
        if np.array_equal(view.rows, scene.view.rows):
            return  # panels that draw the shown units have nothing to do
        self._rows.show(view, goes_on)

    def _on_opened(self) -> None:
        """Say what is wrong with the journals."""
        sheet, run = self.sheet, self.curation.run
        if sheet is not None and run is not None:
            self._looked_in = None
            mine = Journals(run, self.curation.issues)
            others = (one for one in self.stage.scene.journals if one.run is not run)
            self.stage.become(journals=(*others, mine))
        self.opened.emit(self)

    def _look_for_gone(self) -> None:
        """Say whose units are gone, once it is known which ones phy made: those are read later."""
        sheet, told = self.sheet, self.stage.scene.journals
        was = next((one for one in told if one.run is self.curation.run), None)
        if sheet is None or was is None or sheet.ids is self._looked_in:
            return
        if sheet.phy is None or not sheet.phy.is_read:
            return
        first, self._looked_in = self._looked_in is None, sheet.ids
        gone = tuple(orphans(sheet.ids, self.curation.state))
        now = gone if first else tuple(i for i in was.gone if i in gone)  # none comes later
        if now != was.gone:
            after = replace(was, gone=now)
            self.stage.become(journals=tuple(after if one is was else one for one in told))

    def _on_read(self, opened: Opened) -> None:
        self.read.emit(self, opened)

    def _on_ended(self) -> None:
        self.ended.emit(self)

    def _on_left(self) -> None:
        self.left.emit(self)


ToSay = tuple[Hearing, Callable[[], Action | None]]
"""A recording, and what says something of it."""
