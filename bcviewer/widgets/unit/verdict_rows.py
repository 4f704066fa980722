"""The rules of one unit in columns: as many as there is room for, the most telling first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from bcviewer.core.audit.states import State
from bcviewer.core.rules.comparisons import margin_sign
from bcviewer.core.rules.metric import MARGIN_CLIP
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.rule_lines import RuleLine, Section, rest_words
from bcviewer.widgets.drawing.margin_bar import draw_bar
from bcviewer.widgets.drawing.still_label import in_room
from bcviewer.widgets.drawing.theme import LIGHT, STATE_SIGN, Theme, make_small
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.unit.rule_marks import (
    REACH,
    bar_fill,
    row_words,
    rule_name,
    rule_tip,
    saved_words,
    scaled,
    word_color,
)

_GAP, _BETWEEN = 5.0, 14.0
"""Pixels between the parts of a row, and between columns."""
_LEAST_BAR, _FAIR_BAR, _MOST_BAR = 30.0, 52.0, 480.0
"""Pixels of a bar: with fewer there is no further column, with fewer a comparison loses its unit,
and no more are of use."""
_ARROW = 5.0
"""Pixels at either end of a bar for an arrow."""
_BAR_HEIGHT = 0.6
_MOST_SPACE = 14
"""Pixels that lines stand apart where there is room."""
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_WORDS, _WIDEST = "12,345 ≥ 300", "0.000 ≥ 0.000 1/µm"
"""Least and most room for a comparison: the most holds all but numbers of many digits."""


class VerdictRows(QWidget):
    """Draws a sign, a name, a bar of steps, the comparison and the margin for each rule.

    Nothing scrolls: rules come in the order given, and where there is too little room the last
    line says how many more there are. Rules that are not tested are in that line only.

    Attributes
    ----------
    chosen : Signal(int)
        A rule was clicked; −1: the last line, all that have none of their own.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("whyRows")
        make_small(self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._colors = LIGHT
        self._tested: tuple[RuleLine, ...] = ()
        self._untested: tuple[RuleLine, ...] = ()
        self._measure()

    def _measure(self) -> None:
        self._bold = QFont(self.font())
        self._bold.setBold(True)
        self._metrics = metrics = QFontMetricsF(self.font())
        self._line = round(metrics.height() + 1)
        self._sign = metrics.horizontalAdvance("(✗)") + 4
        self._name = max(metrics.horizontalAdvance(rule_name(i)) for i in range(len(RULES)))
        self._bold_metrics = bold = QFontMetricsF(self._bold)
        self._least, self._most = (bold.horizontalAdvance(text) for text in (_WORDS, _WIDEST))
        self._margin = metrics.horizontalAdvance("≤ −20") + 2
        self._fixed = self._sign + self._name + self._margin + 3 * _GAP
        self._column = self._fixed + self._least + _LEAST_BAR

    def show_lines(self, lines: Sequence[RuleLine], colors: Theme) -> None:
        """Show the rules of another unit, in reading order."""
        self._colors = colors
        self._tested = tuple(line for line in lines if line.state != State.NOT_TESTED)
        self._untested = tuple(line for line in lines if line.state == State.NOT_TESTED)
        self.setAccessibleName("; ".join(self.texts()))
        self.setCursor(Qt.CursorShape.PointingHandCursor if lines else Qt.CursorShape.ArrowCursor)
        self.update()

    def texts(self) -> list[str]:
        """Return what it says, whether there is room for it or not."""
        rows = [f"{_sign(line)} {rule_name(line.rule)}: {row_words(line)}" for line in self._tested]
        if not self._tested:  # for one and the same reason
            return [f"– {rest_words((), self._untested)}"] if self._untested else []
        return [*rows, *(f"– {rest_words((), [line])}" for line in self._untested)]

    # -- where things are --------------------------------------------------------------------

    def _grid(self) -> tuple[int, int, int]:
        """Return columns, rows in each, and the height of a row.

        As few columns as show all rules that there are, so that units do not change them, but
        none that is wider than a row can use.
        """
        fit = max(1, int(self.height() // self._line))
        room = max(1, int((self.width() + _BETWEEN) // (self._column + _BETWEEN)))
        under = bool(self._untested) or -(-len(self._tested) // room) > fit
        rows = max(1, fit - 1)  # the last line has its place at all units
        columns = min(room, max(1, -(-len(RULES) // rows)))
        useful = self._fixed + self._most + _MOST_BAR + 2 * _BETWEEN
        columns = max(columns, min(room, -int(-self.width() // useful)))
        needed = -(-len(self._tested) // columns)
        lines = 1 - (-len(RULES) // columns)
        apart = min(_MOST_SPACE, int(self.height() // lines) - self._line)
        high = self._line + max(0, apart)
        return columns, min(rows if under else fit, max(needed, 1)), high

    @property
    def shown(self) -> tuple[RuleLine, ...]:
        """The rules that there is room for."""
        columns, rows, _ = self._grid()
        return self._tested[: columns * rows]

    @property
    def rest(self) -> str:
        """What the last line says; empty: there is none."""
        return rest_words(self._tested[len(self.shown) :], self._untested)

    def _fitting_rest(self) -> str:
        """Return the last line; where it has no room for names of rules, how many these are."""
        rest, beyond = self.rest, self._tested[len(self.shown) :]
        if self._metrics.horizontalAdvance(rest) <= self.width():
            return rest
        return rest_words(beyond, self._untested, named=False)

    def _cells(self) -> Iterator[tuple[RuleLine, QRectF]]:
        columns, rows, high = self._grid()
        wide = (self.width() - (columns - 1) * _BETWEEN) / columns
        for i, line in enumerate(self._tested[: columns * rows]):
            column, row = divmod(i, rows)
            left = column * (wide + _BETWEEN)
            yield line, QRectF(left, row * high, wide, high)

    def _last(self) -> QRectF:
        """Return where the last line is."""
        _, rows, high = self._grid()
        return QRectF(0, rows * high, self.width(), high)

    def place_of(self, rule: int) -> QPoint | None:
        """Return the middle of a rule's row; None: there is no room for it."""
        for line, box in self._cells():
            if line.rule == rule:
                return box.center().toPoint()
        return None

    def line_at(self, place: QPoint) -> RuleLine | None:
        """Return the rule at a place."""
        return next((line for line, box in self._cells() if box.contains(QPointF(place))), None)

    def sizeHint(self) -> QSize:
        return QSize(round(2 * self._column), 13 * self._line)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 3 * self._line)

    # -- drawing -----------------------------------------------------------------------------

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            for line, box in self._cells():
                self._paint(painter, line, box)
            if rest := self._fitting_rest():
                painter.setPen(QColor(self._colors.faint))
                self._text(painter, rest, self._last(), _LEFT)
        finally:
            painter.end()

    def _paint(self, painter: QPainter, line: RuleLine, box: QRectF) -> None:
        colors, words = self._colors, QColor(word_color(line, self._colors))
        decides = line.state == State.FAIL and line.section == Section.DECIDING
        signs = {State.FAIL: colors.fail_text, State.PASS: colors.pass_text}
        x = box.left()
        if line.saved:  # the threshold is only tried: the tool tip says which is saved
            painter.fillRect(box, QColor(colors.warn_tint))
        painter.setPen(QColor(signs.get(line.state, colors.faint)))
        painter.drawText(QRectF(x, box.top(), self._sign, box.height()), _LEFT, _sign(line))
        x += self._sign
        painter.setPen(QColor(colors.text if line.state in signs else colors.faint))
        self._text(painter, rule_name(line.rule), _part(box, x, self._name), _LEFT)
        x += self._name + _GAP
        wide, bar = self._shared(box.width())
        self._bar(painter, line, _part(box, x, bar))
        x += bar + _GAP
        painter.setPen(words)
        if decides:
            painter.setFont(self._bold)
        read = wide if line.margin == line.margin else wide + _GAP + self._margin  # no steps to say
        self._text(painter, self._comparison(line, read, bold=decides), _part(box, x, read), _LEFT)
        if decides:
            painter.setFont(self.font())
        x += wide + _GAP
        painter.setPen(words if line.state == State.FAIL else QColor(colors.faint))
        painter.drawText(_part(box, x, self._margin), _RIGHT, margin_sign(line.margin))

    def _comparison(self, line: RuleLine, wide: float, *, bold: bool) -> str:
        """Return what a value is compared with; without its unit where that has no room.

        Where nothing is compared it says why, in as many words as have room.
        """
        metrics = self._bold_metrics if bold else self._metrics
        if not line.comparison:
            return in_room(line.note, metrics, wide)
        whole, short = line.comparison, " ".join(line.comparison.split(" ")[:3])
        saved = saved_words(line)
        texts = (whole + saved, short + saved, whole) if saved else (whole,)
        return next((t for t in texts if metrics.horizontalAdvance(t) <= wide), short)

    def _shared(self, width: float) -> tuple[float, float]:
        """Return the widths of comparison and bar in a column: what is read comes first."""
        room = width - self._fixed
        fair = min(_FAIR_BAR, room - self._least)
        bar = min(max(room - self._most, fair), _MOST_BAR)
        return min(room - bar, self._most), bar

    def _bar(self, painter: QPainter, line: RuleLine, box: QRectF) -> None:
        colors, middle = self._colors, box.center()
        if line.margin != line.margin:
            return
        painter.setPen(QColor(colors.grid))
        painter.drawLine(QLineF(middle.x(), box.top(), middle.x(), box.bottom()))
        half = box.width() / 2 - _ARROW
        high = box.height() * _BAR_HEIGHT
        end = scaled(line.margin) / REACH * half
        drawn = QRectF(middle.x(), middle.y() - high / 2, end, high)
        fill = QColor(bar_fill(line, colors))
        draw_bar(painter, drawn, middle.x(), fill, abs(line.margin) >= MARGIN_CLIP)

    def _text(self, painter: QPainter, text: str, box: QRectF, flags: int) -> None:
        metrics = self._bold_metrics if painter.font().bold() else self._metrics
        if metrics.horizontalAdvance(text) > box.width():
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, flags, text)

    # -- the mouse ---------------------------------------------------------------------------

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        if event.button() != Qt.MouseButton.LeftButton or not self.rect().contains(place):
            return
        line = self.line_at(place)
        if line is not None:
            self.chosen.emit(line.rule)
        elif self._last().contains(QPointF(place)) and self.rest:
            self.chosen.emit(-1)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._measure()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            line = self.line_at(event.pos())  # type: ignore[attr-defined]
            tip = rule_tip(line) if line is not None else self._rest_tip()
            QToolTip.showText(event.globalPos(), plain_tip(tip), self)  # type: ignore[attr-defined]
            return True
        return bool(super().event(event))

    def _rest_tip(self) -> str:
        """Return the rules of the last line, one each."""
        lines = (*self._tested[len(self.shown) :], *self._untested)
        return "\n".join(
            f"{_sign(line)} {rule_name(line.rule)}: {row_words(line)}" for line in lines
        )


def _sign(line: RuleLine) -> str:
    """Return a rule's sign; a failure that a stronger rule hides is in brackets."""
    sign = STATE_SIGN[line.state]
    return f"({sign})" if line.section == Section.MASKED else sign


def _part(box: QRectF, left: float, width: float) -> QRectF:
    return QRectF(left, box.top(), max(width, 0.0), box.height())
