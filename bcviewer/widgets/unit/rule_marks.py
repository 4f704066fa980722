"""How one rule of one unit is drawn and what hovering it says: for every panel that lists rules."""

from __future__ import annotations

from math import copysign, isnan, sqrt

from bcviewer.core.audit.reasons import FOUR_WAY_HELP
from bcviewer.core.audit.states import State
from bcviewer.core.rules.metric import MARGIN_CLIP
from bcviewer.core.rules.rules import BLOCK_NAMES, RULES
from bcviewer.core.sheet.rule_lines import SECTION_TITLES, RuleLine, Section
from bcviewer.widgets.drawing.theme import FAIL_FILL, Theme

STATE_WORDS = {
    State.PASS: "pass",
    State.FAIL: "FAIL",
    State.BEYOND: "beyond",
    State.NOT_TESTED: "not tested",
    State.EXEMPT: "exempt",
    State.MISSING: "missing",
}


def scaled(margin: float) -> float:
    """Return where a margin is drawn: its signed root, so that half a step can be seen."""
    return copysign(sqrt(abs(margin)), margin) if margin else 0.0


def unscaled(end: float) -> float:
    """Return the margin that is drawn at a place."""
    return copysign(end * end, end)


REACH = scaled(MARGIN_CLIP)
"""The axis of margins runs from −REACH to REACH."""


def row_words(line: RuleLine) -> str:
    """Return the comparison of a rule with its state, or why there is none."""
    word = STATE_WORDS[line.state]
    if line.state in (State.NOT_TESTED, State.MISSING, State.EXEMPT) or not line.comparison:
        return f"{word}: {line.note}"
    text = f"{word} {line.comparison}{saved_words(line)}"
    return f"{text} · {line.note}" if isnan(line.margin) and line.note else text


def saved_words(line: RuleLine) -> str:
    """Return what follows a comparison with a threshold that is only tried."""
    return f" ({line.saved})" if line.saved else ""


def rule_name(rule: int) -> str:
    """Return what a rule is about: its metric's title."""
    declared = RULES[rule]
    return "peaks found" if declared.op == "missing" else declared.declared.title


def rule_tip(line: RuleLine) -> str:
    """Return all that is to be known of a rule of a unit."""
    rule = RULES[line.rule]
    lines = [
        f"{rule_name(line.rule)} · {BLOCK_NAMES[rule.block]}",
        row_words(line),
        SECTION_TITLES[line.section],
        line.note,
        "",
        rule.key,
        rule.declared.help,
    ]
    if rule.step and rule.op != "missing":
        lines.append(f"One step: {rule.step.words(rule.declared.unit)}.")
    if rule.four_way:
        lines.append(FOUR_WAY_HELP)
    lines.append("Click: the evidence for it.")
    return "\n".join(lines)


def bar_fill(line: RuleLine, colors: Theme) -> str:
    """Return a bar's fill: failing ones that decide stand out, hidden and uncounted ones less."""
    if line.state == State.FAIL:
        return FAIL_FILL if line.section == Section.DECIDING else colors.masked
    return colors.masked if line.state == State.BEYOND else colors.passed


def word_color(line: RuleLine, colors: Theme) -> str:
    """Return the colour of a rule's words."""
    if line.state == State.FAIL:
        return colors.fail_text
    return colors.text if line.state == State.PASS else colors.faint
