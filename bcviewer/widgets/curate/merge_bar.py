"""The bar over the table while proposed merges are gone through: which one, and what to say."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QWidget

from bcviewer.core.curation.merge_queue import MergeQueue
from bcviewer.widgets.drawing.text_labels import LinkBar, link
from bcviewer.widgets.drawing.theme import theme

_LINKS = (
    ("accept_merge", "accept (Y)"),
    ("reject_merge", "reject (X)"),
    ("skip_merge", "skip (V)"),
    ("back_merge", "take back (U)"),
    ("merges_in_phy", "merge in phy…"),
    ("export_merges", "export…"),
    ("end_merges", "end"),
)
_TIP = (
    "Proposed by somebody else: bcviewer recommends none. Why says what bombcell calls these units"
    " together.\nNothing is merged before you send what you accepted to phy."
)


class MergeBar(LinkBar):
    """Says which merge is looked at; its links do what the keys do.

    Attributes
    ----------
    chosen : Signal(str)
        A link was clicked: a command's key.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._queue: MergeQueue | None = None
        self._probe = ""
        self._colors = theme()
        super().__init__("mergeBar", parent)
        self.linkActivated.connect(self.chosen)

    def show_queue(self, queue: MergeQueue | None, probe: str = "") -> None:
        """Show how far a queue is, and of which probe of several it is; None: there is none."""
        self._queue, self._probe = queue, probe
        self.setVisible(queue is not None)
        self.retheme()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and theme() is not self._colors:
            self.retheme()

    def retheme(self) -> None:
        """Take the colours of the palette."""
        queue, self._colors = self._queue, theme()
        if queue is None:
            self.clear()
            return
        head, *rest = queue.words
        words = (head, *([f"probe {self._probe}"] if self._probe else []), *rest)
        head, *rest = map(escape, words)
        there = {"back_merge": bool(queue.past), "merges_in_phy": bool(queue.left)}
        there["export_merges"] = bool(queue.accepted)
        links = [link(key, words) for key, words in _LINKS if there.get(key, True)]
        self.setText(f"{' · '.join((f'<b>{head}</b>', *rest))} &nbsp;{' &nbsp;'.join(links)}")
        self.setAccessibleName(" · ".join(words))
        self.setToolTip(_TIP)
        self.shade()
