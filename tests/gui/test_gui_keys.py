"""Every key of the product page, pressed in the real window."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QToolButton, QWidget
from qt_fixtures import (
    KINDS,
    WAIT_MS,
    click_unit,
    current_id,
    press,
    settle,
    shown_ids,
    write_recording,
)

from bcviewer.app.commands.table import COMMANDS
from bcviewer.core.rules.columns import COLUMNS
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.frame.window import Window
from bcviewer.widgets.chrome.docks import DOCKS

# Most tests leave the window as no other may have it.
pytestmark = pytest.mark.slow


@pytest.fixture
def window(shared_window: Any) -> Window:
    return shared_window("demo")


def dialog(window: Window, name: str) -> QDialog | None:
    return window.findChild(QDialog, name)


# -- stepping --------------------------------------------------------------------------------


def test_the_table_has_the_focus_and_shows_the_first_unit(window: Window) -> None:
    assert window.focusWidget() is window.unit_table
    assert current_id(window) == shown_ids(window)[0]
    assert window.unit_table.selected_places() == [0]


@pytest.mark.parametrize(("forth", "back"), [("Down", "Up"), ("Space", "Shift+Space"), ("J", "K")])
def test_next_and_previous_unit(window: Window, forth: str, back: str) -> None:
    ids = shown_ids(window)
    visited = [current_id(window)]
    for key in (forth, forth, forth, back, back):
        press(window, key)
        visited.append(current_id(window))
    assert visited == [ids[i] for i in (0, 1, 2, 3, 2, 1)]
    assert window.unit_table.selected_places() == [1]
    assert window.session.selected.tolist() == [window.session.current]


def test_a_key_that_is_held_does_nothing_twice_but_steps(window: Window) -> None:
    """A label key that is held half a second labelled the next fifteen units, too."""
    repeat = {key for key, action in window.actions_by_key.by_key.items() if action.autoRepeat()}
    steps = ("unit", "borderline", "unreviewed", "similar", "disagreement")
    assert {"next_unit", "previous_unit"} <= repeat
    assert all(key.startswith(("next_", "previous_")) and key.endswith(steps) for key in repeat)


@pytest.mark.parametrize(
    ("released", "pressed", "done"), [(100, 100, False), (100, 102, False), (100, 130, True)]
)
def test_a_held_key_that_comes_as_releases_and_presses_is_known(
    window: Window, released: int, pressed: int, done: bool
) -> None:
    """Under X11 Qt took a key that was held for presses: eighteen units got a label."""
    alt, labels = Qt.KeyboardModifier.AltModifier, window.session.table.manual
    for kind, at in (("KeyRelease", released), ("ShortcutOverride", pressed)):
        event = QKeyEvent(QEvent.Type[kind], Qt.Key.Key_M, alt)
        event.setTimestamp(at)
        QApplication.sendEvent(window.unit_table, event)
    window.actions_by_key.by_key["label_mua"].trigger()
    assert (window.session.table.manual.n_labels == labels.n_labels + 1) is done
    press(window, "Down")
    assert window.session.view.place[window.session.current] == (2 if done else 1), "steps go on"


def test_a_key_that_another_window_heard_the_release_of_is_not_held(window: Window) -> None:
    """A dialog, or Alt+Tab, while a key is held: clicks on labels did nothing after it."""
    none = Qt.KeyboardModifier.NoModifier
    down = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_J, none, "j", True)
    QApplication.sendEvent(window.unit_table, down)
    n = window.session.table.manual.n_labels
    window.actions_by_key.by_key["label_mua"].trigger()
    assert window.session.table.manual.n_labels == n
    QApplication.sendEvent(window, QEvent(QEvent.Type.WindowDeactivate))
    window.actions_by_key.by_key["label_mua"].trigger()
    assert window.session.table.manual.n_labels == n + 1


def test_first_last_and_the_ends(window: Window) -> None:
    ids = shown_ids(window)
    press(window, "End")
    assert current_id(window) == ids[-1]
    press(window, "Down")
    assert current_id(window) == ids[-1]
    assert window.status.currentMessage() == "This is the last unit shown."
    press(window, "Home")
    assert current_id(window) == ids[0]
    assert window.status.currentMessage() == ""  # it is the first unit now
    press(window, "Up")
    assert current_id(window) == ids[0]
    assert window.status.currentMessage() == "This is the first one."


def test_a_message_does_not_outlive_its_recording(qtbot: Any, window: Window) -> None:
    press(window, "Ctrl+Shift+C")
    assert window.status.currentMessage() == "1 cluster id copied."
    window.session.reload()
    assert window.session.wait_idle(WAIT_MS)
    assert window.status.currentMessage() == "1 cluster id copied.", "the same recording"
    press(window, "Ctrl+2")
    assert window.session.wait_idle(WAIT_MS)
    assert window.session.catalogue.location.probe == "B"
    assert window.status.currentMessage() == ""


def test_next_borderline(window: Window) -> None:
    session = window.session
    borderline = [r for r in session.view.rows.tolist() if session.table.audit.borderline[r]]
    press(window, "End", "B")
    assert session.current == borderline[0]
    press(window, "B")
    assert session.current == borderline[1]


def test_the_panels_follow_the_unit(window: Window) -> None:
    for dock in ("why", "thresholds", "why"):
        press(window, "Down")
        window.docks[dock].raise_()
        settle()
        row, panel = window.session.current, window.panels[dock]
        assert panel.scene.current == row
        lines = panel.lines if dock == "thresholds" else panel.verdict.lines
        margins = [line.margin for line in sorted(lines, key=lambda line: line.rule)]
        np.testing.assert_array_equal(margins, window.session.table.audit.margins[:, row])
    unit = window.panels["why"].findChild(QWidget, "whyUnit").text()
    assert unit == f"unit {current_id(window)}"


# -- filter ----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(1, 5))
def test_a_digit_toggles_a_class(window: Window, number: int) -> None:
    label = CLASSES[number - 1]
    labels, ids = window.session.table.labels, window.session.table.ids.cluster_id
    press(window, str(number))
    assert sorted(shown_ids(window)) == ids[labels == label].tolist()
    assert window.filter_bar.count.text() == f"{(labels == label).sum()} of 39 shown"
    assert window.actions_by_key.by_key[f"class_{number}"].isChecked()
    press(window, str(number))
    assert len(shown_ids(window)) == 39


def test_digits_add_up_and_an_empty_class_says_so(window: Window) -> None:
    press(window, "1", "2")
    assert window.filter_bar.count.text() == "22 of 39 shown"
    press(window, "1", "2", "5")
    assert shown_ids(window) == []
    assert window.unit_table._empty_text == "No unit passes the filter (39 hidden). Esc clears it."
    assert window.panels["why"].text() == "No unit is shown."
    for panel in (window.panels["correlogram"], window.panels["pair"]):
        panel.show_scene(window.session.scene)
        assert panel.no_unit(window.session.scene) == "No unit is shown."
    press(window, "Esc")
    assert len(shown_ids(window)) == 39


@pytest.mark.parametrize("key", ["/", "Ctrl+F"])
def test_filter_by_typing(qtbot: Any, window: Window, key: str) -> None:
    press(window, key)
    edit = window.filter_bar.edit
    assert window.focusWidget() is edit
    QTest.keyClicks(edit, "label == 'mua' and nSpikes > 1000 ")
    press(window, "Return")
    session = window.session
    spikes = session.table.values("nSpikes")
    expected = (session.table.labels == Label.MUA) & (spikes > 1000)
    assert sorted(session.view.rows) == np.flatnonzero(expected).tolist()
    assert 0 < len(shown_ids(window)) < 14
    assert window.focusWidget() is window.unit_table
    press(window, "Esc")
    assert len(shown_ids(window)) == 39
    assert edit.text() == ""


def test_keys_that_type_text_type_it_in_the_box(window: Window) -> None:
    press(window, "/")
    before = current_id(window)
    edit = window.filter_bar.edit
    for key in ("1", "2", "j", "K", "b", "h", "a", "d", "/", " ", "3", "J"):
        QTest.keyClicks(edit, key)
    press(window, "Shift+Space", "Home", "End")
    assert edit.text() == "12jKbhad/ 3J "
    assert current_id(window) == before
    assert window.session.filter.classes == frozenset()
    assert dialog(window, "keysDialog") is None
    assert window.session.sort.column == "attention"
    press(window, "Ctrl+A")  # the text, not the units
    assert edit.selectedText() == edit.text()
    assert len(window.session.selected) == 1


def test_escape_also_clears_what_is_not_applied_yet(window: Window) -> None:
    press(window, "/")
    QTest.keyClicks(window.filter_bar.edit, "1 < ")
    press(window, "Esc")
    assert window.filter_bar.edit.text() == ""
    assert not window.filter_bar._timer.isActive()
    assert window.focusWidget() is window.unit_table
    assert window.session.filter.text == ""


def test_an_error_is_shown_under_the_box_and_keeps_the_units(window: Window) -> None:
    press(window, "/")
    QTest.keyClicks(window.filter_bar.edit, "nSpikes > 1000 ")
    press(window, "Return")
    good = shown_ids(window)
    press(window, "/")
    QTest.keyClicks(window.filter_bar.edit, "nonsense == 3 ")  # over the selected text
    press(window, "Return")
    assert "nonsense" in window.filter_bar.error.text()
    assert window.filter_bar.error.isVisible()
    assert shown_ids(window) == good
    assert window.focusWidget() is window.filter_bar.edit


def test_the_current_unit_stays_through_the_filter(window: Window) -> None:
    press(window, "Down", "Down", "Down")
    unit, label = current_id(window), window.session.table.labels[window.session.current]
    press(window, str(CLASSES.index(label) + 1))
    assert current_id(window) == unit
    assert window.unit_table.selected_places() == [shown_ids(window).index(unit)]
    press(window, "Esc")
    other = next(c for c in CLASSES[:4] if c != label)
    press(window, str(CLASSES.index(other) + 1))
    first = shown_ids(window)[0]
    assert current_id(window) == first != unit
    assert window.panels["why"].findChild(QWidget, "whyUnit").text() == f"unit {first}"
    assert window.unit_table.selected_places() == [0]
    press(window, "Esc")
    assert window.unit_table.selected_places() == [shown_ids(window).index(first)]


# -- go to -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "unit"), [("17", 17), ("#12", 12)])
def test_go_to_a_unit(window: Window, text: str, unit: int) -> None:
    press(window, "Ctrl+G")
    assert window.focusWidget() is window.filter_bar.go_to
    QTest.keyClicks(window.filter_bar.go_to, text)
    press(window, "Return")
    assert current_id(window) == unit
    assert window.filter_bar.go_to.isHidden()
    assert window.focusWidget() is window.unit_table


def test_go_to_a_unit_that_is_not_there(window: Window) -> None:
    before, filter_ = current_id(window), window.session.filter
    press(window, "1", "Ctrl+G")
    QTest.keyClicks(window.filter_bar.go_to, "4711")
    press(window, "Return")
    error = window.filter_bar.error
    assert error.isVisible()
    assert error.text() == "No unit has the cluster id 4711 in kilosort4_A."
    assert current_id(window) == before
    press(window, "Esc")  # closes the box, not the filter
    assert window.filter_bar.go_to.isHidden()
    assert error.isHidden()
    assert window.session.filter.classes == {Label.GOOD} != filter_.classes
    press(window, "Esc")
    assert window.session.filter.classes == frozenset()


# -- probes, layouts, sorting ----------------------------------------------------------------


def test_control_and_a_digit_open_a_probe(window: Window) -> None:
    for key, name in (("Ctrl+2", "kilosort4_B"), ("Ctrl+3", "kilosort4_C")):
        press(window, key)
        assert window.session.wait_idle(WAIT_MS)
        assert window.session.table.run.provenance.name == name
        assert window.windowTitle() == f"Demo_20260201_session001 · {name[-1]} · batch – bcviewer"
    table = window.session.table
    press(window, "Ctrl+3", "Ctrl+4", "Ctrl+6")
    assert not window.session.busy
    assert window.session.table is table


def test_keys_of_probes_stay_in_the_run_mode_where_it_has_the_probe(open_window: Any) -> None:
    window = open_window("demo", "--mode", "np20_rerun")

    def opened_by(key: str) -> tuple[str, str]:
        press(window, key)
        assert window.session.wait_idle(WAIT_MS)
        location = window.session.catalogue.location
        return location.mode, location.probe

    assert opened_by("Ctrl+3") == ("np20_rerun", "C")
    assert opened_by("Ctrl+2") == ("batch", "B"), "it has no B: that of the mode that has one"
    assert "np20_rerun has no probe B" in window.status.currentMessage()


def visible_docks(window: Window) -> set[str]:
    return {key for key, dock in window.docks.items() if not dock.isHidden()}


def test_layouts(window: Window) -> None:
    unit = {spec.key for spec in DOCKS if spec.place("unit")}
    overview = {spec.key for spec in DOCKS if spec.place("overview")}
    assert visible_docks(window) == unit
    press(window, "F3")
    assert visible_docks(window) == overview
    press(window, "F2")
    assert visible_docks(window) == unit
    assert {"why", "thresholds"} <= unit
    assert {"classes", "reasons"} <= overview


def test_sort_by_depth_and_by_attention(window: Window) -> None:
    attention = shown_ids(window)
    press(window, "D")
    depth = window.session.table.values("depth_um")[window.session.view.rows]
    first = np.diff(depth[~np.isnan(depth)])
    assert (first >= 0).all() or (first <= 0).all()
    assert shown_ids(window) != attention
    press(window, "D")
    second = np.diff(window.session.table.values("depth_um")[window.session.view.rows])
    assert (second <= 0).all() if (first >= 0).all() else (second >= 0).all()
    press(window, "A")
    assert shown_ids(window) == attention


# -- copying, help ---------------------------------------------------------------------------


def test_copy_ids_and_rows(window: Window) -> None:
    click_unit(window, 1)
    press(window, "Shift+Down", "Shift+Down")
    ids = shown_ids(window)[1:4]
    press(window, "Ctrl+Shift+C")
    assert QGuiApplication.clipboard().text() == " ".join(map(str, ids))
    press(window, "Ctrl+C")
    lines = QGuiApplication.clipboard().text().split("\n")
    keys = [k for k in window.unit_table.shown_columns() if k != "rules"]  # a picture
    assert lines[0].split("\t") == [COLUMNS[k].title for k in keys]
    assert len(lines) == 4
    table, rows = window.session.table, window.session.selected
    for line, row in zip(lines[1:], rows, strict=True):
        texts = [table.text(k, row) for k in keys]
        numbers = [table.column(k).kind == "number" for k in keys]
        assert line.split("\t") == [
            text.replace("−", "-") if number else text
            for text, number in zip(texts, numbers, strict=True)
        ], "a minus that a spreadsheet reads"


def test_select_all_and_copy(window: Window) -> None:
    press(window, "3", "Ctrl+A", "Ctrl+Shift+C")
    assert QGuiApplication.clipboard().text() == " ".join(map(str, shown_ids(window)))
    assert len(shown_ids(window)) == 14


@pytest.mark.parametrize("key", ["H", "F1"])
def test_the_list_of_keys(window: Window, key: str) -> None:
    press(window, key)
    shown = dialog(window, "keysDialog")
    assert shown is not None
    assert shown.isVisible()
    shown.close()
    settle()
    assert dialog(window, "keysDialog") is None


def type_key(key: Qt.Key, alt: bool = False) -> None:
    """Press a key where it goes: in the menu that is open, or what has the focus."""
    to = QApplication.activePopupWidget() or QApplication.focusWidget()
    modifiers = Qt.KeyboardModifier.AltModifier if alt else Qt.KeyboardModifier.NoModifier
    QTest.keyClick(to, key, modifiers)
    settle()


@pytest.mark.parametrize("how", ["key", "mouse"])
def test_who_leaves_the_menus_is_where_they_were_before(window: Window, how: str) -> None:
    """Seen: Down went on, Shift+Down was lost, and a label went to one unit in place of three."""
    press(window, "Home")
    for back in (window.unit_table, window.filter_bar.edit):
        back.setFocus()
        for letter in (Qt.Key.Key_C, Qt.Key.Key_E):
            type_key(letter, alt=True)
            assert QApplication.activePopupWidget() is not None
            if how == "key" or letter == Qt.Key.Key_C:
                type_key(Qt.Key.Key_Escape)
            else:
                beside = QPoint(700, 600)
                menu = QApplication.activePopupWidget()
                QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=beside)
                settle()
        if how == "key":
            type_key(Qt.Key.Key_Escape)
        assert QApplication.activePopupWidget() is None
        assert QApplication.focusWidget() is back
    window.unit_table.setFocus()
    for letter in (Qt.Key.Key_C, Qt.Key.Key_E):
        type_key(letter, alt=True)
        type_key(Qt.Key.Key_Escape)
    type_key(Qt.Key.Key_Escape)
    focus = QApplication.focusWidget()
    for _ in range(2):
        QTest.keyClick(focus, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert len(window.session.scene.selected) == 3


def test_where_who_had_the_focus_is_hidden_by_then_the_table_has_it(window: Window) -> None:
    edit = window.filter_bar.edit
    edit.setFocus()
    for letter in (Qt.Key.Key_C, Qt.Key.Key_E):
        type_key(letter, alt=True)
        type_key(Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is window.menuBar()
    edit.hide()
    try:
        type_key(Qt.Key.Key_Escape)
        assert QApplication.focusWidget() is window.unit_table
    finally:
        edit.show()


def test_letters_do_not_open_menus(window: Window) -> None:
    for letter in "GMNSU":
        press(window, f"Alt+{letter}")
        assert [m for m in window.findChildren(QMenu) if m.isVisible()] == []


def test_every_menu_and_entry_has_a_letter_of_its_own(window: Window) -> None:
    for menu in (window.menuBar(), *window.menuBar().findChildren(QMenu)):
        if menu.objectName() == "docksMenu":
            continue  # its letters are typed into its box
        texts = [a.text().replace("&&", "") for a in menu.actions() if a.text()]
        letters = [t[t.find("&") + 1].upper() for t in texts if "&" in t]
        assert len(set(letters)) == len(texts), texts
    shown = [b.text() for b in window.findChildren(QToolButton) if b.isVisible()]
    assert [t for t in shown if "&" in t.replace("&&", "")] == [], "a button would take Alt+letter"


def test_every_command_is_in_its_menu_with_its_key(window: Window) -> None:
    menus = {m.title().replace("&", ""): m for m in window.menuBar().findChildren(QMenu)}
    for command in COMMANDS:
        action = window.actions_by_key.by_key[command.key]
        assert action in menus[command.menu].actions()
        assert [s.toString() for s in action.shortcuts()] == list(command.shortcuts)
        assert action.statusTip() == command.help


def test_every_command_has_one_who_does_it(window: Window) -> None:
    """Groups are built when one of their commands is given first: none may be found lacking."""
    names = [f"do_{act}" for act in {command.act for command in COMMANDS}]
    groups = [*window.actions_by_key.groups()]
    assert {name: sum(hasattr(group, name) for group in groups) for name in names} == dict.fromkeys(
        names, 1
    )


def test_without_a_run_what_needs_one_is_greyed_out(open_window: Any) -> None:
    window = open_window()
    actions = window.actions_by_key.by_key
    for command in COMMANDS:
        if command.key.startswith("probe_"):
            continue
        assert actions[command.key].isEnabled() == (not command.needs_run), command.key
    press(window, "Down", "B", "1", "Ctrl+A", "Ctrl+C", "Esc", "D", "F5")
    assert window.session.current == -1


def test_double_ids_and_units_without_spikes_can_be_stepped_through(
    open_window: Any, tmp_path: Any
) -> None:
    window = open_window(write_recording(tmp_path / "ks", KINDS, ids=[3, 3, 3, -1, 2**40]))
    visited = []
    for _ in range(5):
        visited.append(window.session.current)
        press(window, "Down")
    assert sorted(visited) == [0, 1, 2, 3, 4]


def test_a_message_hides_and_shows_nothing_of_the_bar(window: Window) -> None:
    """Each would lay the whole window out within the call, at every key after a message."""
    status = window.status
    seen = [status.units, status.verdict, status.saved]
    shown = [label.isHidden() for label in seen]
    status.say("something")
    assert status.currentMessage() == "something"
    assert [label.isHidden() for label in seen] == shown
    status.clearMessage()
    assert status.currentMessage() == ""
    assert [label.isHidden() for label in seen] == shown


def test_a_message_goes_after_its_time_and_one_shown_again_has_all_of_it(
    window: Window, qtbot: Any
) -> None:
    window.status.showMessage("for long", 60_000)
    window.status.showMessage("soon gone", 60_000)
    window.status.showMessage("soon gone", 20)
    qtbot.waitUntil(lambda: window.status.currentMessage() == "")
