"""The table view: frozen columns, sorting, selection, and speed with many units."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import numpy as np
import pytest
from factories import again
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QColor, QContextMenuEvent, QFocusEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QTableView
from qt_fixtures import KINDS, click, table_of

from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.what_if import tried
from bcviewer.core.rules.column_choices import DEFAULT_COLUMNS
from bcviewer.core.run.phy import Phy, PhyState
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.frame.looks import apply_looks
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.table import unit_model
from bcviewer.widgets.table.frozen_part import DEFAULT_FROZEN
from bcviewer.widgets.table.label_cell import MARKS_WIDTH
from bcviewer.widgets.table.unit_table import UnitTable

COLUMNS = ("label", "cluster_id", "reason", "nSpikes", "presenceRatio", "signalToNoiseRatio")
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


def filled(keep: Any, n: int | None = None, rows: Any = None) -> UnitTable:
    view = UnitTable()
    view.resize(700, 400)
    keep(view)
    table = table_of(KINDS) if n is None else table_of({"nSpikes": np.arange(1000.0, 1000.0 + n)})
    rows = np.arange(table.n_units) if rows is None else np.asarray(rows, np.int64)
    view.show_table(table, rows, COLUMNS)
    view.show_rows(rows, "Nothing here.")
    return view


@pytest.fixture
def view(keep: Any) -> UnitTable:
    made = filled(keep, 30)
    made.chosen.connect(made.show_marked)  # the window
    return made


def only(view: UnitTable, row: int) -> None:
    view.show_marked(row, np.array([row] if row >= 0 else [], np.int64))


def row_click(view: UnitTable, row: int, modifiers: Any = NONE, key: str = "nSpikes") -> None:
    index = view.unit_model.index(row, view.unit_model.columns.index(key))
    view.scrollTo(index)
    click(view.viewport(), view.visualRect(index).center(), modifiers)


def header_click(view: QTableView, section: int) -> None:
    header = view.horizontalHeader()
    x = header.sectionViewportPosition(section) + header.sectionSize(section) // 2
    click(header.viewport(), QPoint(x, header.height() // 2))


# -- columns ---------------------------------------------------------------------------------


def test_shown_columns_first_and_the_others_hidden(view: UnitTable) -> None:
    assert view.shown_columns() == list(COLUMNS)
    model = view.unit_model
    assert set(model.columns) > set(COLUMNS)
    hidden = [k for i, k in enumerate(model.columns) if view.isColumnHidden(i)]
    assert set(hidden) == set(model.columns) - set(COLUMNS)


def test_columns_that_the_run_lacks_are_left_out(view: UnitTable) -> None:
    view.set_shown_columns(["label", "no such column", "ks_label", "nSpikes"])
    assert view.shown_columns() == ["label", "nSpikes"]


def test_rows_stay_marked_as_news_where_there_are_other_columns(view: UnitTable) -> None:
    """Seen: what phy changed was marked until another unit was scored, and brought its columns."""
    model = view.unit_model
    model.set_news(np.array([2, 5]))
    for keys in (["label", "nSpikes"], list(COLUMNS)):
        view.set_shown_columns(keys)
        marked = [i for i in range(model.rowCount()) if model.cell(i, 0).is_news]
        assert model.unit_rows(np.array(marked)).tolist() == [2, 5]


def test_default_columns_without_what_is_not_set(view: UnitTable) -> None:
    view.set_shown_columns(DEFAULT_COLUMNS)
    absent = ("probe", "roi_label", "manual_label", "note")
    assert view.shown_columns() == [k for k in DEFAULT_COLUMNS if k not in absent]


def test_the_first_columns_are_frozen(view: UnitTable) -> None:
    frozen = view.findChild(QTableView, "unitTable.frozen")
    assert view.frozen_count == DEFAULT_FROZEN == 2
    shown = [k for i, k in enumerate(view.unit_model.columns) if not frozen.isColumnHidden(i)]
    assert shown == ["label", "cluster_id"]
    assert frozen.isVisible()
    assert frozen.width() == view.columnWidth(0) + view.columnWidth(1)
    view.horizontalScrollBar().setValue(view.horizontalScrollBar().maximum())
    assert frozen.x() == view.frameWidth()
    view.verticalScrollBar().setValue(50)
    assert frozen.verticalScrollBar().value() == view.verticalScrollBar().value()
    view.set_frozen_count(0)
    assert not frozen.isVisible()
    view.set_frozen_count(99)
    assert frozen.isVisible()


def test_frozen_columns_follow_a_move(view: UnitTable) -> None:
    changed: list[None] = []
    view.columns_changed.connect(lambda: changed.append(None))
    view.horizontalHeader().moveSection(3, 0)
    assert view.shown_columns()[:3] == ["nSpikes", "label", "cluster_id"]
    assert changed
    frozen = view.findChild(QTableView, "unitTable.frozen")
    keys = view.unit_model.columns
    assert {k for i, k in enumerate(keys) if not frozen.isColumnHidden(i)} == {"nSpikes", "label"}


def test_widths_set_by_hand_are_kept(view: UnitTable) -> None:
    assert view.widths() == {}
    section = view.unit_model.columns.index("reason")
    view.setColumnWidth(section, 333)
    assert view.widths() == {"reason": 333}
    view.set_shown_columns(["reason", "label"])
    assert view.columnWidth(view.unit_model.columns.index("reason")) == 333


def test_choosing_columns_keeps_current_unit_and_selection(view: UnitTable) -> None:
    row_click(view, 4)
    row_click(view, 6, CONTROL)
    chosen: list[Any] = []
    view.chosen.connect(lambda _, rows: chosen.append(rows))
    view.set_shown_columns(["nSpikes", "label"])
    assert view.currentIndex().row() == 6
    assert view.selected_places() == [4, 6]
    assert chosen == []


@pytest.mark.parametrize("key", ["nSpikes", "label"])  # beside, and in the frozen part
def test_a_press_on_what_is_highlighted_already_is_a_choice_and_each_is_told_once(
    view: UnitTable, key: str
) -> None:
    frozen = view.findChild(QTableView, "unitTable.frozen")
    part = view if key == "nSpikes" else frozen
    chosen: list[tuple[int, list[int]]] = []
    view.chosen.connect(lambda current, rows: chosen.append((current, rows.tolist())))

    def press_on(row: int, modifiers: Any = NONE) -> list[tuple[int, list[int]]]:
        chosen.clear()
        index = view.unit_model.index(row, view.unit_model.columns.index(key))
        click(part.viewport(), part.visualRect(index).center(), modifiers)
        return chosen

    n = len(press_on(3))
    assert chosen[-1] == (3, [3])
    assert press_on(3) == [(3, [3])]
    view.keyPressEvent(QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Down, NONE))
    assert press_on(4) == [(4, [4])]
    assert len(press_on(5)) == n  # as without it
    assert len(press_on(5, CONTROL)) == 1
    chosen.clear()
    below = QPoint(5, part.viewport().height() - 2)
    view.show_rows(np.arange(3), "Nothing here.")
    click(part.viewport(), below)  # on no row
    assert len(chosen) <= 1


def test_a_label_has_room_for_its_sign_and_what_a_curator_says(view: UnitTable) -> None:
    column, table = view.unit_model.columns.index("label"), view.unit_model.table
    assert table is not None
    assert view.columnWidth(column) >= view.sizeHintForColumn(column) + MARKS_WIDTH
    split = again(table, source="split")
    assert split.is_split
    view.show_labels(split)
    longest = view.fontMetrics().horizontalAdvance("NON-SOMA GOOD")
    assert view.columnWidth(column) >= longest + 12 + 4 + 2 * 6 + MARKS_WIDTH


def test_rows_are_as_high_as_the_font_needs_in_both_parts(view: UnitTable) -> None:
    frozen = view.findChild(QTableView, "unitTable.frozen")
    low = view.rowHeight(0)
    font = view.font()
    font.setPointSizeF(font.pointSizeF() * 2)
    view.setFont(font)
    assert view.rowHeight(0) == frozen.rowHeight(0) > low + 5


# -- the header ------------------------------------------------------------------------------


def test_a_click_sorts_ascending_then_descending(view: UnitTable) -> None:
    chosen: list[tuple[str, bool]] = []
    view.sort_chosen.connect(lambda key, down: chosen.append((key, down)))
    section = view.unit_model.columns.index("nSpikes")
    for _ in range(3):
        header_click(view, section)
        view.show_sort(*chosen[-1])  # as the session answers
    header_click(view, view.unit_model.columns.index("reason"))
    assert chosen == [("nSpikes", False), ("nSpikes", True), ("nSpikes", False), ("reason", False)]


def test_the_frozen_header_sorts_too(qtbot: Any, view: UnitTable) -> None:
    frozen = view.findChild(QTableView, "unitTable.frozen")
    with qtbot.waitSignal(view.sort_chosen) as chosen:
        header_click(frozen, 1)
    assert chosen.args == ["cluster_id", False]


def test_the_sort_is_marked(view: UnitTable) -> None:
    view.show_sort("nSpikes", True)
    header = view.horizontalHeader()
    assert header.isSortIndicatorShown()
    assert header.sortIndicatorSection() == view.unit_model.columns.index("nSpikes")
    assert header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
    view.show_sort("no such column", False)
    assert not header.isSortIndicatorShown()


@pytest.mark.parametrize(
    ("words", "shown", "frozen"),
    [
        ("Hide", ["label", "cluster_id", "reason", "presenceRatio", "signalToNoiseRatio"], 2),
        ("Freeze up to", list(COLUMNS), 4),
        ("Unfreeze", list(COLUMNS), 0),
    ],
)
def test_the_header_menu(
    qtbot: Any, view: UnitTable, words: str, shown: list[str], frozen: int
) -> None:
    def choose() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        action = next(a for a in menu.actions() if a.text().startswith(words))
        action.trigger()
        menu.close()

    header = view.horizontalHeader()
    section = view.unit_model.columns.index("nSpikes")
    QTimer.singleShot(0, choose)
    with qtbot.waitSignal(view.columns_changed):
        header.customContextMenuRequested.emit(
            QPoint(header.sectionViewportPosition(section) + 5, 5)
        )
    assert view.shown_columns() == shown
    assert view.frozen_count == frozen


# -- current and selection -------------------------------------------------------------------


def test_a_click_chooses_the_unit(view: UnitTable) -> None:
    heard: list[Any] = []
    view.chosen.connect(lambda row, rows: heard.append((row, rows.tolist())))
    row_click(view, 7)
    assert heard == [(7, [7])]


def test_a_click_on_a_frozen_column_chooses_the_unit(qtbot: Any, view: UnitTable) -> None:
    frozen = view.findChild(QTableView, "unitTable.frozen")
    with qtbot.waitSignal(view.chosen) as chosen:
        click(frozen.viewport(), frozen.visualRect(view.unit_model.index(3, 1)).center())
    assert (chosen.args[0], chosen.args[1].tolist()) == (3, [3])
    assert view.hasFocus() or view.focusProxy() is None


def test_a_click_on_a_frozen_column_scrolls_no_other_away(keep: Any) -> None:
    """Seen: who clicked a label or an id lost the columns that they had scrolled to."""
    view = filled(keep, 30)
    view.resize(300, 400)
    frozen, bar = view.findChild(QTableView, "unitTable.frozen"), view.horizontalScrollBar()
    bar.setValue(bar.maximum())
    assert bar.value() > 0
    for column in range(DEFAULT_FROZEN):
        click(frozen.viewport(), frozen.visualRect(view.unit_model.index(3, column)).center())
        QTest.keyClick(view, Qt.Key.Key_Down)
        assert (view.current_unit(), bar.value()) == (4, bar.maximum())
    QTest.keyClick(view, Qt.Key.Key_Left)  # who goes there by key comes from what it covered
    assert bar.value() == 0


def test_a_title_stays_in_sight_while_there_is_room_for_it(keep: Any) -> None:
    """Seen: beside the frozen columns a title was "…", however much was seen of its column."""
    view = filled(keep, 3)
    for key, wide in (("reason", 245), ("nSpikes", 900)):
        view.setColumnWidth(COLUMNS.index(key), wide)
    QApplication.processEvents()  # Qt sets the scroll bar's range later
    head, bar, reason = view.unit_header, view.horizontalScrollBar(), COLUMNS.index("reason")

    def ink(hidden: int) -> bytes:
        bar.setValue(hidden)
        first = view.seen_span()[0]
        image = head.grab().toImage().copy(first + 2, 0, 80, head.height() - 2)
        return bytes(image.constBits())

    whole = ink(0)
    for hidden in (12, 60, 150):
        assert ink(hidden) == whole, hidden
    assert ink(245 - 25) != whole, "a sign that there is more"
    assert head.sectionViewportPosition(reason) < view.seen_span()[0]


def test_ranges_are_selected_with_shift_and_control(view: UnitTable) -> None:
    row_click(view, 2)
    row_click(view, 5, SHIFT)
    assert view.selected_places() == [2, 3, 4, 5]
    row_click(view, 9, CONTROL)
    assert view.selected_places() == [2, 3, 4, 5, 9]
    row_click(view, 3, CONTROL)
    assert view.selected_places() == [2, 4, 5, 9]


def test_control_click_takes_one_unit_out_of_the_selection(view: UnitTable) -> None:
    row_click(view, 2)
    row_click(view, 5, SHIFT)
    row_click(view, 4, CONTROL)
    assert view.selected_places() == [2, 3, 5]


def test_shift_and_arrow_keys_select(view: UnitTable) -> None:
    row_click(view, 2)
    QTest.keyClick(view, Qt.Key.Key_Down, SHIFT)
    QTest.keyClick(view, Qt.Key.Key_Down, SHIFT)
    assert view.selected_places() == [2, 3, 4]


def test_shift_selects_from_where_the_program_went(view: UnitTable) -> None:
    """As after an undo, which goes to the unit that it is about."""
    row_click(view, 2)
    QTest.keyClick(view, Qt.Key.Key_Down, SHIFT)
    only(view, 9)
    QTest.keyClick(view, Qt.Key.Key_Down, SHIFT)
    QTest.keyClick(view, Qt.Key.Key_Down, SHIFT)
    assert view.selected_places() == [9, 10, 11]


def test_a_range_may_begin_and_end_in_different_parts(view: UnitTable) -> None:
    """Each of Qt's views began it elsewhere: the frozen one at the first row in sight."""
    frozen = view.findChild(QTableView, "unitTable.frozen")
    row_click(view, 2)
    click(frozen.viewport(), frozen.visualRect(view.unit_model.index(5, 1)).center(), SHIFT)
    assert view.selected_places() == [2, 3, 4, 5]
    click(frozen.viewport(), frozen.visualRect(view.unit_model.index(4, 1)).center())
    row_click(view, 6, SHIFT)
    assert view.selected_places() == [4, 5, 6]
    row_click(view, 1, CONTROL)
    QTest.keyClick(view, Qt.Key.Key_Down, SHIFT)
    assert {1, 2} <= set(view.selected_places())


