"""The layouts in the real window: proportions at any size, marked, remembered; chips; title."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from paint_recorder import PaintRecorder
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QTabBar, QToolButton
from qt_fixtures import press, settle
from shared_window import rest

from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.frame import layouts
from bcviewer.frame.window import Window
from bcviewer.widgets.chrome.docks import LAYOUTS
from bcviewer.widgets.chrome.shares import ENOUGH_DOCKS
from bcviewer.widgets.drawing.tips import plain_tip

NEAR = 6
"""Pixels that rounding may cost."""


@pytest.fixture
def window(shared_window: Any) -> Window:
    return shared_window("demo")


def resized(window: Window, width: int, height: int = 900) -> None:
    window.resize(QSize(width, height))
    rest(window)


def table_width(window: Window) -> int:
    return window.centralWidget().width()


def sizes(window: Window) -> dict[str, tuple[int, int]]:
    docks = window.docks.items()
    return {key: (d.width(), d.height()) for key, d in docks if not d.isHidden()}


def alike(one: dict[str, tuple[int, int]], other: dict[str, tuple[int, int]]) -> bool:
    return one.keys() == other.keys() and all(
        abs(a - b) <= NEAR for key in one for a, b in zip(one[key], other[key], strict=True)
    )


def drag(window: Window, by: int) -> None:
    """Drag what lies between the table and the docks."""
    start = QPoint(table_width(window) + 2, window.centralWidget().geometry().center().y())
    kinds, left = QEvent.Type, Qt.MouseButton.LeftButton
    for kind, x, held in (
        (kinds.MouseMove, 0, Qt.MouseButton.NoButton),
        (kinds.MouseButtonPress, 0, left),
        (kinds.MouseMove, by // 2, left),
        (kinds.MouseMove, by, left),
        (kinds.MouseButtonRelease, by, Qt.MouseButton.NoButton),
    ):
        place = QPointF(start + QPoint(x, 0))
        button = Qt.MouseButton.NoButton if kind == kinds.MouseMove else left
        none = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, place, window.mapToGlobal(place), button, held, none)
        QApplication.sendEvent(window, event)
        settle()


# -- proportions -----------------------------------------------------------------------------


@pytest.mark.slow
def test_the_table_has_what_its_columns_need_and_the_evidence_the_rest(window: Window) -> None:
    needed, whole, _ = window.unit_table.wanted_widths()
    resized(window, 2000)
    assert abs(table_width(window) - needed) <= NEAR
    resized(window, 2400)  # where the docks have enough, reasons become whole
    assert abs(table_width(window) - min(whole, 2400 - ENOUGH_DOCKS)) <= NEAR
    resized(window, 1440)
    assert table_width(window) <= 720 + NEAR
    assert window.unit_table.horizontalScrollBar().maximum() == 0  # all columns are seen
    resized(window, 1000)
    assert table_width(window) <= 500 + NEAR


@pytest.mark.slow
@pytest.mark.parametrize("layout", [spec.key for spec in LAYOUTS])
def test_narrow_and_wide_again_is_as_it_was(window: Window, layout: str) -> None:
    window.show_layout(layout)
    resized(window, 1500)
    before, table = sizes(window), table_width(window)
    resized(window, 800, 600)
    resized(window, 1500)
    assert alike(sizes(window), before)
    assert abs(table_width(window) - table) <= NEAR


@pytest.mark.long
def test_step_by_step_as_at_once(window: Window) -> None:
    resized(window, 1800)
    before = sizes(window)
    for width in range(1700, 900, -97):
        resized(window, width)
    resized(window, 1800)
    assert alike(sizes(window), before)


@pytest.mark.slow
def test_what_the_person_dragged_stays_in_proportion_and_the_key_gives_it_back(
    window: Window,
) -> None:
    resized(window, 1440)
    start, table = sizes(window), table_width(window)
    drag(window, -180)
    assert abs(table_width(window) - (table - 180)) <= NEAR
    share = table_width(window) / 1440
    resized(window, 2000)
    assert abs(table_width(window) - share * 2000) <= NEAR
    resized(window, 1440)
    assert abs(table_width(window) - (table - 180)) <= NEAR
    press(window, "F2")
    settle()
    assert alike(sizes(window), start)
    assert window.layouts.shares is None


@pytest.mark.long
def test_what_was_dragged_is_there_again_at_the_next_start(open_window: Any) -> None:
    first = open_window("demo")
    rest(first)  # the table has what its columns need
    width = first.width()  # no more than the screen has
    before = table_width(first)
    drag(first, 30)  # what the docks can spare on a small screen, whatever they say
    rest(first)
    share = table_width(first) / width
    assert abs(table_width(first) - (before + 30)) <= NEAR
    first.close()
    second = open_window("demo")
    rest(second)
    assert second.width() == width
    assert abs(table_width(second) - share * width) <= NEAR
    resized(second, 2000)
    assert abs(table_width(second) - share * 2000) <= NEAR


@pytest.mark.slow
def test_a_dock_that_was_closed_leaves_the_others_in_proportion(window: Window) -> None:
    resized(window, 1440)
    window.docks["amplitudes"].close()
    settle()
    before = sizes(window)
    resized(window, 1000, 700)
    resized(window, 1440)
    assert alike(sizes(window), before)


@pytest.mark.slow
def test_with_the_last_dock_closed_the_persons_sizes_are_kept(window: Window) -> None:
    window.show_layout("unit")
    resized(window, 1440)
    drag(window, -60)
    settle()
    chosen = window.layouts.shares
    assert chosen is not None
    for dock in window.docks.values():
        dock.hide()
    settle()
    assert window.layouts.shares is not None
    assert window.layouts.shares.table == chosen.table


@pytest.mark.slow
def test_columns_that_need_more_get_it(window: Window) -> None:
    resized(window, 2400)
    before = table_width(window)
    table = window.unit_table
    table.set_shown_columns([*table.shown_columns(), "rawAmplitude", "ks_label"])
    settle()
    assert table_width(window) > before + 50
    needed, whole, _ = table.wanted_widths()
    assert needed - NEAR <= table_width(window) <= whole + NEAR


# -- what is in use --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["metrics", pytest.param("overview", marks=pytest.mark.slow)])
def test_the_queues_bar_widens_no_table(window: Window, name: str) -> None:
    resized(window, 1440)
    window.show_layout(name)
    settle()
    alone, bar = table_width(window), window.queue_bar
    window.session.set_queue(QueueSpec("random", 20, seed=1))
    settle()
    resized(window, 1440)
    assert bar.isVisible()
    assert table_width(window) == alone
    for widget in (bar.words, bar.go, bar.end, bar.new):
        assert bar.rect().contains(widget.geometry()), widget.objectName()
    assert bar.words.width() >= bar.words.sizeHint().width(), "not elided"
    assert bar.minimumSizeHint().width() < 300
    window.session.set_queue(None)


def test_no_tab_that_is_raised_widens_the_docks(window: Window) -> None:
    """Seen: *Label sources* took 105 pixels of the table, and did not give them back."""
    resized(window, 956)
    press(window, "F7")
    settle()
    alone = table_width(window)
    there = [dock for dock in window.docks.values() if not dock.isHidden()]
    assert window.docks["sources"] in there
    for dock in there:
        dock.raise_()
        settle()
        assert table_width(window) == alone, dock.objectName()


@pytest.mark.slow
def test_the_layout_in_use_is_marked(window: Window) -> None:
    def marked() -> list[str]:
        by_key = window.actions_by_key.by_key
        return [s.key for s in LAYOUTS if by_key[f"layout_{s.key}"].isChecked()]

    assert marked() == ["unit"]
    press(window, "F3")
    assert marked() == ["overview"]
    press(window, "F3")  # once more: it is still the one
    assert marked() == ["overview"]


@pytest.mark.slow
def test_the_chips_are_in_one_row_but_in_a_narrow_window(window: Window) -> None:
    def rows() -> int:
        chips = window.filter_bar.chips.findChildren(QToolButton)
        return len({chip.y() for chip in chips if chip.isVisible()})

    for width in (2000, 1440, 1100):
        resized(window, width)
        assert rows() == 1, width
    resized(window, 700)
    assert rows() > 1
    chips = window.filter_bar.chips
    last = max(c.geometry().bottom() for c in chips.findChildren(QToolButton) if c.isVisible())
    assert last <= chips.height()
    resized(window, 1440)
    assert rows() == 1
    assert chips.height() < 40


@pytest.mark.slow
def test_the_title_names_recording_probe_and_mode(window: Window) -> None:
    assert window.windowTitle() == "Demo_20260201_session001 · A · batch – bcviewer"


@pytest.mark.long
def test_no_tabs_of_another_layout_stay_on_screen(window: Window) -> None:
    """Qt takes other tab bars for a layout that is put back, and left the former ones there."""

    def tabs() -> list[str]:
        settle()
        return sorted(bar.tabText(0) for bar in window.findChildren(QTabBar) if bar.isVisible())

    names = [spec.key for spec in LAYOUTS][:4]
    first = {}
    for name in names:
        window.show_layout(name)
        first[name] = tabs()
    for name in names:
        window.show_layout(name)
        assert tabs() == first[name], name


@pytest.mark.parametrize("way", ["layout", "columns", "chips", "bar"])
def test_panels_that_move_are_painted_in_turns(window: Window, qtbot: Any, way: str) -> None:
    """All in one frame took longer than the window may be silent."""
    resized(window, 2400)
    window.show_layout("metrics")
    rest(window)
    window.show_layout("unit")
    rest(window)
    table, chips = window.unit_table, window.filter_bar.chips
    acts: dict[str, Callable[[], object]] = {
        "layout": lambda: window.show_layout("metrics"),
        "columns": lambda: table.set_shown_columns(
            [*table.shown_columns(), "rawAmplitude", "ks_label"]
        ),
        # of a second line: the bar gets higher, and all below it moves
        "chips": lambda: chips.queue.setText("review queue " + "0" * 220),
        "bar": lambda: bar.show(),
    }
    chips.queue.show()
    window.addToolBarBreak()
    bar = window.addToolBar("another")
    bar.setObjectName("another")
    bar.addAction("x")
    bar.hide()
    rest(window)
    window.repaint()  # else nothing of what is there may stay
    with PaintRecorder(window) as recorder:
        QTimer.singleShot(0, acts[way])

        def are_painted() -> bool:
            seen = {key for key, panel in window.panels.items() if panel.seen}
            return len(seen) >= 3 and seen == {*recorder.frames}

        qtbot.waitUntil(are_painted)
    assert max(map(len, recorder.turns)) == 1, "one in a frame"
    window.removeToolBar(bar)
    bar.deleteLater()
    chips.queue.hide()
    rest(window)


def test_what_is_below_the_chips_is_held_before_they_get_a_second_line(window: Window) -> None:
    """Else all of it is laid out first, in the same turn."""
    resized(window, 1280)
    window.show_layout("unit")
    rest(window)
    chips, why = window.filter_bar.chips, window.docks["why"]
    tops: list[int] = []
    chips.moving.connect(lambda: tops.append(why.y()))
    before = why.y()
    chips.queue.show()
    chips.queue.setText("review queue " + "0" * 120)
    rest(window)
    after = why.y()
    chips.queue.hide()
    rest(window)
    assert after > before == why.y()
    assert tops == [before, after]


def test_a_tab_that_is_raised_moves_nothing(window: Window) -> None:
    moves: list[None] = []
    window.show_layout("unit")
    rest(window)
    window.layouts.moved.connect(lambda: moves.append(None))
    for key in ("thresholds", "why", "similar", "correlogram"):
        window.docked.raise_dock(key)
        rest(window)
    assert not moves


def test_a_layout_waits_for_a_hand_that_drags_a_dock(
    window: Window, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: to put the docks in their places meanwhile ended the program, within Qt."""
    looked, is_held = list[bool](), layouts.is_held

    def look() -> bool:
        looked.append(is_held())
        return looked[-1]

    monkeypatch.setattr(layouts, "is_held", look)
    for key in ("F3", "F2"):  # both are remembered
        press(window, key)
        rest(window)
    dock, kinds, left = window.docks["why"], QEvent.Type, Qt.MouseButton.LeftButton

    def mouse(kind: QEvent.Type, by: int, held: Qt.MouseButton = left) -> None:
        place = QPointF(30 + by, 8 + by)
        button = Qt.MouseButton.NoButton if kind == kinds.MouseMove else left
        none = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, place, dock.mapToGlobal(place), button, held, none)
        QApplication.sendEvent(dock, event)
        settle()

    mouse(kinds.MouseButtonPress, 0)
    for by in (10, 40, 90, 140):
        mouse(kinds.MouseMove, by)
    assert dock.isFloating()
    try:
        press(window, "F4", "F3")
        looked.clear()
        qtbot.waitUntil(lambda: len(looked) > 2)
        assert window.layouts.name == "unit"
    finally:
        mouse(kinds.MouseButtonRelease, 140, Qt.MouseButton.NoButton)
    qtbot.waitUntil(lambda: window.layouts.name == "overview")  # the last one asked for
    rest(window)


