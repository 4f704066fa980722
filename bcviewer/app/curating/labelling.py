"""What a curator does: labels, notes, what others said, undo; each one action of the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from bcviewer.app.curating.curation import Curation
from bcviewer.app.curating.hearing import Hearing
from bcviewer.app.curating.last_unit import LastUnit
from bcviewer.app.curating.notes import Begun, Notes, Unit
from bcviewer.app.curating.saying import NOT_OPEN, Saying
from bcviewer.app.curating.telling import Telling
from bcviewer.app.no_unit import NOTHING_SHOWN
from bcviewer.app.prefs import Prefs
from bcviewer.app.stage import Stage, intent
from bcviewer.app.viewing.marking import Marking
from bcviewer.app.viewing.review import next_to_label
from bcviewer.core.arrays import Bools, Ints
from bcviewer.core.curation.entries import Action, Change
from bcviewer.core.curation.manual import MANUAL_LABELS
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.counts import count_of, verb_of
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.ids import NO_ROWS
from bcviewer.core.sheet.table import units_called

if TYPE_CHECKING:
    from bcviewer.app.curating.regions import Regions
    from bcviewer.app.curating.stable_times import StableTimes
    from bcviewer.app.curating.undoing import Undoing
    from bcviewer.app.save_state import Done
    from bcviewer.core.curation.imported import ImportedLabels


class Labelling(QObject):
    """Says what the curator wants of the highlighted or the shown units, and tells what was done.

    Where something cannot be saved, nothing changes and the stage's ``failed`` tells.

    Attributes
    ----------
    notes : Notes
        The notes of units.
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
        self._last, self._telling = LastUnit(), Telling(stage, saying, self)
        self.notes = Notes(stage, saying, self._telling, self)
        marking.touched.connect(self._last.forget)

    @cached_property
    def undoing(self) -> Undoing:
        """What was said last is taken back, or brought back; nothing of it at the start."""
        from bcviewer.app.curating.undoing import Undoing

        parts = self._saying, self._telling, self._marking, self._last, self._prefs
        return Undoing(self.stage, *parts, self)

    @cached_property
    def stable_times(self) -> StableTimes:
        """The times in which units are stable; nothing of it is needed at the start."""
        from bcviewer.app.curating.stable_times import StableTimes

        return StableTimes(self.stage, self._saying, self._telling, self)

    @cached_property
    def regions(self) -> Regions:
        """The regions of interest of the probes; nothing of it is needed at the start."""
        from bcviewer.app.curating.regions import Regions

        return Regions(self.stage, self._saying, self)

    def undo_done(self, done: Done) -> None:
        """Take back what was just done, and nothing else."""
        self.undoing.undo_done(done)

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
        after, left_out = next_to_label(scene), self._telling.left_out(scene.selected)
        said, spoken = self._saying.say_of(
            rows, lambda curation, ids: curation.set_label(ids, label, blind)
        )
        if not said:
            return
        what = "label cleared" if label is None else LABEL_NAMES[label]
        self._telling.done(what, rows, spoken, left_out)
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
        words = f"{units_called(table, rows)} {verb_of(len(rows), 'has', 'have')} no label."
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

    def set_note(
        self,
        text: str,
        rows: Ints | None = None,
        run: Run | None = None,
        begun: Mapping[Unit, Begun] | None = None,
    ) -> bool:
        """Give units, or the highlighted ones, a note; see :meth:`Notes.set`."""
        if rows is not None:
            return self.notes.set(text, rows, run, begun=begun)
        whose = self.rows_to_label()
        return len(whose) > 0 and self.notes.set(text, whose, run, self.stage.scene.selected)

    @intent
    def accept_bombcell(self, rows: Ints | None = None, run: Run | None = None) -> None:
        """Take over Bombcell's label for the shown units, or some rows, as one action.

        ``run`` is whose units are among them: where it is open no more, nothing is written.
        """
        table, shown = self.stage.scene.table, self.stage.scene.view.rows
        if table is None or (run is not None and self._saying.hearing_of(run) is None):
            return
        shown = shown if rows is None else rows
        codes, given = table.bombcell_labels, [int(x) for x in MANUAL_LABELS]
        rows = self._saying.own(shown[np.isin(codes[shown], given) & table.ids.sayable[shown]])

        def accept(hearing: Hearing, own: Ints) -> Action | None:
            pairs = zip(hearing.ids_of(own), codes[own].tolist(), strict=True)
            labels = {i: Label(code) for i, code in pairs}
            return hearing.curation.accept(labels, "Bombcell's label")

        parts = self._saying.hearings.apart(rows)
        said, spoken = self._saying.say_each(
            [(hearing, partial(accept, hearing, own)) for hearing, own in parts]
        )
        if not said:
            return
        n = sum(len(action.changes) for _, action in spoken)
        if spoken:
            changed = [one.rows_of([c.cluster_id for c in each.changes]) for one, each in spoken]
            self._telling.done("Bombcell's label", np.concatenate(changed), spoken)
        self._notice(f"Bombcell's label accepted for {n:,} of {count_of(len(shown), 'unit')}.")

    @intent
    def take_over(
        self, parts: Sequence[tuple[Run | None, Sequence[Change]]], source: str, person: str
    ) -> None:
        """Take over labels and notes that somebody else gave, in their name and as one action.

        Each of the units of a run: where one is open no more, nothing is written.
        """

        def taking(changes: Sequence[Change]) -> Callable[[Curation], Action | None]:
            return lambda curation: curation.apply(changes, source, person)

        said, actions = self._say_of_each([(run, taking(changes)) for run, changes in parts])
        if said:
            n = sum(len({c.cluster_id for c in action.changes}) for action in actions)
            self._notice(f"Labels or notes of {count_of(n, 'unit')} taken over from {source}.")

    @intent
    def add_source(self, parts: Sequence[tuple[Run | None, ImportedLabels]], name: str) -> bool:
        """Keep labels of others beside the manual ones, under a name; return whether it is done.

        Each of the units of a run: where one is open no more, nothing is written.
        """

        def keeping(one: ImportedLabels) -> Callable[[Curation], Action | None]:
            return lambda curation: curation.add_source(name, one.labels, one.probability)

        said, actions = self._say_of_each([(run, keeping(one)) for run, one in parts])
        n = count_of(sum(len(one.labels) for _, one in parts), "label")
        if said and actions:
            self._notice(f"{n} kept as the label source “{actions[0].source}”.")
        elif said:
            self._notice(f"“{name}” is there already, just so.")
        return said

    @intent
    def remove_source(self, name: str, run: Run | None = None) -> None:
        """Take away labels of others, of the units of a run; one undo brings them back."""
        said, actions = self._say_of_each([(run, lambda c: c.remove_source(name))])
        if said and actions:
            self._notice(f"Label source “{name}” removed. Undo brings it back.")

    def _say_of_each(
        self, parts: Sequence[tuple[Run | None, Callable[[Curation], Action | None]]]
    ) -> tuple[bool, list[Action]]:
        """Say something of recordings that somebody asked about before; see ``Saying.say_each``."""
        to_say = []
        for run, work in parts:
            hearing = self._saying.hearing_of(run)
            if hearing is None:
                return False, []
            to_say.append((hearing, partial(work, hearing.curation)))
        said, spoken = self._saying.say_each(to_say)
        return said, [one.action for one in spoken]

    def _notice(self, words: str) -> None:
        self.stage.notice.emit(words)
