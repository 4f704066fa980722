"""What scrolls where there is too little room for it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


def scrolled(widget: QWidget | None, parent: QWidget) -> QScrollArea:
    """Return an area without a frame in which a widget fills the room, and scrolls in less."""
    area = QScrollArea(parent)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    if widget is not None:
        area.setWidget(widget)
    return area
