"""The population plots as SVG with captions that say what they show."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bcviewer.core.figures.bars import (
    TOP_OF_CLASS,
    TOP_REASONS,
    class_bars,
    class_reason_bars,
    reason_bars,
)
from bcviewer.core.figures.boxes import axis_words, boxes_figure
from bcviewer.core.figures.matrices import (
    TOP_MATRIX,
    TOP_STACKED,
    TOP_TOGETHER,
    reason_grid,
    reason_stacks,
    together_grid,
)
from bcviewer.core.figures.population import present_classes
from bcviewer.core.figures.words import listed, share, signed_name
from bcviewer.core.rules.counts import count_of, verb_of
from bcviewer.core.rules.labels import CLASSES, Label, class_name
from bcviewer.core.rules.palette import LABEL_FILL
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.report import svg
from bcviewer.report.pens import (
    Plot,
    bars_svg,
    draw_box,
    draw_cells,
    height,
    places,
    row_ends,
    stack,
    stacks_svg,
)
from bcviewer.report.svg import Drawing, Margins


def population_plots(table: Sheet, prefix: str) -> list[Plot]:
    """Return the figures about classes and reasons, in reading order."""
    makers: tuple[Callable[[Sheet, str], Plot], ...] = (
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


def _reason_classes(table: Sheet) -> list[Label]:
    shown = [label for label in present_classes(table) if label in CLASSES]
    always = [Label.GOOD, Label.MUA, Label.NOISE]
    split = {Label.NON_SOMA_GOOD, Label.NON_SOMA_MUA} & set(shown)
    soma = [] if split and Label.NON_SOMA not in shown else [Label.NON_SOMA]
    return [label for label in CLASSES if label in {*always, *soma, *shown}]


def counts_plot(table: Sheet, prefix: str) -> Plot:
    """1: how many units each class has."""
    key, title = f"{prefix}-counts", "Class counts"
    figure = class_bars(table)
    if not figure.of:
        return Plot(key, title, "There is no unit to count.", width="half")
    counts = {Label(k): bar.n for k, bar in zip(figure.keys, figure.bars, strict=True)}
    most = max(counts, key=lambda label: counts[label])
    caption = (
        f"Units of each class. {counts[Label.GOOD]:,} of {count_of(table.n_units, 'unit')} "
        f"{verb_of(counts[Label.GOOD], 'is', 'are')} GOOD"
    )
    if most != Label.GOOD:
        verb = "have" if most == Label.EMPTY else "are"
        caption += f"; most ({counts[most]:,}) {verb} {class_name(most)}"
    return Plot(key, title, caption + ".", bars_svg(key, figure.bars, svg.HALF), "half")


def proportions_plot(table: Sheet, prefix: str) -> Plot:
    """2: which share of the units each class has."""
    key, title = f"{prefix}-shares", "Class proportions"
    figure = class_bars(table)
    n = figure.of
    if not n:
        return Plot(key, title, "There is no unit, so there are no shares.", width="half")

    def build(drawing: Drawing) -> None:
        names = [bar.name for bar in figure.bars]
        ax = svg.rows(drawing, names, (0, 100), svg.SHARES, right=0.6)
        left = 0.0
        for i, bar in enumerate(figure.bars):
            value = 100 * bar.n / n
            ax.bar((left, left + value), row_ends(i), bar.fill)
            left += value
            ax.note(left, i, share(bar.n, n))

    drawn = svg.draw(key, (svg.HALF, height(len(figure.bars))), build)
    good = sum(bar.n for k, bar in zip(figure.keys, figure.bars, strict=True) if k == Label.GOOD)
    caption = (
        f"The same as shares of all {count_of(n, 'unit')}: each bar begins where the one above it "
        f"ends. GOOD: {share(good, n)}."
    )
    return Plot(key, title, caption, drawn, "half")


def reasons_plot(table: Sheet, prefix: str) -> Plot:
    """3: the rules that decided the most labels."""
    key, title = f"{prefix}-reasons", f"Top {TOP_REASONS} reasons"
    figure = reason_bars(table)
    if not figure.bars:
        return Plot(key, title, _no_reason(table))
    first = figure.bars[0]
    caption = (
        f"Failed rules that decided a label, with the units that fail each, in the colour of the "
        f"class that the rule's block leads to. "
        f"{first.full_name} decides most: {count_of(first.n, 'unit')}, "
        f"{share(first.n, figure.of)} of all. A unit may fail several; failures that a "
        f"stronger class hides are not counted."
    )
    return Plot(key, title, caption, bars_svg(key, figure.bars, svg.WIDE))


def stacked_plot(table: Sheet, prefix: str) -> Plot:
    """4: the same by class."""
    key, title = f"{prefix}-stacked", f"Top {TOP_STACKED} reasons by class"
    figure = reason_stacks(table)
    if not figure.rows:
        return Plot(key, title, _no_reason(table))
    drawn = stacks_svg(key, figure, svg.WIDE)
    totals = figure.counts.sum(axis=0).tolist()
    by_class = listed(f"{k.name} {n:,}" for k, n in zip(figure.legend, totals, strict=True))
    caption = (
        f"The {len(figure.rows)} most frequent reasons, by the class of the units. "
        f"Reasons counted here: {by_class}."
    )
    return Plot(key, title, caption, drawn)


def heatmap_plot(table: Sheet, prefix: str) -> Plot:
    """5: reason × class, with the numbers."""
    key, title = f"{prefix}-heatmap", f"Reason × class, top {TOP_MATRIX}"
    grid = reason_grid(table)
    if not grid.rows:
        return Plot(key, title, _no_reason(table))
    labels, classes = ([head.full_name for head in heads] for heads in (grid.rows, grid.columns))

    def build(drawing: Drawing) -> None:
        margins = Margins(svg.label_width(labels), right=0.1, top=0.35, bottom=0.1)
        ax = svg.Axes(drawing, places(classes), places(labels)[::-1], margins)
        draw_cells(ax, grid, np.zeros(grid.counts.shape, bool))
        ax.row_names(labels)
        ax.column_names(classes, above=True)

    width = min(svg.WIDE, svg.label_width(labels) + 1.25 * len(classes) + 0.1)
    figure = svg.draw(key, (width, height(len(labels), 0.5, 0.25)), build)
    y, x = (int(v) for v in np.unravel_index(grid.counts.argmax(), grid.counts.shape))
    caption = (
        f"How many units of each class have each reason; a dot is none, and the tint is the "
        f"{grid.legend}. The largest cell: {labels[y]} in "
        f"{count_of(int(grid.counts[y, x]), 'unit')} of class {grid.columns[x].name}. "
        "GOOD units have no reason."
    )
    return Plot(key, title, caption, figure)


def failed_plot(table: Sheet, prefix: str) -> Plot:
    """6: how many rules the units of each class fail."""
    key, title = f"{prefix}-failed", "Failed rules per unit, by class"
    figure = boxes_figure(table)
    if not figure.rows:
        return Plot(key, title, _no_reason(table), width="half")
    largest = max(pile.n for row in figure.rows for pile in row.piles)

    def build(drawing: Drawing) -> None:
        names, most = [row.bar.name for row in figure.rows], figure.most
        ticks = svg.count_ticks(most)
        ax = svg.rows(drawing, names, (-0.5, most + 0.5), ticks, right=0.15, bottom=0.45)
        for i, row in enumerate(figure.rows):
            draw_box(ax, i, row.box, row.bar.fill)
            for pile in row.piles:
                ax.dot(pile.failed, i, 6 + 160 * pile.n / largest, row.bar.fill, svg.PAPER)
        ax.x_title(f"{axis_words(masked=True)}, masked ones included")

    drawn = svg.draw(key, (svg.WIDE, height(len(figure.rows), 0.75, 0.42)), build)
    medians = listed(f"{class_name(row.label)} {row.box.median:g}" for row in figure.rows)
    caption = (
        f"Box: the middle half of the units, with the median (thick) and whiskers to the last "
        f"unit within 1.5 box lengths. Every unit is in a dot, whose area is the number of units "
        f"that fail so many rules. Medians: {medians}."
    )
    return Plot(key, title, caption, drawn)


def class_plot(table: Sheet, prefix: str, label: Label) -> Plot:
    """7: the most frequent reasons of one class."""
    name = class_name(label)
    key = f"{prefix}-top-{name.casefold().replace(' ', '-')}"
    title = f"Top {TOP_OF_CLASS} reasons: {name}"
    if label == Label.GOOD:
        title = "GOOD: closest to failing"
    figure = class_reason_bars(table, [label])[label]
    n = figure.of
    if not n:
        return Plot(key, title, f"There is no {name} unit.", width="half")
    if not figure.bars:
        none = "No rule has a margin." if label == Label.GOOD else "No rule says why."
        return Plot(key, title, f"{count_of(n, 'unit')} of class {name}. {none}", width="half")
    first = figure.bars[0]
    if label == Label.GOOD:
        caption = (
            f"The rule that each of {count_of(n, 'unit')} passes with the least margin; nothing "
            f"failed. {share(first.n, n)} come closest to {first.full_name}."
        )
    else:
        caption = (
            f"Of {count_of(n, 'unit')}, {share(first.n, n)} fail {first.full_name}. "
            "A unit may fail several."
        )
    return Plot(key, title, caption, bars_svg(key, figure.bars, svg.HALF), "half")


def pairs_plot(table: Sheet, prefix: str) -> Plot:
    """8: which reasons occur together."""
    key, title = f"{prefix}-pairs", f"Reasons that occur together, top {TOP_TOGETHER}"
    grid = together_grid(table)
    if not grid.rows:
        return Plot(key, title, _no_reason(table))
    above = np.triu(np.ones(grid.counts.shape, bool), 1)
    labels = [head.full_name for head in grid.rows]

    def build(drawing: Drawing) -> None:
        margins = Margins(svg.label_width(labels) + 0.3, right=0.1, bottom=0.3)
        ax = svg.Axes(drawing, places(labels), places(labels)[::-1], margins)
        draw_cells(ax, grid, above)
        ax.row_names([f"{label}\u2003{i}" for i, label in enumerate(labels, 1)])
        ax.column_names([str(i) for i in range(1, len(labels) + 1)], above=False)

    width = min(svg.WIDE, svg.label_width(labels) + 0.4 + 0.55 * len(labels))
    figure = svg.draw(key, (width, height(len(labels), 0.5, 0.27)), build)
    pairs = np.where(np.tril(np.ones(grid.counts.shape, bool), -1), grid.counts, 0)
    caption = (
        "Units that have both reasons, tinted by their share of those with either; on the "
        "diagonal, units with the one reason. "
    )
    if pairs.any():
        y, x = (int(v) for v in np.unravel_index(pairs.argmax(), pairs.shape))
        n = count_of(int(pairs[y, x]), "unit")
        caption += f"Most often together: {labels[y]} and {labels[x]}, {n}."
    else:
        caption += "No two of them occur in one unit."
    return Plot(key, title, caption, figure)


def _no_reason(table: Sheet) -> str:
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
            ax.note(100, i, count_of(total, "unit"))
        ax.legend([(signed_name(label), LABEL_FILL[label]) for label in order])

    row = 0.235 if len(names) <= 20 else 0.17
    figure = svg.draw(key, (svg.WIDE, height(len(names), 0.8, row)), build)
    good = [c.get(Label.GOOD, 0) / max(sum(c.values()), 1) for c in counts]
    best, worst = int(np.argmax(good)), int(np.argmin(good))
    caption = (
        f"Shares of the classes. Most GOOD: {names[best]} "
        f"({share(counts[best].get(Label.GOOD, 0), sum(counts[best].values()))}); fewest: "
        f"{names[worst]} ({share(counts[worst].get(Label.GOOD, 0), sum(counts[worst].values()))})."
    )
    return Plot(key, title, caption, figure)
