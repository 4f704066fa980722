"""What a metric's histogram says: its title, its thresholds, its bins and what stands aside."""

from __future__ import annotations

from bcviewer.core.arrays import Ints
from bcviewer.core.figures.histograms import Histogram, Limit
from bcviewer.core.figures.words import reason_name, share, signed_name
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.table import Table

STACK: tuple[Label, ...] = (*CLASSES, Label.EMPTY, Label.INCOMPLETE, Label.UNKNOWN)
"""Labels of a bar, from the bottom up."""


def metric_title(key: str) -> str:
    """Return what stands above a histogram: the metric with its unit."""
    metric = METRICS[key]
    return f"{metric.title} ({metric.unit})" if metric.unit else metric.title


def turns(found: Histogram) -> list[tuple[float, Limit]]:
    """Return where failing begins for each threshold that lies on the axis.

    Of a count, that is the edge of the bin of the last count that passes.
    """
    edges = found.edges
    return [
        (found.axis.turn(limit.value, RULES[limit.rule].op), limit)
        for limit in found.limits
        if len(edges) and edges[0] <= limit.value <= edges[-1]
    ]


def part_counts(found: Histogram, part: int) -> Ints:
    """Return the units of a bin or, after those, of an aside, shape (len(Label),)."""
    n = found.axis.n_bins
    return found.counts[:, part] if part < n else found.aside_counts[:, part - n]


def part_filter(found: Histogram, part: int) -> str:
    """Return the filter for exactly the units of a bin or aside; empty where there is none."""
    n = found.axis.n_bins
    return found.bin_filter(part) if part < n else found.asides[part - n].filter


def metric_tip(table: Table, key: str) -> str:
    """Return what a metric is and when it fails in this run."""
    metric = METRICS[key]
    rules = [i for i, rule in enumerate(RULES) if rule.metric == key]
    tested = (
        f"{RULES[i].token}{one.where}: {one.status.why}"
        for i in rules
        for one in table.rules_of(i)
        if one.status.why
    )
    fails = (
        f"fails: {reason_name(table, i)}"
        for i in rules
        if not all(one.status.why for one in table.rules_of(i))
    )
    return "\n".join((f"{metric.title} ({key})", metric.help, *fails, *tested))


def part_tip(found: Histogram, part: int) -> str:
    """Return how many units of each class a bin or aside has, and what they are past."""
    counts = part_counts(found, part)
    total = int(found.counts.sum() + found.aside_counts.sum())
    n = int(counts.sum())
    by_class = (f"{signed_name(label)} {counts[label]:,}" for label in STACK if counts[label])
    of_all = f"{n:,} of {count_of(total, 'unit')} ({share(n, total)})"
    lines = [_where(found, part), of_all, "   ".join(by_class), *_failing(found, part)]
    lines.append("Click to show exactly these units." if n else "")
    return "\n".join(line for line in lines if line)


def _where(found: Histogram, part: int) -> str:
    """Return a part in words."""
    metric, n = METRICS[found.key], found.axis.n_bins
    if part >= n:
        aside = found.asides[part - n]
        beyond = f" ({aside.short})" if aside.kind in ("below", "above") and n else ""
        return f"{metric.title}: {aside.words}{beyond}"
    low, high = float(found.edges[part]), float(found.edges[part + 1])
    if found.axis.quantum == 1.0:
        return f"{metric.title} {metric.text((low + high) / 2)}"
    unit = f" {metric.unit}" if metric.unit else ""
    return f"{metric.title} {low:.5g} to {high:.5g}{unit}"


def _failing(found: Histogram, part: int) -> list[str]:
    """Return the rules that all units of a bin are past."""
    n = found.axis.n_bins
    if part >= n:
        return []
    low, high = float(found.edges[part]), float(found.edges[part + 1])
    return [
        f"past {RULES[i.rule].token}{i.where}"
        + (" (counts with three others)" * RULES[i.rule].four_way)
        for i in found.limits
        if (high <= i.value if RULES[i.rule].op == "<" else low >= i.value)
    ]
