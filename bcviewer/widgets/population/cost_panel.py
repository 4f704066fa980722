"""What each threshold costs: all of them, ranked, with what one step either way would do."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QVBoxLayout, QWidget

from bcviewer.app.scene import Scene
from bcviewer.app.wishes import ShowEvidence
from bcviewer.core.comparison.cost_rows import BAR, HEADS, CostRow, cost_row, threshold_rules
from bcviewer.core.comparison.costs import Costs
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES
from bcviewer.widgets.base.plot_panel import PlotPanel
from bcviewer.widgets.drawing.row_list import set_up_rows
from bcviewer.widgets.drawing.theme import make_small
from bcviewer.widgets.population.cost_strips import REST_MS, TURN_S
from bcviewer.widgets.population.cost_table import CostBar, CostModel, CostView

HISTOGRAMS = "histograms"
_BAR_WIDTH, _PADDING = 110, 5
NO_UNIT, NO_RULE = "There is no unit to count.", "No threshold is tested in this run."


class CostPanel(PlotPanel):
    """The thresholds, what decides most first; a row leads to its histogram."""

    panel_id = "cost"
    title = "Cost of thresholds"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = CostModel(self)
        self.view = CostView(self.body)
        self._set_up_view()
        self.nothing = QLabel(self.body)
        self.nothing.setContentsMargins(6, 4, 6, 4)
        self.nothing.setWordWrap(True)
        self.nothing.hide()
        self.body.setBackgroundRole(QPalette.ColorRole.Base)
        self.body.setAutoFillBackground(True)
        box = QVBoxLayout(self.body)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.nothing)
        box.addWidget(self.view, 1)
        self.cover.raise_()
        self._costs: Costs | None = None
        self._found: list[CostRow] = []
        self._waiting: list[int] = []
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._go_on)

    def _set_up_view(self) -> None:
        view = self.view
        view.setObjectName("costTable")
        view.setAccessibleName(self.title)
        view.setModel(self.model)
        view.setItemDelegateForColumn(BAR, CostBar(view))
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setTabKeyNavigation(False)
        make_small(view)
        set_up_rows(view, _PADDING)
        heads = view.horizontalHeader()
        heads.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        heads.setSectionResizeMode(BAR, QHeaderView.ResizeMode.Fixed)
        heads.resizeSection(BAR, _BAR_WIDTH)
        heads.setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
        view.setSortingEnabled(True)
        view.row_chosen.connect(self._on_chosen)
        view.left.connect(self.focusPreviousChild)

    def redraw(self, scene: Scene) -> None:
        """Count anew; what was there stays until all thresholds are counted."""
        book, rows = scene.book, self.rows(scene)
        self._turn.stop()
        empty = book is None or (rows is not None and not len(rows)) or not book.n_units
        self._costs = None if book is None or empty else Costs(book, rows)
        self._found, self._waiting = [], list(threshold_rules())
        if self._costs is None:
            self._show([], NO_UNIT if book is not None else "")
        else:
            self._turn.start(REST_MS if self.model.rows else 0)

    def settle(self) -> None:
        while self._costs is not None:
            self._go_on()
        self._turn.stop()

    def _go_on(self) -> None:
        """Count some thresholds; when all are counted, show them."""
        until = perf_counter() + TURN_S
        while self._waiting and self._costs is not None:
            row = cost_row(self._costs, self._waiting.pop(0))
            if row is not None:
                self._found.append(row)
            if self._waiting and perf_counter() > until:
                self._turn.start(0)
                return
        if self._costs is not None:
            self._costs = None  # its masks of units are not needed any more
            self._show(self._found, NO_RULE)

    def _show(self, rows: Sequence[CostRow], why_none: str) -> None:
        self.model.show_rows(rows)
        self.nothing.setText("" if rows else why_none)
        self.nothing.setVisible(not rows and bool(why_none))
        self.view.setVisible(bool(rows))

    def _on_chosen(self, row: int) -> None:
        rule = self.model.rows[row].cost.rule
        self.wish.emit(ShowEvidence(RULES[rule].metric, HISTOGRAMS))

    def forget(self) -> None:
        self._turn.stop()
        self._costs, self._found, self._waiting = None, [], []
        self._show([], "")
        super().forget()

    def numbers(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        labels = [k for k in Label if any(r.cost.now[k] for r in self.model.rows)]
        header = (
            "threshold",
            "value",
            "saved",
            "units_kept_from_good_by_it_alone",
            *(f"looser_{name}" for name in map(_name, labels)),
            *(f"stricter_{name}" for name in map(_name, labels)),
            HEADS[-1][0],
        )
        rows = [
            (
                row.cost.handle.name,
                row.cost.handle.value,
                row.cost.handle.saved,
                row.cost.lost_alone,
                *row.cost.looser[labels].tolist(),
                *row.cost.stricter[labels].tolist(),
                row.texts[-1],
            )
            for row in self.model.rows
        ]
        return header, rows


def _name(label: Label) -> str:
    return label.name.lower()
