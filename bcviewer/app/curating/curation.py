"""The curators' labels and notes of the open recording: on the disk before a key is done."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from bcviewer.app.curating.arrivals import Arrivals, Arrived
from bcviewer.app.curating.mirror import Mirror, Mirrored
from bcviewer.app.curating.opened import Opened, merger, read_state
from bcviewer.app.prefs import data_folder
from bcviewer.app.save_state import Place, SaveState
from bcviewer.app.threads.waiting import wait_until
from bcviewer.app.threads.worker import Control, Outcome, Worker, close_all, join_all
from bcviewer.core.curation.entries import (
    LABEL,
    MAX_NOTE,
    MAX_WORD,
    NOTE,
    REDO,
    UNDO,
    Action,
    Change,
    Extra,
    Who,
    is_known,
    label_text,
)
from bcviewer.core.curation.history import units_of
from bcviewer.core.curation.label_source import MAX_NAME, SOURCE, UNSOURCE, payload, there
from bcviewer.core.curation.overruled import crossing_words, overruled_words
from bcviewer.core.curation.replay import with_action, with_actions
from bcviewer.core.curation.said_columns import orphans
from bcviewer.core.curation.state import CurationState
from bcviewer.core.curation.times import is_believed, stamp, time_text
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Issue, Run
from bcviewer.errors import CancelledError, UserError
from bcviewer.io.files import printable
from bcviewer.io.journal.recording_key import recording_key
from bcviewer.io.journal.store import JournalStore, action_id, process_name
from bcviewer.io.resources import resource_path

JOURNALS = "journals"
"""Folder of the journals in the user's data folder."""


