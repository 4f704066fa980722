"""The table's columns: which are there, how wide, and what is in the label's cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from curation_cases import act, note
from factories import again
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QStyleOptionViewItem,
)
from qt_fixtures import KINDS, table_of

from bcviewer.core.curation.replay import replay
from bcviewer.core.rules.column_choices import DEFAULT_COLUMNS
from bcviewer.core.rules.labels import Label
from bcviewer.widgets.drawing.theme import LABEL_FILL, theme
from bcviewer.widgets.table.fitted_width import elastic_width
from bcviewer.widgets.table.label_cell import MARKS_WIDTH
from bcviewer.widgets.table.plain_cell import INSET, Cell, Look, PlainCell, WrittenText
from bcviewer.widgets.table.plain_table import PlainTable
from bcviewer.widgets.table.unit_table import UnitTable

ALWAYS = [k for k in DEFAULT_COLUMNS if k not in ("probe", "roi_label", "manual_label", "note")]


def filled(keep: Any, table: Any, width: int = 900) -> UnitTable:
    view = UnitTable()
    view.resize(width, 300)
    keep(view)
    rows = np.arange(table.n_units)
    view.show_table(table, rows, DEFAULT_COLUMNS)
    view.show_rows(rows, "")
    return view


def section(view: UnitTable, key: str) -> int:
    return view.unit_model.columns.index(key)


def said(table: Any, *actions: Any) -> Any:
    return again(table, said=replay(actions))


# -- what is said ------------------------------------------------------------------------------


def test_labels_and_notes_have_a_column_once_there_is_one(keep: Any) -> None:
    table = table_of(KINDS)
    view = filled(keep, table, 1200)
    assert view.shown_columns() == ALWAYS
    assert view.chosen_columns() == [*ALWAYS, "manual_label", "note"]
    noted = said(table, note("n", 1, "drifts", unit=2))
    view.show_marked(3, np.array([3]))
    view.verticalScrollBar().setValue(7)
    place = view.verticalScrollBar().value()
    view.unit_model.set_manual(noted, np.array([2]))
    view.show_said(noted)
    assert view.shown_columns() == [*ALWAYS, "note"]
    assert view.columnWidth(section(view, "note")) > 50
    assert view.current_unit() == 3
    assert view.verticalScrollBar().value() == place
    both = said(table, note("n", 1, "drifts", unit=2), act("a", 2, unit=1, label="NOISE"))
    view.show_said(both)
    assert view.shown_columns() == [*ALWAYS, "manual_label", "note"]
    view.show_said(table)  # undone: what is shown stays
    assert view.shown_columns() == [*ALWAYS, "manual_label", "note"]


def test_they_are_there_at_once_where_there_is_one_already(keep: Any) -> None:
    table = said(table_of(KINDS), act("a", 2, unit=1, label="NOISE"))
    assert filled(keep, table, 1200).shown_columns() == [*ALWAYS, "manual_label"]


def test_they_come_only_where_the_reason_stays_readable(keep: Any) -> None:
    """Seen: the first label made the reason “unde…”, and a scroll bar came."""
    table = table_of(KINDS)
    view = filled(keep, table, 2000)
    reason, needed = section(view, "reason"), view.needed_width()
    both = said(table, note("n", 1, "drifts", unit=2), act("a", 2, unit=1, label="NOISE"))
    view.resize(needed, 300)
    QApplication.processEvents()
    wide = view.columnWidth(reason)
    view.unit_model.set_manual(both, np.array([1, 2]))
    view.show_said(both)
    QApplication.processEvents()
    assert view.shown_columns() == ALWAYS
    assert view.columnWidth(reason) == wide
    assert view.horizontalScrollBar().maximum() == 0
    assert view.chosen_columns() == [*ALWAYS, "manual_label", "note"], "they wait"
    view.resize(2000, 300)
    QApplication.processEvents()
    assert view.shown_columns() == [*ALWAYS, "manual_label", "note"]
    least = 16 * view.fontMetrics().averageCharWidth()
    for width in range(2000, 500, -50):
        view.resize(width, 300)
        QApplication.processEvents()
        if view.shown_columns() != ALWAYS:
            assert view.columnWidth(reason) >= min(least, wide), width
            assert view.horizontalScrollBar().maximum() == 0, width
    assert view.shown_columns() == ALWAYS


def test_where_no_sign_can_be_seen_they_come_anyway(keep: Any) -> None:
    table = said(table_of(KINDS), act("a", 2, unit=1, label="NOISE"))
    view = filled(keep, table, 300)
    assert "manual_label" not in view.shown_columns()
    view.set_shown_columns([k for k in DEFAULT_COLUMNS if k != "label"])
    assert "manual_label" in view.shown_columns()
    view.set_shown_columns([k for k in table.names() if k != "note"])
    assert "manual_label" in view.shown_columns(), "a person's own, wider than the table anyway"


def test_columns_that_only_another_run_has_push_none_out_of_sight(keep: Any) -> None:
    """Seen: after cell types of one run the others' regions were cut, and a scroll bar came."""
    table = said(table_of(KINDS), act("a", 2, unit=1, label="NOISE"))
    view = filled(keep, table, 2000)
    reason = view.columnWidth(section(view, "reason"))
    manual = view.columnWidth(section(view, "manual_label"))
    edge = view.needed_width() - manual - reason
    for own in ("no such column", "presenceRatio"):
        view.set_shown_columns([*DEFAULT_COLUMNS, own])
        more = view.columnWidth(section(view, own)) if own == "presenceRatio" else 0
        for room in (70, 90, 110):
            view.resize(edge + more + room, 300)
            QApplication.processEvents()
            assert view.horizontalScrollBar().maximum() == 0, (own, room)
            assert "manual_label" not in view.shown_columns()
        view.resize(edge + more - 30, 300)
        QApplication.processEvents()
        wider = "manual_label" in view.shown_columns()
        assert wider == (own == "presenceRatio"), "a person's own, wider than the table anyway"


