"""The two plots of a waveform: on the channels of the probe, and large on the peak channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsRectItem, QWidget

from bcviewer.core.evidence.shape import NO_SAMPLES, Shape
from bcviewer.core.evidence.waveform import Picture, peak_to_peak, round_bar
from bcviewer.core.metrics import Floats
from bcviewer.widgets.scales import number
from bcviewer.widgets.theme import FAIL_FILL, LIGHT, Theme, small_font
from bcviewer.widgets.trace_plot import TracePlot

_NONE = np.empty(0)
_BAR_SHARE = 0.4
"""A scale bar is no longer than that share of what it measures."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A scale bar: its length in the plot's coordinates, and its text."""

    length: float
    text: str


_NO_BAR = Bar(0.0, "")


def amplitude_bar(picture: Picture, size: float, per_unit: float = 1.0) -> Bar:
    """Return a bar for amplitudes up to ``size``; ``per_unit`` is the length of one unit."""
    length = round_bar(_BAR_SHARE * size)
    return Bar(length * per_unit, f"{number(length)} {picture.unit}") if length else _NO_BAR


def time_bar(picture: Picture, per_sample: float) -> Bar:
    """Return a bar for time; ``per_sample`` is the length of one sample."""
    n = max(picture.n_samples - 1, 1)
    if np.isnan(picture.sample_ms):
        samples = round_bar(_BAR_SHARE * n)
        return Bar(samples * per_sample, f"{samples:g} samples") if samples else _NO_BAR
    ms = round_bar(_BAR_SHARE * n * picture.sample_ms)
    return Bar(ms / picture.sample_ms * per_sample, f"{number(ms)} ms") if ms else _NO_BAR


def curve(width: float = 1.0) -> Any:
    """Return a curve with gaps that is drawn fast; its colour comes with :func:`color`."""
    item = pg.PlotCurveItem(connect="finite", antialias=False, skipFiniteCheck=False)
    item.opts["width"] = width
    return item


def color(item: Any, name: str, alpha: float = 1.0) -> None:
    """Give a curve a colour."""
    shade = QColor(name)
    shade.setAlphaF(alpha)
    item.setPen(pg.mkPen(shade, width=item.opts["width"]))


