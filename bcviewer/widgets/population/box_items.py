"""Box plots in rows, and piles of points: pieces of the plot of failed rules."""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from bcviewer.core.arrays import Floats, Ints
from bcviewer.core.figures.population import Box

_TURN = pi * (3 - sqrt(5))
"""Angle from one point of a sunflower to the next."""


class BoxItems:
    """The boxes of a plot, one a row; kept between redraws.

    Parameters
    ----------
    plot : pyqtgraph.PlotWidget
        Where they are drawn.
    middle, half : float
        Middle of a box, from its row's, and half its height.
    """

    def __init__(self, plot: Any, middle: float, half: float) -> None:
        import pyqtgraph as pg

        self._pen = pg.mkPen
        self.middle, self.half = middle, half
        self.boxes = pg.BarGraphItem(x0=[0], y=[0], width=[0], height=2 * half)
        self.whiskers = pg.PlotCurveItem(connect="pairs")
        self.medians = pg.PlotCurveItem(connect="pairs")
        for item in (self.boxes, self.whiskers, self.medians):
            plot.addItem(item)

    def show(self, found: Sequence[Box], fills: Sequence[str], line: str) -> None:
        """Show a box a row, from the top."""
        lines: list[tuple[float, float]] = []
        medians: list[tuple[float, float]] = []
        for row, box in enumerate(found):
            y, half = row + self.middle, self.half
            lines += [(box.low, y), (box.lower, y), (box.upper, y), (box.high, y)]
            for x in (box.low, box.high):
                lines += [(x, y - half / 2), (x, y + half / 2)]
            medians += [(box.median, y - half), (box.median, y + half)]
        for item, places, width in ((self.whiskers, lines, 1), (self.medians, medians, 3)):
            ends = np.array(places, float).reshape(-1, 2)
            item.setData(ends[:, 0], ends[:, 1], pen=self._pen(line, width=width))
        brushes = [QColor(fill) for fill in fills]
        for brush in brushes:
            brush.setAlpha(130)
        self.boxes.setOpts(
            x0=[box.lower for box in found],
            width=[box.upper - box.lower for box in found],
            y=[row + self.middle for row in range(len(found))],
            height=2 * self.half,
            pen=line,
            brushes=brushes,
        )


def sunflowers(
    piles: Ints, radius: float, point: float
) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """Return where points lie in piles, so that none hides another where there is room.

    Parameters
    ----------
    piles : numpy.ndarray
        Points of each pile.
    radius, point : float
        Largest radius of a pile, and the size of a point, in pixels.

    Returns
    -------
    pile, x, y : numpy.ndarray
        Each point's pile, in their order, and its pixels from the pile's middle.
    """
    pile = np.repeat(np.arange(len(piles)), piles)
    i = np.arange(len(pile)) - (np.cumsum(piles) - piles)[pile]
    n = piles[pile]
    step = np.minimum(0.62 * point, max(radius - point / 2, 0.5) / np.sqrt(n))
    distance = step * np.sqrt(i + 0.5) * (n > 1)
    return pile, distance * np.cos(i * _TURN), distance * np.sin(i * _TURN)
