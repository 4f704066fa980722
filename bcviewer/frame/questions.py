"""Questions that a person answers before something is done that is hard to take back."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QMessageBox, QWidget


@dataclass(frozen=True, slots=True)
class YesNo:
    """What a person can answer.

    Attributes
    ----------
    yes, no : str
        The buttons' texts; Esc is no.
    yes_first : bool
        Whether Enter is yes.
    for_good : bool
        Whether what is done by yes cannot be taken back.
    """

    yes: str
    no: str
    yes_first: bool = False
    for_good: bool = False


def question(parent: QWidget, name: str, title: str, text: str, more: str) -> QMessageBox:
    """Return a question without its buttons; ``name`` is its object's name."""
    box = QMessageBox(parent)
    box.setObjectName(name)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(title)
    box.setText(text)
    box.setInformativeText(more)
    return box


def ask(parent: QWidget, name: str, title: str, text: str, more: str, answers: YesNo) -> bool:
    """Ask, and return whether the answer is yes; see :func:`question`."""
    box, roles = question(parent, name, title, text, more), QMessageBox.ButtonRole
    role = roles.DestructiveRole if answers.for_good else roles.AcceptRole
    yes, no = box.addButton(answers.yes, role), box.addButton(answers.no, roles.RejectRole)
    box.setDefaultButton(yes if answers.yes_first else no)
    box.setEscapeButton(no)
    box.exec()
    sure = box.clickedButton() is yes
    box.deleteLater()
    return sure
