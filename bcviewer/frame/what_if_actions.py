"""What is tried: a proposal moved, taken back, brought back, reset."""

from __future__ import annotations

from bcviewer.app.viewing.proposing import FLIPS
from bcviewer.app.wishes import Propose, ResetProposal, ShowFlips
from bcviewer.errors import UsageError
from bcviewer.frame.command_group import CommandGroup


class WhatIfActions(CommandGroup):
    """Grants what is wished of the proposal, and does its commands."""

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
            self.session.refresh_order()
        else:
            self.session.toggle_chip(FLIPS)

    # -- commands ----------------------------------------------------------------------------

    def do_undo_proposal(self) -> None:
        """Take back the last change of the proposal."""
        self.session.viewing.proposing.undo()

    def do_redo_proposal(self) -> None:
        """Bring back the change that was taken back last."""
        self.session.viewing.proposing.redo()

    def do_reset_proposal(self) -> None:
        """Judge by everything as it was saved again."""
        self.session.viewing.proposing.reset()