def test_nothing_is_shared_out_while_docks_are_put_back(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, put_back = QMainWindow.restoreState, [False]
    shared_out: list[bool] = []

    def restored(self: QMainWindow, *state: Any) -> bool:
        put_back[0] = True
        QApplication.sendEvent(self, QResizeEvent(self.size(), QSize(1, 1)))
        known = real(self, *state)
        put_back[0] = False
        return known

    for name in ("resize", "share_out"):
        monkeypatch.setattr(layouts, name, lambda *_: shared_out.append(put_back[0]))
    monkeypatch.setattr(Window, "restoreState", restored)
    press(window, "F3", "F2")
    settle()
    assert shared_out
    assert not any(shared_out)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1280, 800), (1440, 900)])
def test_all_that_thresholds_cost_is_in_sight_beside_the_histograms(
    window: Window, size: tuple[int, int]
) -> None:
    """Seen at 1440: eight of 22 thresholds, under the histograms that they are about."""
    window.show_layout("metrics")
    resized(window, *size)
    window.docked.show("cost")
    settle()
    panel = window.panels["cost"]
    panel.settle()
    settle()
    view = panel.view
    assert len(panel.model.rows) > 20
    last = view.visualRect(view.model().index(len(panel.model.rows) - 1, 0))
    assert view.viewport().rect().contains(last)
    assert window.docked.is_in_front("histograms")
    window.docked.show("suggestions")
    assert window.docked.is_in_front("histograms")
    assert not window.docked.is_in_front("cost")
    window.docked.show("probe")
    window.layouts.reset()


def test_at_half_a_screen_no_layout_widens_the_window(window: Window) -> None:
    """Seen beside phy in a blind review: F3 made it 1034 pixels wide, and so it stayed."""
    window.session.set_queue(QueueSpec("random", 10, seed=7, blind=True))
    resized(window, 960)
    for number in range(2, 9):
        press(window, f"F{number}")
        rest(window)
        assert window.width() == 960, number
    press(window, "F3")
    rest(window)
    note = window.panels["heatmap"].note
    assert note.text().endswith(" units, 10 hidden")
    shown = note.fitted(note.width())
    assert shown.startswith(note.text().split(" ")[0])  # of how many is whole
    assert shown.endswith("…")
    assert note.toolTip().startswith(plain_tip(note.text()).removesuffix("</p>"))
