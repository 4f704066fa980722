"""What is tried: a proposal moved, taken back, brought back, reset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bcviewer.app.scene import Scene
from bcviewer.app.viewing.proposing import FLIPS
from bcviewer.app.wishes import Propose, ResetProposal, ShowFlips
from bcviewer.errors import UsageError
from bcviewer.frame.command_group import CommandGroup, Pieces

if TYPE_CHECKING:
    from bcviewer.widgets.chrome.what_if_dialog import WhatIfDialog


class WhatIfActions(CommandGroup):
    """Grants what is wished of the proposal, and does its commands."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__(pieces)
        self._list: WhatIfDialog | None = None
        self.session.changed.connect(self._follow)

    def grant(self, wish: Propose | ResetProposal | ShowFlips) -> None:
        """Grant what the person wishes by a drag, a key or a click."""
        proposing = self.session.viewing.proposing
        match wish:
            case Propose(name, value, goes_on):
                try:
                    proposing.propose(name, value, goes_on=goes_on)
                except UsageError as error:
                    self.session.notice.emit(" ".join(filter(None, (error.message, error.hint))))
            case ResetProposal(name):
                proposing.reset(name)
            case ShowFlips():
                self._show_flips()

    def _show_flips(self) -> None:
        """Show the units whose label changes, by their chip; put them in order, if they are."""
        if FLIPS in self.session.filter.chips:
            self.session.viewing.rows.refresh_order()
        else:
            self.session.toggle_chip(FLIPS)

    # -- commands ----------------------------------------------------------------------------

    def do_try_parameters(self) -> None:
        """List all thresholds and flags, to try others; the list stays open."""
        from bcviewer.widgets.chrome.what_if_dialog import WhatIfDialog

        if self.session.scene.book is None:
            self.session.notice.emit("There is nothing to try: no recording is open.")
            return
        if self._list is None:
            self._list = WhatIfDialog(self.window)
            self._list.wish.connect(self.grant)
            self._list.finished.connect(self._on_closed)
            self._follow()
        dialog = self._list
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        dialog.table.setFocus()

    def _follow(self, *_: Scene) -> None:
        """Show in the list what is saved and tried, as long as it is open."""
        if self._list is not None:
            from bcviewer.core.comparison.offers import offers

            scene = self.session.scene
            own = [sheet.inputs.criteria for sheet in (scene.book.sheets if scene.book else ())]
            self._list.show_offers(offers(own, scene.proposal) if own else ())

    def _on_closed(self) -> None:
        self._list = None

    def do_undo_proposal(self) -> None:
        """Take back the last change of the proposal."""
        self.session.viewing.proposing.undo()

    def do_redo_proposal(self) -> None:
        """Bring back the change that was taken back last."""
        self.session.viewing.proposing.redo()

    def do_reset_proposal(self) -> None:
        """Judge by everything as it was saved again."""
        self.session.viewing.proposing.reset()
