"""Thresholds as handles in the real window: typed and stepped in their dock, dragged in plots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QScrollArea
from qt_fixtures import press, settle

from bcviewer.app.wishes import Propose
from bcviewer.core.comparison.proposal import NO_PROPOSAL
from bcviewer.core.rules.rules import RULES
from bcviewer.frame.window import Window
from bcviewer.widgets.base.limit_knob import TREMOR
from bcviewer.widgets.drawing.margin_rows import ROW_HEIGHT

# Most tests leave the window as no other may have it.
pytestmark = pytest.mark.slow


PRESENCE = next(i for i, rule in enumerate(RULES) if rule.parameter == "minPresenceRatio")
SPIKES = next(i for i, rule in enumerate(RULES) if rule.parameter == "minNumSpikes")


@pytest.fixture
def window(shared_window: Any) -> Iterator[Window]:
    window = shared_window("demo", ready=lambda window: press(window, "F6"))
    size = window.size()
    window.resize(1440, 1300)  # in a small one a bar is a few pixels long: a drag is a click
    window.session.go_to_place(0)
    yield window
    window.session.viewing.proposing.reset()
    window.resize(size)
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


def bar_end(panel: Any, rule: int) -> QPointF:
    """Return where a rule's bar ends, as its rows stand now."""
    row = next(i for i, (found, _) in enumerate(panel.order) if found == rule)
    at = panel.plot.row_center(row)
    return QPointF(panel.plot.place_of(panel.plot.rows[row].end), at.y())


@pytest.mark.parametrize("rule", [SPIKES, PRESENCE])
def test_a_bar_is_dragged_to_another_end_and_the_threshold_follows(
    window: Window, qtbot: Any, rule: int
) -> None:
    """The rule may fail by then, and stand in another row: the hand holds what it took."""
    panel = dock(window, rule)
    plot, start = panel.plot, bar_end(panel, rule)
    area = panel.findChild(QScrollArea)
    area.ensureVisible(0, round(start.y()), 0, ROW_HEIGHT)
    left, screen, wide = Qt.MouseButton.LeftButton, window.windowHandle(), panel.plot.width()
    goal = plot.place_of(-3.0)

    def there(x: float) -> QPoint:
        return plot.mapTo(window, QPointF(x, start.y()).toPoint())

    QTest.mousePress(screen, left, pos=there(start.x()))
    for x in (start.x() - 1, (start.x() + goal) / 2, goal):
        QTest.mouseMove(screen, there(x))
        settle()
        if x == start.x() - 1:
            assert window.session.scene.proposal == NO_PROPOSAL, "a click trembles"
    # The table has more columns now, and wants more room: not under the hand.
    assert bar_end(panel, rule).x() == pytest.approx(goal, abs=3)  # two places in whole pixels
    QTest.mouseRelease(screen, left, pos=there(goal))
    settle()
    qtbot.waitUntil(lambda: plot.width() < wide)
    assert bar_end(panel, rule).x() == pytest.approx(plot.place_of(-3.0), abs=3)
    assert RULES[rule].parameter in tried(window)
    assert panel.lines[rule].margin < 0
    press(window, "Ctrl+Alt+Z")
    assert window.session.scene.proposal == NO_PROPOSAL, "one drag is one change"


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


@pytest.mark.long
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


def drag(knob: Any, by: QPoint) -> None:
    """Drag a handle by some pixels, with the mouse."""
    start = knob.rect().center()
    plot = knob.parentWidget()

    def at(share: float) -> QPoint:
        wanted = knob_start + by * share
        return knob.mapFrom(plot, wanted.toPoint())

    knob_start = QPointF(knob.mapTo(plot, start))
    QTest.mousePress(knob, Qt.MouseButton.LeftButton, pos=start)
    for i in range(1, 7):
        QTest.mouseMove(knob, at(i / 6))
        settle()
    QTest.mouseRelease(knob, Qt.MouseButton.LeftButton, pos=at(1.0))
    settle()


def knob_of(panel: Any, rule: int) -> Any:
    """Return the handle of a rule that is on screen."""
    return next(knob for knob in panel.knobs.of(rule) if knob.isVisible())


def histograms(window: Window, metric: str) -> Any:
    press(window, "F4")
    settle()
    panel = window.panels["histograms"]
    panel.show_scene(window.session.scene)
    panel.reveal(metric)
    settle()
    return panel


def test_a_limit_is_dragged_in_its_histogram_and_the_saved_one_stays(window: Window) -> None:
    panel = histograms(window, "presenceRatio")
    places = panel.items["presenceRatio"].places
    saved = window.session.scene.sheet.criteria.thresholds["minPresenceRatio"]
    knob, x = knob_of(panel, PRESENCE), places.of(saved)
    wanted, shown = places.value_at(x - 30), window.session.view.n_shown
    assert knob.cursor().shape() == Qt.CursorShape.SplitHCursor
    assert "presence ratio ≥ 0.7" in knob.toolTip()
    drag(knob, QPoint(-30, 0))
    changes = dict(window.session.scene.proposal.changes)
    assert changes == {"minPresenceRatio": pytest.approx(wanted, abs=0.02)}
    assert window.session.view.n_shown == shown, "no bin was clicked"
    assert list(panel.limits.saved("presenceRatio")) == [saved]
    assert "the saved one is 0.7" in knob_of(panel, PRESENCE).toolTip()
    press(window, "Ctrl+Alt+Z")
    assert window.session.scene.proposal == NO_PROPOSAL, "a drag is one change"


