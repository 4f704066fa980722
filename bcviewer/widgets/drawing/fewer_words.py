"""A rule's words in as many as there is room for: what is left out is in a tool tip."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

from bcviewer.core.rules.metrics import SHORT_TITLES

_AFTER_LIMIT = re.compile(r"( [<>≤≥] [^ ]+) .*$")
_LIMIT = re.compile(r" [<>≤≥] .*$")
_UNIT = re.compile(r" \([^ ()]*\)$")


def shortened(text: str) -> str:
    """Return a rule's words with its metric in fewer letters."""
    for title, short in SHORT_TITLES.items():
        text = text.replace(title, short)
    return text


def ways(text: str) -> tuple[str, ...]:
    """Return a rule's words, and shorter ways to say them, the longest first.

    Without what is added to them, then in fewer letters, then without the limit's unit, then
    without the limit: ``trough width 5.8 ≥ 5 samples · …`` ends as ``trough width 5.8``. What is
    in brackets is never left out alone: it says that the limit is only tried, or not counted.
    """
    bare = text.split(" · ")[0]
    short = shortened(bare)
    unitless = short if "(" in short else _AFTER_LIMIT.sub(r"\1", short).rstrip(",")
    if not _LIMIT.search(short):
        unitless = _UNIT.sub("", short)  # a title's
    return tuple(dict.fromkeys((text, bare, short, unitless, name_of(short))))


def name_of(text: str) -> str:
    """Return a rule's words without its limit."""
    return _LIMIT.sub("", text)


def in_fewer_words(text: str, metrics: QFontMetricsF, room: float) -> str:
    """Return the longest way to say a rule's words that has room, in pixels; else its begin."""
    said = ways(text)
    for way in said:
        if metrics.horizontalAdvance(way) <= room:
            return way
    return metrics.elidedText(said[-1], Qt.TextElideMode.ElideRight, room)
