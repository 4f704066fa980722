"""The wheel zooms and a double click resets, in every plot of every panel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QWidget
from qt_fixtures import settle

from bcviewer.frame.window import Window
from bcviewer.widgets.base.panel import Panel
from bcviewer.widgets.chrome.docks import DOCKS
from bcviewer.widgets.drawing.zoom import Zooming, scrolls
from bcviewer.widgets.drawing.zoom_plot import ZoomPlot

NO_PLOT = {"suggestions", "comparison", "why", "cost", "similar", "stretch", "review", "history"}
"""Panels of text: they have nothing to zoom."""
UP, DOWN = 120, -120
CTRL = Qt.KeyboardModifier.ControlModifier
PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def window(open_window: Any) -> Window:
    return open_window("demo")


def face(plot: QWidget) -> QWidget:
    """Return what of a plot the mouse is over."""
    return plot.viewport() if isinstance(plot, QAbstractScrollArea) else plot


def turn(plot: QWidget, by: int, held: Qt.KeyboardModifier, place: QPoint | None = None) -> None:
    """Turn the wheel by a notch over the middle of a plot."""
    target = face(plot)
    at = place or target.visibleRegion().boundingRect().center()
    window = target.window()
    on_screen = QPointF(target.mapTo(window, at))
    QTest.wheelEvent(window.windowHandle(), on_screen, QPoint(0, by), QPoint(0, 0), held)
    settle()


def double_click(plot: QWidget) -> None:
    target = face(plot)
    at = target.visibleRegion().boundingRect().center()
    QTest.mouseDClick(target, Qt.MouseButton.LeftButton, PLAIN, at)
    settle()


def picture(plot: QWidget) -> QImage:
    size = QRect(QPoint(0, 0), plot.size())
    return plot.grab(size).toImage()


def shown(window: Window, key: str) -> Panel:
    panel = window.panels[key]
    window.docks[key].show()
    window.docks[key].raise_()
    settle()
    panel.settle()
    assert window.session.wait_idle(20_000)
    settle()
    return panel


def plots_of(panel: Panel) -> list[QWidget]:
    """Return the plots of a panel that are on screen with something drawn."""
    found = [w for w in panel.findChildren(QWidget) if isinstance(w, Zooming)]
    return [w for w in found if w.isVisible() and not face(w).visibleRegion().isEmpty()]


@pytest.mark.long
def test_every_plot_is_zoomed_by_the_wheel_and_reset_by_a_double_click(window: Window) -> None:
    window.session.set_current(int(window.session.view.rows[4]))
    zoomed = set()
    for spec in DOCKS:
        panel = shown(window, spec.key)
        plots = plots_of(panel)
        assert bool(plots) != (spec.key in NO_PLOT), spec.key
        cover = getattr(panel, "cover", None)
        if cover is not None and not cover.isHidden():
            continue  # nothing is drawn of this unit
        for plot in plots:
            double_click(plot)  # whatever its dock's neighbours still take or give is settled then
            before = picture(plot)
            turn(plot, UP, CTRL)
            turn(plot, UP, CTRL)
            assert picture(plot) != before, (spec.key, plot)
            double_click(plot)
            assert picture(plot).size() == before.size(), (spec.key, plot)
            if isinstance(plot, ZoomPlot):
                assert all(plot.ends(axis) == plot.home(axis) for axis in (0, 1)), spec.key
            zoomed.add(spec.key)
        window.session.set_filter("")
    assert len(zoomed) >= 16, zoomed


def test_the_plain_wheel_zooms_and_where_there_is_more_it_scrolls(window: Window) -> None:
    panel = shown(window, "correlogram")
    (plot,) = plots_of(panel)
    assert not scrolls(plot)
    low, high = plot.ends(0)
    turn(plot, UP, PLAIN)
    assert plot.ends(0)[1] - plot.ends(0)[0] == pytest.approx((high - low) / 1.25)
    for _ in range(3):
        turn(plot, DOWN, PLAIN)
    assert plot.ends(0) == (low, high), "nothing is beyond what is shown"
    histograms = shown(window, "histograms")
    (canvas,) = plots_of(histograms)
    assert scrolls(canvas)
    turn(canvas, DOWN, PLAIN)
    assert canvas.zoom == 1.0
    assert histograms.area.verticalScrollBar().value() > 0


def test_over_an_axis_only_that_one_is_zoomed_and_the_middle_button_moves(window: Window) -> None:
    (plot,) = plots_of(shown(window, "correlogram"))
    across, up = plot.ends(0), plot.ends(1)
    area = plot.getPlotItem().getViewBox().sceneBoundingRect()
    turn(plot, UP, PLAIN, QPoint(round(area.center().x()), plot.height() - 4))
    assert plot.ends(1) == up
    assert plot.ends(0) != across
    near = plot.ends(0)
    middle, hold = area.center().toPoint(), Qt.MouseButton.MiddleButton
    QTest.mousePress(plot.viewport(), hold, PLAIN, middle)
    QTest.mouseMove(plot.viewport(), middle + QPoint(10, 0))
    QTest.mouseRelease(plot.viewport(), hold, PLAIN, middle + QPoint(10, 0))
    assert plot.ends(0)[0] < near[0]
    assert plot.ends(0)[1] - plot.ends(0)[0] == pytest.approx(near[1] - near[0])
    double_click(plot)
    assert plot.ends(0) == across


def test_a_zoom_stays_at_a_step_where_the_axis_is_the_same(window: Window) -> None:
    panel = shown(window, "amplitudes")
    plot = next(p for p in plots_of(panel) if isinstance(p, ZoomPlot))
    turn(plot, UP, PLAIN)
    near = plot.ends(0)
    strip = picture(panel.strip)
    window.session.set_current(int(window.session.view.rows[3]))
    assert window.session.wait_idle(20_000)
    settle()
    assert plot.ends(0) == near
    assert picture(panel.strip) != strip
    left, right = plot.session_area()
    assert right - left > plot.time_area()[1] - plot.time_area()[0]
    double_click(panel.strip)
    assert plot.ends(0) == plot.home(0)
    assert plot.session_area() == pytest.approx(plot.time_area())


@pytest.mark.slow
def test_the_metrics_layout_shows_eight_histograms_and_where_the_data_end(
    shared_window: Any,
) -> None:
    window = shared_window("demo")
    window.show_layout("metrics")
    window.resize(1440, 900)
    panel, scatter = window.panels["histograms"], window.panels["scatter"]
    settle()
    settle()
    room = panel.area.viewport().rect()
    whole = [i for i in panel.items.values() if room.contains(_place(i, panel))]
    assert len(whole) >= 8
    assert all(item.places.plot.height() > 40 for item in whole)
    scatter.choose("waveformDuration_peakTrough", "maxDriftEstimate")
    settle()
    x, y = scatter.drawn.x, scatter.drawn.y
    for values, (low, high) in zip(
        (x, y), (scatter.plot.ends(0), scatter.plot.ends(1)), strict=True
    ):
        span = np.ptp(values)
        assert values.min() - 0.5 * span < low <= values.min()
        assert values.max() <= high < values.max() + 0.5 * span
    far = [limit for limit in scatter.plot.limits if limit.place > scatter.plot.ends(1)[1]]
    assert far, "100 µm of drift is far above all units, and is named at the edge"


def _place(item: Any, panel: Any) -> QRect:
    corner = panel.canvas.mapTo(panel.area.viewport(), item.pos().toPoint())
    return QRect(corner, item.size.toSize())