def test_who_does_not_want_them_has_none(keep: Any) -> None:
    table = table_of(KINDS)
    view = filled(keep, table)
    view.set_shown_columns(["note", "label", "nSpikes"])
    assert view.shown_columns() == ["label", "nSpikes"]
    assert view.chosen_columns() == ["note", "label", "nSpikes"]
    both = said(table, note("n", 1, "drifts", unit=2), act("a", 2, unit=1, label="NOISE"))
    view.show_said(both)
    assert view.shown_columns() == ["note", "label", "nSpikes"]


def test_the_label_has_the_manual_one_as_a_second_sign_seen_on_a_selected_row(keep: Any) -> None:
    table = said(table_of(KINDS), act("a", 2, unit=1, label="NON-SOMA"))
    view = filled(keep, table)
    column = section(view, "label")

    def end_of(row: int) -> list[str]:
        area = view.visualRect(view.unit_model.index(row, column))
        area.setLeft(area.right() - MARKS_WIDTH)
        picture = view._frozen.viewport().grab(area).toImage()
        return [
            picture.pixelColor(x, y).name().upper()
            for x in range(picture.width())
            for y in range(picture.height())
        ]

    assert LABEL_FILL[Label.NON_SOMA] in end_of(1)
    assert LABEL_FILL[Label.NON_SOMA] not in end_of(0)
    view.show_marked(1, np.array([1]))
    marked = end_of(1)
    assert LABEL_FILL[Label.NON_SOMA] in marked
    palette = view._frozen.palette()
    ground = palette.highlight().color()
    inks = [QColor(name) for name in set(marked)]
    assert max(contrast(ink, ground) for ink in inks) > 4.5  # the tick
    assert ground.name() == theme().selected.lower()


