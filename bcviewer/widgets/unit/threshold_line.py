"""The threshold of one rule to be typed or stepped: a proposal, with the saved one beside it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from bcviewer.core.comparison.handles import Handle
from bcviewer.core.comparison.proposal import parse_value, value_words
from bcviewer.errors import UsageError
from bcviewer.widgets.base.limit_knob import TENTH
from bcviewer.widgets.drawing.own_keys import keeps_key
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.tips import plain_tip

_UP, _DOWN = int(Qt.Key.Key_Up), int(Qt.Key.Key_Down)
_OWN_KEYS = (_UP, _DOWN, int(Qt.Key.Key_Escape))
_TIP = (
    "What if this threshold were another one? Type a number and press Enter. Up and Down move it by"
    " one step of measurement error, with Shift by a tenth. A double click takes the saved one."
)


class ThresholdEdit(QLineEdit):
    """A number that the arrow keys move.

    Attributes
    ----------
    stepped : Signal(float)
        An arrow key was pressed: so many steps.
    reset : Signal()
        A double click: the saved one is wished.
    left : Signal()
        Esc was pressed.
    """

    stepped = Signal(float)
    reset = Signal()
    left = Signal()

    def event(self, event: QEvent) -> bool:
        return keeps_key(event, _OWN_KEYS) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (_UP, _DOWN):
            tenth = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            size = TENTH if tenth else 1.0
            self.stepped.emit(size if event.key() == _UP else -size)
        elif event.key() == int(Qt.Key.Key_Escape):
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, _: object) -> None:
        self.reset.emit()


class ThresholdLine(QWidget):
    """Says which threshold is meant, and lets another one be tried.

    Attributes
    ----------
    edit : ThresholdEdit
        The number.
    chosen : Signal(str, float)
        A number was typed for a parameter.
    stepped : Signal(float)
        It is to be moved by so many steps.
    reset : Signal(str)
        The saved one is wished for a parameter.
    """

    chosen = Signal(str, float)
    stepped = Signal(float)
    reset = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._handle: Handle | None = None
        self._title = QLabel(self)
        self.edit = ThresholdEdit(self)
        self.edit.setObjectName("thresholdEdit")
        self.edit.setAccessibleName("Threshold to try")
        self.edit.setToolTip(plain_tip(_TIP))
        self.edit.setFixedWidth(90)
        self._saved = QLabel(self)
        self._saved.setObjectName("thresholdSaved")
        self._back = QToolButton(self)
        self._back.setObjectName("thresholdReset")
        self._back.setText("↺")
        self._back.setToolTip("Back to the saved one")
        box = QHBoxLayout(self)
        box.setContentsMargins(6, 2, 6, 2)
        box.addWidget(QLabel("What if", self))
        for part in (self._title, self.edit, self._saved, self._back):
            box.addWidget(part)
        box.addStretch(1)
        self.edit.returnPressed.connect(self._on_typed)
        self.edit.stepped.connect(self.stepped)
        self.edit.reset.connect(self._on_reset)
        self.edit.left.connect(self._write)
        self._back.clicked.connect(self._on_reset)
        self.show_handle(None)

    def show_handle(self, handle: Handle | None) -> None:
        """Show another threshold, or where it is by now; None: there is none to move."""
        if handle is not None and handle == self._handle:
            return  # what is being typed stays
        self._handle = handle
        self.setVisible(handle is not None)
        self._write()

    def _write(self) -> None:
        handle = self._handle
        if handle is None:
            return
        self._title.setText(handle.title)
        self.edit.setText(value_words(handle.value))
        moved = handle.is_moved
        said = f"saved: {value_words(handle.saved)}" if moved else "as saved"
        self._saved.setText(" · ".join(filter(None, (said, handle.off))))
        self._back.setVisible(moved)
        self.retheme()

    def retheme(self) -> None:
        """Take the colours of another theme; what is being typed stays."""
        moved = self._handle is not None and self._handle.is_moved
        color = theme().warn_tint if moved else theme().base
        self.edit.setStyleSheet(f"background:{color};color:{theme().text}")

    def _on_typed(self) -> None:
        handle = self._handle
        if handle is None:
            return
        try:
            value = float(parse_value(handle.name, self.edit.text()))
        except UsageError as error:
            self._saved.setText(error.hint or error.message)
            self.edit.selectAll()
            return
        self.chosen.emit(handle.name, value)

    def _on_reset(self) -> None:
        if self._handle is not None:
            self.reset.emit(self._handle.name)
            self._write()
