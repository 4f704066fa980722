"""Metric histograms by class as SVG, with every threshold at its place."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.histograms import Histogram, axis_title, histogram, histogram_metrics
from bcviewer.core.labels import CLASSES, Label
from bcviewer.core.metrics import METRICS, Metric
from bcviewer.core.palette import FAIL_FILL, LABEL_FILL
from bcviewer.core.rules import RULES
from bcviewer.core.table import AuditTable
from bcviewer.report import svg
from bcviewer.report.figures import Plot
from bcviewer.report.words import listed

_REST = (Label.EMPTY, Label.INCOMPLETE, Label.UNKNOWN)


def metric_plots(table: AuditTable, prefix: str) -> list[Plot]:
    """Return one histogram for every metric that a rule reads and these results have."""
    present = [key for key in histogram_metrics() if table.kind(key)]
    return [metric_plot(table, key, f"{prefix}-metric-{i}") for i, key in enumerate(present)]


def metric_plot(table: AuditTable, metric: str, key: str) -> Plot:
    """Return one metric's distribution."""
    found = histogram(table, metric)
    title = axis_title(metric)
    beside = _beside(found)
    if not found.counts.any() and not beside:
        return Plot(key, title, f"{metric}: no unit has a value.", width="third")
    if not _drawable(found):
        return Plot(
            key, title, _caption(found) + " Its values are too large to draw.", width="third"
        )

    def build(figure: Any) -> None:
        room = 0.34 * len(beside)
        ax = svg.axes(figure, left=0.5, right=0.1 + room, top=0.12, bottom=0.28)
        most = max(
            [int(found.counts.sum(axis=0).max(initial=0)), *(int(c.sum()) for _, c in beside), 1]
        )
        _bins(ax, found)
        _limits(ax, found)
        _finish(ax, most)
        if not len(found.edges):
            ax.set_xticks([])
        if beside:
            width = float(figure.get_size_inches()[0])
            extra = svg.axes(figure, left=width - room - 0.02, right=0.04, top=0.12, bottom=0.28)
            _extra(extra, beside)
            _finish(extra, most)
            extra.set_yticklabels([])
            extra.spines["left"].set_visible(False)

    figure = svg.draw(key, (svg.THIRD, 1.6), build)
    return Plot(key, title, _caption(found), figure, "third")


def _drawable(found: Histogram) -> bool:
    """Return whether matplotlib can draw the axis: its transformations square numbers."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool((np.abs(found.edges) < 1e100).all())


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
    return [label for label in (*CLASSES, *_REST) if counts[label].any()]


def _bins(ax: Any, found: Histogram) -> None:
    if not len(found.edges):
        return
    if found.log:
        ax.set_xscale("log")
    base = np.zeros(found.counts.shape[1])
    for label in _stack(found.counts):
        values = base + found.counts[label]
        ax.stairs(values, found.edges, baseline=base, fill=True, color=LABEL_FILL[label])
        base = values
    ax.set_xlim(float(found.edges[0]), float(found.edges[-1]))
    _value_axis(ax, found)


def _value_axis(ax: Any, found: Histogram) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

    ax.xaxis.set_minor_locator(NullLocator())
    if found.log:
        ax.xaxis.set_major_locator(FixedLocator(log_ticks(found.edges[0], found.edges[-1])))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _number(value)))
    else:
        counts = _is_count(found)
        ax.xaxis.set_major_locator(MaxNLocator(4, integer=counts, steps=[1, 2, 2.5, 5, 10]))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _number(value)))


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


def _limits(ax: Any, found: Histogram) -> None:
    if not len(found.edges):
        return
    low, high = float(found.edges[0]), float(found.edges[-1])
    for limit in found.limits:
        if not low <= limit.value <= high:
            continue
        rule = RULES[limit.rule]
        edge = limit.value
        if _is_count(found):  # the bin of the limit itself passes
            edge += -0.5 if rule.op == "<" else 0.5
        ends = (low, edge) if rule.op == "<" else (edge, max(high, edge))
        ax.axvspan(*ends, color=FAIL_FILL, alpha=0.05 if rule.four_way else 0.1, zorder=0)
        style = (0, (3, 2)) if rule.four_way else "solid"
        ax.axvline(limit.value, color=FAIL_FILL, linewidth=1.4, linestyle=style, zorder=4)


def _extra(ax: Any, beside: list[tuple[str, npt.NDArray[np.int64]]]) -> None:
    for x, (_, counts) in enumerate(beside):
        base = 0
        for label in (*CLASSES, *_REST):
            ax.bar(x, counts[label], bottom=base, width=0.7, color=LABEL_FILL[label])
            base += int(counts[label])
    ax.set_xticks(range(len(beside)), [name for name, _ in beside])
    ax.set_xlim(-0.5, len(beside) - 0.5)


def _finish(ax: Any, most: int) -> None:
    ax.set_ylim(0, most * 1.05)
    svg.count_axis(ax.yaxis, 3)
    ax.tick_params(axis="y", labelcolor=svg.FAINT, labelsize=8)
    ax.grid(axis="y")
    ax.spines["bottom"].set_color(svg.FAINT)
    ax.spines["left"].set_visible(False)


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
