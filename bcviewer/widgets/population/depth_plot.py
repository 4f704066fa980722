"""GOOD units along depth, probes side by side, and their regions of interest as bands."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from bcviewer.core.figures.depth_profile import DepthProfile
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import Label
from bcviewer.widgets.drawing.scales import number
from bcviewer.widgets.drawing.theme import LABEL_FILL, mixed, small_font, theme
from bcviewer.widgets.drawing.trace_axis import TraceAxis
from bcviewer.widgets.drawing.trace_plot import TracePlot
from bcviewer.widgets.population.region_bands import RegionBands, lane_names

_SIDE, _NUMBER = 8.0, 52.0
"""Pixels beside the bars of a lane, and for the number at the end of one and a knob beside it."""
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class LaneAxis(TraceAxis):
    """An axis of lanes, one wide each: below each as much of its name as there is room for."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self._names: list[tuple[str, ...]] = []

    def set_names(self, names: list[tuple[str, ...]]) -> None:
        """Write other names, each in several lengths, the longest first."""
        self._names = names
        self.update()

    def laid_out(self, low: float, high: float, length: float) -> list[tuple[float, str]]:
        metrics = QFontMetricsF(self.style["tickFont"] or self.font())
        room = length / max(high - low, 1e-9) - _SIDE
        out = []
        for lane, names in enumerate(self._names):
            fitting = (name for name in names if metrics.horizontalAdvance(name) <= room)
            out.append((lane + 0.5, next(fitting, names[-1])))
        return out


class DepthPlot(TracePlot):
    """A lane a probe: a bar for the GOOD units of each range of depths.

    Attributes
    ----------
    chosen : Signal(str, bool)
        The filter of a bar that was clicked, and whether its units are to be added.
    profiles : tuple of DepthProfile
        What is drawn.
    bands : RegionBands
        Their regions of interest, and what moves these.
    """

    zooms: ClassVar[tuple[bool, bool]] = (False, True)

    chosen = Signal(str, bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "", "depth (µm)", self._tip)
        self.setAccessibleName("GOOD units along depth")
        self.profiles: tuple[DepthProfile, ...] = ()
        self._lanes = LaneAxis()
        self.getPlotItem().setAxisItems({"bottom": self._lanes})
        self._fit_axes()
        self.bands = RegionBands(self, self.area_of)
        self.bands.redrawn.connect(self.name_lanes)
        self.scene().sigMouseClicked.connect(self._on_clicked)

    def show_profiles(self, profiles: tuple[DepthProfile, ...]) -> None:
        """Draw other probes."""
        self.profiles = profiles
        self.recolor(theme())
        self.set_x(0.0, float(max(len(profiles), 1)))
        low, high = _ends(profiles)
        self.set_y(low, high)
        self.bands.show_profiles(profiles)
        self.name_lanes()

    def name_lanes(self) -> None:
        """Write below each lane which probe it is, and where its region is by now."""
        lanes = enumerate(self.profiles)
        self._lanes.set_names([lane_names(one, self.bands.ends_of(i)) for i, one in lanes])
        self.viewport().update()

    # -- where -------------------------------------------------------------------------------

    def area_of(self, lane: int, low: float, high: float) -> QRectF:
        """Return where a range of depths is in a lane, in pixels."""
        view = self.getPlotItem().getViewBox()
        corners = (
            view.mapViewToScene(QPointF(lane, high)),
            view.mapViewToScene(QPointF(lane + 1.0, low)),
        )
        return QRectF(*corners)

    def _bin_at(self, place: QPointF) -> tuple[int, int]:
        """Return the lane and the bin at a place of the view; −1, −1: there is none."""
        lane = int(np.floor(place.x()))
        if not 0 <= lane < len(self.profiles):
            return -1, -1
        edges = self.profiles[lane].edges
        found = int(np.searchsorted(edges, place.y(), "right")) - 1
        return (lane, found) if 0 <= found < len(edges) - 1 else (-1, -1)

    def _tip(self, place: QPointF) -> str:
        lane, at = self._bin_at(place)
        if lane < 0:
            return ""
        one = self.profiles[lane]
        where = f"{number(one.edges[at])}–{number(one.edges[at + 1])} µm"
        of = count_of(int(one.units[at]), "unit")
        return f"{one.probe}, {where}\n{int(one.good[at]):,} of {of} GOOD"

    def _on_clicked(self, event: Any) -> None:
        if event.double() or event.button() != Qt.MouseButton.LeftButton:
            return
        lane, at = self._bin_at(self.getPlotItem().getViewBox().mapSceneToView(event.scenePos()))
        if lane >= 0 and self.profiles[lane].good[at]:
            add = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.chosen.emit(self.profiles[lane].filter_of(at), add)

    # -- drawing -----------------------------------------------------------------------------

    def drawForeground(self, painter: QPainter, _: QRectF) -> None:
        """Draw lanes, bands and bars, in pixels."""
        most = max((int(one.good.max(initial=0)) for one in self.profiles), default=0)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setClipRect(self.getPlotItem().getViewBox().sceneBoundingRect())
        painter.setFont(small_font(self))
        for lane, one in enumerate(self.profiles):
            self._draw_lane(painter, lane, one)
            self._draw_bars(painter, lane, one, max(most, 1))
        painter.restore()

    def _draw_lane(self, painter: QPainter, lane: int, one: DepthProfile) -> None:
        colors = theme()
        region = self.bands.ends_of(lane)
        if region is not None:
            tint = mixed(colors.accent, 0.2 if colors.dark else 0.12, colors)
            area = self.area_of(lane, *region).adjusted(2, 0, -2, 0)
            painter.fillRect(area, tint)
            painter.setPen(QPen(QColor(colors.accent), 1))
            for y in (area.top(), area.bottom()):
                painter.drawLine(QLineF(area.left(), y, area.right(), y))
        painter.setPen(QPen(QColor(colors.grid), 1))
        whole = self.area_of(lane, *self.ends(1))
        painter.drawLine(QLineF(whole.right(), whole.top(), whole.right(), whole.bottom()))
        if one.sites is not None:
            probe = self.area_of(lane, *one.sites)
            painter.setPen(QPen(QColor(colors.faint), 2))
            painter.drawLine(
                QLineF(probe.left() + _SIDE, probe.top(), probe.left() + _SIDE, probe.bottom())
            )

    def _draw_bars(self, painter: QPainter, lane: int, one: DepthProfile, most: int) -> None:
        fill, ink = QColor(LABEL_FILL[Label.GOOD]), QColor(theme().text)
        line = QFontMetricsF(painter.font()).height()
        for at in one.good.nonzero()[0].tolist():
            area = self.area_of(lane, one.edges[at], one.edges[at + 1]).adjusted(_SIDE + 2, 0, 0, 0)
            room = max(area.width() - _NUMBER - _SIDE, 4.0)
            n = int(one.good[at])
            bar = QRectF(area.left(), area.top() + 1, room * n / most, max(area.height() - 2, 1.0))
            painter.fillRect(bar, fill)
            if area.height() >= line - 3:
                painter.setPen(ink)
                box = QRectF(bar.right() + 3, area.center().y() - line / 2, _NUMBER, line)
                painter.drawText(box, _LEFT, f"{n:,}")


def _ends(profiles: tuple[DepthProfile, ...]) -> tuple[float, float]:
    """Return the lowest and the highest depth that is drawn."""
    low = min((one.lowest for one in profiles), default=0.0)
    high = max((one.highest for one in profiles), default=1.0)
    room = 0.02 * (high - low)
    return low - room, high + room
