"""What the person has just done, named for a while at the end of the curator's bar, with undo."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QToolButton, QWidget

from bcviewer.app.save_state import Done
from bcviewer.widgets.drawing.text_labels import ElidedLabel
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.tips import plain_tip

DONE_MS = 3000
"""How long it is named."""


class JustDone(QObject):
    """Names for a while what was just done, and offers to take it back.

    Parameters
    ----------
    bar : QWidget
        Whose line the words and the button are for.

    Attributes
    ----------
    words : ElidedLabel
        What was done.
    undo : QToolButton
        Takes it back.
    undo_chosen : Signal(Done)
        It is to be taken back.
    """

    undo_chosen = Signal(object)

    def __init__(self, bar: QWidget) -> None:
        super().__init__(bar)
        self.words, self.undo = ElidedLabel(bar), _undo_button(bar)
        self.words.setObjectName("labelDone")
        self.undo.clicked.connect(self._on_undo)
        self._done: Done | None = None
        self._aside = False
        self._while = QTimer(self)
        self._while.setSingleShot(True)
        self._while.setInterval(DONE_MS)
        self._while.timeout.connect(self.forget)
        self._show()

    def retheme(self) -> None:
        """Take the colours of the palette."""
        self.words.setStyleSheet(f"color:{theme().accent}")

    def name(self, done: Done) -> None:
        """Name what was done."""
        self._done = done
        self.words.setText(done.words + (" ·" if done.action_id else ""))
        self.words.setToolTip(plain_tip(done.words))
        self._show()
        self._while.start()

    def keep_undoable(self, action_id: str) -> None:
        """Name it no longer where undo would not take back just that: it is undone, or older.

        Parameters
        ----------
        action_id : str
            What undo would take back now; empty: nothing.
        """
        done = self._done
        if done is not None and (not done.action_id or done.action_id != action_id):
            self.forget()

    def forget(self) -> None:
        """Name it no longer."""
        self._while.stop()
        self._done = None
        self._show()

    def give_way(self, aside: bool) -> None:
        """Leave the line to what is being written, or come back if it is still to be named."""
        self._aside = aside
        self._show()

    def _show(self) -> None:
        done = None if self._aside else self._done
        self.words.setVisible(done is not None)
        self.undo.setVisible(done is not None and bool(done.action_id))

    def _on_undo(self) -> None:
        done = self._done
        self.forget()
        if done is not None:
            self.undo_chosen.emit(done)


def _undo_button(bar: QWidget) -> QToolButton:
    button = QToolButton(bar)
    button.setObjectName("undoDone")
    button.setText("undo")
    button.setToolTip("Takes back what was just done, and nothing else.")
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.setFixedHeight(bar.fontMetrics().height() + 4)  # the bar keeps its height
    return button
