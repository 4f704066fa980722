"""Text in several lines, cut off where they have no room for all of it."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QFontMetrics

_HIGH = 10_000


def fits_lines(text: str, metrics: QFontMetrics, flags: int, width: int, lines: int) -> bool:
    """Whether a text, broken between words, needs no more than some lines of a width."""
    box = metrics.boundingRect(QRect(0, 0, max(width, 1), _HIGH), flags, text)
    return box.height() <= lines * metrics.lineSpacing() + 1 and box.width() <= max(width, 1)


def cut_to_lines(text: str, metrics: QFontMetrics, flags: int, width: int, lines: int) -> str:
    """Return a text, or as much of its begin as the lines hold with ``…`` after it.

    How much that is only trying tells: a path that is broken at its folders leaves lines half
    empty, and a line too many would not be drawn without anybody seeing that it lacks.
    """
    if fits_lines(text, metrics, flags, width, lines):
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if fits_lines(f"{text[:middle].rstrip()}…", metrics, flags, width, lines):
            fits = middle
        else:
            too_long = middle
    return f"{text[:fits].rstrip()}…"
