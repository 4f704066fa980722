"""The bar over the table while a proposal is tried: what it is, and what it makes of the units."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from bcviewer.app.wishes import KeepProposal, ResetProposal, RunBombcell, ShowDock, ShowFlips
from bcviewer.widgets.drawing.text_labels import LinkBar, link, together
from bcviewer.widgets.drawing.theme import theme

if TYPE_CHECKING:
    from bcviewer.core.comparison.what_if_words import WhatIfWords

_SHOW, _RESET, _KEEP, _RUN, _SUGGEST = "show", "reset", "keep", "run", "suggest"
_LINKS = (
    (_SUGGEST, "suggest"),
    (_KEEP, "keep as…"),
    (_RUN, "run Bombcell…"),
    (_RESET, "reset"),
)
_WISHES = {
    _SHOW: ShowFlips(),
    _KEEP: KeepProposal(),
    _RUN: RunBombcell(),
    _SUGGEST: ShowDock("suggestions"),
}
_FOR_ALL = "goes along to all probes"


class WhatIfBar(LinkBar):
    """Says what is tried and what follows; its links show the flips, run Bombcell, take it back.

    Attributes
    ----------
    wish : Signal(Wish)
        A link was clicked.
    """

    wish = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("whatIfBar", parent)
        self.linkActivated.connect(self._on_link)
        self._found: WhatIfWords | None = None
        self._for_all = False

    def show_words(self, found: WhatIfWords | None, for_all: bool = False) -> None:
        """Say it, and whether it goes along to other probes; None: nothing is tried."""
        self._found, self._for_all = found, for_all
        self._write()

    def retheme(self) -> None:
        """Take the colours of the palette."""
        self._write()

    def _write(self) -> None:
        found, colors = self._found, theme()
        self.setVisible(found is not None)
        if found is None:
            self.clear()
            return
        parts = ["<b>What if</b>"]
        parts += [
            f"{together(words)}&nbsp;{link(f'{_RESET} {name}', '↺')}"
            for name, words in found.changes
        ]
        parts += [together(words) for words in found.classes]
        parts += [escape(words) for words in found.notes]
        if found.flips > 0:
            parts.append(link(_SHOW, f"show the {found.flips:,}"))
        elif not found.flips:
            parts.append("no label changes")
        also = [_FOR_ALL] if self._for_all else []
        parts += [*also, *(link(*one) for one in _LINKS)]
        self.setText(" · ".join(parts))
        self.setAccessibleName(" · ".join((found.text, *also)))
        self.setToolTip("A proposal: nothing that is saved changes, and no label is Bombcell's.")
        self.setStyleSheet(
            f"background:{colors.warn_tint};color:{colors.text};padding:3px 6px;"
            f"border:1px solid {colors.accent}"
        )

    def _on_link(self, link: str) -> None:
        what, _, name = link.partition(" ")
        self.wish.emit(_WISHES.get(what) or ResetProposal(name))
