"""Texts that never widen the window, and a bar beside them that never paints it at once."""

from __future__ import annotations

import re
from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QSizePolicy, QWidget

from bcviewer.widgets.drawing.theme import theme

_BEHIND = re.compile(r", | · ")
"""What stands between the parts of a line."""


class ElidedLabel(QLabel):
    """A line of plain text that is elided where there is no room, and never widens the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter), self.fitted(self.width()))
        painter.end()

    def fitted(self, room: int) -> str:
        """Return what is written of the text in so much room, in pixels."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)


class LateBar(QProgressBar):
    """A progress bar that is painted with all else.

    Qt's paints itself within the call that moves it, or that has it end before where it is, and
    with it all of the window that is to be painted by then: half of what a turn draws, in a frame
    of its own.
    """

    def setValue(self, value: int) -> None:
        self.setUpdatesEnabled(False)
        super().setValue(value)
        self.setUpdatesEnabled(True)

    def setRange(self, minimum: int, maximum: int) -> None:
        self.setUpdatesEnabled(False)
        super().setRange(minimum, maximum)
        self.setUpdatesEnabled(True)


class BriefLabel(ElidedLabel):
    """A line whose first part is whole: what stands behind it gives way where there is no room.

    It asks for the room of the first part only, so that more behind it never widens the window.
    """

    def minimumSizeHint(self) -> QSize:
        wide = self.fontMetrics().horizontalAdvance(self._parts()[0])
        return QSize(wide, super().minimumSizeHint().height())

    def _parts(self) -> list[str]:
        return _BEHIND.split(self.text(), maxsplit=1)

    def has_more(self) -> bool:
        """Whether there is something behind the first part: a tip should say it, too."""
        return len(self._parts()) > 1

    def fitted(self, room: int) -> str:
        first, *more = self._parts()
        briefer = (f"{first} …", f"{first.split(' ')[0]} …") if more else ()
        wide = self.fontMetrics().horizontalAdvance
        ways = (way for way in (self.text(), *briefer) if wide(way) <= room)
        return next(ways, None) or super().fitted(room)


class LinkBar(QLabel):
    """A rich text that wraps and never widens the table; links by mouse and by Tab."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the table
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.hide()

    def shade(self) -> None:
        """Take the background of what is told beside the labels, in the colours of the palette."""
        colors = theme()
        self.setStyleSheet(
            f"background:{colors.selected};color:{colors.text};padding:3px 6px;"
            f"border-bottom:1px solid {colors.grid}"
        )


def link(href: str, text: str) -> str:
    """Return a link in the colour of the palette; its text is plain text."""
    return f'<a href="{href}" style="color:{theme().accent}">{escape(text)}</a>'


def together(text: str) -> str:
    """Return a plain text as rich text that stays on one line."""
    return escape(text).replace(" ", "&nbsp;").replace("-", "&#8209;")


def counts_together(text: str) -> str:
    """Return a plain text as rich text in which no line ends within ``12 → 14 (+3 −1)``."""
    return re.sub(r" (?=[→(−])|(?<=→) ", "&nbsp;", escape(text))
