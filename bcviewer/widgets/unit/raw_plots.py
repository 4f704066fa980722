"""The plots of single raw spikes: some over each other, and their means on the probe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QWidget

from bcviewer.core.arrays import Floats, Floats32
from bcviewer.core.evidence.raw_view import RawView
from bcviewer.core.evidence.waveform import peak_to_peak, round_bar, trace_line
from bcviewer.widgets.drawing.theme import mixed
from bcviewer.widgets.unit.barred_plot import BarredPlot, ScaleBar, color, curve, time_bar

_BAR_SHARE = 0.4
_GAP, _SWATCH = 8, 14
"""Pixels between two words of a legend, and of the line before each."""


class DrawnSpikes(NamedTuple):
    """Something drawn: its words in the legend, its colour, and spikes and mean, if it has any.

    ``spikes`` are on the peak channel, shape (n, width); ``mean`` is on all channels of the view,
    shape (width, k).
    """

    words: str
    color: str
    spikes: Floats32 | None = None
    mean: Floats | None = None

    @property
    def drawn_mean(self) -> Floats | None:
        """The mean, if there is one to draw: that of a group without spikes is NaN."""
        return None if self.mean is None or np.isnan(self.mean).all() else self.mean


_NO_LINE = np.empty(0), np.empty(0)


class _LegendPlot(BarredPlot):
    """A plot with a title and a legend above it, in up to two lines.

    Attributes
    ----------
    title : str
        What is drawn.
    legend : sequence of DrawnSpikes
        What is written of each line.
    """

    def __init__(self, parent: QWidget, tip: Callable[[QPointF], str]) -> None:
        super().__init__(parent, tip)
        self.title = ""
        self.legend: Sequence[DrawnSpikes] = ()

    def leave_room(self, above: float = 2) -> None:
        super().leave_room(above + 3 * QFontMetricsF(self.font()).height())

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the title and the legend."""
        super().drawForeground(painter, rect)
        metrics = QFontMetricsF(self.font())
        painter.setFont(self.font())
        painter.setPen(QColor(self.colors.text))
        wide, high = float(self.viewport().width()), metrics.height()
        room = QRectF(4, 0, wide - 8, high)
        elided = metrics.elidedText(self.title, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft), elided)
        for line, place in self._places(metrics, wide):
            painter.setPen(QPen(QColor(line.color), 2.0))
            middle = place.center().y()
            painter.drawLine(QLineF(place.left(), middle, place.left() + _SWATCH - 3, middle))
            painter.setPen(QColor(self.colors.faint))
            text = place.adjusted(_SWATCH, 0, 0, 0)
            words = metrics.elidedText(line.words, Qt.TextElideMode.ElideRight, text.width())
            painter.drawText(text, int(Qt.AlignmentFlag.AlignLeft), words)

    def _places(self, metrics: QFontMetricsF, wide: float) -> Iterator[tuple[DrawnSpikes, QRectF]]:
        """Yield the words of the legend with their places: two lines, as many as there is room."""
        high = metrics.height()
        x, y = 4.0, high
        for line in self.legend:
            need = _SWATCH + metrics.horizontalAdvance(line.words) + 1
            if x > 4.0 and x + need > wide - 4 and y < 2 * high:
                x, y = 4.0, y + high
            yield line, QRectF(x, y, max(min(need, wide - 4 - x), 0.0), high)
            x += need + _GAP


