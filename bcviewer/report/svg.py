"""Figures as SVG for an HTML page: text stays text, colours follow the page's style sheet.

Drawn here and not by matplotlib, which took 1.3 s a probe for figures of bars, dots and lines.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

WIDE, HALF, THIRD = 9.3, 4.55, 3.02
"""Widths of figures, inches: the page's column, one of two, one of three."""

# The page's style sheet gives these their colour in light, dark and print.
INK, FAINT, GRID, PAPER = "currentColor", "var(--faint)", "var(--grid)", "var(--paper)"
POINTS = 72.0
CHARACTER = 5.35
"""Width of an average character at 9 points, in points (DejaVu Sans, Verdana)."""
SIZE, SMALL = 9.0, 8.0
"""Sizes of text, points."""
_TO_MIDDLE = 0.36
"""From the baseline to the middle of the digits, in sizes of the text."""

Limits = tuple[float, float]


class Drawing:
    """A figure under construction; places are in points from the top left.

    Parameters
    ----------
    key : str
        Unique on the page.
    size : tuple of float
        Width and height, inches.
    """

    def __init__(self, key: str, size: tuple[float, float]) -> None:
        self.key = key
        self.width, self.height = (inches * POINTS for inches in size)
        self._parts: list[str] = []

    def rect(
        self,
        box: tuple[float, float, float, float],
        fill: str,
        opacity: float = 1.0,
        edge: str = "",
    ) -> None:
        """Draw a rectangle from left, top, right and bottom in any order."""
        x0, x1 = sorted((box[0], box[2]))
        y0, y1 = sorted((box[1], box[3]))
        if x1 - x0 < 0.005 or y1 - y0 < 0.005:
            return
        style = f"fill:{fill}" + (f";fill-opacity:{opacity:.3g}" if opacity < 1 else "")
        style += f";stroke:{edge};stroke-width:.7" if edge else ""
        self._parts.append(
            f'<rect x="{_n(x0)}" y="{_n(y0)}" width="{_n(x1 - x0)}" height="{_n(y1 - y0)}"'
            f' style="{style}"/>'
        )

    def line(
        self, x0: float, y0: float, x1: float, y1: float, color: str, width: float, dash: str = ""
    ) -> None:
        """Draw a line."""
        style = f"stroke:{color};stroke-width:{width:g}" + (
            f";stroke-dasharray:{dash}" if dash else ""
        )
        self._parts.append(
            f'<path d="M{_n(x0)} {_n(y0)}L{_n(x1)} {_n(y1)}" style="{style}" fill="none"/>'
        )

    def dot(self, x: float, y: float, radius: float, fill: str, edge: str = "") -> None:
        """Draw a dot."""
        style = f"fill:{fill}" + (f";stroke:{edge}" if edge else "")
        self._parts.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" style="{style}"/>')

    def path(self, path: str, fill: str) -> None:
        """Fill a path in the words of SVG."""
        self._parts.append(f'<path d="{path}" style="fill:{fill}"/>')

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        anchor: str = "start",
        size: float = SIZE,
        color: str = INK,
        turned: bool = False,
    ) -> None:
        """Write a text whose middle is at a height; ``turned``: upwards, from its start."""
        turn = f' transform="rotate(-90 {_n(x)} {_n(y)})"' if turned else ""
        style = "" if color == INK else f' style="fill:{color}"'
        self._parts.append(
            f'<text x="{_n(x)}" y="{_n(y + _TO_MIDDLE * size)}" text-anchor="{anchor}"'
            f' font-size="{size:g}"{style}{turn}>{escape(text)}</text>'
        )

    def markup(self) -> Markup:
        """Return the figure."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" fill="currentColor"'
            f' aria-labelledby="{escape(self.key)}-caption" width="{self.width / 0.75:.0f}"'
            f' height="{self.height / 0.75:.0f}" viewBox="0 0 {_n(self.width)} {_n(self.height)}">'
        )
        return Markup(f"{head}{''.join(self._parts)}</svg>")  # noqa: S704  texts are escaped


def draw(key: str, size: tuple[float, float], build: Callable[[Drawing], None]) -> Markup:
    """Return a figure as SVG for an HTML page.

    Parameters
    ----------
    key : str
        Unique on the page; the figure is labelled by the caption of this name.
    size : tuple of float
        Width and height, inches.
    build : callable
        Draws on the figure.
    """
    drawing = Drawing(key, size)
    build(drawing)
    return drawing.markup()


def _n(value: float) -> str:
    """Return a place with two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def label_width(labels: Sequence[str]) -> float:
    """Return the room that labels need, inches."""
    return (max((len(text) for text in labels), default=0) * CHARACTER + 12) / POINTS


