"""What a cell of a table says is what is drawn, in the colours and fonts of its state."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QRect
from PySide6.QtGui import QColor, QImage, QPalette
from qt_fixtures import KINDS, table_of

from bcviewer.core.rules.labels import Label
from bcviewer.widgets.drawing.headed_model import NO_INDEX
from bcviewer.widgets.drawing.theme import label_icon, theme
from bcviewer.widgets.table.plain_cell import AT_LEFT, AT_RIGHT, INSET, Cell, PlainCell, one_line
from bcviewer.widgets.table.plain_table import PlainTable
from bcviewer.widgets.table.unit_table import UnitTable

WIDE = 120


class Cells(QAbstractTableModel):
    """One row of cells."""

    def __init__(self, *cells: Cell) -> None:
        super().__init__()
        self.cells = cells

    def rowCount(self, _: Any = NO_INDEX) -> int:
        return 1

    def columnCount(self, _: Any = NO_INDEX) -> int:
        return len(self.cells)

    def data(self, _: QModelIndex, __: int = 0) -> None:
        return None

    def cell(self, _: int, section: int) -> Cell:
        return self.cells[section]


@pytest.fixture
def shown(keep: Any) -> Any:
    def make(*cells: Cell, selected: bool = False) -> tuple[PlainTable, list[QImage]]:
        view = PlainTable()
        view.model_kept = Cells(*cells)
        view.setModel(view.model_kept)
        view.resize(WIDE * len(cells) + 20, 120)
        keep(view)
        for i in range(len(cells)):
            view.setColumnWidth(i, WIDE)
        if selected:
            view.selectRow(0)
            view.selectionModel().clearCurrentIndex()
        whole = view.viewport().grab().toImage()
        areas = [view.visualRect(view.model_kept.index(0, i)) for i in range(len(cells))]
        return view, [whole.copy(area) for area in areas]

    return make


def ground(image: QImage) -> str:
    """Return the colour at the edge of a cell: no letter is there."""
    return image.pixelColor(2, image.height() - 2).name()


def inked(image: QImage) -> list[int]:
    """Return the first and the last pixel across that has a letter's colour, or between."""
    base = image.pixelColor(2, image.height() - 2)
    found = [
        x
        for x in range(image.width())
        if any(image.pixelColor(x, y) != base for y in range(1, image.height() - 1))
    ]
    return [found[0], found[-1]] if found else []


def test_a_failing_cell_is_tinted_also_where_it_is_selected(shown: Any) -> None:
    cells = (Cell("1.0", fails=True), Cell("1.0"))
    _, plain = shown(*cells)
    assert [ground(image) for image in plain] == [theme().fail_tint.lower(), theme().base.lower()]
    _, chosen = shown(*cells, selected=True)
    wanted = [theme().fail_selected.lower(), theme().selected.lower()]
    assert [ground(image) for image in chosen] == wanted


def test_a_failing_one_is_bold_and_what_came_from_elsewhere_is_italic(shown: Any) -> None:
    view, _ = shown(Cell("x"))
    fonts = view.look.fonts
    styles = [
        (fonts.of(Cell("x", fails=f, is_news=n)).bold(), fonts.of(Cell("x", False, f, n)).italic())
        for f in (False, True)
        for n in (False, True)
    ]
    assert styles == [(False, False), (False, True), (True, False), (True, True)]
    bold = fonts.width(Cell("1.000", fails=True), "1.000")
    assert bold > fonts.width(Cell("1.000"), "1.000")


def test_what_is_gone_is_struck_through_from_its_first_letter_to_its_last(shown: Any) -> None:
    view, (plain, struck) = shown(Cell("i i i i"), Cell("i i i i", is_gone=True))
    assert view.look.fonts.of(Cell("x", is_gone=True)).strikeOut()
    assert not view.look.fonts.of(Cell("x", is_news=True)).strikeOut()

    def whole_lines(image: QImage) -> int:
        first, last = inked(image)
        base = image.pixelColor(2, image.height() - 2)
        return sum(
            all(image.pixelColor(x, y) != base for x in range(first, last))
            for y in range(1, image.height() - 1)
        )

    assert (whole_lines(plain), whole_lines(struck) > 0) == (0, True)


