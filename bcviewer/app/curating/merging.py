"""The merges that somebody else proposed: gone through one by one, and what is said is kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from bcviewer.app.curating.queue_writer import QueueWriter
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.threads.worker import Control
from bcviewer.app.viewing.viewing import Viewing
from bcviewer.core.arrays import Ints
from bcviewer.core.curation.joined_merges import units_of
from bcviewer.core.curation.merge_fates import Fate, Group, fates_of
from bcviewer.core.curation.merge_queue import NEITHER, Decision, MergeQueue
from bcviewer.core.curation.replay import with_spikes
from bcviewer.core.curation.state import CurationState
from bcviewer.core.curation.whose_spikes import spikes_of_each
from bcviewer.core.rules.counts import first_of
from bcviewer.core.run.phy import Phy, PhyState
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import NOT_YET, SpikesById
from bcviewer.core.sheet.ids import NO_ROWS, GlobalRow
from bcviewer.core.sheet.queue_spikes import spikes_now, spikes_to_say
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.io.exchange.merge_file import KnownUnits, read_merges
from bcviewer.io.journal.acted_in import results_key
from bcviewer.io.journal.queue_file import KeptTexts, ReplacedError
from bcviewer.io.journal.recording_key import recording_key

NONE_OPEN = "No proposed merges are open: Merges > Open proposed merges…"
ENDED = (
    "The proposed merges were of what is open no more. What you said is kept: open their file"
    " again."
)
SAID_OF_EACH = "All of these are gone through{}. Nothing is merged before you send it to phy."
NOTHING_SAID = "Nothing was said of these merges that could be taken back."
IN_PHY = "{} is {}: it is undone there."
AGAIN_OPEN = "Nothing is said of it now."
AGAIN = "Once more takes back what was said before it."
PASSED_BY = "{} is not compared with phy yet: nothing is said of it now, and what was said stays."
NOT_HIGHLIGHTED = "What is highlighted is another unit. Brought back: {}; press again."


@dataclass(frozen=True, slots=True)
class MergesRead:
    """The merges of a file with what was said of them before, and what is to be told of it.

    ``key`` is what that is kept by: the recording, where it is, and the file as it is. Of another
    sort in the same place the ids are other units.
    """

    run: Run
    queue: MergeQueue
    told: tuple[str, ...]
    key: str


class Merging(QObject):
    """Owns the queue of merges; what is said is on its way to the disk before the next key.

    It is of one recording, and ends where that is open no more.

    Attributes
    ----------
    queue : MergeQueue or None
        The queue.
    run : Run or None
        Whose units they are.
    changed : Signal()
        It is another one, or there is none any more.
    writer : QueueWriter
        Who writes what is said.
    """

    changed = Signal()

    def __init__(
        self, stage: Stage, viewing: Viewing, texts: KeptTexts, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._viewing, self._texts = viewing, texts
        self.queue: MergeQueue | None = None
        self.run: Run | None = None
        self._key = ""
        self._phy: Phy | None = None
        """What the queue's fates are by."""
        self._known: dict[Group, Fate] = {}
        """What became of merges in phy, as far as it was known once."""
        self._told: set[Decision] = set()
        """Of what it was told that it was said of other units of the same ids."""
        self._refused: Group = ()
        """A merge done in phy, of which it was told that nothing of it can be taken back here."""
        self.writer = QueueWriter(texts, self)
        self.writer.failed.connect(self._on_failed)
        stage.changed.connect(self._on_changed)

    def read_job(self, path: Path, sheet: Sheet) -> Callable[[Control], MergesRead]:
        """Return a job that reads the merges of a file for the units of a sheet."""
        run, known, texts = sheet.run, _known(sheet), self._texts

        def work(control: Control) -> MergesRead:
            control.progress(0.1, f"Reading {path.name}")
            queue, told = read_merges(path, known)
            control.at(run.provenance.ks_dir)
            results = results_key(Path(run.provenance.results_dir))
            key = f"{results}-{recording_key(run).primary}-{queue.mark}"
            text = texts.read(key)
            said, kept = queue.with_said(text), texts.path(key)
            if said is queue and os.path.lexists(kept):
                told = (f"{kept}: what was said before cannot be read; it begins anew.", *told)
            return MergesRead(run, said, told, key)

        return work

    @intent
    def begin(self, read: MergesRead) -> str:
        """Go through the merges of a file; return what is to be known of the first one shown."""
        # they were read in a job: meanwhile its files may have been read again
        self.run, self._key = self._as_open(read.run), read.key
        self._phy, self._known, self._told = None, {}, set()
        if self.run is None:
            self.end()
            return ENDED
        words = self._go_on(self._as_it_is(read.queue))
        return " ".join(filter(None, (self._of_others(), words)))

    @intent
    def say(self, word: str) -> None:
        """Say something of the merge that is looked at, and go on to the next.

        A hand means what is highlighted: where that is something else, the merge is only shown.
        """
        queue = self._caught_up()
        if queue is None:
            return
        if not self._is_highlighted():
            self._notice(self._show(), NOT_HIGHLIGHTED.format(queue.now.words))
            return
        try:
            spikes = spikes_of_each(self._said(), queue.now.ids)
        except UserError as error:
            if word != NEITHER:
                self.stage.failed.emit(error)
                return
            after = queue.gone_on()  # else it would be said of whatever unit has the id then
        else:
            after = queue.say(word, spikes)
        stays = PASSED_BY.format(queue.now.words) if after.past is queue.past else ""
        words, n = self._go_on(after, keep=True), after.n_skipped
        done = SAID_OF_EACH.format(f", {n:,} skipped" if n else "") if after.done else ""
        self._notice(stays, done, words)

    @intent
    def back(self) -> None:
        """Take back what was said last, and go to what it was said of."""
        queue = self._caught_up()
        if queue is None or not queue.past:
            self._notice("" if queue is None else NOTHING_SAID)
            return
        done, before = queue.last_done, queue.back()
        if done is not None and (done.ids != self._refused or before is queue):
            self._refused = done.ids
            again = "" if before is queue else AGAIN
            self._notice(IN_PHY.format(done.words, queue.fates[done.ids].words), again)
            return
        self._notice(self._go_on(before, keep=True))

    @intent
    def show(self) -> None:
        """Highlight the units of the merge that is looked at."""
        if self._caught_up() is not None:
            self._notice(self._show())

    @intent
    def end(self) -> None:
        """Go through them no more; what was said is kept, and there when they are opened again."""
        if self.queue is not None:
            self.queue = self.run = self._phy = None  # it holds a run that is left
            self.changed.emit()

    def sheet(self) -> Sheet | None:
        """Return the sheet of the units; None: there is no queue."""
        book = self.stage.scene.book
        which = None if book is None or self.run is None else book.sheet_with(self.run)
        return None if book is None or which is None else book.sheets[which]

    def _caught_up(self) -> MergeQueue | None:
        """Return the queue as its units are now; None: there is none, which is said.

        A key may come in the very turn in which files are read again, before that is told.
        """
        if self.queue is None:
            self.stage.notice.emit(NONE_OPEN)
        elif self.stage.told.book is not self.stage.scene.book:
            self._follow()
        return self.queue

    def _notice(self, *words: str) -> None:
        if told := " ".join(filter(None, words)):
            self.stage.notice.emit(told)

    def _go_on(self, queue: MergeQueue, *, keep: bool = False) -> str:
        self.queue, self._refused = queue, ()
        if keep and self.run is not None:
            self.writer.put(self._key, queue.text)
        words = self._show()
        self.changed.emit()
        return words

    def _rows(self) -> Ints:
        """Return the rows of the merge that is looked at: of its units that are there."""
        book, sheet, queue = self.stage.scene.book, self.sheet(), self.queue
        if book is None or sheet is None or queue is None:
            return NO_ROWS
        own = [int(sheet.ids.rows_of(i)[0]) for i in queue.now.ids if len(sheet.ids.rows_of(i))]
        return book.rows_of(book.sheets.index(sheet), np.array(own, np.int64))

    def _is_highlighted(self) -> bool:
        """Whether the units of the merge that is looked at are, and no others."""
        rows = self._rows()
        here = not len(rows) or set(rows.tolist()) == set(self.stage.scene.selected.tolist())
        return here and self.sheet() is not None

    def _show(self) -> str:
        """Highlight the units of the merge that is looked at; return what was done for that."""
        rows, queue = self._rows(), self.queue
        if queue is None or self.sheet() is None:
            return ""
        words = self._uncover(rows)
        if len(rows):
            self._viewing.marking.mark(GlobalRow(int(rows[0])), rows)
        gone = len(rows) < len(queue.now.ids)
        return " ".join((*words, *(["Not all of its units are there any more."] if gone else [])))

    def _uncover(self, rows: Ints) -> list[str]:
        """Take away what hides some rows, and nothing else; return what that was."""
        words, scene = [], self.stage.scene
        hidden = rows[scene.view.place[rows] < 0]
        if scene.queue is not None and not np.isin(hidden, scene.queue).all():
            self._viewing.rows.end_queue()
            words.append("The review queue, which lacks them, is left: it can be resumed.")
        if (self.stage.scene.view.place[rows] < 0).any():
            if self.stage.scene.filter.active:
                words.append("The filter, which hid them, is cleared.")
            self._viewing.filtering.clear_filter()
        return words

    def _said(self) -> CurationState:
        """Return what curators said, with the spikes that the units have as the files are read.

        Labels that are not read, or cannot be, know of no spikes: the sheet does.
        """
        sheet = self.sheet()
        if sheet is None:
            return with_spikes(CurationState(), NOT_YET)
        return with_spikes(sheet.inputs.said, spikes_to_say(sheet))

    def _spikes(self) -> SpikesById:
        """Return of which spikes the units are now, as far as it is known."""
        sheet = self.sheet()
        return NOT_YET if sheet is None else spikes_now(sheet)

    def _as_it_is(self, queue: MergeQueue) -> MergeQueue:
        """Return a queue as its units are now; the same: they are as they were."""
        return self._with_fates(queue).regarding(self._spikes())

    def _of_others(self) -> str:
        """Say of which merges what was said is of other units by now; empty: of no further ones."""
        if self.queue is None or not self.queue.others:
            return ""
        news = self.queue.undecided_again(self._spikes()) - self._told
        if not news:
            return ""
        self._told |= news
        which = first_of([*dict.fromkeys(units_of(ids) for ids, _ in sorted(news))], joint="; ")
        return f"What was said of {which} was of other units: phy gave an id again. {AGAIN_OPEN}"

    def _with_fates(self, queue: MergeQueue) -> MergeQueue:
        """Return a queue with what became of its merges in phy; the same: nothing else is known."""
        sheet = self.sheet()
        if sheet is None or sheet.phy is self._phy:
            return queue
        if sheet.phy is not None and not sheet.phy.is_read:  # it is being read again
            return queue
        self._phy = sheet.phy
        fates = fates_of(sheet.phy, (merge.ids for merge in queue.merges), self._known)
        self._known |= {group: fate for group, fate in fates.items() if fate.into is not None}
        return queue if fates == queue.fates else replace(queue, fates=fates)

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        if scene.book is not before.book:  # 5,000 merges take some ms
            self._follow()

    def _as_open(self, run: Run) -> Run | None:
        """Return a run as it is open now, maybe read again; None: it is not."""
        runs = self.stage.scene.runs
        return next((one for one in runs if one is run or _is_same(run, one)), None)

    def _follow(self) -> None:
        """Go on with the units as they are now; end where their recording is open no more."""
        if self.queue is None or self.run is None:
            return
        self.run = self._as_open(self.run)
        if self.run is None:
            self.end()
            self.stage.notice.emit(ENDED)
            return
        queue = self._as_it_is(self.queue)
        if queue is not self.queue:
            self.queue = queue
            self.changed.emit()
        self._notice(self._of_others())

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, UserError):
            raise error  # unexpected: reaches the excepthook and its report
        kept = isinstance(error, ReplacedError)
        what = "" if kept else "What is said of proposed merges is not kept: "
        self.stage.notice.emit(f"{what}{error.message}")


def _is_same(run: Run, other: Run) -> bool:
    """Whether a run is another one read again: not where another sort took its place."""
    here, there = run.provenance, other.provenance
    if (here.ks_dir, here.results_dir) != (there.ks_dir, there.results_dir):
        return False
    before, after = run.units.floats("nSpikes"), other.units.floats("nSpikes")
    if before is None or after is None:
        return False
    same = np.array_equal(run.ids.ids_of(), other.ids.ids_of())
    return same and np.array_equal(before, after, equal_nan=True)


def _known(sheet: Sheet) -> KnownUnits:
    """Return which units there are in a sheet."""
    ids = sheet.ids
    units = ids.ids_of(np.flatnonzero(ids.has_id)).tolist()
    gone: list[int] = []
    if sheet.phy is not None:
        gone = ids.ids_of(np.flatnonzero((sheet.phy.state == PhyState.GONE) & ids.has_id)).tolist()
    return KnownUnits(frozenset(units), frozenset(gone), sheet.run.clusters_by_si_id())
