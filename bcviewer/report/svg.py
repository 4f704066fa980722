"""Matplotlib figures as SVG that can stand in an HTML page: text stays text, ids are unique."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE, HALF, THIRD = 9.3, 4.55, 3.02
"""Widths of figures, inches: the page's column, one of two, one of three."""

# Stand-ins: the page's style sheet gives them their colour in light, dark and print.
INK, FAINT, GRID, PAPER = "#010203", "#040506", "#070809", "#0a0b0c"
_STYLED = {INK: "currentColor", FAINT: "var(--faint)", GRID: "var(--grid)", PAPER: "var(--paper)"}

_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "sans-serif"],
    "font.size": 9.0,
    "text.parse_math": False,
    "text.color": INK,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": GRID,
    "axes.labelcolor": FAINT,
    "axes.labelsize": 8.5,
    "axes.axisbelow": True,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "axes.formatter.limits": (-6, 9),
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": GRID,
    "ytick.color": GRID,
    "xtick.labelcolor": FAINT,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 9.0,
    "xtick.major.size": 3.0,
    "ytick.major.size": 0.0,
    "xtick.minor.size": 0.0,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "patch.linewidth": 0.0,
}
_POINTS = 72.0
CHARACTER = 5.35
"""Width of an average character at 9 points, in points (DejaVu Sans, Verdana)."""


def draw(key: str, size: tuple[float, float], build: Callable[[Figure], None]) -> Markup:
    """Return a figure as SVG for an HTML page.

    Parameters
    ----------
    key : str
        Unique on the page; the ids in the figure begin with it.
    size : tuple of float
        Width and height, inches.
    build : callable
        Draws on the figure.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    out = io.StringIO()
    with mpl.rc_context():
        mpl.rcdefaults()  # not the person's own style
        style: Any = {**_STYLE, "svg.hashsalt": key}
        mpl.rcParams.update(style)
        figure = Figure(size)
        FigureCanvasSVG(figure)
        build(figure)
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(out, format="svg", metadata=nothing)
    return _for_page(out.getvalue(), key, size)


def _for_page(text: str, key: str, size: tuple[float, float]) -> Markup:
    """Return matplotlib's SVG without what a page does not need, and with ids of its own."""
    body = text[text.index(">", text.index("<svg ")) + 1 :]
    body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)  # it would style the page
    body = re.sub(r"<defs>\s*</defs>", "", body)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    body = re.sub(r"<[^>]*>", lambda tag: _plain_tag(tag[0], key, used), body)
    body = re.sub(r"\s*\n\s*", " ", body)
    width, height = size
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        f' role="img" aria-labelledby="{key}-caption" width="{width * 96:.0f}"'
        f' height="{height * 96:.0f}" viewBox="0 0 {width * _POINTS:.2f} {height * _POINTS:.2f}">'
    )
    return Markup(head + body.strip())  # noqa: S704  matplotlib escapes its texts


def _plain_tag(tag: str, key: str, used: set[str]) -> str:
    """Return one tag (never a text) with the page's fonts, colours and ids, and short numbers."""
    tag = re.sub(r" font-family: [^;\"]*;?", "", tag)
    tag = re.sub(r' transform="rotate\(-?0 [^)]*\)"', "", tag)
    tag = re.sub(r' id="([^"]*)"', lambda m: f' id="{key}-{m[1]}"' if m[1] in used else "", tag)
    tag = re.sub(r'(xlink:href="|url\()#', rf"\1#{key}-", tag)
    tag = re.sub(r"(\.\d\d)\d+", r"\1", tag)
    for color, styled in _STYLED.items():
        tag = tag.replace(color, styled)
    return tag


def label_width(labels: Sequence[str]) -> float:
    """Return the room that labels need, inches."""
    return (max((len(text) for text in labels), default=0) * CHARACTER + 12) / _POINTS


def axes(
    figure: Figure, *, left: float, right: float = 0.15, top: float = 0.1, bottom: float = 0.45
) -> Axes:
    """Return axes with margins in inches."""
    width, height = (float(v) for v in figure.get_size_inches())
    return figure.add_axes(
        (
            left / width,
            bottom / height,
            max(width - left - right, 0.3) / width,
            max(height - top - bottom, 0.2) / height,
        )
    )


def count_axis(axis: Any, bins: int = 6) -> None:
    """Give an axis whole numbers with thousands separated."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(bins, integer=True, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def rows_axis(ax: Axes, labels: Sequence[str]) -> None:
    """Give the y axis one row a label, the first on top."""
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.grid(axis="x")
    ax.spines["left"].set_color(FAINT)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="x", length=0)
