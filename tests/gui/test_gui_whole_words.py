"""Every tab, note, header and name is whole at 1280 x 720, in every layout and behind every tab."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QTabBar
from qt_fixtures import press, settle

from bcviewer.frame.window import Window
from bcviewer.widgets.base.panel import Panel
from bcviewer.widgets.chrome.docks import DOCKS, LAYOUTS
from bcviewer.widgets.drawing.plots import RowAxis, RowPlot
from bcviewer.widgets.drawing.still_label import StillLabel
from bcviewer.widgets.drawing.zoom_plot import ZoomPlot
from bcviewer.widgets.table.plain_cell import CELL_PADDING
from bcviewer.widgets.table.whole_texts import CUT, fitting_reason, seen_part

pytestmark = pytest.mark.long  # it opens every panel of every layout


@pytest.fixture
def window(shared_window: Any) -> Window:
    made: Window = shared_window("demo")
    made.resize(1280, 720)
    settle()
    return made


def bars(window: Window) -> list[QTabBar]:
    """Return the bars of tabs that are on screen."""
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    found = [bar for bar in window.findChildren(QTabBar, options=direct) if bar.isVisible()]
    return [bar for bar in found if bar.count()]


def in_front(window: Window, layout: str) -> Iterator[Panel]:
    """Show a layout, and yield its panels: those in front, then those behind, drawn."""
    window.show_layout(layout)
    keys = [spec.key for spec in DOCKS if spec.place(layout) is not None]
    for key in keys:
        panel = window.panels[key]
        window.docks[key].raise_()
        settle()
        assert window.session.wait_idle(20_000)
        settle()
        assert panel.isVisible(), key
        yield panel


@pytest.mark.parametrize("layout", [spec.key for spec in LAYOUTS])
def test_every_dock_that_shares_its_place_has_a_tab_that_is_whole(
    window: Window, layout: str
) -> None:
    """Seen in the Overview: “Failure s…”, “MUA famili…”."""
    window.show_layout(layout)
    settle()
    window.grab()  # the letters are chosen when tabs are painted
    settle()
    docks = [window.docks[spec.key] for spec in DOCKS if spec.place(layout) is not None]
    behind = {d.windowTitle() for d in docks if window.tabifiedDockWidgets(d)}
    assert {bar.tabText(i) for bar in bars(window) for i in range(bar.count())} == behind
    for bar in bars(window):
        for i in range(bar.count()):
            room = bar.tabRect(i).width() - 12
            assert bar.fontMetrics().horizontalAdvance(bar.tabText(i)) <= room, bar.tabText(i)
            assert bar.tabRect(i).right() <= bar.width()


@pytest.mark.parametrize("layout", [spec.key for spec in LAYOUTS])
def test_no_tab_moves_what_is_beside_it(window: Window, layout: str) -> None:
    """Seen in Evidence: 50 pixels, once *Contamination* was built; in Metrics, *Suggestions*."""
    window.show_layout(layout)
    settle()
    placed = [spec for spec in DOCKS if spec.place(layout) is not None]
    cells: dict[object, set[tuple[int, int]]] = {}
    for _ in range(2):
        for spec in placed:
            dock, place = window.docks[spec.key], spec.place(layout)
            assert place is not None
            window.panels[spec.key]
            dock.raise_()
            settle()
            here = (place.column, place.row, place.part)
            cells.setdefault(here, set()).add((dock.y(), dock.height()))
    assert all(len(found) == 1 for found in cells.values()), cells


def cut_names(panel: Panel) -> list[str]:
    axes = [axis for plot in panel.findChildren(RowPlot) for axis in (plot.names, plot.values)]
    assert all(isinstance(axis, RowAxis) for axis in axes)
    return [text for axis in axes if axis.isVisible() for text in axis.texts if CUT in text]


@pytest.mark.parametrize("layout", [spec.key for spec in LAYOUTS])
def test_notes_labels_and_names_of_rows_are_whole(window: Window, layout: str) -> None:
    for panel in in_front(window, layout):
        for note in panel.findChildren(StillLabel):
            assert not note.isVisible() or note.fits(), (panel.title, note.text())
        for label in panel.findChildren(QLabel):
            plain = label.isVisible() and not label.wordWrap()
            assert not plain or label.width() >= label.sizeHint().width(), label.text()
        assert cut_names(panel) == [], panel.title


@pytest.mark.parametrize("layout", [spec.key for spec in LAYOUTS])
def test_the_table_ends_with_a_column_that_is_whole(window: Window, layout: str) -> None:
    """Seen: a column of “…”, a few pixels wide."""
    window.show_layout(layout)
    settle()
    table = window.unit_table
    right = table.viewport().width()
    for section in table.shown_sections():
        left, wide = table.columnViewportPosition(section), table.columnWidth(section)
        assert left >= right or left + wide <= right, table.unit_model.columns[section]
        if left < right:
            title = table.unit_model.headerData(section, Qt.Orientation.Horizontal)
            place = table.visualRect(table.unit_model.index(0, section))
            advance = table.horizontalHeader().fontMetrics().horizontalAdvance(title)
            assert seen_part(place, advance, False, (0, right - 1)) is None, title


@pytest.mark.parametrize("layout", [spec.key for spec in LAYOUTS])
def test_reasons_are_said_in_whole_words(window: Window, layout: str) -> None:
    """Seen at 1280: “main p…”, “peaks …”, “trough…”."""
    window.show_layout(layout)
    settle()
    table, sheet = window.unit_table, window.session.scene.sheet
    assert sheet is not None
    section = table.unit_model.columns.index("reason")
    place, right = table.columnViewportPosition(section), table.viewport().width()
    room = min(table.columnWidth(section), right - place) - CELL_PADDING
    metrics = table.fontMetrics()
    said = {
        fitting_reason(text, metrics.horizontalAdvance, room)
        for text in sheet.codes("reason")[1].tolist()
    }
    assert len(said) > 5
    assert [text for text in said if metrics.horizontalAdvance(text) > room] == []


@pytest.mark.parametrize("layout", ["metrics", "evidence"])
def test_no_plot_is_lower_than_its_titles_need(window: Window, layout: str) -> None:
    """Seen: 55 pixels of *Two metrics*; half a line of “refractory period τR (ms)”."""
    n = 0
    for panel in in_front(window, layout):
        for plot in panel.findChildren(ZoomPlot):
            if plot.isVisible():
                n += 1
                assert plot.height() >= plot.minimumHeight(), panel.title
                assert panel.rect().contains(plot.mapTo(panel, plot.rect().bottomRight()))
    assert n > 1
    assert layout == "evidence" or window.panels["scatter"].plot.height() >= 120


def test_before_the_first_similar_unit_is_what_pair_covers(window: Window) -> None:
    window.show_layout("unit")
    window.unit_table.setFocus()
    press(window, "S", "S")
    settle()
    assert window.docked.is_in_front("pair")
    press(window, "Shift+S")
    settle()
    assert window.docked.is_in_front("pair")
    assert window.session.scene.beside_place == 0
    press(window, "Shift+S")
    settle()
    assert not window.docked.is_in_front("pair")
    assert window.docked.is_in_front("amplitudes")
    press(window, "S")
    settle()
    assert window.docked.is_in_front("pair")
