"""The barcode in the table: what is drawn, said, sorted by and filtered for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from qt_fixtures import KINDS, click, table_of

from bcviewer.core.audit.cells import RuleCell
from bcviewer.core.rules.barcode import sort_of
from bcviewer.core.rules.rules import RULE_INDEX
from bcviewer.widgets.drawing.theme import DARK, FAIL_FILL, LIGHT, Theme
from bcviewer.widgets.table import barcode_cells as module
from bcviewer.widgets.table.barcode_cells import Spaces, draw_cell, used_rules
from bcviewer.widgets.table.plain_table import PlainTable
from bcviewer.widgets.table.unit_table import UnitTable

PRESENCE = RULE_INDEX["presenceRatio<minPresenceRatio"]
PEAKS = RULE_INDEX["nPeaks>maxNPeaks"]
LINEAR = RULE_INDEX["spatialDecaySlope<minSpatialDecaySlope"]
COLUMNS = ("label", "cluster_id", "rules", "nSpikes")


def filled(keep: Any, columns: Any = COLUMNS, kinds: Any = KINDS) -> UnitTable:
    view = UnitTable()
    view.resize(700, 300)
    keep(view)
    table = table_of(kinds)
    rows = np.arange(table.n_units)
    view.show_table(table, rows, columns)
    view.show_rows(rows, "")
    view.chosen.connect(view.show_marked)
    return view


@pytest.fixture
def view(keep: Any) -> UnitTable:
    return filled(keep)


def section(view: PlainTable) -> int:
    return view.model().columns.index("rules")


def place_of(view: PlainTable, row: int, rule: int) -> QPoint:
    area = view.visualRect(view.model().index(row, section(view)))
    spaces = view.unit_header._spaces
    return QPoint(area.x() + spaces.left[rule] + spaces.wide // 2, area.center().y())


def shown(view: PlainTable) -> QImage:
    QApplication.processEvents()
    return view.viewport().grab().toImage()


def color_at(view: PlainTable, row: int, rule: int) -> str:
    place = place_of(view, row, rule)
    return shown(view).pixelColor(place).name().upper()


def drawn(cell: RuleCell, colors: Theme) -> bytes:
    picture = QPixmap(7, 14)
    picture.fill(QColor(colors.base))
    painter = QPainter(picture)
    draw_cell(painter, QRect(0, 0, 7, 14), cell, colors)
    painter.end()
    return bytes(picture.toImage().constBits())


# -- what is drawn -----------------------------------------------------------------------------


def test_a_cell_for_each_rule_in_their_order_with_room_between_blocks(view: UnitTable) -> None:
    rules = used_rules(view.unit_model.table)
    assert LINEAR not in rules  # switched off: the decay was fitted by an exponential
    assert rules == tuple(sorted(rules))
    assert len(rules) == 23
    spaces = Spaces(rules, 5)
    lefts = [spaces.left[i] for i in rules]
    gaps = np.diff(lefts)
    assert set(gaps.tolist()) == {6, 11}
    assert (gaps == 11).sum() == 2
    assert spaces.width > lefts[-1] + 5
    assert [spaces.rule_at(spaces.left[i] + 2) for i in rules] == list(rules)
    assert spaces.rule_at(0) is None


def test_the_column_is_as_wide_as_its_cells(view: UnitTable) -> None:
    assert view.columnWidth(section(view)) == view.unit_header._spaces.width
    assert view.shown_columns() == list(COLUMNS)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_no_two_states_look_the_same(qapp: Any, colors: Theme) -> None:
    assert len({drawn(cell, colors) for cell in RuleCell}) == len(RuleCell)


def test_failures_are_seen_in_their_place(view: UnitTable) -> None:
    assert color_at(view, 1, PRESENCE) == FAIL_FILL
    assert color_at(view, 2, PEAKS) == FAIL_FILL
    masked, passed = color_at(view, 2, PRESENCE), color_at(view, 0, PRESENCE)
    assert FAIL_FILL not in (masked, passed)
    assert masked != passed


def test_on_a_selected_row_the_cells_keep_their_ground(view: UnitTable) -> None:
    view.show_marked(1, np.array([1]))
    assert color_at(view, 1, PRESENCE) == FAIL_FILL
    picture, place = shown(view), place_of(view, 1, PRESENCE)
    base = view.palette().base().color()
    beside = view.unit_header._spaces.left[PRESENCE] + view.unit_header._spaces.wide
    area = view.visualRect(view.unit_model.index(1, section(view)))
    assert picture.pixelColor(area.x() + beside, place.y()) == base
    assert picture.pixelColor(area.x() + 1, place.y()) == view.palette().highlight().color()


def test_pictures_are_shared_and_their_number_is_bounded(
    keep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = filled(keep, kinds={"presenceRatio": [1.0, 1.0, 1.0, 1.0]})
    shown(view)
    assert len(view._barcode._drawn) == 3  # a block each
    monkeypatch.setattr(module, "_MOST_KEPT", 2)
    view._barcode.retheme()
    shown(view)
    assert 0 < len(view._barcode._drawn) <= 2


def test_it_may_stand_anywhere_be_frozen_and_hidden(view: UnitTable) -> None:
    view.set_shown_columns(["rules", "label"])
    assert view.columnWidth(0) == view.unit_header._spaces.width
    frozen = view._frozen
    assert color_at(frozen, 1, PRESENCE) == FAIL_FILL
    view.set_shown_columns(["label", "nSpikes"])
    assert view.unit_header.rule_at(40) is None
    assert view.unit_model.index(1, 0).data() == "MUA"
    shown(view)
    view.set_shown_columns(["label", "cluster_id", "nSpikes", "rules"])
    assert color_at(view, 1, PRESENCE) == FAIL_FILL


def test_a_narrow_column_draws_nothing_outside_itself(view: UnitTable) -> None:
    last = section(view) + 1
    before = view.viewport().grab(view.visualRect(view.unit_model.index(1, last))).toImage()
    view.setColumnWidth(section(view), 30)
    after = view.viewport().grab(view.visualRect(view.unit_model.index(1, last))).toImage()
    assert before == after


# -- what it says and does ---------------------------------------------------------------------


def hover(view: Any, viewport: Any, place: QPoint) -> str:
    QToolTip.hideText()
    event = QHelpEvent(QEvent.Type.ToolTip, place, viewport.mapToGlobal(place))
    QApplication.sendEvent(viewport, event)
    return QToolTip.text()


def test_hovering_names_rule_value_and_limit(view: UnitTable) -> None:
    said = hover(view, view.viewport(), place_of(view, 1, PRESENCE))
    assert "presence ratio 0.610 &lt; 0.7" in said
    assert "failed, and decided the label" in said
    assert "MUA: presenceRatio&lt;minPresenceRatio" in said
    area = view.visualRect(view.unit_model.index(1, section(view)))
    assert "What every rule says" in hover(view, view.viewport(), area.topLeft() + QPoint(1, 3))
    header = view.unit_header
    place = QPoint(place_of(view, 1, PEAKS).x(), 5)
    assert "peaks too high" in hover(view, header.viewport(), place)
    QToolTip.hideText()


def test_a_click_on_a_failed_cell_tells_its_rule_and_selects_the_row(view: UnitTable) -> None:
    told: list[int] = []
    view.rule_chosen.connect(told.append)
    click(view.viewport(), place_of(view, 1, PRESENCE))
    assert told == [PRESENCE]
    assert view.current_unit() == 1
    click(view.viewport(), place_of(view, 0, PRESENCE))  # passed: no more than a row
    click(view.viewport(), place_of(view, 2, PRESENCE), Qt.KeyboardModifier.ControlModifier)
    click(view.viewport(), place_of(view, 2, PRESENCE), Qt.KeyboardModifier.ShiftModifier)
    click(view.viewport(), place_of(view, 2, PRESENCE), button=Qt.MouseButton.RightButton)
    assert told == [PRESENCE]


def test_a_drag_over_cells_is_no_click(view: UnitTable) -> None:
    told: list[int] = []
    view.rule_chosen.connect(told.append)
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(view.viewport(), left, none, place_of(view, 2, PRESENCE))
    QTest.mouseRelease(view.viewport(), left, none, place_of(view, 1, PRESENCE))
    assert told == []


def test_the_header_sorts_by_the_rule_under_the_mouse(view: UnitTable) -> None:
    told: list[tuple[str, bool]] = []
    view.sort_chosen.connect(lambda key, down: told.append((key, down)))
    view.sort_chosen.connect(view.show_sort)
    header = view.unit_header.viewport()
    click(header, QPoint(place_of(view, 0, PRESENCE).x(), 8))
    click(header, QPoint(place_of(view, 0, PRESENCE).x(), 8))
    click(header, QPoint(place_of(view, 0, PEAKS).x(), 8))
    name = sort_of(PRESENCE)
    assert told == [(name, False), (name, True), (sort_of(PEAKS), False)]
    assert view.horizontalHeader().sortIndicatorSection() == section(view)
    area = view.visualRect(view.unit_model.index(0, section(view)))
    click(header, QPoint(area.x() + 2, 8))  # beside the cells
    assert len(told) == 3


def test_the_sorted_rule_is_marked_in_the_header(view: UnitTable) -> None:
    before = view.unit_header.viewport().grab().toImage()
    view.show_sort(sort_of(PRESENCE), False)
    first = view.unit_header.viewport().grab().toImage()
    view.show_sort(sort_of(PEAKS), False)
    second = view.unit_header.viewport().grab().toImage()
    assert before != first != second
    view.show_sort("label", False)
    assert view.unit_header._sorted is None