def test_selection_stays_with_its_units_through_a_sort(view: UnitTable) -> None:
    row_click(view, 2)
    row_click(view, 4, SHIFT)
    told: list[Any] = []
    view.chosen.connect(lambda _, rows: told.append(rows))
    view.show_rows(np.arange(30)[::-1].copy(), "")
    assert view.selected_places() == [25, 26, 27]
    assert view.unit_model.unit_row(view.currentIndex().row()) == 4
    assert told == []


def test_hidden_units_are_not_selected_any_more(view: UnitTable) -> None:
    row_click(view, 2)
    row_click(view, 4, SHIFT)
    told: list[Any] = []
    view.chosen.connect(lambda _, rows: told.append(rows))
    view.show_rows(np.array([0, 4, 8]), "")
    assert view.selected_units().tolist() == [4]
    only(view, 4)
    assert view.selected_places() == [1]
    view.show_rows(np.array([0, 8]), "")
    only(view, -1)
    assert view.selected_places() == []
    assert not view.currentIndex().isValid()
    assert told == []


def test_what_is_marked_is_highlighted_exactly(view: UnitTable) -> None:
    row_click(view, 2)
    row_click(view, 9, SHIFT)
    view.show_marked(20, np.array([3, 20, 21, 4]))
    assert view.selected_places() == [3, 4, 20, 21]
    assert view.current_unit() == 20
    view.show_rows(np.array([21, 7, 3]), "")
    view.show_marked(3, np.array([3, 4]))  # 4 is hidden
    assert view.selected_units().tolist() == [3]
    assert view.current_unit() == 3


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_Space])
def test_no_key_leaves_the_highlighted_rows(view: UnitTable, key: Qt.Key) -> None:
    """Ctrl and an arrow move Qt's current row away from what is selected."""
    row_click(view, 4)
    told: list[Any] = []
    view.chosen.connect(lambda _, rows: told.append(rows.tolist()))
    QTest.keyClick(view, key, CONTROL)
    assert told, "the window puts them together again"
    assert told[-1] in ([4], [])


