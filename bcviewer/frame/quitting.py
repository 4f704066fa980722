"""Closing while files are being written: asked about, and never waited for on the main thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget

from bcviewer.app.opening.opening import Opening
from bcviewer.app.threads.worker import Outcome
from bcviewer.core.rules.counts import first_of, verb_of


class Quitting(QObject):
    """Asks whether to quit when everything is written, without it, or not at all.

    Parameters
    ----------
    window : QWidget
        What is closed.
    opening : Opening
        Knows what is being written.
    say : callable
        Shows a short message.
    """

    def __init__(self, window: QWidget, opening: Opening, say: Callable[[str], None]) -> None:
        super().__init__(window)
        self._window, self._opening, self._say = window, opening, say
        self._box: QMessageBox | None = None
        self._wanted = False
        """Whether the window is to be closed as soon as everything is written."""
        self._drops = False
        self._failed = False
        """Whether a file could not be written since that was asked."""
        opening.done.connect(self._on_done)

    def allows(self) -> bool:
        """Whether the window may be closed now; if not, that is asked, or was already."""
        written = self._opening.writing
        if not written or self._drops:
            return True
        if self._box is None:
            self._ask(written)
        else:
            self._box.raise_()
        return False

    def _ask(self, written: Sequence[str]) -> None:
        from bcviewer.frame.questions import question  # at the start nobody is asked

        it, what = ("it", "is") if len(written) == 1 else ("they", "are")
        text = f"{first_of(written)} {what} still being written."
        more = "Without waiting, nothing is left of what is not finished."
        box = question(self._window, "quitDialog", "Quit", text, more)
        later = box.addButton(f"Quit when {it} {what} written", QMessageBox.ButtonRole.AcceptRole)
        now = box.addButton("Quit without", QMessageBox.ButtonRole.DestructiveRole)
        stay = box.addButton("Stay", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(later)
        box.setEscapeButton(stay)
        self._box, self._wanted, self._failed = box, False, False

        def answered(button: QAbstractButton) -> None:
            self._end_question()
            self._wanted, self._drops = button is later, button is now
            if self._drops or (self._wanted and not self._opening.writing):
                self._window.close()
                self._drops = False  # another reason may have kept it open
            elif self._wanted:
                left = self._opening.writing  # some may be written by now
                be = verb_of(len(left), "is", "are")
                self._say(f"bcviewer quits when {first_of(left)} {be} written.")

        box.buttonClicked.connect(answered)
        box.open()  # nothing waits within it: a session manager can still close the window

    def _on_done(self, outcome: Outcome) -> None:
        """Close once all is written; where something failed, stay: its error is on screen."""
        if self._box is None and not self._wanted:
            return
        self._failed |= outcome.error is not None and bool(outcome.writes)
        if not self._opening.writing:
            self._end_question()  # there is nothing to be asked any more
            self._wanted = False
            if not self._failed:
                QTimer.singleShot(0, self._window, self._window.close)

    def _end_question(self) -> None:
        box, self._box = self._box, None
        if box is not None:
            box.hide()
            box.deleteLater()
