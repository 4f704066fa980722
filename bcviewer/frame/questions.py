"""Questions that a person answers before something is done that is hard to take back."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget


def question(parent: QWidget, name: str, title: str, text: str, more: str) -> QMessageBox:
    """Return a question without its buttons; ``name`` is its object's name."""
    box = QMessageBox(parent)
    box.setObjectName(name)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(title)
    box.setText(text)
    box.setInformativeText(more)
    return box
