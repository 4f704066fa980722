"""What the population's pictures say of classes, rules and counts: once, for window and report."""

from __future__ import annotations

from collections.abc import Iterable

from bcviewer.core.filter.quote import quote
from bcviewer.core.rules.labels import LABEL_NAMES, Label, class_name
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.palette import LABEL_FILL, LABEL_SIGN
from bcviewer.core.rules.rules import BLOCK_NAMES, RULES, Block
from bcviewer.core.sheet.table import Table

BLOCK_LABEL = {Block.NOISE: Label.NOISE, Block.MUA: Label.MUA, Block.NON_SOMA: Label.NON_SOMA}
"""The class whose colour stands for a block."""
MOST_LIMITS = 3
"""More limits of one rule than that are told as a range."""
CLICK = "click to show them"
CLICK_OR_ADD = f"{CLICK}, Ctrl adds them"


# -- classes -------------------------------------------------------------------------------------


def signed_name(label: Label) -> str:
    """Return a class's sign and name."""
    return f"{LABEL_SIGN[label]} {class_name(label)}"


def class_filter(label: Label, column: str = "label") -> str:
    """Return the filter for the units of a class."""
    name = LABEL_NAMES[label]
    return f"{column} == {quote(name)}" if name else f"missing({column})"


# -- rules ---------------------------------------------------------------------------------------


def reason_name(table: Table, rule: int) -> str:
    """Return a failure with its limit: ``presence ratio < 0.7``.

    Where probes have limits of their own, with each: ``presence ratio < 0.7 (A, B) or 0.8 (C)``.
    """
    declared = RULES[rule]
    if declared.op == "missing":
        return "no peaks found"
    return f"{declared.declared.title} {declared.op} {_limits(table, rule)}"


def _limits(table: Table, rule: int) -> str:
    """Return the limits of a rule where it is tested, or else wherever there is one."""
    unit = METRICS[RULES[rule].metric].unit
    end = f" {unit}" if unit else ""
    found = table.rules_of(rule)
    tested = [one for one in found if one.status.tested] or found
    numbers: dict[str, list[str]] = {}
    for one in tested:
        limit = one.status.threshold
        numbers.setdefault("?" if limit != limit else f"{limit:g}", []).extend(one.probes)
    if len(numbers) == 1:
        return next(iter(numbers)) + end
    if len(numbers) > MOST_LIMITS:
        low, *_, high = sorted(one.status.threshold for one in tested)
        return f"its limit ({low:g} to {high:g}{end}, by probe)"
    return " or ".join(f"{n}{end} ({', '.join(probes)})" for n, probes in numbers.items())


def block_name(rule: int) -> str:
    """Return the block of a rule: ``MUA``."""
    return BLOCK_NAMES[RULES[rule].block]


def rule_words(table: Table, rule: int, block: bool = True) -> str:
    """Return a failure as text without colour says it: ``MUA · presence ratio < 0.7``."""
    name = reason_name(table, rule)
    return f"{block_name(rule)} · {name}" if block else name


def rule_fill(rule: int) -> str:
    """Return the fill of a rule: that of the class its block leads to."""
    return LABEL_FILL[BLOCK_LABEL[RULES[rule].block]]


def rule_tip(table: Table, rule: int) -> str:
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
