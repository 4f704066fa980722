"""Regions of interest in the real window: dragged, moved by keys, undone, written if confirmed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from qt_fixtures import WAIT_MS, press, settle

from bcviewer.core.run.region import Region
from bcviewer.frame.window import Window
from bcviewer.io.resources import resource_path
from bcviewer.widgets.population.dashboard_panel import DashboardPanel
from bcviewer.widgets.population.region_knob import RegionKnob

SIZE = (1280, 800)


def see(window: Window) -> None:
    window.resize(*SIZE)
    press(window, "Ctrl+0", "F8")
    assert window.session.wait_idle(WAIT_MS)
    settle()


@pytest.fixture
def window(shared_window: Any) -> Window:
    return shared_window("demo", ready=see)


def panel_of(window: Window) -> DashboardPanel:
    panel = window.panels["dashboard"]
    assert isinstance(panel, DashboardPanel)
    return panel


def knob_of(window: Window, lane: int, *, upper: bool) -> RegionKnob:
    return panel_of(window).plot.bands.knobs[lane, upper]


def drag_to(window: Window, knob: RegionKnob, lane: int, depth: float) -> None:
    """Drag an end to a depth, with the mouse."""
    plot = panel_of(window).plot
    start = QPointF(knob.geometry().center())
    end = QPointF(start.x(), plot.area_of(lane, depth, depth).top())
    QTest.mousePress(knob, Qt.MouseButton.LeftButton, pos=knob.rect().center())
    for i in (1, 2, 3):
        place = start + (end - start) * (i / 3)
        QTest.mouseMove(knob, knob.mapFrom(plot, place.toPoint()))
    QTest.mouseRelease(
        knob, Qt.MouseButton.LeftButton, pos=knob.mapFrom(plot, QPoint(*map(round, end.toTuple())))
    )
    settle()


def region_of(window: Window, which: int) -> Region | None:
    return window.session.scene.book.sheets[which].inputs.of_interest


@pytest.mark.slow
def test_an_end_is_dragged_and_one_undo_brings_the_configs_back(window: Window) -> None:
    session, panel = window.session, panel_of(window)
    before = region_of(window, 0)
    good = panel.view.table.rows[0].counts["inside"]
    assert before is not None
    assert panel.plot.profiles[0].said == "from the config"
    drag_to(window, knob_of(window, 0, upper=True), 0, 280.0)
    assert region_of(window, 0) == Region(0.0, 280.0)
    assert region_of(window, 1) == Region(0.0, 250.0), "no other probe's"
    inside = panel.view.table.rows[0].counts["inside"]
    assert inside.n == panel.plot.profiles[0].n_good(0.0, 280.0) > good.n
    session.set_filter(inside.filter)
    assert session.view.n_shown == inside.n
    assert not knob_of(window, 0, upper=True).hasFocus()
    press(window, "Ctrl+Z")
    settle()
    assert region_of(window, 0) == before
    assert panel.view.table.rows[0].counts["inside"] == good
    assert session.view.n_shown == good.n


@pytest.mark.slow
def test_where_none_is_set_the_ends_of_the_probe_are_dragged(window: Window) -> None:
    panel = panel_of(window)
    assert panel.view.table.rows[2].counts["inside"] is None
    drag_to(window, knob_of(window, 2, upper=False), 2, 120.0)
    high = panel.plot.profiles[2].sites[1]
    assert region_of(window, 2) == Region(120.0, high)
    assert panel.view.table.rows[2].counts["inside"].n == 0
    person = window.session.scene.person
    assert panel.plot.profiles[2].said == f"set by {person}"
    press(window, "Ctrl+Z")
    assert region_of(window, 2) is None


def test_keys_move_an_end_and_nothing_is_said_before_enter(window: Window) -> None:
    panel, knob = panel_of(window), knob_of(window, 1, upper=True)
    current = window.session.current
    knob.setFocus(Qt.FocusReason.TabFocusReason)
    press(window, "Down", "Shift+Up")
    assert panel.plot.bands.ends_of(1) == (0.0, 241.0)
    assert region_of(window, 1) == Region(0.0, 250.0)
    press(window, "Esc")
    assert panel.plot.bands.ends_of(1) == (0.0, 250.0)
    knob.setFocus(Qt.FocusReason.TabFocusReason)
    press(window, "Down", "Return")
    settle()
    assert region_of(window, 1) == Region(0.0, 240.0)
    assert window.session.current == current, "no step through units"
    press(window, "Del")
    settle()
    assert region_of(window, 1) == Region(0.0, 250.0), "as the config says"


@pytest.mark.slow
def test_it_is_written_into_the_config_only_once_that_is_confirmed(
    open_window: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(resource_path("demo"), tmp_path / "lab")
    config = tmp_path / "lab" / "recording_config.json"
    text = config.read_text("utf-8")
    window = open_window(config)
    see(window)
    write = window.actions_by_key.by_key["write_regions"]
    heard: list[str] = []
    window.session.notice.connect(heard.append)
    write.trigger()
    assert heard[-1].startswith("No region of interest was set here")
    drag_to(window, knob_of(window, 0, upper=True), 0, 280.0)
    asked: list[str] = []
    answers = ["Cancel", "Write"]

    def answer(box: QMessageBox) -> int:
        asked.append(box.informativeText())
        wanted = answers.pop(0)
        next(one for one in box.buttons() if one.text() == wanted).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    for wanted in (text, text.replace('"A": 180', '"A": 280')):
        write.trigger()
        assert window.session.wait_idle(WAIT_MS)
        settle()
        assert window.session.wait_idle(WAIT_MS)
        assert config.read_text("utf-8") == wanted
    assert asked[0].startswith("A: 180 → 280 µm\n")
    (copy,) = config.parent.glob("recording_config.json.bak-*")
    assert copy.read_text("utf-8") == text
    assert copy.name in heard[-1]
