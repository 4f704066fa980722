"""The dialog that shows what labels from a file would change, before they are taken over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from bcviewer.core.actions import LABEL, NOTE, Change
from bcviewer.core.imported import Conflicts, ImportedLabels, UnitChange
from bcviewer.core.labels import LABEL_NAMES, Label
from bcviewer.widgets.theme import label_icon, theme
from bcviewer.widgets.tips import plain_tip

Index = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_HEADS = ("unit", "", "label now", "label of the file", "note now", "note of the file")
CONFLICT, NEW, SAME, UNKNOWN = "differs", "new", "same", "no such unit"


class ImportModel(QAbstractTableModel):
    """The units of a file: those that differ first, then new, same and unknown ones."""

    def __init__(self, found: Conflicts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[tuple[str, int, UnitChange | None]] = [
            *((CONFLICT, c.cluster_id, c) for c in found.conflicting),
            *((NEW, c.cluster_id, c) for c in found.new),
            *((SAME, c.cluster_id, c) for c in found.same),
            *((UNKNOWN, i, None) for i in found.unknown),
        ]

    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(_HEADS)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = _DISPLAY,
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _HEADS[section]
        return None

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        kind, cluster_id, change = self.lines[index.row()]
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(column, kind, cluster_id, change)
        if role == Qt.ItemDataRole.DecorationRole and change is not None:
            label = {2: change.old.label, 3: change.label}.get(column)
            return None if label is None else label_icon(label)
        if role == Qt.ItemDataRole.ForegroundRole and column == 1:
            return QColor(theme().fail_text if kind == CONFLICT else theme().faint)
        if role == Qt.ItemDataRole.TextAlignmentRole and column == 0:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(str(self._text(column, kind, cluster_id, change)))
        return None

    @staticmethod
    def _text(column: int, kind: str, cluster_id: int, change: UnitChange | None) -> str:
        if column < 2 or change is None:
            return (str(cluster_id), kind)[column] if column < 2 else ""
        old, label = change.old, change.label
        texts = (_name(old.label), _name(label), old.note, change.note)
        return " ".join(texts[column - 2].split())


def _name(label: Label | None) -> str:
    return "" if label is None else LABEL_NAMES[label]


class ImportLabelsDialog(QDialog):
    """Shows what a file would change, and takes over what the person agrees to.

    Attributes
    ----------
    apply_chosen : Signal(tuple, str, str)
        Changes, the file's name, and whose opinion they are.
    """

    apply_chosen = Signal(object, str, str)

    def __init__(self, parent: QWidget | None, imported: ImportedLabels, found: Conflicts) -> None:
        super().__init__(parent)
        self.setObjectName("importLabelsDialog")
        self.setWindowTitle("Import labels")
        self._imported, self._found = imported, found
        head = QLabel(_summary(imported, found), self)
        head.setTextFormat(Qt.TextFormat.PlainText)
        head.setWordWrap(True)
        self.model = ImportModel(found, self)
        self.table = QTableView(self)
        self.table.setModel(self.model)
        self.table.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.verticalHeader().hide()
        rows = self.table.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 7)
        self.table.horizontalHeader().setStretchLastSection(True)
        for column, width in enumerate((70, 100, 130, 130, 160)):
            self.table.setColumnWidth(column, width)
        n = len(found.conflicting)
        self.replace = QCheckBox(f"Replace what differs ({n:,} unit{'' if n == 1 else 's'})", self)
        self.replace.setObjectName("replaceConflicts")
        self.replace.setEnabled(bool(n))
        self.replace.toggled.connect(self._show_count)
        skipped = QLabel(_skipped(imported), self)
        skipped.setTextFormat(Qt.TextFormat.PlainText)
        skipped.setWordWrap(True)
        skipped.setVisible(bool(skipped.text()))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.apply = self.buttons.addButton("", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self._on_apply)
        self.buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        for widget in (head, self.table, skipped, self.replace, self.buttons):
            box.addWidget(widget, 1 if widget is self.table else 0)
        self._show_count()
        self.resize(780, 520)

    def changes(self) -> tuple[Change, ...]:
        """Return what would be taken over."""
        chosen = [*self._found.new, *(self._found.conflicting if self.replace.isChecked() else ())]
        out = []
        for unit in chosen:
            if unit.label is not None:
                out.append(Change(unit.cluster_id, LABEL, None, LABEL_NAMES[unit.label]))
            if unit.note:
                out.append(Change(unit.cluster_id, NOTE, None, unit.note))
        return tuple(out)

    def _show_count(self) -> None:
        n = len({change.cluster_id for change in self.changes()})
        self.apply.setText(f"Take over {n:,} unit{'' if n == 1 else 's'}")
        self.apply.setEnabled(n > 0)

    def _on_apply(self) -> None:
        name = Path(self._imported.source).name
        self.apply_chosen.emit(self.changes(), name, self._imported.person)
        self.accept()


def _summary(imported: ImportedLabels, found: Conflicts) -> str:
    parts = [f"{len(found.new):,} new", f"{len(found.same):,} the same"]
    parts.append(f"{len(found.conflicting):,} other than what is said here")
    if found.unknown:
        parts.append(f"{len(found.unknown):,} not in these results")
    if imported.unlabelled:
        parts.append(f"{imported.unlabelled:,} without a label")
    return (
        f"{imported.source}\nUnits: {', '.join(parts)}.\n"
        f"They are taken over in the name of “{imported.person}”, as one step to undo."
    )


def _skipped(imported: ImportedLabels) -> str:
    if not imported.n_skipped:
        return ""
    first = imported.skipped[0]
    n = imported.n_skipped
    return (
        f"{n:,} line{'' if n == 1 else 's'} cannot be read, for example line {first.line}: "
        f"{first.why} ({first.text})."
    )
