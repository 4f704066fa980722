"""Starts the window: application, excepthook, session. Imported only to open it."""

from __future__ import annotations

import argparse
import atexit
import contextlib
import gc
import logging
import os
import sys
import traceback
import weakref
from functools import partial
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QFont, QGuiApplication, QPixmap
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from bcviewer import __version__
from bcviewer.app.prefs import Prefs, log_file
from bcviewer.app.session import Session
from bcviewer.app.trace import Trace
from bcviewer.core.sheet.ids import ClusterId
from bcviewer.errors import UserError
from bcviewer.frame.looks import apply_looks, keep_desktop
from bcviewer.frame.qt_guard import PLATFORM_ENV, check_platform, check_scale
from bcviewer.frame.window import Window
from bcviewer.io.put_file import final_place, write_atomically
from bcviewer.io.resources import resource_path
from bcviewer.io.terminal import say_error

os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")

LOAD_MS = 120_000
"""Longest time that ``--screenshot`` waits for a recording."""

SCREENSHOT_SIZE = (1440, 900)
"""Width and height of ``--screenshot``'s picture, in pixels."""

SWITCH_S = 0.001
"""Longest time, s, that a thread of ours keeps the window from running Python; Python's is 5 ms."""

SESSION_END_MS = 60_000
"""A desktop that wanted to end the session, and has not for so long, was told not to."""

log = logging.getLogger("bcviewer")

_windows: weakref.WeakSet[Window] = weakref.WeakSet()
"""Those that :func:`build` made."""


def build(given: argparse.Namespace) -> tuple[QApplication, Window]:
    """Build everything for arguments that were read."""
    app = application()
    trace = Trace(given.trace)
    trace.write("start")
    prefs = Prefs()
    if given.reset_settings:
        prefs.reset()
    apply_looks(prefs.theme(), prefs.font_size())
    session = Session()
    if given.path:  # the worker reads while the window is built
        path = demo_path() if given.path == "demo" else given.path
        session.open(
            path,
            mode=given.mode,
            probe=given.probe,
            root=given.root,
            kilosort=given.kilosort,
            unit=given.unit,
        )
    window = Window(session, prefs, trace)
    session.setParent(window)
    _windows.add(window)
    window.show()
    trace.write("window")
    if prefs.problem:
        say_error(prefs.problem)
        session.notice.emit(prefs.problem)
    return app, window


@atexit.register
def close_windows() -> None:
    """Close the windows that nobody closed, now that the interpreter ends.

    A script may end, or fail, at any time. No thread may be within Qt or bombcell's channel when
    the interpreter takes them down, and no widget may tell what happens to it.
    """
    for window in list(_windows):
        if isValid(window):
            window.remember = False  # nobody arranged it to be found again
            window.closes_anyway = True
            window.close()


def end_session() -> None:
    """Let the windows close unasked while the desktop ends the session: nothing holds it up."""
    for window in filter(isValid, list(_windows)):
        window.closes_anyway = True
        asks_again = QTimer(window)  # of the window: it goes with it
        asks_again.setSingleShot(True)
        asks_again.timeout.connect(partial(setattr, window, "closes_anyway", False))
        asks_again.start(SESSION_END_MS)


def demo_path() -> str:
    """Return the config of the recording that ships with the program."""
    return str(resource_path("demo", "recording_config.json"))


def application() -> QApplication:
    """Return the application, made with the program's names and colours if there is none."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    check_platform()
    check_scale()
    sys.setswitchinterval(SWITCH_S)
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    app = QApplication([sys.argv[0] or "bcviewer"])
    app.setApplicationName("bcviewer")
    app.setApplicationDisplayName("bcviewer")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("io.github.bcviewer.bcviewer")
    font = app.font()
    font.setFeature(QFont.Tag("tnum"), 1)  # digits of one width, where the font has them
    app.setFont(font)
    keep_desktop(app)
    app.commitDataRequest.connect(lambda _: end_session())
    apply_looks("", 0)
    return app


def run(given: argparse.Namespace) -> int:
    """Open the window and stay until it is closed; return the exit status."""
    set_up_log()
    sys.excepthook = report
    qInstallMessageHandler(log_qt)
    if given.screenshot:
        final_place(Path(given.screenshot))
    app, window = build(given)
    gc.freeze()  # what is there now stays to the end: no collection looks through it again
    gc.enable()
    if given.screenshot:
        place = Path(given.screenshot)
        return screenshot(window, place, asked=bool(given.path), unit=given.unit)
    return int(app.exec())


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
    write_atomically(path, lambda temporary: _save(picture, temporary))
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
    if not picture.save(str(path), "PNG"):
        raise OSError("the picture could not be saved")


def log_qt(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Put what Qt has to say into the log; say why where it is about to end the process."""
    log.info("Qt %s: %s (%s)", kind.name, text, context.category)
    if kind is QtMsgType.QtFatalMsg:
        said = os.environ.get(PLATFORM_ENV)
        about = f"Qt cannot go on with {PLATFORM_ENV}={said}" if said else "Qt cannot go on"
        say_error(f"{about}: {text}")
        logging.shutdown()
        os._exit(1)  # on return Qt aborts, which looks like a crash of ours


def set_up_log() -> None:
    """Log to a file of limited size; a folder that cannot be written costs the log only."""
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True)
        final_place(log_file())  # opening a pipe would wait for ever
        handler = RotatingFileHandler(log_file(), maxBytes=500_000, backupCount=1, encoding="utf-8")
    except (OSError, UserError):
        return
    logging.raiseExceptions = False  # a full disk costs the log only
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.info("bcviewer %s started", __version__)


def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log an unexpected error and show a report that can be copied."""
    text = "".join(traceback.format_exception(kind, error, trace))
    log.error("unexpected error\n%s", text)
    if sys.stderr is not None:  # None for Windows' GUI scripts
        with contextlib.suppress(OSError, ValueError):  # a full disk, a closed terminal
            sys.stderr.write(text)
    if issubclass(kind, KeyboardInterrupt):
        QApplication.quit()
    elif isinstance(QApplication.instance(), QApplication):
        shown = f"bcviewer {__version__}, Python {sys.version.split()[0]}\n\n{text}"
        parent = QApplication.activeWindow()
        QTimer.singleShot(0, lambda: _show_report(parent, str(error) or kind.__name__, shown))


def _show_report(parent: QWidget | None, summary: str, text: str) -> None:
    """Show a report, unless one is on screen: an error of each repaint must not bury the screen."""
    from bcviewer.widgets.chrome.dialogs import ErrorDialog

    there = [w for w in QApplication.topLevelWidgets() if isinstance(w, ErrorDialog)]
    if not any(dialog.isVisible() for dialog in there):
        alive = parent is not None and isValid(parent)
        ErrorDialog(parent if alive else None, summary, text).show()