def test_a_limit_that_is_dragged_stays_where_the_hand_is(window: Window) -> None:
    """Seen: at the first move its histogram jumped to the top, from under the pointer."""
    window.session.viewing.proposing.propose("minNumSpikes", 301.0)  # what that widens is wide
    panel = histograms(window, "nPeaks")
    room = panel.area.viewport().height()
    below = [
        knob
        for knob in panel.knobs.knobs
        if knob.isVisible() and knob.y() > room / 2 and knob.geometry().bottom() < room
    ]
    assert below, "a row below the first is in sight"
    knob = below[0]
    place = knob.mapTo(window, QPoint(0, 0))
    QTest.mousePress(knob, Qt.MouseButton.LeftButton)
    QTest.mouseMove(knob, knob.rect().center() + QPoint(8, 0))
    settle()
    assert len(window.session.scene.proposal.changes) == 2, "it is dragged"
    assert knob.mapTo(window, QPoint(0, 0)).y() == pytest.approx(place.y(), abs=1)
    QTest.mouseRelease(knob, Qt.MouseButton.LeftButton)
    settle()


def test_a_drag_of_some_pixels_is_no_click(window: Window) -> None:
    """Seen: a threshold moved by eight pixels stayed, and the table was filtered by a bin."""
    panel = histograms(window, "presenceRatio")
    drag(knob_of(panel, PRESENCE), QPoint(-TREMOR, 0))
    assert tried(window).startswith("minPresenceRatio=")
    assert window.session.filter.text == ""


def test_a_click_on_a_line_means_the_bin_below(window: Window) -> None:
    panel = histograms(window, "nSpikes")
    knob = knob_of(panel, SPIKES)
    QTest.mouseClick(knob, Qt.MouseButton.LeftButton, pos=QPoint(9, knob.height() // 3))
    settle()
    assert window.session.scene.proposal == NO_PROPOSAL
    assert "nSpikes" in window.session.filter.text or not window.session.filter.text
    window.session.viewing.filtering.clear_filter()


def test_keys_step_type_and_reset_a_handle_and_the_unit_stays(window: Window) -> None:
    panel, unit = histograms(window, "presenceRatio"), window.session.current
    knob = knob_of(panel, PRESENCE)
    knob.setFocus()
    QTest.keyClick(knob, Qt.Key.Key_Left)
    settle()
    step = 0.7 - window.session.scene.sheet.criteria.thresholds["minPresenceRatio"]
    assert step > 0
    QTest.keyClick(knob, Qt.Key.Key_Right)
    QTest.keyClick(knob, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    settle()
    now = window.session.scene.sheet.criteria.thresholds["minPresenceRatio"]
    assert now - 0.7 == pytest.approx(step / 10, rel=1e-2)
    QTest.keyClick(knob, Qt.Key.Key_Backspace)
    settle()
    assert window.session.scene.proposal == NO_PROPOSAL
    QTest.keyClick(knob, "0")
    box = panel.canvas.viewport().findChild(QLineEdit)
    QTest.keyClicks(box, ".x")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert "number" in box.toolTip()
    box.setText("0.5")
    QTest.keyClick(box, Qt.Key.Key_Return)
    settle()
    assert tried(window) == "minPresenceRatio=0.5"
    QTest.keyClick(knob, Qt.Key.Key_Return)
    box = panel.canvas.viewport().findChild(QLineEdit)
    QTest.keyClick(box, Qt.Key.Key_Escape)
    settle()
    assert tried(window) == "minPresenceRatio=0.5", "Esc leaves it"
    QTest.mouseDClick(knob, Qt.MouseButton.LeftButton)
    settle()
    assert window.session.scene.proposal == NO_PROPOSAL
    assert window.session.current == unit


@pytest.mark.long
def test_both_axes_of_two_metrics_have_handles_and_keep_their_scale(window: Window) -> None:
    press(window, "F4")
    window.docks["scatter"].raise_()
    settle()
    panel = window.panels["scatter"]
    panel.choose("nSpikes", "presenceRatio")
    settle()
    ends = [panel.plot.ends(axis) for axis in (0, 1)]
    across, up = knob_of(panel, SPIKES), knob_of(panel, PRESENCE)
    assert across.cursor().shape() == Qt.CursorShape.SplitHCursor
    assert up.cursor().shape() == Qt.CursorShape.SplitVCursor
    drag(across, QPoint(30, 0))
    drag(up, QPoint(0, -20))
    changes = dict(window.session.scene.proposal.changes)
    assert changes["minNumSpikes"] > 300
    assert changes["minPresenceRatio"] > 0.7
    assert [panel.plot.ends(axis) for axis in (0, 1)] == ends, "the scale stays under the hand"
    thin = [limit for limit in panel.plot.limits if limit.thin]
    assert {limit.axis for limit in thin} == {"bottom", "left"}
    QTest.mouseDClick(knob_of(panel, SPIKES), Qt.MouseButton.LeftButton)
    settle()
    assert [name for name, _ in window.session.scene.proposal.changes] == ["minPresenceRatio"]


def test_a_rule_that_a_gate_turns_off_says_so(window: Window) -> None:
    window.wires.grant(Propose("computeDrift", False))
    settle()
    drift = next(i for i, rule in enumerate(RULES) if rule.parameter == "maxDrift")
    panel = dock(window, drift)
    assert "computeDrift" in panel.findChild(QLabel, "thresholdSaved").text()
