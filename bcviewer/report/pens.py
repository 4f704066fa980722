"""The pen of the page: bars, stacks, cells and boxes of a figure as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from bcviewer.core.figures.parts import FigureBar, Grid, StackedBars
from bcviewer.core.figures.population import Box
from bcviewer.core.rules.palette import FAIL_FILL
from bcviewer.report import svg
from bcviewer.report.svg import Drawing

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


def height(rows: int, around: float = 0.5, row: float = 0.235) -> float:
    """Return the height of a figure with so many rows, inches."""
    return around + row * max(rows, 1)


def row_ends(i: int) -> tuple[float, float]:
    """Return from where to where a bar in a row goes."""
    return i - 0.36, i + 0.36


def places(names: Sequence[object]) -> tuple[float, float]:
    """Return the ends of an axis with a place for each name."""
    return -0.5, len(names) - 0.5


def bars_svg(key: str, bars: Sequence[FigureBar], width: float) -> Markup:
    """Return horizontal bars with a note at the end of each."""
    labels = [bar.full_name for bar in bars]

    def build(drawing: Drawing) -> None:
        room = max((len(bar.note) for bar in bars), default=0) * svg.CHARACTER / 72 + 0.12
        most = max([*(bar.n for bar in bars), 1])
        ticks = svg.count_ticks(most, 4 if width < svg.WIDE else 8)
        ax = svg.rows(drawing, labels, (0, most), ticks, right=room)
        for i, bar in enumerate(bars):
            ax.bar((0, bar.n), row_ends(i), bar.fill)
            ax.note(bar.n, i, bar.note)

    return svg.draw(key, (width, height(len(labels))), build)


def stacks_svg(key: str, figure: StackedBars, width: float, lines: int = 1) -> Markup:
    """Return bars of segments with a legend of so many lines above them."""
    labels = [row.full_name for row in figure.rows]

    def build(drawing: Drawing) -> None:
        most = max(1, *(row.n for row in figure.rows))
        ticks = svg.count_ticks(most, 8 if width == svg.WIDE else 4)
        room = max(len(row.note) for row in figure.rows) * svg.CHARACTER / 72 + 0.12
        top = 0.4 if width == svg.WIDE else 0.15 + 0.22 * lines
        ax = svg.rows(drawing, labels, (0, most), ticks, right=room, top=top)
        fills = [entry.fill for entry in figure.legend]
        for i, (row, counts) in enumerate(zip(figure.rows, figure.counts.tolist(), strict=True)):
            ax.note(stack(ax, i, zip(counts, fills, strict=True)), i, row.note)
        left = 0.0 if width == svg.WIDE else 0.1 - svg.label_width(labels)  # all of the width
        ax.legend([(entry.text, entry.fill) for entry in figure.legend], lines, left)

    around = 0.8 if width == svg.WIDE else 0.95
    return svg.draw(key, (width, height(len(labels), around)), build)


def stack(ax: svg.Axes, row: int, parts: Iterable[tuple[float, str]]) -> float:
    """Draw bars one after the other in a row; return where the last one ends."""
    left = 0.0
    for value, color in parts:
        ax.bar((left, left + value), row_ends(row), color)
        left += value
    return left


def draw_cells(ax: svg.Axes, grid: Grid, hidden: npt.NDArray[np.bool_]) -> None:
    """Draw a grid of tinted cells with their numbers."""
    for (y, x), n in np.ndenumerate(grid.counts):
        if hidden[y, x]:
            continue
        # Never so strong that the number on it cannot be read, in light or dark.
        shade = float(grid.shades[y, x])
        tinted = n and shade == shade
        fill, opacity = (FAIL_FILL, 0.08 + 0.62 * shade) if tinted else (svg.GRID, 0.28 * bool(n))
        ax.bar((x - 0.5, x + 0.5), (y - 0.5, y + 0.5), fill, opacity, svg.GRID)
        text = f"{n:,}" if n else "·"
        ax.drawing.text(ax.x(x), ax.y(y), text, anchor="middle", size=8.5)


def draw_box(ax: svg.Axes, row: int, box: Box, fill: str) -> None:
    """Draw the middle half of some units, the median, and whiskers."""
    ax.bar((box.lower, box.upper), (row - 0.33, row + 0.33), fill, 0.28, svg.FAINT)
    ax.line((box.low, box.lower), (row, row), svg.FAINT)
    ax.line((box.upper, box.high), (row, row), svg.FAINT)
    ax.line((box.median, box.median), (row - 0.33, row + 0.33), svg.INK, 2)
