"""Where the parts of a metric's histogram are, in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetricsF

from bcviewer.core.arrays import Floats
from bcviewer.core.figures.histograms import Histogram
from bcviewer.widgets.drawing.scales import number

LINE = 14.0
PAD = 8.0
_GAP = 7.0
STRIP_GAP = 4.0
"""Pixels between the bins and the cost curves."""


@dataclass(frozen=True, slots=True)
class OffAxisWords:
    """Words for units that are not on the axis: the part, the text, and where it stands."""

    part: int
    text: str
    area: QRectF


class HistogramPlaces:
    """Where everything of a histogram is, in the item's pixels.

    Attributes
    ----------
    plot : QRectF
        The bins.
    x : numpy.ndarray
        Place of each edge, shape (n_bins + 1,).
    slots : dict of int to QRectF
        Columns of the sentinels, by part.
    words : list of OffAxisWords
        What is counted in words.
    strip : QRectF
        The cost curves below the bins; empty where there are none.
    foot : float
        Where the axis with its numbers is: below both.
    most : int
        Units of the highest bin.

    Parameters
    ----------
    found : Histogram
        The numbers.
    width, height : float
        Of the item.
    font : QFont
        Of its texts.
    strip : float
        How high the cost curves are to be; 0: there are none.
    """

    def __init__(
        self, found: Histogram, width: float, height: float, font: QFont, strip: float = 0.0
    ) -> None:
        metrics = QFontMetricsF(font)
        n = found.axis.n_bins
        beside = found.aside_counts.sum(axis=0)
        sentinels = [i for i, a in enumerate(found.asides) if a.kind == "sentinel" and beside[i]]
        bins = found.counts.sum(axis=0)
        self.most = int(bins.max(initial=0)) or int(beside[sentinels].max(initial=0))
        left = PAD + metrics.horizontalAdvance(f"{self.most:,}") + 5
        words = _flow(found, beside, metrics, width, 0.0)
        n_lines = max(round(max((w.area.bottom() for w in words), default=LINE) / LINE), 1)
        self.foot = bottom = height - PAD - (1 + n_lines) * LINE - 1
        strip = strip if n else 0.0
        slot_x = width - PAD
        self.slots: dict[int, QRectF] = {}
        for i in reversed(sentinels):
            wide = max(18.0, metrics.horizontalAdvance(found.asides[i].short) + 6)
            slot_x -= wide
            self.slots[n + i] = QRectF(slot_x, 0, wide, 0)
        right = slot_x - (_GAP if sentinels else 0)
        top, low = PAD + 2 * LINE + 2, bottom - (strip + STRIP_GAP if strip else 0.0)
        self.plot = QRectF(left, top, right - left, low - top)
        self.strip = QRectF(left, bottom - strip, right - left, strip) if strip else QRectF()
        for part, slot in self.slots.items():
            self.slots[part] = QRectF(slot.x(), self.plot.y(), slot.width(), self.plot.height())
        self._ends = (float(found.edges[0]), float(found.edges[-1])) if n else (0.0, 1.0)
        self._log = found.log
        self.x = np.array([self.of(value) for value in found.edges.tolist()])
        self.words = _flow(found, beside, metrics, width, bottom + LINE + 1)

    @property
    def axis(self) -> tuple[object, ...]:
        """What the places of values depend on: equal ones have every value at the same place."""
        return self._ends, self._log, self.strip

    def of(self, value: float) -> float:
        """Return where a value of the metric is."""
        low, high = self._ends
        if self._log:
            low, high, value = np.log10(low), np.log10(high), np.log10(value)
        return float(self.plot.x() + (value - low) / (high - low) * self.plot.width())

    def value_at(self, x: float) -> float:
        """Return the value of the metric at a place, within the axis, as it would be typed."""
        return float(f"{float(self.values(np.array([x]))[0]):.3g}")

    def values(self, x: Floats) -> Floats:
        """Return the values of the metric at some places, within the axis."""
        inside = np.clip(x, self.plot.left(), self.plot.right())
        share = (inside - self.plot.x()) / max(self.plot.width(), 1.0)
        low, high = self._ends
        if self._log:
            low, high = np.log10(low), np.log10(high)
        value = low + share * (high - low)
        return np.asarray(10**value if self._log else value)


def _flow(
    found: Histogram, beside: Sequence[int], metrics: QFontMetricsF, width: float, top: float
) -> list[OffAxisWords]:
    """Put the words into two lines, with shorter numbers if they must."""
    shown = [i for i in range(len(found.asides)) if beside[i]]
    room = width - 2 * PAD
    out: list[OffAxisWords] = []
    for short in (False, True):
        out, x, y = [], PAD, top
        for i in shown:
            count = number(float(beside[i])) if short else f"{int(beside[i]):,}"
            aside = found.asides[i]
            kind = f"at {aside.short}" if aside.kind == "sentinel" else aside.kind
            text = f"{count} {kind}"
            wide = metrics.horizontalAdvance(text)
            if x > PAD and x + wide > PAD + room:
                x, y = PAD, y + LINE
            out.append(OffAxisWords(found.axis.n_bins + i, text, QRectF(x, y, wide, LINE)))
            x += wide + 12
        if y <= top + LINE:
            break
    return [word for word in out if word.area.y() <= top + LINE]
