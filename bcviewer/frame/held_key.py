"""Whether the key that was pressed last is one that is held: it repeats, and nobody pressed it."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QKeyEvent

_AT_ONCE_MS = 2
"""No finger leaves a key and is back in that time; an X server repeats a held one so."""


class HeldKey:
    """Knows a key that is held from one that is pressed again and again.

    Qt knows that, too, but not always under X11: there a held key comes as releases and presses,
    and where the machine is busy Qt takes each for a press. One key that was held for a second and
    a half gave a label to eighteen units so.

    Attributes
    ----------
    repeats : bool
        Whether the present press is none of the person's.
    """

    def __init__(self) -> None:
        self.repeats = False
        self._released = (0, 0)

    def look(self, event: QEvent) -> None:
        """Look at an event of the window: the presses and releases that nobody keeps reach it."""
        kind = event.type()
        if kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            self.repeats = False
            self._released = event.key(), event.timestamp()
        elif kind == QEvent.Type.WindowDeactivate:
            self.repeats = False  # another window hears the release: a click here is meant
        elif kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            key, at = self._released
            late = event.timestamp() - at
            again = key == event.key() and at > 0 and 0 <= late <= _AT_ONCE_MS
            self.repeats = event.isAutoRepeat() or again