@dataclass(frozen=True, slots=True)
class Margins:
    """What is left free around axes, inches."""

    left: float
    right: float = 0.15
    top: float = 0.1
    bottom: float = 0.45


class Axes:
    """A part of a figure with scales of its own.

    Parameters
    ----------
    drawing : Drawing
        The figure.
    x, y : tuple of float
        The values at the left and the right, at the bottom and the top.
    margins : Margins
        What is left free around it.
    log : bool
        Whether the x axis is logarithmic.
    """

    def __init__(
        self, drawing: Drawing, x: Limits, y: Limits, margins: Margins, log: bool = False
    ) -> None:
        self.drawing = drawing
        self.left, self.top = margins.left * POINTS, margins.top * POINTS
        self.right = max(drawing.width - margins.right * POINTS, self.left + 0.3 * POINTS)
        self.bottom = max(drawing.height - margins.bottom * POINTS, self.top + 0.2 * POINTS)
        self.x_limits, self.y_limits = x, y
        self._log = log

    def x(self, value: float) -> float:
        """Return the place of a value on the x axis, points; the nearer end where it is beyond."""
        low, high = self.x_limits
        if self._log:
            value, low, high = (math.log10(v) if v > 0 else -300.0 for v in (value, low, high))
        share = (value - low) / (high - low) if high != low else 0.5
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Return the place of a value on the y axis, points; the nearer end where it is beyond."""
        low, high = self.y_limits
        share = (value - low) / (high - low) if high != low else 0.5
        return self.bottom - min(max(share, 0.0), 1.0) * (self.bottom - self.top)

    def bar(self, x: Limits, y: Limits, fill: str, opacity: float = 1.0, edge: str = "") -> None:
        """Draw a rectangle between values."""
        box = (self.x(x[0]), self.y(y[0]), self.x(x[1]), self.y(y[1]))
        self.drawing.rect(box, fill, opacity, edge)

    def line(self, x: Limits, y: Limits, color: str, width: float = 1.0, dash: str = "") -> None:
        """Draw a line between values."""
        ends = (self.x(x[0]), self.y(y[0]), self.x(x[1]), self.y(y[1]))
        self.drawing.line(*ends, color, width, dash)

    def dot(self, x: float, y: float, area: float, fill: str, edge: str = "") -> None:
        """Draw a dot at values, with a diameter whose square is ``area``, square points."""
        self.drawing.dot(self.x(x), self.y(y), math.sqrt(area) / 2, fill, edge)

    def note(self, x: float, y: float, text: str) -> None:
        """Write a text right of a place."""
        self.drawing.text(self.x(x) + 4, self.y(y), text)

    def stairs(
        self, edges: Sequence[float], values: Sequence[float], base: Sequence[float], fill: str
    ) -> None:
        """Fill between two lines of stairs over the same edges."""
        xs = [_n(self.x(edge)) for edge in edges]
        self.drawing.path(
            "".join(
                f"M{x0} {_n(self.y(low))}V{_n(self.y(high))}H{x1}V{_n(self.y(low))}Z"
                for x0, x1, low, high in zip(xs, xs[1:], base, values, strict=False)
                if high > low
            ),
            fill,
        )

    def x_ticks(self, ticks: Sequence[tuple[float, str]], *, grid: bool, marks: bool) -> None:
        """Write the values below the x axis; with lines through the plot, or marks."""
        for value, text in ticks:
            x = self.x(value)
            if grid:
                self.drawing.line(x, self.top, x, self.bottom, GRID, 0.6)
            if marks:
                self.drawing.line(x, self.bottom, x, self.bottom + 3, GRID, 0.8)
            y = self.bottom + 4 + SMALL / 2 + 2 * marks
            self.drawing.text(x, y, text, anchor="middle", size=SMALL, color=FAINT)

    def y_ticks(self, ticks: Sequence[tuple[float, str]], *, grid: bool) -> None:
        """Write the values left of the y axis, with lines through the plot."""
        for value, text in ticks:
            y = self.y(value)
            if grid:
                self.drawing.line(self.left, y, self.right, y, GRID, 0.6)
            self.drawing.text(self.left - 4, y, text, anchor="end", size=SMALL, color=FAINT)

    def row_names(self, names: Sequence[str]) -> None:
        """Write a name left of each row."""
        for i, name in enumerate(names):
            self.drawing.text(self.left - 5, self.y(i), name, anchor="end")

    def column_names(self, names: Sequence[str], *, above: bool) -> None:
        """Write a name above or below each column."""
        y = self.top - 4 - SIZE / 2 if above else self.bottom + 4 + SIZE / 2
        for i, name in enumerate(names):
            self.drawing.text(self.x(i), y, name, anchor="middle")

    def x_title(self, text: str) -> None:
        """Say below the x axis what is on it."""
        x, y = (self.left + self.right) / 2, self.bottom + 22
        self.drawing.text(x, y, text, anchor="middle", size=8.5, color=FAINT)

    def left_side(self, color: str = FAINT) -> None:
        """Draw the y axis."""
        self.drawing.line(self.left, self.top, self.left, self.bottom, color, 0.8)

    def bottom_side(self, color: str = FAINT) -> None:
        """Draw the x axis."""
        self.drawing.line(self.left, self.bottom, self.right, self.bottom, color, 0.8)

    def legend(self, entries: Sequence[tuple[str, str]], rows: int = 1, left: float = 0.0) -> None:
        """Name the colours above the plot, in columns, in the order of reading down."""
        columns = -(-len(entries) // rows)
        x = self.left + left * POINTS
        for first in range(columns):
            part = entries[first * rows : (first + 1) * rows]
            for i, (name, color) in enumerate(part):
                y = self.top - 5 - SIZE / 2 - 12.5 * (rows - 1 - i)
                self.drawing.rect((x, y - 4, x + 8, y + 4), color)
                self.drawing.text(x + 12, y, name, size=8.5)
            x += 24 + max((len(name) for name, _ in part), default=0) * CHARACTER * 0.97


def rows(
    drawing: Drawing,
    names: Sequence[str],
    x: Limits,
    ticks: Sequence[tuple[float, str]],
    *,
    right: float,
    top: float = 0.1,
    bottom: float = 0.3,
    marks: bool = False,
) -> Axes:
    """Return axes with one named row a value, the first on top, and lines at the ticks."""
    n = len(names)
    y = (n - 0.4, -0.6)
    ax = Axes(drawing, x, y, Margins(label_width(names), right, top, bottom))
    ax.x_ticks(ticks, grid=True, marks=marks)
    ax.left_side()
    ax.row_names(names)
    return ax


def round_values(
    low: float, high: float, most: int, *, whole: bool = False, steps: Sequence[float] = (1, 2, 5)
) -> list[float]:
    """Return round values from ``low`` to ``high`` with at most ``most`` steps between them."""
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return [low]
    power = math.floor(math.log10(span / most))
    power = max(power, 0) if whole else power
    sizes = (s * 10.0**p for p in range(power, power + 3) for s in steps)
    fitting = (s for s in sizes if span / s <= most * (1 + 1e-9))
    step = next(s for s in fitting if not whole or (s >= 1 and s == round(s)))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


def count_ticks(high: float, most: int = 6) -> list[tuple[float, str]]:
    """Return whole numbers from 0, with thousands separated."""
    return [(v, f"{v:,.0f}") for v in round_values(0.0, high, most, whole=True)]


SHARES: tuple[tuple[float, str], ...] = tuple(
    (value, f"{value:g}" + (" %" if value == 100 else "")) for value in (0, 25, 50, 75, 100)
)
"""The ticks of an axis of shares, per cent."""
