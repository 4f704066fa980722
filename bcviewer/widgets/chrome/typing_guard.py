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
    that nobody looks at. Nobody goes to a text field by hiding something else, either: where what
    had the focus vanishes (a layout, a message that is answered), the table gets it.

    Parameters
    ----------
    keys : iterable of str
        What a text field that has the focus keeps.
    parent : QObject
        Its owner.
    instead : QWidget
        What gets the focus that Qt would move to a text field.
    """

    def __init__(self, keys: Iterable[str], parent: QObject, instead: QWidget) -> None:
        super().__init__(parent)
        self._instead = instead
        self._keys = frozenset(_plain(_first(key)) for key in keys)
        self._field: QWidget | None = None
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus)

    def _on_focus(self, before: QWidget | None, now: QWidget | None) -> None:
        if now is not None and self._is_moved(before, now):
            self._instead.setFocus()
            return  # it comes here again
        if self._field is not None and isValid(self._field):
            self._field.removeEventFilter(self)
        self._field = now if is_typed_into(now) else None
        if self._field is not None:
            self._field.installEventFilter(self)

    def _is_moved(self, before: QWidget | None, now: QWidget) -> bool:
        """Whether Qt moved the focus to a text field since what had it is not seen any more."""
        if before is None or not is_typed_into(now) or not isValid(self._instead):
            return False
        hidden = not isValid(before) or not before.isVisible()
        return hidden and now.window() is self._instead.window()

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
