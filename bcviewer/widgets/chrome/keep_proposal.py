"""The dialog that asks for the name and the reason that a proposal is kept with."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from bcviewer.core.comparison.kept_proposal import MAX_REASON, KeptProposal
from bcviewer.core.curation.label_source import MAX_NAME
from bcviewer.core.rules.counts import count_of


class KeepProposalDialog(QDialog):
    """Asks what to call a proposal and why it is kept; without both nothing is.

    Parameters
    ----------
    parent : QWidget or None
        The window.
    now : KeptProposal
        What is tried, as it would be kept.
    words : sequence of str
        Its changes as people read them.
    own : collection of str
        The names of the person's own proposals: one of these is replaced.
    """

    def __init__(
        self,
        parent: QWidget | None,
        now: KeptProposal,
        words: Collection[str],
        own: Collection[str],
    ) -> None:
        super().__init__(parent)
        self.setObjectName("keepProposalDialog")
        self.setWindowTitle("Keep what is tried")
        self._own, self._record = frozenset(own), _record_words(now)
        self.name, self.reason = QLineEdit(now.name, self), QLineEdit(now.reason, self)
        self.name.setMaxLength(MAX_NAME)
        self.reason.setMaxLength(MAX_REASON)
        self.reason.setPlaceholderText("why these thresholds: it goes with the proposal")
        self._told = _text(self._record, self)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.keep = QPushButton("Keep", self)
        self.buttons.addButton(self.keep, QDialogButtonBox.ButtonRole.AcceptRole)
        self.keep.setDefault(True)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("Changes", _text("\n".join(words), self))
        form.addRow("Name", self.name)
        form.addRow("Reason", self.reason)
        box = QVBoxLayout(self)
        box.addLayout(form)
        box.addWidget(self._told)
        box.addWidget(self.buttons)
        for edit in (self.name, self.reason):
            edit.textChanged.connect(self._on_typed)
        self._on_typed()
        self.resize(560, self.sizeHint().height())
        (self.reason if now.name else self.name).setFocus()

    def _on_typed(self) -> None:
        """Let it be kept once it has both; say where one is replaced."""
        name = self.name.text().strip()
        self.keep.setEnabled(bool(name and self.reason.text().strip()))
        again = f"Your proposal “{name}” is replaced. " if name in self._own else ""
        self._told.setText(again + self._record)


def _text(words: str, parent: QWidget) -> QLabel:
    label = QLabel(words, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def _record_words(now: KeptProposal) -> str:
    """Return what else is kept: nobody is surprised by a record."""
    tried = max(0, now.record.n - 1)
    seen = f"the {count_of(tried, 'value')} that were tried" if tried > 1 else "what was tried"
    return f"Kept with it: {seen}, each with its units by class; your name, and the time."
