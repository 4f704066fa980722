"""What a curator does: labels, notes, what others said, undo; each one action of the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from bcviewer.app.curating.curation import Curation
from bcviewer.app.curating.kept_notes import KeptNotes
from bcviewer.app.curating.last_unit import LastUnit
from bcviewer.app.curating.saying import NOT_OPEN, Saying
from bcviewer.app.curating.stable_times import StableTimes
from bcviewer.app.no_unit import NOTHING_SHOWN
from bcviewer.app.prefs import Prefs
from bcviewer.app.save_state import Done
from bcviewer.app.stage import Stage, intent
from bcviewer.app.viewing.marking import Marking
from bcviewer.app.viewing.review import next_to_label
from bcviewer.core.arrays import Bools, Ints
from bcviewer.core.curation.entries import LABEL, NOTE, Action, Change
from bcviewer.core.curation.history import overwritten, units_of, words_of
from bcviewer.core.curation.manual import MANUAL_LABELS
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.counts import count_of, units_named, verb_of
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.ids import NO_ROWS, ClusterId, GlobalRow

if TYPE_CHECKING:
    from bcviewer.core.curation.imported import ImportedLabels


class Labelling(QObject):
    """Says what the curator wants of the highlighted or the shown units, and tells what was done.

    Where something cannot be saved, nothing changes and the stage's ``failed`` tells.

    Attributes
    ----------
    kept : KeptNotes
        Notes that could not be saved when their recording was left.
    stable_times : StableTimes
        The times in which units are stable.
    """

    def __init__(
        self,
        stage: Stage,
        saying: Saying,
        marking: Marking,
        prefs: Prefs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._saying = saying
        self._marking = marking
        self._prefs = prefs
        self.kept, self._last = KeptNotes(), LastUnit()
        self.stable_times = StableTimes(stage, saying, self._tell, self)
        marking.touched.connect(self._last.forget)
        saying.curation.opened.connect(self._save_kept)

    @intent
    def set_label(self, label: Label | None) -> None:
        """Label the highlighted units as one action (None: clear it), and go on to the next."""
        rows = self.rows_to_label()
        if not len(rows):
            return
        scene = self.stage.scene
        if label is None and self._is_unlabelled(rows):
            return
        hidden, why = self._hidden(rows), self._last.why_not(scene, label)
        if hidden.any() and not hidden.all():
            why = "Some of these verdicts are hidden, others are not: label them apart."
        if why:
            self._notice(why)
            return
        blind = scene.review.sample if scene.review is not None and hidden.any() else None
        after, left_out = next_to_label(scene), self._left_out(scene.selected)
        ids = self._ids(rows)
        said, action = self._saying.say(lambda: self._curation.set_label(ids, label, blind))
        if not said:
            return
        what = "label cleared" if label is None else LABEL_NAMES[label]
        self._tell_done(what, rows, action, left_out)
        if not self._prefs.advance():
            return
        if after < 0:
            self._notice(self._last.reached(scene, self.stage.scene))
        elif self.stage.scene.view.place[after] >= 0:
            self._marking.set_current(after)

    def _hidden(self, rows: Ints) -> Bools:
        """Return of which of some rows a blind review hides the verdict."""
        book = self.stage.scene.book
        return np.isin(rows, NO_ROWS if book is None else book.hidden_rows())

    def _is_unlabelled(self, rows: Ints) -> bool:
        """Whether there is no label to clear; that is said, and is not an act."""
        table = self.stage.scene.table
        if table is None or (table.manual.labels[rows] != NO_LABEL).any():
            return False
        words = f"{units_named(self._ids(rows))} {verb_of(len(rows), 'has', 'have')} no label."
        self._notice(words[:1].upper() + words[1:])
        return True

    def rows_to_label(self) -> Ints:
        """Return the highlighted rows that something can be said of; say why, where none can."""
        rows, why = self.whom_to_label()
        if why:
            self._notice(why)
        return rows

    def whom_to_label(self) -> tuple[Ints, str]:
        """Return the highlighted rows that something can be said of, and why there are none."""
        scene = self.stage.scene
        if scene.table is None:
            return NO_ROWS, ""
        if not len(scene.selected):
            return NO_ROWS, NOTHING_SHOWN
        ids, own = scene.table.ids, self._saying.own(scene.selected)
        named = own[ids.sayable[own]]
        if len(named):
            return named, ""
        why = ids.why_unsaid(own)
        return named, f"{why[:1].upper()}{why[1:]}." if why else NOT_OPEN

    def notes_of(self, ids: Iterable[int]) -> dict[int, str]:
        """Return the notes of some units as they are known now, by cluster id."""
        state = self._curation.state
        return {i: state.value(i, NOTE) or "" for i in ids}

    @intent
    def set_note(self, text: str, rows: Ints | None = None, run: Run | None = None) -> bool:
        """Give units a note, as one action; empty: none.

        Parameters
        ----------
        text : str
            The note.
        rows : numpy.ndarray, optional
            Whose it is; the highlighted units where not given.
        run : Run, optional
            Whose rows they are: where it is open no more, nothing is written.

        Returns
        -------
        bool
            Whether it is saved.
        """
        if self._saying.refuses(run, rows):
            return False
        whose = self.rows_to_label() if rows is None else self._saying.own(rows)
        if not len(whose):
            if rows is not None and len(rows):
                self._notice(NOT_OPEN)
            return False
        said, action = self._saying.say_note(self._ids(whose), text)
        if action is not None:
            left_out = self._left_out(self.stage.scene.selected if rows is None else rows)
            self._tell_done("note" if text else "note removed", whose, action, left_out)
        return said

    def keep_note(self, text: str, rows: Ints, run: Run) -> None:
        """Keep a note that could not be saved before its recording is left; it is saved later."""
        book = self.stage.scene.book
        at = None if book is None else book.sheet_with(run)
        if book is not None and at is not None:
            ids, own = book.sheets[at].ids, book.rows_in(at, rows)  # with phy's units
        else:
            ids, own = run.ids, rows[rows < len(run.ids)]
        self.kept.keep(run, tuple(ids.ids_of(own).tolist()), text)

    def tell_kept(self) -> None:
        """Say which notes are still to be saved."""
        if words := self.kept.words():
            self._notice(words)

    @intent
    def _save_kept(self) -> None:
        """Save the notes that were kept for the recording whose journals were read just now."""
        table, run = self.stage.scene.table, self._curation.run
        if table is None or run is None or not self._curation.is_open:
            return
        for kept in self.kept.take(run):
            ids = kept.cluster_ids
            said, action = self._saying.say_note(ids, kept.text)
            if not said:
                self.kept.keep(run, ids, kept.text)
            elif action is not None:
                self._tell_done("note", self._saying.own(table.ids.rows_of_any(ids)), action)

    @intent
    def accept_bombcell(self, rows: Ints | None = None, run: Run | None = None) -> None:
        """Take over Bombcell's label for the shown units, or some of a run, as one action."""
        table, shown = self.stage.scene.table, self.stage.scene.view.rows
        if table is None or self._saying.refuses(run):
            return
        shown = shown if rows is None else rows
        codes, given = table.bombcell_labels[shown], [int(x) for x in MANUAL_LABELS]
        rows = self._saying.own(shown[np.isin(codes, given) & table.ids.sayable[shown]])
        labels = {
            i: Label(code)
            for i, code in zip(self._ids(rows), table.bombcell_labels[rows].tolist(), strict=True)
        }
        said, action = self._saying.say(lambda: self._curation.accept(labels, "Bombcell's label"))
        if not said:
            return
        n = 0 if action is None else len(action.changes)
        if action is not None:
            changed = self._saying.own(
                table.ids.rows_of_any([c.cluster_id for c in action.changes])
            )
            self._tell_done("Bombcell's label", changed, action)
        self._notice(f"Bombcell's label accepted for {n:,} of {count_of(len(shown), 'unit')}.")

    @intent
    def take_over(
        self, changes: Sequence[Change], source: str, person: str, run: Run | None = None
    ) -> None:
        """Take over labels and notes that somebody else gave, in their name and as one action.

        ``run`` is whose units they are of: where it is open no more, nothing is written.
        """
        if self._saying.refuses(run):
            return
        said, action = self._saying.say(lambda: self._curation.apply(changes, source, person))
        if said:
            n = 0 if action is None else len({c.cluster_id for c in action.changes})
            self._notice(f"Labels or notes of {count_of(n, 'unit')} taken over from {source}.")

    @intent
    def add_source(self, imported: ImportedLabels, name: str, run: Run | None = None) -> bool:
        """Keep labels of others beside the manual ones, under a name; return whether it is done.

        ``run`` is whose units they are of: where it is open no more, nothing is written.
        """
        if self._saying.refuses(run):
            return False
        labels, chances = imported.labels, imported.probability
        said, action = self._saying.say(lambda: self._curation.add_source(name, labels, chances))
        n = count_of(len(labels), "label")
        if said and action is not None:
            self._notice(f"{n} kept as the label source “{action.source}”.")
        elif said:
            self._notice(f"“{name}” is there already, just so.")
        return said

    @intent
    def remove_source(self, name: str, run: Run | None = None) -> None:
        """Take away labels of others, of the units of a run; one undo brings them back."""
        if self._saying.refuses(run):
            return
        said, action = self._saying.say(lambda: self._curation.remove_source(name))
        if said and action is not None:
            self._notice(f"Label source “{name}” removed. Undo brings it back.")

    # -- undo --------------------------------------------------------------------------------

    @intent
    def undo(self) -> None:
        """Take back one's own last action, and go to its unit."""
        self._step_back(self._curation.undo, "undo")

    @intent
    def undo_done(self, done: Done) -> None:
        """Take back what was just done, and nothing else."""
        last = self._curation.state.undoable(self._curation.person)
        if last is None or last.id != done.action_id:
            self._notice("Something else was said since; Undo names what it takes back.")
        else:
            self.undo()

    @intent
    def redo(self) -> None:
        """Bring back what was taken back last, and go to its unit."""
        self._step_back(self._curation.redo, "redo")

    def _step_back(self, work: Callable[[], Action | None], verb: str) -> None:
        self._last.forget()
        said, mark = self._saying.say(work)
        table = self.stage.scene.table
        if mark is None or table is None:
            if said:
                self._notice(f"Nothing to {verb}.")
            return
        state = self._curation.state
        words = words_of(state, mark)
        if not mark.changes:
            words += "; nothing else is shown now, because other labels or notes came after it"
        units = units_of(state, mark)
        if self._saying.hides(units_of(state, mark, LABEL)):
            words = f"{verb} of what the blind review hides"
        words = words[:1].upper() + words[1:]
        self._notice(f"{words}.")
        rows = self._saying.own(table.ids.rows_of_any(units))
        if units and not len(rows):
            run = self._curation.run
            name = "the recording" if run is None else run.provenance.name
            self._notice(f"{words}. Not in {name} as it is shown.")
        shown = self.stage.scene.view.in_order(rows)
        if len(shown) and self.stage.scene.current not in shown:
            self._marking.set_current(GlobalRow(int(shown[0])))
        elif len(rows) and not len(shown):
            self._notice(f"{words}. The filter hides it.")
            self._marking.aim(GlobalRow(int(rows[0])))

    @property
    def _curation(self) -> Curation:
        return self._saying.curation

    def _ids(self, rows: Ints) -> list[ClusterId]:
        table = self.stage.scene.table
        return [] if table is None else list(map(ClusterId, table.ids.ids_of(rows).tolist()))

    def _left_out(self, rows: Ints) -> str:
        """Say how many of some rows nothing can be said about, and why."""
        table, own = self.stage.scene.table, self._saying.own(rows)
        if len(own) < len(rows):
            return f" ({len(rows) - len(own):,} of other recordings left out)"
        why = "" if table is None else table.ids.why_unsaid(rows)
        if table is None or not why:
            return ""
        left = rows[~table.ids.sayable[rows]]
        if not table.ids.has_id[left].any():
            return f" ({len(left):,} without an id left out)"
        return f" ({len(left):,} left out: {why.split(':')[0]})"

    def _notice(self, words: str) -> None:
        self.stage.notice.emit(words)

    def _tell_done(self, what: str, rows: Ints, action: Action | None, left_out: str = "") -> None:
        """Tell what was done and to whom."""
        ids = sorted(set(self._ids(rows)))
        whom = f"unit {ids[0]}" if len(ids) == 1 else count_of(len(ids), "unit")
        words = f"{what} → {whom}" if action is not None else f"{whom}: {what} already"
        same = 0 if action is None else len(ids) - len({c.cluster_id for c in action.changes})
        words += f" ({same:,} had it already)" if same > 0 else ""
        words += "" if action is None else overwritten(action)
        self._tell(words + left_out, action)

    def _tell(self, words: str, action: Action | None) -> None:
        changes = () if action is None else action.changes
        labelled = tuple(c.cluster_id for c in changes if c.field == LABEL)
        whose, action_id = self._curation.run, "" if action is None else action.id
        self.stage.become(done=Done(words, action_id, labelled, whose))
