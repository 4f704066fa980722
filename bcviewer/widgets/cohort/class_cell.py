"""The cell with a bar of a run's classes."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from bcviewer.widgets.cohort.run_model import RunModel
from bcviewer.widgets.drawing.headed_model import Index
from bcviewer.widgets.drawing.theme import LABEL_FILL
from bcviewer.widgets.table.plain_cell import PlainCell

BAR_WIDTH = 170
"""Pixels of the column, as long as nobody drags it."""
_SIDE, _ABOVE, _GAP = 6, 4, 1


class ClassCell(PlainCell):
    """Draws the classes beside each other, as long as their shares are."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        model = index.model()
        assert isinstance(model, RunModel)  # noqa: S101  it is a delegate of these only
        box = QRectF(option.rect).adjusted(_SIDE, _ABOVE, -_SIDE, -_ABOVE)
        left = box.left()
        painter.save()
        for label, part in model.parts(index.row()):
            wide = part * box.width()
            area = QRectF(left, box.top(), max(wide - _GAP, min(wide, 1.0)), box.height())
            painter.fillRect(area, QColor(LABEL_FILL[label]))
            left += wide
        painter.restore()
