"""The filter box: completes the word at the cursor."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QWidget

if TYPE_CHECKING:
    from bcviewer.core.filter.complete import Completion
    from bcviewer.core.filter.fields import FilterColumns


class FilterEdit(QLineEdit):
    """The filter box: completes the word at the cursor.

    While names are offered all keys are its own: Esc closes the list and does nothing else. Without
    a list Esc is left to the window. The list is there only while the box has the focus.

    Attributes
    ----------
    table : FilterColumns or None
        Whose names are completed.
    closed : Signal()
        The names to choose from are gone.
    """

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filterEdit")
        self.setPlaceholderText("Filter:  presence ratio < 0.7 and label == 'MUA'")
        self.setAccessibleName("Filter")
        self.setClearButtonEnabled(True)
        self.table: FilterColumns | None = None
        self._words = QStringListModel(self)
        self._popup: QListView | None = None
        """The list; None: no name was offered yet."""
        self.textEdited.connect(self._suggest)

    @cached_property
    def _completer(self) -> QCompleter:
        """Who offers names, built with its list when one is: that costs 10 ms of the start."""
        completer = QCompleter(self._words, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setWidget(self)
        self._popup = popup = QListView(self)
        popup.hide()
        completer.setPopup(popup)
        popup.installEventFilter(self)
        self.installEventFilter(self)  # before the completer's, which would keep the list
        completer.activated.connect(self._insert)
        return completer

    def _offer_none(self) -> None:
        if self._popup is not None:
            self._popup.hide()

    def set_table(self, table: FilterColumns | None) -> None:
        """Complete the names of this table."""
        self.table = table

    def completing(self) -> bool:
        """Return whether names are offered: the last word is not whole yet."""
        return self._popup is not None and self._popup.isVisible()

    def ask(self) -> None:
        """Take the focus with all of the text marked, whatever is open."""
        self._offer_none()
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def show_text(self, text: str) -> None:
        """Show a text that nobody typed here: no name is offered for it."""
        self._offer_none()
        self.setText(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if isinstance(event, QFocusEvent) and watched is self and kind == QEvent.Type.FocusOut:
            if event.reason() != Qt.FocusReason.PopupFocusReason:  # not for the list itself
                self._offer_none()
        elif kind == QEvent.Type.Hide and watched is self._popup:
            self.closed.emit()
        elif isinstance(event, QKeyEvent) and self.completing():
            return self._takes(watched, event)
        return super().eventFilter(watched, event)

    def _takes(self, watched: QObject, event: QKeyEvent) -> bool:
        """Whether a key is used up here while names are offered, which Qt gives to the list.

        The window's commands must not act under the list, nor Esc clear what is being written.
        """
        overrides = event.type() == QEvent.Type.ShortcutOverride
        if event.key() == Qt.Key.Key_Escape:
            if not overrides:
                self._offer_none()
            event.accept()
            return True
        if watched is not self._popup:
            return False
        if overrides:  # as if the box itself were asked
            return QCoreApplication.sendEvent(self, event)
        return bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)

    def _suggest(self) -> None:
        if self.table is None:
            return
        found = _complete(self.text(), self.cursorPosition(), self.table)
        word = self.text()[found.start : found.start + found.length]
        if not word or not found.candidates or word in found.candidates:
            self._offer_none()
            return
        self._words.setStringList(list(found.candidates))
        completer = self._completer
        popup = completer.popup()
        if popup is None:
            return
        width = popup.sizeHintForColumn(0) + popup.verticalScrollBar().sizeHint().width() + 12
        area = self.cursorRect()
        area.setWidth(max(width, 160))
        completer.complete(area)

    def _insert(self, word: str) -> None:
        if self.table is None:
            return
        found = _complete(self.text(), self.cursorPosition(), self.table)
        text = self.text()
        self.setText(text[: found.start] + word + text[found.start + found.length :])
        self.setCursorPosition(found.start + len(word))
        self.textEdited.emit(self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.completing() and event.key() in (
            Qt.Key.Key_Enter,
            Qt.Key.Key_Return,
            Qt.Key.Key_Tab,
        ):
            event.ignore()  # the pop-up takes it
            return
        super().keyPressEvent(event)


def _complete(text: str, cursor: int, table: FilterColumns) -> Completion:
    """Return what fits at the cursor; nobody types before the table is painted."""
    from bcviewer.core.filter.language import complete

    return complete(text, cursor, table)
