"""Which labels judge thresholds, and what Bombcell suggested by them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from bcviewer.app.stage import Stage, intent

if TYPE_CHECKING:
    from bcviewer.core.comparison.suggested import Suggested


class Suggesting(QObject):
    """Keeps the choice of labels, and the last answer; both end with the recording."""

    def __init__(self, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stage = stage

    @intent
    def count(self, blind: bool) -> None:
        """Judge by the blind labels only, or by all."""
        now = self.stage.scene.advice
        if blind != now.blind:
            self.stage.become(advice=replace(now, blind=blind))

    @intent
    def show(self, found: Suggested) -> bool:
        """Show what Bombcell suggests; return whether it is of what is open."""
        if not any(run is found.run for run in self.stage.scene.runs):
            return False
        self.stage.become(advice=replace(self.stage.scene.advice, found=found))
        return True
