"""The population plots as SVG with captions that say what they show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from bcviewer.core.labels import CLASSES, Label
from bcviewer.core.palette import FAIL_FILL, LABEL_FILL
from bcviewer.core.population import (
    box_of_counts,
    class_reasons,
    cooccurrence,
    failed_by_class,
    present_classes,
    reasons_by_class,
)
from bcviewer.core.summary import class_counts, top
from bcviewer.core.table import AuditTable
from bcviewer.report import svg
from bcviewer.report.words import class_name, listed, rule_words, share, signed_name, units

Counts = npt.NDArray[np.int64]
TOP_REASONS, TOP_STACKED, TOP_HEATMAP, TOP_OF_CLASS, TOP_PAIRS = 15, 12, 20, 10, 12


NOTHING = Markup("")


@dataclass(frozen=True, slots=True)
class Plot:
    """One figure of the page.

    Attributes
    ----------
    key : str
        Unique on the page.
    title, caption : str
        Plain text.
    svg : Markup
        The figure; empty where there is nothing to draw, and the caption says why.
    width : {'wide', 'half', 'third'}
        How much of the page's column it takes.
    """

    key: str
    title: str
    caption: str
    svg: Markup = NOTHING
    width: str = "wide"


def population_plots(table: AuditTable, prefix: str) -> list[Plot]:
    """Return the figures about classes and reasons, in reading order."""
    makers: tuple[Callable[[AuditTable, str], Plot], ...] = (
        counts_plot,
        proportions_plot,
        reasons_plot,
        stacked_plot,
        heatmap_plot,
        failed_plot,
    )
    plots = [make(table, prefix) for make in makers]
    plots += [class_plot(table, prefix, label) for label in _reason_classes(table)]
    plots.append(pairs_plot(table, prefix))
    return plots


def _reason_classes(table: AuditTable) -> list[Label]:
    shown = [label for label in present_classes(table) if label in CLASSES]
    always = [Label.GOOD, Label.MUA, Label.NOISE]
    split = {Label.NON_SOMA_GOOD, Label.NON_SOMA_MUA} & set(shown)
    soma = [] if split and Label.NON_SOMA not in shown else [Label.NON_SOMA]
    return [label for label in CLASSES if label in {*always, *soma, *shown}]


def _height(rows: int, around: float = 0.5, row: float = 0.235) -> float:
    return around + row * max(rows, 1)


def _bars(
    key: str,
    labels: Sequence[str],
    counts: Sequence[int],
    notes: Sequence[str],
    colors: Sequence[str],
    width: float,
) -> Markup:
    """Return horizontal bars with a note at the end of each."""

    def build(figure: Any) -> None:
        room = max((len(note) for note in notes), default=0) * svg.CHARACTER / 72 + 0.12
        ax = svg.axes(figure, left=svg.label_width(labels), right=room, bottom=0.3)
        ax.barh(range(len(labels)), counts, height=0.72, color=list(colors))
        svg.rows_axis(ax, labels)
        ax.set_xlim(0, max([*counts, 1]))
        svg.count_axis(ax.xaxis, 4 if width < svg.WIDE else 8)
        for i, (count, note) in enumerate(zip(counts, notes, strict=True)):
            ax.annotate(note, (count, i), (4, 0), textcoords="offset points", va="center_baseline")

    return svg.draw(key, (width, _height(len(labels))), build)


def counts_plot(table: AuditTable, prefix: str) -> Plot:
    """1: how many units each class has."""
    key, title = f"{prefix}-counts", "Class counts"
    if not table.n_units:
        return Plot(key, title, "There is no unit to count.", width="half")
    counts = class_counts(table.labels)
    names = [signed_name(label) for label in counts]
    figure = _bars(
        key,
        names,
        list(counts.values()),
        [f"{n:,}" for n in counts.values()],
        [LABEL_FILL[label] for label in counts],
        svg.HALF,
    )
    most = max(counts, key=lambda label: counts[label])
    caption = (
        f"Units of each class. {counts[Label.GOOD]:,} of {units(table.n_units)} "
        f"{'is' if counts[Label.GOOD] == 1 else 'are'} GOOD"
    )
    if most != Label.GOOD:
        verb = "have" if most == Label.EMPTY else "are"
        caption += f"; most ({counts[most]:,}) {verb} {class_name(most)}"
    return Plot(key, title, caption + ".", figure, "half")


def proportions_plot(table: AuditTable, prefix: str) -> Plot:
    """2: which share of the units each class has."""
    key, title = f"{prefix}-shares", "Class proportions"
    n = table.n_units
    if not n:
        return Plot(key, title, "There is no unit, so there are no shares.", width="half")
    counts = class_counts(table.labels)
    shares = [100 * count / n for count in counts.values()]

    def build(figure: Any) -> None:
        names = [signed_name(label) for label in counts]
        ax = svg.axes(figure, left=svg.label_width(names), right=0.6, bottom=0.3)
        left = 0.0
        for i, (label, value) in enumerate(zip(counts, shares, strict=True)):
            ax.barh(i, value, left=left, height=0.72, color=LABEL_FILL[label])
            left += value
            ax.annotate(
                share(counts[label], n),
                (left, i),
                (4, 0),
                textcoords="offset points",
                va="center_baseline",
            )
        svg.rows_axis(ax, names)
        ax.set_xlim(0, 100)
        ax.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100 %"])

    figure = svg.draw(key, (svg.HALF, _height(len(counts))), build)
    caption = (
        f"The same as shares of all {units(n)}: each bar begins where the one above it ends. "
        f"GOOD: {share(counts[Label.GOOD], n)}."
    )
    return Plot(key, title, caption, figure, "half")


def reasons_plot(table: AuditTable, prefix: str) -> Plot:
    """3: the rules that decided the most labels."""
    key, title = f"{prefix}-reasons", f"Top {TOP_REASONS} reasons"
    counts = reasons_by_class(table).sum(axis=1)
    rules = top(counts, TOP_REASONS)
    if not rules:
        return Plot(key, title, _no_reason(table))
    n = table.n_units
    figure = _bars(
        key,
        [rule_words(table, i) for i in rules],
        [int(counts[i]) for i in rules],
        [f"{counts[i]:,} ({share(int(counts[i]), n)})" for i in rules],
        [FAIL_FILL] * len(rules),
        svg.WIDE,
    )
    caption = (
        f"Failed rules that decided a label, with the units that fail each. "
        f"{rule_words(table, rules[0])} decides most: {units(int(counts[rules[0]]))}, "
        f"{share(int(counts[rules[0]]), n)} of all. A unit may fail several; failures that a "
        f"stronger class hides are not counted."
    )
    return Plot(key, title, caption, figure)


def stacked_plot(table: AuditTable, prefix: str) -> Plot:
    """4: the same by class."""
    key, title = f"{prefix}-stacked", f"Top {TOP_STACKED} reasons by class"
    counts = reasons_by_class(table)
    rules = top(counts.sum(axis=1), TOP_STACKED)
    if not rules:
        return Plot(key, title, _no_reason(table))
    classes = [label for label in CLASSES if counts[rules, label].any()]
    labels = [rule_words(table, i) for i in rules]

    def build(figure: Any) -> None:
        ax = svg.axes(figure, left=svg.label_width(labels), right=0.7, top=0.4, bottom=0.3)
        left = np.zeros(len(rules))
        for label in classes:
            values = counts[rules, label]
            ax.barh(
                range(len(rules)),
                values,
                left=left,
                height=0.72,
                color=LABEL_FILL[label],
                label=signed_name(label),
            )
            left += values
        for i, total in enumerate(left):
            ax.annotate(
                f"{total:,.0f}",
                (total, i),
                (4, 0),
                textcoords="offset points",
                va="center_baseline",
            )
        svg.rows_axis(ax, labels)
        ax.set_xlim(0, left.max())
        svg.count_axis(ax.xaxis, 8)
        _legend_above(ax, len(classes))

    figure = svg.draw(key, (svg.WIDE, _height(len(rules), 0.8)), build)
    by_class = listed(f"{class_name(label)} {counts[rules, label].sum():,}" for label in classes)
    caption = (
        f"The {len(rules)} most frequent reasons, by the class of the units. "
        f"Reasons counted here: {by_class}."
    )
    return Plot(key, title, caption, figure)


def _legend_above(ax: Any, columns: int) -> None:
    ax.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=max(columns, 1),
        borderaxespad=0.3,
        handlelength=0.9,
        handleheight=0.9,
        columnspacing=1.4,
        handletextpad=0.5,
    )


def _cells(ax: Any, counts: Counts, largest: int, hidden: npt.NDArray[np.bool_]) -> None:
    """Draw a grid of tinted cells with their numbers."""
    from matplotlib.collections import PatchCollection
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Rectangle

    patches, colors = [], []
    for (y, x), n in np.ndenumerate(counts):
        if hidden[y, x]:
            continue
        patches.append(Rectangle((x - 0.5, y - 0.5), 1, 1))
        # Never so strong that the number on it cannot be read, in light or dark.
        alpha = 0.08 + 0.62 * (n / largest) ** 0.6 if n else 0.0
        colors.append(to_rgba(FAIL_FILL, alpha))
        text = f"{n:,}" if n else "·"
        ax.text(x, y, text, ha="center", va="center_baseline", fontsize=8.5, zorder=3)
    ax.add_collection(
        PatchCollection(patches, facecolors=colors, edgecolors=svg.GRID, linewidths=0.6)
    )
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)


def heatmap_plot(table: AuditTable, prefix: str) -> Plot:
    """5: reason × class, with the numbers."""
    key, title = f"{prefix}-heatmap", f"Reason × class, top {TOP_HEATMAP}"
    counts = reasons_by_class(table)
    rules = top(counts.sum(axis=1), TOP_HEATMAP)
    if not rules:
        return Plot(key, title, _no_reason(table))
    classes = [label for label in CLASSES if label in present_classes(table)]
    grid = counts[rules][:, [int(label) for label in classes]]
    labels = [rule_words(table, i) for i in rules]

    def build(figure: Any) -> None:
        ax = svg.axes(figure, left=svg.label_width(labels), right=0.1, top=0.35, bottom=0.1)
        _cells(ax, grid, int(grid.max()), np.zeros(grid.shape, bool))
        ax.set_yticks(range(len(labels)), labels)
        ax.set_ylim(len(labels) - 0.5, -0.5)
        ax.set_xticks(range(len(classes)), [signed_name(label) for label in classes])
        ax.xaxis.tick_top()
        ax.tick_params(axis="x", labelcolor=svg.INK, labelsize=9)
        ax.set_xlim(-0.5, len(classes) - 0.5)

    width = min(svg.WIDE, svg.label_width(labels) + 1.25 * len(classes) + 0.1)
    figure = svg.draw(key, (width, _height(len(rules), 0.5, 0.25)), build)
    y, x = (int(v) for v in np.unravel_index(grid.argmax(), grid.shape))
    caption = (
        f"How many units of each class have each reason; a dot is none. The largest cell: "
        f"{labels[y]} in {units(int(grid[y, x]))} of class {class_name(classes[x])}. "
        f"GOOD units have no reason."
    )
    return Plot(key, title, caption, figure)


def failed_plot(table: AuditTable, prefix: str) -> Plot:
    """6: how many rules the units of each class fail."""
    key, title = f"{prefix}-failed", "Failed rules per unit, by class"
    counts = failed_by_class(table, masked=True)
    found = {label: box_of_counts(counts[label]) for label in CLASSES}
    boxes = {label: box for label, box in found.items() if box is not None}
    shown = list(boxes)
    if not shown:
        return Plot(key, title, _no_reason(table), width="half")
    largest = int(counts.max())

    def build(figure: Any) -> None:
        names = [signed_name(label) for label in shown]
        ax = svg.axes(figure, left=svg.label_width(names), bottom=0.45)
        for i, label in enumerate(shown):
            box = boxes[label]
            ax.barh(
                i,
                box.upper - box.lower,
                left=box.lower,
                height=0.66,
                color=LABEL_FILL[label],
                alpha=0.28,
                edgecolor=svg.FAINT,
                linewidth=0.8,
            )
            ax.plot([box.low, box.lower], [i, i], color=svg.FAINT, linewidth=1)
            ax.plot([box.upper, box.high], [i, i], color=svg.FAINT, linewidth=1)
            ax.plot([box.median] * 2, [i - 0.33, i + 0.33], color=svg.INK, linewidth=2)
            hit = counts[label].nonzero()[0]
            ax.scatter(
                hit,
                np.full(len(hit), float(i)),
                s=6 + 160 * counts[label][hit] / largest,
                color=LABEL_FILL[label],
                edgecolors=svg.PAPER,
                linewidths=0.6,
                zorder=3,
            )
        svg.rows_axis(ax, names)
        ax.set_xlim(-0.5, counts.shape[1] - 0.5)
        svg.count_axis(ax.xaxis)
        ax.set_xlabel("failed rules, masked ones included")

    figure = svg.draw(key, (svg.WIDE, _height(len(shown), 0.75, 0.42)), build)
    medians = listed(f"{class_name(c)} {b.median:g}" for c, b in boxes.items())
    caption = (
        f"Box: the middle half of the units, with the median (thick) and whiskers to the last "
        f"unit within 1.5 box lengths. Every unit is in a dot, whose area is the number of units "
        f"that fail so many rules. Medians: {medians}."
    )
    return Plot(key, title, caption, figure)


def class_plot(table: AuditTable, prefix: str, label: Label) -> Plot:
    """7: the most frequent reasons of one class."""
    name = class_name(label)
    key = f"{prefix}-top-{name.casefold().replace(' ', '-')}"
    title = f"Top {TOP_OF_CLASS} reasons: {name}"
    n = int((table.labels == label).sum())
    if label == Label.GOOD:
        title = "GOOD: closest to failing"
    if not n:
        return Plot(key, title, f"There is no {name} unit.", width="half")
    counts = class_reasons(table, label)
    rules = top(counts, TOP_OF_CLASS)
    if not rules:
        none = "No rule has a margin." if label == Label.GOOD else "No rule says why."
        return Plot(key, title, f"{units(n)} of class {name}. {none}", width="half")
    labels = [rule_words(table, i, block=label == Label.NON_SOMA_MUA) for i in rules]
    figure = _bars(
        key,
        labels,
        [int(counts[i]) for i in rules],
        [f"{counts[i]:,}" for i in rules],
        [LABEL_FILL[label]] * len(rules),
        svg.HALF,
    )
    first = int(counts[rules[0]])
    if label == Label.GOOD:
        caption = (
            f"The rule that each of {units(n)} passes with the least margin; nothing failed. "
            f"{share(first, n)} come closest to {labels[0]}."
        )
    else:
        caption = f"Of {units(n)}, {share(first, n)} fail {labels[0]}. A unit may fail several."
    return Plot(key, title, caption, figure, "half")


def pairs_plot(table: AuditTable, prefix: str) -> Plot:
    """8: which reasons occur together."""
    key, title = f"{prefix}-pairs", f"Reasons that occur together, top {TOP_PAIRS}"
    together = cooccurrence(table)
    rules = top(np.diagonal(together).copy(), TOP_PAIRS)
    if not rules:
        return Plot(key, title, _no_reason(table))
    grid = together[np.ix_(rules, rules)]
    above = np.triu(np.ones(grid.shape, bool), 1)
    labels = [rule_words(table, i) for i in rules]

    def build(figure: Any) -> None:
        ax = svg.axes(figure, left=svg.label_width(labels) + 0.3, right=0.1, bottom=0.3)
        _cells(ax, grid, int(grid.max()), above)
        numbered = [f"{label}\u2003{i}" for i, label in enumerate(labels, 1)]
        ax.set_yticks(range(len(labels)), numbered)
        ax.set_ylim(len(labels) - 0.5, -0.5)
        ax.set_xticks(range(len(labels)), [str(i) for i in range(1, len(labels) + 1)])
        ax.tick_params(axis="x", labelcolor=svg.INK, labelsize=9)
        ax.set_xlim(-0.5, len(labels) - 0.5)

    width = min(svg.WIDE, svg.label_width(labels) + 0.4 + 0.55 * len(rules))
    figure = svg.draw(key, (width, _height(len(rules), 0.5, 0.27)), build)
    pairs = np.where(np.tril(np.ones(grid.shape, bool), -1), grid, 0)
    caption = "Units that have both reasons; on the diagonal, units with the one reason. "
    if pairs.any():
        y, x = (int(v) for v in np.unravel_index(pairs.argmax(), pairs.shape))
        caption += f"Most often together: {labels[y]} and {labels[x]}, {units(int(pairs[y, x]))}."
    else:
        caption += "No two of them occur in one unit."
    return Plot(key, title, caption, figure)


def _no_reason(table: AuditTable) -> str:
    if not table.n_units:
        return "There is no unit, so there is no reason to show."
    if (table.labels == Label.GOOD).all():
        return "No unit fails a rule."
    return "No label was decided by a failed rule, so there is no reason to show."


def comparison_plot(names: Sequence[str], counts: Sequence[dict[Label, int]]) -> Plot:
    """Return the classes of several probes, as shares."""
    key, title = "compare-classes", "Classes by probe"
    classes = [label for label in Label if any(c.get(label) for c in counts)]
    order = [label for label in (*CLASSES, *Label) if label in classes]
    order = list(dict.fromkeys(order))

    def build(figure: Any) -> None:
        ax = svg.axes(figure, left=svg.label_width(names), right=0.95, top=0.4, bottom=0.3)
        left = np.zeros(len(names))
        totals = np.array([sum(c.values()) for c in counts])
        for label in order:
            values = np.array([c.get(label, 0) for c in counts]) * 100 / np.maximum(totals, 1)
            ax.barh(
                range(len(names)),
                values,
                left=left,
                height=0.72,
                color=LABEL_FILL[label],
                label=signed_name(label),
            )
            left += values
        for i, total in enumerate(totals.tolist()):
            ax.annotate(
                units(total), (100, i), (4, 0), textcoords="offset points", va="center_baseline"
            )
        svg.rows_axis(ax, names)
        ax.set_xlim(0, 100)
        ax.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100 %"])
        _legend_above(ax, len(order))

    figure = svg.draw(key, (svg.WIDE, _height(len(names), 0.8)), build)
    good = [c.get(Label.GOOD, 0) / max(sum(c.values()), 1) for c in counts]
    best, worst = int(np.argmax(good)), int(np.argmin(good))
    caption = (
        f"Shares of the classes. Most GOOD: {names[best]} "
        f"({share(counts[best].get(Label.GOOD, 0), sum(counts[best].values()))}); fewest: "
        f"{names[worst]} ({share(counts[worst].get(Label.GOOD, 0), sum(counts[worst].values()))})."
    )
    return Plot(key, title, caption, figure)
