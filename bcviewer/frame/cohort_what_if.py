"""What if over a cohort: the list of thresholds and flags, and what is wished in it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from bcviewer.app.cohort.desk import CohortDesk
from bcviewer.app.wishes import Propose, ResetProposal
from bcviewer.core.comparison.offers import offers
from bcviewer.core.comparison.proposal import NO_PROPOSAL
from bcviewer.errors import UsageError
from bcviewer.widgets.chrome.what_if_dialog import WhatIfDialog


class CohortTrial(QObject):
    """Lets other thresholds be tried on all runs.

    Parameters
    ----------
    window : QWidget
        Over which the list is shown.
    desk : CohortDesk
        Judges by them.
    say : callable
        Shows a short message.
    """

    def __init__(self, window: QWidget, desk: CohortDesk, say: Callable[[str], None]) -> None:
        super().__init__(window)
        self._window, self._desk, self._say = window, desk, say
        self._dialog: WhatIfDialog | None = None

    def ask(self) -> None:
        """Show the list; it stays open."""
        if self._dialog is None:
            self._dialog = dialog = WhatIfDialog(self._window)
            dialog.wish.connect(self._grant)
            dialog.finished.connect(self._forget)
            self.show_offers()
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()
        self._dialog.table.setFocus()

    def show_offers(self) -> None:
        """Show in the list what is saved and tried by now."""
        scene = self._desk.now
        if self._dialog is not None:
            own = () if scene.opened is None else scene.opened.own
            self._dialog.show_offers(offers(own, scene.proposal) if own else ())

    def reset(self, name: str = "") -> None:
        """Judge by a parameter, or (without a name) by all of them, as it was saved."""
        proposal = self._desk.now.proposal
        self._desk.propose(proposal.with_change(name, None) if name else NO_PROPOSAL)

    def _grant(self, wish: Propose | ResetProposal) -> None:
        if isinstance(wish, ResetProposal):
            self.reset(wish.name)
            return
        try:
            proposal = self._desk.now.proposal.with_change(wish.name, wish.value)
        except UsageError as error:
            self._say(" ".join(filter(None, (error.message, error.hint))))
        else:
            self._desk.propose(proposal)

    def _forget(self) -> None:
        self._dialog = None
