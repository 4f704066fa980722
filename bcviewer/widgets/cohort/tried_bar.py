"""The bar over a cohort's runs while other thresholds are tried: what, and what comes of it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from bcviewer.app.cohort.cohort_scene import CohortScene
from bcviewer.core.comparison.what_if_words import tried_words
from bcviewer.widgets.drawing.text_labels import LinkBar, counts_together, link, together
from bcviewer.widgets.drawing.theme import theme

_RESET = "reset"


class TriedBar(LinkBar):
    """Says it; its links take a change, or all of them, back.

    Attributes
    ----------
    reset_chosen : Signal(str)
        A parameter is to be as it was saved; empty: all are.
    """

    reset_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("triedBar", parent)
        self.linkActivated.connect(lambda at: self.reset_chosen.emit(at.partition(" ")[2]))
        self._scene: CohortScene | None = None

    def show_scene(self, scene: CohortScene) -> None:
        """Say what is tried now."""
        self._scene = scene
        self.retheme()

    def retheme(self) -> None:
        """Take the colours of the palette."""
        scene = self._scene
        opened = None if scene is None else scene.opened
        self.setVisible(scene is not None and opened is not None and bool(scene.proposal.changes))
        if scene is None or opened is None:
            return
        own, tried = list(opened.own), scene.known_tried
        changes = [(n, tried_words(n, value, own)) for n, value in scene.proposal.changes]
        said = ("judging all units …",) if tried is None else tried.all.words
        parts = ["<b>What if, over all runs</b>"]
        parts += [f"{together(words)}&nbsp;{link(f'{_RESET} {n}', '↺')}" for n, words in changes]
        parts += [*map(counts_together, said), link(_RESET, "reset")]
        self.setText(" · ".join(parts))
        self.setAccessibleName(" · ".join(("What if", *(w for _, w in changes), *said)))
        self.setToolTip("By the saved metrics: nothing that is saved changes.")
        colors = theme()
        self.setStyleSheet(
            f"background:{colors.warn_tint};color:{colors.text};padding:3px 6px;"
            f"border:1px solid {colors.accent}"
        )
