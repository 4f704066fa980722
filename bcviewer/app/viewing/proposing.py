"""What is tried instead of the saved thresholds and flags: the proposal, and its own undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.viewing.filtering import Filtering
from bcviewer.app.viewing.rows import Rows
from bcviewer.app.viewing.shown import Shown
from bcviewer.core.comparison.proposal import NO_PROPOSAL, Proposal
from bcviewer.core.sheet.ids import NO_ROWS

if TYPE_CHECKING:
    from bcviewer.core.comparison.kept_proposal import TriedRecord
    from bcviewer.core.comparison.retested import Retested

GoneAlong = tuple[Proposal, bool]
"""What was tried, and whether it went along to all probes."""
FLIPS = "flips"
"""The chip of the units whose label the proposal changes."""
_MANY = 20_000
"""More rows than that are put in order, as far as that is offered, when a move ends only."""
NOTHING_TO_UNDO = "Nothing was tried that could be taken back."
NOTHING_TO_REDO = "Nothing that was tried was taken back."


class Proposing(QObject):
    """Tries other thresholds and flags on all that is open; what is saved stays as it is.

    What is taken back here is a proposal's change: labels have an undo of their own.

    Attributes
    ----------
    record : TriedRecord or None
        What was tried of the open recording; None: nothing, as far as is known.
    tried : Signal()
        Something else was tried by hand.
    """

    tried = Signal()

    def __init__(
        self,
        stage: Stage,
        shown: Shown,
        filtering: Filtering,
        rows: Rows,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._shown, self._filtering, self._rows = shown, filtering, rows
        self._before: list[GoneAlong] = []
        self._after: list[GoneAlong] = []
        self._moved = ""
        """The parameter that is being moved: all of one drag is one change."""
        self._asked = NO_PROPOSAL
        """What was asked for last, also where some of it changes nothing here."""
        self.record: TriedRecord | None = None
        stage.changed.connect(self._on_changed)

    @intent
    def propose(self, name: str, value: float | bool, *, goes_on: bool = False) -> None:
        """Judge by another value of a parameter.

        Parameters
        ----------
        name, value : str, float or bool
            The parameter and what it is to be.
        goes_on : bool
            Whether the change goes on with the one before (a drag), and is undone with it.

        Raises
        ------
        UsageError
            For a name that is no threshold or flag, or a value that it cannot have.
        """
        self._change(self._whole().with_change(name, value), name if goes_on else "")

    @intent
    def reset(self, name: str = "") -> None:
        """Judge by a parameter as it was saved again, or by all of them."""
        self._change(self._whole().with_change(name, None) if name else NO_PROPOSAL)

    @intent
    def take(self, proposal: Proposal, *, for_all: bool | None = None) -> None:
        """Judge by a proposal that was kept, as one change; see :meth:`propose`.

        Parameters
        ----------
        proposal : Proposal
            The proposal.
        for_all : bool or None
            Whether it goes along to the other probes of what was opened; None: as what was tried.
        """
        self._change(proposal)
        if for_all is not None:
            self._go_along(for_all)

    @intent
    def bring(self, proposal: Proposal, record: TriedRecord) -> bool:
        """Go on with what was tried when the recording was left; return whether that is so.

        What a hand tried meanwhile stays.
        """
        begun, self.record = self.record, record
        if begun is not None:
            self.record = record.and_then(begun)
            return False
        self._asked = proposal
        proposal = self._changing(proposal)
        if proposal.changes:
            self._show(proposal)
        return bool(proposal.changes)

    @intent
    def set_for_all(self, on: bool) -> None:
        """Let what is tried go along to the other probes of what was opened, or no more.

        It is a switch and no step: what was taken back, or will be, goes along likewise.
        """
        self._go_along(on)
        for steps in (self._before, self._after):
            steps[:] = [(tried, on and bool(tried.changes)) for tried, _ in steps]

    def _go_along(self, on: bool) -> None:
        """Let it go along, if anything is tried."""
        self.stage.become(for_all=on and bool(self.stage.scene.proposal.changes))

    @intent
    def undo(self) -> None:
        """Take back the last change."""
        self._go(self._before, self._after, NOTHING_TO_UNDO)

    @intent
    def redo(self) -> None:
        """Bring back the change that was taken back last."""
        self._go(self._after, self._before, NOTHING_TO_REDO)

    def _go(self, source: list[GoneAlong], other: list[GoneAlong], none: str) -> None:
        if not source:
            self.stage.notice.emit(none)
            return
        other.append(self._step())
        self._moved = ""
        self._asked, for_all = source.pop()
        self._try(self._changing(self._asked))
        self._go_along(for_all)

    def _step(self) -> GoneAlong:
        """Return what is tried now, and whether it goes along."""
        return self._whole(), self.stage.scene.for_all

    def _whole(self) -> Proposal:
        """Return what is tried; of all probes also what changes nothing of this one."""
        scene = self.stage.scene
        return self._asked if scene.for_all else scene.proposal

    def _change(self, proposal: Proposal, moved: str = "") -> None:
        now = self.stage.scene.proposal
        if self.stage.scene.book is None:
            return
        step = self._step()
        self._asked, proposal = proposal, self._changing(proposal)
        if proposal == now:
            if not moved:
                self._settle()
            return
        goes_on = bool(moved) and moved == self._moved
        if not goes_on:
            self._before.append(step)
        self._after.clear()
        self._moved = moved
        self._try(proposal, goes_on)

    def _changing(self, proposal: Proposal) -> Proposal:
        """Return those of some changes that change anything of what is open."""
        book = self.stage.scene.book
        sheets = () if book is None else book.sheets
        own = [proposal.against(sheet.inputs.criteria) for sheet in sheets]
        changed = {name for one in own for name, _ in one.changes}
        return Proposal(tuple(c for c in proposal.changes if c[0] in changed))

    def extend(self) -> None:
        """Try the same of a probe that joined those that are open: it may change more there."""
        proposal = self._changing(self._asked)
        if proposal.changes:
            self._show(proposal)

    def _settle(self) -> None:
        """End a change that went on: what is moved next is another one."""
        if self._moved:
            self._moved = ""
            self._rows.arrive(NO_ROWS, self._rows.anew())

    def _try(self, proposal: Proposal, goes_on: bool = False) -> None:
        """Show what it makes of all units by the person's hand, and keep that in mind."""
        from bcviewer.core.comparison.kept_proposal import NO_RECORD, trial_of  # not at the start

        book = self.stage.scene.book
        if self.record is None and book is not None:
            self.record = NO_RECORD.with_trial(trial_of(book, NO_PROPOSAL))
        self._show(proposal)
        book = self.stage.scene.book
        if self.record is not None and book is not None:
            self.record = self.record.with_trial(trial_of(book, proposal), goes_on=goes_on)
        if not proposal.changes:
            self.stage.become(for_all=False)
        self.tried.emit()

    def _show(self, proposal: Proposal) -> None:
        """Show what it makes of all units; rows stay where they are, and an order is offered."""
        self.stage.become(proposal=proposal, retested=self._to_retest(proposal))
        self._shown.judge(proposal)
        if not proposal.changes and FLIPS in self._filtering.state.chips:
            self._filtering.toggle_chip(FLIPS)  # nothing flips any more
        elif not self._moved or self.stage.scene.view.n_shown <= _MANY:
            self._rows.arrive(NO_ROWS, self._rows.anew())

    def _to_retest(self, proposal: Proposal) -> tuple[Retested, ...]:
        """Return what is known of the refractory test at the limit that is tried by now."""
        scene = self.stage.scene
        if scene.book is None or not proposal.changes:
            return ()
        from bcviewer.core.comparison.retested import retested_of, to_retest  # not at the start

        wanted = (to_retest(sheet.inputs, proposal) for sheet in scene.book.sheets)
        return tuple(
            retested_of(scene.retested, one.run, one.limit) or one
            for one in wanted
            if one is not None
        )

    @intent
    def take_tested(self, found: Retested) -> None:
        """Judge by what was tested anew, as far as that is what is tried still."""
        known = self.stage.scene.retested
        if not any(one.run is found.run and one.limit == found.limit for one in known):
            return
        self.stage.become(retested=tuple(found if o.run is found.run else o for o in known))
        self._shown.judge(self.stage.scene.proposal)
        self._rows.arrive(NO_ROWS, self._rows.anew())

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        """Forget what could be taken back: a proposal ends with its recording, or goes along."""
        if scene.goes_on(before):
            return
        self._before.clear()
        self._after.clear()
        self._moved, self.record, asked = "", None, self._asked
        self._asked = NO_PROPOSAL
        if before.for_all and _same_request(before, scene):
            self._carry(asked)

    @intent
    def _carry(self, asked: Proposal) -> None:
        """Try the same of another probe."""
        self._change(asked)
        self.stage.become(for_all=True)


def _same_request(before: Scene, scene: Scene) -> bool:
    a, b = before.catalogue, scene.catalogue
    return a is not None and b is not None and a.request.key == b.request.key
