"""The dialog that shows exactly what an export of labels writes, before it is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from bcviewer.app.curating.label_jobs import Choice as Choice
from bcviewer.app.threads.answers import start_folder
from bcviewer.core.rules.counts import count_of
from bcviewer.io.exchange.plan import Plan, PlannedFile
from bcviewer.io.files import home
from bcviewer.widgets.drawing.theme import Theme, theme
from bcviewer.widgets.drawing.tick_box import TickBox

TYPING_MS = 400
"""The preview follows this long after the last key in the box of the file."""

TARGETS: tuple[tuple[str, str, str], ...] = (
    ("phy", "phy", "Columns of our own beside the units in phy. cluster_group.tsv stays as it is."),
    ("bombcell", "Bombcell", "What compare_manual_vs_bombcell and its threshold advice read."),
    ("spikeinterface", "SpikeInterface", "A curation file, format version 2."),
    ("table", "a table", "The units with a label or a note: CSV, TSV, Parquet or JSON."),
)
_CHOSEN = {"spikeinterface": "_curation.json", "table": "_labels.csv"}
"""Targets whose file the person chooses, and how its name ends at first."""
_FINAL = {
    "phy": "A column bcv_final of every unit: the curators' label, and where nobody gave one"
    " Bombcell's.",
    "spikeinterface": "A label final beside quality and bombcell: the curators', else Bombcell's.",
    "table": "All units, not those with a label or note only: final_label is the curators', and"
    " where nobody gave one Bombcell's.",
}
"""Targets that can have final labels, and what these are there."""
_FINAL_TABLE = "The units, each with its final label: CSV, TSV, Parquet or JSON."
_NO_FINAL = (
    "Bombcell's own files hold manual labels only: it compares them with its own labels, which"
    " final ones are where nobody gave another."
)
_SCOPES = (("all", "all units"), ("shown", "shown units"), ("selected", "selected units"))


class ExportLabelsDialog(QDialog):
    """Chooses for whom, shows the files, and writes nothing before “Write”.

    Attributes
    ----------
    plan_wanted : Signal(Choice)
        What would be written for this choice? :meth:`show_plan` answers.
    write_chosen : Signal(Plan)
        Write what is shown.

    Parameters
    ----------
    parent : QWidget or None
        The window.
    name : str
        What a file of them is called.
    every, said : mapping of str to int
        How many units there are in each scope, and how many of them have a label or a note.
    """

    plan_wanted = Signal(object)
    write_chosen = Signal(object)

    def __init__(
        self,
        parent: QWidget | None,
        name: str,
        every: Mapping[str, int],
        said: Mapping[str, int],
    ) -> None:
        super().__init__(parent)
        self.setObjectName("exportLabelsDialog")
        self.setWindowTitle("Export labels")
        self._name = name
        self._plan: Plan | None = None
        self._paths: dict[str, str] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TYPING_MS)
        self._timer.timeout.connect(self.ask)
        self.targets = QButtonGroup(self)
        self.path = QLineEdit(self)
        self.path.setObjectName("exportPath")
        self.path.setAccessibleName("File")
        self.path.textEdited.connect(self._on_typed)
        self._browse = QPushButton("Choose…", self)
        self._browse.clicked.connect(self._choose)
        self._every, self._said = every, said
        self.scope = self._scopes()
        self.final = TickBox("with final labels", self)
        self.final.setObjectName("exportFinal")
        self.final.toggled.connect(self._on_final)
        self._help = QLabel(self)
        self.preview = QTextBrowser(self)
        self.preview.setObjectName("exportPreview")
        self.preview.setOpenLinks(False)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.write = self.buttons.addButton("Write", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self._on_write)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        self.resize(760, 560)

    def _scopes(self) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName("Units in the table")
        for key, title in _SCOPES:
            box.addItem(title, key)
        box.activated.connect(self.ask)
        return box

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.addWidget(QLabel("Write labels and notes for", self))
        for i, (key, title, _) in enumerate(TARGETS):
            button = QRadioButton(title, self)
            button.setObjectName(f"target.{key}")
            self.targets.addButton(button, i)
            line.addWidget(button)
        line.addStretch(1)
        self.targets.button(0).setChecked(True)
        self.targets.button(0).setFocus()  # arrow keys choose: the preview would take them
        self.targets.idToggled.connect(self._on_target)
        place = QHBoxLayout()
        for widget, stretch in ((self.path, 1), (self._browse, 0), (self.scope, 0)):
            place.addWidget(widget, stretch)
        box = QVBoxLayout(self)
        box.addLayout(line)
        line = QHBoxLayout()
        line.addWidget(self._help, 1)
        line.addWidget(self.final)
        box.addLayout(line)
        box.addLayout(place)
        box.addWidget(self.preview, 1)
        box.addWidget(self.buttons)
        self._show_target()

    @property
    def choice(self) -> Choice:
        """What is chosen."""
        key = TARGETS[self.targets.checkedId()][0]
        path = self.path.text().strip() if key in _CHOSEN else ""
        scope = str(self.scope.currentData()) if key == "table" else "all"
        return Choice(key, path, scope, key in _FINAL and self.final.isChecked())

    def choose(self, target: str) -> None:
        """Choose for whom."""
        keys = [key for key, _, _ in TARGETS]
        self.targets.button(keys.index(target)).setChecked(True)

    def ask(self) -> None:
        """Ask what would be written."""
        self._timer.stop()
        self._plan = None
        self.write.setEnabled(False)
        choice = self.choice
        if choice.target in _CHOSEN and not choice.path:
            self._say("Choose a file to write to.", theme().faint)
            return
        self._say("Looking at what is there …", theme().faint)
        self.plan_wanted.emit(choice)

    def show_plan(self, choice: Choice, plan: Plan | None, problem: str) -> None:
        """Show what would be written; an answer to an older question is not shown."""
        if choice != self.choice:
            return
        self._plan = plan
        self.write.setEnabled(plan is not None and bool(plan.files))
        if plan is None:
            self._say(f"✗ {problem}", theme().fail_text)
        else:
            write_plan(self.preview, plan, theme())

    # -- the person --------------------------------------------------------------------------

    def _on_target(self, _: int, on: bool) -> None:
        if on:
            self._show_target()
            self.ask()

    def _show_target(self) -> None:
        key, _, words = TARGETS[self.targets.checkedId()]
        chosen = key in _CHOSEN
        self._show_counts()
        self._help.setText(_FINAL_TABLE if key == "table" and self.final.isChecked() else words)
        self.path.setVisible(chosen)
        self._browse.setVisible(chosen)
        self.scope.setVisible(key == "table")
        self.final.setEnabled(key in _FINAL)
        self.final.setToolTip(_FINAL.get(key, _NO_FINAL))
        if chosen:
            name = f"{self._name}{_CHOSEN[key]}"
            self.path.setText(self._paths.get(key, str(home() / name)))

    def _on_final(self) -> None:
        self._show_target()
        self.ask()

    def _show_counts(self) -> None:
        """Say how many units of each scope are written: with final labels all of them."""
        final = self.final.isChecked()
        counts = self._every if final else self._said
        for i, (key, title) in enumerate(_SCOPES):
            which = title if final else f"{title} with a label or note"
            self.scope.setItemText(i, f"{which} ({counts[key]:,})")

    def _on_typed(self) -> None:
        self._paths[self.choice.target] = self.path.text()
        self._plan = None
        self.write.setEnabled(False)
        self._timer.start()

    def _choose(self) -> None:
        typed = self.path.text()
        path, _ = QFileDialog.getSaveFileName(
            self,
            "Export labels",
            str(Path(start_folder(Path(typed).parent), Path(typed).name)),
            "",
            options=QFileDialog.Option.DontConfirmOverwrite,  # the preview says what is replaced
        )
        if path:
            self.path.setText(path)
            self._paths[self.choice.target] = path
            self.ask()

    def _on_write(self) -> None:
        if self._plan is not None:
            self.write_chosen.emit(self._plan)
            self.accept()

    def _say(self, text: str, color: str) -> None:
        self.preview.document().clear()
        cursor = QTextCursor(self.preview.document())
        cursor.insertText(text, _chars(color))


def write_plan(view: QTextBrowser, plan: Plan, colors: Theme) -> None:
    """Write a plan's warnings, and for each file where it goes, what is in it and replaced."""
    document = view.document()
    document.clear()
    cursor = QTextCursor(document)
    cursor.beginEditBlock()
    first, tinted = True, QTextBlockFormat()
    tinted.setBackground(QColor(colors.warn_tint))
    tinted.setBottomMargin(4)
    for warning in plan.warnings:
        _block(cursor, tinted, first)
        cursor.insertText(f"! {warning}", _chars(colors.text))
        first = False
    n = len(plan.files)
    new = sum(file.replaces is None for file in plan.files)
    words = f"{count_of(n, 'file')}: {new} new, {n - new} replaced"
    _block(cursor, _spaced(8 if plan.warnings else 0), first)
    cursor.insertText(words if n else "Nothing to write.", _chars(colors.text, bold=True))
    for file in plan.files:
        _write_file(cursor, file, colors)
    cursor.endEditBlock()
    view.moveCursor(QTextCursor.MoveOperation.Start)


