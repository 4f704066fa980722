"""The unit table: a fast table view with frozen columns and a header that sorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QWidget

from bcviewer.core.arrays import Ints
from bcviewer.core.rules.barcode import BARCODE, rule_of_sort, sort_of
from bcviewer.core.sheet.ids import GlobalRow
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.table.barcode_cells import Barcode
from bcviewer.widgets.table.frozen_part import FrozenPart
from bcviewer.widgets.table.plain_table import PlainTable, RangeStart
from bcviewer.widgets.table.table_columns import TableColumns
from bcviewer.widgets.table.table_marks import TableMarks
from bcviewer.widgets.table.unit_model import UnitModel


class UnitTable(PlainTable):
    """Shows the units; tells what the person chose, and is told what to show.

    Attributes
    ----------
    chosen : Signal(int, numpy.ndarray)
        What the person highlighted: the run's row that they went to (−1: none), and all rows.
    sort_chosen : Signal(str, bool)
        Column key and whether descending.
    columns_changed : Signal()
        The person moved, resized, froze or chose columns.
    width_needed : Signal()
        All columns together are of another width.
    rule_chosen : Signal(int)
        A rule that a unit fails was clicked in the barcode.
    menu_requested : Signal(QPoint)
        A right click on units, at this global place.
    painted : Signal()
        The table was painted with its rows, for the first time since it was filled.
    """

    chosen = Signal(int, object)
    sort_chosen = Signal(str, bool)
    columns_changed = Signal()
    columns_requested = Signal()
    rule_chosen = Signal(int)
    width_needed = Signal()
    menu_requested = Signal(QPoint)
    painted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("unitTable")
        self.setAccessibleName("Units")
        self._units = UnitModel(self)
        self.setModel(self._units)
        self._sort = ("attention", False)
        self._empty_text = ""
        self._unpainted = False
        self._frozen = FrozenPart(self)
        self._barcode = Barcode(self._units, self)
        self._columns = TableColumns(self, self._frozen, self._units, self._barcode)
        self._marks = TableMarks(self, self._units)
        range_start = RangeStart(self.selectionModel())
        for view in (self, self._frozen):
            view.range_start = range_start
            view.forget_selected_columns()
            view.press_begins.connect(self._marks.begin_press)
            view.pressed.connect(self._marks.end_press)
            view.unit_header.column_clicked.connect(self._on_header_clicked)
            view.unit_header.rule_clicked.connect(self._on_rule_header_clicked)
        self._frozen.customContextMenuRequested.connect(self._on_frozen_menu)
        self._columns.changed.connect(self.columns_changed)
        self._columns.chosen.connect(self.set_shown_columns)
        self._columns.width_needed.connect(self.width_needed)
        self._columns.dialog_wanted.connect(self.columns_requested)
        self._marks.chosen.connect(self.chosen)
        self._barcode.rule_clicked.connect(self.rule_chosen)

    # -- set from outside --------------------------------------------------------------------

    @property
    def unit_model(self) -> UnitModel:
        """The model."""
        return self._units

    def show_table(self, table: Table | None, rows: Ints, columns: Sequence[str]) -> None:
        """Show another run."""
        with self._marks.quiet():
            self._columns.show_table(table, rows, columns)
            self._lay_out()
        self._unpainted = table is not None

    def show_rows(self, rows: Ints, empty_text: str) -> None:
        """Show other rows of the same run, keeping selection and place.

        Where rows were added to the run, what is on screen stays where it is. Nothing is told:
        :meth:`show_marked` says what is highlighted now.
        """
        words_differ, self._empty_text = empty_text != self._empty_text, empty_text
        if self._units.shows(rows):
            if words_differ and not len(rows):
                self.viewport().update()
            return  # what looks otherwise in these rows was told, and no more is painted
        if self._units.grown and self._units.rowCount() and self._units.begins(rows):
            self._append(rows)
            return
        top = self._marks.top() if self._units.grown else None
        self._marks.set_rows(rows)
        self._frozen.show_rows()
        self._lay_out()
        if top is not None:
            self._marks.put_at_top(*top)
        self.viewport().update()

    def _append(self, rows: Ints) -> None:
        """Show further rows after those that are there, which stay painted as they are."""
        there = self._units.rowCount()
        with self.still(there), self._frozen.still(there):
            self._units.append(rows)
            self._lay_out()

    def _lay_out(self) -> None:
        """Lay out at once: Qt would do it after the next painting, and paint all once more."""
        self.executeDelayedItemsLayout()
        self._frozen.executeDelayedItemsLayout()

    def show_marked(self, current: GlobalRow, selected: Ints) -> None:
        """Highlight exactly these rows of the run, and go to one of them (−1: there is none).

        Nothing is told, and what is so already stays untouched.
        """
        self._marks.show(current, selected)

    def show_sort(self, column: str, descending: bool) -> None:
        """Mark the column that the rows are sorted by."""
        self._sort = (column, descending)
        keys, rule = self._units.columns, rule_of_sort(column)
        column = column if rule is None else BARCODE.key
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        for header in (self.unit_header, self._frozen.unit_header):
            header.mark_rule(rule)
            shown = column in keys
            header.setSortIndicatorShown(shown)
            if shown:
                header.setSortIndicator(keys.index(column), order)

    def retheme(self) -> None:
        """Take the colours of the palette."""
        self._units.retheme()
        self._barcode.retheme()
        for view in (self, self._frozen):
            view.color_selection()
            view.viewport().update()

    # -- columns -----------------------------------------------------------------------------

    def shown_columns(self) -> list[str]:
        """Return the keys of the columns shown, in the order they are shown."""
        return self._columns.shown()

    def chosen_columns(self) -> list[str]:
        """Return the keys of the columns shown, and of those that wait for a label or a note."""
        return self._columns.chosen_columns()

    def needed_width(self) -> int:
        """Return how wide the table must be to show all its columns, in pixels."""
        bar = self.verticalScrollBar().sizeHint().width()
        return self._columns.needed_width() + bar + 2 * self.frameWidth()

    def wanted_widths(self) -> tuple[int, int, int]:
        """Return that width, one in which every reason is whole, and one for its fewest words."""
        needed, (whole, fewest) = self.needed_width(), self._columns.wanted_widths()
        beside = needed - self._columns.needed_width()
        return needed, beside + whole, beside + fewest

    def show_labels(self, table: Table) -> None:
        """Show the same units with other labels."""
        columns = self.sections_in_sight(self._frozen.count)
        self._units.set_labels(table, self.rows_in_sight(), columns)
        self._columns.show_labels(table)

    def show_said(self, table: Table) -> None:
        """Show the columns of labels and notes of which there is one, where there is room."""
        self._columns.show_said(table)

    def set_shown_columns(self, keys: Sequence[str]) -> None:
        """Show these columns, in this order."""
        if self._units.table is not None:
            self.show_columns(self._units.table, keys)
            self.columns_changed.emit()

    def show_columns(self, table: Table, keys: Sequence[str]) -> None:
        """Show these columns of the same units, which may have others now."""
        current, selected, news = self.current_unit(), self.selected_units(), self._units.news
        rows = self._units.unit_rows(np.arange(self._units.rowCount()))
        self.show_table(table, rows, keys)
        self._units.set_news(news)
        self.show_sort(*self._sort)
        self.show_marked(current, selected)

    def widths(self) -> dict[str, int]:
        """Return the widths that the person set, in pixels by column."""
        return self._columns.widths()

    def set_widths(self, widths: Mapping[str, int]) -> None:
        """Use these widths in place of fitted ones."""
        self._columns.set_widths(widths)

    @property
    def frozen_count(self) -> int:
        """How many columns stay in sight while the others scroll."""
        return self._frozen.count

    def set_frozen_count(self, count: int) -> None:
        """Keep the first ``count`` columns in sight."""
        self._frozen.set_count(count)

    # -- the person --------------------------------------------------------------------------

    def _on_header_clicked(self, section: int) -> None:
        self._choose_sort(self._units.columns[section])

    def _on_rule_header_clicked(self, rule: int) -> None:
        self._choose_sort(sort_of(rule))

    def _choose_sort(self, key: str) -> None:
        same = self._sort[0] == key
        self.sort_chosen.emit(key, not self._sort[1] if same else False)

    def selected_places(self) -> list[int]:
        """Return the rows of the table that are selected, from the top."""
        places: list[int] = self._marks.places().tolist()
        return places

    def selected_units(self) -> Ints:
        """Return the rows of the run that are selected, in the order shown."""
        return self._marks.units()

    def current_unit(self) -> GlobalRow:
        """Return the run's row that is the current one, −1: none is."""
        return self._marks.current()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let no key leave what is highlighted: Ctrl and an arrow would, in Qt."""
        super().keyPressEvent(event)
        self._marks.tell_strays()
        if event.key() == Qt.Key.Key_Left and self._is_frozen(self.currentIndex()):
            self.horizontalScrollBar().setValue(0)

    def scrollTo(
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Scroll; a frozen column is in sight, and who clicks there looks at those beside it."""
        across = self.horizontalScrollBar().value()
        super().scrollTo(index, hint)
        if self._is_frozen(index):
            self.horizontalScrollBar().setValue(across)

    def _is_frozen(self, index: QModelIndex | QPersistentModelIndex) -> bool:
        return index.isValid() and not self._frozen.isColumnHidden(index.column())

    def _on_frozen_menu(self, place: QPoint) -> None:
        self.menu_requested.emit(self._frozen.viewport().mapToGlobal(place))

    def paint_current(self) -> None:
        super().paint_current()
        self._frozen.paint_current()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_requested.emit(event.globalPos())

    # -- painting ----------------------------------------------------------------------------

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Scroll; up and down only what is beside the frozen part, and draw only what is new.

        Qt draws a view wholly anew at each step where another widget lies on top of it.
        """
        if dx or self._frozen.isHidden():
            super().scrollContentsBy(dx, dy)
            return
        self.verticalHeader().setOffset(self.verticalScrollBar().value())
        beside = self.viewport().rect()
        beside.setLeft(self._frozen.geometry().right() + 1 - self.viewport().x())
        self.scrollDirtyRegion(dx, dy)
        self.viewport().scroll(dx, dy, beside)

    def seen_span(self) -> tuple[int, int]:
        first = 0
        if not self._frozen.isHidden():
            first = self._frozen.geometry().right() + 1 - self.viewport().x()
        return first, self.viewport().width() - 1

    def resizeEvent(self, event: QResizeEvent) -> None:
        seen = self._marks.is_in_sight(event.oldSize().height())
        super().resizeEvent(event)
        self._columns.fit()
        self._frozen.place()
        if seen:  # a bar that opens above must not push it out
            self._marks.bring()

    def changeEvent(self, event: QEvent) -> None:
        is_font, height = event.type() == QEvent.Type.FontChange, self.viewport().height()
        found = self.findChildren(TableMarks) if is_font else []  # none yet while it is made
        marks = [each for each in found if each.is_in_sight(height)]
        super().changeEvent(event)
        if is_font:
            for part in self.findChildren(FrozenPart):  # with a style sheet, none is inherited
                part.setFont(self.font())
            if hasattr(self, "_columns"):  # Qt gives it a font while it is built
                self._columns.refit()
        for each in marks:
            each.bring()

    def make_ready(self, which: int, n: int) -> None:
        """Make what one of ``n`` parts is painted with: no frame takes longer than others then."""
        unpainted, self._unpainted = self._unpainted, False  # it is on no screen
        high = self.viewport().height() // n + 1
        for view in (self, self._frozen):
            view.viewport().grab(QRect(0, which * high, view.viewport().width(), high))
        self._unpainted = unpainted

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._units.rowCount() == 0 and self._empty_text:
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            area = self.viewport().rect().adjusted(20, 20, -20, -20)
            centre = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(area, centre, self._empty_text)
            painter.end()
        if self._unpainted:
            self._unpainted = False
            self.painted.emit()
