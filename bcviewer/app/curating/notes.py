"""Notes of units: given, kept where they cannot be saved yet, and known as they are now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject

from bcviewer.app.curating.hearing import Hearing
from bcviewer.app.curating.saying import NOT_OPEN, Saying
from bcviewer.app.curating.telling import Telling
from bcviewer.app.stage import Stage, intent
from bcviewer.core.arrays import Ints
from bcviewer.core.curation.entries import NOTE
from bcviewer.core.rules.counts import units_named
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.ids import ClusterId

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class KeptNote:
    """A note that is still to be saved.

    Attributes
    ----------
    results_dir, name : str
        The results that it was written in sight of: ids mean these units there only.
    cluster_ids : tuple of ClusterId
        Whose it is.
    text : str
        The note.
    """

    results_dir: str
    name: str
    cluster_ids: tuple[ClusterId, ...]
    text: str


class KeptNotes:
    """Keeps notes until their recording is open again, or the program ends."""

    def __init__(self) -> None:
        self._notes: list[KeptNote] = []

    def __len__(self) -> int:
        return len(self._notes)

    @property
    def texts(self) -> list[str]:
        """The notes themselves."""
        return [note.text for note in self._notes]

    def keep(self, run: Run, cluster_ids: tuple[ClusterId, ...], text: str) -> None:
        """Keep a note of some units of a run."""
        of = run.provenance
        self._notes.append(KeptNote(of.results_dir, of.name, cluster_ids, text))

    def take(self, run: Run) -> list[KeptNote]:
        """Return the notes of a run, oldest first, and keep them no longer."""
        here = run.provenance.results_dir
        due = [note for note in self._notes if note.results_dir == here]
        self._notes = [note for note in self._notes if note.results_dir != here]
        return due

    def words(self) -> str:
        """Say whose notes are kept; empty: none is."""
        whose = [f"{units_named(n.cluster_ids, _MOST_NAMED)} of {n.name}" for n in self._notes]
        if not whose:
            return ""
        which = "; ".join(dict.fromkeys(whose))
        return f"The note of {which} could not be saved; it is saved when that is open again."


Unit = tuple[Run, int]
"""A unit by its run and its cluster id."""


class Notes(QObject):
    """Says what the curator writes of units.

    Attributes
    ----------
    kept : KeptNotes
        Notes that could not be saved when their recording was left.
    """

    def __init__(
        self, stage: Stage, saying: Saying, telling: Telling, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._saying, self._telling = saying, telling
        self.kept = KeptNotes()
        saying.hearings.opened.connect(self._save_kept)

    def of(self, rows: Ints) -> dict[Unit, str]:
        """Return the notes of the units in some rows, as they are known now."""
        units = [
            (hearing.run, i)
            for hearing, own in self._saying.hearings.apart(rows)
            if hearing.run is not None
            for i in hearing.ids_of(own)
        ]
        return self.again(units)

    def again(self, units: Iterable[Unit]) -> dict[Unit, str]:
        """Return the notes of some units as they are known by now."""
        hearings, out = self._saying.hearings, dict[Unit, str]()
        for run, cluster_id in units:
            hearing = hearings.of(run)
            if hearing is not None:
                out[run, cluster_id] = hearing.curation.state.value(cluster_id, NOTE) or ""
        return out

    @intent
    def set(self, text: str, rows: Ints, run: Run | None = None, among: Ints | None = None) -> bool:
        """Give the units in some rows a note, as one action; empty: none.

        Parameters
        ----------
        text : str
            The note.
        rows : numpy.ndarray
            Whose it is.
        run : Run, optional
            Whose rows are among them: where it is open no more, nothing is written.
        among : numpy.ndarray, optional
            The rows that were meant, of which those are left of which anything can be said.

        Returns
        -------
        bool
            Whether it is saved.
        """
        if run is not None and self.stage.is_left(run, rows):
            return False
        whose = self._saying.own(rows)
        if not len(whose):
            if len(rows):
                self.stage.notice.emit(NOT_OPEN)
            return False
        said, spoken = self._saying.say_note(whose, text)
        if spoken:
            left_out = self._telling.left_out(rows if among is None else among)
            self._telling.done("note" if text else "note removed", whose, spoken, left_out)
        return said

    def keep(self, text: str, rows: Ints, run: Run) -> None:
        """Keep a note that could not be saved before its recording is left; it is saved later."""
        book = self.stage.scene.book
        if book is None or book.sheet_with(run) is None:
            own = rows[rows < len(run.ids)]
            self.kept.keep(run, tuple(run.ids.ids_of(own).tolist()), text)
            return
        for which, own in book.by_sheet(rows):  # with phy's units
            sheet = book.sheets[which]
            self.kept.keep(sheet.run, tuple(sheet.ids.ids_of(own).tolist()), text)

    def tell_kept(self) -> None:
        """Say which notes are still to be saved."""
        if words := self.kept.words():
            self.stage.notice.emit(words)

    @intent
    def _save_kept(self, hearing: Hearing) -> None:
        """Save the notes that were kept for the recording whose journals were read just now."""
        run = hearing.run
        if run is None or hearing.which is None or not hearing.curation.is_open:
            return
        for kept in self.kept.take(run):
            rows = hearing.rows_of(kept.cluster_ids)
            work = partial(hearing.curation.set_note, kept.cluster_ids, kept.text)
            said, spoken = self._saying.say_each([(hearing, work)])
            if not said:
                self.kept.keep(run, kept.cluster_ids, kept.text)
                continue
            hearing.drafts.saved(kept.cluster_ids)
            if spoken:
                self._telling.done("note", rows, spoken)
