"""The thin bar of the review queue: how far it is, what comes next, and how to go on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from bcviewer.app.wishes import EndQueue, NewQueue, NextUnreviewed, ResumeQueue, Reveal, Wish
from bcviewer.core.rules.counts import count_of
from bcviewer.core.sheet.queue import Review, next_words, progress
from bcviewer.core.sheet.table import GONE_WORDS, Table
from bcviewer.widgets.drawing.text_labels import ElidedLabel, LateBar
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.tips import plain_tip

_BAR = 120
_EDGE, _GAP = 6, 8
_AHEAD = 110
"""Pixels: so much is seen at least of what comes next."""
_MISSING, _UNKNOWN = "missing in these results", "not compared with phy yet"
"""Units of a queue that have no row; phy may have made them, until that is read."""


class QueueBar(QWidget):
    """Shows the review queue; without one it is there in the Curate layout only.

    A blind review that was left is never out of sight: it still hides verdicts.

    Attributes
    ----------
    wish : Signal(Wish)
        What the person wishes.
    """

    wish = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queueBar")
        self._offered = self._needed = self._there = False
        self.words, self.next = ElidedLabel(self), ElidedLabel(self)
        self.words.setObjectName("queueWords")
        self.next.setObjectName("queueAhead")
        # the words have their room first, and what comes next the rest
        self.next.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        font = self.words.font()
        font.setBold(True)
        self.words.setFont(font)
        self.bar = LateBar(self)
        self.bar.setObjectName("queueProgress")
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(_BAR, 6)
        self.go = self._button("queueGo", "Next", NextUnreviewed)
        self.go.setToolTip("Go to the next unit of the queue without a label (N)")
        self.resume = self._button("queueResume", "Resume", ResumeQueue)
        self.resume.setToolTip("The table shows the units of this queue again")
        self.end = self._button("queueEnd", "End", EndQueue)
        self.end.setToolTip("Show all units again (Esc); the queue can be resumed")
        self.reveal = self._button("queueReveal", "Reveal", Reveal)
        self.reveal.setToolTip(
            "Give the blind review up: every verdict is shown, and what you say from now on is"
            " given in sight of it"
        )
        self.new = self._button("queueNew", "New queue…", NewQueue)
        self.new.setToolTip("Choose which units to review")
        self._lay_out()
        self.retheme()
        self.show_review(None, None)

    def _lay_out(self) -> None:
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._line.setContentsMargins(_EDGE, 0, _EDGE, 4)
        self._line.setSpacing(_GAP)
        said, buttons = QHBoxLayout(), QHBoxLayout()
        for widget in (self.words, self.bar):
            said.addWidget(widget)
        said.addWidget(self.next, 1)
        for button in (self.go, self.resume, self.end, self.reveal, self.new):
            buttons.addWidget(button)
        buttons.addStretch()
        for part in (said, buttons):
            part.setSpacing(_GAP)
        self._line.addLayout(said, 1)
        self._line.addLayout(buttons)
        self._said, self._buttons = said, buttons

    def minimumSizeHint(self) -> QSize:
        """Ask for the buttons' width only: the table has its own, and the plots the rest."""
        return QSize(
            self._buttons.minimumSize().width() + 2 * _EDGE, super().minimumSizeHint().height()
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        """Put the buttons below what is said where both do not fit beside each other.

        Where the words have no room beside the bar, it goes: they say the same, and more.
        """
        room = self.width() - 2 * _EDGE
        self.bar.setVisible(self._there and self.words.sizeHint().width() + _GAP + _BAR <= room)
        ahead = _AHEAD if self.next.text() else 0
        both = ahead + self._said.sizeHint().width() + _GAP + self._buttons.sizeHint().width()
        way = QBoxLayout.Direction
        folded = both > room
        self._line.setDirection(way.TopToBottom if folded else way.LeftToRight)

    def _button(self, name: str, text: str, wish: Callable[[], Wish]) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda: self.wish.emit(wish()))
        return button

    def retheme(self) -> None:
        """Take the colours of the palette."""
        self.next.setStyleSheet(f"color:{theme().faint}")

    def offer(self, offered: bool) -> None:
        """Be there without a queue, too: the layout is for reviewing."""
        self._offered = offered
        self.setVisible(offered or self._needed)

    def show_review(
        self,
        table: Table | None,
        review: Review | None,
        n_hidden: int = 0,
        compared: bool = True,
    ) -> None:
        """Show how far a queue is, and of how many units it hides the verdict.

        Before phy's files are ``compared`` nobody knows whether a unit is missing: phy made some.
        """
        there = table is not None and review is not None
        on = there and review is not None and review.on
        self._needed, self._there = on or n_hidden > 0, there
        for widget, shown in (
            (self.go, on),
            (self.end, on),
            (self.resume, there and not on),
            (self.reveal, review is not None and review.spec.blind),
        ):
            widget.setVisible(shown)
        self.new.setEnabled(table is not None)
        if table is None or review is None:
            self.words.setText("No review queue")
            self.next.setText("")
        else:
            self._show_progress(table, review, n_hidden, _MISSING if compared else _UNKNOWN)
        for label in (self.words, self.next):
            label.setToolTip(plain_tip(label.text()))
        self._fold()
        self.setVisible(self._offered or self._needed)

    def _show_progress(self, table: Table, review: Review, n_hidden: int, away: str) -> None:
        done = progress(table, review)
        self.bar.setRange(0, max(done.total, 1))
        self.bar.setValue(done.reviewed)
        words = f"{done.reviewed:,} of {done.total:,}"
        if review.missing:
            words += f" ({count_of(len(review.missing), 'unit')} {away})"
        if gone := len(review.rows) - done.total:
            words += f" ({count_of(gone, 'unit')} {GONE_WORDS})"
        if not review.on:
            what = "Blind review" if review.spec.blind else "Queue"
            self.words.setText(f"{what} left at {words}")
            hides = f"{n_hidden:,} hidden, exports wait"
            self.next.setText(hides if n_hidden else "")
            return
        self.words.setText(f"Blind review: {words}" if review.spec.blind else words)
        self.next.setText("done" if done.reviewed == done.total else next_words(table, review))
