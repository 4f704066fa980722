"""The cell with a bar of a run's classes."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from bcviewer.widgets.cohort.run_model import RunModel
from bcviewer.widgets.drawing.class_bar import draw_classes
from bcviewer.widgets.drawing.headed_model import Index
from bcviewer.widgets.table.plain_cell import PlainCell


class ClassCell(PlainCell):
    """Draws the classes beside each other, as long as their shares are."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        model = index.model()
        assert isinstance(model, RunModel)  # noqa: S101  it is a delegate of these only
        draw_classes(painter, QRectF(option.rect), model.parts(index.row()))
