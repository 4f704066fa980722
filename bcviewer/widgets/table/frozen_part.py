"""The table's first columns once more, over the table: they stay in sight while others scroll."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableView

from bcviewer.widgets.table.plain_table import PlainTable

DEFAULT_FROZEN = 2


class FrozenPart(PlainTable):
    """Lies over a table, and owns how many of its columns do not scroll.

    Parameters
    ----------
    table : PlainTable
        The table, which has its model.
    """

    def __init__(self, table: PlainTable) -> None:
        super().__init__(table)
        self._table = table
        self._count = DEFAULT_FROZEN
        self.setModel(table.model())
        self.setSelectionModel(table.selectionModel())
        self.setFocusProxy(table)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setObjectName(f"{table.objectName()}.frozen")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        mine, other = self.verticalScrollBar(), table.verticalScrollBar()
        other.rangeChanged.connect(mine.setRange)  # its own comes later: it would stay behind
        other.valueChanged.connect(mine.setValue)
        mine.valueChanged.connect(other.setValue)
        table.viewport().stackUnder(self)

    @property
    def count(self) -> int:
        """How many columns stay in sight while the others scroll."""
        return self._count

    def set_count(self, count: int) -> None:
        """Keep the first ``count`` columns in sight."""
        self._count = max(0, count)
        self.lay_out()

    def lay_out(self) -> None:
        """Show the frozen columns, at the widths that they have in the table."""
        sections, header = self._sections(), self.horizontalHeader()
        with self.arranged():
            for i in range(self.model().columnCount()):
                self.setColumnHidden(i, i not in sections)
            for visual, i in enumerate(sections):
                header.moveSection(header.visualIndex(i), visual)
                self.setColumnWidth(i, self._table.columnWidth(i))
        self.show_rows()
        self.place()

    def show_rows(self) -> None:
        """Be there while there are columns to freeze and any row: else a text is in its place."""
        self.setVisible(bool(self._sections()) and self.model().rowCount() > 0)

    def place(self) -> None:
        """Lie exactly over the table's own first columns."""
        table = self._table
        width = sum(table.columnWidth(i) for i in self._sections())
        frame, head = table.frameWidth(), table.horizontalHeader().height()
        self.horizontalHeader().setFixedHeight(head)
        self.setGeometry(frame, frame, width, table.viewport().height() + head)

    def seen_span(self) -> tuple[int, int]:
        last = min(self.viewport().width(), self._table.viewport().width()) - 1
        return 0, last

    def _sections(self) -> list[int]:
        return self._table.shown_sections()[: self._count]