def test_marking_scrolls_rows_but_not_columns_and_tells_no_step(qtbot: Any, keep: Any) -> None:
    view = filled(keep, 3000)
    view.resize(300, 200)
    bar = view.horizontalScrollBar()
    bar.setValue(bar.maximum())
    assert bar.value() > 0
    with qtbot.assertNotEmitted(view.chosen):
        only(view, 2500)
    assert bar.value() == bar.maximum()
    assert view.viewport().rect().intersects(view.visualRect(view.unit_model.index(2500, 4)))
    assert view.selected_places() == [2500]


def test_the_focus_alone_goes_to_no_unit(qtbot: Any, keep: Any) -> None:
    view = filled(keep, 30)
    other = QLineEdit(view)
    other.show()
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    other.setFocus()
    only(view, -1)  # the filter hides the current unit
    steps: list[int] = []
    view.chosen.connect(lambda row, _: steps.append(row))
    view.setFocus()
    assert view.hasFocus()
    assert steps == []
    assert not view.currentIndex().isValid()
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert steps[-1] == 0


def test_letters_are_no_search(view: UnitTable) -> None:
    row_click(view, 0)
    view.keyboardSearch("g")
    QTest.keyClicks(view, "mua")
    assert view.currentIndex().row() == 0


def test_right_click_asks_for_a_menu_frozen_columns_too(qtbot: Any, view: UnitTable) -> None:
    frozen = view.findChild(QTableView, "unitTable.frozen")
    for part in (view, frozen):
        place = part.viewport().rect().center()
        event = QContextMenuEvent(
            QContextMenuEvent.Reason.Mouse, place, part.viewport().mapToGlobal(place)
        )
        with qtbot.waitSignal(view.menu_requested):
            QApplication.sendEvent(part.viewport(), event)


