"""The history of curation as a model: newest first, and only what is on screen is put in words."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QFont

from bcviewer.core.curation.entries import Action
from bcviewer.core.curation.history import disagree, units_of, words_of
from bcviewer.core.curation.opinions import conflicts
from bcviewer.core.curation.state import CurationState
from bcviewer.core.rules.labels import LABEL_NAMES
from bcviewer.widgets.drawing.headed_model import DISPLAY, NO_INDEX, HeadedModel, Index
from bcviewer.widgets.drawing.local_time import local_time
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.tips import plain_tip

_LOOKED_AT = 50
"""Units of one action that are looked at for its marks."""

_HIDDEN = "hidden by the blind review"
GONE = "not in these results"


class HistoryModel(HeadedModel):
    """Every action of all who curate the recording.

    Attributes
    ----------
    gone : set of int
        Cluster ids with a label or a note that the results do not have.
    """

    heads: ClassVar[tuple[str, ...]] = ("when", "who", "what")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = CurationState()
        self._ids: frozenset[int] = frozenset()
        self._apart: set[int] = set()
        self.gone: set[int] = set()
        self._hidden: frozenset[int] = frozenset()
        self._read: dict[str, tuple[str, tuple[int, ...]]] = {}
        self._struck = QFont()
        self._struck.setStrikeOut(True)

    @property
    def state(self) -> CurationState:
        """What is known."""
        return self._state

    @property
    def apart(self) -> set[int]:
        """Cluster ids of units on which people disagree, as far as it may be told."""
        return self._apart - self._hidden

    def show_state(self, state: CurationState, ids: frozenset[int]) -> None:
        """Show another state, and tell which cluster ids the results have.

        One more action, which is what a key makes, is put on top; anything else starts anew.
        """
        before, same = self._state, ids is self._ids
        self._ids = ids
        if state is before and same:
            return
        if same and len(state.order) == len(before.order) + 1 and state.order[:-1] == before.order:
            self._add(state)
            return
        self.beginResetModel()
        self._state = state
        self._read = {}
        self._apart = set(conflicts(state))
        self.gone = {i for i in state.units if self._is_gone(i)}
        self.endResetModel()

    def hide_units(self, ids: frozenset[int]) -> None:
        """Say nothing of the labels of some units."""
        if ids != self._hidden:
            self._hidden = ids
            self._tell_all()

    def _add(self, state: CurationState) -> None:
        self.beginInsertRows(NO_INDEX, 0, 0)
        self._state = state
        self.endInsertRows()
        for unit in units_of(state, self.action(0)):
            (self._apart.add if disagree(state, unit) else self._apart.discard)(unit)
            (self.gone.add if self._is_gone(unit) else self.gone.discard)(unit)
        self._tell_all()  # an undo strikes another line through

    def _tell_all(self) -> None:
        """Say that any line may read otherwise; where there is none there is nothing to say."""
        n = self.rowCount()
        if n:
            self.dataChanged.emit(self.index(0, 0), self.index(n - 1, len(self.heads) - 1))

    def _is_gone(self, cluster_id: int) -> bool:
        said = self._state.unit(cluster_id)
        return 0 <= cluster_id not in self._ids and (said.label is not None or bool(said.note))

    def action(self, row: int) -> Action:
        """Return the action of a line."""
        return self._state.actions[self._state.order[-1 - row][1]]

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._state.order)

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        action = self.action(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.column(), action)
        if role == Qt.ItemDataRole.FontRole:
            undone = self._state.is_undone(action.id) and index.column() == 2
            return self._struck if undone else None
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._color(index.column(), action)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._tip(action))
        return None

    def _text(self, column: int, action: Action) -> str:
        if column == 0:
            return local_time(action.at)
        if column == 1:
            voice = f" (for {action.voice})" if action.voice else ""
            return f"{action.who.person}{voice}"
        words, units = self._in_words(action)
        sign = "⚡ " if any(unit in self._apart for unit in units) else ""
        gone = f"  ({GONE})" if any(unit not in self._ids for unit in units) else ""
        return f"{sign}{words}{gone}"

    def _in_words(self, action: Action) -> tuple[str, tuple[int, ...]]:
        """Return an action in words and its first units; one of many units takes a while."""
        found = self._read.get(action.id)
        if found is None:
            units = units_of(self._state, action)[:_LOOKED_AT]
            found = self._read[action.id] = words_of(self._state, action), units
        if self._hidden and not self._hidden.isdisjoint(units_of(self._state, action)):
            return _HIDDEN, ()
        return found

    def _color(self, column: int, action: Action) -> QColor | None:
        faint = column < 2 or action.is_mark or self._state.is_undone(action.id)
        return QColor(theme().faint) if faint else None

    def _tip(self, action: Action) -> str:
        """Return an action in full, with what others say of its units."""
        state, where = self._state, f", {action.who.machine}" if action.who.machine else ""
        words, units = self._in_words(action)
        lines = [words, f"{action.who.person}{where}, {action.at}"]
        if state.is_undone(action.id):
            lines.append("undone")
        apart = [unit for unit in units if unit in self._apart]
        for unit in apart[:8]:
            said = (
                f"{o.person} {LABEL_NAMES[o.label]}"
                for o in disagree(state, unit)
                if o.label is not None
            )
            lines.append(f"⚡ unit {unit}: {', '.join(said)} (the last one is shown)")
        return "\n".join(lines)
