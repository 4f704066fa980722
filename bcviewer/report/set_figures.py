"""Failure sets and families of MUA as SVG.

The sets are drawn here rather than by ``upsetplot``: that cannot tell deciding from masked
failures, and it warns under pandas 3 (``inplace``).
"""

from __future__ import annotations

from bcviewer.core.figures.family_bars import family_bars, family_stacks
from bcviewer.core.figures.parts import Bars
from bcviewer.core.figures.population import Grouped, families
from bcviewer.core.figures.sets import SetsFigure, sets_figure
from bcviewer.core.figures.words import share
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.rules import Family
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.report import svg
from bcviewer.report.pens import Plot, bars_svg, stacks_svg
from bcviewer.report.svg import Drawing, Margins


def upset_plot(table: Sheet, prefix: str) -> Plot:
    """Return which combinations of rules fail together."""
    key, title = f"{prefix}-sets", "Failure sets"
    figure = sets_figure(table)
    if not figure.columns:
        return Plot(key, title, "No unit fails a rule." if table.n_units else "There is no unit.")
    labels = [row.head.full_name for row in figure.rows]

    def build(drawing: Drawing) -> None:
        height = drawing.height / svg.POINTS
        ends = (-0.6, max(len(figure.columns), 8) - 0.4)
        left, bars = svg.label_width(labels), 1.75
        most = max(column.n for column in figure.columns)
        above = Margins(left, top=0.45, bottom=height - bars)
        _set_bars(svg.Axes(drawing, ends, (0, most), above), figure)
        below = Margins(left, top=bars + 0.06, bottom=0.05)
        rows = (len(labels) - 0.5, -0.5)
        _set_matrix(svg.Axes(drawing, ends, rows, below), figure)

    drawn = svg.draw(key, (svg.WIDE, 1.9 + 0.235 * len(labels)), build)
    caption = (
        "Units that fail exactly the same rules, one column a combination, in the colour of the "
        "class it leads to. Full dots decided "
        "the label, hollow ones are hidden by a stronger class; a column with a single dot holds "
        f"units with one failed rule. Combinations: {figure.n_sets:,}; the "
        f"{len(figure.columns)} shown cover {figure.covered():,} of "
        f"{count_of(figure.n_failing, 'unit')} that fail a rule."
    )
    return Plot(key, title, caption, drawn)


def _set_bars(ax: svg.Axes, figure: SetsFigure) -> None:
    ax.y_ticks(svg.count_ticks(ax.y_limits[1], 4), grid=True)
    most = max(column.n for column in figure.columns)
    upright = len(figure.columns) > 8 and most > 999
    for x, column in enumerate(figure.columns):
        ax.bar((x - 0.33, x + 0.33), (0, column.n), column.fill)
        place = (ax.x(x), ax.y(column.n) - 4 - (0 if upright else svg.SMALL / 2))
        anchor = "start" if upright else "middle"
        ax.drawing.text(*place, f"{column.n:,}", anchor=anchor, size=svg.SMALL, turned=upright)
    ax.bottom_side()
    ax.drawing.text(ax.left - 4, ax.top - 13, "units", anchor="end", size=8.5, color=svg.FAINT)


def _set_matrix(ax: svg.Axes, figure: SetsFigure) -> None:
    place = {row.rule: y for y, row in enumerate(figure.rows)}
    for y in range(0, len(figure.rows), 2):
        ax.bar(ax.x_limits, (y - 0.5, y + 0.5), svg.GRID, 0.28)
    for x, column in enumerate(figure.columns):
        ys = [place[i] for i in column.deciding | column.masked]
        ax.line((x, x), (min(ys), max(ys)), svg.FAINT, 1.4)
        for row in figure.rows:
            if row.rule in column.deciding:
                ax.dot(x, place[row.rule], 42, row.fill)
            elif row.rule in column.masked:
                ax.dot(x, place[row.rule], 34, svg.PAPER, f"{row.fill};stroke-width:1.4")
    ax.row_names([row.head.full_name for row in figure.rows])


def family_plots(table: Sheet, prefix: str) -> list[Plot]:
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


def _families(table: Sheet, prefix: str) -> Plot:
    key, title = f"{prefix}-family", "MUA by family"
    figure = family_bars(families(table))
    n, most = figure.of, max(figure.bars, key=lambda bar: bar.n)
    if not n:
        return Plot(key, title, "There is no MUA unit, so no family to show.", width="half")
    caption = (
        f"Why {count_of(n, 'unit is', 'units are')} MUA, in one word each; where several "
        f"apply, the first of the list. Most: {most.name}, {share(most.n, n)}."
    )
    if _undecidable(figure):
        caption += " Undecidable: too few spikes to say whether contamination is below the limit."
    return Plot(key, title, caption, bars_svg(key, figure.bars, svg.HALF), "half")


def _undecidable(figure: Bars) -> bool:
    return figure.bars[figure.keys.index(Family.UNDECIDABLE)].n > 0


def _grouped(grouped: Grouped, key: str, title: str, by: str) -> Plot:
    figure = family_stacks(grouped, by)
    lines = 1 if len(figure.legend) < 4 else 2
    drawn = stacks_svg(key, figure, svg.HALF, lines)
    most = max(figure.rows[:: -1 if by == "depth" else 1], key=lambda row: row.n)
    where = "by the y of the peak channel"
    if by == "roi":
        where = "inside and outside the region of interest"
    caption = f"The same {where}. Most MUA units: {most.name}, {count_of(most.n, 'unit')}."
    return Plot(key, title, caption, drawn, "half")