class Curation(QObject):
    """Labels and notes of the open recording, by all who curate it.

    Every method that says something returns when it is on the local disk, and raises ``UserError``
    where it is not: then nothing has changed.

    Attributes
    ----------
    state : CurationState
        What is known of all units.
    person : str
        Who curates now.
    issues : tuple of Issue
        What was wrong with the journals.
    save : SaveState
        What is saved, and where.
    opened : Signal()
        The journals of the recording were read.
    changed : Signal(frozenset of int or None, CurationState)
        Units (by cluster id; None: any) have another label or note.
    saved : Signal(SaveState)
        What is saved, and where.
    settled : Signal()
        Reading the journals ended.
    progressed : Signal(Progress)
        Reading them takes long.
    failed : Signal(UserError)
        They could not be read.
    told : Signal(str)
        What a curator should know now: another window overruled what they said, the clock is wrong.
    """

    opened = Signal()
    changed = Signal(object, object)
    saved = Signal(object)
    settled = Signal()
    progressed = Signal(object)
    failed = Signal(object)
    told = Signal(str)

    def __init__(self, person: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = CurationState()
        self.issues: tuple[Issue, ...] = ()
        self.save = SaveState()
        self.person = ""
        self.set_person(person)
        self._machine = named(platform.node())
        self._process = process_name()
        self._store: JournalStore | None = None
        self._run: Run | None = None
        self._rounds = 0
        self._clock_told = False
        self._merging = False
        self._unread = ""
        self._worker = Worker("curation", self)
        self._worker.finished.connect(self._on_finished)
        self._worker.progressed.connect(self.progressed)
        self._mirror = Mirror(self)
        self._mirror.reported.connect(self._on_mirrored)
        self._arrivals = Arrivals(self)
        self._arrivals.arrived.connect(self._on_arrived)
        self._mirror.read.connect(self._on_read)

    def set_person(self, person: str) -> None:
        """Say who curates from now on."""
        self.person = named(person)

    # -- opening and closing -----------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether journals are being read, here or where they are mirrored."""
        return self._worker.busy or self._merging

    @property
    def run(self) -> Run | None:
        """The run whose recording is open."""
        return self._run

    @property
    def is_open(self) -> bool:
        """Whether something can be said."""
        return self._store is not None

    def open(self, run: Run) -> None:
        """Read the journals of a run's recording in a thread; until then nothing can be said.

        Those of this computer come first; what is in the results' folder is merged when it
        arrives, and labels need not wait for it.
        """
        store = self._store
        # Not from the files again where the same run is read again: its drive may be gone.
        known = store.key if store is not None and run is self._run else None
        self._leave()
        self._run, self._unread = run, ""
        process, journals = self._process, data_folder() / JOURNALS
        results = mirrored_folder(run)

        def work(control: Control) -> Opened:
            key = known or recording_key(run)
            store = JournalStore(key, journals, results, process)
            return read_state(store, control.check, JournalStore.read_local)

        self._worker.submit("curation", work, run.provenance.ks_dir)

    def refresh(self) -> None:
        """Read the journals again: what others said since."""
        if self._run is not None:
            self.open(self._run)

    def cancel(self) -> None:
        """Wait no more for journals on other drives; they are merged should they arrive."""
        if self._worker.silence:
            self._worker.cancel()
        self._settle()

    def close(self) -> None:
        """End the threads; mirroring gets a little more time, and is done at the next start."""
        close_all([self])

    def end(self) -> None:
        """Ask the threads to end."""
        self._merging = False
        self._worker.end()
        self._arrivals.end()
        self._mirror.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the threads ended."""
        ended = join_all((self._worker, self._arrivals, self._mirror), until)
        store, self._store = self._store, None
        if store is not None:
            store.close()
        return ended

    def _leave(self) -> None:
        store, self._store = self._store, None
        self._merging = False
        if store is not None:
            store.close()
            self._arrivals.watch(None)
        known = bool(self.state.units or self.state.sources)
        self.state, self.issues = CurationState(), ()
        self._tell(SaveState())
        if known:
            self.changed.emit(None, self.state)

    def _on_finished(self, outcome: Outcome) -> None:
        if isinstance(outcome.value, Opened):
            self._store = outcome.value.store
            self.state = outcome.value.state or CurationState()
            self.issues = outcome.value.issues
            self._merging = self._store.mirror_dir is not None
            self._mirror.watch(self._store, merger(outcome.value))
            self._arrivals.watch(self._store)
            self._tell_crossings()
            self.changed.emit(None, self.state)
            self.opened.emit()
        elif isinstance(outcome.error, UserError):
            self._unread = outcome.error.message
            self.failed.emit(outcome.error)
        elif isinstance(outcome.error, CancelledError):
            self._unread = str(outcome.error)
        if not self._merging:
            self.settled.emit()
        if outcome.error is not None and not isinstance(outcome.error, (UserError, CancelledError)):
            raise outcome.error  # unexpected: reaches the excepthook and its report

    def _on_arrived(self, arrived: Arrived) -> None:
        """Take in what another window, or somebody at another computer, said meanwhile."""
        if arrived.error is not None:
            raise arrived.error
        if arrived.store is not self._store:
            return
        before, self.state = self.state, with_actions(self.state, arrived.reading.actions)
        ids = frozenset(
            i for action in arrived.reading.actions for i in units_of(self.state, action)
        )
        if self.state is not before:
            self.changed.emit(ids, self.state)
            if words := overruled_words(before, self.state, ids, self.person, self._process):
                self.told.emit(words)
        if arrived.reading.issues:
            self.issues += arrived.reading.issues
            self.opened.emit()
        if self._store.unsettled:
            self._mirror.poke()

    def _on_read(self, read: Opened) -> None:
        """Merge what was in the results' folder; what was said meanwhile stays."""
        if read.store is not self._store:
            return
        if read.state is not None:
            state = read.state
            for action in self.state.actions.values():
                state = with_action(state, action)
            self.state, self.issues = state, read.issues
            self._tell_crossings()
            self.changed.emit(None, self.state)
            self.opened.emit()
        self._settle()

    def _tell_crossings(self) -> None:
        if words := crossing_words(self.state, self.person):
            self.issues += (Issue("Labels", words, "The later one is shown; see History."),)

    def _settle(self) -> None:
        if self._merging:
            self._merging = False
            self.settled.emit()

    # -- saying something --------------------------------------------------------------------

    def set_label(self, ids: Iterable[int], label: Label | None) -> Action | None:
        """Give units a label (None: clear it), as one action.

        A label that somebody else gave is said again in the person's own name.

        Returns
        -------
        Action or None
            What was written; None where the person had said just that of all of them.

        Raises
        ------
        UserError
            If it is not on the disk; then nothing has changed.
        """
        text = label_text(label)
        return self._act(LABEL, self._changes(LABEL, dict.fromkeys(ids, text)))

    def set_note(self, ids: Iterable[int], note: str) -> Action | None:
        """Give units a note (empty: none), as one action; see :meth:`set_label`."""
        if len(note) > MAX_NOTE:
            raise UserError(f"A note has at most {MAX_NOTE:,} characters, not {len(note):,}.")
        return self._act(NOTE, self._changes(NOTE, dict.fromkeys(ids, note)))

    def accept(self, labels: Mapping[int, Label], source: str) -> Action | None:
        """Take over a program's labels, by cluster id, as the person's own and as one action."""
        texts = {i: label_text(label) for i, label in labels.items()}
        return self._act("accept", self._changes(LABEL, texts), source=named(source))

    def apply(
        self, changes: Iterable[Change], source: str, person: str, kind: str = "import"
    ) -> Action | None:
        """Take over what somebody else said, in their name, as one action of this person.

        Parameters
        ----------
        changes : iterable of Change
            Units, fields and new values; the old ones are filled in.
        source : str
            Where it comes from (a file's name).
        person : str
            Whose opinion it is.
        kind : str
            The kind of action.

        Raises
        ------
        UserError
            As :meth:`set_label`, or if a value is no label of a curator's.
        """
        voice = named(person)
        wanted = list(changes)
        for change in wanted:
            if not is_known(change):
                raise UserError(f"unit {change.cluster_id}: {str(change.new)[:40]!r} is no label.")
        out: list[Change] = []
        for field in (LABEL, NOTE):
            values = {c.cluster_id: c.new for c in wanted if c.field == field}
            out += self._changes(field, values, voice)
        return self._act(kind, tuple(out), source=named(source), voice=voice)

    def add_source(
        self, name: str, labels: Mapping[int, Label], probability: Mapping[int, float]
    ) -> Action | None:
        """Keep labels that somebody else gave beside the manual ones, as one action.

        A source of the same name is replaced.

        Parameters
        ----------
        name : str
            What to call them.
        labels : mapping of int to Label
            The labels by cluster id.
        probability : mapping of int to float
            How sure each is, 0 to 1, by cluster id.

        Returns
        -------
        Action or None
            What was written; None where the source is there, just so.

        Raises
        ------
        UserError
            If there is no label, or it is not on the disk; then nothing has changed.
        """
        name = source_name(name)
        if not labels:
            raise UserError(f"{name}: there is no label in it.")
        known = next((s for s in self.state.sources if s.name == name), None)
        if known and known.labels == labels and known.probability == probability:
            return None
        change = there(name, known is not None, True)
        return self._act(SOURCE, (change,), source=name, extra=payload(labels, probability))

    def remove_source(self, name: str) -> Action | None:
        """Take away imported labels, as one action; None where there are none of this name."""
        if all(source.name != name for source in self.state.sources):
            return None
        return self._act(UNSOURCE, (there(name, True, False),), source=name)

    def undo(self) -> Action | None:
        """Take back the person's last action that is not taken back.

        What somebody else said of its units since stays.

        Returns
        -------
        Action or None
            The undo; None where there is nothing to undo.
        """
        return self._mark(UNDO, self.state.undoable(self.person))

    def redo(self) -> Action | None:
        """Bring back what was undone last; None where something was done since."""
        return self._mark(REDO, self.state.redoable(self.person))

    def _mark(self, kind: str, target: Action | None) -> Action | None:
        if target is None:
            return None
        changes = self.state.changes_of_mark(kind, target)
        return self._act(kind, changes, target=target)

    def _changes(
        self, field: str, values: Mapping[int, str | None], voice: str = ""
    ) -> tuple[Change, ...]:
        """Return what is new in some values."""
        state, person = self.state, voice or self.person
        out = []
        for cluster_id, new in values.items():
            if cluster_id < 0:
                continue  # stands for a row without an id: nothing can be said about it
            old = state.value(cluster_id, field)
            mine = not old or state.said_by(cluster_id, field) == person
            if old != new or not mine:
                out.append(Change(int(cluster_id), field, old, new))
        return tuple(out)

    def _act(
        self,
        kind: str,
        changes: tuple[Change, ...],
        *,
        target: Action | None = None,
        source: str = "",
        voice: str = "",
        extra: Extra = (),
    ) -> Action | None:
        """Write an action, then show it."""
        store = self._store
        if store is None and self._unread:
            raise UserError(
                f"The labels of this recording could not be read: {self._unread}.",
                "F5 reads it again.",
            )
        if store is None:
            raise UserError(
                "The labels of this recording are still being read.", "Try again in a moment."
            )
        if not changes and target is None:
            return None
        about = target.changes if target is not None else changes
        seen = (self.state.said_at(c.cluster_id, c.field) for c in about)
        now = datetime.now(UTC)
        action = Action(
            action_id(),
            stamp(now, self.state.last_of(self.person), *seen),
            Who(self.person, self._machine, self._process),
            kind,
            changes,
            target.id if target is not None else "",
            source,
            "" if voice == self.person else voice,
            extra,
        )
        try:
            store.append(action)
        except UserError as error:
            self._tell_failed(error.message)
            raise
        self.state = with_action(self.state, action)
        self._mirror.poke()
        n = self.save.n_actions + 1
        why = self._why(store) or (self.save.why if self.save.place is Place.LOCAL else "")
        self._tell(SaveState(Place.LOCAL, datetime.now(), n, store.waiting, why))
        self.changed.emit(frozenset(c.cluster_id for c in about), self.state)
        if not self._clock_told and not is_believed(time_text(now)):
            self._clock_told = True
            self.told.emit(f"This computer's clock says {now:%Y}: what you say is dated wrongly.")
        return action

    def orphans(self) -> list[int]:
        """Return the cluster ids with a label or a note that the open run does not have."""
        return [] if self._run is None else orphans(self._run.ids, self.state)

    # -- where it is saved -------------------------------------------------------------------

    def wait_saved(self, ms: int) -> bool:
        """Handle events until everything is in both places, at most ``ms`` ms.

        Returns
        -------
        bool
            Whether it is. False as soon as the results' folder cannot be written.
        """
        before = self._rounds
        self._mirror.poke()

        def ended() -> bool:
            if self._store is None or not self._store.unsettled:
                return True
            return self._rounds > before and bool(self.save.why)

        wait_until(ended, self.saved, ms)
        return self._store is not None and not self._store.unsettled

    def _why(self, store: JournalStore) -> str:
        return "the demo recording is not written to" if store.mirror_dir is None else ""

    def _on_mirrored(self, report: Mirrored) -> None:
        if report.error is not None:
            raise report.error
        if report.store is not self._store:
            return
        if report.problem:
            self._settle()
        self._rounds += 1
        save, waiting = self.save, report.store.waiting
        place = save.place
        if report.problem and place is not Place.FAILED:
            place = Place.LOCAL
        elif place is not Place.FAILED and place is not Place.NOWHERE:
            place = Place.LOCAL if waiting or report.store.mirror_dir is None else Place.BOTH
        why = save.why if place is Place.FAILED else report.problem or self._why(report.store)
        self._tell(SaveState(place, save.at, save.n_actions, waiting, why))

    def _tell_failed(self, why: str) -> None:
        waiting = 0 if self._store is None else self._store.waiting
        self._tell(SaveState(Place.FAILED, self.save.at, self.save.n_actions, waiting, why))

    def _tell(self, save: SaveState) -> None:
        self.save = save
        self.saved.emit(save)


def named(text: str) -> str:
    """Return a name as it is written in journals: printable, and not too long."""
    return " ".join(printable(text, MAX_WORD).split()) or "somebody"


def source_name(text: str) -> str:
    """Return the name of a source of labels as it is written in journals."""
    return named(text)[:MAX_NAME].strip()


def mirrored_folder(run: Run) -> Path | None:
    """Return the results' folder that journals are mirrored to.

    None for the recording that ships with the program: that belongs to the program.
    """
    folder = Path(run.provenance.results_dir).absolute()
    try:
        demo = resource_path("demo").absolute()
    except FileNotFoundError:
        return folder
    return None if folder.is_relative_to(demo) else folder