def test_a_star_is_beside_the_room_of_the_text_and_moves_nothing(shown: Any) -> None:
    cells = Cell("28", is_right=True), Cell("28", is_right=True, has_star=True)
    _, (plain, starred) = shown(*cells)
    text = inked(plain)
    first, last = inked(starred)
    assert first == text[0]
    assert text[1] < last < WIDE - 1
    room = QRect(0, 0, text[1] + 1, plain.height() - 1)
    assert starred.copy(room) == plain.copy(room)


def test_texts_stand_at_their_side_and_end_where_there_is_no_room(shown: Any) -> None:
    text = "a text that is far too long for such a cell"
    _, (left, right, cut) = shown(Cell("left"), Cell("right", is_right=True), Cell(text))
    assert abs(inked(left)[0] - INSET) <= 2
    assert abs(inked(right)[1] - (WIDE - INSET)) <= 2
    assert inked(cut)[1] <= WIDE - INSET + 1
    view, _ = shown(Cell(text))
    found = PlainCell(view).written(Cell(text), QRect(0, 0, WIDE, 20), view.look)
    assert found.text.endswith("…")
    assert text.startswith(found.text[:-1])
    assert found.side == AT_LEFT != AT_RIGHT


def test_ink_and_sign_are_the_cells_own(shown: Any) -> None:
    ink = QColor("#ff0000")
    _, (plain, red, signed) = shown(
        Cell("wwww"), Cell("wwww", ink=ink), Cell("w", sign=label_icon(Label.GOOD))
    )

    def has(image: QImage, color: QColor) -> bool:
        near = QRect(0, 0, image.width(), image.height())
        return any(
            abs(image.pixelColor(x, y).hue() - color.hue()) < 4
            and image.pixelColor(x, y).saturation() > 150
            for x in range(near.width())
            for y in range(near.height())
        )

    assert has(red, ink)
    assert not has(plain, ink)
    assert has(signed, QColor("#009E73"))


def test_what_cannot_be_seen_in_a_text_is_a_space(shown: Any) -> None:
    cell = Cell("two\nlines\tand \u202emore", is_right=True)
    assert one_line(cell) == Cell("two lines and  more", is_right=True)
    assert one_line(Cell("µ ≥ 3")) is not None
    same = Cell("µ ≥ 3")
    assert one_line(same) is same
    _, (broken, whole) = shown(Cell("two\nlines"), Cell("two lines"))
    assert broken == whole


def test_what_qt_asks_of_a_cell_is_what_is_drawn(keep: Any) -> None:
    """Whoever asks by roles (a screen reader) is told the same."""
    view = UnitTable()
    keep(view)
    table = table_of(KINDS)
    rows = np.arange(table.n_units)
    view.show_table(table, rows, ("label", "cluster_id", "reason", "nSpikes", "presenceRatio"))
    model = view.unit_model
    for row in range(model.rowCount()):
        for section, key in enumerate(model.columns):
            if key != "rules":
                assert model.index(row, section).data() == model.cell(row, section).text


def test_colours_are_those_of_the_palette_of_now(shown: Any) -> None:
    view, _ = shown(Cell("x"))
    palette = QPalette(view.palette())
    palette.setColor(QPalette.ColorRole.Text, QColor("#123456"))
    view.setPalette(palette)
    assert view.look.ink(Cell("x"), chosen=False).name() == "#123456"


def test_a_double_click_at_a_titles_end_gives_a_text_its_room(keep: Any) -> None:
    view = UnitTable()
    view.resize(900, 300)
    keep(view)
    table = table_of(KINDS)
    rows = np.arange(table.n_units)
    view.show_table(table, rows, ("cluster_id", "label", "reason", "nSpikes"))
    view.show_rows(rows, "")
    frozen = view.findChild(PlainTable, "unitTable.frozen")
    for part, key in ((frozen, "label"), (view, "reason"), (view, "nSpikes")):
        section = view.unit_model.columns.index(key)
        wide = part.sizeHintForColumn(section)
        for row in range(table.n_units):
            delegate, left = part.itemDelegateForColumn(section), part.look.span[0]
            area = QRect(left, 0, wide, 20)
            cell = view.unit_model.cell(row, section)
            found = delegate.written(cell, delegate.room(cell, row, area), part.look)
            assert found.text == cell.text, key
