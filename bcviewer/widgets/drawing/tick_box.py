"""A box to tick whose outline is seen in every theme."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QStyle, QStyleOptionButton

from bcviewer.widgets.drawing.theme import theme


class TickBox(QCheckBox):
    """A check box; Qt's own has an outline darker than a dark window, which nobody sees."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        which = QStyle.SubElement.SE_CheckBoxIndicator
        box = self.style().subElementRect(which, option, self)
        painter = QPainter(self)
        painter.setPen(QColor(theme().faint))
        if not self.isEnabled():
            painter.setOpacity(0.5)
        painter.drawRect(box.adjusted(0, 0, -1, -1))
        painter.end()
