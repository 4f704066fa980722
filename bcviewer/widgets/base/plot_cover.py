"""What lies over a plot that has nothing to show of the units that are asked for, and says why."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from bcviewer.widgets.drawing.theme import theme

_COVERED = 0.72
"""How much of what is below the cover is hidden."""


class PlotCover(QWidget):
    """Lies over a plot: greys what belongs to another unit, or says why there is nothing."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self.words = ""
        self.opaque = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def lay(self, words: str, *, opaque: bool) -> None:
        """Lie over the plot, with some words."""
        if (words, opaque, True) == (self.words, self.opaque, not self.isHidden()):
            return
        self.words, self.opaque = words, opaque
        self.setGeometry(self._parent.rect())
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        color = QColor(theme().base)
        color.setAlphaF(1.0 if self.opaque else _COVERED)
        painter.fillRect(self.rect(), color)
        painter.setPen(QColor(theme().faint))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        area: QRect = self.rect().adjusted(16, 8, -16, -8)
        painter.drawText(area, int(flags), self.words)
        painter.end()
