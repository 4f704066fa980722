"""Thresholds as handles in the real window: typed and stepped in their dock, dragged in plots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from qt_fixtures import press, settle

from bcviewer.core.comparison.proposal import NO_PROPOSAL
from bcviewer.core.rules.rules import RULES
from bcviewer.frame.window import Window

# Most tests leave the window as no other may have it.
pytestmark = pytest.mark.slow


PRESENCE = next(i for i, rule in enumerate(RULES) if rule.parameter == "minPresenceRatio")
SPIKES = next(i for i, rule in enumerate(RULES) if rule.parameter == "minNumSpikes")


@pytest.fixture
def window(shared_window: Any) -> Iterator[Window]:
    window = shared_window("demo", ready=lambda window: press(window, "F6"))
    window.session.go_to_place(0)
    yield window
    window.session.viewing.proposing.reset()
    window.unit_table.setFocus()


def dock(window: Window, rule: int) -> Any:
    """Return the dock with a rule's threshold in its line, by a click on the rule."""
    window.docks["thresholds"].raise_()
    window.docks["thresholds"].show()
    settle()
    panel = window.panels["thresholds"]
    panel.show_scene(window.session.scene)
    row = next(i for i, (found, _) in enumerate(panel.order) if found == rule)
    QTest.mouseClick(
        panel.plot, Qt.MouseButton.LeftButton, pos=panel.plot.row_center(row).toPoint()
    )
    settle()
    window.docks["thresholds"].raise_()
    settle()
    panel.line.edit.setFocus()
    return panel


def tried(window: Window) -> str:
    return window.session.scene.proposal.words


def test_a_number_is_typed_and_a_double_click_takes_the_saved_one(window: Window) -> None:
    panel = dock(window, SPIKES)
    edit = panel.line.edit
    assert edit.text() == "300"
    edit.selectAll()
    QTest.keyClicks(edit, "1e4")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    settle()
    assert tried(window) == "minNumSpikes=10000"
    assert edit.text() == "10000"
    assert panel.findChild(QLabel, "thresholdSaved").text() == "saved: 300"
    assert window.what_if_bar.isVisible()
    QTest.mouseDClick(edit, Qt.MouseButton.LeftButton)
    settle()
    assert window.session.scene.proposal == NO_PROPOSAL
    assert edit.text() == "300"


def test_nonsense_is_said_and_esc_takes_it_back(window: Window) -> None:
    edit = dock(window, SPIKES).line.edit
    edit.selectAll()
    QTest.keyClicks(edit, "many")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    settle()
    assert window.session.scene.proposal == NO_PROPOSAL
    assert "number" in window.panels["thresholds"].findChild(QLabel, "thresholdSaved").text()
    QTest.keyClick(edit, Qt.Key.Key_Escape)
    assert edit.text() == "300"


def test_arrow_keys_move_it_by_a_step_and_the_unit_stays(window: Window) -> None:
    panel, unit = dock(window, PRESENCE), window.session.current
    edit = panel.line.edit
    saved = float(edit.text())
    QTest.keyClick(edit, Qt.Key.Key_Down)
    settle()
    step = saved - float(edit.text())
    assert step > 0
    QTest.keyClick(edit, Qt.Key.Key_Up)
    QTest.keyClick(edit, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    settle()
    assert float(edit.text()) - saved == pytest.approx(step / 10, rel=1e-3)
    assert window.session.current == unit
    press(window, "Ctrl+Alt+Z")
    assert window.session.scene.proposal == NO_PROPOSAL, "steps of one threshold are one change"


def test_a_limit_is_dragged_in_its_histogram_and_the_saved_one_stays(window: Window) -> None:
    press(window, "F4")
    settle()
    panel = window.panels["histograms"]
    panel.show_scene(window.session.scene)
    item = panel.items["presenceRatio"]
    panel.reveal("presenceRatio")
    settle()
    places = item.places
    saved = window.session.scene.sheet.criteria.thresholds["minPresenceRatio"]
    x = places.of(saved)
    assert item.rule_at(QPointF(x, places.plot.center().y())) == PRESENCE
    wanted = places.value_at(x - 30)
    view = panel.canvas.viewport()

    def at(x: float) -> QPoint:
        return panel.canvas.mapFromScene(item.mapToScene(x, places.plot.center().y()))

    shown = window.session.view.n_shown
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=at(x))
    for i in range(1, 7):
        QTest.mouseMove(view, at(x - 5 * i))
        settle()
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at(x - 30))
    settle()
    changes = dict(window.session.scene.proposal.changes)
    assert changes == {"minPresenceRatio": pytest.approx(wanted, abs=0.02)}
    assert window.session.view.n_shown == shown, "no bin was clicked"
    assert list(panel.limits.saved("presenceRatio")) == [saved]
    press(window, "Ctrl+Alt+Z")
    assert window.session.scene.proposal == NO_PROPOSAL, "a drag is one change"
