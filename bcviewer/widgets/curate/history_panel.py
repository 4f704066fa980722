"""The history dock: who said what, when; newest first."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import GoTo
from bcviewer.core.curation.history import gone_words, units_of
from bcviewer.core.filter.quote import quote
from bcviewer.core.rules.counts import count_of
from bcviewer.core.sheet.ids import SheetRow
from bcviewer.widgets.base.panel import Panel
from bcviewer.widgets.curate.history_model import HistoryModel
from bcviewer.widgets.drawing.row_list import leave_keys, set_up_rows
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.tips import plain_tip

_PADDING = 6
_MOST_IDS = 200
"""Most units of a filter by cluster id."""


class HistoryPanel(Panel):
    """Every action of all who curate the recording; a click goes to its unit."""

    panel_id = "history"
    title = "History"
    parts = ("table", "said", "journals", "which")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = HistoryModel(self)
        self.head = QLabel(self)
        self.head.setObjectName("historyHead")
        self.head.setTextFormat(Qt.TextFormat.PlainText)
        self.apart = QToolButton(self)
        self.apart.setObjectName("historyApart")
        self.apart.setAutoRaise(True)
        self.apart.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.apart.setToolTip("Units to which people gave different labels; click shows them")
        self.apart.clicked.connect(self._on_apart)
        self.gone = QLabel(self)
        self.gone.setObjectName("historyGone")
        self.gone.setTextFormat(Qt.TextFormat.PlainText)
        self.gone.setWordWrap(True)
        self.list = QTableView(self)
        self.list.setObjectName("historyList")
        self.list.setAccessibleName("History")
        self.list.setModel(self.model)
        self._set_up_list()
        line = QHBoxLayout()
        line.setContentsMargins(6, 2, 6, 0)
        line.addWidget(self.head)
        line.addStretch(1)
        line.addWidget(self.apart)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 2, 0, 0)
        box.setSpacing(2)
        box.addLayout(line)
        box.addWidget(self.gone)
        box.addWidget(self.list, 1)
        self._ids: frozenset[int] = frozenset()
        self._basis: object = None

    def _set_up_list(self) -> None:
        view = self.list
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        set_up_rows(view, _PADDING)
        leave_keys(view)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.horizontalHeader().hide()
        metrics = self.fontMetrics()
        view.setColumnWidth(0, metrics.horizontalAdvance("2026-12-28 23:59") + 14)
        view.setColumnWidth(1, metrics.averageCharWidth() * 14)
        view.clicked.connect(self._on_clicked)

    def redraw(self, scene: Scene) -> None:
        sheet, basis = scene.sheet, None if scene.sheet is None else scene.sheet.basis
        if basis is not self._basis:
            self._basis = basis
            self._ids = frozenset() if sheet is None else frozenset(sheet.ids.ids_of().tolist())
        self.model.show_state(scene.said, self._ids)
        hidden = [] if sheet is None else sheet.ids.ids_of(sheet.veil.rows).tolist()
        self.model.hide_units(frozenset(hidden))
        n = self.model.rowCount()
        people = {self.model.action(i).who.person for i in range(min(n, 1000))}
        nothing = "Nothing was said yet." if scene.is_read else "Not read yet."
        words = count_of(n, "action") if n else nothing
        words = f"{words} by {len(people)} people" if len(people) > 1 else words
        self.head.setText(scene.of_probe(words))
        apart = len(self.model.apart)
        self.apart.setText(f"⚡ {count_of(apart, 'unit')} in dispute")
        self.apart.setVisible(apart > 0)
        gone = sorted(self.model.gone)
        self.gone.setVisible(bool(gone))
        if gone:
            self.gone.setText(gone_words(gone, "" if sheet is None else sheet.ids.damage()))
            self.gone.setToolTip(plain_tip(", ".join(map(str, gone[:_MOST_IDS]))))
            colors = theme()
            self.gone.setStyleSheet(
                f"background:{colors.warn_tint}; color:{colors.text}; padding:3px 6px"
            )

    def _on_clicked(self, index: QModelIndex) -> None:
        """Go to the first unit of the action that is there."""
        scene = self.scene
        if scene is None or scene.book is None or scene.sheet is None:
            return
        for unit in units_of(self.model.state, self.model.action(index.row())):
            rows = scene.sheet.ids.rows_of(unit)
            if len(rows):
                row = scene.book.row_of(scene.which, SheetRow(int(rows[0])))
                self.wish.emit(GoTo(row))
                return

    def _on_apart(self) -> None:
        ids = ", ".join(str(i) for i in sorted(self.model.apart & self._ids)[:_MOST_IDS])
        scene = self.scene
        if ids and scene is not None and scene.book is not None:
            probe = scene.book.probes[scene.which]
            among = f"probe == {quote(probe)} and " if len(scene.book) > 1 else ""
            self.want_filter(f"{among}cluster_id in ({ids})")
