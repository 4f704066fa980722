"""A text that changes at each step and asks for no layout: for Qt's label all is laid out anew."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from bcviewer.widgets.drawing.tips import plain_tip

_AFTER = re.compile(r" \(|: |; |, ")
"""What stands between a fact and what explains it."""


def first_part(text: str) -> str:
    """Return a text without what explains it: ``no value``, not ``no value: it cannot fire``."""
    return _AFTER.split(text, 1)[0]


def in_room(text: str, metrics: QFontMetrics | QFontMetricsF, width: float) -> str:
    """Return a text, or where it has no room its first part, or as much of that as has."""
    for words in (text, first_part(text)):
        if metrics.horizontalAdvance(words) <= width:
            return words
    return metrics.elidedText(first_part(text), Qt.TextElideMode.ElideRight, int(width))


class StillLabel(QWidget):
    """Shows plain text.

    In one line it takes the room of the widest text so far; where that is not to be had it says
    less, in words that are whole, and elides only what has no shorter form. A tool tip has all of
    it. With ``wraps`` it takes the width there is, and its height changes where the number of lines
    does.

    Parameters
    ----------
    parent : QWidget
        Where it stands.
    name : str
        Its object name.
    align : Qt.AlignmentFlag
        Left or right.
    wraps : bool
        Whether it may take several lines.
    """

    def __init__(
        self,
        parent: QWidget,
        name: str,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        *,
        wraps: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._text = ""
        self._shorter: tuple[str, ...] = ()
        self._wraps = wraps
        self._flags = int(align | Qt.AlignmentFlag.AlignVCenter)
        if wraps:
            self._flags |= int(Qt.TextFlag.TextWordWrap)
        self._room = 0
        self._lines = 1
        across = QSizePolicy.Policy.Ignored if wraps else QSizePolicy.Policy.Preferred
        self.setSizePolicy(across, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """Return what it says."""
        return self._text

    def setText(self, text: str, *shorter: str) -> None:
        """Say something else; ``shorter``: the same in less room, the longest first."""
        if (text, shorter) == (self._text, self._shorter):
            return
        self._text, self._shorter = text, shorter
        self.setAccessibleName(text)
        self._make_room()
        self.update()

    def clear(self) -> None:
        """Say nothing."""
        self.setText("")

    def shown(self) -> str:
        """Return what is seen of it."""
        if self._wraps:
            return self._text
        metrics, width = QFontMetrics(self.font()), self.width()
        for text in (self._text, *self._shorter):
            if metrics.horizontalAdvance(text) <= width:
                return text
        last = self._shorter[-1] if self._shorter else self._text
        return metrics.elidedText(last, Qt.TextElideMode.ElideRight, width)

    def fits(self) -> bool:
        """Whether what is said is seen whole, in all its words or in fewer."""
        return self.shown() in (self._text, *self._shorter)

    def event(self, event: QEvent) -> bool:
        asked = event.type() == QEvent.Type.ToolTip and not self.toolTip()
        if asked and self.shown() != self._text:
            place = event.globalPos()  # type: ignore[attr-defined]
            QToolTip.showText(place, plain_tip(self._text), self)
            return True
        return bool(super().event(event))

    def forget_room(self) -> None:
        """Give back what wider texts took: those to come are of another kind."""
        self._room = 0
        self._make_room()
        self.updateGeometry()

    def _make_room(self) -> None:
        metrics = QFontMetrics(self.font())
        if self._wraps:
            box = metrics.boundingRect(
                QRect(0, 0, max(self.width(), 1), 10_000), self._flags, self._text
            )
            lines = max(1, round(box.height() / metrics.lineSpacing()))
            if lines != self._lines:
                self._lines = lines
                self.updateGeometry()
            return
        width = metrics.horizontalAdvance(self._text) + 2
        if width > self._room:
            self._room = width
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(self._room, self._lines * QFontMetrics(self.font()).lineSpacing() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._wraps:
            self._make_room()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_lines"):
            self.forget_room()

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.setPen(self.palette().color(self.foregroundRole()))
            painter.drawText(self.rect(), self._flags, self.shown())
        finally:
            painter.end()
