"""The viewer of the bar that says what is tried."""

from __future__ import annotations

from typing import ClassVar

from bcviewer.app.scene import Scene
from bcviewer.frame.chrome import ChromeViewer
from bcviewer.widgets.chrome.what_if_bar import WhatIfBar


class WhatIfViewer(ChromeViewer):
    """The bar over the table: what is tried, and what it makes of the units."""

    parts: ClassVar[tuple[str, ...]] = ("table", "proposal", "label_source", "retested")

    def __init__(self, bar: WhatIfBar) -> None:
        super().__init__()
        self._bar = bar

    def _draw(self, scene: Scene, before: Scene | None) -> None:  # noqa: ARG002
        if scene.book is None or not scene.proposal.changes:
            self._bar.show_words(None)
            return
        from bcviewer.core.comparison.what_if_words import what_if_words  # not at the start

        self._bar.show_words(what_if_words(scene.book, scene.proposal, scene.retested))
