"""The recording dashboard in the real window: every number is what it shows."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from qt_fixtures import WAIT_MS, click, press, settle

from bcviewer.core.figures.recording_dashboard import Summaries
from bcviewer.core.rules.labels import Label
from bcviewer.frame.looks import apply_looks
from bcviewer.frame.window import Window
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.population.dashboard_model import BAR
from bcviewer.widgets.population.dashboard_panel import DashboardPanel

PLAIN = Qt.KeyboardModifier.NoModifier


def see(window: Window) -> None:
    press(window, "Ctrl+0", "F8")
    assert window.session.wait_idle(WAIT_MS)
    settle()


@pytest.fixture
def window(shared_window: Any) -> Window:
    return shared_window("demo", ready=see)


def dashboard(window: Window) -> DashboardPanel:
    panel = window.panels["dashboard"]
    assert isinstance(panel, DashboardPanel)
    return panel


def head(window: Window, key: str) -> int:
    return next(i for i, one in enumerate(dashboard(window).view.table.heads) if one.key == key)


def click_cell(window: Window, row: int, section: int, modifiers: Any = PLAIN) -> None:
    view = dashboard(window).view
    index = view.table.index(row, section)
    view.scrollTo(index)
    click(view.viewport(), view.visualRect(index).center(), modifiers)


def test_every_number_is_how_many_rows_its_click_shows(window: Window) -> None:
    session, table = window.session, dashboard(window).view.table
    book = session.scene.book
    assert [row.probe for row in table.rows] == [*book.probes, "all"]
    seen = 0
    for row in range(len(table.rows)):
        for section in range(len(table.heads)):
            told = table.count_at(table.index(row, section))
            if told is not None:
                click_cell(window, row, section)
                assert session.view.n_shown == told.n, (row, table.heads[section].title)
                assert session.filter.text == told.filter
                seen += 1
    assert seen > 40
    good = head(window, "label:GOOD")
    click_cell(window, 0, good)
    click_cell(window, 1, good, Qt.KeyboardModifier.ControlModifier)
    assert session.view.n_shown == table.rows[0].n("label:GOOD") + table.rows[1].n("label:GOOD")


def test_numbers_are_reached_by_keys_and_a_click_leaves_the_keys_to_the_table(
    window: Window,
) -> None:
    session, view = window.session, dashboard(window).view
    window.unit_table.setFocus()
    click_cell(window, 1, head(window, "label:MUA"))
    assert window.unit_table.hasFocus()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    before = session.current
    press(window, "Home", "Right", "Right", "Right", "Down")
    assert session.current == before, "no step through units"
    press(window, "Return")
    good = view.table.rows[1].counts["label:GOOD"]
    assert (session.filter.text, session.view.n_shown) == (good.filter, good.n)
    assert view.table.data(view.currentIndex(), Qt.ItemDataRole.BackgroundRole) is not None
    press(window, "Esc")
    assert not view.hasFocus()
    assert session.filter.text == good.filter


def test_a_part_of_a_bar_and_a_depth_show_their_units(window: Window) -> None:
    session, panel = window.session, dashboard(window)
    view, plot = panel.view, panel.plot
    bar = view.visualRect(view.table.index(0, view.table.heads.index(BAR)))
    click(view.viewport(), QPoint(bar.left() + 8, bar.center().y()))
    assert session.view.n_shown == view.table.rows[0].n("label:GOOD")
    profile = plot.profiles[1]
    at = int(profile.good.argmax())
    area = plot.area_of(1, profile.edges[at], profile.edges[at + 1])
    QTest.mouseClick(
        plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(*map(round, area.center().toTuple()))
    )
    assert session.view.n_shown == profile.good[at] > 0


def test_it_follows_labels_and_costs_nothing_while_it_is_hidden(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, panel = window.session, dashboard(window)
    reviewed, calls = head(window, "reviewed"), []
    real = panel.redraw
    monkeypatch.setattr(panel, "redraw", lambda scene: (calls.append(1), real(scene)))
    session.set_label(Label.GOOD)
    settle()
    table = panel.view.table
    assert (len(calls), table.rows[-1].n("reviewed")) == (1, 1)
    assert table.rows == Summaries().of(session.scene.book)
    assert table.index(len(table.rows) - 1, reviewed).data() == "1"
    press(window, "F2")
    session.set_label(Label.MUA)
    settle()
    assert len(calls) == 1
    press(window, "F8")
    settle()
    assert (len(calls), table.rows[-1].n("reviewed")) == (2, 2)


def test_another_theme_takes_the_table_along(window: Window) -> None:
    view = dashboard(window).view
    try:
        apply_looks("dark", 0)
        settle()
        assert view.palette().base().color().name().upper() == theme().base
    finally:
        apply_looks("", 0)


def test_the_probes_stand_as_their_buttons_do_whichever_was_open_first(window: Window) -> None:
    press(window, "Ctrl+2")
    assert window.session.wait_idle(WAIT_MS)
    see(window)
    panel, book = dashboard(window), window.session.scene.book
    assert book.probes[0] == "B"
    assert [row.probe for row in panel.view.table.rows] == ["A", "B", "C", "all"]
    assert [one.probe for one in panel.plot.profiles] == ["A", "B", "C"]
    panel.plot.bands.set_between.emit(0, 0.0, 100.0)
    where = book.probes.index("A")
    assert window.session.scene.book.sheets[where].inputs.of_interest.ends == "0–100 µm"
    window.session.undo()
