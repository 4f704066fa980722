"""The commands of a cohort's window: its menus and keys."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

from bcviewer.widgets.chrome.native_keys import native_keys

ENTER = "Enter"
"""The key that the table of runs takes itself, as it does a double click."""


class CohortCommand(NamedTuple):
    """A thing that can be done.

    Attributes
    ----------
    act : str
        The window has a method of this name with ``do_`` before it.
    menu, title : str
        Where it stands, and what it is called there.
    keys : tuple of str
        Its keys, in Qt's portable spelling.
    help : str
        What it does.
    """

    act: str
    menu: str
    title: str
    keys: tuple[str, ...]
    help: str


COHORT_COMMANDS: tuple[CohortCommand, ...] = (
    CohortCommand("open_run", "File", "Open run", (ENTER,), "Open the current run."),
    CohortCommand("open", "File", "Open folder…", ("Ctrl+O",), "Open a recording or a cohort."),
    CohortCommand("copy", "File", "Copy path", ("Ctrl+C",), "Copy where the current run is."),
    CohortCommand("reload", "File", "Reload", ("F5",), "Read the cohort again."),
    CohortCommand("quit", "File", "Close", ("Ctrl+W", "Ctrl+Q"), "Close this window."),
    CohortCommand("filter_runs", "Filter", "Runs…", ("/", "Ctrl+F"), "Filter runs."),
    CohortCommand(
        "filter_units", "Filter", "Units…", ("Ctrl+Shift+F",), "Count units that a filter shows."
    ),
    CohortCommand("clear", "Filter", "Clear", ("Esc",), "Show all runs, and count no units."),
    CohortCommand(
        "try", "What if", "What if…", ("Ctrl+Alt+T",), "Try other thresholds and flags on all runs."
    ),
    CohortCommand(
        "reset", "What if", "Reset", ("Ctrl+Alt+R",), "Judge by everything as it was saved."
    ),
    CohortCommand("keys", "Help", "Keys", ("H", "F1"), "The list of keys."),
    CohortCommand("language", "Help", "The filter language", (), "What a filter can say."),
)
"""All of them, menu by menu."""


def add_menus(window: QMainWindow) -> dict[str, QAction]:
    """Fill the bar of a window that can do them, and return its actions by what they do."""
    bar, actions = window.menuBar(), {}
    for name in dict.fromkeys(command.menu for command in COHORT_COMMANDS):
        menu = bar.addMenu(f"&{name}")
        for command in COHORT_COMMANDS:
            if command.menu != name:
                continue
            action = menu.addAction(command.title)
            own = [key for key in command.keys if key != ENTER]
            action.setShortcuts([QKeySequence(key) for key in own])
            action.setToolTip(command.help)
            action.triggered.connect(getattr(window, f"do_{command.act}"))
            actions[command.act] = action
        menu.setToolTipsVisible(True)
    return actions


def cohort_keys_html() -> str:
    """Return the list of keys as rich text."""
    rows = [
        f"<tr><td><b>{escape(native_keys(command.keys))}</b>&nbsp;&nbsp;&nbsp;</td>"
        f"<td>{escape(command.help)}</td></tr>"
        for command in COHORT_COMMANDS
        if command.keys
    ]
    return f"<table cellpadding='2'>{''.join(rows)}</table>"
