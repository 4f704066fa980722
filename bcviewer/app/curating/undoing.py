"""Undo and redo: what the curator said last, of whichever open recording."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QObject

from bcviewer.app.curating.curation import Curation
from bcviewer.app.curating.last_unit import LastUnit
from bcviewer.app.curating.saying import Saying, Spoken
from bcviewer.app.curating.telling import Telling
from bcviewer.app.prefs import Prefs
from bcviewer.app.save_state import Done
from bcviewer.app.stage import Stage, intent
from bcviewer.app.viewing.marking import Marking
from bcviewer.core.curation.across import Reached, last_done, last_undone
from bcviewer.core.curation.entries import LABEL, Action
from bcviewer.core.curation.history import units_of, words_of
from bcviewer.core.curation.state import CurationState
from bcviewer.core.sheet.ids import NO_ROWS, GlobalRow

OF_PHY = (
    "Merges in phy are undone there (Ctrl+Z in phy). Once more takes back what you said last here."
)
OF_MERGES = (
    "What is said of proposed merges is taken back with U. Once more takes back what you said last"
    " of units."
)
Reach = Callable[[list[CurationState], str], Reached]


class Undoing(QObject):
    """Takes back one's own last act, and brings it back; goes to its unit."""

    def __init__(
        self,
        stage: Stage,
        saying: Saying,
        telling: Telling,
        marking: Marking,
        last: LastUnit,
        prefs: Prefs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._saying, self._telling, self._marking = saying, telling, marking
        self._last, self._prefs = last, prefs
        self._elsewhere: tuple[list[str], str] | None = None
        """What had been said last when something was done that is undone elsewhere, and where."""

    def awaits_phy(self) -> Callable[[], None]:
        """Return what notes that phy did what it is asked for now: the last act is its to undo.

        The next undo says so, and undoes nothing, unless something was said here since it was
        asked for.
        """
        said = self._last_said()

        def note() -> None:
            self._elsewhere = said, OF_PHY

        return note

    def follow_merges(self, said: bool) -> None:
        """Note whether the last act was to say something of a proposed merge, likewise."""
        self._elsewhere = (self._last_said(), OF_MERGES) if said else None

    def _last_said(self) -> list[str]:
        return [action.id for _, action in self._reach(last_done)]

    @intent
    def undo(self) -> None:
        """Take back one's own last act, and go to its unit.

        Where the last act was one that is undone elsewhere, a merge in phy, that is told first.
        """
        elsewhere, self._elsewhere = self._elsewhere, None
        if elsewhere is not None and elsewhere[0] == self._last_said():
            self.stage.notice.emit(elsewhere[1])
            return
        self._step("undo", last_done, Curation.undo)

    @intent
    def redo(self) -> None:
        """Bring back what was taken back last, and go to its unit."""
        self._step("redo", last_undone, Curation.redo)

    @intent
    def undo_done(self, done: Done) -> None:
        """Take back what was just done, and nothing else."""
        if all(action.id != done.action_id for _, action in self._reach(last_done)):
            self.stage.notice.emit("Something else was said since; Undo names what it takes back.")
        else:
            self._elsewhere = None
            self.undo()

    def _reach(self, reach: Reach) -> Reached:
        hearings = self._saying.hearings
        return reach([one.curation.state for one in hearings.all], hearings.speaker.person)

    def _step(self, verb: str, reach: Reach, step: Callable[[Curation], Action | None]) -> None:
        self._last.forget()
        every = self._saying.hearings.all
        # of one recording whose journals are not read it is said that they are not
        whose = [every[i] for i, _ in self._reach(reach)] or [self._saying.hearings.now]
        parts = [(one, partial(step, one.curation)) for one in whose]
        said, spoken = self._saying.say_each(parts)
        if not spoken:
            if said:
                self.stage.notice.emit(f"Nothing to {verb}.")
            return
        self._go(verb, spoken)

    def _go(self, verb: str, spoken: list[Spoken]) -> None:
        """Say what was taken or brought back, and go to it."""
        self._marking.chosen.emit()  # also where the unit is current already: a hand was here
        self._telling.untell({mark.target for _, mark in spoken})
        words = self._words(verb, spoken) + self._of_phy(spoken)
        self.stage.notice.emit(f"{words}.")
        found, n = [NO_ROWS], 0
        for hearing, mark in spoken:
            state = hearing.curation.state
            units = () if _is_elsewhere(state, mark) else units_of(state, mark)
            n += len(units)
            found.append(hearing.rows_of(units))
        rows = np.concatenate(found)
        if n and not len(rows):
            run = spoken[0].hearing.run
            name = "the recording" if run is None else run.provenance.name
            self.stage.notice.emit(f"{words}. Not in {name} as it is shown.")
        shown = self.stage.scene.view.in_order(rows)
        if len(shown) and self.stage.scene.current not in shown:
            self._marking.set_current(GlobalRow(int(shown[0])))
        elif len(rows) and not len(shown):
            self.stage.notice.emit(f"{words}. The filter hides it.")
            self._marking.aim(GlobalRow(int(rows[0])))

    def _of_phy(self, spoken: list[Spoken]) -> str:
        """Say that a phy that is given each label is not given this: its own history has that.

        How it is undone there is not: phy's next undo may be another act's.
        """
        here = self.stage.scene
        given = self._prefs.phy_switch("label") and here.phy_link.state == "connected"
        if not given or not any(
            one.run is here.run and units_of(one.curation.state, mark, LABEL)
            for one, mark in spoken
        ):
            return ""
        return ". In phy it stays as it is"

    def _words(self, verb: str, spoken: list[Spoken]) -> str:
        """Return what was taken or brought back, of each recording."""
        book, each = self.stage.scene.book, []
        for hearing, mark in spoken:
            state = hearing.curation.state
            words = words_of(state, mark)
            if not mark.changes and not _is_elsewhere(state, mark):
                words += "; nothing else is shown now, because other labels or notes came after it"
            if hearing.hides(units_of(state, mark, LABEL)):
                words = f"{verb} of what the blind review hides"
            which = hearing.which
            if book is not None and which is not None and len(book) > 1:
                words = f"{words} ({book.probes[which]})"
            each.append(words)
        text = "; ".join(each)
        return text[:1].upper() + text[1:]


def _is_elsewhere(state: CurationState, mark: Action) -> bool:
    """Whether what was taken or brought back is of other spikes: no unit here shows it."""
    from bcviewer.core.curation.whose_spikes import about_others  # hardly ever needed

    return not mark.changes and about_others(state, mark) != ""
