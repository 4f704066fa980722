"""One faint line of text under a plot; it never makes its dock wider."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from bcviewer.widgets.drawing.theme import small_font, theme
from bcviewer.widgets.drawing.tips import plain_tip


class Caption(QWidget):
    """Shows a text as far as there is room; the tool tip has all of it.

    Its height is the same without a text, so that a step moves no plot.

    Attributes
    ----------
    text : str
        What it says, as plain text.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.text = ""
        self.setFont(small_font(self))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(self, *parts: str) -> None:
        """Show some parts, those that are not empty."""
        text = " · ".join(part for part in parts if part)
        if text != self.text:
            self.text = text
            self.setAccessibleName(text)
            self.setToolTip(plain_tip(text.replace(" · ", "\n")))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(40, QFontMetrics(self.font()).height() + 2)

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme().base))
        painter.setPen(QColor(theme().faint))
        room = self.rect().adjusted(6, 0, -6, 0)
        end = Qt.TextElideMode.ElideRight
        text = QFontMetrics(self.font()).elidedText(self.text, end, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), text)
        painter.end()
