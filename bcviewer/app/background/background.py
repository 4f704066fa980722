"""What is found out of the open run off the GUI thread: bombcell's labels, phy, evidence."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from bcviewer.app.background.arrays import RunArrays, open_arrays
from bcviewer.app.background.comparer import Compared, Comparer
from bcviewer.app.background.evidence import EvidenceService
from bcviewer.app.background.verifier import Verifier
from bcviewer.app.background.wanted import Elsewhere
from bcviewer.app.prefs import Prefs
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.threads.under_way import UnderWay
from bcviewer.app.threads.waiting import wait_until
from bcviewer.app.threads.worker import Closing, Progress
from bcviewer.app.view import Marked
from bcviewer.app.viewing.start import PHY, of
from bcviewer.app.viewing.viewing import Viewing
from bcviewer.core.evidence.ask import Ask
from bcviewer.core.run.cells import CellTypes
from bcviewer.core.run.run import Run
from bcviewer.core.run.scored import ScoredUnits, to_be_scored
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.ids import NO_ROW
from bcviewer.core.sheet.inputs import Oracle
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.oracle.client import Bombcell, Verified

if TYPE_CHECKING:
    from bcviewer.app.background.phy_link import PhyLinking
    from bcviewer.app.background.retester import Retester
    from bcviewer.app.background.scoring import Scoring
    from bcviewer.app.background.unsaved import ShownUnsaved
    from bcviewer.core.run.unsaved_words import Acts

Asks = tuple[Sequence[Ask], Sequence[Ask]]

_ASKED_OF = (
    *("table", "view", "current", "selected", "beside"),
    *("identity", "raw_files", "stretch", "lasso"),
)
"""The parts of the scene that what is asked about the current unit depends on."""


class Background(QObject):
    """Asks about the run that is shown, and takes in answers to what is shown still.

    Attributes
    ----------
    bombcell : Bombcell
        The process that imports bombcell.
    verifier, comparer, evidence : Verifier, Comparer, EvidenceService
        Who finds out what Bombcell says of the labels, what became of the units in phy, and what
        panels ask.
    run_arrays : OpenArrays
        The arrays of the runs that are open.
    asking : callable
        What is on screen of the current unit of a scene, and what will be of the next one.
    """

    def __init__(
        self,
        stage: Stage,
        viewing: Viewing,
        under_way: UnderWay,
        prefs: Prefs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage, self._prefs = stage, prefs
        self._shown, self._start, self._under_way = viewing.shown, viewing.start, under_way
        self.asking: Callable[[Scene], Asks] = _asks_nothing
        self.bombcell = Bombcell()
        weakref.finalize(self, self.bombcell.close)  # also where nobody closes the session
        self.verifier = Verifier(self.bombcell, self)
        self.verifier.answered.connect(self._on_verified)
        self.comparer = Comparer(self)
        self.comparer.compared.connect(self._on_compared)
        self.comparer.settled.connect(under_way.check)
        self.evidence = EvidenceService(self.bombcell, open_arrays, self)
        self.evidence.opened.connect(self._on_arrays)
        self.run_arrays = self.evidence.open_arrays
        self.comparer.failed.connect(self.run_arrays.forget_read)
        self.evidence.changed.connect(self._on_evidence)
        self.evidence.progressed.connect(self._on_progressed)
        self.evidence.settled.connect(under_way.check)
        self._proposing, self._marking = viewing.proposing, viewing.marking
        self._scoring: Scoring | None = None
        self._retester: Retester | None = None
        self.stage.telling.connect(self._on_telling)

    @property
    def busy(self) -> bool:
        """Whether something is under way that is waited for: bombcell's labels are not."""
        retests = self._retester is not None and self._retester.busy
        return self.evidence.busy or self.comparer.busy or retests

    @property
    def retester(self) -> Retester:
        """Who has units tested anew; there is none until another limit is tried."""
        if self._retester is None:
            from bcviewer.app.background.retester import Retester

            self._retester = Retester(self.bombcell, open_arrays, self)
            self._retester.told.connect(self._proposing.take_tested)
            self._retester.settled.connect(self._under_way.check)
        return self._retester

    @cached_property
    def phy_link(self) -> PhyLinking:
        """The live link with phy; there is none until the window is painted and asks for it."""
        from bcviewer.app.background.phy_link import PhyLinking

        return PhyLinking(self.stage, self._marking, self, self._prefs, self)

    @cached_property
    def _unsaved(self) -> ShownUnsaved:
        """What phys have not saved: of use once units were compared, after the first paint."""
        from bcviewer.app.background.unsaved import ShownUnsaved

        asks = self._sheet_of, self.run_arrays.of, partial(self._score, anew=False)
        return ShownUnsaved(self.stage, self._shown, *asks, self)

    def forget_unsaved(self, ks_dir: str) -> None:
        """Know nothing more of what phys have not saved: the recording, or the link, is left."""
        self._unsaved.forget(ks_dir)

    def show_unsaved(
        self, run: Run, words: Mapping[int, str], merged: Mapping[int, tuple[int, ...]]
    ) -> None:
        """Mark what an open phy did to units of a run and has not saved; no row moves."""
        self._unsaved.say(run, words, merged)

    def read_phy_again(self, run: Run, acts: Acts | None = None) -> None:
        """Read identity and groups of a run again: phy has saved. No row moves, no label goes.

        Those ``acts`` of its are marked until then: one that says that it saved had not saved them.
        """
        if (sheet := self._sheet_of(run)) is not None:
            self._unsaved.saved(sheet, acts)
            if self._scoring is not None:
                self._scoring.hold(run)
            self.evidence.open_again(run)
            if (arrays := self.run_arrays.of(run)) is not None:
                arrays.adopt(sheet.ids)
            self.ask()

    @intent
    def open(self, table: Sheet) -> None:
        """Ask about another run; what was asked of the one before is dropped."""
        self.comparer.forget()
        for one in (self._retester, self._scoring):
            if one is not None:
                one.forget()
        self.evidence.open(table.run)
        self._on_evidence()
        self.verifier.forget()
        self.verifier.ask(table.run, table.inputs.criteria)

    def join(self, table: Sheet) -> None:
        """Ask about one more run, after what is asked of those that are open."""
        self.run_arrays.ahead(table.run)
        self.verifier.ask(table.run, table.inputs.criteria)

    def ask(self) -> None:
        """Ask anew what is on screen of the current unit, because other things are."""
        self._want()
        self._on_evidence()

    def point_at_raw(self, ks_dir: str, file: str) -> None:
        """Say which the raw file of a sort is: it is remembered, and what is read of it asked anew.

        Parameters
        ----------
        ks_dir : str
            The sort's Kilosort directory.
        file : str
            The raw file.
        """
        self._prefs.add_raw_file(ks_dir, file)
        self.stage.become(raw_files={**self.stage.scene.raw_files, ks_dir: file})
        if (sheet := self.stage.scene.sheet) is not None and self._scoring is not None:
            self._score(sheet, anew=False)

    @intent
    def show_cells(self, cells: CellTypes) -> bool:
        """Show cell types that were computed; return whether their run is open still.

        They go with their recording: another one of the same folder may have other spikes.
        """
        if (sheet := self._sheet_of(cells.run)) is None:
            name = cells.run.provenance.name
            self.stage.notice.emit(f"Cell types of {name}: it is not open any more, or read again.")
            return False
        self._shown.show(derive(replace(sheet.inputs, cells=cells), sheet))
        return True

    def wait_verified(self, ms: float | None, idle: object) -> bool:
        """Handle events until it is told what Bombcell says of the open run; return whether it is.

        ``idle`` is a signal that comes when everything is closed.
        """
        stage = self.stage

        def there() -> bool:
            return not stage.busy and stage.scene.verification is not None

        wait_until(lambda: there() or stage.closed, stage.changed, ms, idle)
        return stage.scene.verification is not None

    def cancel(self) -> None:
        """Stop what is under way and may take long."""
        self.evidence.cancel()
        self.comparer.cancel()
        if self._scoring is not None:
            self._scoring.release()

    def close(self) -> tuple[Closing, ...]:
        """End the helper process, and return the threads that are to be ended."""
        self.asking = _asks_nothing
        self.bombcell.close()  # ends a request that a thread waits for
        late = self._retester, self._scoring, *map(vars(self).get, ("phy_link", "_unsaved"))
        return self.evidence, self.comparer, self.verifier, *filter(None, late)

    def _sheet_of(self, run: Run) -> Sheet | None:
        """Return the sheet of a run; None: it is not shown any more."""
        book = self.stage.scene.book
        which = None if book is None else book.sheet_with(run)
        return None if book is None or which is None else book.sheets[which]

    def _verify_anew(self) -> None:
        """Ask Bombcell again where its labels are judged by other criteria than it was asked."""
        for run, criteria in self.verifier.asked:
            sheet = self._sheet_of(run)
            if sheet is not None and sheet.inputs.criteria is not criteria:
                # should the old ones come back: no sheet has it
                self.stage.become(verified=self.stage.scene.verified_but(run))
                self.verifier.ask(run, sheet.inputs.criteria)

    def _on_telling(self, before: Scene) -> None:
        """Let what is known of the current unit be told with it."""
        scene = self.stage.scene
        if scene.book is not before.book:
            self._verify_anew()
        if scene.differs(before, "retested") and (scene.retested or self._retester):
            self.retester.follow(scene.retested, self._sheet_of)
        if scene.sheet is None or not scene.differs(before, *_ASKED_OF):
            return
        if scene.sheet.run is not self.evidence.run:  # a unit of another recording
            self.evidence.turn_to(scene.sheet.run)
            self.evidence.arrays.adopt(scene.sheet.ids)
            self._score(scene.sheet, anew=False)
        if self._scoring is not None and scene.differs(before, "current"):
            self._scoring.step(scene.sheet.run, scene.sheet.ids.id_of(scene.sheet_row))
        self.ask()

    def _score(self, sheet: Sheet, *, anew: bool, still: ScoredUnits | None = None) -> None:
        """Have the units that phy made scored, saved ones and those that it merged."""
        run, ks_dir = sheet.run, sheet.run.provenance.ks_dir
        arrays = self.run_arrays.of(run)
        wanted = to_be_scored(run, sheet.phy, self._unsaved.merged(run))
        if arrays is None or arrays.shared is None or not (wanted or self._scoring):
            return
        from bcviewer.app.background.scoring import Scoring, control_of

        if self._scoring is None:
            self._scoring = Scoring(self.bombcell, self)
            self._scoring.told.connect(self._on_scored)
            self.comparer.failed.connect(self._scoring.release)
        asked = run, arrays.shared, wanted, self.stage.scene.raw_files.get(ks_dir, "")
        self._scoring.ask(*asked, control_of(sheet), anew=anew, still=still)

    @intent
    def _on_scored(self, found: ScoredUnits) -> None:
        """Show verdicts on units that phy made: no row moves, and no label changes."""
        sheet = self._sheet_of(found.run)
        if sheet is not None and not found.says_as(sheet.inputs.scored):
            scored = found if found.clusters else None
            self._shown.show(derive(replace(sheet.inputs, scored=scored), sheet))

    def _want(self) -> None:
        """Say what is on screen of the current unit, and what will be of the next one."""
        scene, book = self.stage.scene, self.stage.scene.book
        asks, ahead = self.asking(scene)
        others, elsewhere = [], []
        for row in scene.view.near(scene.current):
            which, at = (0, NO_ROW) if book is None else book.place(row)
            if book is None or which == scene.which:
                others.append(at)
            else:  # its run's own questions, as if it were the current one
                its = self.asking(replace(scene, marked=Marked.one(row), lasso=None))[0]
                elsewhere.append(Elsewhere(book.sheets[which].run, at, tuple(its)))
        self.evidence.want(scene.sheet_row, asks, others, ahead, elsewhere)

    def _on_progressed(self, progress: Progress | None) -> None:
        self._under_way.show(progress or Progress("evidence", 0.0, ""))

    def _on_evidence(self) -> None:
        self.stage.become(evidence=self.evidence.evidence)

    @intent
    def _on_verified(self, found: Verified) -> None:
        sheet, codes = self._sheet_of(found.run), found.verification.codes
        if sheet is None or found.criteria is not sheet.inputs.criteria:
            return  # it says nothing of what is shown now
        self.stage.become(verified=(*self.stage.scene.verified_but(found.run), found))
        # with what the rules say, not with what may be shown of it
        if codes is not None and (codes != sheet.parts.scored.label).any():
            oracle = Oracle(found.run, found.criteria, codes)
            other = derive(replace(sheet.inputs, oracle=oracle), sheet)
            changed = np.flatnonzero(other.bombcell_labels != sheet.bombcell_labels)
            self._shown.show(other, changed=changed)

    def _on_arrays(self, arrays: RunArrays) -> None:
        sheet = None if arrays.run is None else self._sheet_of(arrays.run)
        if sheet is not None:
            self.comparer.ask(sheet, arrays.shared, arrays.problem)

    @intent
    def _on_compared(self, found: Compared) -> None:
        """Show what became of the units in phy; those that it made are further rows."""
        sheet = self._sheet_of(found.phy.run)
        if sheet is None or self.run_arrays.is_coming(found.phy.run):
            return  # another run; or phy has saved since, and that is compared before long
        # what it says of the units holds for whatever labels and criteria are shown by now
        phy = self._unsaved.shown_on(found.phy, sheet.phy)
        scored = found.still_scored(sheet.inputs.scored)
        compared = derive(replace(sheet.inputs, phy=phy, scored=scored), found.sheet)
        if (arrays := self.run_arrays.of(compared.run)) is not None:
            arrays.adopt(compared.ids)
        changed, what = phy.changed_since(sheet.phy, read=True), of(PHY, compared.run)
        self._shown.show(compared, changed=changed, opening=self._start.reads(what))
        self._score(compared, anew=True, still=scored)
        self._start.has_read(what)


def _asks_nothing(_: Scene) -> Asks:
    return (), ()
