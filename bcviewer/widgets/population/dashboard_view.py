"""The table of a recording's probes: a click on a number, or Enter, filters for its units."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from bcviewer.core.rules.labels import Label
from bcviewer.widgets.drawing.class_bar import class_areas, draw_classes
from bcviewer.widgets.drawing.headed_model import Index
from bcviewer.widgets.drawing.own_keys import keeps_key
from bcviewer.widgets.drawing.row_list import set_up_rows
from bcviewer.widgets.drawing.theme import make_small
from bcviewer.widgets.population.dashboard_model import BAR, DashboardModel

_BAR_WIDTH, _PADDING, _PADDING_ACROSS = 92, 7, 14
_STYLE = "QTableView::item {padding: 0 4px} QHeaderView::section {padding: 2px 4px}"
_MOST_ROWS = 8
"""So many rows it is high at most."""
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_OWN = (
    *_ENTER,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_Escape,
)


class _ClassCell(QStyledItemDelegate):
    """Draws a probe's classes beside each other."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        model = index.model()
        assert isinstance(model, DashboardModel)  # noqa: S101  it is a delegate of these only
        draw_classes(painter, QRectF(option.rect), model.parts(index.row()))


class DashboardView(QTableView):
    """The table; its keys are its own while it has the focus, which a click does not give it.

    Attributes
    ----------
    number_chosen : Signal(QModelIndex, bool)
        A number is to be filtered for; whether its units are to be added.
    class_chosen : Signal(int, Label, bool)
        A class in a row's bar is.
    left : Signal()
        Esc was pressed.
    """

    number_chosen = Signal(object, bool)
    class_chosen = Signal(int, object, bool)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = DashboardModel(self)
        self.setModel(self.table)
        self.setObjectName("dashboardTable")
        self.setAccessibleName("Probes of the recording")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # after a click Down steps through units
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Maximum)
        self._pressed: Index | None = None
        self._bar = _ClassCell(self)
        self.setStyleSheet(_STYLE)
        make_small(self)
        set_up_rows(self, _PADDING)
        heads = self.horizontalHeader()
        heads.setMinimumSectionSize(24)
        heads.setSectionsClickable(False)

    def take_palette(self) -> None:
        """Take the colours of the palette: a view with a style sheet keeps those of before."""
        self.setStyleSheet("")
        self.setStyleSheet(_STYLE)

    def lay_out(self) -> None:
        """Give the columns the room that they need."""
        heads, last = self.table.heads, len(self.table.heads) - 1
        self.clearSpans()
        for row in self.table.unopened():
            self.setSpan(row, 0, 1, len(heads))
        for section, head in enumerate(heads):
            self.setItemDelegateForColumn(
                section, self._bar if head is BAR else self.itemDelegate()
            )
            if section < last:
                self.setColumnWidth(section, _BAR_WIDTH if head is BAR else self._needed(section))
        self.updateGeometry()

    def _needed(self, section: int) -> int:
        """Return the width of a column in which its title and its texts are whole."""
        bold = QFont(self.font())
        bold.setBold(True)
        cells, heads = QFontMetrics(bold), QFontMetrics(self.font())
        texts = (str(self.table.index(i, section).data()) for i in range(len(self.table.rows)))
        title = str(self.table.headerData(section, Qt.Orientation.Horizontal)).split("\n")
        widest = max(map(cells.horizontalAdvance, texts), default=0)
        return max(widest, *map(heads.horizontalAdvance, title)) + _PADDING_ACROSS

    def sizeHint(self) -> QSize:
        rows = max(1, min(self.table.rowCount(), _MOST_ROWS))
        high = self.horizontalHeader().sizeHint().height() + 2
        high += rows * self.verticalHeader().defaultSectionSize()
        return QSize(200, high + self.horizontalScrollBar().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.sizeHint().height() // 2)

    # -- the mouse ---------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = self.indexAt(event.position().toPoint()) if left else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Select nothing by a drag."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        index = self.indexAt(event.position().toPoint())
        if event.button() != Qt.MouseButton.LeftButton or not index.isValid() or pressed != index:
            return
        add = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if self.table.heads[index.column()] is not BAR:
            self.number_chosen.emit(index, add)
        elif (label := self.class_at(index, event.position())) is not None:
            self.class_chosen.emit(index.row(), label, add)

    def class_at(self, index: Index, place: QPointF) -> Label | None:
        """Return the class at a place of a bar; None: there is none."""
        areas = class_areas(QRectF(self.visualRect(index)), self.table.parts(index.row()))
        found = (label for label, area in areas if area.left() - 1 <= place.x() <= area.right() + 1)
        return next(found, None)

    # -- keys --------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        return keeps_key(event, _OWN) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            add = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.number_chosen.emit(self.currentIndex(), add)
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Do nothing: letters are the curator's keys, not a search."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.table.rows:
            self.setCurrentIndex(self.table.index(0, 1))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.clearSelection()
