"""A thin strip over a plot of time: the firing rate, and the presence bins below it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from bcviewer.core.arrays import Floats
from bcviewer.core.evidence.amplitudes import Timeline
from bcviewer.core.evidence.density import round_up
from bcviewer.core.evidence.presence import Presence
from bcviewer.core.rules.counts import count_of
from bcviewer.widgets.drawing.scales import number
from bcviewer.widgets.drawing.theme import FAIL_FILL, make_small, theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.drawing.zoom import Zooming
from bcviewer.widgets.unit.time_plot import TimePlot, hatch, mark_spans, mark_stretch, slate

_CELLS = 9.0
"""Height of the presence bins, pixels."""

_WIDE = 4.0
"""From this width on bins are drawn apart, pixels."""

_FLAGS = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class RateStrip(Zooming, QWidget):
    """Firing rate and presence.

    Parameters
    ----------
    parent : QWidget
        Where it stands, above the plot.
    plot : TimePlot
        The plot; the strip shows the same time, and the wheel over it zooms both.
    bins : bool
        Whether there is room for presence bins below the rate.
    """

    def __init__(self, parent: QWidget, plot: TimePlot, *, bins: bool) -> None:
        super().__init__(parent)
        self._cells = _CELLS + 3 if bins else 0.0
        self._plot = plot
        plot.getPlotItem().getViewBox().sigXRangeChanged.connect(self._on_moved)
        self.timeline: Timeline | None = None
        self.presence: Presence | None = None
        self.top = 1.0
        self._low = False
        make_small(self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def _line(self) -> float:
        return QFontMetricsF(self.font()).height()

    def sizeHint(self) -> QSize:
        lines = 1.2 if self._low else 2.0
        return QSize(60, round(lines * self._line + self._cells + 9))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def set_low(self, low: bool) -> None:
        """Say whether the plot below needs the room: one line is enough for a rate, then."""
        if low != self._low:
            self._low = low
            self.updateGeometry()

    def show_rate(self, timeline: Timeline, presence: Presence | None) -> None:
        """Show another unit."""
        self.timeline, self.presence = timeline, presence
        most = float(timeline.rate.max())
        self.top = round_up(most * 1.05) if most > 0 else 1.0
        self.update()

    def _on_moved(self) -> None:
        self.update()

    def zoom_by(self, factor: float, place: QPointF) -> None:
        self._plot.zoom_by(factor, QPointF(place.x(), self._plot.height()))

    def reset_zoom(self) -> None:
        self._plot.reset_zoom()

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.timeline is not None:
            painter.fillRect(self.rect(), QColor(theme().base))
            left, right = self._plot.session_area()
            rate = QRectF(left, 3, right - left, self.height() - self._cells - 5)
            seen = self._plot.time_area()
            painter.setClipRect(QRectF(seen[0], 0, seen[1] - seen[0] + 1, self.height()))
            self._paint_bands(painter, rate)
            self._paint_rate(painter, rate, self.timeline)
            cells = QRectF(left, rate.bottom() + 3, rate.width(), _CELLS)
            if self.presence is not None:
                self._paint_cells(painter, cells, self.presence)
            stretch = self._plot.stretch_in_pixels()
            if stretch is not None:
                both = rate.united(cells) if self.presence is not None else rate
                mark_stretch(painter, stretch, both, theme())
            painter.setClipping(False)
            self._paint_words(painter, rate, cells, seen[0] - 5)
        painter.end()

    def _paint_bands(self, painter: QPainter, area: QRectF) -> None:
        """Mark missing bins and time that was left out, as the plot below does."""
        assert self.timeline is not None  # noqa: S101
        if self.presence is not None:
            gone = self._rects(self.presence.missing_spans, area)
            mark_spans(painter, gone, QBrush(QColor(theme().fail_tint)))
        mark_spans(painter, self._rects(self.timeline.left_out, area), hatch(theme()))

    def _paint_rate(self, painter: QPainter, area: QRectF, line: Timeline) -> None:
        x = area.left() + line.edges / line.end_s * area.width()
        y = area.bottom() - np.minimum(line.rate / self.top, 1.0) * area.height()
        steps = map(QPointF, np.repeat(x, 2)[1:-1].tolist(), np.repeat(y, 2).tolist())
        whole = [QPointF(x[0], area.bottom()), *steps, QPointF(x[-1], area.bottom())]
        dark = theme().dark
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(slate(0.18, dark))
        painter.drawPolygon(QPolygonF(whole))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(slate(0.75, dark), 1.0))
        painter.drawPolyline(QPolygonF(whole))

    def _paint_cells(self, painter: QPainter, area: QRectF, presence: Presence) -> None:
        """Draw a bin where the unit is present full, another hollow (a line if very narrow)."""
        cells = self._rects(np.column_stack((presence.edges[:-1], presence.edges[1:])), area)
        wide = cells[0].width() >= _WIDE
        gap = 0.5 if wide else 0.0
        inner = [cell.adjusted(gap, 0, -gap, 0) for cell in cells]
        pairs = list(zip(inner, presence.present.tolist(), strict=True))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme().passed))
        painter.drawRects([cell for cell, there in pairs if there])
        gone = [cell for cell, there in pairs if not there]
        if wide:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(FAIL_FILL), 1.2))
            painter.drawRects([cell.adjusted(0.5, 0.5, -0.5, -0.5) for cell in gone])
        else:
            painter.setBrush(QColor(FAIL_FILL))
            painter.drawRects([cell.adjusted(0, cell.height() - 2, 0, 0) for cell in gone])

    def _paint_words(self, painter: QPainter, rate: QRectF, cells: QRectF, right: float) -> None:
        painter.setPen(QColor(theme().faint))
        column = QRectF(0, 0, right, self._line)
        column.moveTop(rate.top() - 2)
        painter.drawText(column, _FLAGS, f"{number(self.top)} Hz")
        if not self._low:
            column.moveTop(rate.bottom() - self._line + 3)
            painter.drawText(column, _FLAGS, "0")
        if self.presence is not None:
            painter.setPen(QColor(theme().text))
            column.moveTop(cells.center().y() - self._line / 2)
            painter.drawText(column, _FLAGS, f"{self.presence.n_present}/{self.presence.n_bins}")

    def _rects(self, spans: Floats, area: QRectF) -> list[QRectF]:
        assert self.timeline is not None  # noqa: S101
        x = area.left() + spans / self.timeline.end_s * area.width()
        x = np.clip(x, area.left(), area.right())
        return [QRectF(a, area.top(), b - a, area.height()) for a, b in x.tolist()]

    # -- tool tips ---------------------------------------------------------------------------

    def words_at(self, time_s: float) -> str:
        """Return what is at a time, as plain text; empty outside the session."""
        line = self.timeline
        if line is None or not 0 <= time_s <= line.end_s:
            return ""
        i = int(np.searchsorted(line.edges, time_s, "right")) - 1
        rate = float(line.rate[min(i, len(line.rate) - 1)])
        out = [f"{clock(time_s)}: {rate:.3g} spikes/s"]
        if any(a <= time_s <= b for a, b in line.left_out.tolist()):
            out.append("left out by Bombcell: the metrics do not see this time")
        elif self.presence is not None:
            out.append(_bin_words(self.presence, time_s))
        return "\n".join(out)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and self.timeline is not None:
            left, right = self._plot.session_area()
            x = event.pos().x()  # type: ignore[attr-defined]
            time_s = (x - left) / max(right - left, 1.0) * self.timeline.end_s
            QToolTip.showText(event.globalPos(), plain_tip(self.words_at(time_s)), self)  # type: ignore[attr-defined]
            return True
        return bool(super().event(event))


def clock(time_s: float) -> str:
    """Return a time of a session: ``12.3 s``, ``1:02:03``."""
    if time_s < 100:
        return f"{time_s:.1f} s"
    hours, rest = divmod(int(time_s), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d} min"


def _bin_words(presence: Presence, time_s: float) -> str:
    i = int(np.searchsorted(presence.edges, time_s, "right")) - 1
    if not 0 <= i < presence.n_bins:
        return "no presence bin here: Bombcell counts whole ones only"
    count, there = int(presence.counts[i]), bool(presence.present[i])
    state = "present" if there else "missing"
    needed = max(1.0, float(np.ceil(presence.needed)))
    return (
        f"presence bin {i + 1} of {presence.n_bins}: {state}, {count_of(count, 'spike')}"
        f" ({needed:,.0f} needed: 5 % of the 90th percentile)"
    )
