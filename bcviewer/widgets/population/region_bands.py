"""The bands of the regions of interest in the picture along depth, and the knobs at their ends."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPointF, QRectF, Signal

from bcviewer.core.figures.depth_profile import DepthProfile
from bcviewer.widgets.drawing.trace_plot import TracePlot
from bcviewer.widgets.population.region_knob import HIGH, RegionKnob

_WIDE = 30
"""Pixels of a knob, and of its reach."""
LEAST_UM = 10.0
"""A region is at least so long."""


class RegionBands(QObject):
    """Has two knobs for each probe whose sites are known: where it has no region, at its ends.

    Parameters
    ----------
    plot : TracePlot
        What they lie over.
    area_of : callable
        Returns where a range of depths is in a lane, in pixels.

    Attributes
    ----------
    set_between : Signal(int, float, float)
        The region of a lane is to be between two depths.
    reset : Signal(int)
        That of a lane is to be as the config says.
    redrawn : Signal()
        A band is elsewhere by now.
    moving : tuple of int, float and float, or None
        The lane whose band is being moved, and its ends; None: none is.
    """

    set_between = Signal(int, float, float)
    reset = Signal(int)
    redrawn = Signal()

    def __init__(self, plot: TracePlot, area_of: Callable[[int, float, float], QRectF]) -> None:
        super().__init__(plot)
        self._plot, self._area_of = plot, area_of
        self._profiles: tuple[DepthProfile, ...] = ()
        self.knobs: dict[tuple[int, bool], RegionKnob] = {}
        self.moving: tuple[int, float, float] | None = None
        plot.getPlotItem().getViewBox().sigRangeChanged.connect(lambda *_: self.place())
        plot.getPlotItem().getViewBox().sigResized.connect(lambda *_: self.place())

    def show_profiles(self, profiles: tuple[DepthProfile, ...]) -> None:
        """Have knobs for other probes."""
        self._profiles, self.moving = profiles, None
        wanted = {
            (lane, upper)
            for lane, one in enumerate(self._profiles)
            for upper in (False, True)
            if one.sites is not None and one.sites[1] - one.sites[0] > LEAST_UM
        }
        for key in self.knobs.keys() - wanted:
            self.knobs[key].hide()
        for key in sorted(wanted - self.knobs.keys()):
            self.knobs[key] = knob = RegionKnob(self._plot, self._depth_at)
            knob.setObjectName(f"region.{key[0]}.{'upper' if key[1] else 'lower'}")
            knob.moved.connect(partial(self._on_moved, *key))
            knob.left.connect(self._on_left)
            knob.reset.connect(partial(self.reset.emit, key[0]))
        for key in wanted:
            self.knobs[key].show()
        self.place()

    def ends_of(self, lane: int) -> tuple[float, float] | None:
        """Return the ends of a lane's band as they are shown; None: it has no region."""
        if self.moving is not None and self.moving[0] == lane:
            return self.moving[1], self.moving[2]
        return self._profiles[lane].region

    def words(self, lane: int) -> str:
        """Return a lane's region in words, as it is shown."""
        one, ends = self._profiles[lane], self.ends_of(lane)
        if ends is None and one.ends:
            return f"{one.probe}: region of interest {one.ends} from the tip, {one.said}: no site"
        if ends is None:
            return f"{one.probe}: no region of interest is set"
        n = one.good_words(*ends)
        if self.moving is not None and self.moving[0] == lane:
            return f"{one.probe}: region of interest {_from_tip(one, ends)} from the tip, {n}"
        return f"{one.probe}: region of interest {one.ends} from the tip, {one.said}, {n}"

    def place(self) -> None:
        """Put the knobs where the ends of the bands are by now."""
        area = self._plot.getPlotItem().getViewBox().sceneBoundingRect()
        for (lane, upper), knob in self.knobs.items():
            if lane >= len(self._profiles) or self._profiles[lane].sites is None:
                continue
            ends = self.ends_of(lane) or self._profiles[lane].sites
            assert ends is not None  # noqa: S101  there are sites
            knob.depth_um = ends[upper]
            at = self._area_of(lane, knob.depth_um, knob.depth_um)
            place = QRectF(at.left() + 4, at.top() - HIGH / 2, at.width() - 8, HIGH).toRect()
            knob.setGeometry(place.right() - _WIDE, place.top(), _WIDE, HIGH)  # beside the bars
            knob.setVisible(area.top() - 2 <= at.top() <= area.bottom() + 2)
            knob.say(self.words(lane))

    def _depth_at(self, place: QPointF) -> float:
        view = self._plot.getPlotItem().getViewBox()
        return float(view.mapSceneToView(self._plot.mapToScene(place.toPoint())).y())

    def _on_moved(self, lane: int, upper: bool, depth: float, is_set: bool) -> None:
        one = self._profiles[lane]
        low, high = self.ends_of(lane) or one.sites or (0.0, 0.0)
        low, high = (low, depth) if upper else (depth, high)
        bounds = one.sites or (low, high)
        if upper:
            high = min(max(high, low + LEAST_UM), bounds[1])
        else:
            low = max(min(low, high - LEAST_UM), bounds[0])
        self.moving = lane, low, high
        if is_set:
            self.set_between.emit(lane, low, high)
            self.moving = None  # what it is by now is told by the scene
        self._redraw()

    def _on_left(self) -> None:
        self.moving = None
        self._redraw()

    def _redraw(self) -> None:
        self.place()
        self.redrawn.emit()


def _from_tip(one: DepthProfile, ends: tuple[float, float]) -> str:
    """Return what lies between two depths as a region is written."""
    region = one.region_between(*ends)
    return "" if region is None else region.ends


def lane_names(one: DepthProfile, ends: tuple[float, float] | None) -> tuple[str, ...]:
    """Return what stands below a lane, the longest first: as much of it as there is room for."""
    if ends is None:
        return (one.probe,)
    if ends != one.region:
        words = f"{one.probe}: {_from_tip(one, ends)}"
        return f"{words}, {one.good_words(*ends)}", words, one.probe
    return f"{one.probe}: {one.ends}, {one.said}", f"{one.probe}: {one.ends}", one.probe