def _write_file(cursor: QTextCursor, file: PlannedFile, colors: Theme) -> None:
    faint, plain = _chars(colors.faint), _chars(colors.text)
    cursor.insertBlock(_spaced(10))
    cursor.insertText(file.path.name, _chars(colors.text, bold=True))
    cursor.insertText(f"   {file.summary}", plain)
    cursor.insertText("" if file.replaces else "   new", _chars(colors.pass_text))
    cursor.insertBlock(_spaced(0))
    cursor.insertText(f"in {file.path.parent}", faint)
    if file.replaces is not None:
        cursor.insertBlock(_spaced(0))
        cursor.insertText(f"replaces {file.replaces}", _chars(colors.fail_text))
        cursor.insertText(f"; a copy is kept in {file.backup_folder}", faint)
    mono = _chars(colors.text)
    mono.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    indent = _spaced(2)
    indent.setLeftMargin(16)
    for line in file.head:
        cursor.insertBlock(indent)
        cursor.insertText(line.replace("\t", "   "), mono)
        indent.setTopMargin(0)


def _block(cursor: QTextCursor, form: QTextBlockFormat, first: bool) -> None:
    cursor.setBlockFormat(form) if first else cursor.insertBlock(form)


def _spaced(top: int) -> QTextBlockFormat:
    form = QTextBlockFormat()
    form.setTopMargin(top)
    return form


def _chars(color: str, *, bold: bool = False) -> QTextCharFormat:
    form = QTextCharFormat()
    form.setForeground(QColor(color))
    if bold:
        form.setFontWeight(QFont.Weight.Bold)
    return form
