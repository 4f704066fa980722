"""``bcviewer PATH``: the window. Qt is imported inside the function; no other command needs it."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from bcviewer.cli.parsers import window_parser
from bcviewer.errors import UserError
from bcviewer.frame.qt_guard import check_version, ended_by_ctrl_c, has_display, missing_library

BEFORE_QT = (
    "bcviewer.io.results.bombcell",
    "bcviewer.io.journal.store",
    "bcviewer.io.results.find",
    "bcviewer.core.sheet.derive",
    "bcviewer.core.sheet.book",
    "bcviewer.oracle.client",
)
"""What the first paint needs and knows no Qt, with all that it imports, is imported before Qt is:
PySide6 reads the source of each module that is imported after it, ours, NumPy's and Arrow's."""


def open_window(arguments: list[str]) -> int:
    """Open the window, or say what stands in its way."""
    given = window_parser().parse_args(arguments)
    on_screen = has_display()
    if not on_screen and not given.screenshot:
        if not given.path:
            raise UserError(
                "There is no display to open a window on.",
                "With a PATH (or demo) bcviewer prints the audit and writes a picture instead.",
            )
        from bcviewer.cli.headless import run_headless

        return run_headless(given)
    if not on_screen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with ended_by_ctrl_c(), _nothing_collected():
        try:
            check_version()
            for module in BEFORE_QT:
                import_module(module)
            from bcviewer.frame.application import run
        except ImportError as error:
            raise UserError(*missing_library(str(error))) from None
        return run(given)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Collect no garbage until the window is there, and says so: what is made meanwhile stays."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
