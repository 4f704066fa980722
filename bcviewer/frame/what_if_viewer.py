"""The viewer of the bar that says what is tried."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtGui import QAction

from bcviewer.app.scene import Scene
from bcviewer.frame.chrome import ChromeViewer
from bcviewer.widgets.chrome.what_if_bar import WhatIfBar


class WhatIfViewer(ChromeViewer):
    """The bar over the table: what is tried, and what it makes of the units."""

    parts: ClassVar[tuple[str, ...]] = ("table", "proposal", "for_all", "label_source", "retested")

    def __init__(self, bar: WhatIfBar, goes_along: QAction) -> None:
        super().__init__()
        self._bar, self._goes_along = bar, goes_along

    def _draw(self, scene: Scene, before: Scene | None) -> None:  # noqa: ARG002
        self._goes_along.setChecked(scene.for_all)
        if scene.book is None or not scene.proposal.changes:
            self._bar.show_words(None)
            return
        from bcviewer.core.comparison.what_if_words import what_if_words  # not at the start

        words = what_if_words(scene.book, scene.proposal, scene.retested)
        self._bar.show_words(words, scene.for_all)
