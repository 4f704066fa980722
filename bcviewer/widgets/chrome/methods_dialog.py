"""Bombcell's methods text in a dialog that waits for nobody: read, copied, saved."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTabWidget,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from bcviewer.oracle.methods_by_bombcell import Methods
from bcviewer.widgets.drawing.theme import theme

METHODS_FILES: dict[str, str] = {".md": "Markdown", ".txt": "Text", ".bib": "BibTeX"}
"""What it is saved as, by the ending of the file's name."""
_OF = (("the saved thresholds", False), ("what is tried (a proposal)", True))
_WAITING = "Bombcell writes it…"


class MethodsDialog(QDialog):
    """Shows a methods text, its references and BibTeX, and what in it differs from what is shown.

    Attributes
    ----------
    asked : Signal(bool)
        The text of the saved thresholds (False), or of what is tried, is wished.
    save_chosen : Signal(Methods)
        It is to be saved.
    copied : Signal(str)
        What was copied, in words.
    """

    asked = Signal(bool)
    save_chosen = Signal(object)
    copied = Signal(str)

    def __init__(self, parent: QWidget | None, name: str) -> None:
        super().__init__(parent)
        self.setObjectName("methodsDialog")
        self.setWindowTitle(f"Methods: {name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.of = QComboBox(self)
        self.of.setObjectName("methods.of")
        self.of.setAccessibleName("Which thresholds the text is of")
        for title, proposed in _OF:
            self.of.addItem(title, proposed)
        self.of.activated.connect(lambda _: self.asked.emit(self.is_of_proposal))
        self.said: Methods | None = None
        self.text, self.references, self.bibtex = self._page(), self._page(), self._page()
        self.bibtex.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.pages = QTabWidget(self)
        self.pages.addTab(self.text, "Text")
        self.pages.addTab(self.references, "References")
        self.pages.addTab(self.bibtex, "BibTeX")
        self.notes = QLabel(self)
        self.notes.setObjectName("methodsNotes")
        self.notes.setTextFormat(Qt.TextFormat.RichText)
        self.notes.setWordWrap(True)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy = QPushButton("Copy", self)
        self.copy.setToolTip("Copy the page that is shown")
        self.copy.clicked.connect(self._copy)
        self.save = QPushButton("Save…", self)
        self.save.clicked.connect(lambda: self.save_chosen.emit(self.said))
        self._lay_out()
        self.resize(680, 620)
        self._fill(None, _WAITING)

    def _page(self) -> QPlainTextEdit:
        page = QPlainTextEdit(self)
        page.setReadOnly(True)
        return page

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(QLabel("Written by Bombcell of", self))
        head.addWidget(self.of)
        head.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.save, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addLayout(head)
        box.addWidget(self.pages, 1)
        box.addWidget(self.notes)
        box.addWidget(buttons)

    def offer_proposal(self, there: bool) -> None:
        """Offer the text of what is tried, where anything is."""
        self.of.setEnabled(there)
        self.of.setToolTip("" if there else "Nothing is tried: there are the saved thresholds only")

    @property
    def is_of_proposal(self) -> bool:
        """Whether it shows the text of what is tried."""
        return bool(self.of.currentData())

    def wait_for(self, proposed: bool) -> None:
        """Wait for the text of the saved thresholds, or of what is tried."""
        self.of.setCurrentIndex(self.of.findData(proposed))
        self._fill(None, _WAITING)

    def show_methods(self, proposed: bool, said: Methods) -> None:
        """Show a text, if it is still the wished one."""
        if self.is_of_proposal == proposed:
            self._fill(said, said.text)

    def show_trouble(self, words: str) -> None:
        """Say why there is none."""
        self._fill(None, words)

    def _fill(self, said: Methods | None, text: str) -> None:
        self.said = said
        self.text.setPlainText(text)
        self.references.setPlainText("" if said is None else "\n\n".join(said.references))
        self.bibtex.setPlainText("" if said is None else "\n\n".join(said.bibtex))
        self._mark(() if said is None else said.marks)
        notes = () if said is None else said.notes
        listed = "".join(f"<li>{escape(note)}</li>" for note in notes)
        self.notes.setText(f"<b>To check</b><ul style='margin:0'>{listed}</ul>" if notes else "")
        self.notes.setVisible(bool(notes))
        for button in (self.copy, self.save):
            button.setEnabled(said is not None)

    def _mark(self, marks: tuple[tuple[int, int], ...]) -> None:
        """Mark the numbers that are not those that are shown: by ground, weight and underline."""
        style, colors = QTextCharFormat(), theme()
        style.setBackground(QColor(colors.fail_tint))
        style.setForeground(QColor(colors.fail_text))
        style.setFontWeight(700)
        style.setFontUnderline(True)
        style.setToolTip("Not the number that is shown")
        found = []
        for start, stop in marks:
            selection = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.text.document())
            cursor.setPosition(start)
            cursor.setPosition(stop, QTextCursor.MoveMode.KeepAnchor)
            selection.cursor = cursor
            selection.format = style
            found.append(selection)
        self.text.setExtraSelections(found)

    def _copy(self) -> None:
        page = self.pages.currentWidget()
        if isinstance(page, QPlainTextEdit):
            QGuiApplication.clipboard().setText(page.toPlainText())
            self.copied.emit(f"{self.pages.tabText(self.pages.currentIndex())} copied.")
