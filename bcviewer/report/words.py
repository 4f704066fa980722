"""Short words for rules, counts and classes, as the figures and the tables write them."""

from __future__ import annotations

import math
from collections.abc import Iterable

from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.palette import LABEL_SIGN
from bcviewer.core.rules.rules import BLOCK_NAMES, RULES
from bcviewer.core.sheet.table import AuditTable


def class_name(label: Label) -> str:
    """Return a class's name; units without spikes have none of their own."""
    return LABEL_NAMES[label] or "no spikes"


def signed_name(label: Label) -> str:
    """Return a class's sign and name."""
    return f"{LABEL_SIGN[label]} {class_name(label)}"


def rule_words(table: AuditTable, rule: int, block: bool = True) -> str:
    """Return a failure as ``MUA · presence ratio < 0.7``, with this run's threshold."""
    declared = RULES[rule]
    if declared.op == "missing":
        text = f"{declared.declared.title}: no value"
    else:
        metric = METRICS[declared.metric]
        limit = table.audit.rules[rule].threshold
        unit = f" {metric.unit}" if metric.unit else ""
        number = "?" if math.isnan(limit) else format(limit, "g")
        text = f"{metric.title} {declared.op} {number}{unit}"
    return f"{BLOCK_NAMES[declared.block]} · {text}" if block else text


def share(count: int, of: int) -> str:
    """Return a share as a percentage with as many digits as mean something."""
    if not of:
        return "–"
    value = 100 * count / of
    if count and value < 0.1:
        return "< 0.1 %"
    return f"{value:.1f} %" if 0 < value < 10 or 90 < value < 100 else f"{value:.0f} %"


def units(count: int) -> str:
    """Return ``1 unit``, ``1,316 units``."""
    return f"{count:,} unit" + ("" if count == 1 else "s")


def listed(parts: Iterable[str]) -> str:
    """Return ``a, b and c``."""
    texts = list(parts)
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)
