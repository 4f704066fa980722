"""Keys that a widget has for itself while it has the focus."""

from __future__ import annotations

from collections.abc import Container

from PySide6.QtCore import QEvent
from PySide6.QtGui import QKeyEvent


def keeps_key(event: QEvent, own: Container[int]) -> bool:
    """Whether an event asks for a key of a widget's own; the window's command by it waits then."""
    asks = event.type() == QEvent.Type.ShortcutOverride
    if not (asks and isinstance(event, QKeyEvent) and event.key() in own):
        return False
    event.accept()
    return True
