"""Refuses a Qt that would abort the process, before it does."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from bcviewer.errors import UserError
from bcviewer.io.terminal import say_error

FIRST_BAD = (6, 11)
"""PySide6 6.12.0 aborts on Python 3.11, and pyqtgraph 0.14's SVG export fails on 6.11."""

PLATFORM_ENV = "QT_QPA_PLATFORM"

SCALES = {
    "QT_SCALE_FACTOR": (0.25, 8.0),
    "QT_SCREEN_SCALE_FACTORS": (0.25, 8.0),
    "QT_FONT_DPI": (24.0, 768.0),
}
"""Environment variables that make everything larger, and the least and most that they may say."""


@contextmanager
def ended_by_ctrl_c() -> Iterator[None]:
    """Let Ctrl+C end the process at once, while Qt is imported and while it runs.

    As an exception it is lost in Qt's event loop, and makes an import of PySide6 abort.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals belong to the main thread
        return
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        # None: whoever embeds Python set it, and nobody here can set it again
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)


def check_version() -> None:
    """Raise ``UserError`` for a PySide6 that bcviewer does not work with.

    Its distribution says so, not the package: importing a bad one may be too late.
    """
    found = version()
    numbers = tuple(int(part) for part in found.split(".")[:2] if part.isdigit())
    if numbers >= FIRST_BAD:
        raise UserError(
            f"PySide6 {found} is known to abort with this program.",
            'Run: python3 -m pip install "PySide6-Essentials>=6.8,<6.11"',
        )


def version() -> str:
    """Return the version of PySide6 that would be imported; empty: that cannot be told.

    It stands in the name of the folder beside the package. ``importlib.metadata`` reads the same
    there, and takes 25 ms of the start to be imported.
    """
    spec = find_spec("PySide6")  # nothing is imported
    if spec is None or spec.origin is None:
        return ""  # the import says so, in its own words
    named = (folder.name for folder in Path(spec.origin).parents[1].glob("*.dist-info"))
    parts = (name.removesuffix(".dist-info").partition("-") for name in named)
    kinds = (number for name, _, number in parts if name.casefold() == "pyside6_essentials")
    return next(kinds, "")


def check_platform() -> None:
    """Raise ``UserError`` where Qt cannot draw to what it is told to: it would abort.

    Called before the application is made. What cannot be foreseen Qt says itself, as a fatal
    message.
    """
    if not sys.platform.startswith("linux"):
        return
    said = os.environ.get(PLATFORM_ENV, "")
    wanted = [part.partition(":")[0].casefold() for part in said.split(";")] if said else []
    if wanted:
        known = platforms()
        if known and not known.intersection(wanted):
            raise UserError(
                f"{PLATFORM_ENV}={said}: Qt has no such platform here.",
                f"Unset it, or choose from: {', '.join(sorted(known))}.",
            )
    elif os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        wanted = ["xcb"]
    if wanted == ["xcb"]:
        _check_xcb()


def platforms() -> set[str]:
    """Return what Qt can draw to here, as its plugins call themselves; nothing is loaded."""
    from PySide6.QtCore import QCoreApplication, QLibraryInfo, QPluginLoader

    folders = {Path(path) / "platforms" for path in QCoreApplication.libraryPaths()}
    folders.add(Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "platforms")
    if given := os.environ.get("QT_QPA_PLATFORM_PLUGIN_PATH"):
        folders.update(Path(part) for part in given.split(os.pathsep))
    found: set[str] = set()
    for file in (file for folder in folders if folder.is_dir() for file in folder.iterdir()):
        about = QPluginLoader(str(file)).metaData().get("MetaData")
        if isinstance(about, dict):
            found.update(str(key).casefold() for key in about.get("Keys", []))
    return found


def _check_xcb() -> None:
    """Raise ``UserError`` where Qt's X11 plugin lacks a library, or nobody answers it."""
    spec = find_spec("PySide6")
    if spec is None or spec.origin is None:
        return
    plugin = Path(spec.origin).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    if plugin.exists():
        try:
            ctypes.CDLL(str(plugin))
        except OSError as error:
            raise UserError(*missing_library(str(error))) from None
    if not x_server_answers():
        display = os.environ.get("DISPLAY")
        why = f"no X server answers at DISPLAY={display}" if display else "DISPLAY is not set"
        raise UserError(
            f"There is no display to open a window on: {why}.",
            "“bcviewer audit” and “bcviewer report” need none.",
        )


def check_scale() -> None:
    """Take back factors that no screen has: Qt would make a window of no size, or of all memory.

    Called before the application is made. A sentence on standard error says what is ignored.
    """
    for name, (low, high) in SCALES.items():
        said = os.environ.get(name, "")
        if said and not all(_within(part, low, high) for part in said.split(";") if part):
            del os.environ[name]
            say_error(f"{name}={said}: is ignored; it goes from {low:g} to {high:g}.")


def _within(part: str, low: float, high: float) -> bool:
    """Whether a factor, maybe behind a screen's name, is one that a screen can have."""
    try:
        return low <= float(part.rpartition("=")[2]) <= high
    except ValueError:
        return False


def has_display() -> bool:
    """Return whether there is a screen to open a window on."""
    if os.environ.get("QT_QPA_PLATFORM") or sys.platform in ("win32", "darwin"):
        return True
    if os.environ.get("WAYLAND_DISPLAY"):
        return True
    return bool(os.environ.get("DISPLAY")) and x_server_answers()


def x_server_answers() -> bool:
    """Return whether ``DISPLAY`` leads to a server: Qt aborts the process where it does not."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # Qt's plugin will say which library is missing
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not failed


def missing_library(text: str) -> tuple[str, str]:
    """Return a message and a hint for a Qt that cannot be loaded."""
    if "cannot open shared object file" in text:
        library = text.split(":")[0].strip()
        hint = (
            "On Debian and Ubuntu: apt install libegl1 libgl1 libxkbcommon-x11-0 libdbus-1-3 "
            "libfontconfig1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 "
            "libxcb-render-util0 libxcb-shape0. “bcviewer audit” works without."
        )
        return f"Qt's system library {library} is missing.", hint
    return f"Qt cannot be imported: {text}.", "Install it with: python3 -m pip install bcviewer"
