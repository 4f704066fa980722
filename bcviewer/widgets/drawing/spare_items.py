"""Of what pyqtgraph makes a plot, made ahead: it takes longer than all else of a panel does."""

from __future__ import annotations

import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint

from bcviewer.widgets.drawing.trace_axis import TraceAxis

_spare: list[pg.PlotItem] = []


def make_spare(n: int) -> bool:
    """Make one more plot item ahead; return whether so many are there by now."""
    if len(_spare) < n:
        _spare.append(_made())
    return len(_spare) >= n


def forget_spare() -> None:
    """Let go of those that nobody took: they may not outlive the application."""
    _spare.clear()


def take_item() -> pg.PlotItem:
    """Return a plot item with our axes, which nobody else has."""
    return _spare.pop() if _spare else _made()


def _made() -> pg.PlotItem:
    axes = {where: TraceAxis(where) for where in ("bottom", "left")}
    return pg.PlotItem(axisItems=axes, enableMenu=False)
