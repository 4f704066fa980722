"""The list of names under the filter box: it is open only while the box is written in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from qt_fixtures import current_id, press, settle, write_recording

from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.frame.window import Window

COLUMNS: dict[str, Any] = {"presenceRatio": [1.0, 0.6, 1.0, 0.5, 1.0, 0.4]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recording(tmp_path_factory.mktemp("list") / "ks", COLUMNS, params_py=True)


@pytest.fixture
def window(shared_window: Any, folder: Path) -> Window:
    made: Window = shared_window(folder)
    made.session.set_sort("unit_index")
    press(made, "Home")
    return made


def begin(window: Window, text: str = "presenc") -> None:
    press(window, "/")
    type_keys(window, text)
    assert window.filter_bar.edit.completing()


def type_keys(window: Window, text: str) -> None:
    """Type where keys go now, as a keyboard does."""
    for letter in text:
        target = QApplication.activePopupWidget() or window.focusWidget()
        QTest.keyClick(target, letter)


def test_the_first_escape_closes_the_list_and_nothing_else(window: Window) -> None:
    """Seen: the text went, the list stayed over the table, and the keys acted under it."""
    edit = window.filter_bar.edit
    begin(window)
    press(window, "Esc")
    assert not edit.completing()
    assert edit.text() == "presenc"
    assert window.focusWidget() is edit
    press(window, "Esc")
    assert edit.text() == ""
    assert window.focusWidget() is window.unit_table
    press(window, "Down")
    assert current_id(window) == 1


@pytest.mark.parametrize("first", [(), ("Esc",)])
def test_no_command_acts_under_the_list(window: Window, first: tuple[str, ...]) -> None:
    """Seen: after one Esc, Alt+M and Down acted on the table under the list."""
    before = current_id(window), window.session.sort, window.windowTitle()
    begin(window)
    press(window, *first)
    press(window, "Alt+M", "Alt+G", "Down", "Up", "D", "T")
    assert (window.session.table.manual.labels == NO_LABEL).all()
    assert (current_id(window), window.session.sort, window.windowTitle()) == before
    assert not window.curate_bar.writing


def test_the_list_goes_with_the_focus(window: Window) -> None:
    edit = window.filter_bar.edit
    begin(window)
    window.unit_table.setFocus()
    assert not edit.completing()
    press(window, "Down")
    assert current_id(window) == 1


def test_a_filter_that_comes_from_elsewhere_closes_it(window: Window) -> None:
    edit = window.filter_bar.edit
    begin(window)
    window.session.set_filter("nSpikes > 0")
    settle()
    assert edit.text() == "nSpikes > 0"
    assert not edit.completing()


@pytest.mark.parametrize("keys", [("Esc",), ("Esc", "Esc"), ("Esc", "Esc", "Esc")])
def test_the_filter_that_is_typed_next_is_a_filter(window: Window, keys: tuple[str, ...]) -> None:
    """Seen: the rest of it ran as commands: stepped, sorted, opened a note that was saved."""
    edit, sort = window.filter_bar.edit, window.session.sort
    begin(window)
    press(window, *keys, "Ctrl+F")
    assert window.focusWidget() is edit
    assert edit.selectedText() == edit.text()
    type_keys(window, "presenceRatio < 0.7 ")
    press(window, "Return")
    assert window.session.view.rows.tolist() == [1, 3, 5]
    assert window.session.sort == sort
    assert not window.curate_bar.writing
    assert window.focusWidget() is window.unit_table


def test_the_key_marks_the_text_also_over_the_list(window: Window) -> None:
    edit = window.filter_bar.edit
    begin(window)
    press(window, "Ctrl+F")
    assert not edit.completing()
    assert edit.selectedText() == "presenc"
    press(window, "Esc", "/")
    assert window.focusWidget() is edit
    assert edit.text() == ""


def test_what_stands_over_the_columns_can_be_typed(window: Window) -> None:
    """Seen: `depth (µm) > 100` was no function, `rules` no column, and a hint could not be true."""
    bar, model = window.filter_bar, window.unit_table.unit_model
    across = window.unit_table.horizontalHeader().orientation()
    for section in window.unit_table.shown_sections():
        heading = str(model.headerData(section, across)).replace("µ", "u")  # as keyboards have it
        press(window, "/")
        type_keys(window, f"missing({heading}) or 1 < 2 ")
        press(window, "Return")
        assert bar.error.isHidden() == (heading != "rules"), bar.error.text()
        if heading == "rules":
            assert "is a picture. Filter by what a rule reads" in bar.error.text()
        press(window, "Esc")
        assert window.session.view.n_shown == 6
