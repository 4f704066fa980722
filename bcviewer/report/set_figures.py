"""Failure sets and families of MUA as SVG.

The sets are drawn here rather than by ``upsetplot``: that cannot tell deciding from masked
failures, and it warns under pandas 3 (``inplace``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bcviewer.core.palette import FAIL_FILL, FAMILY_FILL
from bcviewer.core.population import FailureSet, Grouped, failure_sets, families
from bcviewer.core.reasons import bits
from bcviewer.core.rules import FAMILY_NAMES, Family
from bcviewer.core.table import AuditTable
from bcviewer.report import svg
from bcviewer.report.figures import Plot
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

    def build(figure: Any) -> None:
        height = float(figure.get_size_inches()[1])
        left, bars = svg.label_width(labels), 1.75
        top_ax = svg.axes(figure, left=left, top=0.45, bottom=height - bars)
        _set_bars(top_ax, sets)
        _set_matrix(svg.axes(figure, left=left, top=bars + 0.06, bottom=0.05), sets, labels, rules)

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


def _set_bars(ax: Any, sets: Sequence[FailureSet]) -> None:
    ax.bar(range(len(sets)), [one.n for one in sets], width=0.66, color=FAIL_FILL)
    upright = {"rotation": 90.0} if len(sets) > 8 and max(one.n for one in sets) > 999 else {}
    for x, one in enumerate(sets):
        text = f"{one.n:,}"
        ax.annotate(
            text, (x, one.n), (0, 3), textcoords="offset points", ha="center", fontsize=8, **upright
        )
    ax.set_xlim(-0.6, max(len(sets), 8) - 0.4)
    ax.set_xticks([])
    ax.set_ylim(0, max(one.n for one in sets))
    svg.count_axis(ax.yaxis, 4)
    ax.tick_params(axis="y", labelcolor=svg.FAINT, labelsize=8)
    ax.set_ylabel("units")
    ax.grid(axis="y")
    ax.spines["left"].set_visible(False)
    ax.spines["bottom"].set_color(svg.FAINT)


def _set_matrix(
    ax: Any, sets: Sequence[FailureSet], labels: Sequence[str], rules: Sequence[int]
) -> None:
    place = {rule: y for y, rule in enumerate(rules)}
    solid: tuple[list[int], list[int]] = ([], [])
    hollow: tuple[list[int], list[int]] = ([], [])
    for y in range(0, len(rules), 2):
        ax.axhspan(y - 0.5, y + 0.5, color=svg.GRID, alpha=0.28)
    for x, one in enumerate(sets):
        ys = [place[i] for i in bits(one.failed)]
        ax.plot([x, x], [min(ys), max(ys)], color=svg.FAINT, linewidth=1.4, zorder=2)
        for i in bits(one.failed):
            into = solid if one.deciding >> i & 1 else hollow
            into[0].append(x)
            into[1].append(place[i])
    ax.scatter(*solid, s=42, color=FAIL_FILL, zorder=3)
    ax.scatter(*hollow, s=34, facecolors=svg.PAPER, edgecolors=FAIL_FILL, linewidths=1.4, zorder=3)
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.set_xlim(-0.6, max(len(sets), 8) - 0.4)
    ax.set_xticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)


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

    def build(figure: Any) -> None:
        ax = svg.axes(figure, left=svg.label_width(labels), right=0.95, bottom=0.3)
        ax.barh(
            range(len(shown)),
            counts[shown],
            height=0.72,
            color=[FAMILY_FILL[Family(i)] for i in shown],
        )
        for y, i in enumerate(shown):
            note = f"{counts[i]:,} ({share(int(counts[i]), n)})"
            ax.annotate(
                note, (counts[i], y), (4, 0), textcoords="offset points", va="center_baseline"
            )
        svg.rows_axis(ax, labels)
        ax.set_xlim(0, counts.max())
        svg.count_axis(ax.xaxis, 4)

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

    def build(figure: Any) -> None:
        rows = 1 if len(shown) < 4 else 2
        ax = svg.axes(
            figure, left=svg.label_width(labels), right=0.55, top=0.15 + 0.22 * rows, bottom=0.3
        )
        left = np.zeros(n)
        for i in shown:
            values = counts[order, i]
            ax.barh(
                range(n),
                values,
                left=left,
                height=0.72,
                color=FAMILY_FILL[Family(i)],
                label=FAMILY_NAMES[i],
            )
            left += values
        for y, total in enumerate(left):
            ax.annotate(
                f"{total:,.0f}",
                (total, y),
                (4, 0),
                textcoords="offset points",
                va="center_baseline",
            )
        svg.rows_axis(ax, labels)
        ax.set_xlim(0, max(left.max(), 1))
        svg.count_axis(ax.xaxis, 4)
        columns = -(-len(shown) // rows)
        ax.legend(
            loc="lower left",
            bbox_to_anchor=(-0.1, 1),
            ncols=columns,
            borderaxespad=0.2,
            handlelength=0.9,
            handleheight=0.9,
            columnspacing=1.0,
            handletextpad=0.4,
        )

    figure = svg.draw(key, (svg.HALF, 0.95 + 0.235 * n), build)
    totals = counts.sum(axis=1)
    most = int(np.argmax(totals))
    where = "by the y of the peak channel"
    if by == "roi":
        where = "inside and outside the region of interest"
    caption = f"The same {where}. Most MUA units: {grouped.groups[most]}, "
    caption += f"{units(int(totals[most]))}."
    return Plot(key, title, caption, figure, "half")
