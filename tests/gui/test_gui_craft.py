"""The craft of the plots in the real window: titles, legends and texts at 1280 x 720 and above."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QWidget
from qt_fixtures import settle

from bcviewer.frame.window import Window
from bcviewer.widgets.base.caption import Caption
from bcviewer.widgets.base.evidence_panel import EvidencePanel
from bcviewer.widgets.base.fact_line import FactLine
from bcviewer.widgets.drawing.legend import PEN_STYLE, LegendLine
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.trace_axis import TraceAxis
from bcviewer.widgets.drawing.trace_plot import TracePlot
from bcviewer.widgets.unit.contamination_panel import ContaminationPanel
from bcviewer.widgets.unit.waveform_plots import PeakPlot

TITLE = re.compile(r"[a-z][a-zτR ]+( \((s|min|ms|µm|a\.u\.|%)\))?")
"""Whole words, and a unit in brackets."""
EVIDENCE = (
    "waveform",
    "decay",
    "correlogram",
    "isi",
    "contamination",
    "amplitudes",
    "amplitude_fit",
)
NAMED_BY_AXIS = {"contamination"}
"""Their black line is what the title of the axis says."""


@pytest.fixture
def window(open_window: Any, helper_at_once: None) -> Window:
    """Return a window that asks bombcell: what it counts is drawn, too."""
    return open_window("demo")


@pytest.mark.long
def test_titles_legends_and_texts_of_the_evidence(window: Window) -> None:
    titles_are_whole_words_and_all_of_them_is_seen(window)
    nothing_lies_over_the_waveform(window)
    every_line_has_an_entry_in_the_legend(window)
    texts_under_plots_are_not_cut_off(window)


def seen(window: Window, key: str, width: int, height: int) -> EvidencePanel:
    """Return a panel of the Evidence layout, as it is drawn in a window of that size."""
    window.show_layout("evidence")
    window.resize(width, height)
    panel = window.panels[key]
    window.docks[key].raise_()
    settle()
    panel.settle()
    assert window.session.wait_idle(20_000)
    settle()
    assert isinstance(panel, EvidencePanel)
    assert panel.seen
    assert panel.drawn_row == window.session.current, panel.cover.words
    return panel


def axes(panel: EvidencePanel) -> Iterator[tuple[TracePlot, TraceAxis]]:
    for plot in panel.findChildren(TracePlot):
        for name in ("left", "bottom"):
            axis = plot.getAxis(name)
            if axis.isVisible():
                yield plot, axis


def titles_are_whole_words_and_all_of_them_is_seen(window: Window) -> None:
    for plot, axis in (pair for key in EVIDENCE for pair in axes(seen(window, key, 1280, 720))):
        across = axis.orientation == "bottom"
        if across and not axis.numbered:
            continue  # the plot below has the same axis, with its title
        assert TITLE.fullmatch(axis.title), axis.title
        metrics = QFontMetricsF(axis.small())
        if across:
            assert metrics.horizontalAdvance(axis.title) <= axis.width()
            assert axis.height() >= axis.height_below()
            continue
        texts = [text for _, text in axis.laid_out(*axis.range, axis.height())]
        widest = max(map(QFontMetricsF(axis.font()).horizontalAdvance, texts))
        lines, start, wide = axis.upright(axis.height(), axis.width() - 6 - widest)
        assert " ".join(lines) == axis.title
        assert len(lines) * (metrics.height() - 2) <= axis.width() - 6 - widest + 2
        place = axis.mapRectToScene(QRectF(0, start, 10, wide))
        assert QRectF(plot.rect()).adjusted(-1, -1, 1, 1).contains(place)


def pens(panel: EvidencePanel) -> Iterator[tuple[str, Qt.PenStyle]]:
    """Yield colour and style of each line that is drawn in a panel's plots."""
    grid = theme().grid.lower()
    for plot in panel.findChildren(TracePlot):
        for item in plot.getPlotItem().items:
            if not item.isVisible() or not isinstance(item, (pg.PlotCurveItem, pg.InfiniteLine)):
                continue
            if isinstance(item, pg.PlotCurveItem) and not len(item.getData()[0]):
                continue
            pen = pg.mkPen(item.opts["pen"]) if hasattr(item, "opts") else item.pen
            if pen.style() != Qt.PenStyle.NoPen and pen.color().name() != grid:
                yield pen.color().name(), pen.style()


def every_line_has_an_entry_in_the_legend(window: Window) -> None:
    for key in EVIDENCE:
        if key == "decay":
            continue  # it has a legend of its own, with a test of its own
        panel = seen(window, key, 1440, 900)
        said = {
            (entry.color.lower(), PEN_STYLE.get(entry.stroke, Qt.PenStyle.SolidLine))
            for legend in panel.findChildren(LegendLine)
            for entry in legend.entries
        }
        drawn = set(pens(panel))
        if key in NAMED_BY_AXIS:
            drawn.discard((theme().text.lower(), Qt.PenStyle.SolidLine))
        assert drawn <= said, key


def nothing_lies_over_the_waveform(window: Window) -> None:
    window.show_layout("unit")
    window.resize(1280, 720)
    panel = window.panels["waveform"]
    durations = 0
    for row in window.session.view.rows[:6].tolist():
        window.session.set_current(row)
        assert window.session.wait_idle(20_000)
        settle()
        for plot in panel.findChildren(TracePlot):
            area = plot.area()
            assert not plot.text_below().intersects(area)
            assert area.right() <= plot.width() - plot.text_below().height() - 4
            assert plot.text_below().bottom() <= plot.height()
            if isinstance(plot, PeakPlot) and len(plot.marks.duration):
                durations += 1
                words = plot.words_area()
                assert not words.intersects(plot.text_below())
                assert words.top() >= plot.text_below().top()  # the bar itself is above
                assert not words.intersects(area)
                assert words.bottom() <= plot.height()
    assert durations > 3


def needs_its_room(panel: EvidencePanel, caption: QWidget) -> bool:
    """Whether sentences are cut off for the plots they are about: a line more, and these lack it.

    The verdict is in the head, and all of the sentences are in the tool tip.
    """
    if not isinstance(panel, ContaminationPanel) or caption is not panel.words:
        return False
    line = caption.fontMetrics().lineSpacing()
    return panel.counts.height() + panel.levels.height() < 2 * 62 + 2 * line


def texts_under_plots_are_not_cut_off(window: Window) -> None:
    for key in EVIDENCE:
        panel = seen(window, key, 1440, 900)
        for row in window.session.view.rows[::20].tolist():
            window.session.set_current(row)
            assert window.session.wait_idle(20_000)
            settle()
            for caption in (*panel.findChildren(Caption), *panel.findChildren(FactLine)):
                assert caption.fits() or needs_its_room(panel, caption), caption.text
            for legend in panel.findChildren(LegendLine):
                for entry, place, _ in legend.places():
                    assert place.right() <= legend.width(), entry
                    assert place.bottom() <= legend.height() or not legend.isVisible(), entry
