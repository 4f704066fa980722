"""A window that becomes the active one, or is that no more, and looks the same by it."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QEvent
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

_ACTIVATIONS = (QEvent.Type.WindowActivate, QEvent.Type.WindowDeactivate)
_SEEN = [QPalette.ColorRole[n] for n in ("Window", "WindowText", "Base", "AlternateBase", "Text")]
"""What tables and plots are painted with; what is selected has colours of its own."""


def is_of_no_look(event: QEvent) -> bool:
    """Whether a window became the active one or is that no more, and looks the same by it."""
    return event.type() in _ACTIVATIONS and _looks_same(QApplication.palette().cacheKey())


@lru_cache(maxsize=1)
def _looks_same(_: int) -> bool:
    """Compare the colours of the palette that has this key: each widget is told, and asks."""
    palette, group = QApplication.palette(), QPalette.ColorGroup
    return all(
        palette.color(group.Active, role) == palette.color(group.Inactive, role) for role in _SEEN
    )
