"""Notes of units: given, kept where they cannot be saved yet, and known as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

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
    spikes : mapping of int to str
        Of which spikes they were when it was begun, by cluster id.
    """

    results_dir: str
    name: str
    cluster_ids: tuple[ClusterId, ...]
    text: str
    spikes: Mapping[int, str] = field(default_factory=dict)


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

    def keep(
        self, run: Run, cluster_ids: tuple[ClusterId, ...], text: str, spikes: Mapping[int, str]
    ) -> None:
        """Keep a note of some units of a run."""
        of = run.provenance
        self._notes.append(KeptNote(of.results_dir, of.name, cluster_ids, text, spikes))

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
OF_OTHERS = (
    "Since you began this note {} became other units under the same ids: it is of those that you"
    " began it for, and History has it."
)


class Begun(NamedTuple):
    """What there was of a unit when a note of it was begun: its note, and of which spikes it is."""

    note: str
    spikes: str


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

    def begin(self, rows: Ints) -> dict[Unit, Begun]:
        """Begin a note of the units in some rows: it is of the spikes that they have now."""
        out: dict[Unit, Begun] = {}
        for hearing, own in self._saying.hearings.apart(rows):
            if hearing.run is None:
                continue
            state = hearing.curation.state
            for i, spikes in hearing.drafts.begin(hearing.ids_of(own)).items():
                out[hearing.run, i] = Begun(state.value(i, NOTE) or "", spikes)
        return out

    def again(self, units: Iterable[Unit]) -> dict[Unit, str]:
        """Return the notes of some units as they are known by now."""
        hearings, out = self._saying.hearings, dict[Unit, str]()
        for run, cluster_id in units:
            hearing = hearings.of(run)
            if hearing is not None:
                out[run, cluster_id] = hearing.curation.state.value(cluster_id, NOTE) or ""
        return out

    @intent
    def set(
        self,
        text: str,
        rows: Ints,
        run: Run | None = None,
        among: Ints | None = None,
        begun: Mapping[Unit, Begun] | None = None,
    ) -> bool:
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
        begun : mapping, optional
            What :meth:`begin` returned when it was begun: it is of the units that these were.

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
        had = partial(self._spikes, begun or {})
        others = self.others(begun or {})
        said, spoken = self._saying.say_note(whose, text, had)
        if spoken:
            left_out = self._telling.left_out(rows if among is None else among)
            self._telling.done("note" if text else "note removed", whose, spoken, left_out)
        if said and others:
            self.stage.notice.emit(OF_OTHERS.format(units_named([i for _, i in others])))
        return said

    def _spikes(self, begun: Mapping[Unit, Begun], run: Run | None) -> dict[int, str]:
        """Return of which spikes the units of a run were, also where it was read again since."""
        units = ((self.stage.now(own), i, one.spikes) for (own, i), one in begun.items())
        return {i: spikes for now, i, spikes in units if now is run}

    def others(self, begun: Mapping[Unit, Begun]) -> list[Unit]:
        """Return the units of which a note was begun that are others by now under their ids."""
        hearings, out = self._saying.hearings, list[Unit]()
        for (run, i), one in begun.items():
            hearing = None if (now := self.stage.now(run)) is None else hearings.of(now)
            if hearing is not None and hearing.curation.state.is_of_others(i, one.spikes):
                out.append((run, i))
        return out

    def keep(
        self, text: str, rows: Ints, run: Run, begun: Mapping[Unit, Begun] | None = None
    ) -> None:
        """Keep a note that could not be saved before its recording is left; it is saved later."""

        def keep(run: Run, ids: tuple[ClusterId, ...]) -> None:
            had: dict[int, str] = {}
            had |= {i: begun[run, i].spikes for i in ids if (run, i) in begun} if begun else {}
            self.kept.keep(run, ids, text, had)

        book = self.stage.scene.book
        if book is None or book.sheet_with(run) is None:
            own = rows[rows < len(run.ids)]
            keep(run, tuple(run.ids.ids_of(own).tolist()))
            return
        for which, own in book.by_sheet(rows):  # with phy's units
            sheet = book.sheets[which]
            keep(sheet.run, tuple(sheet.ids.ids_of(own).tolist()))

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
            work = partial(hearing.curation.set_note, kept.cluster_ids, kept.text, kept.spikes)
            said, spoken = self._saying.say_each([(hearing, work)])
            if not said:
                self.kept.keep(run, kept.cluster_ids, kept.text, kept.spikes)
                continue
            hearing.drafts.saved(kept.cluster_ids)
            if spoken:
                self._telling.done("note", rows, spoken)
