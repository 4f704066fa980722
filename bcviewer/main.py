"""The surface that scripts use: ``from bcviewer.main import start``."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QApplication

from bcviewer.cli.parsers import window_parser
from bcviewer.frame.application import build
from bcviewer.frame.window import Window


def start(arguments: Sequence[str] = ()) -> tuple[QApplication, Window]:
    """Build everything and return before the event loop.

    Parameters
    ----------
    arguments : sequence of str
        The arguments of ``bcviewer`` without the program's name: a path (or ``demo``) and
        options.

    Returns
    -------
    app : QApplication
        The application, a new one or the one there is.
    window : Window
        The window, shown; ``window.session.wait_idle(ms)`` waits until it has loaded.
    """
    return build(window_parser().parse_args(list(arguments)))
