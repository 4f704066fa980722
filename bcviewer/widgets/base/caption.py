"""Faint text under a plot, one line or two; it never makes its dock wider."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from bcviewer.widgets.drawing.cut_text import cut_to_lines, fits_lines
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
        self._lines, self._most = 0, _MOST
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
        lines = min(round(high / max(metrics.height(), 1)), self._most) if self.text else 0
        if lines > self._lines:
            self._lines = lines
            self.updateGeometry()

    def set_low(self, low: bool) -> None:
        """Say whether the panel is so low that the plot needs all lines but one."""
        most = 1 if low else _MOST
        if most != self._most:
            self._most = most
            self.forget_room()

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
        """Return the text, or as many of its parts as its lines have room for."""
        metrics, room = QFontMetrics(self.font()), self.width() - 2 * _EDGE
        lines = max(1, (self.height() + 2) // max(metrics.lineSpacing(), 1))
        given = (metrics, int(_FLAGS), room, min(lines, self._lines))
        parts = self.text.split(" · ")
        some = [self.text, *(f"{' · '.join(parts[:n])} …" for n in range(len(parts) - 1, 0, -1))]
        return next((t for t in some if fits_lines(t, *given)), cut_to_lines(self.text, *given))

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme().base))
        painter.setPen(QColor(theme().faint))
        painter.drawText(self.rect().adjusted(_EDGE, 0, -_EDGE, 0), int(_FLAGS), self._shown())
        painter.end()
