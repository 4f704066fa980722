"""The population plots as SVG with captions that say what they show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from bcviewer.core.audit.summary import class_counts, top
from bcviewer.core.figures.population import (
    Box,
    box_of_counts,
    class_reasons,
    cooccurrence,
    failed_by_class,
    present_classes,
    reasons_by_class,
)
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.core.rules.palette import FAIL_FILL, LABEL_FILL
from bcviewer.core.sheet.table import AuditTable
from bcviewer.report import svg
from bcviewer.report.svg import Drawing, Margins
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


def _row(i: int) -> tuple[float, float]:
    """Return from where to where a bar in a row goes."""
    return i - 0.36, i + 0.36


def _places(names: Sequence[object]) -> tuple[float, float]:
    """Return the ends of an axis with a place for each name."""
    return -0.5, len(names) - 0.5


def _bars(
    key: str,
    labels: Sequence[str],
    counts: Sequence[int],
    notes: Sequence[str],
    colors: Sequence[str],
    width: float,
) -> Markup:
    """Return horizontal bars with a note at the end of each."""

    def build(drawing: Drawing) -> None:
        room = max((len(note) for note in notes), default=0) * svg.CHARACTER / 72 + 0.12
        most = max([*counts, 1])
        ticks = svg.count_ticks(most, 4 if width < svg.WIDE else 8)
        ax = svg.rows(drawing, labels, (0, most), ticks, right=room)
        for i, (count, color, note) in enumerate(zip(counts, colors, notes, strict=True)):
            ax.bar((0, count), _row(i), color)
            ax.note(count, i, note)

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

    def build(drawing: Drawing) -> None:
        names = [signed_name(label) for label in counts]
        ax = svg.rows(drawing, names, (0, 100), svg.SHARES, right=0.6)
        left = 0.0
        for i, (label, value) in enumerate(zip(counts, shares, strict=True)):
            ax.bar((left, left + value), _row(i), LABEL_FILL[label])
            left += value
            ax.note(left, i, share(counts[label], n))

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

    def build(drawing: Drawing) -> None:
        most = float(counts[rules].sum(axis=1).max())
        ticks = svg.count_ticks(most, 8)
        ax = svg.rows(drawing, labels, (0, most), ticks, right=0.7, top=0.4)
        for i, rule in enumerate(rules):
            left = stack(ax, i, [(int(counts[rule, c]), LABEL_FILL[c]) for c in classes])
            ax.note(left, i, f"{left:,.0f}")
        ax.legend([(signed_name(label), LABEL_FILL[label]) for label in classes])

    figure = svg.draw(key, (svg.WIDE, _height(len(rules), 0.8)), build)
    by_class = listed(f"{class_name(label)} {counts[rules, label].sum():,}" for label in classes)
    caption = (
        f"The {len(rules)} most frequent reasons, by the class of the units. "
        f"Reasons counted here: {by_class}."
    )
    return Plot(key, title, caption, figure)


def stack(ax: svg.Axes, row: int, parts: Iterable[tuple[float, str]]) -> float:
    """Draw bars one after the other in a row; return where the last one ends."""
    left = 0.0
    for value, color in parts:
        ax.bar((left, left + value), _row(row), color)
        left += value
    return left


def _cells(ax: svg.Axes, counts: Counts, hidden: npt.NDArray[np.bool_]) -> None:
    """Draw a grid of tinted cells with their numbers."""
    largest = int(counts.max())
    for (y, x), n in np.ndenumerate(counts):
        if hidden[y, x]:
            continue
        # Never so strong that the number on it cannot be read, in light or dark.
        opacity = 0.08 + 0.62 * (n / largest) ** 0.6 if n else 0.0
        ax.bar((x - 0.5, x + 0.5), (y - 0.5, y + 0.5), FAIL_FILL, opacity, svg.GRID)
        text = f"{n:,}" if n else "·"
        ax.drawing.text(ax.x(x), ax.y(y), text, anchor="middle", size=8.5)


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

    def build(drawing: Drawing) -> None:
        margins = Margins(svg.label_width(labels), right=0.1, top=0.35, bottom=0.1)
        ax = svg.Axes(drawing, _places(classes), _places(labels)[::-1], margins)
        _cells(ax, grid, np.zeros(grid.shape, bool))
        ax.row_names(labels)
        ax.column_names([signed_name(label) for label in classes], above=True)

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

    def build(drawing: Drawing) -> None:
        most = counts.shape[1] - 1
        names = [signed_name(label) for label in shown]
        ticks = svg.count_ticks(most)
        ax = svg.rows(drawing, names, (-0.5, most + 0.5), ticks, right=0.15, bottom=0.45)
        for i, label in enumerate(shown):
            _box(ax, i, boxes[label], LABEL_FILL[label])
            for n in counts[label].nonzero()[0].tolist():
                area = 6 + 160 * float(counts[label][n]) / largest
                ax.dot(n, i, area, LABEL_FILL[label], svg.PAPER)
        ax.x_title("failed rules, masked ones included")

    figure = svg.draw(key, (svg.WIDE, _height(len(shown), 0.75, 0.42)), build)
    medians = listed(f"{class_name(c)} {b.median:g}" for c, b in boxes.items())
    caption = (
        f"Box: the middle half of the units, with the median (thick) and whiskers to the last "
        f"unit within 1.5 box lengths. Every unit is in a dot, whose area is the number of units "
        f"that fail so many rules. Medians: {medians}."
    )
    return Plot(key, title, caption, figure)


def _box(ax: svg.Axes, row: int, box: Box, fill: str) -> None:
    """Draw the middle half of some units, the median, and whiskers."""
    ax.bar((box.lower, box.upper), (row - 0.33, row + 0.33), fill, 0.28, svg.FAINT)
    ax.line((box.low, box.lower), (row, row), svg.FAINT)
    ax.line((box.upper, box.high), (row, row), svg.FAINT)
    ax.line((box.median, box.median), (row - 0.33, row + 0.33), svg.INK, 2)


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

    def build(drawing: Drawing) -> None:
        margins = Margins(svg.label_width(labels) + 0.3, right=0.1, bottom=0.3)
        ax = svg.Axes(drawing, _places(labels), _places(labels)[::-1], margins)
        _cells(ax, grid, above)
        ax.row_names([f"{label}\u2003{i}" for i, label in enumerate(labels, 1)])
        ax.column_names([str(i) for i in range(1, len(labels) + 1)], above=False)

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

    def build(drawing: Drawing) -> None:
        ax = svg.rows(drawing, names, (0, 100), svg.SHARES, right=0.95, top=0.4)
        for i, found in enumerate(counts):
            total = sum(found.values())
            shares = ((found.get(c, 0) * 100 / max(total, 1), LABEL_FILL[c]) for c in order)
            stack(ax, i, shares)
            ax.note(100, i, units(total))
        ax.legend([(signed_name(label), LABEL_FILL[label]) for label in order])

    row = 0.235 if len(names) <= 20 else 0.17
    figure = svg.draw(key, (svg.WIDE, _height(len(names), 0.8, row)), build)
    good = [c.get(Label.GOOD, 0) / max(sum(c.values()), 1) for c in counts]
    best, worst = int(np.argmax(good)), int(np.argmin(good))
    caption = (
        f"Shares of the classes. Most GOOD: {names[best]} "
        f"({share(counts[best].get(Label.GOOD, 0), sum(counts[best].values()))}); fewest: "
        f"{names[worst]} ({share(counts[worst].get(Label.GOOD, 0), sum(counts[worst].values()))})."
    )
    return Plot(key, title, caption, figure)
