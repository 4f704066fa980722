"""The line that a note is written in: Esc leaves it, and whatever else ends it saves."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from bcviewer.core.curation.entries import MAX_NOTE

_STAYS = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
"""Why the focus goes while the person is still writing."""


class NoteEdit(QLineEdit):
    """A line for a note.

    Attributes
    ----------
    ended : Signal(bool)
        The person is done with it, and whether it is to be saved.
    """

    ended = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("noteEdit")
        self.setAccessibleName("Note")
        self.setMaxLength(MAX_NOTE)
        self.returnPressed.connect(self._on_return)

    def event(self, event: QEvent) -> bool:
        """Take Esc before the window does: its “clear filter” takes the focus, which would save."""
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.ended.emit(False)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Save what was written where the person goes on to something else: nothing is lost."""
        super().focusOutEvent(event)
        if event.reason() not in _STAYS and self.isVisible():
            self.ended.emit(True)

    def _on_return(self) -> None:
        self.ended.emit(True)
