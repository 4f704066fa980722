"""The sentence over the table: why so few units are GOOD, with its parts as links."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from bcviewer.core.figures.few_good import FewGood, few_good
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.drawing.text_labels import LinkBar, link
from bcviewer.widgets.drawing.theme import theme


class FewGoodBar(LinkBar):
    """Says why so few units are GOOD: while they are few, or always where that is asked for.

    Attributes
    ----------
    chosen : Signal(str)
        A part was clicked: the filter for the units that it counts.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("fewGood", parent)
        self.linkActivated.connect(self._on_link)
        self.linkHovered.connect(self._on_hovered)
        self._found: FewGood | None = None
        self._always = self._proposed = False

    def show_table(self, table: Table | None) -> None:
        """Say it of a table; None: nothing is open, or not all is known."""
        proposed = table is not None and table.proposes
        self.show_sentence(None if table is None else few_good(table), proposed)

    def show_sentence(self, found: FewGood | None, proposed: bool = False) -> None:
        """Say it, and whether it is of what is tried; None: nothing is open."""
        self._found, self._proposed = found, proposed
        self._write()

    def set_always(self, always: bool) -> None:
        """Say whether it is shown where there are enough GOOD units, too."""
        self._always = always
        self._write()

    def retheme(self) -> None:
        """Take the colours of the palette."""
        self._write()

    def _write(self) -> None:
        found, colors = self._found, theme()
        self.setVisible(found is not None and (found.few or self._always))
        if found is None:
            return
        parts = (
            link(str(i), part.text) if part.filter else escape(part.text)
            for i, part in enumerate(found.parts)
        )
        first = "What if: " if self._proposed else ""
        self.setText(f"<b>{first}</b>{''.join(parts)}" if first else "".join(parts))
        self.setAccessibleName(first + found.text)
        tint = colors.warn_tint if found.few else colors.base
        style = f"background:{tint};color:{colors.text};padding:3px 6px"
        if style != self.styleSheet():  # else all is laid out anew, and painted again
            self.setStyleSheet(style)

    def _on_link(self, link: str) -> None:
        if self._found is not None:
            self.chosen.emit(self._found.parts[int(link)].filter)

    def _on_hovered(self, link: str) -> None:
        """Say what a click shows."""
        part = self._found.parts[int(link)] if self._found is not None and link else None
        self.setToolTip(f"Show these units: {escape(part.filter)}" if part is not None else "")
