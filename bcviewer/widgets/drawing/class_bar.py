"""A bar of classes beside each other, as long as their shares are."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from bcviewer.core.rules.labels import Label
from bcviewer.widgets.drawing.theme import LABEL_FILL

BAR_WIDTH = 170
"""Pixels of the column, as long as nobody drags it."""
_SIDE, _ABOVE, _GAP = 6, 4, 1


def class_areas(cell: QRectF, parts: Sequence[tuple[Label, float]]) -> list[tuple[Label, QRectF]]:
    """Return where each class is in a cell, by its share; the shares add up to 1 at most."""
    box = cell.adjusted(_SIDE, _ABOVE, -_SIDE, -_ABOVE)
    left, out = box.left(), []
    for label, part in parts:
        wide = part * box.width()
        out.append((label, QRectF(left, box.top(), max(wide - _GAP, min(wide, 1.0)), box.height())))
        left += wide
    return out


def draw_classes(painter: QPainter, cell: QRectF, parts: Sequence[tuple[Label, float]]) -> None:
    """Draw the bar into a cell."""
    for label, area in class_areas(cell, parts):
        painter.fillRect(area, QColor(LABEL_FILL[label]))
