"""Refuses a Qt that is known to abort, before it does."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from bcviewer.errors import UserError

FIRST_BAD = (6, 11)
"""PySide6 6.12.0 aborts on Python 3.11, and pyqtgraph 0.14's SVG export fails on 6.11."""


def check_qt() -> None:
    """Raise ``UserError`` for a PySide6 that bcviewer does not work with.

    The distribution's metadata is read, not the package: importing a bad one may be too late.
    """
    try:
        found = version("PySide6-Essentials")
    except PackageNotFoundError:
        return  # the import says so, in its own words
    numbers = tuple(int(part) for part in found.split(".")[:2] if part.isdigit())
    if numbers >= FIRST_BAD:
        raise UserError(
            f"PySide6 {found} is known to abort with this program.",
            'Run: python3 -m pip install "PySide6-Essentials>=6.8,<6.11"',
        )
