"""The rules behind a plot, in one or two lines: each metric with its limits, its sign and state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from bcviewer.core.audit.states import STATE_NAMES, State
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import BLOCK_NAMES, RULES
from bcviewer.core.sheet.rule_lines import NOT_BY_THIS_RUN, SEE_WHY, RuleLine, Section, rule_line
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.widgets.drawing.fewer_words import in_fewer_words
from bcviewer.widgets.drawing.theme import STATE_SIGN, make_small, theme
from bcviewer.widgets.drawing.tips import plain_tip

_EDGE, _PAD, _GAP = 6.0, 3.0, 6.0
"""Pixels: beside all words, inside a metric's words, and between two metrics'."""

_WORST = (
    State.FAIL,
    State.BEYOND,
    State.EXEMPT,
    State.PASS,
    State.MISSING,
    State.NOT_TESTED,
)


@dataclass(frozen=True, slots=True)
class MetricWords:
    """What is said of one metric.

    Attributes
    ----------
    state : State
        The worst state of its rules.
    text : str
        Title, value and limits: ``duration 433 ≥ 100, ≤ 1150 µs``.
    tip : str
        A line for each of its rules.
    """

    state: State
    text: str
    tip: str


@cache
def _rules_of(key: str) -> tuple[int, ...]:
    return tuple(i for i, rule in enumerate(RULES) if rule.metric == key)


def metric_words(table: Sheet, row: int, key: str) -> MetricWords | None:
    """Return what is said of a unit's metric; None where no rule reads it."""
    lines = [rule_line(table, row, i) for i in _rules_of(key)]
    if not lines:
        return None
    tip = "\n".join(_tip(line) for line in lines)
    title = METRICS[key].title
    absent = [line for line in lines if RULES[line.rule].op == "missing"]
    lines = [line for line in lines if line not in absent]
    if any(line.state == State.FAIL for line in absent):
        return MetricWords(State.FAIL, f"{title}: no value", tip)
    tested = [line for line in lines if line.state != State.NOT_TESTED]
    if not tested:
        value = float(table.values(key)[row]) if table.floats(key) is not None else None
        known = "" if value is None or value != value else f" {METRICS[key].text(value)}"
        here = any(line.note == NOT_BY_THIS_RUN for line in lines)
        said = f" {SEE_WHY}" if here else ": not tested"
        return MetricWords(State.NOT_TESTED, f"{title}{known}{said}", tip)
    state = min((line.state for line in tested), key=_WORST.index)
    compared = [line.comparison for line in tested if line.comparison]
    if not compared:
        return MetricWords(state, f"{title}: no value", tip)
    tail = {State.BEYOND: " (not counted)", State.EXEMPT: " (exempt)"}.get(state, "")
    saved = ", ".join(dict.fromkeys(line.saved for line in tested if line.saved))
    tail = f" ({saved}){tail}" if saved else tail  # the limit is only tried
    return MetricWords(state, f"{title} {_joined(compared)}{tail}", tip)


def _joined(compared: Sequence[str]) -> str:
    """Return comparisons of one value in one: ``433 ≥ 100 µs``, ``433 ≤ 1150 µs``."""
    first, *others = (words.split(" ", 3) for words in compared)
    if any(parts[0] != first[0] for parts in others):
        return ", ".join(compared)
    limits = ", ".join(" ".join(parts[1:3]) for parts in (first, *others))
    if not others:
        return compared[0]
    return " ".join([first[0], limits, *first[3:]])


def _tip(line: RuleLine) -> str:
    rule = RULES[line.rule]
    title = f"{rule.declared.title} missing" if rule.op == "missing" else rule.declared.title
    state = "failed, but hidden by a stronger rule" if line.section == Section.MASKED else ""
    parts = [title, line.comparison, state or STATE_NAMES[line.state], line.note]
    parts.insert(2, line.saved)
    said = " · ".join(part for part in parts if part)
    return f"{STATE_SIGN[line.state]} {said} · {BLOCK_NAMES[rule.block]}"


