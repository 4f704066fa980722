"""The depths of a unit's spikes over the session, beside the drift that Bombcell saved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QWidget

from bcviewer.app.scene import Scene
from bcviewer.core.evidence.drift import Drift
from bcviewer.core.rules.metrics import METRICS
from bcviewer.widgets.drawing.legend import Entry
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.unit.time_panel import TimePanel, kept_words

SOURCE = "depths from spike_positions.npy; Bombcell's drift is of pc_features.npy: not recomputed"
SHORT = "here: from spike_positions.npy; Bombcell's: from pc_features.npy"
MEANING = (
    "drift is what registration left; max − min inflates in sparse bins; Bombcell takes negative"
    " first components (PC1) for 0, and a spike without a positive one for depth 0"
)


class DriftPanel(TimePanel):
    """Spike depths over time."""

    panel_id = "drift"
    n_plots = 1
    title = "Drift"
    kind = "drift"
    metrics = ("maxDriftEstimate",)
    y_title = "depth (µm)"
    explains = True

    drawn: Drift | None = None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.medians = pg.PlotCurveItem(connect="finite", antialias=True)
        self.plot.getPlotItem().addItem(self.medians, ignoreBounds=True)

    def draw(self, scene: Scene, answers: tuple[object, ...]) -> None:
        found = answers[0]
        assert isinstance(found, Drift)  # noqa: S101  what its kind answers
        self.drawn, self.cells = found, found.density
        if self.plot.recolor(theme()):
            self.medians.setPen(pg.mkPen(theme().accent, width=2))
        self.plot.set_end(found.timeline.end_s)
        self.plot.show_spikes(found.density, found.times, found.depths)
        self.plot.left_out.set_spans(found.timeline.left_out / self.plot.per_s)
        self.strip.show_rate(found.timeline, None)
        self.show_stretch(scene, found.timeline)
        self.medians.setData(*_steps(found, self.plot.per_s))
        self.note.setText(self._says(found))
        self.note.setToolTip(f"{SOURCE}.\n{MEANING}.")
        one = "one bin only: its drift is 0, wherever the spikes are"
        medians = f"median of bins of {found.bin_s:.4g} s, {found.n_sparse} of them sparse"
        self.legend.set_entries((Entry(medians, theme().accent),))
        zero = "saved drift exactly 0, which shows no stability: most spikes without a positive PC1"
        self.caption.say(
            self.split_in_caption(scene),
            one if found.n_medians == 1 else zero if found.saved_max == 0 else "",
            f"saved {found.usable.words}" if found.usable.words else "",
            SHORT,
            kept_words(found.timeline),
            *self.axis_words(found.timeline, found.density),
        )

    @staticmethod
    def _says(found: Drift) -> str:
        text = METRICS["maxDriftEstimate"].text
        saved = f"saved {text(found.saved_max)}, summed {text(found.saved_cumulative)}"
        if found.saved_max != found.saved_max:
            saved = "no drift saved"
        return f"{saved} · here {text(found.span)}"

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        header = ("start_s", "stop_s", "spikes", "median_depth_um")
        found = self.drawn
        if found is None:
            return header, []
        edges = found.edges.tolist()
        columns = (edges[:-1], edges[1:], found.counts.tolist(), found.medians.tolist())
        return header, [tuple(row) for row in zip(*columns, strict=True)]


def _steps(found: Drift, per_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the medians as a line of steps, broken where a bin is empty."""
    if not len(found.medians):
        return np.empty(0), np.empty(0)
    x = np.repeat(found.edges / per_s, 2)[1:-1]
    return x, np.repeat(found.medians, 2)
