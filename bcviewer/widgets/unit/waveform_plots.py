"""The two plots of a waveform: on the channels of the probe, and large on the peak channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from bcviewer.core.arrays import Floats
from bcviewer.core.evidence.shape import Shape
from bcviewer.core.evidence.waveform import Picture
from bcviewer.widgets.drawing.theme import FAIL_FILL, Theme, mixed
from bcviewer.widgets.unit.barred_plot import BarredPlot, amplitude_bar, color, curve, time_bar

_NONE = np.empty(0)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_MARK = 5.5
"""Half the width of a mark, pixels."""


class ProbePicture(BarredPlot):
    """The traces at the channels' places: the template over the raw waveform.

    Attributes
    ----------
    template, raw, peak : pyqtgraph.PlotCurveItem
        The neighbours' traces; the template on the peak channel.
    """

    def __init__(self, parent: QWidget, tip: Callable[[QPointF], str]) -> None:
        super().__init__(parent, tip)
        self.raw, self.template, self.peak = curve(), curve(), curve(2.0)
        for item in (self.raw, self.template, self.peak):
            self.getPlotItem().addItem(item, ignoreBounds=True)

    def recolor(self, colors: Theme) -> bool:
        if not super().recolor(colors):
            return False
        color(self.raw, colors.accent, 0.9)
        color(self.template, colors.text, 0.75)
        color(self.peak, colors.text)
        return True

    def draw(self, picture: Picture) -> None:
        """Draw a unit."""
        wide, high = picture.room
        left, right, bottom, top = picture.extent
        self.set_x(left - 0.04 * (right - left), right + 0.04 * (right - left))
        self.set_y(bottom - 0.03 * (top - bottom), top + 0.03 * (top - bottom))
        x, y = picture.template_line
        first = picture.n_samples + 1
        self.peak.setData(x[:first], y[:first])
        self.template.setData(x[first:], y[first:])
        self.raw.setData(*picture.raw_line)
        self.across = time_bar(picture, wide / max(picture.n_samples - 1, 1))
        tallest = picture.tallest
        self.up = amplitude_bar(picture, tallest, high / (tallest or 1.0))


@dataclass(frozen=True, slots=True, eq=False)
class ShapeMarks:
    """What Bombcell counted and measured, in the plot's coordinates.

    Attributes
    ----------
    peaks, troughs : numpy.ndarray
        Shape (n, 2).
    duration : numpy.ndarray
        A polygonal line from one end of the duration to the other, shape (4, 2), or (0, 2).
    words : str
        The duration.
    failed : frozenset of str
        Metrics that fail a rule.
    """

    peaks: Floats = field(default_factory=lambda: np.empty((0, 2)))
    troughs: Floats = field(default_factory=lambda: np.empty((0, 2)))
    duration: Floats = field(default_factory=lambda: np.empty((0, 2)))
    words: str = ""
    failed: frozenset[str] = frozenset()


class PeakPlot(BarredPlot):
    """The waveform on its peak channel, with everything that Bombcell reads off it.

    Marks are painted, not items: a scatter of three points would cost more than both curves.

    Attributes
    ----------
    template, raw, part : pyqtgraph.PlotCurveItem
        The scaled template, the raw waveform, and that of a stretch, over ms (or samples).
    marks : ShapeMarks
        What Bombcell counted and measured.
    baseline : tuple of float or None
        The baseline window.
    flat : float
        The most that a flat baseline may reach; NaN: it is not drawn.
    """

    def __init__(self, parent: QWidget, tip: Callable[[QPointF], str]) -> None:
        super().__init__(parent, tip)
        self.raw, self.part, self.template = curve(1.6), curve(1.6), curve(2.0)
        for item in (self.raw, self.part, self.template):
            self.getPlotItem().addItem(item, ignoreBounds=True)
        self.marks = ShapeMarks()
        self.baseline: tuple[float, float] | None = None
        self.flat = np.nan
        self._step = 1.0

    def recolor(self, colors: Theme) -> bool:
        if not super().recolor(colors):
            return False
        color(self.part, colors.accent)
        color(self.template, colors.text)
        return True

    def draw(self, picture: Picture, flat_limit: float, part: Floats | None = None) -> None:
        """Draw the waveform of a unit.

        Parameters
        ----------
        picture : Picture
            The waveform.
        flat_limit : float
            The largest baseline flatness that passes; NaN: none is drawn.
        part : numpy.ndarray or None
            The mean raw waveform of a stretch, shape (n_raw_samples,).
        """
        self._step = picture.step
        self.set_x(-0.5 * self._step, (picture.n_samples - 0.5) * self._step)
        low, high = picture.peak_range
        if part is not None:
            low, high = min(low, float(np.nanmin(part))), max(high, float(np.nanmax(part)))
        size = (high - low) or 1.0
        self.set_y(low - 0.12 * size, high + 0.06 * size)
        template = picture.template[:, 0] * picture.scale
        self.template.setData(np.arange(len(template)) * self._step, template)
        raw = picture.raw[:, 0] if picture.raw is not None else _NONE
        over = _NONE if part is None else part
        color(self.raw, self.colors.accent if part is None else self.colors.faint)
        for item, values in ((self.raw, raw), (self.part, over)):
            item.setData((picture.raw_shift + np.arange(len(values))) * self._step, values)
        self.baseline, self.flat = None, np.nan
        if picture.baseline is not None:
            start, stop = picture.baseline
            self.baseline = (start - 0.5) * self._step, (stop - 0.5) * self._step
            self.flat = flat_limit * float(np.nanmax(np.abs(template), initial=0.0)) or np.nan
        self.up = amplitude_bar(picture, high - low)
        self.across = time_bar(picture, self._step)

    def mark(self, picture: Picture, shape: Shape | None, failed: frozenset[str]) -> None:
        """Mark what Bombcell counted and measured; None: nothing.

        Parameters
        ----------
        picture : Picture
            The waveform.
        shape : Shape or None
            What it found.
        failed : frozenset of str
            Metrics that fail a rule.
        """
        if shape is None:
            self.marks = ShapeMarks()
            return
        values = np.nan_to_num(picture.template[:, 0] * picture.scale)
        peaks, troughs = (
            np.column_stack([at * self._step, values[at]])
            for at in (inside(shape.peaks, values), inside(shape.troughs, values))
        )
        ends = inside(np.array([shape.trough, shape.peak]), values)
        line, words = np.empty((0, 2)), ""
        if len(ends) == 2:
            low = self._y[0] + 0.02 * (self._y[1] - self._y[0])
            x, y = ends * self._step, values[ends]
            line = np.array([(x[0], y[0]), (x[0], low), (x[1], low), (x[1], y[1])])
            us = shape.measures["waveformDuration_peakTrough"]
            words = f"{us:.0f} µs" if us == us else ""
        self.marks = ShapeMarks(peaks, troughs, line, words, failed)

    # -- painting ----------------------------------------------------------------------------

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the line at zero, the baseline window and its limits, under the curves."""
        super().drawBackground(painter, rect)
        area, place = self.area(), self.places
        painter.setPen(QPen(QColor(self.colors.grid), 1))
        zero = place(np.zeros((1, 2)))[0].y()
        painter.drawLine(QLineF(area.left(), zero, area.right(), zero))
        if self.baseline is None:
            return
        start, stop = (point.x() for point in place(np.array([[x, 0.0] for x in self.baseline])))
        band = QRectF(start, area.top(), stop - start, area.height()) & area
        painter.fillRect(band, baseline_tint(self.colors))
        if self.flat == self.flat:
            painter.setPen(QPen(QColor(FAIL_FILL), 1.4, Qt.PenStyle.DashLine))
            for y in (self.flat, -self.flat):
                at = place(np.array([[0.0, y]]))[0].y()
                if area.top() <= at <= area.bottom():
                    painter.drawLine(QLineF(start, at, stop, at))

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the marks."""
        super().drawForeground(painter, rect)
        painter.save()
        painter.setClipRect(self.area().adjusted(-2, -3, 2, 3))
        self._draw_marks(painter)
        painter.restore()
        if len(self.marks.duration):
            painter.setPen(QColor(self.colors.text))
            painter.drawText(self.words_area(), _CENTRE, self.marks.words)

    def words_area(self) -> QRectF:
        """Return where the duration stands: below it, under the scale bar and beside its text."""
        metrics, area = QFontMetricsF(self.font()), self.area()
        wide = metrics.horizontalAdvance(self.marks.words) + 4
        ends = self.places(self.marks.duration)
        middle = (ends[1].x() + ends[2].x()) / 2
        beside = self.text_below()
        right = beside.left() - 6
        left = max(min(middle - wide / 2, right - wide), area.left() - 2)
        return QRectF(left, beside.top(), wide, metrics.height())

    def _draw_marks(self, painter: QPainter) -> None:
        marks = self.marks
        if len(marks.duration):
            shade = self._state_color("waveformDuration_peakTrough")
            painter.setPen(QPen(shade, 1.4, Qt.PenStyle.DotLine))
            corners = self.places(marks.duration)
            painter.drawPolyline(corners)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for points, key, up in ((marks.peaks, "nPeaks", -1), (marks.troughs, "nTroughs", 1)):
            painter.setBrush(self._state_color(key))
            for at in self.places(points):
                tip = at + QPointF(0, _MARK * up)
                sides = (at + QPointF(_MARK * x, -0.7 * _MARK * up) for x in (-1, 1))
                painter.drawPolygon(QPolygonF([tip, *sides]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _state_color(self, key: str) -> QColor:
        failed = key in self.marks.failed
        return QColor(self.colors.fail_text if failed else self.colors.pass_text)


def baseline_tint(colors: Theme) -> QColor:
    """Return the ground of the baseline window."""
    return mixed(colors.accent, 0.14 if colors.dark else 0.09, colors)


def inside(samples: npt.NDArray[np.int64], values: Floats) -> npt.NDArray[np.int64]:
    """Return the samples that a waveform has."""
    return samples[(samples >= 0) & (samples < len(values))]
