"""Draws one metric's histogram: bars by class, thresholds, sentinels, what is not on the axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from bcviewer.core.figures.histogram_words import STACK, metric_title, turns
from bcviewer.core.figures.histograms import Histogram
from bcviewer.core.rules.rules import RULES
from bcviewer.widgets.base.limit_knob import REACH, Knob
from bcviewer.widgets.drawing.canvas import CanvasItem
from bcviewer.widgets.drawing.fewer_words import in_fewer_words
from bcviewer.widgets.drawing.scales import number, ticks
from bcviewer.widgets.drawing.theme import FAIL_FILL, LABEL_FILL, LIGHT, Theme
from bcviewer.widgets.population.cost_strip import CostStrip
from bcviewer.widgets.population.histogram_places import LINE, PAD, HistogramPlaces

_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_WHOLE = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip  # large letters reach out
_LEFT = int(Qt.AlignmentFlag.AlignLeft | _WHOLE)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | _WHOLE)


_Mark = tuple[float, int, Sequence[int]]
"""Value and part of the current unit, and the selected units of each bin."""


class HistogramItem(CanvasItem):
    """One metric. What it shows is counted when it is first in sight.

    Attributes
    ----------
    key : str
        The metric.
    title : str
        What stands above it.
    """

    def __init__(
        self,
        key: str,
        count: Callable[[str], Histogram],
        mark: Callable[[str], _Mark],
        tip: Callable[[str, int], str],
        chosen: Callable[[str, int, bool], None],
        saved: Callable[[str], Sequence[float]],
    ) -> None:
        super().__init__()
        self._saved = saved
        self.key = key
        self.title = metric_title(key)
        self._count, self._mark, self._tip, self._chosen = count, mark, tip, chosen
        self.colors: Theme = LIGHT
        self.font = QFont()
        self.strip = CostStrip(self)
        self.strip_height = 0.0
        """How high the cost curves are; 0: they are not shown."""
        self._found: Histogram | None = None
        self._places: HistogramPlaces | None = None
        self._marked: _Mark | None = None

    @property
    def found(self) -> Histogram:
        """The numbers."""
        if self._found is None:
            self._found = self._count(self.key)
        return self._found

    @property
    def places(self) -> HistogramPlaces:
        """Where things are."""
        if self._places is None:
            self._places = HistogramPlaces(
                self.found, self.size.width(), self.size.height(), self.font, self.strip_height
            )
            self.strip.place(self._places)
        return self._places

    def refresh(self, recount: bool) -> None:
        """Draw it anew, with other numbers or only with another size."""
        self._found = None if recount else self._found
        self._places = self._marked = None
        self.update()
        self.marks.update()

    def recount(self) -> None:
        """Count anew, and draw anew where anything that is drawn is another number."""
        before, self._found = self._found, None
        if before is None or not is_alike(before, self.found):
            self.refresh(recount=False)

    def mark_anew(self) -> None:
        """Mark other units, if they have other marks."""
        before, self._marked = self._marked, self._mark(self.key)
        if before is None or not _is_same_mark(before, self._marked):
            self.marks.update()

    def forget_mark(self) -> None:
        """Ask what is marked when it is in sight."""
        self._marked = None
        self.marks.update()

    @property
    def rules(self) -> tuple[int, ...]:
        """The rules whose thresholds it shows."""
        return tuple(dict.fromkeys(limit.rule for limit in self.found.limits))

    def part_at(self, place: QPointF) -> int:
        """Return the bin or aside at a place, −1 where there is none."""
        places = self.places
        for word in places.words:
            if word.area.contains(place):
                return word.part
        for part, slot in places.slots.items():
            if slot.adjusted(0, 0, 0, LINE).contains(place):
                return part
        if self.found.axis.n_bins and places.plot.contains(place):
            found = int(np.searchsorted(places.x, place.x(), "right")) - 1
            return min(max(found, 0), self.found.axis.n_bins - 1)
        return -1

    def part_center(self, part: int) -> QPointF:
        """Return a place inside a bin or aside, as the item sees it."""
        places = self.places
        if part < self.found.axis.n_bins:
            return QPointF(float(places.x[part : part + 2].mean()), places.plot.bottom() - 2)
        words = (word.area.center() for word in places.words if word.part == part)
        return next(words, places.plot.center())

    def tip_at(self, place: QPointF) -> str:
        if self.places.strip.contains(place):
            return self.strip.tip_at(place.x())
        return self._tip(self.key, self.part_at(place))

    def click_at(self, place: QPointF, add: bool) -> None:
        part = self.part_at(place)
        if part >= 0:
            self._chosen(self.key, part, add)

    # -- thresholds as handles ---------------------------------------------------------------

    def knobs(self) -> list[Knob]:
        """Return where each threshold on the axis is taken hold of, in the canvas's pixels."""
        places, at = self.places, self.pos()
        top, high = at.y() + places.plot.top() - 3, places.foot - places.plot.top() + 3
        grip = (places.plot.height() + 3) / max(high, 1.0)
        return [
            Knob(
                rule,
                QRect(round(at.x() + x) - REACH, round(top), 2 * REACH + 1, round(high)),
                True,
                partial(self._value_at, places, at.x()),
                grip if places.strip.height() else 0.8,
            )
            for x, rule in self._limits()
        ]

    @staticmethod
    def _value_at(places: HistogramPlaces, left: float, place: QPointF) -> float:
        return places.value_at(place.x() - left)

    # -- drawing -----------------------------------------------------------------------------

    def paint(self, painter: QPainter, _: QStyleOptionGraphicsItem, __: QWidget | None) -> None:
        found, places, colors = self.found, self.places, self.colors
        bold = QFont(self.font)
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(QColor(colors.text))
        area = QRectF(PAD, PAD, self.size.width() - 2 * PAD, LINE)
        title = in_fewer_words(self.title, QFontMetricsF(bold), area.width())
        painter.drawText(area, _LEFT, title)
        painter.setFont(self.font)
        painter.setPen(QColor(colors.faint))
        for word in places.words:
            painter.drawText(word.area.adjusted(0, 0, 4, 0), _LEFT, word.text)
        if not found.axis.n_bins and not places.slots:
            told = "no value in this run" if found.asides[2].filter else "not in these results"
            painter.drawText(places.plot, _CENTRE, told)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._paint_failing(painter)
        self._paint_bars(painter)
        self._paint_axis(painter)
        self._paint_limits(painter)

    def _paint_failing(self, painter: QPainter) -> None:
        plot, tint = self.places.plot, QColor(self.colors.fail_tint)
        for x, rule in self._limits():
            left, right = (plot.left(), x) if RULES[rule].op == "<" else (x, plot.right())
            painter.fillRect(QRectF(left, plot.top(), right - left, plot.height()), tint)

    def _limits(self) -> list[tuple[float, int]]:
        """Return place and rule of each threshold on the axis.

        Of a count, that is the edge of the bin of the last count that passes.
        """
        return [(self.places.of(place), limit.rule) for place, limit in turns(self.found)]

    def _paint_bars(self, painter: QPainter) -> None:
        """Draw all bars of a class at once, from the bottom up."""
        found, places = self.found, self.places
        n, plot = found.axis.n_bins, places.plot
        scale = plot.height() / max(1, places.most)
        gap = 1.0 if n and (places.x[-1] - places.x[0]) / n >= 4 else 0.0
        columns = [(a, b - a - gap) for a, b in pairwise(places.x.tolist())]
        columns += [(slot.x() + 2, slot.width() - 4) for slot in places.slots.values()]
        counts = np.hstack([found.counts, found.aside_counts])
        counts = counts[:, [*range(n), *places.slots]]
        tops = np.minimum(np.cumsum(counts[list(STACK)], axis=0) * scale, plot.height())
        foot = np.zeros(len(columns))
        painter.setPen(Qt.PenStyle.NoPen)
        for label, top in zip(STACK, tops, strict=True):
            bars = [
                QRectF(columns[i][0], plot.bottom() - top[i], columns[i][1], top[i] - foot[i])
                for i in np.flatnonzero(counts[label]).tolist()
            ]
            if bars:
                painter.setBrush(QColor(LABEL_FILL[label]))
                painter.drawRects(bars)
            foot = top
        self._paint_cuts(painter, counts[:, n:].sum(axis=0))

    def _paint_cuts(self, painter: QPainter, counts: Sequence[int]) -> None:
        """Cut the bars of sentinels that are higher than the axis (their count is in words)."""
        painter.setPen(QPen(QColor(self.colors.base), 3))
        for slot, n in zip(self.places.slots.values(), counts, strict=True):
            if n > self.places.most:
                y = slot.top() + 8
                painter.drawLine(QLineF(slot.left(), y + 3, slot.right(), y - 3))

    def _paint_axis(self, painter: QPainter) -> None:
        found, places, metrics = self.found, self.places, QFontMetricsF(self.font)
        plot = places.plot
        painter.setPen(QColor(self.colors.faint))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        if places.most:
            area = QRectF(0, plot.top() - LINE / 2 + 3, plot.left() - 4, LINE)
            painter.drawText(area, _RIGHT, f"{places.most:,}")
        for part, slot in places.slots.items():
            painter.drawLine(slot.bottomLeft(), slot.bottomRight())
            area = QRectF(slot.left() - 8, slot.bottom() + 1, slot.width() + 16, LINE)
            painter.drawText(area, _CENTRE, found.asides[part - found.axis.n_bins].short)
        if not found.axis.n_bins:
            return
        foot = places.foot
        if places.strip.height():
            painter.drawLine(QLineF(plot.left(), foot, plot.right(), foot))
        low, high = float(found.edges[0]), float(found.edges[-1])
        free = -1e9
        for value in ticks(low, high, found.log, max(2, int(plot.width() // 44))):
            if found.axis.quantum == 1.0 and value != round(value):
                continue
            x, text = places.of(value), number(value)
            wide = metrics.horizontalAdvance(text)
            left = min(max(x - wide / 2, 2.0), plot.right() - wide + 2)
            if left > free:
                painter.drawLine(QLineF(x, foot, x, foot + 3))
                painter.drawText(QRectF(left, foot + 2, wide + 2, LINE), _LEFT, text)
                free = left + wide + 6

    def _paint_limits(self, painter: QPainter) -> None:
        """Draw each threshold, with its value above it on the failing side if it fits there."""
        plot = self.places.plot
        painter.setPen(QPen(QColor(self.colors.faint), 1, Qt.PenStyle.DotLine))
        for saved in self._saved(self.key):  # where a proposal moved it from
            x = self.places.of(saved) if saved > 0 or not self.found.log else plot.left() - 1
            if plot.left() <= x <= plot.right():
                painter.drawLine(QLineF(x, plot.top() - 3, x, self.places.foot))
        for x, rule in self._limits():
            four_way = RULES[rule].four_way  # fails only together with three others
            style = Qt.PenStyle.DashLine if four_way else Qt.PenStyle.SolidLine
            painter.setPen(QPen(QColor(FAIL_FILL), 1.6, style))
            painter.drawLine(QLineF(x, plot.top() - 3, x, self.places.foot))
        painter.setPen(QColor(self.colors.fail_text))
        for area, text in self.limit_words():
            painter.drawText(area, _LEFT, text)

    def limit_words(self) -> list[tuple[QRectF, str]]:
        """Return what stands above the thresholds, and where: none over another, and none cut.

        Where probes have other ones, whose each is; without that, where there is no room for it.
        """
        metrics, right = QFontMetricsF(self.font), self.size.width() - PAD
        limits = sorted(
            ((self.places.of(place), limit) for place, limit in turns(self.found)),
            key=lambda one: one[0],
        )
        out: list[tuple[QRectF, str]] = []
        for whose in (True, False):
            out, taken = [], -1e9
            for x, limit in limits:
                text = f"{RULES[limit.rule].op} {number(limit.value)}{limit.where * whose}"
                wide = metrics.horizontalAdvance(text) + 2
                left = x - wide if RULES[limit.rule].op == "<" else x
                left = max(min(max(left, PAD), right - wide), taken + 6)
                out.append((QRectF(left, PAD + LINE - 1, wide, LINE), text))
                taken = left + wide
            if taken <= right:
                break
        return [(area, text) for area, text in out if area.right() <= right]

    def paint_marks(self, painter: QPainter) -> None:
        if self._marked is None:
            self._marked = self._mark(self.key)
        value, part, chosen = self._marked
        places, accent, n = self.places, QColor(self.colors.accent), self.found.axis.n_bins
        plot = places.plot
        scale = plot.height() / max(1, places.most)
        for i in np.flatnonzero(chosen).tolist():
            wide = places.x[i + 1] - places.x[i]
            high = max(2.0, min(chosen[i] * scale, plot.height()))
            place = QRectF(places.x[i] + wide * 0.3, plot.bottom() - high, wide * 0.4, high)
            painter.fillRect(place, accent)
        word = next((word for word in places.words if word.part == part), None)
        x = places.of(value) if 0 <= part < n else -1.0
        if part in places.slots:
            x = places.slots[part].center().x()
        elif word is not None:
            painter.setPen(QPen(accent, 1.6))
            painter.drawLine(word.area.bottomLeft(), word.area.bottomRight())
        if x >= 0:
            painter.setPen(QPen(accent, 1.4))
            painter.drawLine(QLineF(x, plot.top(), x, plot.bottom()))
            painter.setBrush(accent)
            tip = [QPointF(x - 4, plot.top() - 4), QPointF(x + 4, plot.top() - 4)]
            painter.drawPolygon(QPolygonF([*tip, QPointF(x, plot.top() + 3)]))


def is_alike(a: Histogram, b: Histogram) -> bool:
    """Whether two histograms have the very same picture."""
    same = a.axis is b.axis and (a.limits, a.asides) == (b.limits, b.asides)
    counts = ((a.counts, b.counts), (a.aside_counts, b.aside_counts))
    return same and all(np.array_equal(one, other) for one, other in counts)


def _is_same_mark(a: _Mark, b: _Mark) -> bool:
    return np.array_equal(a[0], b[0], equal_nan=True) and (a[1], a[2]) == (b[1], b[2])
