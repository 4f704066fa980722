"""The bar over the table while proposed merges are gone through: which one, and what to say."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QWidget

from bcviewer.core.curation.merge_queue import MergeQueue
from bcviewer.widgets.drawing.text_labels import LinkBar, link, together
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.tips import plain_tip

_LINKS = (
    ("accept_merge", "accept (Y)"),
    ("reject_merge", "reject (X)"),
    ("skip_merge", "skip (V)"),
    ("back_merge", "take back (U)"),
    ("merges_in_phy", "merge in phy…"),
    ("export_merges", "export…"),
    ("end_merges", "end"),
)
_SHOW = "show_merge"
_TIP = (
    "Proposed by somebody else: bcviewer recommends none. Why says what bombcell calls these units"
    " together.\nNothing is merged before you send what you accepted to phy. A click on the"
    " units highlights them."
)


_BESIDE = 14
"""Pixels at both ends of a line."""


class MergeBar(LinkBar):
    """Says which merge is looked at; its links do what the keys do.

    A link stays where it is from one merge to the next, and the bar as high: a hand that clicks
    *accept* again and again must not find another link there. So links come first, one that has
    nothing to do is grey, and the words below have one line.

    Attributes
    ----------
    chosen : Signal(str)
        A link was clicked: a command's key.
    shown : Signal()
        The units were clicked: they are to be highlighted.
    """

    chosen = Signal(str)
    shown = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        self._queue: MergeQueue | None = None
        self._probe = ""
        self._colors = theme()
        super().__init__("mergeBar", parent)
        self.linkActivated.connect(self._on_link)

    def show_queue(self, queue: MergeQueue | None, probe: str = "") -> None:
        """Show how far a queue is, and of which probe of several it is; None: there is none."""
        self._queue, self._probe = queue, probe
        self.setVisible(queue is not None)
        self.retheme()

    def _on_link(self, key: str) -> None:
        if key == _SHOW:
            self.shown.emit()
        else:
            self.chosen.emit(key)

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
        there = {"back_merge": bool(queue.past), "merges_in_phy": bool(queue.left)}
        there["export_merges"] = bool(queue.accepted)
        links = [_link(key, title, there.get(key, True)) for key, title in _LINKS]
        # where there is no room the file's name gives way, then the score: of how many are left
        # nothing is cut
        source = f"of {queue.source}"
        counts = [word for word in words if word != source]
        bare = [word for word in counts if not word.startswith(("score ", "no score"))]
        shown = next(filter(self._fits, ([*counts, source], counts)), bare)
        self.setText(f"{'&nbsp; '.join(links)}<br>{self._fitted(shown)}")
        self.setAccessibleName(told := " · ".join(words))
        self.setToolTip(plain_tip(f"{told}\n\n{_TIP}"))
        self.shade()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.retheme()

    def _fits(self, words: Sequence[str]) -> bool:
        """Whether words have room on the line."""
        font = QFont(self.font())
        font.setBold(True)
        rest = "".join(f" · {word}" for word in words[1:])
        wide = QFontMetrics(font).horizontalAdvance(words[0])
        return wide + self.fontMetrics().horizontalAdvance(rest) <= self.width() - _BESIDE

    def _fitted(self, words: Sequence[str]) -> str:
        """Return words as rich text, the first a link, with an ellipsis where one line ends."""
        font, right = QFont(self.font()), Qt.TextElideMode.ElideRight
        font.setBold(True)
        bold, room = QFontMetrics(font), self.width() - _BESIDE
        head = bold.elidedText(words[0], right, room)
        rest = "".join(f" · {word}" for word in words[1:])
        rest = self.fontMetrics().elidedText(rest, right, room - bold.horizontalAdvance(head))
        shows = f'<a href="{_SHOW}" style="color:{theme().accent}"><b>{together(head)}</b></a>'
        return f"{shows}{together(rest)}"


def _link(key: str, title: str, there: bool) -> str:
    """Return a link on one line; the same words in grey where there is nothing to do."""
    words = link(key, title) if there else f'<span style="color:{theme().faint}">{title}</span>'
    return words.replace(title, together(title))
