"""The bar over the table while the run is compared with another one: what differs, and why."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from bcviewer.app.wishes import BetweenRuns, ShowDock, ShowUnits, Wish
from bcviewer.widgets.drawing.text_labels import LinkBar, counts_together, link

if TYPE_CHECKING:
    from bcviewer.core.comparison.two_runs_words import LineWords

_TIP = "What another run says. The labels in the table stay those of the run that is open."
DOCK = "comparison"


class ComparedBar(LinkBar):
    """Says what the run is compared with and what follows; its links show units, swap and end it.

    Attributes
    ----------
    wish : Signal(Wish)
        A link was clicked.
    """

    wish = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("comparedBar", parent)
        self.linkActivated.connect(self._on_link)
        self._found: LineWords | None = None

    def show_words(self, found: LineWords | None) -> None:
        """Say it; None: the run is compared with nothing."""
        self._found = found
        self._write()

    def retheme(self) -> None:
        """Take the colours of the palette."""
        self._write()

    def _write(self) -> None:
        found = self._found
        self.setVisible(found is not None)
        if found is None:
            self.clear()
            return
        parts = [f"<b>{escape(found.head)}</b>", *map(counts_together, found.parts)]
        links = [link(str(i), one.text) for i, one in enumerate(found.shown)]
        links += [] if not found.details else [link("details", "details")]
        links += [link("swap", "swap"), link("end", "end")]
        self.setText(f"{' · '.join(parts)} &nbsp;{' &nbsp;'.join(links)}")
        self.setAccessibleName(found.text)
        self.setToolTip(_TIP)
        self.shade()

    def _on_link(self, href: str) -> None:
        wishes: dict[str, Wish] = {
            "details": ShowDock(DOCK),
            "swap": BetweenRuns("swap"),
            "end": BetweenRuns("end"),
        }
        shown = () if self._found is None else self._found.shown
        wishes |= {str(i): ShowUnits(one.filter) for i, one in enumerate(shown)}
        self.wish.emit(wishes[href])