class BarredPlot(TracePlot):
    """A plot with scale bars in place of axes.

    Attributes
    ----------
    across, up : Bar
        The scale bars, in the lower corner on the right.
    """

    def __init__(self, parent: QWidget, x_title: str, tip: Callable[[QPointF], str]) -> None:
        super().__init__(parent, x_title, "", tip)
        self.setFont(small_font(self))
        self.hideAxis("left")
        self.across = self.up = _NO_BAR
        self.colors = LIGHT

    def recolor(self, colors: Theme) -> bool:
        self.colors = colors
        return super().recolor(colors)

    def area(self) -> QRectF:
        """Return where the plot is, in the widget's coordinates."""
        return QRectF(self.getPlotItem().getViewBox().sceneBoundingRect())

    def per_pixel(self) -> tuple[float, float]:
        """Return how long a pixel is in the plot's coordinates."""
        (left, right), (bottom, top) = self.getPlotItem().getViewBox().viewRange()
        area = self.area()
        return (right - left) / max(area.width(), 1.0), (top - bottom) / max(area.height(), 1.0)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the scale bars."""
        super().drawForeground(painter, rect)
        painter.setFont(self.font())
        area, metrics = self.area(), QFontMetricsF(self.font())
        wide, high = self.per_pixel()
        across, up = self.across.length / wide, self.up.length / high
        right, bottom = area.right() - 4, area.bottom() - 3
        if across > 0:
            bottom -= metrics.height()
        if across + up <= 0:
            return
        painter.setPen(QPen(QColor(self.colors.text), 1.6))
        painter.drawLine(QLineF(right - across, bottom, right, bottom))
        painter.drawLine(QLineF(right, bottom, right, bottom - up))
        painter.setPen(QColor(self.colors.faint))
        flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = QRectF(area.left(), bottom + 1, right - area.left(), metrics.height())
        painter.drawText(line, flags, self.across.text)
        beside = QRectF(area.left(), bottom - up, right - area.left() - 4, max(up, 1.0))
        middle = beside.center().y() - metrics.height() / 2
        beside = QRectF(beside.left(), middle, beside.width(), metrics.height())
        beside.moveBottom(min(beside.bottom(), bottom - 2))
        painter.drawText(beside, flags, self.up.text)


class ProbePicture(BarredPlot):
    """The traces at the channels' places: the template over the raw waveform.

    Attributes
    ----------
    template, raw, peak : pyqtgraph.PlotCurveItem
        The neighbours' traces; the template on the peak channel.
    sites : pyqtgraph.ScatterPlotItem
        The channels' places.
    """

    def __init__(self, parent: QWidget, tip: Callable[[QPointF], str]) -> None:
        super().__init__(parent, "", tip)
        self.hideAxis("bottom")
        self.sites = pg.ScatterPlotItem(symbol="s", size=3, pen=None, pxMode=True)
        self.raw, self.template, self.peak = curve(), curve(), curve(2.0)
        for item in (self.sites, self.raw, self.template, self.peak):
            self.getPlotItem().addItem(item, ignoreBounds=True)

    def recolor(self, colors: Theme) -> bool:
        if not super().recolor(colors):
            return False
        self.sites.setBrush(pg.mkBrush(colors.grid))
        color(self.raw, colors.accent, 0.9)
        color(self.template, colors.text, 0.75)
        color(self.peak, colors.text)
        return True

    def draw(self, picture: Picture) -> None:
        """Draw a unit."""
        (half_x, half_y), (wide, high) = picture.half, picture.room
        self.set_x(-half_x * 1.04, half_x * 1.04)
        self.set_y(-half_y, half_y)
        x, y = picture.traces(raw=False)
        first = picture.n_samples + 1
        self.peak.setData(x[:first], y[:first])
        self.template.setData(x[first:], y[first:])
        self.raw.setData(*picture.traces(raw=True))
        self.sites.setData(x=picture.offsets[:, 0] - wide / 2, y=picture.offsets[:, 1])
        self.across = time_bar(picture, wide / max(picture.n_samples - 1, 1))
        tallest = picture.tallest
        self.up = amplitude_bar(picture, 2 * tallest, high / (tallest or 1.0))


class PeakPlot(BarredPlot):
    """The waveform on its peak channel, with everything that Bombcell reads off it.

    Attributes
    ----------
    template, raw : pyqtgraph.PlotCurveItem
        The scaled template and the raw waveform, over ms (or samples).
    peaks, troughs : pyqtgraph.ScatterPlotItem
        What Bombcell counted.
    duration : pyqtgraph.PlotCurveItem
        From its trough to its peak, under the waveform.
    baseline : QGraphicsRectItem
        The baseline window.
    flat : pyqtgraph.PlotCurveItem
        The most that a flat baseline may reach.
    texts : list of (str, str)
        The words of the legend with their colours.
    duration_text : str
        The words at the duration.
    """

    def __init__(self, parent: QWidget, tip: Callable[[QPointF], str]) -> None:
        super().__init__(parent, "ms", tip)
        self.baseline = QGraphicsRectItem()
        self.baseline.setPen(QPen(Qt.PenStyle.NoPen))
        self.baseline.setZValue(-10)
        self.zero = pg.InfiniteLine(0, angle=0, movable=False)
        self.zero.setZValue(-9)
        self.flat, self.duration = curve(1.4), curve(1.4)
        self.raw, self.template = curve(1.6), curve(2.0)
        self.peaks = pg.ScatterPlotItem(symbol="t1", size=10, pen=None, pxMode=True)
        self.troughs = pg.ScatterPlotItem(symbol="t", size=10, pen=None, pxMode=True)
        lines = (self.flat, self.duration, self.raw, self.template)
        for item in (self.baseline, self.zero, *lines, self.peaks, self.troughs):
            self.getPlotItem().addItem(item, ignoreBounds=True)
        self.texts: list[tuple[str, str]] = []
        self.duration_text = ""
        self._duration_at = QPointF()
        self._step = 1.0

    def recolor(self, colors: Theme) -> bool:
        if not super().recolor(colors):
            return False
        tint = QColor(colors.accent)
        tint.setAlphaF(0.14 if colors.dark else 0.09)
        self.baseline.setBrush(tint)
        self.zero.setPen(pg.mkPen(colors.grid, width=1))
        self.flat.setPen(pg.mkPen(FAIL_FILL, width=1.4, style=Qt.PenStyle.DashLine))
        color(self.raw, colors.accent)
        color(self.template, colors.text)
        return True

    def draw(self, picture: Picture, flat_limit: float) -> None:
        """Draw the waveform of a unit.

        Parameters
        ----------
        picture : Picture
            The waveform.
        flat_limit : float
            The largest baseline flatness that passes; NaN: none is drawn.
        """
        known = not np.isnan(picture.sample_ms)
        self._step = picture.sample_ms if known else 1.0
        self.getAxis("bottom").setLabel("ms" if known else "samples")
        self.set_x(-0.5 * self._step, (picture.n_samples - 0.5) * self._step)
        values = picture.template[:, 0] * picture.scale
        raw = picture.raw[:, 0] if picture.raw is not None else _NONE
        self.template.setData(np.arange(len(values)) * self._step, values)
        self.raw.setData((picture.raw_shift + np.arange(len(raw))) * self._step, raw)
        low, high = self._range(values, raw)
        self._baseline(picture, values, flat_limit, low, high)
        size = float(peak_to_peak(values[:, None])[0])
        self.up = amplitude_bar(picture, size or float(peak_to_peak(raw[:, None]).max(initial=0)))
        self.texts = [("template", self.colors.text)]
        if len(raw):
            self.texts.append(("mean raw", self.colors.accent))

    def _range(self, values: Floats, raw: Floats) -> tuple[float, float]:
        """Show the whole of both, with room for marks and words; return the lowest and highest."""
        both = np.concatenate([values, raw])
        both = both[np.isfinite(both)]
        low, high = min(both.min(initial=0.0), 0.0), max(both.max(initial=0.0), 0.0)
        size = (high - low) or 1.0
        low, high = float(low - 0.2 * size), float(high + 0.16 * size)
        self.set_y(low, high)
        return low, high

    def _baseline(
        self, picture: Picture, values: Floats, limit: float, low: float, high: float
    ) -> None:
        self.baseline.setVisible(picture.baseline is not None)
        most = float(np.nanmax(np.abs(values), initial=0.0)) * limit
        if picture.baseline is None:
            self.flat.setData(_NONE, _NONE)
            return
        start, stop = ((edge - 0.5) * self._step for edge in picture.baseline)
        self.baseline.setRect(QRectF(start, low, stop - start, high - low))
        if most > 0:
            across = [start, stop, np.nan, start, stop]
            self.flat.setData(np.array(across), np.array([most, most, np.nan, -most, -most]))
        else:
            self.flat.setData(_NONE, _NONE)

    def mark(self, picture: Picture, shape: Shape | None, failed: dict[str, bool]) -> None:
        """Mark what Bombcell counted and measured; None: nothing.

        Parameters
        ----------
        picture : Picture
            The waveform.
        shape : Shape or None
            What it found.
        failed : dict of str to bool
            Whether a metric fails a rule.
        """
        values = picture.template[:, 0] * picture.scale
        marks = (
            (self.peaks, NO_SAMPLES if shape is None else shape.peaks, "nPeaks"),
            (self.troughs, NO_SAMPLES if shape is None else shape.troughs, "nTroughs"),
        )
        for item, samples, key in marks:
            samples = samples[(samples >= 0) & (samples < len(values))]
            item.setBrush(pg.mkBrush(self._state_color(failed.get(key, False))))
            item.setData(x=samples * self._step, y=np.nan_to_num(values[samples]))
        self._duration(values, shape, failed.get("waveformDuration_peakTrough", False))

    def _duration(self, values: Floats, shape: Shape | None, failed: bool) -> None:
        ends = () if shape is None else (shape.trough, shape.peak)
        if not ends or not all(0 <= end < len(values) for end in ends):
            self.duration.setData(_NONE, _NONE)
            self.duration_text = ""
            return
        low = self._y[0] + 0.1 * (self._y[1] - self._y[0])
        first, last = (end * self._step for end in ends)
        tops = [float(np.nan_to_num(values[end])) for end in ends]
        x = [first, first, np.nan, first, last, np.nan, last, last]
        y = [tops[0], low, np.nan, low, low, np.nan, low, tops[1]]
        shade = self._state_color(failed)
        self.duration.setPen(pg.mkPen(shade, width=1.4, style=Qt.PenStyle.DotLine))
        self.duration.setData(np.array(x), np.array(y))
        us = shape.measures["waveformDuration_peakTrough"] if shape else np.nan
        self.duration_text = f"{us:.0f} µs" if us == us else ""
        self._duration_at = QPointF((first + last) / 2, low)

    def _state_color(self, failed: bool) -> str:
        return self.colors.fail_text if failed else self.colors.pass_text

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the legend and the duration's words."""
        super().drawForeground(painter, rect)
        area, metrics = self.area(), QFontMetricsF(self.font())
        top = area.top() + 1
        for text, shade in self.texts:
            wide = metrics.horizontalAdvance(text)
            left = area.right() - wide - 4
            painter.setPen(QPen(QColor(shade), 2.0))
            middle = top + metrics.height() / 2
            painter.drawLine(QLineF(left - 20, middle, left - 5, middle))
            painter.setPen(QColor(self.colors.faint))
            line = QRectF(left, top, wide + 2, metrics.height())
            painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft), text)
            top += metrics.height()
        if self.baseline.isVisible():
            view = self.getPlotItem().getViewBox()
            place = view.mapViewToScene(self.baseline.rect().topLeft())
            painter.setPen(QColor(self.colors.faint))
            line = QRectF(place.x() + 2, area.top() + 1, 90, metrics.height())
            painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft), "baseline")
        if self.duration_text:
            place = self.getPlotItem().getViewBox().mapViewToScene(self._duration_at)
            line = QRectF(place.x() - 60, place.y() + 1, 120, metrics.height())
            line.moveLeft(min(max(line.left(), area.left() - 30), area.right() - 90))
            painter.setPen(QColor(self.colors.text))
            painter.drawText(line, int(Qt.AlignmentFlag.AlignCenter), self.duration_text)
