"""What is tried instead of the saved thresholds and flags: the proposal, and its own undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.viewing.filtering import Filtering
from bcviewer.app.viewing.rows import Rows
from bcviewer.app.viewing.shown import Shown
from bcviewer.core.comparison.proposal import NO_PROPOSAL, Proposal
from bcviewer.core.sheet.ids import NO_ROWS

if TYPE_CHECKING:
    from bcviewer.core.comparison.retested import Retested

FLIPS = "flips"
"""The chip of the units whose label the proposal changes."""
_MANY = 20_000
"""More rows than that are put in order, as far as that is offered, when a move ends only."""
NOTHING_TO_UNDO = "Nothing was tried that could be taken back."
NOTHING_TO_REDO = "Nothing that was tried was taken back."


class Proposing(QObject):
    """Tries other thresholds and flags on all that is open; what is saved stays as it is.

    What is taken back here is a proposal's change: labels have an undo of their own.
    """

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
        self._before: list[Proposal] = []
        self._after: list[Proposal] = []
        self._moved = ""
        """The parameter that is being moved: all of one drag is one change."""
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
        self._change(self.stage.scene.proposal.with_change(name, value), name if goes_on else "")

    @intent
    def reset(self, name: str = "") -> None:
        """Judge by a parameter as it was saved again, or by all of them."""
        now = self.stage.scene.proposal
        self._change(now.with_change(name, None) if name else NO_PROPOSAL)

    @intent
    def undo(self) -> None:
        """Take back the last change."""
        self._go(self._before, self._after, NOTHING_TO_UNDO)

    @intent
    def redo(self) -> None:
        """Bring back the change that was taken back last."""
        self._go(self._after, self._before, NOTHING_TO_REDO)

    def _go(self, source: list[Proposal], other: list[Proposal], none: str) -> None:
        if not source:
            self.stage.notice.emit(none)
            return
        other.append(self.stage.scene.proposal)
        self._moved = ""
        self._try(source.pop())

    def _change(self, proposal: Proposal, moved: str = "") -> None:
        book, now = self.stage.scene.book, self.stage.scene.proposal
        if book is None:
            return
        own = [proposal.against(sheet.inputs.criteria) for sheet in book.sheets]
        changed = {name for one in own for name, _ in one.changes}
        proposal = Proposal(tuple(c for c in proposal.changes if c[0] in changed))
        if proposal == now:
            if not moved:
                self._settle()
            return
        if not moved or moved != self._moved:
            self._before.append(now)
        self._after.clear()
        self._moved = moved
        self._try(proposal)

    def _settle(self) -> None:
        """End a change that went on: what is moved next is another one."""
        if self._moved:
            self._moved = ""
            self._rows.arrive(NO_ROWS, self._rows.anew())

    def _try(self, proposal: Proposal) -> None:
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
    def take(self, found: Retested) -> None:
        """Judge by what was tested anew, as far as that is what is tried still."""
        known = self.stage.scene.retested
        if not any(one.run is found.run and one.limit == found.limit for one in known):
            return
        self.stage.become(retested=tuple(found if o.run is found.run else o for o in known))
        self._shown.judge(self.stage.scene.proposal)
        self._rows.arrive(NO_ROWS, self._rows.anew())

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        """Forget what could be taken back: a proposal ends with its recording."""
        if scene.runs != before.runs:
            self._before.clear()
            self._after.clear()
            self._moved = ""
