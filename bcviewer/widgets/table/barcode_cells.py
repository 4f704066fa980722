"""The barcode: what every rule says of a unit, as a row of cells in the table."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from bcviewer.core.audit.cells import FAILURES, RuleCell
from bcviewer.core.rules.barcode import BARCODE
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.cell_words import cell_words
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.drawing.headed_model import Index
from bcviewer.widgets.drawing.theme import FAIL_FILL, Theme, mixed, theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.table.unit_model import UnitModel

MARGIN = 6
"""Pixels beside the cells, as beside the texts of other columns."""
_GAP = 1
_MOST_KEPT = 4096
"""Pictures that are kept: where the rules of a block say the same of two units, they share one."""
_SELECTED = QStyle.StateFlag.State_Selected.value
_TIP, _PRESS = QEvent.Type.ToolTip, QEvent.Type.MouseButtonPress
_RELEASE = QEvent.Type.MouseButtonRelease


def used_rules(table: Table) -> tuple[int, ...]:
    """Return the rules that have a cell: all but those that a flag switches off everywhere."""
    return tuple(
        i for i in range(len(RULES)) if not all(part.status.off for part in table.rules_of(i))
    )


class Spaces:
    """Where each rule's cell is, from the left edge of the column, in pixels.

    Parameters
    ----------
    rules : tuple of int
        The rules that have a cell.
    wide : int
        Width of one.
    """

    def __init__(self, rules: tuple[int, ...], wide: int) -> None:
        self.rules, self.wide = rules, wide
        self.left: dict[int, int] = {}
        self.blocks: list[tuple[int, int, int, int]] = []
        """Of each block its first rule, the one after its last, and its place and width."""
        x = MARGIN
        for _, group in groupby(rules, lambda i: RULES[i].block):
            block = list(group)
            for i, rule in enumerate(block):
                self.left[rule] = x + i * (wide + _GAP)
            width = len(block) * (wide + _GAP)
            self.blocks.append((block[0], block[-1] + 1, x, width))
            x += width + wide
        self.width = x - wide - _GAP + MARGIN if rules else 2 * MARGIN

    def rule_at(self, x: int) -> int | None:
        """Return the rule whose cell is at a place; None between the blocks and beside them."""
        return next((i for i, a in self.left.items() if a <= x <= a + self.wide), None)


class Barcode(QStyledItemDelegate):
    """Draws the cells of units, says what each stands for, and tells which was clicked.

    Attributes
    ----------
    rule_clicked : Signal(int)
        A cell of a rule that a unit fails was clicked.
    """

    rule_clicked = Signal(int)

    def __init__(self, units: UnitModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._units = units
        self._drawn: dict[tuple[int, bytes, int, float], QPixmap] = {}
        self._pressed: tuple[int, int] | None = None
        self._colors: Theme | None = None
        self.spaces = Spaces((), 1)

    def show_table(self, table: Table | None, line: int) -> None:
        """Take the rules of another table, and a line's height in pixels."""
        rules = () if table is None else used_rules(table)
        wide = max(4, line // 4)
        if (rules, wide) != (self.spaces.rules, self.spaces.wide):
            self.spaces = Spaces(rules, wide)
            self._drawn.clear()

    def retheme(self) -> None:
        """Draw everything anew in the colours of the palette."""
        self._colors = None
        self._drawn.clear()

    # -- painting ----------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        table, area = self._units.table, option.rect
        if table is None:
            return
        if option.state.value & _SELECTED:  # as numbers: Python's flags are slow
            painter.fillRect(area, option.palette.highlight())
            ground = QRect(area.x() + MARGIN // 2, area.y() + 2, self.spaces.width - MARGIN, 0)
            ground.setHeight(area.height() - 4)
            painter.fillRect(ground, option.palette.base())
        cut = self.spaces.width > area.width()
        if cut:
            painter.save()
            painter.setClipRect(area)
        cells = self._units.cells(index.row())
        height, ratio = area.height(), painter.device().devicePixelRatioF()
        for first, end, x, width in self.spaces.blocks:
            key = (first, cells[first:end], height, ratio)
            picture = self._drawn.get(key)
            if picture is None:
                picture = self._draw(cells, (first, end, x, width), height, ratio)
                self._keep(key, picture)
            painter.drawPixmap(area.x() + x, area.y(), picture)
        if cut:
            painter.restore()

    def _keep(self, key: tuple[int, bytes, int, float], picture: QPixmap) -> None:
        if len(self._drawn) >= _MOST_KEPT:
            self._drawn.clear()
        self._drawn[key] = picture

    def _draw(
        self, cells: bytes, block: tuple[int, int, int, int], height: int, ratio: float
    ) -> QPixmap:
        first, end, left, width = block
        picture = QPixmap(round(width * ratio), round(height * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        if self._colors is None:
            self._colors = theme()
        painter = QPainter(picture)
        try:
            for rule, x in self.spaces.left.items():
                if first <= rule < end:
                    area = QRect(x - left, 4, self.spaces.wide, height - 8)
                    draw_cell(painter, area, RuleCell(cells[rule]), self._colors)
        finally:
            painter.end()
        return picture

    # -- the person --------------------------------------------------------------------------

    def _rule_at(self, area: QRect, x: float) -> int | None:
        return self.spaces.rule_at(round(x) - area.x())

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """Say what the cell under the mouse stands for."""
        table, rule = self._units.table, self._rule_at(option.rect, event.pos().x())
        if event.type() != _TIP or table is None:
            return super().helpEvent(event, view, option, index)
        row = int(self._units.unit_row(index.row()))
        words = BARCODE.help if rule is None else cell_words(table, rule, row)
        QToolTip.showText(event.globalPos(), plain_tip(words), view)
        return True

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,  # noqa: ARG002 - as Qt has it
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """Tell of a click on a failed rule: pressed and let go of in its cell, with no key held."""
        if not isinstance(event, QMouseEvent) or event.type() not in (_PRESS, _RELEASE):
            return False
        rule = self._rule_at(option.rect, event.position().x())
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        here = None
        if rule is not None and plain and event.button() == Qt.MouseButton.LeftButton:
            here = (int(self._units.unit_row(index.row())), rule)
        if event.type() == _PRESS:
            self._pressed = here
            return False
        pressed, self._pressed = self._pressed, None
        table = self._units.table
        if here is None or here != pressed or table is None:
            return False
        if RuleCell(self._units.cells(index.row())[here[1]]) in FAILURES:
            self.rule_clicked.emit(here[1])
        return False


def draw_cell(painter: QPainter, area: QRect, cell: RuleCell, colors: Theme) -> None:
    """Draw one cell: the worse, the more of it is seen, whatever colours an eye tells apart."""
    faint = QColor(colors.faint)
    if cell == RuleCell.DECIDED:
        painter.fillRect(area, QColor(FAIL_FILL))
    elif cell == RuleCell.NEAR:
        painter.fillRect(area, QColor(colors.masked))
    elif cell == RuleCell.PASSED:
        painter.fillRect(area, mixed(colors.faint, 0.16, colors))
    elif cell in (RuleCell.MASKED, RuleCell.OPEN, RuleCell.BEYOND):
        pen = QPen(faint if cell == RuleCell.BEYOND else QColor(FAIL_FILL), 1)
        if cell == RuleCell.OPEN:
            pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.drawRect(area.adjusted(0, 0, -1, -1))
    elif cell == RuleCell.EXEMPT:
        ring = QRect(0, 0, area.width() - 1, area.width() - 1)
        ring.moveCenter(area.center())
        painter.setPen(QPen(faint, 1))
        painter.drawEllipse(ring)
    elif cell == RuleCell.MISSING:
        painter.fillRect(QRect(area.center().x(), area.center().y(), 2, 2), faint)
    else:
        painter.fillRect(QRect(area.x() + 1, area.center().y(), area.width() - 2, 1), faint)
