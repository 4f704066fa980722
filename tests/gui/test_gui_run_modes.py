"""Run modes by keyboard, by menu and by box; another probe than before is never open unsaid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QMenu
from qt_fixtures import WAIT_MS, click, press, settle, write_recording

from bcviewer.frame.window import Window

N = 4
COLUMNS: dict[str, Any] = {"nSpikes": [900.0 - i for i in range(N)]}
LACKING = "np20_rerun has no probe B: A is open."


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording of two probes; in the other run mode there is one of them only."""
    top = tmp_path_factory.mktemp("modes")
    for mode, probes in (("DEFAULT", "AB"), ("NP2.0", "A")):
        for probe in probes:
            folder = top / "s1" / "bombcell" / f"bombcell_{mode}" / f"kilosort4_{probe}"
            write_recording(folder, COLUMNS)
    (top / "recording_config.json").write_text(
        '{"recording_name": "s1", "recordings_root": ".", "np20_probes": ["A"],'
        ' "probe_stream_names": {"A": "x", "B": "y"}}'
    )
    return top / "recording_config.json"


@pytest.fixture
def window(shared_window: Any, config: Path) -> Window:
    made: Window = shared_window(config)
    return made


def is_open(window: Window) -> tuple[str, str]:
    assert window.session.wait_idle(WAIT_MS)
    here = window.session.catalogue.location
    return here.probe, here.mode


def test_another_probe_than_before_is_told_once_it_is_shown(window: Window) -> None:
    press(window, "Ctrl+2")
    assert is_open(window) == ("B", "batch")
    box = window.probe_bar.findChild(QComboBox, "modeChooser")
    assert [box.itemText(i) for i in range(box.count())] == ["batch", "np20_rerun"]
    box.setFocus(Qt.FocusReason.TabFocusReason)
    press(window, "Down")
    assert window.status.currentMessage() == ""
    assert is_open(window) == ("A", "np20_rerun")
    assert window.status.currentMessage() == LACKING
    press(window, "Ctrl+PgUp")
    assert is_open(window) == ("A", "batch")
    assert window.status.currentMessage() == "", "the same probe"


def test_the_boxes_are_reached_by_tab_and_take_no_keys_after_a_click(window: Window) -> None:
    box, seen = window.probe_bar.findChild(QComboBox, "modeChooser"), set()
    for _ in range(60):
        press(window, "Tab")
        seen.add(window.focusWidget())
        if box in seen:
            break
    assert box.hasFocus()
    unit = window.session.current
    click(box, box.rect().center())
    box.hidePopup()
    press(window, "Down")
    assert window.session.current != unit, "a step, as everywhere"
    assert is_open(window) == ("A", "batch")


def test_keys_and_menu_change_the_run_mode(window: Window) -> None:
    for key, mode in (("Ctrl+PgDown", "np20_rerun"), ("Ctrl+PgDown", "batch")):
        press(window, key)
        assert is_open(window) == ("A", mode), "around"
    press(window, "Ctrl+2")
    assert is_open(window) == ("B", "batch")
    menu = window.findChild(QMenu, "modesMenu")
    window.menus.fill_modes()
    here, other = menu.actions()
    assert (here.text(), here.isChecked(), other.isChecked()) == ("batch", True, False)
    assert menu.menuAction().isEnabled()
    other.trigger()
    assert is_open(window) == ("A", "np20_rerun")
    assert window.status.currentMessage() == LACKING
    window.menus.fill_modes()
    assert [a.isChecked() for a in menu.actions()] == [False, True]
    assert window.status.currentMessage() == LACKING


def test_where_there_is_one_run_mode_no_other_is_offered(window: Window, tmp_path: Path) -> None:
    by_key = window.actions_by_key.by_key
    assert by_key["mode_next"].isEnabled()
    alone = write_recording(tmp_path / "ks", COLUMNS, params_py=True)
    window.session.open(str(alone))
    assert window.session.wait_idle(WAIT_MS)
    settle()
    assert not by_key["mode_next"].isEnabled()
    assert not by_key["mode_previous"].isEnabled()
    window.menus.fill_modes()
    assert not window.menus.modes.menuAction().isEnabled()
