"""Starts the window: application, excepthook, session. Imported only to open it."""

from __future__ import annotations

import argparse
import atexit
import contextlib
import gc
import logging
import os
import re
import sys
import traceback
import weakref
from functools import partial
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QCoreApplication,
    QMessageLogContext,
    Qt,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from bcviewer import __version__
from bcviewer.app.prefs import Prefs, log_file
from bcviewer.app.session import Session
from bcviewer.app.threads.answers import is_silent
from bcviewer.app.threads.waiting import first_turn
from bcviewer.app.trace import Trace
from bcviewer.errors import CohortFoundError, UserError
from bcviewer.frame.looks import apply_looks, keep_desktop
from bcviewer.frame.qt_guard import PLATFORM_ENV, check_platform, check_scale
from bcviewer.frame.window import Window
from bcviewer.io.files import expanded
from bcviewer.io.names import COHORT_FILE
from bcviewer.io.own_process import give_back_environment
from bcviewer.io.put_file import final_place
from bcviewer.io.resources import resource_path
from bcviewer.io.terminal import say_error

if TYPE_CHECKING:
    from bcviewer.frame.cohort_window import CohortWindow

os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")

SWITCH_S = 0.001
"""Longest time, s, that a thread of ours keeps the window from running Python; Python's is 5 ms."""

SESSION_END_MS = 60_000
"""A desktop that wanted to end the session, and has not for so long, was told not to."""

_ASKED = "askedPath"
"""Property of a window: what it was opened with, until that is there."""

log = logging.getLogger("bcviewer")

_windows: weakref.WeakSet[Window | CohortWindow] = weakref.WeakSet()
"""Those that :func:`build` made, and those that are kept open."""
_kept: set[Window | CohortWindow] = set()
"""Windows that nobody else holds, until they are closed."""


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
    session.failed.connect(_on_failed)
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


def _keep_open(window: Window | CohortWindow) -> None:
    """Hold a window until it is closed."""
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    _kept.add(window)
    _windows.add(window)
    window.destroyed.connect(partial(_kept.discard, window))


def open_beside(path: str) -> None:
    """Open a path in one more window; a recording or cohort that is open comes forward."""
    for window in filter(isValid, list(_windows)):
        if window.isVisible() and _shows(window, path):
            window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
            window.raise_()
            window.activateWindow()
            return
    if is_cohort_at(path):
        open_cohort(path, Prefs())
        return
    nothing = dict.fromkeys(("mode", "probe", "root", "kilosort", "unit", "trace"))
    _, window = build(argparse.Namespace(path=path, reset_settings=False, **nothing))
    window.setProperty(_ASKED, path)
    _keep_open(window)


def _shows(window: Window | CohortWindow, path: str) -> bool:
    """Whether a window has a path open, or is about to."""
    if not isinstance(window, Window):
        return str(window.desk.now.folder) == str(expanded(path))
    catalogue = window.session.catalogue
    if catalogue is None:
        return bool(window.property(_ASKED) == path)
    return str(catalogue.location.results_dir) == path


def is_cohort_at(path: str) -> bool:
    """Whether a path is a cohort; where a drive does not answer the worker finds that out."""
    folder = expanded(path)
    return not is_silent(folder) and (folder / COHORT_FILE).is_file()


def open_cohort(folder: str, prefs: Prefs) -> CohortWindow:
    """Open the window of a cohort."""
    from bcviewer.frame.cohort_window import CohortWindow

    window = CohortWindow(expanded(folder), prefs, open_beside)
    _keep_open(window)
    window.show()
    return window


def _on_failed(error: UserError) -> None:
    """Open what a recording was expected to be and is not."""
    if isinstance(error, CohortFoundError):
        open_beside(error.folder)


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
    give_back_environment()  # Qt has found its plugins
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
    if given.path and is_cohort_at(given.path):
        return _run_cohort(given)
    app, window = build(given)
    window.docked.imported.connect(partial(_collect_apart, app))
    gc.freeze()  # what is there now stays to the end: no collection looks through it again
    gc.enable()
    if given.screenshot:
        from bcviewer.frame.picture import screenshot

        place = Path(given.screenshot)
        return screenshot(window, place, asked=bool(given.path), unit=given.unit)
    tell_of_update(window)
    draw_what_is_read(window)
    return int(app.exec())


def draw_what_is_read(window: Window) -> None:
    """Draw what a worker has read by now, and lay it out: the event loop begins by painting it.

    But for the table's cells: they follow the window around them.
    """
    window.layouts.fit()  # the docks leave the table its width: which columns it has room for
    with first_turn():
        QCoreApplication.sendPostedEvents()
    window.layouts.fit()  # …and as much as its columns need
    try:
        window.docked.rows.make_ready()
    except Exception as error:  # noqa: BLE001 - told, as one is within the loop, and no start's end
        report(type(error), error, error.__traceback__)


def _collect_apart(app: QApplication) -> None:
    from bcviewer.frame.collector import Collector  # not before the first paint

    Collector(app)


def tell_of_update(window: Window) -> None:
    """Say once in the banner that this version is newer than the last, and offer what is new."""
    prefs = window.prefs
    before = prefs.version()
    if prefs.problem or before == __version__:
        return
    prefs.set_version(__version__)
    # Versions up to 0.1 kept none: who has opened anything has used one.
    if _numbers(before) < _numbers(__version__) and (before or prefs.recent()):
        show = window.actions_by_key.by_key["whats_new"].trigger
        window.banner.pin(f"bcviewer is version {__version__} now.", "What's new", show)


def _numbers(version: str) -> list[int]:
    return [int(number[:9]) for number in re.findall("[0-9]+", version)]


def _run_cohort(given: argparse.Namespace) -> int:
    """Open the window of a cohort and stay until it is closed, as :func:`run` does."""
    app, prefs = application(), Prefs()
    if given.reset_settings:
        prefs.reset()
    apply_looks(prefs.theme(), prefs.font_size())
    window = open_cohort(given.path, prefs)
    gc.freeze()
    gc.enable()
    _collect_apart(app)
    if given.screenshot:
        from bcviewer.frame.picture import screenshot_of_cohort

        return screenshot_of_cohort(window, Path(given.screenshot))
    return int(app.exec())


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
