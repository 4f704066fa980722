"""The rows of the cost of thresholds: their model, and the bar in one of their columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from bcviewer.core.comparison.cost_rows import BAR, HEADS, CostRow, ranked
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULES
from bcviewer.widgets.drawing.headed_model import DISPLAY, LEFT, NO_INDEX, RIGHT, HeadedModel, Index
from bcviewer.widgets.drawing.own_keys import keeps_key
from bcviewer.widgets.drawing.theme import LABEL_FILL, theme
from bcviewer.widgets.drawing.tips import plain_tip

ALONE = 1
"""The column of numbers."""


class CostModel(HeadedModel):
    """A row a threshold, in the order of one of its columns."""

    heads: ClassVar[tuple[str, ...]] = tuple(head for head, _ in HEADS)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[CostRow] = []
        self._by: tuple[int, bool] = (-1, True)

    @property
    def most(self) -> int:
        """The most units that a step changes by any threshold."""
        return max((row.cost.moved for row in self.rows), default=0)

    def show_rows(self, rows: Sequence[CostRow]) -> None:
        """Show other rows, in the order that was chosen; of the same thresholds each stays one."""
        ordered = ranked(rows, *self._by)
        if len(ordered) != len(self.rows):
            self.beginResetModel()
            self.rows = ordered
            self.endResetModel()
            return
        self.rows = ordered
        self._tell()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._by = column, order == Qt.SortOrder.DescendingOrder
        self.rows = ranked(self.rows, *self._by)
        self._tell()

    def _tell(self) -> None:
        if self.rows:
            last = self.index(len(self.rows) - 1, len(self.heads) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        row, column = self.rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole if column != BAR:
                return row.texts[column]
            case Qt.ItemDataRole.AccessibleTextRole:
                return row.texts[column]
            case Qt.ItemDataRole.TextAlignmentRole:
                return RIGHT if column == ALONE else LEFT
            case Qt.ItemDataRole.BackgroundRole if column == 0 and row.cost.handle.is_moved:
                return QColor(theme().warn_tint)
            case Qt.ItemDataRole.ToolTipRole:
                rule = RULES[row.cost.rule]
                where = "Enter, or a double click, shows its histogram."
                return plain_tip(
                    "\n".join((rule.parameter, METRICS[rule.metric].help, *row.texts[1:], where))
                )
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.ToolTipRole:
                return plain_tip(HEADS[section][1])
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return RIGHT if section == ALONE else LEFT
        return super().headerData(section, orientation, role)


class CostBar(QStyledItemDelegate):
    """Draws GOOD units lost to the left and gained to the right; outlined are all that change."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        model = index.model()
        assert isinstance(model, CostModel)  # noqa: S101  it is a delegate of these only
        cost, box = model.rows[index.row()].cost, QRectF(option.rect).adjusted(4, 4, -4, -4)
        half, middle = box.width() / 2, box.center().x()
        scale = half / np.log1p(max(model.most, 1))
        colors = theme()
        painter.save()
        if cost.is_flat:
            painter.setPen(QColor(colors.faint))
            painter.setFont(option.font)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), "flat")
            painter.restore()
            return
        for side, counts in ((1, cost.looser), (-1, cost.stricter)):
            wide = float(np.log1p(np.abs(counts).sum() // 2) * scale) * side
            good = float(np.log1p(abs(int(counts[Label.GOOD]))) * scale) * side
            whole = QRectF(middle, box.top(), wide, box.height()).normalized()
            part = QRectF(middle, box.top() + 2, good, box.height() - 4).normalized()
            painter.fillRect(part, QColor(LABEL_FILL[Label.GOOD]))
            if wide:
                painter.setPen(QPen(QColor(colors.faint), 1))
                painter.drawRect(whole)
        painter.setPen(QPen(QColor(colors.text), 1))
        painter.drawLine(QLineF(middle, box.top() - 2, middle, box.bottom() + 2))
        painter.restore()


class CostView(QTableView):
    """The table; its keys are its own while it has the focus.

    Attributes
    ----------
    row_chosen : Signal(int)
        Enter was pressed, or a row was double clicked.
    left : Signal()
        Esc was pressed.
    """

    row_chosen = Signal(int)
    left = Signal()
    _OWN = (
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Escape,
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.doubleClicked.connect(lambda index: self.row_chosen.emit(index.row()))

    def event(self, event: QEvent) -> bool:
        return keeps_key(event, self._OWN) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.currentIndex().isValid():
                self.row_chosen.emit(self.currentIndex().row())
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.model().rowCount():
            self.selectRow(0)
