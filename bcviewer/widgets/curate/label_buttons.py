"""The ends of the curator's bar: a button for each action; what was just done, with undo."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from bcviewer.app.save_state import Done
from bcviewer.widgets.drawing.text_labels import ElidedLabel
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.tips import plain_tip

ICON = 14
"""Size of the labels' signs, in pixels."""
_BEFORE_UNDO = " ·"
_LEAST_BEGUN = 8
"""So many letters of what is in brackets say something."""
DONE_MS = 3000
"""How long what was just done is named."""


class LabelButtons(QHBoxLayout):
    """Buttons for actions; those of labels that the run does not have are hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.setSpacing(1)
        self._tools: list[QToolButton] = []
        self._aside = False

    @property
    def needed(self) -> int:
        """The width of all that the run has, in pixels, also while they give way."""
        there = [tool for tool in self._tools if tool.defaultAction().isVisible()]
        gaps = self.spacing() * max(len(there) - 1, 0)
        return sum(tool.sizeHint().width() for tool in there) + gaps

    def give_way(self, aside: bool) -> None:
        """Leave the line to what is being written, or come back."""
        if aside != self._aside:
            self._aside = aside
            self._hide_disabled()

    def add_actions(self, actions: Iterable[QAction]) -> None:
        """Add a button for each of the window's actions."""
        for action in actions:
            button = QToolButton(self.parentWidget())
            button.setDefaultAction(action)
            button.setObjectName(f"curate.{action.objectName().removeprefix('action.')}")
            button.setAutoRaise(True)
            button.setIconSize(QSize(ICON, ICON))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            if action.icon().isNull():
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            self.addWidget(button)
            self._tools.append(button)
            action.changed.connect(self._hide_disabled)
        self._hide_disabled()

    def _hide_disabled(self) -> None:
        for button in self._tools:
            button.setVisible(not self._aside and button.defaultAction().isVisible())


class DoneWords(ElidedLabel):
    """What was done, in a line; to whom is the last that gives way for want of room."""

    def minimumSizeHint(self) -> QSize:
        wide = self.fontMetrics().horizontalAdvance(self._ways()[-1])
        return QSize(wide, super().minimumSizeHint().height())

    def _ways(self) -> tuple[str, ...]:
        """Return ways to say it, the longest first; in the last one there is all that counts."""
        done = self.text().removesuffix(_BEFORE_UNDO)
        brief = done.split(" (")[0]
        cut = "…" if brief != done else ""
        return self.text(), done, f"{brief} {cut}", f"{brief.replace('→ unit ', '→ ')}{cut}"

    def _begun(self, room: int) -> str:
        """Return it with as much of what is in brackets as has room; empty: next to nothing has."""
        done = self.text().removesuffix(_BEFORE_UNDO)
        begun = self.fontMetrics().elidedText(done, Qt.TextElideMode.ElideRight, room)
        return begun if len(begun) > len(done.split(" (")[0]) + _LEAST_BEGUN else ""

    def fitted(self, room: int) -> str:
        metrics, ways = self.fontMetrics(), self._ways()
        for way in (*ways[:2], self._begun(room), *ways[2:]):
            if way and metrics.horizontalAdvance(way) <= room:
                return way
        what, arrow, whom = ways[-1].partition(" → ")
        if not arrow:  # whom stands first
            return metrics.elidedText(what, Qt.TextElideMode.ElideRight, room)
        begin = metrics.elidedText(what, Qt.TextElideMode.ElideRight, room // 2)
        return metrics.elidedText(f"{begin}{arrow}{whom}", Qt.TextElideMode.ElideLeft, room)


class JustDone(QObject):
    """Names for a while what the person has just done, and offers to take it back.

    Parameters
    ----------
    bar : QWidget
        Whose line the words and the button are for.

    Attributes
    ----------
    words : DoneWords
        What was done.
    undo : QToolButton
        Takes it back.
    undo_chosen : Signal(Done)
        It is to be taken back.
    changed : Signal()
        Another thing is named, or nothing any more.
    """

    undo_chosen = Signal(object)
    changed = Signal()

    def __init__(self, bar: QWidget) -> None:
        super().__init__(bar)
        self.words, self.undo = DoneWords(bar), _undo_button(bar)
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
        self.words.setText(done.words + (_BEFORE_UNDO if done.action_id else ""))
        self.words.setToolTip(plain_tip(done.words))
        self._show()
        self._while.start()
        self.changed.emit()

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
        self.changed.emit()

    @property
    def needed(self) -> int:
        """The width of what is named, to whom and what is to be known of it; 0: nothing is."""
        if self._done is None:
            return 0
        undo = self.undo.sizeHint().width() if self._done.action_id else 0
        return self.words.fontMetrics().horizontalAdvance(self._done.words) + undo

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
