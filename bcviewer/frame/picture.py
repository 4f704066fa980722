"""``--screenshot``: the window as a PNG, once all of it is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from bcviewer.app.session import Session
from bcviewer.core.sheet.ids import ClusterId
from bcviewer.errors import UserError
from bcviewer.io.put_file import write_atomically

if TYPE_CHECKING:
    from bcviewer.frame.cohort_window import CohortWindow
    from bcviewer.frame.window import Window

LOAD_MS = 120_000
"""Longest time that ``--screenshot`` waits for a recording, or a cohort."""

SCREENSHOT_SIZE = (1440, 900)
"""Width and height of ``--screenshot``'s picture, in pixels."""


def screenshot(window: Window, path: Path, *, asked: bool = True, unit: int | None = None) -> int:
    """Render the loaded window to a PNG; return the exit status.

    ``asked`` says whether something was to be opened, ``unit`` at which cluster id: without it
    there is no picture, and none of another unit.
    """
    errors: list[UserError] = []
    window.remember = False
    window.resize(*SCREENSHOT_SIZE)
    window.session.failed.connect(errors.append)
    loaded = window.session.wait_idle(LOAD_MS)
    window.session.wait_verified(LOAD_MS) if window.session.table else None
    window.arrange()
    _settle()
    for panel in window.panels.values():
        panel.settle()
    loaded = window.session.wait_idle(LOAD_MS) and loaded  # what they ask at their new size
    _settle()
    picture, other = window.grab(), "" if unit is None else why_not_current(window.session, unit)
    window.close()
    if errors:
        raise errors[0]
    if not loaded:
        raise UserError(f"{path}: the recording took longer than {LOAD_MS // 1000} s to load.")
    if asked and window.session.table is None:
        raise UserError(f"{path}: not written, as nothing was opened.", "See what stands above.")
    if other:
        raise UserError(f"{path}: not written, as {other}.", "Give another --unit.")
    _save(picture, path)
    return 0


def screenshot_of_cohort(window: CohortWindow, path: Path) -> int:
    """Render the window of a cohort to a PNG; return the exit status."""
    errors: list[UserError] = []
    window.remember = False
    window.resize(*SCREENSHOT_SIZE)
    window.desk.failed.connect(errors.append)
    loaded = window.desk.under_way.wait(LOAD_MS)
    _settle()
    picture = window.grab()
    window.close()
    if errors:
        raise errors[0]
    if not loaded:
        raise UserError(f"{path}: the cohort took longer than {LOAD_MS // 1000} s to open.")
    _save(picture, path)
    return 0


def why_not_current(session: Session, unit: int) -> str:
    """Return why another unit than one that was asked for is the current one; empty: it is."""
    if session.current_id() == unit:
        return ""
    there = session.table is not None and len(session.table.ids.rows_of(ClusterId(unit)))
    return f"unit {unit} is {'hidden' if there else 'not in these results'}"


def _settle() -> None:
    """Let layouts settle, and panels that were built last be painted."""
    for _ in range(3):
        QApplication.processEvents()


def _save(picture: QPixmap, path: Path) -> None:
    """Write a picture as a PNG."""

    def save(temporary: Path) -> None:
        if not picture.save(str(temporary), "PNG"):
            raise OSError("the picture could not be saved")

    write_atomically(path, save)
