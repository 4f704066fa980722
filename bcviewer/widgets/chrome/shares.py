"""How a window's table and docks share its room: in proportion, whatever its size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QStyle, QTabBar

LEAST_DOCKS = 430
"""Pixels that the docks have of a narrow window, as far as the table leaves them…"""
LEAST_TABLE = 300
"""…which has these."""
ENOUGH_DOCKS = 1400
"""Pixels of docks that have all they can use: what is more than that makes reasons whole."""
_LARGEST = 100_000
"""Pixels; a damaged settings file may say anything."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How the room was shared once the person had arranged it.

    Attributes
    ----------
    width, height : int
        The room beside the table then, in pixels.
    docks : mapping of str to tuple of int
        Width and height of each dock then.
    table : float
        The share of the window's width that the person gave the table; 0: what its columns need.
    """

    width: int
    height: int
    docks: Mapping[str, tuple[int, int]]
    table: float = 0.0

    def as_text(self) -> str:
        """Return it as it is kept in the settings."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Shares | None:
        """Return what was kept; None where that is nothing, or damaged."""
        try:
            found = json.loads(text or "null")
            docks = {str(k): (_pixels(w), _pixels(h)) for k, (w, h) in found["docks"].items()}
            table = float(found["table"])
            if not 0 <= table < 1:
                return None
            return cls(_pixels(found["width"]), _pixels(found["height"]), docks, table)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
            return None


def _pixels(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < _LARGEST:
        raise ValueError(value)
    return value


SPARED = 80
"""Pixels that docks give beyond their share, so that a reason is said in its fewest words."""


def table_width(
    window: int, needed: int, most: float, chosen: float = 0.0, whole: int = 0, fewest: int = 0
) -> int:
    """Return how wide the table is to be, in pixels.

    Parameters
    ----------
    window : int
        Width of the window.
    needed : int
        Width that all columns of the table need.
    most : float
        Largest share of the window that it takes of its own accord.
    chosen : float
        The share that the person gave it; 0: none.
    whole : int
        Width in which no text of it is cut off, where that is more.
    fewest : int
        Width in which reasons are seen in their fewest words.
    """
    if chosen:
        return round(window * chosen)
    needed = max(needed, min(whole, window - ENOUGH_DOCKS))
    granted = round(window * most)
    granted = max(granted, min(fewest, granted + SPARED))
    wide = min(needed, granted, window - LEAST_DOCKS)
    return max(wide, min(LEAST_TABLE, window // 2))


def separator(window: QMainWindow) -> int:
    """Return the width of what lies between docks, in pixels."""
    return window.style().pixelMetric(QStyle.PixelMetric.PM_DockWidgetSeparatorExtent, None, window)


def arranged(docks: Mapping[str, QDockWidget]) -> dict[str, QDockWidget]:
    """Return the docks that share the room beside the table: neither closed nor floating."""
    return {key: dock for key, dock in docks.items() if not (dock.isHidden() or dock.isFloating())}


def shares_of(window: QMainWindow, docks: Mapping[str, QDockWidget], table: float) -> Shares | None:
    """Return how the room is shared now; None where there is none beside the table."""
    beside = window.width() - window.centralWidget().width()
    seen = {k: d for k, d in arranged(docks).items() if not d.visibleRegion().isEmpty()}
    sizes = {key: _size(window, dock) for key, dock in seen.items()}  # none that is behind a tab
    height = window.centralWidget().height()
    known = beside > 0 and height > 0 and all(w > 0 and h > 0 for w, h in sizes.values())
    return Shares(beside, height, sizes, table) if known and sizes else None


def _size(window: QMainWindow, dock: QDockWidget) -> tuple[int, int]:
    """Return how much room a dock has, the tabs under it included."""
    area = dock.geometry()
    bars = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    under = (
        bar.height()
        for bar in bars
        if bar.isVisible() and bar.x() == area.x() and 0 < bar.y() - area.bottom() <= 2
    )
    return area.width(), area.height() + sum(under)


def share_out(
    window: QMainWindow, docks: Mapping[str, QDockWidget], shares: Shares, beside: int
) -> None:
    """Give each dock its share of the room there is now.

    Parameters
    ----------
    window, docks
        The window, and its docks by id.
    shares : Shares
        How it was shared.
    beside : int
        The width beside the table that there is to be, in pixels.
    """
    there = arranged(docks)
    known = [(there[key], size) for key, size in shares.docks.items() if key in there]
    known.sort(key=lambda pair: pair[1])  # Qt takes the width of all from the last one
    line = separator(window)
    wide = (beside - line) / max(1, shares.width - line)
    high = window.centralWidget().height() / shares.height
    if not known:
        return
    listed = [dock for dock, _ in known]
    widths = [max(1, round(w * wide)) for _, (w, _) in known]
    heights = [max(1, round(h * high)) for _, (_, h) in known]
    window.resizeDocks(listed, widths, Qt.Orientation.Horizontal)
    window.resizeDocks(listed, heights, Qt.Orientation.Vertical)
