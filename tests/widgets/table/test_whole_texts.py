"""No part of a number is painted, nor of a title: it is whole, or a sign is in its place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QFontMetrics
from PySide6.QtWidgets import QApplication, QTableView
from qt_fixtures import KINDS, table_of

from bcviewer.core.rules.column_choices import DEFAULT_COLUMNS
from bcviewer.core.sheet.veil import HIDDEN_WORDS
from bcviewer.widgets.table.plain_cell import CELL_PADDING, EDGE, INSET, Cell, WrittenText
from bcviewer.widgets.table.unit_table import UnitTable
from bcviewer.widgets.table.whole_texts import (
    CUT,
    SeenText,
    WholeNumbers,
    fitting_reason,
    seen_part,
)

RPV = "fractionRPVs_estimatedTauR"


@pytest.mark.parametrize(
    ("span", "is_right", "whole"),
    [
        ((0, 199), True, True),
        ((0, 159), True, True),
        ((0, 150), True, False),
        ((122, 199), True, True),
        ((123, 199), True, False),
        ((0, 150), False, True),
        ((101, 199), False, True),
        ((109, 199), False, False),
        ((0, 136), False, False),
    ],
)
def test_a_text_is_whole_or_not(span: tuple[int, int], is_right: bool, whole: bool) -> None:
    """30 pixels of text in a cell from 100 to 159: from 122 to 151, or from 108 to 137."""
    assert EDGE == 8
    part = seen_part(QRect(100, 0, 60, 20), 30, is_right, span)
    assert (part is None) == whole
    if part is not None:
        assert max(span[0], 100) == part.left()
        assert min(span[1], 159) == part.right()


def test_a_text_that_is_wider_than_its_cell_is_not_painted() -> None:
    for is_right in (True, False):
        assert seen_part(QRect(0, 0, 40, 20), 60, is_right, (0, 500)) == QRect(0, 0, 40, 20)


@pytest.fixture
def view(keep: Any) -> UnitTable:
    table = table_of({**KINDS, RPV: [0.13, 1.0, 0.05, 0.1, float("nan")]})
    made = UnitTable()
    made.resize(900, 300)
    keep(made)
    rows = np.arange(table.n_units)
    made.show_table(table, rows, DEFAULT_COLUMNS)
    made.show_rows(rows, "")
    return made


def painted(view: QTableView, section: int, row: int = 0) -> str:
    """Return the text that the table's own delegate writes in a cell."""
    return written(view, section, row).text


def written(view: Any, section: int, row: int = 0) -> WrittenText:
    index = view.model().index(row, section)
    cell = view.model().cell(row, section)
    return view.itemDelegateForIndex(index).written(cell, view.visualRect(index), view.look)


def cut_at(view: UnitTable, key: str, of: float) -> int:
    """Make the table so narrow that its right edge goes through a column; return the section."""
    section = view.unit_model.columns.index(key)
    view.setColumnWidth(view.unit_model.columns.index("reason"), 400)
    wide = view.columnWidth(section)
    edge = view.columnViewportPosition(section) + round(of * wide)
    view.resize(view.width() + edge - view.viewport().width(), 300)
    QApplication.processEvents()
    view.resize(view.width() + edge - view.viewport().width(), 300)  # a scroll bar came
    assert view.viewport().width() == edge
    return section


