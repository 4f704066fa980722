"""What the population's pictures say of classes, rules and counts: once, for window and report."""

from __future__ import annotations

from collections.abc import Iterable

from bcviewer.core.filter.language import quote
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.palette import LABEL_FILL, LABEL_SIGN
from bcviewer.core.rules.rules import BLOCK_NAMES, RULES, Block
from bcviewer.core.sheet.sheet import Sheet

BLOCK_LABEL = {Block.NOISE: Label.NOISE, Block.MUA: Label.MUA, Block.NON_SOMA: Label.NON_SOMA}
"""The class whose colour stands for a block."""
CLICK = "click to show them"
CLICK_OR_ADD = f"{CLICK}, Ctrl adds them"


# -- classes -------------------------------------------------------------------------------------


def class_name(label: Label) -> str:
    """Return a class's name; units without spikes have none of their own."""
    return LABEL_NAMES[label] or "no spikes"


def signed_name(label: Label) -> str:
    """Return a class's sign and name."""
    return f"{LABEL_SIGN[label]} {class_name(label)}"


def class_filter(label: Label, column: str = "label") -> str:
    """Return the filter for the units of a class."""
    name = LABEL_NAMES[label]
    return f"{column} == {quote(name)}" if name else f"missing({column})"


# -- rules ---------------------------------------------------------------------------------------


def reason_name(table: Sheet, rule: int) -> str:
    """Return a failure with this run's limit: ``presence ratio < 0.7``."""
    declared = RULES[rule]
    if declared.op == "missing":
        return "no peaks found"
    limit = table.audit.rules[rule].threshold
    number = "?" if limit != limit else f"{limit:g}"
    unit = METRICS[declared.metric].unit
    return f"{declared.declared.title} {declared.op} {number}" + (f" {unit}" if unit else "")


def block_name(rule: int) -> str:
    """Return the block of a rule: ``MUA``."""
    return BLOCK_NAMES[RULES[rule].block]


def rule_words(table: Sheet, rule: int, block: bool = True) -> str:
    """Return a failure as text without colour says it: ``MUA · presence ratio < 0.7``."""
    name = reason_name(table, rule)
    return f"{block_name(rule)} · {name}" if block else name


def rule_fill(rule: int) -> str:
    """Return the fill of a rule: that of the class its block leads to."""
    return LABEL_FILL[BLOCK_LABEL[RULES[rule].block]]


def rule_tip(table: Sheet, rule: int) -> str:
    """Return a rule for a tool tip: in words, as a comparison, as a reason."""
    return f"{RULES[rule].title} ({reason_name(table, rule)})\n{RULES[rule].token}"


def reason_filter(rule: int, masked: bool = False) -> str:
    """Return the filter for the units with a reason, masked ones too if asked."""
    token = quote(RULES[rule].token)
    text = f"classification_reason contains {token}"
    return f"({text} or masked_reasons contains {token})" if masked else text


def cell_filter(rule: int, label: Label, masked: bool) -> str:
    """Return the filter for the units of a class with a reason."""
    return f"{reason_filter(rule, masked)} and {class_filter(label)}"


# -- counts --------------------------------------------------------------------------------------


def share(count: int, of: int) -> str:
    """Return a share as a percentage with as many digits as mean something.

    It is 0 % or 100 % only where it is exactly that.
    """
    if not of:
        return "–"
    value = 100 * count / of
    if count and value < 0.1:
        return "< 0.1 %"
    if count < of and value > 99.9:
        return "> 99.9 %"
    return f"{value:.1f} %" if 0 < value < 10 or 90 < value < 100 else f"{value:.0f} %"


def counted(count: int, of: int) -> str:
    """Return a count with its share, as it stands beside a bar."""
    return f"{count:,} ({share(count, of)})" if count else "0"


def listed(parts: Iterable[str]) -> str:
    """Return ``a, b and c``."""
    texts = list(parts)
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)
