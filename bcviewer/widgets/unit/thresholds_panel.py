"""Every rule for the current unit on one axis: zero is the threshold, one bar a rule."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import Propose, ResetProposal, ShowEvidence
from bcviewer.core.comparison.handles import handle_of, with_margin
from bcviewer.core.rules.metric import MARGIN_CLIP
from bcviewer.core.rules.rules import BLOCK_NAMES, RULES
from bcviewer.core.sheet.rule_lines import RuleLine, Section, reading_order, rule_line
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.widgets.base.dragged_limits import DraggedLimits
from bcviewer.widgets.base.savable_panel import SavablePanel
from bcviewer.widgets.drawing.margin_rows import MarginRow, MarginRows
from bcviewer.widgets.drawing.scroll import scrolled
from bcviewer.widgets.drawing.theme import Theme, theme
from bcviewer.widgets.unit.rule_marks import (
    REACH,
    STATE_WORDS,
    bar_fill,
    row_words,
    rule_name,
    rule_tip,
    scaled,
    unscaled,
    word_color,
)
from bcviewer.widgets.unit.threshold_line import ThresholdLine

_TICKS = (-20, -10, -5, -1, 0, 1, 5, 10, 20)
HEADINGS = {
    Section.DECIDING: "FAILED",
    Section.MASKED: "FAILED, MASKED",
    Section.OPEN: "FAILED, UNDECIDED",
}
"""Over the rules that a unit fails; further ones stand under their blocks."""


class ThresholdsPanel(SavablePanel):
    """The per-unit threshold plot: every rule, failing ones first, then those of every block.

    Attributes
    ----------
    order : tuple of (int or None, str)
        The rule of each row (None: a heading) and the heading's text.
    """

    panel_id = "thresholds"
    title = "Thresholds"
    parts = ("table", "current", "identity")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        area = scrolled(None, self)
        ticks = [(scaled(t), str(abs(t))) for t in _TICKS]
        title = "← fails  ·  steps from the threshold  ·  passes →"
        self.plot = MarginRows(area.viewport(), REACH, ticks, title)
        self.plot.clicked.connect(self._on_clicked)
        self.plot.dragged.connect(self._on_dragged)
        self.limits = DraggedLimits(self.wish.emit, lambda: self.scene, self)
        self._hold: tuple[int, float] | None = None
        """The rule whose bar is dragged, and where that ended."""
        self.body = self.plot
        area.setWidget(self.plot)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(area, 1)
        self.line = ThresholdLine(self)
        box.addWidget(self.line)
        self.line.chosen.connect(self._on_typed)
        self.line.stepped.connect(self._on_stepped)
        self.line.reset.connect(self._on_reset)
        self._rule: int | None = None
        """The rule whose threshold can be moved."""
        self.lines: list[RuleLine] = []
        self.order: tuple[tuple[int | None, str], ...] = ()

    def redraw(self, scene: Scene) -> None:
        sheet, row = scene.sheet, scene.sheet_row
        self.lines = []
        if sheet is not None and row >= 0:
            self.lines = [rule_line(sheet, row, i) for i in range(len(RULES))]
        self.order = tuple(ordered(self.lines))
        if self._rule is None:  # at first the one that matters most for this unit
            self._rule = self._first_handle(sheet)
        self._show_handle()
        moves: set[int] = set()
        if sheet is not None:
            moves = {line.rule for line in self.lines if handle_of(sheet, line.rule) is not None}
        self.plot.show_rows(drawn_rows(self.order, self.lines, theme(), moves), theme())

    def _on_clicked(self, row: int) -> None:
        rule = self.order[row][0]
        if rule is not None and self.lines:
            self._rule = rule
            self._show_handle()
            self.wish.emit(ShowEvidence(RULES[rule].metric))

    def _on_dragged(self, row: int, along: float, ends: bool) -> None:
        """Move the threshold so that the bar ends where the hand is: the unit's value stays."""
        scene = self.scene
        if scene is None or scene.sheet is None or not self.lines:
            return
        if self._hold is None:  # other rows may come while it goes on
            rule = self.order[row][0]
            if rule is None:
                return
            self._hold = rule, scaled(self.lines[rule].margin)
            self._rule = rule
            self._show_handle()
        rule, end = self._hold
        if ends:
            self._hold = None
        wanted = unscaled(max(-REACH, min(REACH, end + along)))
        value = with_margin(scene.sheet, scene.sheet_row, rule, wanted)
        if np.isfinite(value):
            self.limits.moved(rule, value, ends)

    def retheme(self) -> None:
        self.line.retheme()
        super().retheme()

    # -- the handle --------------------------------------------------------------------------

    def forget(self) -> None:
        self._rule = None
        super().forget()

    def _first_handle(self, sheet: Sheet | None) -> int | None:
        """Return the first rule, from the top, that has a threshold."""
        rules = [rule for rule, _ in self.order if rule is not None]
        if sheet is None or not self.lines:
            return None
        return next((rule for rule in rules if handle_of(sheet, rule) is not None), None)

    def _show_handle(self) -> None:
        sheet, rule = None if self.scene is None else self.scene.sheet, self._rule
        self.line.show_handle(handle_of(sheet, rule) if sheet and rule is not None else None)

    def _on_typed(self, name: str, value: float) -> None:
        self.wish.emit(Propose(name, value))

    def _on_stepped(self, steps: float) -> None:
        if self._rule is not None:
            self.limits.stepped(self._rule, steps)

    def _on_reset(self, name: str) -> None:
        self.wish.emit(ResetProposal(name))

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        rows = [
            (
                RULES[line.rule].token,
                STATE_WORDS[line.state],
                line.comparison,
                "" if np.isnan(line.margin) else line.margin,
                line.note,
            )
            for line in self.lines
        ]
        return ("rule", "state", "comparison", "margin_steps", "note"), rows


def ordered(lines: Sequence[RuleLine]) -> list[tuple[int | None, str]]:
    """Return the rules in the order of the rows, under headings; failing ones first."""
    failed = [line for line in reading_order(lines) if line.section in HEADINGS]
    out: list[tuple[int | None, str]] = []
    for section, heading in HEADINGS.items():
        rules = [line.rule for line in failed if line.section == section]
        if rules:
            out += [(None, heading), *((rule, "") for rule in rules)]
    above = {line.rule for line in failed}
    for block, name in enumerate(BLOCK_NAMES):
        rules = [i for i, rule in enumerate(RULES) if rule.block == block and i not in above]
        if rules:
            out += [(None, name), *((rule, "") for rule in rules)]
    return out


def drawn_rows(
    order: Sequence[tuple[int | None, str]],
    lines: Sequence[RuleLine],
    colors: Theme,
    moves: Collection[int] = (),
) -> list[MarginRow]:
    """Return a row for each rule and heading; without lines they are empty.

    The bars of the rules in ``moves`` can be dragged.
    """
    out = []
    for rule, head in order:
        line = lines[rule] if rule is not None and lines else None
        if line is None:
            out.append(MarginRow(head or _name(rule), name_color=colors.faint))
            continue
        margin = line.margin
        out.append(
            MarginRow(
                _name(rule),
                row_words(line),
                rule_tip(line),
                colors.text,
                word_color(line, colors),
                None if np.isnan(margin) else scaled(margin),
                bar_fill(line, colors),
                bool(abs(margin) >= MARGIN_CLIP),
                rule in moves and not np.isnan(margin),
            )
        )
    return out


def _name(rule: int | None) -> str:
    if rule is None:
        return ""
    declared = RULES[rule]
    limit = {">": " max", "<": " min"}.get(declared.op, "")
    return rule_name(rule) + limit