def test_a_number_at_the_edge_is_whole_or_not_there(view: UnitTable) -> None:
    """Seen: RPV 0.130 and 1.000 stood as “0.1” and “1.0” at the table's edge."""
    section = cut_at(view, RPV, 0.6)
    assert [painted(view, section, row) for row in range(2)] == [CUT, CUT]
    bar = view.horizontalScrollBar()
    bar.setValue(bar.value() + view.columnWidth(section) // 2)
    assert [painted(view, section, row) for row in range(2)] == ["0.130", "1.000"]


def test_no_number_looks_out_from_under_the_frozen_columns(view: UnitTable) -> None:
    section = cut_at(view, RPV, 0.9)
    frozen = view.findChild(QTableView, "unitTable.frozen")
    over = view.columnViewportPosition(section) - frozen.geometry().right()
    bar = view.horizontalScrollBar()
    view.setColumnWidth(view.unit_model.columns.index("depth_um"), 900)
    QApplication.processEvents()  # Qt sets the scroll bar's range later
    bar.setValue(over + view.columnWidth(section) - EDGE - 12)
    assert painted(view, section) == CUT
    bar.setValue(over - 1)
    assert painted(view, section) == "0.130"
    assert painted(frozen, view.unit_model.columns.index("cluster_id"), 3) == "3"


def test_a_title_at_the_edge_is_whole_or_not_there(view: UnitTable) -> None:
    """What is painted is looked at: ink of the title's colour."""
    section = cut_at(view, RPV, 0.5)
    header = view.unit_header
    area = QRect(header.sectionViewportPosition(section) + 2, 0, 500, header.height())

    def inks() -> set[str]:
        image = header.viewport().grab(area & header.viewport().rect()).toImage()
        return {
            image.pixelColor(x, y).name()
            for x in range(image.width())
            for y in range(image.height())
        }

    text = QColor(view.palette().buttonText().color()).name()
    assert text not in inks()
    assert len(inks()) > 3, "a sign is there, and it is faint"
    view.horizontalScrollBar().setValue(view.columnWidth(section) // 2)
    area.moveLeft(header.sectionViewportPosition(section) + 2)
    area.setWidth(view.columnWidth(section) - 4)
    assert text in inks()
    assert QFontMetrics(header.font()).horizontalAdvance("RPV") < area.width()


def test_a_reason_is_said_in_as_many_words_as_have_room(view: UnitTable) -> None:
    """Seen in a column of 73 pixels: “undeci…”, and “hidde…” in a blind review."""
    section, metrics = view.unit_model.columns.index("reason"), view.fontMetrics()
    whole = view.unit_model.index(0, section).data()
    ways = {}
    for wide in (600, 110, 60):
        view.setColumnWidth(section, wide)
        ways[wide] = painted(view, section)
        assert metrics.horizontalAdvance(ways[wide]) <= wide - CELL_PADDING
    assert ways[600] == whole
    assert ways[60] == "RPV", "which rule, not how its family begins"
    assert fitting_reason(HIDDEN_WORDS, metrics.horizontalAdvance, 60) == "hidden"
    least = metrics.horizontalAdvance("troughs…")
    wide = metrics.horizontalAdvance
    assert fitting_reason("troughs, peaks, drift", wide, least) == "troughs…", "a whole word"
    assert fitting_reason("troughs, peaks, drift", wide, least - 1) == CUT
    scored, gone = "here: MUA · 93% from 31, 7% from 28", "gone: merged into 45, then into 47"
    assert fitting_reason(scored, wide, wide("here: MUA…") + 5) == "here: MUA…", "not “here:…”"
    assert fitting_reason(gone, wide, wide("gone: merged into 45…") + 5) == "gone: merged into 45…"


def test_a_reason_at_the_tables_edge_is_said_in_what_is_seen_of_its_cell(view: UnitTable) -> None:
    section = view.unit_model.columns.index("reason")
    view.setColumnWidth(section, 400)
    edge = view.columnViewportPosition(section) + 70
    for _ in range(2):  # a scroll bar comes
        view.resize(view.width() + edge - view.viewport().width(), 300)
        QApplication.processEvents()
    assert painted(view, section) == "RPV"


def test_a_text_at_the_tables_edge_ends_with_a_sign(view: UnitTable) -> None:
    """Seen while runs are compared: “threshold”, and half an “s”."""
    section = view.unit_model.columns.index("reason")
    cell, index = SeenText(view), view.unit_model.index(0, section)
    view.setColumnWidth(section, 400)
    edge = view.columnViewportPosition(section) + 30
    for _ in range(2):  # a scroll bar comes
        view.resize(view.width() + edge - view.viewport().width(), 300)
        QApplication.processEvents()
    found = cell.written(view.unit_model.cell(0, section), view.visualRect(index), view.look)
    assert found.text.endswith("…")
    assert index.data().startswith(found.text[:-1])
    assert found.area.right() == view.viewport().width() - 1 - INSET, "no further than is seen"


@pytest.mark.parametrize("slack", range(-4, 30))
def test_a_number_is_written_whole_or_not_at_all_however_much_room_it_has(
    view: UnitTable, slack: int
) -> None:
    """Seen with 8 to 16 pixels: “12345.67” as “1234…”."""
    cell = Cell("12345.67", is_right=True)
    wide = view.look.fonts.width(cell, cell.text)
    area = QRect(view.look.span[0], 0, wide + slack, 20)
    found = WholeNumbers(view).written(cell, area, view.look)
    assert found.text == ("12345.67" if slack >= 2 * INSET else CUT)
