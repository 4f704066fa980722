"""Faint text under a plot, one line or two; it never makes its dock wider."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from bcviewer.widgets.drawing.cut_text import cut_to_lines
from bcviewer.widgets.drawing.theme import make_small, theme
from bcviewer.widgets.drawing.tips import plain_tip

_MOST = 2
"""Lines: the plot needs the rest."""
_EDGE = 6
_FLAGS = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap


class Caption(QWidget):
    """Shows a text in up to two lines; the tool tip has all of it.

    It is as high as the longest text so far at its width, so that a step moves no plot twice;
    before the first one it takes no room.

    Attributes
    ----------
    text : str
        What it says, as plain text.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.text = ""
        self._lines = 0
        make_small(self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(self, *parts: str) -> None:
        """Show some parts, those that are not empty."""
        text = " · ".join(part for part in parts if part)
        if text != self.text:
            self.text = text
            self.setAccessibleName(text)
            self.setToolTip(plain_tip(text.replace(" · ", "\n")))
            self._make_room()
            self.update()

    def sizeHint(self) -> QSize:
        high = self._lines * QFontMetrics(self.font()).height() + 2
        return QSize(40, high if self._lines else 0)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _make_room(self) -> None:
        """Take as many lines as the text needs, two at most."""
        metrics = QFontMetrics(self.font())
        room = QRect(0, 0, max(self.width() - 2 * _EDGE, 1), 10_000)
        high = metrics.boundingRect(room, int(_FLAGS), self.text).height()
        lines = min(round(high / max(metrics.height(), 1)), _MOST) if self.text else 0
        if lines > self._lines:
            self._lines = lines
            self.updateGeometry()

    def forget_room(self) -> None:
        """Give back the lines that longer texts took: those to come are of another kind."""
        self._lines = 0
        self.updateGeometry()
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.forget_room()

    def fits(self) -> bool:
        """Whether all of the text is seen."""
        return not self.text or self._shown() == self.text

    def _shown(self) -> str:
        """Return the text, cut off where its lines have no room for it."""
        metrics, room = QFontMetrics(self.font()), self.width() - 2 * _EDGE
        lines = max(1, (self.height() + 2) // max(metrics.lineSpacing(), 1))
        return cut_to_lines(self.text, metrics, int(_FLAGS), room, min(lines, self._lines))

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme().base))
        painter.setPen(QColor(theme().faint))
        painter.drawText(self.rect().adjusted(_EDGE, 0, -_EDGE, 0), int(_FLAGS), self._shown())
        painter.end()
