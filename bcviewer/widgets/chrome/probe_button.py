"""A button for a probe: its letter, how many of its units are decided, and a thin bar of that."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QStyle, QStyleOptionToolButton, QStylePainter, QToolButton, QWidget

from bcviewer.core.sheet.queue import QueueProgress
from bcviewer.widgets.drawing.theme import theme

_BAR, _GAP, _EDGE = 2, 6, 5
"""Height of the bar, room between letter and count, and beside them, in pixels."""
_LEAST = 26
"""Width of a button in which the mouse finds it, in pixels."""
_SMALL = 0.85
"""Size of the count's letters, in those of the button."""
UNKNOWN, UNKNOWN_WORDS = "–", "How many units are decided is not known: not read (yet)."


def count_words(done: QueueProgress | None) -> str:
    """Return how many units of a probe are decided, in words."""
    return UNKNOWN_WORDS if done is None else f"{done.words}."


class ProbeButton(QToolButton):
    """A letter, and how far its curation is; what is not known is no bar, and a dash.

    Parameters
    ----------
    counts : bool
        Whether there is room for the count, too.
    """

    def __init__(self, counts: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts = counts
        self._done: QueueProgress | None = None

    def show_done(self, done: QueueProgress | None) -> None:
        """Show how many units are decided; None: that is not known."""
        self._done = done
        self.updateGeometry()
        self.update()

    @property
    def count(self) -> str:
        """The count as it is painted; empty: there is no room for one."""
        if not self._counts or not self.isEnabled():
            return ""
        return UNKNOWN if self._done is None else self._done.short

    def sizeHint(self) -> QSize:
        size = super().sizeHint()
        if not self.count:
            return QSize(max(size.width(), _LEAST), size.height() + _BAR)
        letter = self.fontMetrics().horizontalAdvance(self.text().replace("&&", "&"))
        count = QFontMetrics(self._small()).horizontalAdvance(self.count)
        wide = letter + _GAP + count + 2 * _EDGE
        return QSize(max(wide, _LEAST), size.height() + _BAR)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.count:
            self._paint_with_count()
        else:
            super().paintEvent(event)
        if self._done is not None and self.isEnabled():
            self._paint_bar(self._done)

    def _paint_with_count(self) -> None:
        painter, option = QStylePainter(self), QStyleOptionToolButton()
        self.initStyleOption(option)
        option.text = ""
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        inner = self.rect().adjusted(_EDGE, 0, -_EDGE, -_BAR)
        centred = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(self.palette().buttonText().color())
        painter.drawText(
            inner, Qt.AlignmentFlag.AlignLeft | centred, self.text().replace("&&", "&")
        )
        painter.setFont(self._small())
        painter.setPen(QColor(theme().faint))
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | centred, self.count)
        painter.end()

    def _paint_bar(self, done: QueueProgress) -> None:
        painter, colors = QPainter(self), theme()
        inner = QRectF(self.rect()).adjusted(_EDGE, 0, -_EDGE, -1)
        bar = QRectF(inner.left(), inner.bottom() - _BAR, inner.width(), _BAR)
        painter.fillRect(bar, QColor(colors.grid))
        bar.setWidth(bar.width() * done.reviewed / max(done.total, 1))
        painter.fillRect(bar, QColor(colors.accent))
        painter.end()

    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * _SMALL)
        return font
