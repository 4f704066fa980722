"""A value beside its limit in words: true as written, how far, and in how many steps."""

from __future__ import annotations

import operator

import numpy as np

from bcviewer.core.rules.metric import MARGIN_CLIP, Metric, figure
from bcviewer.core.rules.rules import RULE_OF, Rule

HOLDS = {"<": operator.lt, ">": operator.gt, "≥": operator.ge, "≤": operator.le}
"""What each sign means."""
OPPOSITE = {"<": "≥", ">": "≤"}
"""What holds where a failing comparison does not."""


def passing(rule: Rule) -> str:
    """Return the comparison that passes, without its threshold: ``presence ratio ≥``."""
    return f"{rule.declared.title} {OPPOSITE[rule.op]}"


def parameter_words(name: str, value: str) -> str:
    """Return a threshold or flag with a value: ``presence ratio ≥ 0.6``, ``computeDrift false``."""
    rule = RULE_OF.get(name)
    return f"{name if rule is None else passing(rule)} {value}".strip()


def comparison(metric: Metric, value: float, op: str, threshold: float) -> str:
    """Return ``value op threshold`` with as many digits as make it true as written.

    Parameters
    ----------
    metric : Metric
        Gives the usual number of digits and the unit.
    value, threshold : float
        The numbers; ``op`` must hold between them.
    op : {'<', '>', '≥', '≤'}
        The comparison.
    """
    unit = f" {metric.unit}" if metric.unit and metric.unit != "%" else metric.unit
    short = format(threshold, "g")  # the limit as it was typed, where that is all of it
    limit = short if float(short) == threshold else ""
    written = [(figure(value, metric.fmt), figure(threshold, metric.fmt))]
    written += [(format(value, d), format(threshold, d)) for d in (".4g", ".6g", ".9g")]
    for left, digits in written:
        right = limit or digits
        as_written = float(left.replace(",", "")), float(right.replace(",", ""))
        if as_written == (value, threshold) or (
            HOLDS[op](*as_written) and (as_written[0] == as_written[1]) == (value == threshold)
        ):
            break
    else:  # all digits that there are
        left, right = format(value, ".17g"), limit or format(threshold, ".17g")
    return f"{left} {op} {right}{unit}"


def margin_words(margin: float) -> str:
    """Return a margin as ``1.3 steps``; clipped ones as ``20 steps or more``."""
    if np.isnan(margin):
        return ""
    size = abs(margin)
    if size >= MARGIN_CLIP:
        return f"{MARGIN_CLIP:.0f} steps or more"
    return f"{size:.1f} steps" if size >= 0.05 or size == 0 else "under 0.1 steps"


def margin_sign(margin: float) -> str:
    """Return a margin in a few letters, for a column: ``−1.8``, ``+1.0``, ``≥ +20``.

    Zero has no sign: the value is at its limit, and passes.
    """
    if np.isnan(margin):
        return ""
    if abs(margin) >= MARGIN_CLIP:
        return f"≥ +{MARGIN_CLIP:.0f}" if margin > 0 else f"≤ −{MARGIN_CLIP:.0f}"
    if margin and abs(margin) < 0.05:
        return "< +0.1" if margin > 0 else "> −0.1"
    return f"{margin:+.1f}".replace("-", "−") if margin else "0.0"


def shortfall(rule: Rule, value: float, threshold: float) -> str:
    """Return how far a value is from its limit, in the metric's unit and as a share of it."""
    difference = value - threshold
    if not np.isfinite(difference):
        return ""
    number = format(abs(difference), rule.declared.fmt.replace("%", "f"))
    if float(number.replace(",", "")) == 0:
        number = format(abs(difference), ".2g")
    unit = rule.declared.unit
    gap = f"{number} {unit}" if unit and unit != "%" else number + unit
    side = "over" if difference > 0 else "short"
    share = f", {difference / abs(threshold):+.0%}" if threshold else ""
    return f"{gap} {side}{share}".replace("-", "−")
