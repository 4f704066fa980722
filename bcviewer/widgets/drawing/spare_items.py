"""Of what pyqtgraph makes a plot, made ahead: it takes longer than all else of a panel does."""

from __future__ import annotations

import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint

from bcviewer.widgets.drawing.trace_axis import TraceAxis

_spare: list[pg.PlotItem] = []


def make_spare(n: int) -> bool:
    """Return whether so many plot items are there; where they are not, make one more."""
    if len(_spare) >= n:
        return True
    _spare.append(_made())
    return False


def forget_spare() -> None:
    """Let go of those that nobody took: they may not outlive the application."""
    _spare.clear()


def take_item() -> pg.PlotItem:
    """Return a plot item with our axes, which nobody else has."""
    return _spare.pop() if _spare else _made()


def _made() -> pg.PlotItem:
    axes = {where: TraceAxis(where) for where in ("bottom", "left")}
    return pg.PlotItem(axisItems=axes, enableMenu=False)
