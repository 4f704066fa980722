"""What must be said of a plot beside its rules: at most two lines of text under it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from bcviewer.core.audit.reasons import FOUR_WAY_HELP, FOUR_WAY_NAME
from bcviewer.widgets.drawing.theme import make_small, theme
from bcviewer.widgets.drawing.tips import plain_tip

_EDGE = 8
_SLACK = 0.9
"""Share of a line that words fill where they are wrapped, about."""


class FactLine(QWidget):
    """Shows sentences as plain text; too long ones are cut off, and the tool tip has them all.

    It never makes its dock wider, and its height is always the same: stepping moves no plot.

    Parameters
    ----------
    parent : QWidget
        Where it stands.
    lines : int
        How many lines.
    """

    def __init__(self, parent: QWidget, lines: int = 2) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        make_small(self)
        self._lines = lines
        self._facts: tuple[str, ...] = ()
        self._warns = False

    @property
    def facts(self) -> tuple[str, ...]:
        """What is said."""
        return self._facts

    @property
    def warns(self) -> bool:
        """Whether it is on a ground that draws attention."""
        return self._warns

    def set_facts(self, facts: Sequence[str], *, warns: bool = False) -> None:
        """Say something else; ``warns``: something is not as it was saved."""
        state = tuple(facts), warns
        if state != (self._facts, self._warns):
            self._facts, self._warns = state
            self.setAccessibleName("; ".join(facts))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(40, self._lines * QFontMetrics(self.font()).lineSpacing() + 4)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _: QPaintEvent) -> None:
        if not self._facts:
            return
        colors, painter = theme(), QPainter(self)
        if self._warns:
            painter.fillRect(self.rect().adjusted(2, 0, -2, 0), QColor(colors.warn_tint))
        painter.setPen(QColor(colors.text if self._warns else colors.faint))
        area = self.rect().adjusted(_EDGE, 2, -_EDGE, -2)
        lines = self._lines if self._lines == 1 else self._lines * _SLACK
        text = QFontMetrics(self.font()).elidedText(
            "  ·  ".join(self._facts), Qt.TextElideMode.ElideRight, int(lines * area.width())
        )
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        painter.drawText(area, int(flags | Qt.TextFlag.TextWordWrap), text)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            why = (FOUR_WAY_HELP,) if any(FOUR_WAY_NAME in fact for fact in self._facts) else ()
            tip = plain_tip("\n".join((*self._facts, *why)))
            QToolTip.showText(event.globalPos(), tip, self)  # type: ignore[attr-defined]
            return True
        return bool(super().event(event))
