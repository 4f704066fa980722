"""A text that changes at each step and asks for no layout: for Qt's label all is laid out anew."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget


class StillLabel(QWidget):
    """Shows plain text.

    In one line it takes the room of the widest text so far and elides what does not fit. With
    ``wraps`` it takes the width there is, and its height changes where the number of lines does.

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

    def setText(self, text: str) -> None:
        """Say something else."""
        if text == self._text:
            return
        self._text = text
        self.setAccessibleName(text)
        self._make_room()
        self.update()

    def clear(self) -> None:
        """Say nothing."""
        self.setText("")

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
        text = self._text
        if not self._wraps:
            end = Qt.TextElideMode.ElideRight
            text = QFontMetrics(self.font()).elidedText(text, end, self.width())
        painter = QPainter(self)
        try:
            painter.setPen(self.palette().color(self.foregroundRole()))
            painter.drawText(self.rect(), self._flags, text)
        finally:
            painter.end()
