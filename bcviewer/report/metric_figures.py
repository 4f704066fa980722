"""Metric histograms by class as SVG, with every threshold at its place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bcviewer.core.figures.histogram_words import STACK, metric_title, turns
from bcviewer.core.figures.histograms import (
    Histogram,
    histogram,
    histogram_metrics,
)
from bcviewer.core.figures.words import listed
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.metric import Metric
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.palette import FAIL_FILL, LABEL_FILL
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.report import svg
from bcviewer.report.pens import Plot
from bcviewer.report.svg import Drawing, Margins


def metric_plots(table: Sheet, prefix: str) -> list[Plot]:
    """Return one histogram for every metric that a rule reads and these results have."""
    present = [key for key in histogram_metrics() if table.kind(key)]
    return [metric_plot(table, key, f"{prefix}-metric-{i}") for i, key in enumerate(present)]


def metric_plot(table: Sheet, metric: str, key: str) -> Plot:
    """Return one metric's distribution."""
    found = histogram(table, metric)
    title = metric_title(metric)
    beside = _beside(found)
    if not found.counts.any() and not beside:
        return Plot(key, title, f"{metric}: no unit has a value.", width="third")
    if not _drawable(found):
        return Plot(
            key, title, _caption(found) + " Its values are too large to draw.", width="third"
        )

    def build(drawing: Drawing) -> None:
        room = 0.34 * len(beside)
        columns = (found.counts.sum(axis=0), *(counts.sum(keepdims=True) for _, counts in beside))
        most = max(1, *(int(column.max(initial=0)) for column in columns))
        ends = (float(found.edges[0]), float(found.edges[-1])) if len(found.edges) else (0.0, 1.0)
        margins = Margins(0.5, right=0.1 + room, top=0.12, bottom=0.28)
        ax = svg.Axes(drawing, ends, (0, most * 1.05), margins, found.log and ends[0] > 0)
        ax.y_ticks(svg.count_ticks(most * 1.05, 3), grid=True)
        if len(found.edges):
            _limits(ax, found)
            _bins(ax, found)
            ax.x_ticks(_value_ticks(found), grid=False, marks=True)
            _limit_lines(ax, found)
        ax.bottom_side()
        if beside:
            margins = Margins(svg.THIRD - room - 0.02, right=0.04, top=0.12, bottom=0.28)
            ends = (-0.5, len(beside) - 0.5)
            _extra(svg.Axes(drawing, ends, (0, most * 1.05), margins), beside)

    figure = svg.draw(key, (svg.THIRD, 1.6), build)
    return Plot(key, title, _caption(found), figure, "third")


def _drawable(found: Histogram) -> bool:
    """Return whether the axis has a length that is a number."""
    if not len(found.edges):
        return True
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(found.edges).all() and np.isfinite(np.ptp(found.edges)))


def _beside(found: Histogram) -> list[tuple[str, npt.NDArray[np.int64]]]:
    """Return what is not on the axis, counted beside it."""
    kinds = (
        ("low", found.below),
        ("high", found.above),
        ("spec.", found.sentinel),
        ("none", found.missing),
    )
    return [(name, counts) for name, counts in kinds if counts.any()]


def _stack(counts: npt.NDArray[np.int64]) -> list[Label]:
    return [label for label in STACK if counts[label].any()]


def _bins(ax: svg.Axes, found: Histogram) -> None:
    edges = found.edges.tolist()
    base = np.zeros(found.counts.shape[1])
    for label in _stack(found.counts):
        values = base + found.counts[label]
        ax.stairs(edges, values.tolist(), base.tolist(), LABEL_FILL[label])
        base = values


def _value_ticks(found: Histogram) -> list[tuple[float, str]]:
    low, high = float(found.edges[0]), float(found.edges[-1])
    if found.log and low > 0:
        values = log_ticks(low, high)
    else:
        whole = _is_count(found)
        values = svg.round_values(low, high, 4, whole=whole, steps=(1, 2, 2.5, 5))
    return [(value, _number(value)) for value in values]


def _is_count(found: Histogram) -> bool:
    step = METRICS[found.key].step
    return step is not None and step.kind == "count"


def _number(value: float) -> str:
    text = f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.4g}"
    return text.replace("-", "−")


def log_ticks(low: float, high: float) -> list[float]:
    """Return at most five round values on a logarithmic axis."""
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    for factors in ((1, 2, 5), (1, 3), (1,)):
        ticks = [f * 10.0**p for p in range(first, last + 1) for f in factors]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) <= 5:
            return ticks
    return ticks[:: -(-len(ticks) // 5)]


def _limits(ax: svg.Axes, found: Histogram) -> None:
    """Tint the side of each threshold that fails."""
    low, high = ax.x_limits
    for edge, limit in turns(found):
        rule = RULES[limit.rule]
        ends = (low, edge) if rule.op == "<" else (edge, high)
        if ends[0] < ends[1]:
            ax.bar(ends, ax.y_limits, FAIL_FILL, 0.05 if rule.four_way else 0.1)


def _limit_lines(ax: svg.Axes, found: Histogram) -> None:
    for edge, limit in turns(found):
        dash = "4 3" if RULES[limit.rule].four_way else ""
        ax.line((edge, edge), ax.y_limits, FAIL_FILL, 1.4, dash)


def _extra(ax: svg.Axes, beside: list[tuple[str, npt.NDArray[np.int64]]]) -> None:
    """Draw what is not on the axis, one column a kind."""
    for tick in svg.count_ticks(ax.y_limits[1], 3):
        y = ax.y(tick[0])
        ax.drawing.line(ax.left, y, ax.right, y, svg.GRID, 0.6)
    for x, (_, counts) in enumerate(beside):
        base = 0
        for label in STACK:
            top = base + int(counts[label])
            ax.bar((x - 0.35, x + 0.35), (base, top), LABEL_FILL[label])
            base = top
    ax.x_ticks([(x, name) for x, (name, _) in enumerate(beside)], grid=False, marks=True)
    ax.bottom_side()


def _sentinel_words(metric: Metric) -> str:
    words = [sentinel.words for sentinel in metric.sentinels]
    return f"that are no measurement ({'; '.join(words) or 'infinite'})"


def _caption(found: Histogram) -> str:
    """Return what the figure shows, with what is not on its axis."""
    metric = METRICS[found.key]
    unit = f"\u00a0{metric.unit}" if metric.unit else ""
    parts = [f"{found.key}{', logarithmic' if found.log and len(found.edges) else ''}."]
    limits = [
        f"{RULES[limit.rule].op}\u00a0{limit.value:g}{unit}"
        + (" (counts only with the other three)" if RULES[limit.rule].four_way else "")
        for limit in found.limits
    ]
    off_axis = [
        limit
        for limit in found.limits
        if not len(found.edges) or not found.edges[0] <= limit.value <= found.edges[-1]
    ]
    parts.append(f"Fails: {' or '.join(limits)}." if limits else "No rule tests it in this run.")
    if off_axis:
        parts.append("A limit lies outside the axis.")
    beside = {
        "without a value": found.missing,
        "below the axis": found.below,
        "above the axis": found.above,
        _sentinel_words(metric): found.sentinel,
    }
    counted = [f"{int(n.sum()):,} {name}" for name, n in beside.items() if n.any()]
    if counted:
        parts.append(f"Beside the axis: {listed(counted)}.")
    return " ".join(parts)
