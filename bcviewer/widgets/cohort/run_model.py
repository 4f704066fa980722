"""The model of a cohort's runs: a row each, of those that are shown, in the chosen order."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QObject, Qt
from PySide6.QtGui import QColor

from bcviewer.app.cohort.cohort_scene import CohortScene, OpenedCohort
from bcviewer.core.arrays import Array, Ints
from bcviewer.core.cohort.cohort_runs import SHARE
from bcviewer.core.cohort.run_cells import (
    CLASSES_BAR,
    MATCHING,
    PROBLEM,
    TRIED,
    VERSION,
    RunHead,
    bar_words,
    run_heads,
    run_text,
    sorted_rows,
    widest_texts,
)
from bcviewer.core.cohort.run_columns import COUNTS, FAILED
from bcviewer.core.figures.words import share
from bcviewer.core.rules.counts import known_count
from bcviewer.core.rules.labels import Label
from bcviewer.widgets.drawing.headed_model import DISPLAY, LEFT, NO_INDEX, RIGHT, Index
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.table.plain_cell import NOTHING, Cell

_WAITING = "…"
_GOOD, _CHANGE, _UNSURE = (head.key for head in TRIED)


class RunModel(QAbstractTableModel):
    """Tells what stands in the cells.

    Attributes
    ----------
    heads : tuple of RunHead
        The columns.
    sorted_by : tuple of str and bool
        The column that rows are sorted by (empty: the order of recordings), and whether the
        largest comes first.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.heads: tuple[RunHead, ...] = ()
        self.sorted_by: tuple[str, bool] = ("", False)
        self._scene: CohortScene | None = None
        self._rows: list[int] = []
        self._place: dict[int, int] = {}

    @property
    def opened(self) -> OpenedCohort | None:
        """What is shown; None: nothing yet."""
        return None if self._scene is None else self._scene.opened

    def show_scene(self, scene: CohortScene) -> None:
        """Show what is there now; rows stay the rows they were."""
        self._scene = scene
        opened = scene.opened
        self.beginResetModel()
        if opened is not None:
            tried = bool(scene.proposal.changes)
            self.heads = run_heads(opened.table, bool(scene.unit_filter), tried)
        self._order()
        self.endResetModel()

    def sort_by(self, key: str, descending: bool) -> None:
        """Put the rows in another order."""
        self.beginResetModel()
        self.sorted_by = key, descending
        self._order()
        self.endResetModel()

    def section(self, key: str) -> int:
        """Return the place of a column; −1: it is not there."""
        return next((i for i, head in enumerate(self.heads) if head.key == key), -1)

    def row_at(self, place: int) -> int:
        """Return the run at a place."""
        return self._rows[place]

    def place_of(self, row: int) -> int:
        """Return the place of a run; −1: it is not shown."""
        return self._place.get(row, -1)

    def widest(self, key: str) -> list[str]:
        """Return texts among which the widest one of a column is."""
        scene, opened = self._scene, self.opened
        if scene is None or opened is None:
            return []
        if key != MATCHING.key and all(key != head.key for head in TRIED):
            return widest_texts(opened.table, key)
        found, tried = self._beside(scene, key), scene.known_tried
        if key == _CHANGE and tried is not None:
            return [f"+{tried.gained.max(initial=0):,} −{tried.lost.max(initial=0):,}"]
        return [] if found is None else [f"≥ {found.max(initial=0):,}"]

    def broken(self) -> list[int]:
        """Return the places of runs without units: why is written in place of their numbers."""
        opened = self.opened
        rows = () if opened is None else opened.table.rows
        return [place for place, row in enumerate(self._rows) if not rows[row].get("part")]

    def parts(self, place: int) -> list[tuple[Label, float]]:
        """Return the classes of a run, each with its share of the units with spikes."""
        opened, row = self.opened, self._rows[place]
        assert opened is not None  # noqa: S101  there are rows
        table = opened.table
        of = int(table.with_spikes[row])
        if not of:
            return []
        counts = ((label, int(table.counts(name)[row])) for label, name in COUNTS.items())
        return [(label, n / of) for label, n in counts if n and label != Label.EMPTY]

    def _order(self) -> None:
        scene, opened = self._scene, self.opened
        if scene is None or opened is None:
            return
        key, descending = self.sorted_by
        order = sorted_rows(opened.table, self._values(scene, opened, key), descending)
        self._rows = order[scene.shown[order]].tolist()
        self._place = {row: place for place, row in enumerate(self._rows)}

    def _values(
        self, scene: CohortScene, opened: OpenedCohort, key: str
    ) -> Array | list[str] | None:
        """Return what rows are sorted by; None: it is not there, or the order of recordings."""
        table = opened.table
        if self.section(key) < 0:
            return None
        if key == CLASSES_BAR:
            return table.values(SHARE)
        found = self._beside(scene, key)
        if found is not None:
            there = np.isin(np.arange(table.n_units), opened.rows_of_runs)
            return np.where(there, found.astype(np.float64), np.nan)
        if key == MATCHING.key or any(key == head.key for head in TRIED):
            return None
        if table.kind(key) == "text":
            return [run_text(table, key, row) for row in range(table.n_units)]
        return table.values(key)

    @staticmethod
    def _beside(scene: CohortScene, key: str) -> Ints | None:
        """Return the numbers of a column that are not the table's own, where they are known."""
        matching, tried = scene.known_matching, scene.known_tried
        if key == MATCHING.key:
            return None if matching is None else matching.units
        if tried is None:
            return None
        columns = {_GOOD: tried.good, _CHANGE: tried.gained - tried.lost, _UNSURE: tried.unsure}
        return columns.get(key)

    # -- what Qt asks ------------------------------------------------------------------------

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.heads)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(self.heads):
            return None
        head = self.heads[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return head.title
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(f"{head.tip}\nA click sorts by it.")
            case Qt.ItemDataRole.TextAlignmentRole:
                return RIGHT if head.is_number else LEFT
        return None

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        opened, head = self.opened, self.heads[index.column()]
        if opened is None:
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.cell(index.row(), index.column()).text
            case Qt.ItemDataRole.AccessibleTextRole if head.key == CLASSES_BAR:
                return bar_words(opened.table, row).replace("\n", ", ")
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(self._tip(opened, head.key, row))
        return None

    def cell(self, place: int, section: int) -> Cell:
        """Return what a cell says."""
        opened, head = self.opened, self.heads[section]
        if opened is None:
            return NOTHING
        row, ink = self._rows[place], None
        if self._tells_problem(opened, head.key, row):
            failed = opened.table.rows[row].get("status") == FAILED
            ink = QColor(theme().fail_text if failed else theme().faint)
        return Cell(self._text(opened, head.key, row), is_right=head.is_number, ink=ink)

    def _text(self, opened: OpenedCohort, key: str, row: int) -> str:
        scene = self._scene
        if scene is None or key == CLASSES_BAR:
            return ""
        if self._tells_problem(opened, key, row):
            return run_text(opened.table, PROBLEM, row)
        if key != MATCHING.key and all(key != head.key for head in TRIED):
            return run_text(opened.table, key, row)
        if not opened.table.rows[row].get("part"):
            return ""
        found = self._beside(scene, key)
        if found is None:
            matching = scene.known_matching
            return "" if key == MATCHING.key and matching is not None else _WAITING
        tried = scene.known_tried
        if tried is None or key == MATCHING.key:
            return f"{found[row]:,}"
        if key == _CHANGE:
            gained, lost = int(tried.gained[row]), int(tried.lost[row])
            return f"+{gained:,} −{lost:,}" if gained or lost else ""
        if key == _GOOD:
            return known_count(int(found[row]), int(tried.open[row]))
        return f"{found[row]:,}" if found[row] else ""

    @staticmethod
    def _tells_problem(opened: OpenedCohort, key: str, row: int) -> bool:
        return key == PROBLEM or (key == VERSION and not opened.table.rows[row].get("part"))

    def _tip(self, opened: OpenedCohort, key: str, row: int) -> str:
        table, facts = opened.table, opened.table.rows[row]
        if key == CLASSES_BAR:
            return bar_words(table, row)
        if key == MATCHING.key:
            found = self._beside(self._scene, key) if self._scene is not None else None
            of = int(table.counts("n_units")[row])
            return "" if found is None else f"{found[row]:,} of {of:,} ({share(found[row], of)})"
        if self._tells_problem(opened, key, row):
            return run_text(table, PROBLEM, row)
        return str(facts.get("results_dir") or "")
