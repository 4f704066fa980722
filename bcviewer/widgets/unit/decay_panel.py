"""How the current unit's amplitude falls with distance, as Bombcell fits it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.comparison.handles import handle_of
from bcviewer.core.evidence.ask import Ask, Missing
from bcviewer.core.evidence.decay import Falloff
from bcviewer.core.evidence.shape import DECAY_METRIC, Fit, Shape, decay_facts, mismatch
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.widgets.base.dragged_limits import DraggedLimits
from bcviewer.widgets.base.evidence_panel import EvidencePanel
from bcviewer.widgets.base.fact_line import FactLine
from bcviewer.widgets.base.limit_knob import REACH, Knob, LimitKnobs
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.unit.decay_plot import DecayPlot, share_of

_FALLOFF, _SHAPE = Ask("falloff"), Ask("shape")


class DecayPanel(EvidencePanel):
    """Amplitude against distance, Bombcell's own fit, its slope's limits."""

    panel_id = "decay"
    n_plots = 1
    title = "Spatial decay"
    judges: ClassVar[bool] = True
    rules_apart = True
    metrics = (DECAY_METRIC,)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts = FactLine(self)
        self.plot = DecayPlot(self.body, self._tip)
        inner = QVBoxLayout(self.body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.plot)
        box = self.layout()
        assert isinstance(box, QVBoxLayout)  # noqa: S101  the base class made it
        box.addWidget(self.facts)
        self._falloff: Falloff | None = None
        self._fit: Fit | None = None
        self._limits: tuple[tuple[int, float], ...] = ()
        self.dragged = DraggedLimits(self.wish.emit, lambda: self.scene, self)
        self.knobs = LimitKnobs(self.plot.viewport(), self.dragged)
        view = self.plot.getPlotItem().getViewBox()
        for moved in (view.sigRangeChanged, view.sigResized):
            moved.connect(lambda *_: self._place_knobs())

    def asks(self, scene: Scene) -> tuple[Ask, ...]:
        return _FALLOFF, _SHAPE

    def draw(self, scene: Scene, answers: tuple[object, ...]) -> None:
        falloff, shape = answers
        sheet = scene.sheet
        assert isinstance(falloff, Falloff)  # noqa: S101  the base class looked
        assert sheet is not None  # noqa: S101  the same
        self._falloff = falloff
        self._fit = shape.fit if isinstance(shape, Shape) else None
        self.plot.recolor(theme())
        self._limits = decay_limits(sheet)
        saved = tuple(
            handle.saved
            for rule, _ in self._limits
            if (handle := handle_of(sheet, rule)) is not None and handle.is_moved
        )
        self.plot.draw(falloff, self._fit, tuple(value for _, value in self._limits), saved)
        self._place_knobs()
        kind = "line" if sheet.criteria.flags["spDecayLinFit"] else "exponential"
        off = not sheet.criteria.flags["computeSpatialDecay"]
        near, fitted = len(falloff.channels), len(self._fit.distance) if self._fit else 0
        used = f", {fitted} of {count_of(near, 'channel')}" if fitted else ""
        self.note.setText("switched off" if off else f"{kind} fit{used}")
        self._say(falloff, shape, sheet)

    def _place_knobs(self) -> None:
        """Put a handle on each limit's curve; without a fit there is none."""
        plot, corner, knobs = self.plot, QPoint(REACH + 2, REACH + 2), []
        for rule, value in self._limits:
            place = plot.grip_of(value)
            if place is not None:
                centre = place.toPoint()
                area = QRect(centre - corner, centre + corner)
                knobs.append(Knob(rule, area, True, plot.limit_at))
        self.knobs.place(knobs)

    def _say(self, falloff: Falloff, shape: object, table: Sheet) -> None:
        if isinstance(shape, Shape):
            facts = [*decay_facts(shape, table.run.provenance.writer)]
        elif isinstance(shape, Missing):
            facts = [f"No fit: {shape.reason}"]
        else:
            facts = ["Bombcell is fitting …"]
        facts += [falloff.note] if falloff.note else []
        self.facts.set_facts(facts, warns=mismatch(shape, decay=True))

    def _tip(self, place: QPointF) -> str:
        falloff = self._falloff
        if falloff is None:
            return ""
        share = falloff.amplitude / share_of(falloff, self._fit)
        wide, high = np.abs(np.array(self.plot.getPlotItem().getViewBox().viewPixelSize()))
        off = np.hypot((falloff.distance - place.x()) / wide, (share - place.y()) / high)
        i = int(np.argmin(off))
        if off[i] > _NEAR_PIXELS:
            return ""
        at, amplitude = falloff.distance[i], share[i]
        return f"channel {falloff.channels[i]}\n{at:.1f} µm away\n{amplitude:.0%} of the largest"

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        """Return a row for each channel, and one for each point that Bombcell fits."""
        header = ("what", "channel", "distance_um", "amplitude", "fitted")
        if self._falloff is None or self.drawn_row < 0:
            return header, []
        near = zip(*self._channels(self._falloff), strict=True)
        rows: list[tuple[object, ...]] = [("near", *each, "") for each in near]
        if self._fit is not None:
            fit = self._fit
            points = zip(fit.distance, fit.amplitude, fit.at(fit.distance), strict=True)
            rows += [("fitted by Bombcell", "", *point) for point in points]
        return header, rows

    @staticmethod
    def _channels(falloff: Falloff) -> tuple[Sequence[object], ...]:
        return list(falloff.channels), list(falloff.distance), list(falloff.amplitude)


_NEAR_PIXELS = 14.0


def decay_limits(table: Sheet) -> tuple[tuple[int, float], ...]:
    """Return the rules that test the slope, each with its limit; falling is positive."""
    return tuple(
        (i, table.audit.rules[i].threshold)
        for i, rule in enumerate(RULES)
        if rule.metric == DECAY_METRIC and table.audit.rules[i].tested
    )