class SpikePlot(_LegendPlot):
    """Some spikes over each other on the peak channel, each group in its colour, with their means.

    Attributes
    ----------
    spikes, means : list
        Curves of the groups, and of their means.
    """

    def __init__(self, parent: QWidget, tip: Callable[[QPointF], str], groups: int) -> None:
        super().__init__(parent, tip)
        self.spikes: list[Any] = [curve() for _ in range(groups)]
        self.means: list[Any] = [curve(2.0) for _ in range(groups)]
        for item in (*self.spikes, *self.means):
            self.getPlotItem().addItem(item, ignoreBounds=True)
        for item in self.spikes:  # hundreds of lines: a veil over them must not draw them anew
            item.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def draw(
        self, view: RawView, title: str, lines: Sequence[DrawnSpikes], span: tuple[float, float]
    ) -> None:
        """Draw groups of spikes.

        Parameters
        ----------
        view : RawView
            How they were read.
        title : str
            What they are.
        lines : sequence of DrawnSpikes
            The groups, no more than there are curves; one without spikes has a mean only.
        span : tuple of float
            The lowest and the highest value that is shown.
        """
        self.title = title
        self.legend = [one for one in lines if one.spikes is not None or one.mean is not None]
        time = view.time
        self.set_x(float(time[0]), float(time[-1]))
        self.set_y(*span)
        for i, (spikes, mean) in enumerate(zip(self.spikes, self.means, strict=True)):
            line = lines[i] if i < len(lines) else DrawnSpikes("", "")
            spikes.setData(*_run_on(time, line.spikes))
            drawn = line.drawn_mean
            mean.setData(*(_NO_LINE if drawn is None else (time, drawn[:, 0])))
            if line.color:
                color(spikes, mixed(line.color, 0.45, self.colors).name())
                color(mean, line.color)
        self._set_bars(view, span)

    def _set_bars(self, view: RawView, span: tuple[float, float]) -> None:
        self.across = time_bar(view, view.step)
        length = round_bar(_BAR_SHARE * (span[1] - span[0]))
        self.up = ScaleBar(length, length, view.unit)

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw zero, under the curves."""
        super().drawBackground(painter, rect)
        area = self.area()
        (at,) = self.places(np.zeros((1, 2)))
        painter.setPen(QPen(QColor(self.colors.grid), 1))
        if area.top() <= at.y() <= area.bottom():
            painter.drawLine(QLineF(area.left(), at.y(), area.right(), at.y()))


class ProbeMeans(_LegendPlot):
    """The means of the groups at the places of the peak channel and its neighbours.

    Attributes
    ----------
    means : list
        Their curves.
    """

    def __init__(self, parent: QWidget, tip: Callable[[QPointF], str], groups: int) -> None:
        super().__init__(parent, tip)
        self.means: list[Any] = [curve(1.4) for _ in range(groups)]
        for item in self.means:
            self.getPlotItem().addItem(item, ignoreBounds=True)

    def draw(self, view: RawView, title: str, lines: Sequence[DrawnSpikes]) -> None:
        """Draw the means of some groups."""
        self.title, self.legend = title, lines
        means = [line.drawn_mean for line in lines]
        drawn = [mean for mean in means if mean is not None]
        tallest = max((float(peak_to_peak(mean).max(initial=0)) for mean in drawn), default=0.0)
        (wide, high), (across, up) = view.room, view.offsets.T
        ys = [np.concatenate([up - high / 4, up + high / 4])]
        for i, item in enumerate(self.means):
            mean = means[i] if i < len(lines) else None
            x, y = _NO_LINE
            if mean is not None:
                x, y = trace_line(mean, 0, view.cut.width, view.offsets, view.room, tallest)
                ys.append(y)
            item.setData(x, y)
            if i < len(lines):
                color(item, lines[i].color)
        low, top = (float(f(np.concatenate(ys))) for f in (np.nanmin, np.nanmax))
        left, right = float(across.min()) - wide / 2, float(across.max()) + wide / 2
        self.set_x(left - 0.04 * (right - left), right + 0.04 * (right - left))
        self.set_y(low, top + 0.03 * (top - low))
        self.across = time_bar(view, wide / max(view.cut.width - 1, 1))
        length = round_bar(_BAR_SHARE * tallest)
        self.up = ScaleBar(length * high / (tallest or 1.0), length, view.unit)


def _run_on(time: Floats, spikes: Floats32 | None) -> tuple[Floats, Floats]:
    """Return x and y of all spikes as one line, with a gap after each."""
    if spikes is None or not len(spikes):
        return _NO_LINE
    n = len(spikes)
    x = np.tile(np.append(time, np.nan), n)
    y = np.column_stack([spikes, np.full(n, np.nan)]).ravel()
    return x, y


def span_of(groups: Sequence[Floats32 | Floats | None]) -> tuple[float, float]:
    """Return the lowest and the highest value to show of some groups of spikes, 0 included.

    The outer half per cent of all numbers may be cut off: one artefact must not flatten the rest.
    """
    numbers = [np.ravel(group) for group in groups if group is not None and group.size]
    values = np.concatenate(numbers) if numbers else np.zeros(1)
    values = values[np.isfinite(values)]
    if not len(values):
        return -1.0, 1.0
    low, high = (float(q) for q in np.percentile(values, [0.25, 99.75]))
    low, high = min(low, 0.0), max(high, 0.0)
    edge = 0.06 * (high - low) or 1.0
    return low - edge, high + edge
