"""The tour in the real window: by keys, at what is really there, ended by Esc or by working."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from qt_fixtures import WAIT_MS, click, press, settle

from bcviewer.app.prefs import Prefs
from bcviewer.errors import UserError
from bcviewer.frame.window import Window
from bcviewer.widgets.chrome.tour import STOPS, Tour, words_of

# Most build panels that the window has not shown.
pytestmark = pytest.mark.slow


def built(window: Window) -> None:
    """Build what the tour brings and who does commands: then tests can share the window."""
    list(window.actions_by_key.groups())
    for key in ("thresholds", "why"):
        window.docked.show(key)
        settle()


def begun(window: Window) -> Tour:
    window.actions_by_key.by_key["tour"].trigger()
    settle()
    return the_tour(window)


def the_tour(window: Window) -> Tour:
    (tour,) = window.findChildren(Tour)
    return tour


def key(window: Window, which: Qt.Key) -> None:
    """Press a key where the focus is."""
    QTest.keyClick(window.focusWidget(), which)
    settle()


def place_of(window: Window, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def test_a_first_start_offers_the_tour_which_opens_the_demo_and_is_offered_once(
    open_window: Any, qtbot: Any
) -> None:
    window = open_window()
    button = window.findChild(QPushButton, "welcomeTour")
    assert button.isVisible()
    click(button, button.rect().center())
    assert window.session.wait_idle(WAIT_MS)
    qtbot.waitUntil(lambda: bool(window.findChildren(Tour)), timeout=WAIT_MS)
    tour = the_tour(window)
    assert window.focusWidget() is tour
    assert window.session.table.n_units == 39
    key(window, Qt.Key.Key_Escape)
    assert window.findChildren(Tour) == []
    assert window.focusWidget() is window.unit_table
    again = open_window()
    assert not again.findChild(QPushButton, "welcomeTour").isVisible()


@pytest.mark.long
def test_each_stop_points_at_what_is_there_and_enter_leads_to_the_end(shared_window: Any) -> None:
    window = shared_window("demo", ready=built)
    tour = begun(window)
    for number, stop in enumerate(STOPS, 1):
        settle()
        assert tour.title == f"{number} of 6   {stop.title}"
        assert tour.words == words_of(stop)
        assert tour.words in tour.accessibleName()
        targets = [window.findChild(QWidget, name) for name in stop.places]
        whole = QRect()
        for target in targets:
            assert target.isVisible()
            whole = whole.united(place_of(window, target))
        outline = window.findChild(QWidget, "tourOutline")
        assert outline.geometry() == tour.pointed_at == whole.intersected(window.rect())
        assert not tour.geometry().intersects(whole)
        assert window.rect().contains(tour.geometry())
        assert window.childAt(whole.center()) is not outline
        key(window, Qt.Key.Key_Return)
    assert window.findChildren(Tour) == []
    assert window.findChild(QWidget, "tourOutline") is None
    assert window.docked.is_in_front("why")
    assert window.focusWidget() is window.unit_table


def test_backspace_goes_back_and_all_other_keys_do_what_they_do(shared_window: Any) -> None:
    window = shared_window("demo", ready=built)
    tour = begun(window)
    key(window, Qt.Key.Key_Backspace)
    assert tour.title.startswith("1 of")
    key(window, Qt.Key.Key_Enter)
    key(window, Qt.Key.Key_Enter)
    key(window, Qt.Key.Key_Backspace)
    assert tour.title.startswith("2 of")
    before = window.session.current
    press(window, "Down")
    assert window.session.current != before
    key(window, Qt.Key.Key_Tab)
    key(window, Qt.Key.Key_X)
    assert window.focusWidget() is tour
    press(window, "Up")
    window.session.set_filter("nSpikes > 1000")
    key(window, Qt.Key.Key_Escape)
    assert window.findChildren(Tour) == []
    assert window.session.filter.text == "nSpikes > 1000", "Esc was the tour's"


def test_a_tour_that_is_asked_for_again_begins_anew(shared_window: Any) -> None:
    window = shared_window("demo", ready=built)
    begun(window)
    key(window, Qt.Key.Key_Return)
    tour = begun(window)
    settle()
    assert tour.title.startswith("1 of")
    assert window.focusWidget() is tour
    key(window, Qt.Key.Key_Escape)


def test_it_ends_where_somebody_begins_to_work(shared_window: Any) -> None:
    window = shared_window("demo", ready=built)
    begun(window)
    click(window.filter_bar.edit, window.filter_bar.edit.rect().center())
    settle()
    assert window.findChildren(Tour) == []
    assert window.focusWidget() is window.filter_bar.edit


def test_it_goes_along_when_what_it_points_at_moves_or_is_hidden(
    shared_window: Any, qtbot: Any
) -> None:
    window = shared_window("demo", ready=built)
    tour = begun(window)
    key(window, Qt.Key.Key_Return)
    outline = window.findChild(QWidget, "tourOutline")
    dock, bar = window.docks["why"], window.what_if_bar
    size = window.size()
    window.resize(size.width() - 80, size.height() - 60)
    qtbot.waitUntil(lambda: outline.geometry() == place_of(window, dock), timeout=WAIT_MS)
    window.resize(size)
    dock.hide()
    qtbot.waitUntil(outline.isHidden, timeout=WAIT_MS)
    assert window.rect().contains(tour.geometry())
    dock.show()
    assert bar.isHidden()
    key(window, Qt.Key.Key_Escape)


def test_it_has_the_colours_of_another_theme(
    shared_window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bcviewer.frame.looks import apply_looks
    from bcviewer.widgets.drawing.theme import DARK

    window = shared_window("demo", ready=built)
    tour = begun(window)
    try:
        apply_looks("dark", 0)
        settle()
        assert DARK.base in tour.styleSheet()
    finally:
        apply_looks("", 0)
        settle()
    key(window, Qt.Key.Key_Escape)


def test_where_the_demo_cannot_be_opened_no_tour_waits_for_another_recording(
    open_window: Any,
) -> None:
    window = open_window()
    window.actions_by_key.tours  # noqa: B018  it is built by its first command otherwise
    demo = window.actions_by_key.by_key["demo"]
    demo.triggered.disconnect()
    demo.triggered.connect(lambda: window.session.failed.emit(UserError("no demo")))
    window.actions_by_key.by_key["tour"].trigger()
    from bcviewer.frame.application import demo_path

    window.session.open(demo_path())
    assert window.session.wait_idle(WAIT_MS)
    settle()
    assert window.findChildren(Tour) == []
    assert Prefs().recent() == [demo_path()]
