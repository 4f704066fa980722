"""The rules of a stretch in lines: sign, metric, the stretch, the whole, and why there is none."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from bcviewer.core.audit.states import STATE_NAMES, State
from bcviewer.core.evidence.stretch_verdict import StretchLine, StretchVerdict
from bcviewer.widgets.drawing.theme import STATE_SIGN, make_small, theme
from bcviewer.widgets.drawing.tips import plain_tip

_EDGE, _GAP = 8.0, 14.0
_MIDDLE = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class StretchRows(QWidget):
    """Draws a verdict by hand; what has no room is elided, and whole in the tool tip."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        make_small(self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.verdict: StretchVerdict | None = None

    def show_verdict(self, verdict: StretchVerdict) -> None:
        """Show another one."""
        self.verdict = verdict
        self.setAccessibleName("\n".join((verdict.head, *map(_sentence, verdict.lines))))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(60, round(6 * (QFontMetricsF(self.font()).height() + 4)))

    def minimumSizeHint(self) -> QSize:
        return QSize(60, round(4 * QFontMetricsF(self.font()).height()))

    def _line(self) -> float:
        """Return the height of a line: as much as there is room for, up to half as much again."""
        height, lines = QFontMetricsF(self.font()).height(), 2 + len(self._lines())
        return min(max(self.height() / lines, height), 1.5 * height)

    def _lines(self) -> tuple[StretchLine, ...]:
        return () if self.verdict is None else self.verdict.lines

    def paintEvent(self, _: QPaintEvent) -> None:
        painter, colors = QPainter(self), theme()
        painter.fillRect(self.rect(), QColor(colors.base))
        if self.verdict is not None:
            self._paint(painter, self.verdict)
        painter.end()

    def _paint(self, painter: QPainter, verdict: StretchVerdict) -> None:
        colors, high = theme(), self._line()
        bold = QFont(self.font())
        bold.setBold(True)
        painter.setFont(bold)
        self._text(painter, _EDGE, 0, self.width() - 2 * _EDGE, verdict.head, colors.text)
        painter.setFont(self.font())
        columns = self._columns(verdict)
        cells = ("", "metric", verdict.chosen.words, "whole", "")
        for (x, width), text in zip(columns, cells, strict=True):
            self._text(painter, x, high, width, text, colors.faint)
        for i, line in enumerate(verdict.lines):
            color = {State.FAIL: colors.fail_text, State.PASS: colors.text}.get(line.state)
            cells = (STATE_SIGN[line.state], line.name, line.stretch, line.whole, line.note)
            for (x, width), text in zip(columns, cells, strict=True):
                self._text(painter, x, (i + 2) * high, width, text, color or colors.faint)

    def _columns(self, verdict: StretchVerdict) -> list[tuple[float, float]]:
        """Return where each column is, and how wide: the last one has the rest."""
        metrics = QFontMetricsF(self.font())

        def widest(*texts: str) -> float:
            return max(metrics.horizontalAdvance(text) for text in texts) + 2

        lines = verdict.lines
        widths = [
            widest(*STATE_SIGN.values()),
            widest("metric", *(line.name for line in lines)),
            widest(verdict.chosen.words, *(line.stretch for line in lines)),
            widest("whole", *(line.whole for line in lines)),
        ]
        out, x = [], _EDGE
        for width in widths:
            out.append((x, width))
            x += width + _GAP
        return [*out, (x, self.width() - _EDGE - x)]

    def _text(
        self, painter: QPainter, x: float, y: float, width: float, text: str, color: str
    ) -> None:
        width = min(width, self.width() - _EDGE - x)
        if not text or width <= 0:
            return
        painter.setPen(QColor(color))
        cut = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRectF(x, y, width, self._line()), _MIDDLE, cut)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and self.verdict is not None:
            at = int(event.pos().y() // self._line()) - 2  # type: ignore[attr-defined]
            lines = self.verdict.lines
            said = _sentence(lines[at]) if 0 <= at < len(lines) else self.verdict.head
            QToolTip.showText(event.globalPos(), plain_tip(said), self)  # type: ignore[attr-defined]
            return True
        return bool(super().event(event))


def _sentence(line: StretchLine) -> str:
    """Return a line in words."""
    note = f" · {line.note}" if line.note else ""
    return f"{line.name}: {STATE_NAMES[line.state]} {line.stretch} (whole: {line.whole}){note}"
