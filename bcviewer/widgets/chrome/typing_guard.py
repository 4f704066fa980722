"""Keeps the curator's keys from firing while a text is typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

_ALT = Qt.KeyboardModifier.AltModifier


class TypingGuard(QObject):
    """Gives keys to the text field that has the focus, in place of the window's actions.

    Text fields keep plain letters to themselves, but let Alt and some Ctrl keys pass: without
    this, Ctrl+Y in the filter box would bring back a label, and Alt+G would give one to a unit
    that nobody looks at.
    """

    def __init__(self, keys: Iterable[str], parent: QObject) -> None:
        super().__init__(parent)
        self._keys = frozenset(_plain(_first(key)) for key in keys)
        self._field: QWidget | None = None
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus)

    def _on_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        if self._field is not None and isValid(self._field):
            self._field.removeEventFilter(self)
        self._field = now if is_typed_into(now) else None
        if self._field is not None:
            self._field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) and isinstance(
            event, QKeyEvent
        ):
            combination = event.keyCombination()
            if _plain(combination) in self._keys:
                if kind == QEvent.Type.ShortcutOverride:
                    event.accept()  # it comes as a key press then, not as a shortcut
                    return True
                if combination.keyboardModifiers() & _ALT:
                    return True  # some systems would type the letter
        return super().eventFilter(watched, event)


def _first(key: str) -> QKeyCombination:
    sequence: Any = QKeySequence(key)  # PySide6's types lack its index
    combination: QKeyCombination = sequence[0]
    return combination


def is_typed_into(widget: QWidget | None) -> bool:
    """Return whether keys that a widget gets are a text."""
    if isinstance(widget, (QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox)):
        return not widget.isReadOnly()
    return isinstance(widget, QComboBox) and widget.isEditable()


def _plain(combination: QKeyCombination) -> tuple[int, int]:
    modifiers = combination.keyboardModifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return int(combination.key()), modifiers.value
