"""Every rule for the current unit on one axis: zero is the threshold, one bar a rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.audit.states import State
from bcviewer.core.rules.metric import MARGIN_CLIP
from bcviewer.core.rules.rules import BLOCK_NAMES, RULES
from bcviewer.core.sheet.rule_lines import Line, rule_line
from bcviewer.widgets.base.savable_panel import SavablePanel
from bcviewer.widgets.drawing.margin_rows import MarginRow, MarginRows
from bcviewer.widgets.drawing.scroll import scrolled
from bcviewer.widgets.drawing.theme import FAIL_FILL, Theme, theme

_TICKS = (-20, -10, -5, -1, 0, 1, 5, 10, 20)
_STATE_WORDS = {
    State.PASS: "pass",
    State.FAIL: "FAIL",
    State.BEYOND: "beyond",
    State.NOT_TESTED: "not tested",
    State.EXEMPT: "exempt",
    State.MISSING: "missing",
}


def scaled(margin: float) -> float:
    """Return where a margin is drawn: its signed root, so that half a step can be seen."""
    return float(np.sign(margin) * np.sqrt(abs(margin)))


def _layout() -> tuple[list[int | None], list[str]]:
    """Return the rule of each row (None: a heading) and the heading's text."""
    rows: list[int | None] = []
    heads: list[str] = []
    for block, name in enumerate(BLOCK_NAMES):
        rows.append(None)
        heads.append(name)
        for i, rule in enumerate(RULES):
            if rule.block == block:
                rows.append(i)
                heads.append("")
    return rows, heads


ROWS, HEADS = _layout()


class ThresholdsPanel(SavablePanel):
    """The per-unit threshold plot: every rule of every block."""

    panel_id = "thresholds"
    title = "Thresholds"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        area = scrolled(None, self)
        ticks = [(scaled(t), str(abs(t))) for t in _TICKS]
        title = "← fails  ·  steps from the threshold  ·  passes →"
        self.plot = MarginRows(area.viewport(), scaled(MARGIN_CLIP), ticks, title)
        self.body = self.plot
        area.setWidget(self.plot)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(area)
        self.lines: list[Line] = []

    def redraw(self, scene: Scene) -> None:
        sheet, row = scene.sheet, scene.sheet_row
        self.lines = []
        if sheet is not None and row >= 0:
            self.lines = [rule_line(sheet, row, i) for i in range(len(RULES))]
        self.plot.show_rows(drawn_rows(self.lines, theme()), theme())

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        rows = [
            (
                RULES[line.rule].token,
                _STATE_WORDS[line.state],
                line.comparison,
                "" if np.isnan(line.margin) else line.margin,
                line.note,
            )
            for line in self.lines
        ]
        return ("rule", "state", "comparison", "margin_steps", "note"), rows


def drawn_rows(lines: Sequence[Line], colors: Theme) -> list[MarginRow]:
    """Return a row for each rule of each block, under its heading; without lines they are empty."""
    out = []
    for rule, head in zip(ROWS, HEADS, strict=True):
        line = lines[rule] if rule is not None and lines else None
        if line is None:
            out.append(MarginRow(head or _name(rule), name_color=colors.faint))
            continue
        margin = line.margin
        out.append(
            MarginRow(
                _name(rule),
                row_words(line),
                _tip(line),
                colors.text,
                _word_color(line, colors),
                None if np.isnan(margin) else scaled(margin),
                bar_fill(line, colors),
                bool(abs(margin) >= MARGIN_CLIP),
            )
        )
    return out


def _name(rule: int | None) -> str:
    if rule is None:
        return ""
    declared = RULES[rule]
    if declared.op == "missing":
        return "peaks found"
    return f"{declared.declared.title} {'max' if declared.op == '>' else 'min'}"


def row_words(line: Line) -> str:
    """Return what stands at the end of a row: the comparison, or why there is none."""
    word = _STATE_WORDS[line.state]
    if line.state in (State.NOT_TESTED, State.MISSING, State.EXEMPT) or not line.comparison:
        return f"{word}: {line.note}"
    text = f"{word} {line.comparison}"
    return f"{text} · {line.note}" if np.isnan(line.margin) and line.note else text


def bar_fill(line: Line, colors: Theme) -> str:
    """Return a bar's fill: failing ones that decide stand out, hidden and uncounted ones less."""
    if line.state == State.FAIL:
        return FAIL_FILL if line.section == 0 else colors.masked
    return colors.masked if line.state == State.BEYOND else colors.passed


def _word_color(line: Line | None, colors: Theme) -> str:
    if line is not None and line.state == State.FAIL:
        return colors.fail_text
    return colors.text if line is not None and line.state == State.PASS else colors.faint


def _tip(line: Line | None) -> str:
    if line is None:
        return ""
    rule = RULES[line.rule]
    step = f"\none step: {rule.step.words()}" if rule.step and rule.op != "missing" else ""
    return f"{rule.key}\n{row_words(line)}\n{line.note}\n{rule.declared.help}{step}"