def test_the_empty_text_is_painted(view: UnitTable) -> None:
    full = view.grab().toImage()
    view.show_rows(np.empty(0, np.int64), "")
    silent = view.grab().toImage()
    view.show_rows(np.empty(0, np.int64), "No unit passes the filter.")
    assert view.grab().toImage() != silent
    assert full != silent


def test_painted_is_told_once_and_of_a_screen(
    qtbot: Any, keep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = UnitTable()
    view.resize(500, 300)
    painted: list[None] = []
    view.painted.connect(lambda: painted.append(None))
    keep(view)
    view.grab()
    assert painted == []
    view.show_table(table_of(KINDS), np.arange(5), COLUMNS)
    asked: list[str] = []
    monkeypatch.setattr(
        unit_model, "display_text", lambda _, key, row: asked.append(key) or str(row)
    )
    for which in range(3):
        view.make_ready(which, 3)  # on none
    assert painted == []
    assert asked
    asked.clear()
    view.grab()
    view.grab()
    assert len(painted) == 1
    assert not asked, "what its cells say was made ready"


# -- many units ------------------------------------------------------------------------------


def test_100_000_units_are_selected_and_stepped_through_quickly(keep: Any) -> None:
    view = filled(keep, 100_000)
    told: list[int] = []
    view.chosen.connect(lambda _, rows: told.append(len(rows)))
    start = time.perf_counter()
    view.selectAll()
    assert time.perf_counter() - start < 1.0
    assert told == [100_000]
    assert len(view.selected_places()) == 100_000
    start = time.perf_counter()
    for place in range(50_000, 50_020):
        only(view, place)
    assert time.perf_counter() - start < 1.0
    assert view.selected_places() == [50_019]
    start = time.perf_counter()
    view.show_rows(np.arange(100_000)[::-1].copy(), "")
    assert time.perf_counter() - start < 1.0


@pytest.mark.parametrize("theme_name", ["light", "dark"])
def test_the_current_one_of_many_rows_is_marked_by_more_than_a_colour(
    view: UnitTable, theme_name: str
) -> None:
    apply_looks(theme_name, 0)

    def marked() -> list[int]:
        """Return the rows with a line along them and a wedge before them, in the frozen part."""
        out = []
        for part in (view.findChild(QTableView, "unitTable.frozen"), view):
            image, ink, found = part.viewport().grab().toImage(), QColor(theme().text), []
            for row in range(10):
                top = view.rowViewportPosition(row)
                middle = top + view.rowHeight(row) // 2
                points = ((1, middle), (part.viewport().width() // 2, top))
                if all(image.pixelColor(*point) == ink for point in points):
                    found.append(row)
            out.append(found)
        assert out[0] == out[1]
        return out[0]

    try:
        only(view, 2)
        assert marked() == [], "one row is seen as it is"
        view.show_marked(5, np.arange(1, 8))
        assert marked() == [5]
        row_click(view, 3, key="presenceRatio", modifiers=CONTROL)
        row_click(view, 3, key="presenceRatio", modifiers=CONTROL)
        assert marked() == [3], "another one, in another column"
        index = view.unit_model.index(6, view.unit_model.columns.index("nSpikes"))
        place = view.visualRect(index).center()
        QTest.mouseClick(view.viewport(), Qt.MouseButton.RightButton, NONE, place)
        assert marked() == [view.current_unit()]
        assert view.current_unit() == 6
    finally:
        apply_looks("", 0)


def test_a_label_that_is_tried_later_has_room(view: UnitTable) -> None:
    table = view.unit_model.table
    assert table is not None
    nothing, some = (
        again(table, tried=tried(table.inputs, Proposal.of({"minNumSpikes": limit})))
        for limit in (0.0, 1e9)
    )
    view.show_table(nothing, np.arange(table.n_units), ["label", "flip"])
    column = view.unit_model.columns.index("flip")
    narrow = view.columnWidth(column)
    view.show_table(nothing, np.arange(table.n_units), ["label", "flip"])
    view.show_labels(some)
    texts = {some.text("flip", row) for row in range(some.n_units)} - {""}
    assert texts, "the limit moves labels"
    longest = max(view.fontMetrics().horizontalAdvance(text) for text in texts)
    assert view.columnWidth(column) > max(longest, narrow)


# -- what is painted ---------------------------------------------------------------------------


class Paints(QObject):
    """Counts the pixels that are painted of a table, of both of its parts, while it is entered."""

    def __init__(self, view: UnitTable) -> None:
        super().__init__()
        frozen = view.findChild(QTableView, "unitTable.frozen")
        self._parts = [view.viewport(), frozen.viewport(), *(h.viewport() for h in heads(view))]
        self.pixels = 0
        self.times: Counter[int] = Counter()
        """How often each part was painted."""

    def __enter__(self) -> Paints:
        QApplication.processEvents()
        for part in self._parts:
            part.installEventFilter(self)
        return self

    def __exit__(self, *_: object) -> None:
        for _turn in range(3):  # timers of Qt's own paint once more
            QApplication.processEvents()
        for part in self._parts:
            part.removeEventFilter(self)

    def eventFilter(self, part: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.times[id(part)] += 1
            self.pixels += sum(part.width() * part.height() for part in event.region())
        return False


def heads(view: UnitTable) -> list[QTableView]:
    frozen = view.findChild(QTableView, "unitTable.frozen")
    return [view.horizontalHeader(), frozen.horizontalHeader()]


def test_the_same_rows_are_not_painted_anew_and_others_once(view: UnitTable) -> None:
    rows = np.arange(30)
    only(view, 3)
    with Paints(view) as same:
        view.show_rows(rows.copy(), "Nothing here.")
    assert same.pixels == 0
    with Paints(view) as other:
        view.show_rows(rows[::-1].copy(), "Nothing here.")
    # each of the two parts once: what the frozen one covers is not painted beneath it
    assert 0 < other.pixels <= 1.1 * view.width() * view.height()
    assert view.current_unit() == 3


def test_columns_with_other_widths_are_painted_once_and_the_same_ones_never(
    view: UnitTable,
) -> None:
    """Seen after a save of phy: Qt drew what was right of the first wider column once more."""
    table, wide = view.unit_model.table, view.shown_columns()
    with Paints(view) as fewer:
        view.show_columns(table, wide[:4])
    assert set(fewer.times.values()) == {1}
    with Paints(view) as more:
        view.set_widths({wide[2]: 300})
        view.show_columns(table, wide)
    assert set(more.times.values()) == {1}
    with Paints(view) as same:
        view.show_labels(table)
    assert same.pixels == 0


def test_other_words_of_an_empty_table_are_painted(view: UnitTable) -> None:
    none = np.empty(0, np.int64)
    view.show_rows(none, "Nothing here.")
    with Paints(view) as same:
        view.show_rows(none, "Nothing here.")
    assert same.pixels == 0
    with Paints(view) as other:
        view.show_rows(none, "No unit is like that.")
    assert other.pixels > 0


def test_a_glance_at_another_window_paints_no_more_than_the_current_row(view: UnitTable) -> None:
    """Seen beside phy: the whole table was painted each time that phy was looked at."""
    only(view, 3)
    frozen = view.findChild(QTableView, "unitTable.frozen")
    parts = [view, frozen, *heads(view)]
    widgets = [*parts, *(part.viewport() for part in parts)]
    with Paints(view) as glance:
        for kind in (QEvent.Type.WindowDeactivate, QEvent.Type.WindowActivate):
            for widget in widgets:
                QApplication.sendEvent(widget, QEvent(kind))
    assert glance.pixels == 0
    with Paints(view) as focus:
        for kind in (QEvent.Type.FocusOut, QEvent.Type.FocusIn):
            QApplication.sendEvent(view, QFocusEvent(kind))
            QApplication.processEvents()
    row = view.rowHeight(3) * (view.width() + frozen.width())
    assert 0 < focus.pixels <= 2 * row


def with_phy(view: UnitTable, gone: tuple[int, ...], new: list[int]) -> Sheet:
    """Return what is shown where phy merged some units away, and made others."""
    run = view.unit_model.table.run
    states = np.full(run.n_units + len(new), PhyState.CURRENT, np.int8)
    states[run.n_units :] = PhyState.NEW
    states[list(gone)] = PhyState.GONE
    details = dict.fromkeys(gone, "merged into another one")
    return again(view.unit_model.table, phy=Phy(run, states, np.array(new, np.int64), details))


def told_to(view: UnitTable, sheet: Sheet) -> Paints:
    with Paints(view) as painted:
        view.show_labels(sheet)
        view.show_rows(np.arange(sheet.n_units), "Nothing here.")
    return painted


def test_for_units_that_phy_made_no_more_is_painted_than_they_and_what_changed(
    view: UnitTable, keep: Any
) -> None:
    """Seen at a save of phy: all of the table was drawn and painted anew for one unit."""
    told_to(view, with_phy(view, (), []))
    view.selectAll()
    painted = told_to(view, with_phy(view, (2, 3), [900]))
    frozen = view.findChild(QTableView, "unitTable.frozen")
    row = view.rowHeight(0) * (view.width() + frozen.width())
    assert 0 < painted.pixels <= 2 * row, "it is out of sight"
    assert view.selected_places() == list(range(30))
    model, sheet = view.unit_model, view.unit_model.table
    anew = filled(keep, 30)
    anew.show_table(sheet, np.arange(31), COLUMNS)
    for key in model.columns:
        at = [m.columns.index(key) for m in (model, anew.unit_model)]
        for place in range(31):
            assert model.cell(place, at[0]) == anew.unit_model.cell(place, at[1]), key
    assert model.unit_row(30) == model.place_of(30) == 30
    assert told_to(view, with_phy(view, (2, 3), [900, 901])).pixels <= row
    few = filled(keep, 5)
    told_to(few, with_phy(few, (), []))
    painted = told_to(few, with_phy(few, (), [900]))
    last = few.findChild(QTableView, "unitTable.frozen")
    below = (few.viewport().height() - few.rowViewportPosition(5)) * (few.width() + last.width())
    assert row / 2 < painted.pixels <= below, "below the last one"
    assert few.rowViewportPosition(5) < few.viewport().height()


def test_units_that_phy_made_while_the_table_waits_come_as_it_is_painted(view: UnitTable) -> None:
    """Seen by reading: a table that had moved meanwhile stayed as it had been painted."""
    told_to(view, with_phy(view, (), []))
    frozen = view.findChild(QTableView, "unitTable.frozen")
    view.setUpdatesEnabled(False)
    assert told_to(view, with_phy(view, (2, 3), [900])).pixels == 0
    with Paints(view) as painted:
        view.setUpdatesEnabled(True)
    whole = sum(part.viewport().width() * part.viewport().height() for part in (view, frozen))
    assert painted.pixels >= whole - frozen.viewport().width() * view.viewport().height()
    assert painted.times[id(view.viewport())] == painted.times[id(frozen.viewport())] == 1


def test_units_that_phy_made_and_the_filter_hides_change_nothing_that_is_painted(
    view: UnitTable,
) -> None:
    told_to(view, with_phy(view, (), []))
    sheet = with_phy(view, (), [900])
    with Paints(view) as painted:
        view.show_labels(sheet)
        view.show_rows(np.arange(30), "Nothing here.")
    assert painted.pixels == 0
    assert (view.unit_model.rowCount(), view.unit_model.place_of(30)) == (30, -1)
    view.show_rows(np.arange(31)[::-1].copy(), "Nothing here.")
    assert view.unit_model.place_of(30) == 0
