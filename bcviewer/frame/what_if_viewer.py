"""The viewers of the bars that say what is tried, and what the run is compared with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QBoxLayout

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import Wish
from bcviewer.frame.chrome import ChromeViewer
from bcviewer.widgets.chrome.what_if_bar import WhatIfBar

if TYPE_CHECKING:
    from bcviewer.widgets.chrome.compared_bar import ComparedBar


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


class ComparedViewer(ChromeViewer):
    """The bar over the table that is made when the run is first compared with another one."""

    parts: ClassVar[tuple[str, ...]] = ("runs", "table", "comparison")

    def __init__(self, box: QBoxLayout, grant: Callable[[Wish], None]) -> None:
        super().__init__()
        self._box, self._grant = box, grant
        self.bar: ComparedBar | None = None

    def _draw(self, scene: Scene, before: Scene | None) -> None:  # noqa: ARG002
        two, book = scene.comparison, scene.book
        if two is None or book is None:
            if self.bar is not None:
                self.bar.show_words(None)
            return
        from bcviewer.core.comparison.two_runs_words import line_words  # not at the start
        from bcviewer.widgets.chrome.compared_bar import ComparedBar

        if self.bar is None:
            self.bar = ComparedBar(self._box.parentWidget())
            self.bar.wish.connect(self._grant)
            self._box.insertWidget(0, self.bar)
        self.bar.show_words(line_words(two, book.n_hidden > 0))

    def retheme(self) -> None:
        """Take the colours of the palette."""
        if self.bar is not None:
            self.bar.retheme()