def test_a_note_has_a_sign_of_its_own_beside_the_label(keep: Any) -> None:
    """Seen: at 1440 a note was nowhere in the table."""
    table = said(
        table_of(KINDS), note("n", 1, "drifts", unit=2), act("a", 2, unit=1, label="NON-SOMA")
    )
    view = filled(keep, table, 700)
    assert "note" not in view.shown_columns()

    def end_of(row: int, left: int, right: int) -> int:
        """Return how much lighter or darker the darkest spot is than the ground."""
        area = view.visualRect(view.unit_model.index(row, section(view, "label")))
        area.setLeft(area.right() + 1 - left)
        area.setWidth(left - right)
        picture = view._frozen.viewport().grab(area).toImage()
        spots = [
            picture.pixelColor(x, y).lightness()
            for x in range(picture.width())
            for y in range(picture.height())
        ]
        return max(spots) - min(spots)

    note_only = (MARKS_WIDTH, MARKS_WIDTH - 7)
    assert end_of(2, *note_only) > 100
    assert end_of(0, *note_only) < 20
    assert end_of(1, *note_only) < 20, "a label alone: neither a note, nor letters under the signs"
    view.show_marked(2, np.array([2]))
    assert end_of(2, *note_only) > 100, "also where it is selected"


def test_no_label_runs_under_the_signs(keep: Any) -> None:
    """Seen: the end of NON-SOMA under the second sign."""
    table = said(table_of(KINDS), act("a", 2, unit=3, label="MUA"), note("n", 1, "x", unit=3))
    view = filled(keep, table)
    assert table.text("label", 3) == "NON-SOMA"
    assert room(view, "label") >= MARKS_WIDTH
    painter, taken = QPainter(), []
    picture = QPixmap(300, 30)
    view.setColumnWidth(section(view, "label"), 60)  # a person's own: it is elided before them
    index = view.unit_model.index(3, section(view, "label"))
    cell, option = view.itemDelegateForIndex(index), QStyleOptionViewItem()
    view.initViewItemOption(option)
    option.widget = frozen = view.findChild(PlainTable, "unitTable.frozen")
    option.rect = frozen.visualRect(index)
    with pytest.MonkeyPatch.context() as patch:
        written = PlainCell.written

        def write(self: PlainCell, said: Cell, area: QRect, look: Look) -> WrittenText:
            taken.append(area.right())
            return written(self, said, area, look)

        patch.setattr(PlainCell, "written", write)
        painter.begin(picture)
        cell.paint(painter, option, index)
        painter.end()
    assert taken == [option.rect.right() - MARKS_WIDTH]


def contrast(a: QColor, b: QColor) -> float:
    def light(color: QColor) -> float:
        parts = [color.redF(), color.greenF(), color.blueF()]
        lin = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * lin[0] + 0.7152 * lin[1] + 0.0722 * lin[2]

    x, y = sorted((light(a), light(b)))
    return (y + 0.05) / (x + 0.05)


# -- widths ------------------------------------------------------------------------------------


def test_the_reason_gives_way_so_that_all_columns_are_seen(keep: Any) -> None:
    view = filled(keep, table_of(KINDS), width=2000)
    reason = section(view, "reason")
    whole, needed = view.columnWidth(reason), view.needed_width()
    QApplication.processEvents()
    assert view.horizontalScrollBar().maximum() == 0
    view.resize(needed, 300)
    QApplication.processEvents()
    assert view.columnWidth(reason) == whole
    assert view.horizontalScrollBar().maximum() == 0
    view.resize(needed - 40, 300)  # there is no scroll bar to the side, which needs room
    QApplication.processEvents()
    assert view.columnWidth(reason) < whole
    assert view.horizontalScrollBar().maximum() == 0
    view.resize(300, 300)
    QApplication.processEvents()
    least = 16 * view.fontMetrics().averageCharWidth()
    assert view.columnWidth(reason) == least < whole, "it says how it begins: “undecidable: …”"
    view.resize(2000, 300)
    QApplication.processEvents()
    assert view.columnWidth(reason) == whole
    assert view.needed_width() == needed
    assert view.widths() == {}  # nobody set any


def test_how_wide_the_reason_is_does_not_depend_on_when_the_scroll_bar_came(
    keep: Any,
) -> None:
    """Seen: rows came after the width; a column was cut to “…”, and the reason for nothing."""
    for width in range(560, 1000, 13):
        view = filled(keep, table_of({k: 8 * v for k, v in KINDS.items()}), width)
        reason = section(view, "reason")
        at_first = view.columnWidth(reason)
        view.resize(width + 40, view.height())
        view.resize(width, view.height())
        assert view.columnWidth(reason) == at_first, width


