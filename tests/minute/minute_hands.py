"""A hand on the real window: it counts what it presses, and sees what a person sees."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from minute_figures import Figure, Given, Journals, missed
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QToolButton, QWidget
from qt_fixtures import click, delete, press, settle
from shiboken6 import isValid

from bcviewer.app.prefs import CONFIG_ENV
from bcviewer.app.threads.waiting import wait_until
from bcviewer.frame.window import Window
from bcviewer.main import start

WAIT_MS = 120_000
"""bombcell is imported and asked, too, on whatever machine."""

KEYS = {"GOOD": "Alt+G", "MUA": "Alt+M", "NOISE": "Alt+N", "NON-SOMA": "Alt+S"}


class Hand:
    """One person at one window.

    Attributes
    ----------
    window : Window
        The window; it has loaded.
    keys : int
        What was pressed, clicked and typed so far.
    mistakes : list of str
        What went wrong so far.
    journals : Journals
        What stands in the local journals of this person.
    """

    def __init__(self, window: Window, journals: Journals) -> None:
        self.window, self.journals = window, journals
        self.keys = 0
        self.mistakes: list[str] = []
        self._began = time.perf_counter()

    # -- the eye -----------------------------------------------------------------------------

    def highlighted(self) -> tuple[int, ...]:
        """Return the ids that Qt highlights in the table, as they are written there."""
        table, model = self.window.unit_table, self.window.unit_table.unit_model
        rows = sorted({index.row() for index in table.selectionModel().selectedIndexes()})
        column = model.columns.index("cluster_id")
        return tuple(int(model.index(row, column).data().replace(",", "")) for row in rows)

    def part(self, name: str, kind: type[QWidget] = QWidget) -> Any:
        """Return a part of the window by its name."""
        found = self.window.findChild(kind, name)
        assert found is not None, name
        return found

    def in_sight(self, widget: QWidget) -> str:
        """Return why a text cannot be read whole where it stands; empty where it can."""
        if not widget.isVisible():
            return "it is not shown"
        if widget.visibleRegion().boundingRect() != widget.rect():
            return "a part of it is out of sight"
        wants = widget.heightForWidth(widget.width()) if widget.hasHeightForWidth() else 0
        if wants > widget.height() or widget.minimumSizeHint().width() > widget.width():
            return f"it needs {wants} pixels of height and has {widget.height()}"
        return ""

    def wrong(self, what: str) -> None:
        """Note a mistake."""
        self.mistakes.append(what)

    # -- the hand ----------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys where the focus is."""
        self.keys += len(keys)
        press(self.window, *keys)
        settle()

    def click(self, name: str) -> None:
        """Click a button."""
        self.keys += 1
        button = self.part(name, QToolButton)
        click(button, button.rect().center())
        settle()

    def filter(self, text: str) -> None:
        """Type a filter and Enter: one thing that is done, and its key another."""
        self.press("/")
        self.keys += 1
        QTest.keyClicks(self.window.focusWidget(), f"{text} ")  # the space ends a completion
        press(self.window, "Return")
        settle()

    def label(self, label: str) -> list[Given]:
        """Press a label's key; what the journals say then is held against what the eye saw."""
        eye = self.highlighted()
        self.press(KEYS[label])
        given = self.journals.new()
        self.mistakes += missed(KEYS[label], eye, label, given)
        return given

    def save_as(self, key: str, path: Path) -> None:
        """Press a key that asks for a file, and type its name: two things that are done."""
        self.keys += 1
        QTimer.singleShot(0, lambda: _answer(path))
        self.press(key)
        self.wait()

    # -- its time ----------------------------------------------------------------------------

    def wait(self) -> None:
        """Wait until the window has done what it was told."""
        assert self.window.session.wait_idle(WAIT_MS)
        settle()

    def begin(self) -> None:
        """Count from now on."""
        self.keys, self.mistakes = 0, []
        self.journals.new()
        self._began = time.perf_counter()

    def figure(self, task: str, most: float, units: int, note: str = "") -> Figure:
        """Return what was counted."""
        ms = 1000 * (time.perf_counter() - self._began)
        return Figure(task, self.keys, most, units, ms, tuple(self.mistakes), note)


def _answer(path: Path) -> None:
    """Type a name into the dialog that asks for a file."""
    dialog = QApplication.activeModalWidget()
    if not isinstance(dialog, QFileDialog):
        QTimer.singleShot(20, lambda: _answer(path))
        return
    edit = dialog.findChild(QLineEdit, "fileNameEdit")
    assert edit is not None
    edit.selectAll()
    QTest.keyClicks(edit, str(path))
    _enter(dialog, edit)


def _enter(dialog: QFileDialog, edit: QLineEdit) -> None:
    """Press Enter, and once more where the first one closes a list of names."""
    if isValid(dialog) and dialog.isVisible():
        popup = edit.completer().popup()
        QTest.keyClick(popup if popup.isVisible() else edit, Qt.Key.Key_Return)
        QTimer.singleShot(20, lambda: _enter(dialog, edit))


@contextmanager
def at_window(
    work: Path, *arguments: object, size: tuple[int, int] = (1440, 900)
) -> Iterator[Hand]:
    """Give a hand on a window that has loaded and has been painted; it is closed at the end."""
    settings = work / "settings"
    os.environ[CONFIG_ENV] = str(settings)
    _, window = start([str(argument) for argument in arguments])
    window.resize(*size)
    assert window.session.wait_idle(WAIT_MS)
    window.activateWindow()
    until(window.isActiveWindow)
    settle()
    hand = Hand(window, Journals(settings / "journals"))
    hand.begin()
    try:
        yield hand
    finally:
        window.session.curation.wait_saved(WAIT_MS)
        window.close()
        delete(window)
        settle()


def until(reached: Callable[[], bool]) -> None:
    """Handle events until something is so."""
    timer = QTimer()
    timer.start(10)
    assert wait_until(reached, timer.timeout, WAIT_MS)
