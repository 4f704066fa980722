"""The thin bar of the review queue: how far it is, what comes next, and how to go on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from bcviewer.app.wishes import EndQueue, NewQueue, NextUnreviewed, ResumeQueue, Reveal, Wish
from bcviewer.core.rules.counts import count_of
from bcviewer.core.sheet.queue import Review, next_words, progress
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.drawing.elided_label import ElidedLabel
from bcviewer.widgets.drawing.theme import theme

_BAR = 120
"""Pixels."""


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
        self._offered = self._needed = False
        self.words, self.next = QLabel(self), ElidedLabel(self)
        self.words.setObjectName("queueWords")
        self.next.setObjectName("queueAhead")
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        font = self.words.font()
        font.setBold(True)
        self.words.setFont(font)
        self.bar = QProgressBar(self)
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
        line = QHBoxLayout(self)
        line.setContentsMargins(6, 0, 6, 4)
        line.setSpacing(8)
        for widget in (self.words, self.bar):
            line.addWidget(widget)
        line.addWidget(self.next, 1)
        for button in (self.go, self.resume, self.end, self.reveal, self.new):
            line.addWidget(button)
        self.retheme()
        self.show_review(None, None)

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

    def show_review(self, table: Table | None, review: Review | None, n_hidden: int = 0) -> None:
        """Show how far a queue is, and of how many units it hides the verdict."""
        there = table is not None and review is not None
        on = there and review is not None and review.on
        self._needed = on or n_hidden > 0
        for widget, shown in (
            (self.bar, there),
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
            self._show_progress(table, review, n_hidden)
        self.setVisible(self._offered or self._needed)

    def _show_progress(self, table: Table, review: Review, n_hidden: int) -> None:
        done = progress(table, review.rows)
        self.bar.setRange(0, max(done.total, 1))
        self.bar.setValue(done.reviewed)
        words = f"{done.reviewed:,} of {done.total:,}"
        if review.missing:
            words += f" ({count_of(len(review.missing), 'unit')} missing in these results)"
        if not review.on:
            what = "Blind review" if review.spec.blind else "Queue"
            self.words.setText(f"{what} left at {words}")
            hides = f"it hides the verdicts of {count_of(n_hidden, 'unit')}, and exports wait"
            self.next.setText(hides if n_hidden else "")
            return
        self.words.setText(f"Blind review: {words}" if review.spec.blind else words)
        self.next.setText("done" if done.reviewed == done.total else next_words(table, review))
