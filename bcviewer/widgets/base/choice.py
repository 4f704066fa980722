"""A box to choose from, for the head of a panel."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QWidget


def choice(parent: QWidget, name: str, tip: str, texts: Sequence[str], at: int) -> QComboBox:
    """Return a box to choose from, for the head of a panel."""
    box = QComboBox(parent)
    box.setObjectName(name)
    box.setAccessibleName(tip)
    box.setToolTip(tip)
    box.addItems(list(texts))
    box.setCurrentIndex(at)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return box
