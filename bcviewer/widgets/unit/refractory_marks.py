"""The refractory and the censored period on a plot of lags or intervals."""

from __future__ import annotations

import math
from collections.abc import Callable

import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPen
from PySide6.QtWidgets import QGraphicsRectItem

from bcviewer.app.scene import Scene
from bcviewer.core.evidence.tau_r import MADE_BY_PHY, SAID_BY, Refractory
from bcviewer.core.rules.counts import count_of
from bcviewer.widgets.drawing.legend import Entry, Stroke
from bcviewer.widgets.drawing.theme import Theme
from bcviewer.widgets.drawing.trace_plot import TracePlot

_SEEN = 0.01
"""Share of an axis from which on a band is seen."""
BAR_SHARE = 0.7
"""How much of the text's colour bars have."""


class RefractoryMarks:
    """Bands from 0: to the refractory period, with a line at its end, and to the censored one.

    Parameters
    ----------
    plot : TracePlot
        Where they are drawn, below all else.
    both_sides : bool
        Whether lags of either sign are drawn.

    Attributes
    ----------
    lines : list of pyqtgraph.InfiniteLine
        At ``tau_r``, in ms; hidden where none was found.
    refractory, censored : QGraphicsRectItem
        The bands.
    """

    def __init__(self, plot: TracePlot, *, both_sides: bool) -> None:
        self.refractory, self.censored = QGraphicsRectItem(), QGraphicsRectItem()
        for item, z in ((self.refractory, -20), (self.censored, -10)):
            item.setZValue(z)
            item.setPen(QPen(Qt.PenStyle.NoPen))
            plot.addItem(item, ignoreBounds=True)
        signs = (-1.0, 1.0) if both_sides else (1.0,)
        self._signs = signs
        self.lines = [pg.InfiniteLine(0.0, angle=90) for _ in signs]
        for line in self.lines:
            plot.addItem(line, ignoreBounds=True)

    def recolor(self, colors: Theme) -> None:
        """Take the colours of the theme."""
        self.refractory.setBrush(QBrush(QColor(colors.fail_tint)))
        self.censored.setBrush(QBrush(QColor(colors.grid)))
        for line in self.lines:
            line.setPen(pg.mkPen(colors.fail_text, width=1.2, style=Qt.PenStyle.DashLine))

    def show(
        self, periods: Refractory, top: float, scaled: Callable[[float], float], left: float
    ) -> None:
        """Draw the periods of a unit.

        Parameters
        ----------
        periods : Refractory
            The periods, s.
        top : float
            Upper end of the plot.
        scaled : callable
            Returns where milliseconds are on the axis.
        left : float
            Where the bands begin, in the axis' coordinates, where only one side is drawn.
        """
        found = math.isfinite(periods.tau_r)
        for item, end, shown in (
            (self.refractory, periods.tau_r, found),
            (self.censored, periods.tau_c, periods.tau_c > 0),
        ):
            item.setVisible(shown)
            if shown:
                right = scaled(end * 1000.0)
                start = -right if len(self._signs) > 1 else left
                item.setRect(QRectF(start, 0.0, max(0.0, right - start), top))
        for sign, line in zip(self._signs, self.lines, strict=True):
            line.setVisible(found)
            if found:
                line.setValue(sign * scaled(periods.tau_r * 1000.0))


NO_PERIOD = "no refractory period could be estimated"
_NONE_SAVED = "no refractory period is saved"


def scored_periods(scene: Scene) -> tuple[float, ...]:
    """Return what the current unit's periods are by if phy made it and it is scored here.

    See :func:`bcviewer.core.evidence.tau_r.refractory`; empty: nothing of it.
    """
    found = "" if scene.sheet is None else scene.sheet.parts.scored_unit(scene.sheet_row)
    values = () if isinstance(found, str) else tuple(map(found.value, SAID_BY))
    return values if all(map(math.isfinite, values)) else ()


def no_period(periods: Refractory) -> str:
    """Return in words that there is no refractory period: of what phy made none was looked for."""
    return _NONE_SAVED if periods.why_none == MADE_BY_PHY else NO_PERIOD


def close_words(n: int, singular: str, periods: Refractory) -> str:
    """Return a short text of how many violate: ``τR 2.5 ms: 12 violations``."""
    if periods.why_none:
        return f"{count_of(n, singular)} within {periods.limit * 1000:g} ms"
    return f"τR {periods.tau_r * 1000:g} ms: {count_of(n, 'violation')}"


def fewer_words(n: int, periods: Refractory) -> str:
    """Return the same where there is little room: the period is in the plot."""
    if periods.why_none:
        return f"{n:,} within {periods.limit * 1000:g} ms"
    return count_of(n, "violation")


def period_entries(periods: Refractory, colors: Theme, reach_ms: float) -> tuple[Entry, ...]:
    """Return the legend of what is drawn of the periods, or that there is none.

    The censored one has an entry where it can be seen on an axis that reaches so far.
    """
    seen = periods.tau_c > 0 and periods.tau_c * 1000.0 >= _SEEN * reach_ms
    censored = (Entry("censored", colors.grid, Stroke.BLOCK),) if seen else ()
    if periods.why_none:
        return (Entry(no_period(periods), stroke=Stroke.NONE), *censored)
    return (Entry("refractory period τR", colors.fail_text, Stroke.DASH), *censored)


def faded(color: str, share: float) -> QColor:
    """Return a colour of which a share is left."""
    out = QColor(color)
    out.setAlphaF(share)
    return out
