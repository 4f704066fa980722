"""A box of the tool bar: a click lends it no keys, and who reaches it by Tab chooses by arrows."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QComboBox, QWidget

_KEYS = frozenset(
    (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space, Qt.Key.Key_Home, Qt.Key.Key_End)
)
_BY_KEYBOARD = frozenset(
    (
        Qt.FocusReason.TabFocusReason,
        Qt.FocusReason.BacktabFocusReason,
        Qt.FocusReason.ShortcutFocusReason,
    )
)


class KeyBox(QComboBox):
    """Keeps the keys that choose, but only for who went to it by keyboard.

    After a click the arrows step from unit to unit, as they do everywhere.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._keyed = False

    def focusInEvent(self, event: QFocusEvent) -> None:
        if event.reason() != Qt.FocusReason.PopupFocusReason:  # its own list was closed
            self._keyed = event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._keyed = False
        super().mousePressEvent(event)

    def event(self, event: QEvent) -> bool:
        asked = self._keyed and event.type() == QEvent.Type.ShortcutOverride
        if asked and isinstance(event, QKeyEvent) and event.key() in _KEYS:
            event.accept()  # it comes as a key press then, not as a shortcut
            return True
        return super().event(event)