class RuleWords(QWidget):
    """Shows the rules that a plot is the evidence of; it never makes its dock wider.

    Where there is too little room, metrics that fail nothing go first, and ``+3`` says how many;
    the tool tip has them all. It gets as high as a unit needs, up to its number of lines, and
    stays so until it is resized: stepping moves no plot.

    Parameters
    ----------
    parent : QWidget
        Where it stands.
    lines : int
        How many lines at most.
    """

    def __init__(self, parent: QWidget, lines: int = 2) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        make_small(self)
        self._measure()
        self._most = lines
        self._lines = 1
        self._width = -1
        self._words: tuple[MetricWords, ...] = ()
        self._placed: list[tuple[QRectF, State, str]] = []

    def _measure(self) -> None:
        self._metrics = QFontMetricsF(self.font())
        self._line_height = round(self._metrics.height() + 2)
        self._sign = self._metrics.horizontalAdvance("✓")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_placed"):
            self._measure()
            self._place()
            self.updateGeometry()

    @property
    def words(self) -> tuple[MetricWords, ...]:
        """What is said, in the order of the metrics."""
        return self._words

    @property
    def shown(self) -> tuple[str, ...]:
        """The texts that there is room for, as they are drawn."""
        return tuple(text for _, _, text in self._placed)

    def set_rules(self, table: Sheet | None, row: int, metric_keys: Sequence[str]) -> None:
        """Show the rules of some metrics for a unit; nothing without a table or a unit."""
        found: tuple[MetricWords | None, ...] = ()
        if table is not None and row >= 0:
            found = tuple(metric_words(table, row, key) for key in metric_keys)
        words = tuple(each for each in found if each is not None)
        if words != self._words:
            self._words = words
            self.setAccessibleName("; ".join(f"{STATE_NAMES[w.state]}: {w.text}" for w in words))
            self._place()
            self.update()

    def set_most(self, lines: int) -> None:
        """Say how many lines it may take."""
        if lines != self._most:
            self._most = lines
            self._lines = 1
            self._place()
            self.updateGeometry()

    def _place(self) -> None:
        """Find the places of the words, leaving out what there is no room for."""
        chips = [(w.state, f"{STATE_SIGN[w.state]} {w.text}") for w in self._words]
        wide = {text: self._metrics.horizontalAdvance(text) for _, text in chips}
        while True:
            left_out = len(self._words) - len(chips)
            more = [(State.NOT_TESTED, f"+{left_out}")] if left_out else []
            placed = list(self._flow([*chips, *more], wide))
            lines = 1 + round(placed[-1][0].y() / self._line_height) if placed else 1
            if lines <= self._most or len(chips) < 2:
                break
            passed = [i for i, (state, _) in enumerate(chips) if state != State.FAIL]
            del chips[passed[-1] if passed else -1]
        self._placed = placed
        lines = min(lines, self._most)
        if lines > self._lines:
            self._lines = lines
            self.updateGeometry()

    def _flow(
        self, chips: Sequence[tuple[State, str]], wide: dict[str, float]
    ) -> Iterator[tuple[QRectF, State, str]]:
        """Yield each text's place, line by line; one that is wider than a line is shortened."""
        room = max(self.width() - 2 * _EDGE, 20.0)
        x = y = 0.0
        for state, text in chips:
            width = wide.get(text, 3 * _GAP) + 2 * _PAD
            if width > room:
                text = in_fewer_words(text, self._metrics, room - 2 * _PAD)
                width = self._metrics.horizontalAdvance(text) + 2 * _PAD
            if x > 0 and x + width > room:
                x, y = 0.0, y + self._line_height
            yield QRectF(_EDGE + x, y, width, self._line_height), state, text
            x += width + _GAP

    def sizeHint(self) -> QSize:
        return QSize(40, self._lines * self._line_height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.width() != self._width:
            self._width = self.width()
            before, self._lines = self._lines, 1
            self._place()
            if self._lines < before:
                self.updateGeometry()

    def paintEvent(self, _: QPaintEvent) -> None:
        colors = theme()
        signs = {State.FAIL: colors.fail_text, State.PASS: colors.pass_text}
        painter = QPainter(self)
        for box, state, text in self._placed:
            if state == State.FAIL:
                painter.fillRect(box.adjusted(0, 1, 0, -1), QColor(colors.fail_tint))
            inner = box.adjusted(_PAD, 0, _GAP, 0)
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            plain = colors.text if state in (State.PASS, State.FAIL) else colors.faint
            sign, rest = text[:1], text[1:]
            if state in signs:
                painter.setPen(QColor(signs[state]))
                painter.drawText(inner, int(flags), sign)
                inner.setLeft(inner.left() + self._sign)
                text = rest
            painter.setPen(QColor(plain))
            painter.drawText(inner, int(flags), text)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            tip = plain_tip("\n".join(words.tip for words in self._words))
            QToolTip.showText(event.globalPos(), tip, self)  # type: ignore[attr-defined]
            return True
        return bool(super().event(event))