def test_a_reason_is_whole_where_there_is_room(keep: Any) -> None:
    """Seen: at 2560 pixels reasons were cut off at 250, and the table had blank room beside."""
    columns = {"presenceRatio": [0.1], "nSpikes": [3.0], "Lratio": [9.0], "rawAmplitude": [1.0]}
    table = table_of(columns)
    view = filled(keep, table, width=3000)
    QApplication.processEvents()
    assert view.columnWidth(section(view, "reason")) > 250
    assert room(view, "reason") >= 0
    needed, whole, _ = view.wanted_widths()
    assert needed < whole
    view.resize(needed, 300)
    QApplication.processEvents()
    assert view.horizontalScrollBar().maximum() == 0


def test_a_reason_that_a_person_widened_stays(keep: Any) -> None:
    view = filled(keep, table_of(KINDS))
    view.setColumnWidth(section(view, "reason"), 400)
    view.resize(500, 300)
    QApplication.processEvents()
    assert view.columnWidth(section(view, "reason")) == 400
    assert view.widths() == {"reason": 400}


def room(view: UnitTable, key: str) -> int:
    """Return how many pixels a column has beside its widest text, before it would be cut."""
    delegate, least = PlainCell(view), 10**6
    for row in range(view.unit_model.rowCount()):
        index = view.unit_model.index(row, section(view, key))
        cell = view.unit_model.cell(row, index.column())
        wide = delegate.room(cell, row, view.visualRect(index)).width() - 2 * INSET
        least = min(least, wide - view.look.fonts.width(cell, cell.text))
    delegate.deleteLater()
    return least


def test_nothing_is_cut_where_there_is_room(keep: Any) -> None:
    table = said(table_of(KINDS), act("a", 2, unit=1, label="NON-SOMA"))
    view = filled(keep, table, 2000)
    view.set_shown_columns([k for k in table.names() if table.kind(k) == "number"] + ALWAYS)
    keys = [k for k in view.shown_columns() if k not in ("rules", "reason")]
    assert {k: room(view, k) for k in keys if room(view, k) < 0} == {}
    assert view.fontMetrics().horizontalAdvance("NON-SOMA") < view.columnWidth(
        section(view, "label")
    )


@pytest.mark.parametrize("key", ["cluster_id", "nSpikes", "fractionRPVs_estimatedTauR"])
def test_no_digit_is_ever_cut_off(keep: Any, key: str) -> None:
    kinds = {**KINDS, "nSpikes": [123_456_789.0, 2400.0, 2400.0, 2400.0, 0.0]}
    view = filled(keep, table_of(kinds))
    column = section(view, key)
    least = view.columnWidth(column)
    assert room(view, key) >= 0
    view.setColumnWidth(column, 20)
    assert view.columnWidth(column) == least
    if key == "cluster_id":
        assert view._frozen.columnWidth(column) == least
    view.set_widths({key: 5})  # of other settings, with a smaller font
    view.set_shown_columns(DEFAULT_COLUMNS)
    assert view.columnWidth(column) == least
    view.setColumnWidth(column, least + 40)
    assert view.columnWidth(column) == least + 40


def test_headers_are_short_and_numbers_say_how_far(keep: Any) -> None:
    view = filled(keep, table_of(KINDS))
    across = view.horizontalHeader().orientation()
    heads = [view.unit_model.headerData(section(view, k), across) for k in ALWAYS]
    assert heads == ["label", "id", "rules", "reason", "margin", "RPV", "spikes", "depth (µm)"]
    cells = [view.unit_model.index(row, section(view, "good_margin")).data() for row in range(5)]
    assert cells[0].startswith("+")
    assert cells[1].startswith("−")
    assert cells[4] == "–"


@pytest.mark.parametrize(
    ("room", "after", "width"),
    [
        (400, [50, 50], 300),  # all are seen, and it has the rest
        (170, [50, 50], 70),  # it is narrowed for that
        (160, [50, 50], 110),  # one is out of sight: the one before it is whole
        (140, [50, 50], 140),  # both are
        (80, [50, 50], 80),  # it ends where the table does
        (50, [50, 50], 100),  # it is scrolled to
    ],
)
def test_no_column_is_a_sliver_at_the_edge(room: int, after: list[int], width: int) -> None:
    assert elastic_width(room, after, readable=100, least=70) == width
