"""Refuses a Qt that would abort the process, before it does."""

from __future__ import annotations

import ctypes
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from bcviewer.cli import missing_library
from bcviewer.errors import UserError

FIRST_BAD = (6, 11)
"""PySide6 6.12.0 aborts on Python 3.11, and pyqtgraph 0.14's SVG export fails on 6.11."""


def check_version() -> None:
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


def check_platform() -> None:
    """Raise ``UserError`` where a library of Qt's X11 plugin is missing: Qt itself would abort."""
    x11 = os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY")
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM") or not x11:
        return
    spec = find_spec("PySide6")
    if spec is None or spec.origin is None:
        return
    plugin = Path(spec.origin).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    if plugin.exists():
        try:
            ctypes.CDLL(str(plugin))
        except OSError as error:
            raise UserError(*missing_library(str(error))) from None
