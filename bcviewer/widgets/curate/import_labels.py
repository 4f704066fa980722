"""The dialog that shows labels of others before they are kept beside one's own or taken over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from bcviewer.app.curating.label_jobs import Read
from bcviewer.core.curation.entries import LABEL, NOTE, STABLE, Change
from bcviewer.core.curation.imported import Conflicts, UnitChange, Word
from bcviewer.core.curation.label_source import MAX_NAME, is_name
from bcviewer.core.curation.manual import MANUAL_LABELS
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.run.run import Run
from bcviewer.core.run.stretch import Stretch
from bcviewer.widgets.curate.import_words import left_out, meaning, merged_words, summary
from bcviewer.widgets.drawing.headed_model import DISPLAY, NO_INDEX, RIGHT, HeadedModel, Index
from bcviewer.widgets.drawing.theme import label_icon, theme
from bcviewer.widgets.drawing.tick_box import TickBox
from bcviewer.widgets.drawing.tips import plain_tip

TableT = TypeVar("TableT", bound=QTableView)
_WORD_HEADS = ("word of the file", "taken for", "lines")
_MOST_WORDS = 5
IDS = (("si", "SpikeInterface's (cluster_si_unit_ids.tsv)"), ("cluster", "phy's cluster ids"))
"""What the ids of a file can be, where the two are not the same."""
CONFLICT, NEW, SAME, UNKNOWN, DOUBLE = "differs", "new", "same", "no such unit", "on several rows"


STABLE_COLUMNS = (6, 7)
"""The last columns: shown where the file has stable times."""
_NOTE_NOW, _NOTE = 4, 5
"""The columns of notes: any length."""


class ImportModel(HeadedModel):
    """The units of a file: those that differ first, then new, same and unknown ones."""

    heads: ClassVar[tuple[str, ...]] = (
        "unit",
        "",
        "label now",
        "label of the file",
        "note now",
        "note of the file",
        "stable now",
        "stable in the file",
    )

    def __init__(self, read: Read, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[tuple[str, str, UnitChange | None]] = [
            (kind, f"{one.probe}:{i}" if one.probe else str(i), change)
            for kind, units in _KINDS
            for one in read.all
            for i, change in units(one.found)
        ]

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        kind, unit, change = self.lines[index.row()]
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(column, kind, unit, change)
        if role == Qt.ItemDataRole.DecorationRole and change is not None:
            label = {2: change.old.label, 3: change.label}.get(column)
            return None if label is None else label_icon(label)
        if role == Qt.ItemDataRole.ForegroundRole and column == 1:
            return QColor(theme().fail_text if kind == CONFLICT else theme().faint)
        if role == Qt.ItemDataRole.TextAlignmentRole and column == 0:
            return RIGHT
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._text(column, kind, unit, change))
        return None

    @staticmethod
    def _text(column: int, kind: str, unit: str, change: UnitChange | None) -> str:
        if column < 2 or change is None:
            return (unit, kind)[column] if column < 2 else ""
        old, label = change.old, change.label
        stable = (_limits(old.stretch), _limits(change.stable))
        texts = (_name(old.label), _name(label), old.note, change.note, *stable)
        return " ".join(texts[column - 2].split())


def _pairs(changes: Sequence[UnitChange]) -> list[tuple[int, UnitChange | None]]:
    return [(change.cluster_id, change) for change in changes]


_KINDS: tuple[tuple[str, Callable[[Conflicts], Sequence[tuple[int, UnitChange | None]]]], ...] = (
    (CONFLICT, lambda found: _pairs(found.conflicting)),
    (NEW, lambda found: _pairs(found.new)),
    (SAME, lambda found: _pairs(found.same)),
    (UNKNOWN, lambda found: [(i, None) for i in found.unknown]),
    (DOUBLE, lambda found: [(i, None) for i in found.double]),
)
"""What becomes of units, the most important first."""


def _limits(stretch: Stretch | None) -> str:
    """Return the limits of a stable time to the millisecond; what is taken over is exact."""
    return "" if stretch is None else f"{stretch.start_s:.3f}–{stretch.stop_s:.3f} s"


def _name(label: Label | None) -> str:
    return "" if label is None else LABEL_NAMES[label]


class ImportLabelsDialog(QDialog):
    """Shows what a file would change, and keeps or takes over what the person agrees to.

    Attributes
    ----------
    apply_chosen : Signal(list of (Run, changes), str, str)
        Take over: changes of each probe, the file's name, and whose opinion they are.
    keep_chosen : Signal(list of (Run, ImportedLabels), str)
        Keep the labels of each probe as a source beside the manual ones, under a name.
    again_chosen : Signal(str, str)
        Read the file again: another column, and what its ids are.
    """

    apply_chosen = Signal(object, str, str)
    keep_chosen = Signal(object, str)
    again_chosen = Signal(str, str)

    def __init__(self, parent: QWidget | None, read: Read) -> None:
        super().__init__(parent)
        self.setObjectName("importLabelsDialog")
        self.setWindowTitle("Adopt labels" if read.is_kept else "Import labels")
        self._read = read
        self._head, self._left = _plain(self), _plain(self)
        self.column, self.ids = QComboBox(self), QComboBox(self)
        self.column.setObjectName("importColumn")
        self.ids.setObjectName("importIds")
        for key, title in IDS:
            self.ids.addItem(title, key)
        self.column.activated.connect(self._on_again)
        self.ids.activated.connect(self._on_again)
        self.words = _table(QTableWidget(0, len(_WORD_HEADS), self))
        self.words.setHorizontalHeaderLabels(_WORD_HEADS)
        self.words.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.model = ImportModel(read, self)
        self.table = _table(QTableView(self))
        self.name = QLineEdit(self)
        self.name.setObjectName("sourceName")
        self.name.setMaxLength(MAX_NAME)
        self.name.textEdited.connect(self._show_count)
        self.replace = TickBox(self)
        self.replace.setObjectName("replaceConflicts")
        self.replace.toggled.connect(self._show_count)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        roles = QDialogButtonBox.ButtonRole
        self.keep = self.buttons.addButton("", roles.ActionRole)
        self.keep.setToolTip(
            "Beside your labels: a column, and in the dock Label sources. Your labels stay."
        )
        self.apply = self.buttons.addButton("", roles.AcceptRole)
        self.keep.clicked.connect(self._on_keep)
        self.buttons.accepted.connect(self._on_apply)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        self.show_read(read)
        (self.apply if read.is_kept else self.keep).setDefault(True)
        self.resize(960, 600)

    def _lay_out(self) -> None:
        form = QFormLayout()
        self._form = form
        form.addRow("Labels in the column", self.column)
        form.addRow("Its ids are", self.ids)
        form.addRow("Name as a source", self.name)
        box = QVBoxLayout(self)
        box.addWidget(self._head)
        box.addLayout(form)
        box.addWidget(self.words)
        box.addWidget(self.table, 1)
        for widget in (self._left, self.replace, self.buttons):
            box.addWidget(widget)

    def show_read(self, read: Read) -> None:
        """Show a file, or the same one read in another way."""
        self._read, imported = read, read.imported
        told = [(one.probe, one.imported, one.found) for one in read.all]
        self._head.setText(summary(told, read.is_kept))
        self._left.setText("\n".join(filter(None, (left_out(one.imported) for one in read.all))))
        self._left.setVisible(bool(self._left.text()))
        self.column.clear()
        self.column.addItems(list(imported.columns))
        self.column.setCurrentText(imported.column)
        self.ids.setCurrentIndex(self.ids.findData(imported.ids))
        self.name.setText(imported.name[:MAX_NAME])
        self._form.setRowVisible(self.column, len(imported.columns) > 1)
        self._form.setRowVisible(self.ids, any(one.offers_ids for one in read.all))
        self._form.setRowVisible(self.name, not read.is_kept)
        self.keep.setVisible(not read.is_kept)
        self._show_words(merged_words([one.imported.words for one in read.all]))
        before, self.model = self.model, ImportModel(read, self)
        self.table.setModel(self.model)
        before.deleteLater()
        self._fit_columns()
        n = sum(len(one.found.conflicting) for one in read.all)
        self.replace.setText(f"Replace what differs ({count_of(n, 'unit')})")
        self.replace.setEnabled(bool(n))
        self._show_count()

    def _fit_columns(self) -> None:
        """Show the columns that say something, as wide as what they say; notes have the rest."""
        header, changes = self.table.horizontalHeader(), [c for *_, c in self.model.lines if c]
        files = [one.imported for one in self._read.all]
        there = dict.fromkeys(STABLE_COLUMNS, any(file.stable for file in files))
        there[2] = any(c.old.label is not None for c in changes)
        there[_NOTE_NOW] = any(c.old.note for c in changes)
        there[_NOTE] = any(file.notes for file in files)
        for column in range(self.model.columnCount()):
            self.table.setColumnHidden(column, not there.get(column, True))
        header.setStretchLastSection(not there[_NOTE_NOW] and not there[_NOTE])
        self.table.resizeColumnsToContents()
        for column in (_NOTE_NOW, _NOTE):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def show_problem(self, text: str) -> None:
        """Say why the file cannot be read as the person chose; nothing of it can be kept then."""
        self._left.setText(text)
        self._left.show()
        self.keep.setEnabled(False)
        self.apply.setEnabled(False)

    def _show_words(self, words: Sequence[Word]) -> None:
        """Show what each word of the file was taken for."""
        self.words.setRowCount(len(words))
        for row, word in enumerate(words):
            for column, text in enumerate((word.text or "(nothing)", meaning(word), f"{word.n:,}")):
                item = QTableWidgetItem(text)
                if column == 1 and word.label in MANUAL_LABELS:
                    item.setIcon(label_icon(word.label))
                if word.label is Label.UNKNOWN:
                    item.setForeground(QColor(theme().fail_text))
                self.words.setItem(row, column, item)
        self.words.setColumnWidth(0, 220)
        self.words.setColumnWidth(1, 260)
        self.words.horizontalHeader().setStretchLastSection(True)
        self.words.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        line = self.words.verticalHeader().defaultSectionSize()
        shown = min(max(len(words), 1), _MOST_WORDS)
        self.words.setFixedHeight((shown + 1) * line + 6)
        self.words.setVisible(bool(words))

    def changes(self) -> list[tuple[Run, tuple[Change, ...]]]:
        """Return what would be taken over, of each probe of which anything would be."""
        every = [(one.run, self._changes_of(one.found)) for one in self._read.all]
        return [(run, changes) for run, changes in every if changes]

    def _changes_of(self, found: Conflicts) -> tuple[Change, ...]:
        chosen = [*found.new, *(found.conflicting if self.replace.isChecked() else ())]
        out = []
        for unit in chosen:
            if unit.label is not None:
                out.append(Change(unit.cluster_id, LABEL, None, LABEL_NAMES[unit.label]))
            if unit.note:
                out.append(Change(unit.cluster_id, NOTE, None, unit.note))
            if unit.stable is not None:
                out.append(Change(unit.cluster_id, STABLE, None, unit.stable.written))
        return tuple(out)

    def _show_count(self) -> None:
        n = sum(len({change.cluster_id for change in those}) for _, those in self.changes())
        self.apply.setText(f"Take over {count_of(n, 'unit')}")
        self.apply.setEnabled(n > 0)
        known = any(self.name.text().strip() in one.sources for one in self._read.all)
        self.keep.setText(f"{'Replace the' if known else 'Keep as a'} label source")
        labels = any(one.imported.labels for one in self._read.all)
        self.keep.setEnabled(labels and is_name(self.name.text()))

    def _on_again(self) -> None:
        self.again_chosen.emit(self.column.currentText(), str(self.ids.currentData()))

    def _on_keep(self) -> None:
        files = [(one.run, one.imported) for one in self._read.all if one.imported.labels]
        self.keep_chosen.emit(files, self.name.text())
        self.accept()

    def _on_apply(self) -> None:
        imported = self._read.imported
        self.apply_chosen.emit(self.changes(), Path(imported.source).name, imported.person)
        self.accept()


def _plain(parent: QWidget) -> QLabel:
    """Return a text that wraps, and is never read as markup."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def _table(view: TableT) -> TableT:
    """Have a table show lines only: nothing is selected or edited in it."""
    view.setSelectionMode(QTableView.SelectionMode.NoSelection)
    view.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
    view.setShowGrid(False)
    view.setAlternatingRowColors(True)
    rows = view.verticalHeader()
    rows.hide()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setDefaultSectionSize(view.fontMetrics().height() + 7)
    return view
