"""The box for the source of labels."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from bcviewer.widgets.chrome.key_box import KeyBox

LABEL_SOURCES: tuple[tuple[str, str], ...] = (
    ("bombcell", "Bombcell's labels"),
    ("saved", "saved labels"),
    ("split", "labels if split"),
    ("final", "final labels"),
)


class LabelSourceBox(KeyBox):
    """Chooses the labels that everything goes by.

    Attributes
    ----------
    chosen : Signal(str)
        The key of the source that the person wants.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("labelSource")
        self.setToolTip("Labels that classes, chips, plots and the table go by")
        for key, title in LABEL_SOURCES:
            self.addItem(title, key)
        self.activated.connect(self._on_activated)

    def show_source(self, source: str) -> None:
        """Show whose labels everything goes by; nothing is told."""
        self.setCurrentIndex(self.findData(source))

    def _on_activated(self, index: int) -> None:
        self.chosen.emit(str(self.itemData(index)))
