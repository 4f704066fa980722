"""The unit table: a fast table view with frozen columns and a header that sorts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from bcviewer.core.rules.column_choices import DEFAULT_COLUMNS
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.widgets.table.unit_model import UnitModel

Ints = npt.NDArray[np.int64]
DEFAULT_FROZEN = 2
_ROW_PADDING = 7
_CELL_PADDING = 14
_SORT_MARK = 22
_BOLD = 6
_WIDEST = 250
_TICK = 30
"""Room for the tick of a reviewed unit."""
_NOTE_CHARS = 18
"""Width of notes that are yet to be written, in characters."""
_MOST_RANGES = 200
_NO_ROWS = np.empty(0, np.int64)


class _Table(QTableView):
    """What the table and its frozen part have in common."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setTabKeyNavigation(False)
        self.setStyleSheet(
            "QTableView::item {padding: 0 6px} QHeaderView::section {padding: 2px 6px}"
        )
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows = self.verticalHeader()
        rows.setVisible(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(8)
        rows.setDefaultSectionSize(self.fontMetrics().height() + _ROW_PADDING)
        columns = self.horizontalHeader()
        columns.setHighlightSections(False)
        columns.setSectionsClickable(True)
        columns.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def forget_selected_columns(self) -> None:
        """Let the header mark no selected columns.

        It would ask, at each painting, whether every row of each column is selected: seconds
        after Ctrl+A on 100,000 units.
        """
        header = self.horizontalHeader()
        header.setSelectionModel(QItemSelectionModel(self.model(), header))

    def keyboardSearch(self, search: str) -> None:
        """Do nothing: letters are the curator's keys, not a search."""


class UnitTable(_Table):
    """Shows the units; tells what the person chose, and is told what to show.

    Attributes
    ----------
    chosen : Signal(int, numpy.ndarray)
        What the person highlighted: the run's row that they went to (−1: none), and all rows.
    sort_chosen : Signal(str, bool)
        Column key and whether descending.
    columns_changed : Signal()
        The person moved, resized, froze or chose columns.
    menu_requested : Signal(QPoint)
        A right click on units, at this global place.
    painted : Signal()
        The table was painted with its rows, for the first time since it was filled.
    """

    chosen = Signal(int, object)
    sort_chosen = Signal(str, bool)
    columns_changed = Signal()
    columns_requested = Signal()
    menu_requested = Signal(QPoint)
    painted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("unitTable")
        self.setAccessibleName("Units")
        self._units = UnitModel(self)
        self.setModel(self._units)
        self._sort = ("attention", False)
        self._frozen_count = DEFAULT_FROZEN
        self._widths: dict[str, int] = {}
        self._empty_text = ""
        self._unpainted = False
        self._telling = True
        self._frozen = _Table(self)
        self._set_up_frozen()
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setStretchLastSection(False)
        header.sectionClicked.connect(self._on_header_clicked)
        header.sectionResized.connect(self._on_resized)
        header.sectionMoved.connect(self._on_moved)
        header.customContextMenuRequested.connect(self._on_header_menu)
        self.selectionModel().currentRowChanged.connect(self._on_current)
        self.selectionModel().selectionChanged.connect(self._on_selection)

    def _set_up_frozen(self) -> None:
        frozen = self._frozen
        frozen.setModel(self._units)
        frozen.setSelectionModel(self.selectionModel())
        frozen.setFocusProxy(self)
        frozen.setFrameShape(QTableView.Shape.NoFrame)
        frozen.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        frozen.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        frozen.setObjectName("unitTable.frozen")
        frozen.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        frozen.customContextMenuRequested.connect(self._on_frozen_menu)
        header = frozen.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.sectionClicked.connect(self._on_header_clicked)
        header.customContextMenuRequested.connect(self._on_frozen_header_menu)
        for view in (self, frozen):
            view.forget_selected_columns()
        self.verticalScrollBar().valueChanged.connect(frozen.verticalScrollBar().setValue)
        frozen.verticalScrollBar().valueChanged.connect(self.verticalScrollBar().setValue)
        self.viewport().stackUnder(frozen)

    # -- set from outside --------------------------------------------------------------------

    @property
    def unit_model(self) -> UnitModel:
        """The model."""
        return self._units

    def show_table(self, table: Sheet | None, rows: Ints, columns: Sequence[str]) -> None:
        """Show another run."""
        self._telling = False
        known = [k for k in columns if table is not None and table.kind(k)]
        others = [] if table is None else [k for k in table.names() if k not in known]
        self._units.set_table(table, rows, (*known, *others))
        for i in range(len(known) + len(others)):
            self.setColumnHidden(i, i >= len(known))
        header = self.horizontalHeader()
        for i in range(len(known) + len(others)):  # undo what was moved before
            header.moveSection(header.visualIndex(i), i)
        self._fit_widths()
        self._telling = True
        self._unpainted = table is not None
        self._lay_out_frozen()

    def show_rows(self, rows: Ints, empty_text: str) -> None:
        """Show other rows of the same run, keeping selection and place.

        Where rows were added to the run, what is on screen stays where it is. Nothing is told:
        :meth:`show_marked` says what is highlighted now.
        """
        self._telling = False
        self._empty_text = empty_text
        top = self._top_unit() if self._units.grown else None
        scattered = self.selectionModel().selection().count() > _MOST_RANGES
        selected = self.selected_units() if scattered else _NO_ROWS
        if scattered:  # Qt would take minutes to move so many ranges
            self.selectionModel().clearSelection()
        self._units.set_rows(rows)
        if scattered:
            self._select(self._units.places_of(selected))
        self._telling = True
        self._frozen.setVisible(bool(self._frozen_columns()) and len(rows) > 0)
        if top is not None:
            self._put_at_top(*top)
        self.viewport().update()

    def _top_unit(self) -> tuple[int, int] | None:
        """Return the run's row at the top, and how much of it is hidden, in pixels."""
        place = self.rowAt(0)
        if place < 0:
            return None
        return self._units.unit_row(place), -self.rowViewportPosition(place)

    def _put_at_top(self, unit: int, hidden: int) -> None:
        place = self._units.place_of(unit)
        if place >= 0:
            self.updateGeometries()  # Qt sets the scroll bar's range later
            self.verticalScrollBar().setValue(self.verticalHeader().sectionPosition(place) + hidden)

    def show_marked(self, current: int, selected: Ints) -> None:
        """Highlight exactly these rows of the run, and go to one of them (−1: there is none).

        Nothing is told, and what is so already stays untouched.
        """
        model = self.selectionModel()
        telling, self._telling = self._telling, False
        places = self._units.places_of(selected)
        if not np.array_equal(places, self._selected()):
            model.clearSelection()
            self._select(places)
        place = self._units.place_of(current)
        if place < 0:
            model.clearCurrentIndex()
        elif place != self.currentIndex().row():
            self._go_to(place)
        self._telling = telling

    def _go_to(self, place: int) -> None:
        """Make a row of the table the current one and scroll to it, up or down only."""
        across = self.horizontalScrollBar().value()
        column = max(0, self.currentIndex().column())
        index = self._units.index(place, self._first_shown() if column == 0 else column)
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        self.scrollTo(index)
        self.horizontalScrollBar().setValue(across)

    def show_sort(self, column: str, descending: bool) -> None:
        """Mark the column that the rows are sorted by."""
        self._sort = (column, descending)
        keys = self._units.columns
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        for header in (self.horizontalHeader(), self._frozen.horizontalHeader()):
            shown = column in keys
            header.setSortIndicatorShown(shown)
            if shown:
                header.setSortIndicator(keys.index(column), order)

    def retheme(self) -> None:
        """Take the colours of the palette."""
        self._units.retheme()
        self.viewport().update()
        self._frozen.viewport().update()

    # -- columns -----------------------------------------------------------------------------

    def shown_columns(self) -> list[str]:
        """Return the keys of the columns shown, in the order they are shown."""
        header = self.horizontalHeader()
        order = sorted(range(header.count()), key=header.visualIndex)
        return [self._units.columns[i] for i in order if not self.isColumnHidden(i)]

    def set_shown_columns(self, keys: Sequence[str]) -> None:
        """Show these columns, in this order."""
        if self._units.table is not None:
            self.show_columns(self._units.table, keys)
            self.columns_changed.emit()

    def show_columns(self, table: Sheet, keys: Sequence[str]) -> None:
        """Show these columns of the same units, which may have others now."""
        current, selected = self.current_unit(), self.selected_units()
        rows = self._units.unit_rows(np.arange(self._units.rowCount()))
        self.show_table(table, rows, keys)
        self.show_sort(*self._sort)
        self.show_marked(current, selected)

    def widths(self) -> dict[str, int]:
        """Return the widths that the person set, in pixels by column."""
        return dict(self._widths)

    def set_widths(self, widths: dict[str, int]) -> None:
        """Use these widths in place of fitted ones."""
        self._widths = dict(widths)

    @property
    def frozen_count(self) -> int:
        """How many columns stay in sight while the others scroll."""
        return self._frozen_count

    def set_frozen_count(self, count: int) -> None:
        """Keep the first ``count`` columns in sight."""
        self._frozen_count = max(0, count)
        self._lay_out_frozen()

    def _fit_widths(self) -> None:
        """Give every column the width of its header and of its widest texts."""
        metrics, model, table = self.fontMetrics(), self._units, self._units.table
        for i, key in enumerate(model.columns):
            if table is None or self.isColumnHidden(i):
                continue
            header = str(model.headerData(i, Qt.Orientation.Horizontal))
            width = metrics.horizontalAdvance(header) + _SORT_MARK
            for text in table.widest_texts(key):
                width = max(width, metrics.horizontalAdvance(text) + _BOLD)
            if key == "label":
                width = max(width, metrics.horizontalAdvance("NON-SOMA GOOD")) + 34
            elif key == "manual_label":
                longest = "NON-SOMA GOOD" if table.is_split else "NON-SOMA"
                width = max(width, metrics.horizontalAdvance(longest) + 34)
            elif key == "cluster_id":
                width += _TICK
            elif key == "note":
                width = max(width, metrics.averageCharWidth() * _NOTE_CHARS)
            fitted = min(width + _CELL_PADDING, _WIDEST)
            self.setColumnWidth(i, self._widths.get(key, fitted))

    def _first_shown(self) -> int:
        header = self.horizontalHeader()
        order = sorted(range(header.count()), key=header.visualIndex)
        return next((i for i in order if not self.isColumnHidden(i)), 0)

    def _frozen_columns(self) -> list[int]:
        shown = self.shown_columns()[: self._frozen_count]
        return [self._units.columns.index(key) for key in shown]

    def _lay_out_frozen(self) -> None:
        """Show in the frozen part its columns, at the widths of the table's."""
        columns, frozen = self._frozen_columns(), self._frozen
        for i in range(self._units.columnCount()):
            frozen.setColumnHidden(i, i not in columns)
        header = frozen.horizontalHeader()
        for visual, i in enumerate(columns):
            header.moveSection(header.visualIndex(i), visual)
            frozen.setColumnWidth(i, self.columnWidth(i))
        frozen.setVisible(bool(columns) and self._units.rowCount() > 0)
        self._place_frozen()

    def _place_frozen(self) -> None:
        width = sum(self.columnWidth(i) for i in self._frozen_columns())
        frame = self.frameWidth()
        height = self.viewport().height() + self.horizontalHeader().height()
        self._frozen.horizontalHeader().setFixedHeight(self.horizontalHeader().height())
        self._frozen.setGeometry(frame, frame, width, height)

    # -- the person --------------------------------------------------------------------------

    def _on_header_clicked(self, section: int) -> None:
        key = self._units.columns[section]
        same = self._sort[0] == key
        self.sort_chosen.emit(key, not self._sort[1] if same else False)

    def _on_resized(self, section: int, _: int, width: int) -> None:
        if self._telling and width > 0:
            self._widths[self._units.columns[section]] = width
            self.columns_changed.emit()
            self._lay_out_frozen()

    def _on_moved(self) -> None:
        if self._telling:
            self._lay_out_frozen()
            self.columns_changed.emit()

    def _on_header_menu(self, place: QPoint) -> None:
        header = self.horizontalHeader()
        self._column_menu(header.logicalIndexAt(place), header.mapToGlobal(place))

    def _on_frozen_header_menu(self, place: QPoint) -> None:
        header = self._frozen.horizontalHeader()
        self._column_menu(header.logicalIndexAt(place), header.mapToGlobal(place))

    def _column_menu(self, section: int, place: QPoint) -> None:
        shown = self.shown_columns()
        menu = QMenu(self)
        table = self._units.table
        if section >= 0 and table is not None:
            key = self._units.columns[section]
            title = table.column(key).title.replace("&", "&&")
            position = shown.index(key) + 1
            menu.addAction(f"Hide “{title}”").triggered.connect(
                lambda: self.set_shown_columns([k for k in shown if k != key])
            )
            menu.addAction(f"Freeze up to “{title}”").triggered.connect(
                lambda: self._freeze(position)
            )
        if self._frozen_count:
            menu.addAction("Unfreeze columns").triggered.connect(lambda: self._freeze(0))
        menu.addSeparator()
        menu.addAction("Choose columns…").triggered.connect(self.columns_requested)
        menu.addAction("Default columns").triggered.connect(self._reset_columns)
        menu.exec(place)
        menu.deleteLater()

    def _freeze(self, count: int) -> None:
        self.set_frozen_count(count)
        self.columns_changed.emit()

    def _reset_columns(self) -> None:
        self._widths = {}
        self._frozen_count = DEFAULT_FROZEN
        self.set_shown_columns(DEFAULT_COLUMNS)

    def _on_current(self, current: QModelIndex) -> None:
        """Tell where the person went, unless Qt is about to select it: then that tells."""
        if current.isValid() and self.selectionModel().isSelected(current):
            self._on_selection()

    def _on_selection(self, *_: QItemSelection) -> None:
        if self._telling:
            self.chosen.emit(self.current_unit(), self.selected_units())

    def _select(self, places: Ints) -> None:
        """Select these rows of the table, ascending, too."""
        chosen, last = QItemSelection(), self._units.columnCount() - 1
        ends = np.flatnonzero(np.diff(places) != 1)
        firsts = places[np.append(0, ends + 1)] if len(places) else places
        lasts = places[np.append(ends, len(places) - 1)] if len(places) else places
        for first, final in zip(firsts.tolist(), lasts.tolist(), strict=True):
            chosen.select(self._units.index(first, 0), self._units.index(final, last))
        self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.Select)

    def _selected(self) -> Ints:
        """Return the rows of the table that are selected, ascending."""
        parts = [np.arange(a, b + 1) for a, b in _ranges(self.selectionModel().selection())]
        return np.unique(np.concatenate(parts)) if parts else _NO_ROWS

    def selected_places(self) -> list[int]:
        """Return the rows of the table that are selected, from the top."""
        places: list[int] = self._selected().tolist()
        return places

    def selected_units(self) -> Ints:
        """Return the rows of the run that are selected, in the order shown."""
        return self._units.unit_rows(self._selected())

    def current_unit(self) -> int:
        """Return the run's row that is the current one, −1: none is."""
        place = self.currentIndex().row()
        return self._units.unit_row(place) if place >= 0 else -1

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let no key leave what is highlighted: Ctrl and an arrow would, in Qt."""
        super().keyPressEvent(event)
        current = self.currentIndex()
        if current.isValid() and not self.selectionModel().isSelected(current):
            self._on_selection()

    def _on_frozen_menu(self, place: QPoint) -> None:
        self.menu_requested.emit(self._frozen.viewport().mapToGlobal(place))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Take the focus, and go to no unit: Qt would go to the first where none is current."""
        if self.currentIndex().isValid():
            super().focusInEvent(event)
        else:
            QWidget.focusInEvent(self, event)
            self.viewport().update()

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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_frozen()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            height = self.fontMetrics().height() + _ROW_PADDING
            for view in (self, getattr(self, "_frozen", self)):
                view.verticalHeader().setDefaultSectionSize(height)

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


def _ranges(selection: QItemSelection) -> Iterable[tuple[int, int]]:
    for i in range(selection.count()):
        part = selection.at(i)
        yield part.top(), part.bottom()
