"""The table's header: over the barcode it knows which rule is under the mouse."""

from __future__ import annotations

from typing import Any, Protocol

from PySide6.QtCore import QEvent, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QMouseEvent, QPainter, QPolygonF
from PySide6.QtWidgets import QHeaderView, QStyleOptionHeader, QToolTip, QWidget

from bcviewer.core.rules.rules import RULES
from bcviewer.widgets.drawing.painting import is_of_no_look
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.table.barcode_cells import Spaces
from bcviewer.widgets.table.plain_cell import EDGE
from bcviewer.widgets.table.whole_texts import CUT, faint_palette, seen_part

_TEXT, _SIDE = int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.TextAlignmentRole)
_HIGH = 5
"""Height of what marks the column that the rows are sorted by, in pixels."""


class Spanned(Protocol):
    """A view that may be narrower than its columns, and partly covered."""

    def seen_span(self) -> tuple[int, int]:
        """Return the first and the last pixel across the viewport that can be seen."""


class UnitHeader(QHeaderView):
    """A header one section of which stands over the cells of the rules; it marks the order.

    Attributes
    ----------
    column_clicked : Signal(int)
        A section was clicked, but for that of the rules.
    rule_clicked : Signal(int)
        The section of the rules was clicked, over the cell of this rule.
    """

    column_clicked = Signal(int)
    rule_clicked = Signal(int)

    def __init__(self, view: QWidget, spanned: Spanned) -> None:
        super().__init__(Qt.Orientation.Horizontal, view)
        self._view = spanned
        self._cut = False
        """Whether the title has no room in what is seen of the section that is being painted."""
        self._section, self._spaces = -1, Spaces((), 1)
        self._sorted: int | None = None
        self._at = 0
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.sectionClicked.connect(self._on_clicked)

    def set_rules(self, section: int, spaces: Spaces) -> None:
        """Take where the cells are, and in which section; −1: in none."""
        self._section, self._spaces = section, spaces
        self.viewport().update()

    def mark_rule(self, rule: int | None) -> None:
        """Mark the rule that the rows are sorted by."""
        self._sorted = rule
        self.viewport().update()

    def rule_at(self, x: int) -> int | None:
        """Return the rule at a place of the header; None: there is none."""
        if self._section < 0 or self.logicalIndexAt(x) != self._section:
            return None
        return self._spaces.rule_at(x - self.sectionViewportPosition(self._section))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._at = round(event.position().x())
        super().mousePressEvent(event)

    def _on_clicked(self, section: int) -> None:
        if section != self._section:
            self.column_clicked.emit(section)
        elif (rule := self.rule_at(self._at)) is not None:
            self.rule_clicked.emit(rule)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            rule = self.rule_at(event.pos().x())
            if rule is not None:
                words = f"{RULES[rule].title}\n{RULES[rule].token}\nA click sorts by its margin."
                QToolTip.showText(event.globalPos(), plain_tip(words), self)
                return True
        return is_of_no_look(event) or super().viewportEvent(event)

    def initStyleOptionForIndex(self, option: QStyleOptionHeader, section: int) -> None:
        """Put a faint sign in place of a title for which there is no room in sight."""
        super().initStyleOptionForIndex(option, section)
        if self._cut:
            option.text = CUT
            option.textAlignment = Qt.AlignmentFlag.AlignCenter
            option.palette = faint_palette(option.palette)

    def _seen_part(self, area: QRect, section: int) -> QRect | None:
        """Return what is seen of a section whose title is not wholly in sight; None: it is."""
        side = self._asked(section, _SIDE)
        is_right = bool(int(side or 0) & int(Qt.AlignmentFlag.AlignRight))
        return seen_part(area, self._wide(section), is_right, self._view.seen_span())

    def _wide(self, section: int) -> int:
        """Return how wide a title is, in pixels."""
        return QFontMetrics(self.font()).horizontalAdvance(str(self._asked(section, _TEXT) or ""))

    def _asked(self, section: int, role: int) -> Any:
        return self.model().headerData(section, Qt.Orientation.Horizontal, role)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        part = self._seen_part(rect, section)
        self._cut = part is not None and self._wide(section) > part.width() - 2 * EDGE
        painter.save()
        super().paintSection(painter, rect if part is None else part, section)
        painter.restore()
        self._cut = False
        if not self.isSortIndicatorShown() or section != self.sortIndicatorSection():
            return
        x = rect.center().x() + 0.5
        if section == self._section and self._sorted is not None:
            left = self._spaces.left.get(self._sorted, rect.width() // 2)
            x = rect.x() + left + self._spaces.wide / 2
        up = self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
        base, tip = (rect.bottom(), rect.bottom() - _HIGH)[:: 1 if up else -1]
        corners = [QPointF(x - _HIGH, base), QPointF(x + _HIGH, base), QPointF(x, tip)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme().accent))
        painter.drawPolygon(QPolygonF(corners))
