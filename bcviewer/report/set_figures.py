"""Failure sets and families of MUA as SVG.

The sets are drawn here rather than by ``upsetplot``: that cannot tell deciding from masked
failures, and it warns under pandas 3 (``inplace``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bcviewer.core.audit.reasons import bits
from bcviewer.core.figures.population import FailureSet, Grouped, failure_sets, families
from bcviewer.core.rules.palette import FAIL_FILL, FAMILY_FILL
from bcviewer.core.rules.rules import FAMILY_NAMES, Family
from bcviewer.core.sheet.table import AuditTable
from bcviewer.report import svg
from bcviewer.report.figures import Plot, stack
from bcviewer.report.svg import Drawing, Margins
from bcviewer.report.words import rule_words, share, units

MOST_SETS = 20


def upset_plot(table: AuditTable, prefix: str) -> Plot:
    """Return which combinations of rules fail together."""
    key, title = f"{prefix}-sets", "Failure sets"
    sets, n_sets = failure_sets(table, most=MOST_SETS)
    if not sets:
        return Plot(key, title, "No unit fails a rule." if table.n_units else "There is no unit.")
    rules = sorted({i for one in sets for i in bits(one.failed)})
    labels = [rule_words(table, i) for i in rules]

    def build(drawing: Drawing) -> None:
        height = drawing.height / svg.POINTS
        ends = (-0.6, max(len(sets), 8) - 0.4)
        left, bars = svg.label_width(labels), 1.75
        most = max(one.n for one in sets)
        above = Margins(left, top=0.45, bottom=height - bars)
        _set_bars(svg.Axes(drawing, ends, (0, most), above), sets)
        below = Margins(left, top=bars + 0.06, bottom=0.05)
        rows = (len(labels) - 0.5, -0.5)
        _set_matrix(svg.Axes(drawing, ends, rows, below), sets, labels, rules)

    figure = svg.draw(key, (svg.WIDE, 1.9 + 0.235 * len(rules)), build)
    covered = sum(one.n for one in sets)
    failing = int((table.audit.failed != 0).sum())
    caption = (
        "Units that fail exactly the same rules, one column a combination. Full dots decided "
        "the label, hollow ones are hidden by a stronger class; a column with a single dot holds "
        f"units with one failed rule. Combinations: {n_sets:,}; the {len(sets)} shown cover "
        f"{covered:,} of {units(failing)} that fail a rule."
    )
    return Plot(key, title, caption, figure)


def _set_bars(ax: svg.Axes, sets: Sequence[FailureSet]) -> None:
    ax.y_ticks(svg.count_ticks(ax.y_limits[1], 4), grid=True)
    most = max(one.n for one in sets)
    upright = len(sets) > 8 and most > 999
    for x, one in enumerate(sets):
        ax.bar((x - 0.33, x + 0.33), (0, one.n), FAIL_FILL)
        place = (ax.x(x), ax.y(one.n) - 4 - (0 if upright else svg.SMALL / 2))
        anchor = "start" if upright else "middle"
        ax.drawing.text(*place, f"{one.n:,}", anchor=anchor, size=svg.SMALL, turned=upright)
    ax.bottom_side()
    ax.drawing.text(ax.left - 4, ax.top - 13, "units", anchor="end", size=8.5, color=svg.FAINT)


def _set_matrix(
    ax: svg.Axes, sets: Sequence[FailureSet], labels: Sequence[str], rules: Sequence[int]
) -> None:
    place = {rule: y for y, rule in enumerate(rules)}
    for y in range(0, len(rules), 2):
        ax.bar(ax.x_limits, (y - 0.5, y + 0.5), svg.GRID, 0.28)
    for x, one in enumerate(sets):
        ys = [place[i] for i in bits(one.failed)]
        ax.line((x, x), (min(ys), max(ys)), svg.FAINT, 1.4)
        for i in bits(one.failed):
            if one.deciding >> i & 1:
                ax.dot(x, place[i], 42, FAIL_FILL)
            else:
                ax.dot(x, place[i], 34, svg.PAPER, f"{FAIL_FILL};stroke-width:1.4")
    ax.row_names(labels)


def family_plots(table: AuditTable, prefix: str) -> list[Plot]:
    """Return MUA by family: all units, then by region of interest and depth where known."""
    plots = [_families(table, prefix)]
    for by, title in (("roi", "region of interest"), ("depth", "depth")):
        if by == "roi" and table.kind("roi_label") is None:
            continue
        grouped = families(table, by=by)
        if grouped.counts.any():
            key = f"{prefix}-family-{by}"
            plots.append(_grouped(grouped, key, f"MUA by family and {title}", by))
    return plots


def _families(table: AuditTable, prefix: str) -> Plot:
    key, title = f"{prefix}-family", "MUA by family"
    counts = families(table).counts[0]
    n = int(counts.sum())
    if not n:
        return Plot(key, title, "There is no MUA unit, so no family to show.", width="half")
    shown = [i for i in range(1, len(FAMILY_NAMES)) if counts[i]]
    labels = [FAMILY_NAMES[i] for i in shown]

    def build(drawing: Drawing) -> None:
        most = int(counts.max())
        ax = svg.rows(drawing, labels, (0, most), svg.count_ticks(most, 4), right=0.95)
        for y, i in enumerate(shown):
            stack(ax, y, [(int(counts[i]), FAMILY_FILL[Family(i)])])
            ax.note(int(counts[i]), y, f"{counts[i]:,} ({share(int(counts[i]), n)})")

    figure = svg.draw(key, (svg.HALF, 0.5 + 0.235 * len(shown)), build)
    most = max(shown, key=lambda i: counts[i])
    caption = (
        f"Why {units(n)} {'is' if n == 1 else 'are'} MUA, in one word each; where several apply, "
        f"the first of the list. Most: {FAMILY_NAMES[most]}, {share(int(counts[most]), n)}."
    )
    if counts[2]:
        caption += " Undecidable: too few spikes to say whether contamination is below the limit."
    return Plot(key, title, caption, figure, "half")


def _grouped(grouped: Grouped, key: str, title: str, by: str) -> Plot:
    counts, n = grouped.counts, len(grouped.groups)
    order = list(range(n))[:: -1 if by == "depth" else 1]  # the highest y on top, as in phy
    labels = [grouped.groups[i] for i in order]
    shown = [i for i in range(1, len(FAMILY_NAMES)) if counts[:, i].any()]

    def build(drawing: Drawing) -> None:
        lines = 1 if len(shown) < 4 else 2
        most = max(int(counts.sum(axis=1).max()), 1)
        top, ticks = 0.15 + 0.22 * lines, svg.count_ticks(most, 4)
        ax = svg.rows(drawing, labels, (0, most), ticks, right=0.55, top=top)
        for y, group in enumerate(order):
            parts = [(int(counts[group, i]), FAMILY_FILL[Family(i)]) for i in shown]
            left = stack(ax, y, parts)
            ax.note(left, y, f"{left:,.0f}")
        left = 0.1 - svg.label_width(labels)  # the names need all of the width
        ax.legend([(FAMILY_NAMES[i], FAMILY_FILL[Family(i)]) for i in shown], lines, left)

    figure = svg.draw(key, (svg.HALF, 0.95 + 0.235 * n), build)
    totals = counts.sum(axis=1)
    most = int(np.argmax(totals))
    where = "by the y of the peak channel"
    if by == "roi":
        where = "inside and outside the region of interest"
    caption = f"The same {where}. Most MUA units: {grouped.groups[most]}, "
    caption += f"{units(int(totals[most]))}."
    return Plot(key, title, caption, figure, "half")
