"""Keys in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QKeySequence


def native_keys(shortcuts: Sequence[str]) -> str:
    """Return keys as this desktop spells them."""
    spelling = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(key).toString(spelling) for key in shortcuts)
