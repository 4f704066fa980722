"""The table in the real window: the barcode, its columns, its width."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QApplication
from qt_fixtures import click, current_id, press, settle

from bcviewer.core.audit.cells import FAILURES
from bcviewer.core.rules.barcode import sort_of
from bcviewer.core.rules.rules import RULE_INDEX
from bcviewer.frame.window import Window
from bcviewer.widgets.chrome.dialogs import ColumnsDialog

RPV = RULE_INDEX["fractionRPVs_estimatedTauR>maxRPVviolations"]


@pytest.fixture
def window(shared_window: Any) -> Window:
    return shared_window("demo")


def cell_place(window: Window, row: int, rule: int) -> QPoint:
    table = window.unit_table
    section = table.unit_model.columns.index("rules")
    area = table.visualRect(table.unit_model.index(row, section))
    return QPoint(area.x() + table.unit_header._spaces.left[rule] + 2, area.center().y())


def fails(window: Window) -> np.ndarray:
    """Return which units of the run fail the rule of RPV."""
    return np.isin(window.session.table.audit.cells[:, RPV], [int(c) for c in FAILURES])


# -- the barcode -----------------------------------------------------------------------------


@pytest.mark.slow
def test_a_click_on_a_failed_rule_filters_and_once_more_shows_all_again(window: Window) -> None:
    session, table = window.session, window.unit_table
    n = session.view.n_shown
    row = int(np.flatnonzero(fails(window)[session.view.rows])[0])
    unit = int(session.view.rows[row])
    click(table.viewport(), cell_place(window, row, RPV))
    settle()
    assert set(session.view.rows.tolist()) == set(np.flatnonzero(fails(window)).tolist())
    assert session.current == unit  # it fails, too: nobody's place is lost
    assert "RPV" in window.filter_bar.edit.text()
    place = int(session.view.place[unit])
    click(table.viewport(), cell_place(window, place, RPV))
    settle()
    assert session.view.n_shown == n
    assert session.current == unit


def test_a_click_on_a_rule_in_the_header_sorts_by_its_margin(window: Window) -> None:
    session, table = window.session, window.unit_table
    header = table.unit_header.viewport()
    unit = current_id(window)
    click(header, QPoint(cell_place(window, 0, RPV).x(), 8))
    assert session.sort.column == sort_of(RPV)
    key = session.table.audit.margin_key(RPV)[session.view.rows]
    known = key[~np.isnan(key)]
    assert (known[:-1] <= known[1:]).all()
    assert current_id(window) == unit
    press(window, "A")
    assert session.sort.column == "attention"
    assert table.unit_header._sorted is None


@pytest.mark.slow
def test_the_picture_is_chosen_like_any_column_and_remembered(window: Window) -> None:
    table = window.unit_table

    def untick() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ColumnsDialog)
        items = [dialog.list.item(i) for i in range(dialog.list.count())]
        item = next(i for i in items if i.data(Qt.ItemDataRole.UserRole) == "rules")
        item.setCheckState(Qt.CheckState.Unchecked)
        dialog.accept()

    QTimer.singleShot(0, untick)
    window.actions_by_key.by_key["columns"].trigger()
    assert "rules" not in table.shown_columns()
    assert "rules" not in window.prefs.columns()
    table.set_shown_columns([*table.shown_columns(), "rules"])
    assert window.prefs.columns()[-1] == "rules"
