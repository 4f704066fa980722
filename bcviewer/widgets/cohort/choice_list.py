"""Short lists beside the trend: what costs GOOD, and parameters that differ; a row is a filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from bcviewer.widgets.drawing.headed_model import DISPLAY, LEFT, NO_INDEX, RIGHT, Index
from bcviewer.widgets.drawing.row_list import set_up_rows
from bcviewer.widgets.drawing.theme import make_small, mixed, theme
from bcviewer.widgets.drawing.tips import plain_tip

_PADDING = 5


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """A row.

    Attributes
    ----------
    texts : tuple of str
        What stands in its cells.
    filter : str
        What is filtered for where it is chosen.
    share : float
        How long the bar behind its first cell is, 0 to 1.
    tip : str
        What it means.
    """

    texts: tuple[str, ...]
    filter: str
    share: float = 0.0
    tip: str = ""


class ChoiceModel(QAbstractTableModel):
    """The rows, under heads of their own.

    Attributes
    ----------
    choices : tuple of ChoiceRow
        The rows.
    """

    def __init__(self, heads: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._heads = tuple(heads)
        self.choices: tuple[ChoiceRow, ...] = ()

    def show_choices(self, choices: Sequence[ChoiceRow]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.choices = tuple(choices)
        self.endResetModel()

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.choices)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._heads)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if section else LEFT
        return self._heads[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        choice, column = self.choices[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return choice.texts[column]
            case Qt.ItemDataRole.TextAlignmentRole:
                return RIGHT if column else LEFT
            case Qt.ItemDataRole.ToolTipRole:
                how = "Enter, or a click, filters for it; once more, no longer."
                return plain_tip("\n".join(filter(None, (choice.tip, choice.filter, how))))
        return None


class _BarCell(QStyledItemDelegate):
    """Draws a bar behind the first cell: which rows matter is seen before it is read."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, ChoiceModel)  # noqa: S101  it is a delegate of these only
        box, part = QRectF(option.rect).adjusted(0, 2, 0, -2), model.choices[index.row()].share
        if part:
            box.setWidth(part * box.width())
            painter.fillRect(box, mixed(theme().accent, 0.25, theme()))
        super().paint(painter, option, index)


class _Rows(QTableView):
    """The rows; Enter chooses one."""

    chosen = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.currentIndex().isValid():
                self.chosen.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)


class ChoiceList(QWidget):
    """A heading, and rows that are filters.

    Attributes
    ----------
    filter_chosen : Signal(str)
        The filter of a row was chosen.
    """

    filter_chosen = Signal(str)

    def __init__(self, name: str, heads: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.heading = QLabel(self)
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.heading.setWordWrap(True)
        self.heading.setContentsMargins(6, 4, 6, 3)
        make_small(self.heading)
        self.model = ChoiceModel(heads, self)
        self.rows = _Rows(self)
        self.rows.setModel(self.model)
        self.rows.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.rows.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.rows.setTabKeyNavigation(False)
        self.rows.setItemDelegateForColumn(0, _BarCell(self.rows))
        self._fit_rows()
        self.rows.clicked.connect(lambda index: self._choose(index.row()))
        self.rows.chosen.connect(self._choose)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.heading)
        box.addWidget(self.rows, 1)
        box.addStretch(0)  # for a list without rows
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.retheme()

    def _fit_rows(self) -> None:
        set_up_rows(self.rows, _PADDING)
        columns = self.rows.horizontalHeader()
        columns.setStretchLastSection(False)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        columns.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "rows"):
            self._fit_rows()

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)

    def show_choices(self, heading: str, choices: Sequence[ChoiceRow]) -> None:
        """Show other rows under a heading."""
        self.heading.setText(heading)
        self.rows.setAccessibleName(heading)
        if tuple(choices) != self.model.choices:
            self.model.show_choices(choices)
        self.rows.setVisible(bool(choices))

    def retheme(self) -> None:
        """Take the colours of the palette."""
        colors = theme()
        self.heading.setStyleSheet(f"color:{colors.text};font-weight:bold")
        self.rows.setStyleSheet(
            f"QTableView {{selection-background-color: {colors.selected};"
            f" selection-color: {colors.text}}} QTableView::item {{padding: 0 6px}}"
        )

    def _choose(self, row: int) -> None:
        self.filter_chosen.emit(self.model.choices[row].filter)
