"""What must be said of a plot beside its rules: at most two lines of text under it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from bcviewer.core.audit.reasons import FOUR_WAY_HELP, FOUR_WAY_NAME
from bcviewer.widgets.drawing.cut_text import cut_to_lines, fits_lines
from bcviewer.widgets.drawing.theme import make_small, theme
from bcviewer.widgets.drawing.tips import plain_tip

_EDGE = 8
_HIGH = 220
"""A panel of so many pixels has room for a line more."""
_FLAGS = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap


class FactLine(QWidget):
    """Shows sentences as plain text; too long ones are cut off, and the tool tip has them all.

    It never makes its dock wider. Its height is always the same, but for one line more (or as many
    as it may take) from the first unit on that needs it, where the panel is high enough: stepping
    moves no plot twice.

    Parameters
    ----------
    parent : QWidget
        Where it stands.
    lines : int
        How many lines.
    prose : bool
        Whether these are whole sentences, one after the other, that the plot illustrates.
    """

    def __init__(self, parent: QWidget, lines: int = 2, *, prose: bool = False) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        make_small(self)
        self._lines, self._more, self._prose = lines, 0, prose
        self._most = lines
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
            self._make_room()
            self.update()

    def set_most(self, lines: int) -> None:
        """Say how many lines it may take where it needs them: a plot beside it has the rest."""
        if lines != self._most:
            self._most, self._more = lines, 0
            self._make_room()
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(40, self._n_lines * QFontMetrics(self.font()).lineSpacing() + 4)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @property
    def _n_lines(self) -> int:
        return self._lines + self._more

    @property
    def text(self) -> str:
        """All that is said, as it is drawn where there is room."""
        return self._joined(len(self._facts))

    def _joined(self, n: int) -> str:
        return (" " if self._prose else "  ·  ").join(self._facts[:n])

    def fits(self) -> bool:
        """Whether all of it is seen."""
        return self._shown() == self.text

    def _shown(self) -> str:
        """Return the text, cut off where its lines have no room for it."""
        metrics, room = QFontMetrics(self.font()), self.width() - 2 * _EDGE
        given = metrics, int(_FLAGS), room, self._n_lines
        if fits_lines(self.text, *given):
            return self.text
        for n in range(len(self._facts) - 1, 0, -1):  # whole ones, as many as there is room for
            some = f"{self._joined(n)} …"
            if fits_lines(some, *given):
                return some
        return cut_to_lines(self.text, *given)

    def _make_room(self) -> None:
        parent = self.parentWidget()
        high = parent.height() if parent is not None else 0
        most = max(self._most, self._lines + (high >= _HIGH and not self._prose))
        before = self._more
        while self._n_lines < most and not self.fits():
            self._more += 1
        if self._more != before:
            self.updateGeometry()

    def forget_room(self) -> None:
        """Give back the lines that longer facts took: those to come are of another kind."""
        self._more = 0
        self.updateGeometry()
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.forget_room()

    def paintEvent(self, _: QPaintEvent) -> None:
        if not self._facts:
            return
        colors, painter = theme(), QPainter(self)
        if self._warns:
            painter.fillRect(self.rect().adjusted(2, 0, -2, 0), QColor(colors.warn_tint))
        painter.setPen(QColor(colors.text if self._warns or self._prose else colors.faint))
        area = self.rect().adjusted(_EDGE, 2, -_EDGE, -2)
        painter.drawText(area, int(_FLAGS), self._shown())
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            why = (FOUR_WAY_HELP,) if any(FOUR_WAY_NAME in fact for fact in self._facts) else ()
            tip = plain_tip("\n".join((*self._facts, *why)))
            QToolTip.showText(event.globalPos(), tip, self)  # type: ignore[attr-defined]
            return True
        return bool(super().event(event))
