"""Amplitude against distance, with Bombcell's fit and its limits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyqtgraph as pg  # noqa: TID253  # imported by panels only, after the first paint
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from bcviewer.core.arrays import Floats
from bcviewer.core.evidence.decay import Falloff
from bcviewer.core.evidence.shape import Fit
from bcviewer.core.rules.counts import verb_of
from bcviewer.widgets.drawing.theme import FAIL_FILL, LIGHT, Theme, make_small, mixed
from bcviewer.widgets.drawing.trace_plot import TracePlot

_NONE = np.empty(0)
_TOP, _UNDER = 1.15, 0.03
_FLAT = 0.6
"""Of a fit that is higher half way, the words stand under it."""
_STROKES = {
    "line": Qt.PenStyle.SolidLine,
    "dash": Qt.PenStyle.DashLine,
    "dot": Qt.PenStyle.DotLine,
}
_LEAST_UM, _ROUND_UM = 100.0, 50.0
"""The axis reaches so far at least, and to a multiple of that."""


class DecayPlot(TracePlot):
    """The plot of a unit's spatial decay; amplitudes are shares of the largest that is fitted.

    Attributes
    ----------
    others, fitted : pyqtgraph.ScatterPlotItem
        All channels that are near, and those that Bombcell fits.
    line : pyqtgraph.PlotCurveItem
        Bombcell's fit.
    limits : tuple of pyqtgraph.PlotCurveItem
        The same with the limits' slopes.
    saved : tuple of pyqtgraph.PlotCurveItem
        The same with the saved limits', where others are tried.
    between : pyqtgraph.PlotCurveItem
        What lies between two limits.
    is_flat : bool
        Whether there is more room for words under the curve than over it.
    legend : list of (str, str)
        What is drawn as a ``line``, as a ``dash`` and as a ``dot``, with its words.
    """

    def __init__(self, parent: QWidget, tip: Callable[[QPointF], str]) -> None:
        super().__init__(parent, "distance (µm)", "share of the largest", tip)
        make_small(self)
        self.others = pg.ScatterPlotItem(symbol="o", size=6, brush=None, pxMode=True)
        self.fitted = pg.ScatterPlotItem(symbol="o", size=8, pen=None, pxMode=True)
        self.line = pg.PlotCurveItem(antialias=False)
        self.limits = (pg.PlotCurveItem(antialias=False), pg.PlotCurveItem(antialias=False))
        self.saved = (pg.PlotCurveItem(antialias=False), pg.PlotCurveItem(antialias=False))
        self.between = pg.PlotCurveItem(pen=None, fillLevel="enclosed")
        for item in (self.between, *self.saved, *self.limits, self.others, self.line, self.fitted):
            self.getPlotItem().addItem(item, ignoreBounds=True)
        self.legend: list[tuple[str, str]] = []
        self.fit: Fit | None = None
        self._far = _LEAST_UM
        self.is_flat = False
        self.set_y(-_UNDER * _TOP, _TOP)
        self.getAxis("left").within = 0.0, _TOP
        self.colors = LIGHT

    def recolor(self, colors: Theme) -> bool:
        if not super().recolor(colors):
            return False
        self.colors = colors
        self.between.setBrush(pg.mkBrush(mixed(colors.passed, 0.28, colors)))
        self.others.setPen(pg.mkPen(colors.faint, width=1))
        self.fitted.setBrush(pg.mkBrush(colors.text))
        self.line.setPen(pg.mkPen(colors.accent, width=2))
        for item in self.saved:
            item.setPen(pg.mkPen(colors.faint, width=1, style=Qt.PenStyle.DotLine))
        for item in self.limits:
            item.setPen(pg.mkPen(FAIL_FILL, width=1.4, style=Qt.PenStyle.DashLine))
        return True

    def draw(
        self,
        falloff: Falloff,
        fit: Fit | None,
        limits: tuple[float, ...],
        saved: tuple[float, ...] = (),
    ) -> None:
        """Draw a unit.

        Parameters
        ----------
        falloff : Falloff
            All channels that are near.
        fit : Fit or None
            Bombcell's fit; None: there is none (yet).
        limits : tuple of float
            Its slope's limits as Bombcell saves slopes (falling is positive); two at most.
        saved : tuple of float
            The saved ones, where others are tried.
        """
        far = _LEAST_UM
        if fit is not None and len(fit.distance):
            far = max(far, float(np.ceil(fit.distance.max() / _ROUND_UM) * _ROUND_UM))
        self.set_x(-0.03 * far, 1.02 * far)
        largest = share_of(falloff, fit)
        self.others.setData(x=falloff.distance, y=falloff.amplitude / largest)
        self.legend, self.is_flat = [], False
        self.fit, self._far = fit, far
        self._draw_fit(fit, limits if fit is not None else (), far)
        self._draw_saved(saved if fit is not None else ())

    def _draw_saved(self, saved: tuple[float, ...]) -> None:
        x = np.linspace(0.0, self._far, 51)
        for i, item in enumerate(self.saved):
            fit = self.fit if i < len(saved) else None
            y = _NONE if fit is None else _inside(fit.at(x, -saved[i]) / self._top)
            item.setData(_NONE if fit is None else x, y)
        if saved:
            words = " and ".join(f"{limit:g}".replace("-", "−") for limit in saved)
            self.legend.append(("dot", f"{words} /µm saved"))

    @property
    def _top(self) -> float:
        """The largest amplitude that is fitted."""
        fit = self.fit
        return 1.0 if fit is None else float(np.abs(fit.amplitude).max(initial=0.0)) or 1.0

    def grip_of(self, limit: float) -> QPointF | None:
        """Return where a limit's curve is taken hold of, in pixels: half way down, in sight.

        None where there is no such curve.
        """
        fit, near, far = self.fit, 0.08 * self._far, 0.92 * self._far
        if fit is None or not np.isfinite((fit.factor, limit, self._top)).all():
            return None
        if fit.linear:
            half = 0.5 * fit.factor / limit if limit else far
        else:
            half = np.log(2.0) / limit if limit else far
        x = float(np.clip(half, near, far)) if half > 0 else far
        y = float(np.clip(fit.at(np.array([x]), -limit)[0] / self._top, 0.02, _TOP - 0.05))
        return QPointF(self.getPlotItem().getViewBox().mapViewToScene(QPointF(x, y)))

    def limit_at(self, place: QPointF) -> float:
        """Return the limit whose curve goes through a place, in pixels, as it would be typed."""
        fit = self.fit
        assert fit is not None  # noqa: S101  without a fit nothing is taken hold of
        at = self.getPlotItem().getViewBox().mapSceneToView(place)
        x, y = max(at.x(), 1.0), float(np.clip(at.y(), 0.01, _TOP)) * self._top
        if fit.linear:
            return float(f"{(fit.factor - y) / x:.3g}")
        return float(f"{-np.log(y / fit.factor) / x:.3g}") if fit.factor > 0 else 0.0

    def _draw_fit(self, fit: Fit | None, limits: tuple[float, ...], far: float) -> None:
        if fit is None:
            self.fitted.setData(x=_NONE, y=_NONE)
            for item in (self.line, self.between, *self.limits):
                item.setData(_NONE, _NONE)
            return
        top = self._top
        self.fitted.setData(x=fit.distance, y=fit.amplitude / top)
        x = np.linspace(0.0, far, 51)
        if fit.is_start:
            self.line.setData(_NONE, _NONE)
        else:
            y = _inside(fit.at(x) / top)
            self.line.setData(x, y)
            self.is_flat = bool(y[len(y) // 2] > _FLAT)
            slope = f"{-fit.slope:.3g}".replace("-", "−")
            self.legend.append(("line", f"its fit, {slope} /µm"))
        curves = [_inside(fit.at(x, -limit) / top) for limit in limits]
        for i, item in enumerate(self.limits):
            item.setData(*((x, curves[i]) if i < len(curves) else (_NONE, _NONE)))
        if len(curves) == 2:
            around = np.concatenate([curves[0], curves[1][::-1]])
            self.between.setData(np.concatenate([x, x[::-1]]), around)
        else:
            self.between.setData(_NONE, _NONE)
        if limits:
            words = " and ".join(f"{limit:g}".replace("-", "−") for limit in limits)
            self.legend.append(("dash", f"{verb_of(len(limits), 'limit', 'limits')} {words} /µm"))

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the legend, where the amplitudes have fallen."""
        super().drawForeground(painter, rect)
        if not self.legend:
            return
        area = QRectF(self.getPlotItem().getViewBox().sceneBoundingRect())
        painter.setFont(self.font())
        metrics, colors = QFontMetricsF(self.font()), self.colors
        wide = max((metrics.horizontalAdvance(text) for _, text in self.legend), default=0.0)
        left, top = max(area.right() - wide - 6, area.left() + 24), area.top() + 2
        if self.is_flat:
            top = area.bottom() - metrics.height() * len(self.legend) - 2
        behind = QColor(colors.base)
        behind.setAlphaF(0.75)
        high = metrics.height() * len(self.legend)
        painter.fillRect(QRectF(left - 22, top, area.right() - left + 22, high), behind)
        for kind, text in self.legend:
            middle = top + metrics.height() / 2
            is_fit = kind == "line"
            color = {"line": colors.accent, "dot": colors.faint}.get(kind, FAIL_FILL)
            painter.setPen(QPen(QColor(color), 1.6, _STROKES[kind]))
            painter.drawLine(QLineF(left - 20, middle, left - 5, middle))
            painter.setPen(QColor(colors.text if is_fit else colors.faint))
            line = QRectF(left, top, wide + 4, metrics.height())
            painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft), text)
            top += metrics.height()


def share_of(falloff: Falloff, fit: Fit | None) -> float:
    """Return what amplitudes are divided by, so that those of both are on one scale.

    Both have the peak channel first; Bombcell fits shares of the largest channel of its own.
    """
    peak = float(falloff.amplitude[0])
    if fit is not None and len(fit.amplitude) and fit.amplitude[0] > 0 and peak > 0:
        return peak * float(fit.amplitude.max() / fit.amplitude[0])
    return float(falloff.amplitude.max(initial=0.0)) or 1.0


def _inside(values: Floats) -> Floats:
    """Return a curve cut off well outside of the plot: nothing is drawn a mile high."""
    return np.clip(values, -_TOP, 3 * _TOP)
