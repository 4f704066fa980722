"""The curators' labels and notes of the open recording: on the disk before a key is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QObject, Signal

from bcviewer.app.curating.known import Known
from bcviewer.app.curating.open_journals import OpenJournals
from bcviewer.app.curating.saving import Saving
from bcviewer.app.curating.speaker import Speaker, named, source_name
from bcviewer.app.save_state import SaveState
from bcviewer.app.threads.worker import close_all
from bcviewer.core.curation.blind import Sample, blind_field
from bcviewer.core.curation.entries import (
    ACCEPT,
    LABEL,
    MAX_NOTE,
    NOTE,
    REDO,
    REVEAL,
    SEEN,
    STABLE,
    UNDO,
    Action,
    Change,
    Extra,
    label_text,
    under_field,
)
from bcviewer.core.curation.label_source import SOURCE, UNSOURCE, there
from bcviewer.core.curation.stable import note_of_stable, stable_time
from bcviewer.core.curation.state import CurationState
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Issue, Run
from bcviewer.core.run.stretch import Stretch
from bcviewer.core.sheet.ids import ClusterId
from bcviewer.errors import UserError
from bcviewer.io.journal.queue_file import QueueFiles


class Curation(QObject):
    """Labels and notes of the open recording, by all who curate it.

    Every method that says something returns when it is on the local disk, and raises ``UserError``
    where it is not: then nothing has changed.

    Attributes
    ----------
    journals : OpenJournals
        Where it is read from and written to.
    known : Known
        What they tell.
    opened : Signal()
        The journals of the recording were read.
    changed : Signal(frozenset of int or None)
        Units (by cluster id; None: any) have another label or note: :attr:`state` says which.
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
    changed = Signal(object)
    saved = Signal(object)
    settled = Signal()
    progressed = Signal(object)
    failed = Signal(object)
    told = Signal(str)

    def __init__(
        self, who: str | Speaker, parent: QObject | None = None, queues: QueueFiles | None = None
    ) -> None:
        super().__init__(parent)
        self._speaker = who if isinstance(who, Speaker) else Speaker(who)
        self._under: Callable[[], str] = str
        self.journals = OpenJournals(self._speaker.process, queues, self)
        self.journals.settled.connect(self.settled)
        self.journals.progressed.connect(self.progressed)
        self.journals.failed.connect(self.failed)
        self._saving = Saving(self.journals, self)
        self._saving.saved.connect(self.saved)
        self.known = Known(self.journals, self._speaker, self)
        self.known.changed.connect(self.changed)
        self.known.opened.connect(self.opened)
        self.known.told.connect(self.told)

    # -- who, of what, where -----------------------------------------------------------------

    @property
    def state(self) -> CurationState:
        """What is known of all units; the sheet that is shown of them says just that."""
        return self.known.state

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What was wrong with the journals."""
        return self.known.issues

    @property
    def person(self) -> str:
        """Who curates now."""
        return self._speaker.person

    def set_person(self, person: str) -> None:
        """Say who curates from now on."""
        self._speaker.set_person(person)

    def told_under(self, under: Callable[[], str]) -> None:
        """Let all labels say what is tried while they are given; empty: nothing is."""
        self._under = under

    @property
    def run(self) -> Run | None:
        """The run whose recording is open."""
        return self.journals.run

    @property
    def is_open(self) -> bool:
        """Whether something can be said."""
        return self.journals.store is not None

    @property
    def busy(self) -> bool:
        """Whether journals are being read, here or where they are mirrored."""
        return self.journals.busy

    @property
    def save(self) -> SaveState:
        """What is saved, and where."""
        return self._saving.save

    def wait_saved(self, ms: int) -> bool:
        """Handle events until everything is in both places, at most ``ms`` ms.

        Returns
        -------
        bool
            Whether it is. False as soon as the results' folder cannot be written.
        """
        return self._saving.wait(ms)

    # -- opening and closing -----------------------------------------------------------------

    def open(self, run: Run) -> None:
        """Read the journals of a run's recording in a thread; until then nothing can be said."""
        self.journals.open(run)

    def refresh(self) -> None:
        """Read the journals again: what others said since."""
        if self.run is not None:
            self.open(self.run)

    def cancel(self) -> None:
        """Wait no more for journals on other drives; they are merged should they arrive."""
        self.journals.cancel()

    def close(self) -> None:
        """End the threads; mirroring gets a little more time, and is done at the next start."""
        close_all([self])

    def end(self) -> None:
        """Ask the threads to end."""
        self.journals.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the threads ended."""
        return self.journals.join(until)

    # -- saying something --------------------------------------------------------------------

    def set_label(
        self, ids: Iterable[ClusterId], label: Label | None, blind: Sample | None = None
    ) -> Action | None:
        """Give units a label (None: clear it), as one action.

        A label that somebody else gave is said again in the person's own name; so is one's own
        that was given under a proposal, where none is on any more.

        Parameters
        ----------
        ids : iterable of ClusterId
            The units.
        label : Label or None
            The label.
        blind : Sample, optional
            How the units were drawn, where the person cannot see their verdicts.

        Returns
        -------
        Action or None
            What was written; None where the person had said just that of all of them.

        Raises
        ------
        UserError
            If it is not on the disk; then nothing has changed.
        """
        values: dict[int, str | None] = dict.fromkeys(ids, label_text(label))
        again = blind is not None
        changes = self._speaker.labels(self.state, values, again=again, under=self._under())
        return self.act(LABEL, changes, extra=() if blind is None else blind_field(blind))

    def set_note(
        self, ids: Iterable[ClusterId], note: str, begun: Mapping[int, str] | None = None
    ) -> Action | None:
        """Give units a note (empty: none), as one action; see :meth:`Speaker.note`."""
        if len(note) > MAX_NOTE:
            raise UserError(f"A note has at most {MAX_NOTE:,} characters, not {len(note):,}.")
        return self.act(NOTE, self._speaker.note(self.state, ids, note, begun or {}))

    def keep_stable(self, unit: ClusterId, stretch: Stretch | None) -> Action | None:
        """Say in which stretch a unit is stable (None: in none), its note too, as one action."""
        state, note = self.state, self.state.value(unit, NOTE) or ""
        note = note_of_stable(note, stable_time(state, unit), stretch)
        if len(note) > MAX_NOTE:
            raise UserError(f"A note has at most {MAX_NOTE:,} characters: there is no room in it.")
        written = "" if stretch is None else stretch.written
        changes = self._speaker.changes(state, STABLE, {unit: written})
        if changes:
            changes += self._speaker.changes(state, NOTE, {unit: note})
        return self.act(STABLE, changes)

    def reveal(self, ids: Iterable[ClusterId]) -> Action | None:
        """Say that the person sees the verdicts of units that were hidden; for good."""
        changes = self._speaker.changes(self.state, SEEN, dict.fromkeys(ids, "yes"))
        return self.act(REVEAL, changes)

    def accept(self, labels: Mapping[ClusterId, Label], source: str) -> Action | None:
        """Take over a program's labels, by cluster id, as the person's own and as one action."""
        texts: dict[int, str | None] = {i: label_text(label) for i, label in labels.items()}
        changes = self._speaker.labels(self.state, texts, under=self._under())
        return self.act(ACCEPT, changes, source=named(source))

    def apply(self, changes: Iterable[Change], source: str, person: str) -> Action | None:
        """Take over what somebody else said, in their name, as one action of this person.

        Parameters
        ----------
        changes : iterable of Change
            Units, fields and new values; the old ones are filled in.
        source : str
            Where it comes from (a file's name).
        person : str
            Whose opinion it is.

        Raises
        ------
        UserError
            As :meth:`set_label`, or if a value is none that a curator gives.
        """
        voice = named(person)
        out = self._speaker.of_others(self.state, changes, voice)
        return self.act("import", out, source=named(source), voice=voice)

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
        said = self._speaker.source(self.state, name, labels, probability)
        return self.act(SOURCE, said[0], source=name, extra=said[1]) if said else None

    def remove_source(self, name: str) -> Action | None:
        """Take away imported labels, as one action; None where there are none of this name."""
        if all(source.name != name for source in self.state.sources):
            return None
        return self.act(UNSOURCE, (there(name, True, False),), source=name)

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
        return self.act(kind, changes, target=target)

    def act(
        self,
        kind: str,
        changes: tuple[Change, ...],
        *,
        target: Action | None = None,
        source: str = "",
        voice: str = "",
        extra: Extra = (),
    ) -> Action | None:
        """Write an action, then show it; what the methods above do is one of these."""
        store = self.journals.to_write()
        if not changes and target is None:
            return None
        if kind in (LABEL, ACCEPT):
            extra += under_field(self._under())
        action = self._speaker.action(
            self.state, kind, changes, target=target, source=source, voice=voice, extra=extra
        )
        self._saving.append(store, action)
        self.known.add(action, target)
        if words := self._speaker.clock_words():
            self.told.emit(words)
        return action
