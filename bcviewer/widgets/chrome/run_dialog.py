"""Asks what Bombcell is to be run with: parameters, raw file, where the results go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from bcviewer.app.opening.bombcell_job import PlannedRun, RunAsked
from bcviewer.app.threads.answers import start_folder
from bcviewer.widgets.chrome.run_table import RunTable
from bcviewer.widgets.drawing.text_labels import ElidedLabel
from bcviewer.widgets.drawing.theme import theme

if TYPE_CHECKING:
    from bcviewer.core.comparison.run_parameters import Value
    from bcviewer.core.run.run import Run
    from bcviewer.io.results.run_sort import FoundSort

_NO_NAME = ("", ".", "..")


class RunDialog(QDialog):
    """Parameters with what differs from the defaults on top, the raw file, the results' name.

    Parameters
    ----------
    parent : QWidget
        The window.
    ks_dir : Path
        The Kilosort directory.
    likes : sequence of (str, Run or None)
        Whose parameters can be started from, and what they are called; the first is.
    given : mapping of str to Value
        What is set at first: a proposal.
    raw : str
        The raw file that was chosen for this sort before; empty: none.

    Attributes
    ----------
    asked : Signal(RunAsked)
        Somebody wants to know what such a run would be made with; :meth:`show_planned` answers.
    """

    asked = Signal(object)

    def __init__(
        self,
        parent: QWidget,
        ks_dir: Path,
        likes: Sequence[tuple[str, Run | None]],
        given: Mapping[str, Value],
        raw: str,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("runDialog")
        self.setWindowTitle("Run Bombcell")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._ks_dir, self._likes, self._raw = ks_dir, likes, raw
        self._question = RunAsked(ks_dir)
        self._sort: FoundSort | None = None
        self.planned: PlannedRun | None = None
        self._build(given)
        self.resize(980, 680)
        self.table.setFocus()

    def _build(self, given: Mapping[str, Value]) -> None:
        self.table = RunTable(given, self)
        self.table.changed.connect(self._ask)
        self.table.refused.connect(lambda words: self._say(words, refused=True))
        self.search = QLineEdit(self)
        self.search.setObjectName("runSearch")
        self.search.setPlaceholderText("Search parameters")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self.table.filter)
        self.notes = QLabel(self)
        self.notes.setObjectName("runNotes")
        self.notes.setWordWrap(True)
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.run = buttons.addButton("Run", QDialogButtonBox.ButtonRole.AcceptRole)
        self.run.setObjectName("runRun")
        self.run.setDefault(True)
        self.run.setEnabled(False)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addLayout(self._form())
        box.addWidget(self.search)
        box.addWidget(self.table, 1)
        box.addWidget(self.notes)
        box.addWidget(buttons)

    def _form(self) -> QFormLayout:
        """Return the lines above the parameters."""
        head = ElidedLabel(self)
        head.setText(str(self._ks_dir))
        head.setToolTip(escape(str(self._ks_dir)))
        self.like = QComboBox(self)
        self.like.setObjectName("runLike")
        self.like.addItems([words for words, _ in self._likes])
        self.like.currentIndexChanged.connect(self._start_anew)
        self._raw_label = ElidedLabel(self)
        self._raw_label.setObjectName("runRaw")
        choose = QPushButton("Choose…", self)
        choose.setObjectName("runRawChoose")
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose_raw)
        raw = QHBoxLayout()
        raw.addWidget(self._raw_label, 1)
        raw.addWidget(choose)
        self.name = QLineEdit(self)
        self.name.setObjectName("runName")
        self.name.setMaxLength(120)
        self.name.textEdited.connect(self._ask)
        form = QFormLayout()
        form.addRow("Kilosort directory", head)
        form.addRow("&Start from", self.like)
        form.addRow("Raw file", raw)
        form.addRow("&Results", self.name)
        return form

    def start(self) -> None:
        """Show it, and ask what is to be known."""
        self.open()
        self._ask()

    def show_planned(self, planned: PlannedRun) -> None:
        """Show what a run would be made with; the answer to another question is dropped."""
        if planned.asked is not self._question:
            return
        self.planned, plan = planned, planned.plan
        self.run.setEnabled(plan is not None)
        if plan is None:
            self._say(planned.why, refused=True)
            return
        self._sort = plan.sort
        self._raw_label.setText(plan.raw or "none")
        self._raw_label.setToolTip(escape(plan.raw))
        if not self.name.text():
            self.name.setText(planned.place.name)
        self.table.show_values(plan.values)
        self._say("\n".join(f"• {note[:1].upper()}{note[1:]}" for note in plan.notes))

    def _start_anew(self) -> None:
        """Take other parameters to start from; what was set stays set."""
        self.table.reorder()
        self._ask()

    def _ask(self) -> None:
        """Ask what such a run would be made with; until that is known it cannot be."""
        self.planned = None
        self.run.setEnabled(False)
        name = self.name.text().strip()
        if self.name.text() and (name in _NO_NAME or Path(name).name != name or "\\" in name):
            self._say(f"{name or 'No name'}: is no name for a folder.", refused=True)
            self._question = RunAsked(self._ks_dir)  # what was asked before is no answer
            return
        like = self._likes[self.like.currentIndex()][1]
        given = dict(self.table.given)
        self._question = RunAsked(self._ks_dir, given, like, self._raw, name, self._sort)
        if not self.notes.text():
            self._say("Looking through the sort…")
        self.asked.emit(self._question)

    def _choose_raw(self) -> None:
        start = start_folder(Path(self._raw).parent if self._raw else "", self._ks_dir)
        path, _ = QFileDialog.getOpenFileName(
            self, "Raw file", start, "Raw file (*.bin *.dat *.raw);;All files (*)"
        )
        if path:
            self._raw = path
            self._ask()

    def _say(self, text: str, *, refused: bool = False) -> None:
        self.notes.setText(f"✗ {text}" if refused else text)
        self.notes.setVisible(bool(text))
        colors = theme()
        tint = colors.error_tint if refused else colors.warn_tint
        self.notes.setStyleSheet(f"background:{tint};color:{colors.text};padding:4px 6px")
