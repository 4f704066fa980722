"""What the panels of a unit over the session share: rules, a strip of its rate, a plot, a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import DrawLasso, Encircle, Know, LookAt, LookAtAll
from bcviewer.core.evidence.amplitudes import Timeline
from bcviewer.core.evidence.ask import Ask
from bcviewer.core.evidence.density import Density
from bcviewer.core.evidence.lasso import Lasso
from bcviewer.core.rules.counts import count_of
from bcviewer.widgets.base.caption import Caption
from bcviewer.widgets.base.evidence_panel import LOW, EvidencePanel
from bcviewer.widgets.drawing.legend import LegendLine
from bcviewer.widgets.drawing.still_label import StillLabel
from bcviewer.widgets.drawing.theme import make_small, theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.unit.lasso_drag import LassoDrag
from bcviewer.widgets.unit.previews import NO_SPLIT, split_ask, split_words
from bcviewer.widgets.unit.rate_strip import RateStrip, clock
from bcviewer.widgets.unit.time_plot import TimePlot, count_at

_ROOM = 260
"""A panel of fewer pixels says of the parts by a lasso only what their labels would be."""
_SETTLE_MS = 150
"""Another size is asked for once the person stops dragging."""


class TimePanel(EvidencePanel):
    """A value of a unit's spikes over the session.

    Attributes
    ----------
    kind : str
        What it asks; the settings are rows and columns of the density.
    y_title : str
        Title of the value's axis.
    bins : bool
        Whether presence bins are shown.
    explains : bool
        Whether lines are drawn that need a legend.
    """

    parts: ClassVar[tuple[str, ...]] = (*EvidencePanel.parts, "lasso", "raw_files")
    kind: ClassVar[str] = ""
    y_title: ClassVar[str] = ""
    bins: ClassVar[bool] = False
    explains: ClassVar[bool] = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = TimePlot(self.body, self.y_title, self._tip)
        self.strip = RateStrip(self.body, self.plot, bins=self.bins)
        drag = self.plot.drag
        drag.watch(self.strip)
        drag.moved.connect(self.strip.update)
        drag.finished.connect(lambda start, stop: self.wish.emit(LookAt(start, stop)))
        drag.clicked.connect(lambda: self.wish.emit(LookAtAll()))
        self.lasso = LassoDrag(self.plot)
        self.lasso.drawn.connect(lambda corners: self.wish.emit(Encircle(self.kind, corners)))
        self.lasso_button = self._make_button()
        self.split = StillLabel(self.body, f"split.{self.panel_id}", wraps=True)
        make_small(self.split)
        self.split.hide()
        self.legend, self.caption = LegendLine(self.body), Caption(self.body)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.strip)
        box.addWidget(self.plot, 1)
        words = QHBoxLayout()
        words.setContentsMargins(6, 0, 6, 0)
        words.addWidget(self.split)
        box.addLayout(words)
        box.addWidget(self.legend)
        box.addWidget(self.caption)
        self.legend.setVisible(self.explains)
        self.cover.raise_()
        self.cells: Density | None = None
        self._shape = self.plot.shape_of_cells()
        self._lasso: Lasso | None = None
        self._resting = QTimer(self)
        self._resting.setSingleShot(True)
        self._resting.setInterval(_SETTLE_MS)
        self._resting.timeout.connect(self._take_shape)

    def _make_button(self) -> QToolButton:
        """Return what switches the lasso on and off."""
        button = QToolButton(self)
        button.setObjectName(f"lasso.{self.panel_id}")
        button.setText("Lasso")
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        make_small(button)
        # as high as the head's words: the plot needs the rest
        button.setFixedHeight(button.fontMetrics().height() + 3)
        button.setToolTip(
            "Draw a lasso around spikes (L): what bombcell would say of both parts.\nNothing is"
            " split. Esc ends it."
        )
        button.clicked.connect(lambda on: self.wish.emit(DrawLasso(on)))
        self.head.insertWidget(0, button)
        return button

    def asks(self, scene: Scene) -> tuple[Ask, ...]:
        split = split_ask(scene)
        of_lasso = () if split is None else (split,)
        return (Ask(self.kind, self._shape), *self.asks_of_stretch(scene), *of_lasso)

    def asks_of_stretch(self, scene: Scene) -> tuple[Ask, ...]:
        """Return what is asked of the stretch that is looked at."""
        return ()

    def asks_ahead(self, scene: Scene) -> tuple[Ask, ...]:
        return (Ask(self.kind, self._shape),)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.strip.set_low(self.height() < LOW)
        self._resting.start()

    def showEvent(self, event: QShowEvent) -> None:
        self._take_shape()
        super().showEvent(event)

    def settle(self) -> None:
        if self._resting.isActive():
            self._resting.stop()
            self._take_shape()

    def _draw(self) -> None:
        super()._draw()
        if self.scene is not None and self.seen:
            self._show_lasso(self.scene)

    def _show_lasso(self, scene: Scene) -> None:
        """Show the lasso, where it is of this plot, and what both parts would be."""
        lasso = scene.lasso
        self.lasso_button.setChecked(lasso is not None)
        self.lasso.turn(on=lasso is not None)
        if lasso is not self._lasso:
            self._lasso = lasso
            drawn = lasso if lasso is not None and lasso.over == self.kind else Lasso()
            self.lasso.line.cancel()  # what was begun around another unit's spikes
            self.lasso.line.recolor(theme())
            self.lasso.show(drawn.corners)
        whole, short = split_words(scene)
        self.split.setText(whole if self.height() >= _ROOM else short)
        self.split.setToolTip(plain_tip(f"{whole}\n\n{NO_SPLIT}") if whole else "")
        self.split.setVisible(bool(whole) and self.height() >= LOW)

    def split_in_caption(self, scene: Scene) -> str:
        """Return what both parts would be where there is no room for a line of its own."""
        return split_words(scene)[1] if self.height() < LOW else ""

    def show_stretch(self, scene: Scene, line: Timeline) -> None:
        """Mark the stretch that is looked at, and where a drag catches."""
        chosen, drag = scene.stretch, self.plot.drag
        drag.cancel()
        drag.ends = (line.first_s, line.kept.start, line.kept.stop)
        drag.chosen = None if chosen is None else (chosen.start_s, chosen.stop_s)
        self.plot.viewport().update()
        self.strip.update()

    def _take_shape(self) -> None:
        """Ask for cells that fit the plot's size."""
        shape = self.plot.shape_of_cells()
        if shape != self._shape:
            self._shape = shape
            self.wish.emit(Know())
            if self.seen:
                self._draw()

    def axis_words(self, line: Timeline, cells: Density | None) -> Sequence[str]:
        """Return what must be said of the axes: what is not on them, and where they end."""
        out = [line.note]
        if not line.end_known:
            out.append("the session's end is not known: up to this unit's last spike")
        if cells is not None:
            pairs = (
                (cells.above, "above the axis"),
                (cells.below, "below the axis"),
                (cells.no_number, "without a finite value"),
                (cells.outside, "outside the session"),
            )
            out += [f"{count_of(n, 'spike')} {what}" for n, what in pairs if n]
        return out

    def _tip(self, place: QPointF) -> str:
        time_s = place.x() * self.plot.per_s
        words = self.strip.words_at(time_s)
        if self.cells is None or not words:
            return words
        n = count_at(self.cells, time_s, place.y())
        here = f"{place.y():.4g}: {count_of(n, 'spike')} in this cell" if n >= 0 else ""
        return "\n".join(part for part in (words, here) if part)


def kept_words(line: Timeline) -> str:
    """Return the kept time in words: ``kept 62 % of the session``; empty where it is all."""
    kept = line.kept
    if not kept.known:
        return ""
    if not kept.share < 1:
        return kept.why
    span = f"{clock(kept.start)} to {clock(kept.stop)}"
    return f"kept {kept.share:.0%} of the session, {span}".replace("%", " %")
