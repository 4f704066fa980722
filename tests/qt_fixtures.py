"""Fixtures and helpers of the tests that need Qt; imported by the conftest of their folders."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shiboken6
from factories import default_params, make_columns, make_run, sheet_of
from PySide6.QtCore import (
    QCoreApplication,
    QKeyCombination,
    QObject,
    Qt,
    QThread,
    QTimer,
)
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from shared_window import WAIT_MS, SharedWindow, belongs, settle

from bcviewer.app.background import evidence, scoring, verifier
from bcviewer.app.curating import decided
from bcviewer.app.opening import loader
from bcviewer.app.prefs import CONFIG_ENV
from bcviewer.app.scene import Scene, Verified
from bcviewer.app.session import Session
from bcviewer.app.threads.worker import Worker
from bcviewer.app.view import Marked, View
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.frame.application import application
from bcviewer.frame.looks import THEME_ENV
from bcviewer.frame.window import Window
from bcviewer.io import names
from bcviewer.io.exchange import phy_plugin
from bcviewer.main import start
from bcviewer.oracle.client import Bombcell, Verification

"""Longest time for anything that a test waits for."""

OpenWindow = Callable[..., Window]

EVERY_BY_DEFAULT = loader.EVERY_BY_DEFAULT
"""What the program does, before any fixture says otherwise."""


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """Return the program's own application (in place of pytest-qt's)."""
    app = application()
    gc.collect()
    gc.freeze()
    return app


@pytest.fixture(autouse=True)
def config_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep settings and log of each test in a folder of its own."""
    folder = tmp_path / "settings"
    monkeypatch.setenv(CONFIG_ENV, str(folder))
    monkeypatch.delenv(THEME_ENV, raising=False)
    # whoever runs the tests may have the link installed: no window of a test is linked by it
    monkeypatch.setattr(phy_plugin, "where", lambda: tmp_path / "phy" / phy_plugin.PLUGIN)
    return folder


_ask = Bombcell.ask


def _not_asked(*_: Any) -> Any:
    raise UserError("bombcell is not asked in this test")


@pytest.fixture(autouse=True, scope="module")
def helper_later() -> Iterator[None]:
    """Start no helper process (importing bombcell takes seconds) unless a test asks for it.

    Nor are the units of the other probes counted, which tells of a new scene a second after the
    window was opened: in the midst of whatever a test is about.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verifier, "START_MS", 10_000_000)
        patch.setattr(decided, "START_MS", 10_000_000)
        patch.setattr(scoring, "START_MS", 10_000_000)
        patch.setattr(evidence, "BOMBCELL_MS", 0)
        patch.setattr(Bombcell, "ask", _not_asked)
        yield


@pytest.fixture(autouse=True, scope="module")
def one_probe() -> Iterator[None]:
    """Open one probe where a test opens a recording of several, and says nothing of all.

    People get all of them. Some hundred tests are of what one probe has: its ids, its rows, its
    keys; opened with its neighbours each would test the joining, too, and take longer. This is
    the only place that says so: a test of what people get asks for :func:`as_people_open`.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loader, "EVERY_BY_DEFAULT", False)
        yield


@pytest.fixture
def as_people_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open all probes of a recording, as the program does where nothing else is asked for."""
    monkeypatch.setattr(loader, "EVERY_BY_DEFAULT", EVERY_BY_DEFAULT)


@pytest.fixture
def helper_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask bombcell as soon as a run is shown."""
    monkeypatch.setattr(verifier, "START_MS", 0)
    monkeypatch.setattr(Bombcell, "ask", _ask)


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Note that a test failed: its traceback then holds on to what it made."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
        if isinstance(pool := item.funcargs.get("pool"), SharedWindow):
            pool.failed = True
    return report


@pytest.fixture(autouse=True)
def no_leaks(
    request: pytest.FixtureRequest, qapp: QApplication, pool: SharedWindow
) -> Iterator[None]:
    """Fail where a test leaves a widget, thread, timer, process or signal handler behind.

    What is of the shared window is looked at when that is closed: before the next test that does
    not ask for it.
    """
    if "shared_window" not in request.fixturenames:
        close_shared(pool)
    threads = set(threading.enumerate())
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    qapp.clipboard().clear()
    yield
    request.node.funcargs.clear()  # pytest's own hold on the test's widgets
    settle()
    gc.collect()
    settle()
    found = leaks(threads, pool.window)
    for number, handler in handlers.items():
        if signal.getsignal(number) != handler:  # a later test's signal would end the worker
            found.append(f"another handler of {number.name}")
            signal.signal(number, handler)
    if found and FAILED not in request.node.stash:
        pytest.fail("left behind: " + "; ".join(found), pytrace=False)
    # A frozen window would never be let go of: not a shared one when it is closed, nor that of a
    # failed test, which its traceback holds until the next one runs.
    if pool.window is None and not found and FAILED not in request.node.stash:
        gc.freeze()  # what outlives a test (modules, caches) is not looked through after the next


def leaks(threads: set[threading.Thread] = frozenset(), shared: Window | None = None) -> list[str]:
    """Return what is alive that should not be between tests, but for a window that is shared."""
    found = [
        f"widget {widget.metaObject().className()} {widget.objectName()!r}"
        f" {widget.windowTitle()!r} in {widget.parent()!r}"
        for widget in QApplication.allWidgets()
        if not _is_qts_own(widget) and not belongs(widget, shared)
    ]
    for thing in gc.get_objects():
        # type(), because isinstance() asks proxies for their class and they may warn
        kind = type(thing)
        if shared is not None and issubclass(kind, QObject) and belongs(_alive(thing), shared):
            continue
        if issubclass(kind, QThread) and shiboken6.isValid(thing) and _runs(thing):
            found.append(f"running thread {thing.objectName()!r}")
        elif issubclass(kind, QTimer) and shiboken6.isValid(thing) and thing.isActive():
            found.append(f"active timer {thing!r} of {thing.parent()!r}")
        elif issubclass(kind, subprocess.Popen) and thing.poll() is None:
            found.append(f"process {thing.args}")
    found += [
        f"Python thread {thread.name}"
        for thread in threading.enumerate()
        # Python makes a dummy for each QThread that ran Python; QThreads are looked at above
        if thread not in threads and not isinstance(thread, threading._DummyThread)
        if shared is None  # its workers come and go
    ]
    return found


def _alive(thing: QObject) -> QObject | None:
    return thing if shiboken6.isValid(thing) else None


def _is_qts_own(widget: QWidget) -> bool:
    """Whether it is the bare widget that Qt makes once, to ask a style with, and keeps."""
    bare = widget.metaObject().className() == "QWidget" and not widget.children()
    return bare and widget.isWindow() and widget.isHidden()


def _runs(thread: QThread) -> bool:
    main = QCoreApplication.instance().thread()
    return thread.isRunning() and thread is not main


@pytest.fixture
def open_window(qtbot: Any, no_leaks: None) -> Iterator[OpenWindow]:
    """Return a function that starts the program and waits until it has loaded."""
    windows: list[Window] = []

    def opened(*arguments: object, idle: bool = True) -> Window:
        _, window = start([str(argument) for argument in arguments])
        windows.append(window)
        if idle:
            assert window.session.wait_idle(WAIT_MS)
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
        return window

    yield opened
    for window in windows:
        if shiboken6.isValid(window):
            window.close()
            delete(window)
    windows.clear()


@pytest.fixture(scope="module")
def pool(qapp: QApplication, helper_later: None) -> Iterator[SharedWindow]:
    """Return the place of the window that tests of a module share: one at a time."""
    kept = SharedWindow()
    yield kept
    close_shared(kept)


def close_shared(pool: SharedWindow) -> None:
    """Close the window that tests shared, and fail where it leaves anything behind."""
    window, tests = pool.window, pool.tests
    if window is None:
        return
    if shiboken6.isValid(window):
        window.remember = False
        window.close()
        delete(window)
    del window
    pool.let_go()
    settle()
    gc.collect()
    settle()
    found = leaks(pool.threads)
    if found and not pool.failed:
        pytest.fail(f"left behind by the window of {', '.join(tests)}: {'; '.join(found)}")


@pytest.fixture
def shared_window(
    request: pytest.FixtureRequest,
    qtbot: Any,
    no_leaks: None,
    pool: SharedWindow,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> OpenWindow:
    """Return a function that gives a window which other tests had before, as good as new.

    ``ready``, a function of the module, makes a new one ready: that is what it is put back to.
    """

    def opened(*arguments: object, ready: Callable[[Window], None] | None = None) -> Window:
        def wait(window: Window) -> None:
            assert window.session.wait_idle(WAIT_MS)
            settle()

        given = [str(argument) for argument in arguments]
        key = (*given, ready)
        if pool.window is not None:
            same = pool.key == key
            if same:
                monkeypatch.setenv(CONFIG_ENV, str(pool.config))
            if not same or pool.put_back(wait):
                close_shared(pool)
        if pool.window is None:
            pool.threads = set(threading.enumerate())
            folder = tmp_path_factory.mktemp("shared_settings")
            monkeypatch.setenv(CONFIG_ENV, str(folder))
            _, window = start(given)
            wait(window)
            window.activateWindow()
            qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
            if ready is not None:
                ready(window)
                wait(window)
            pool.take(window, key, folder, given)
        pool.tests.append(request.node.name)
        assert pool.window is not None
        return pool.window

    return opened


@pytest.fixture
def keep(qtbot: Any) -> Iterator[Callable[[QWidget], QWidget]]:
    """Return a function that shows a widget, and deletes it after the test."""
    widgets: list[QWidget] = []

    def kept(widget: QWidget, shown: bool = True) -> Any:
        widgets.append(widget)
        if shown:
            widget.show()
            qtbot.waitExposed(widget)
        return widget

    yield kept
    for widget in widgets:
        if shiboken6.isValid(widget):
            widget.close()
            delete(widget)
    widgets.clear()


@pytest.fixture
def make_worker() -> Iterator[Callable[[], Worker]]:
    """Return a function that makes workers, which are closed after the test."""
    workers: list[Worker] = []

    def made(name: str = "worker") -> Worker:
        workers.append(Worker(name))
        return workers[-1]

    yield made
    for worker in workers:
        worker.close()


def delete(widget: QWidget) -> None:
    """Delete a widget now."""
    if shiboken6.isValid(widget):
        widget.deleteLater()
    settle()


# -- recordings ------------------------------------------------------------------------------


def write_recording(
    folder: Path,
    columns: Mapping[str, Any] | None = None,
    params: Mapping[str, object] | None = None,
    *,
    saved: list[str] | None = None,
    ids: list[int] | None = None,
    params_py: bool = False,
) -> Path:
    """Write units (GOOD but for ``columns``) as a Kilosort directory, and return it."""
    table: dict[str, Any] = dict(make_columns(columns))
    n = len(table["nSpikes"])
    table["phy_clusterID"] = list(range(n)) if ids is None else ids
    if saved is not None:
        table["bc_unitType"] = saved
    results = folder / names.RESULTS_FOLDERS[0]
    results.mkdir(parents=True)
    pq.write_table(pa.table(table), results / names.UNITS_PARQUET)
    given = {**default_params(), **(params or {})}
    row = {key: [value] for key, value in given.items() if value is not None}
    pq.write_table(pa.table(row), results / names.PARAMS_PARQUET)
    if params_py:
        (folder / names.PARAMS_PY).write_text("sample_rate = 30000.\n", "utf-8")
    return folder


KINDS: dict[str, Any] = {
    # GOOD, MUA, NOISE (with a masked failure), NON-SOMA, EMPTY
    "presenceRatio": [1.0, 0.61, 0.5, 1.0, float("nan")],
    "nPeaks": [1.0, 1.0, 5.0, 1.0, float("nan")],
    "mainPeakToTroughRatio": [0.35, 0.35, 0.35, 0.9, float("nan")],
    "nSpikes": [2400.0, 2400.0, 2400.0, 2400.0, 0.0],
}
"""Columns of five units, one a class."""


def table_of(*args: Any, **fields: Any) -> Sheet:
    """Return the audit table of ``factories.make_run`` with the same arguments."""
    run = make_run(*args, **fields)
    return sheet_of(run)


def scene_of(table: Sheet | Book | None, current: int = 0) -> Scene:
    """Return what panels draw for a sheet, or a book of several."""
    import numpy as np

    book = Book([table]) if isinstance(table, Sheet) else table
    n = book.n_units if book else 0
    rows = np.arange(n)
    view = View.of(rows, np.ones(n, bool))
    return Scene(book, view, Marked(current if n else -1, rows[current : current + 1]))


# -- hands -----------------------------------------------------------------------------------


def press(window: QWidget, *keys: str) -> None:
    """Press keys, in the spelling of the command table, where the focus is."""
    for key in keys:
        combination: QKeyCombination = QKeySequence(key)[0]
        target = QApplication.activePopupWidget() or window.focusWidget() or window
        QTest.keyClick(target, combination.key(), combination.keyboardModifiers())


def click(
    widget: QWidget,
    place: Any,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    button: Qt.MouseButton = Qt.MouseButton.LeftButton,
) -> None:
    """Click at a place of a widget."""
    QTest.mouseClick(widget, button, modifiers, place)


def click_unit(window: Window, place: int, modifiers: Any = Qt.KeyboardModifier.NoModifier) -> None:
    """Click a row of the table, beside the frozen columns."""
    table = window.unit_table
    index = table.unit_model.index(place, 3)
    table.scrollTo(index)
    click(table.viewport(), table.visualRect(index).center(), modifiers)


def click_row(plot: Any, row: int, modifiers: Any = Qt.KeyboardModifier.NoModifier) -> None:
    """Click a row of a panel's bars with the real mouse."""
    place = plot.row_center(row).toPoint()
    QTest.mouseMove(plot.viewport(), place)
    click(plot.viewport(), place, modifiers)


def current_id(window: Window) -> int | None:
    """Return the current unit's cluster id, after checking that table and session agree."""
    session, table = window.session, window.unit_table
    if session.current >= 0 and session.view.place[session.current] >= 0:
        assert table.unit_model.unit_row(table.currentIndex().row()) == session.current
    return session.current_id()


def shown_ids(window: Window) -> list[int]:
    """Return the cluster ids of the rows that the table shows, in their order."""
    model = window.unit_table.unit_model
    rows = model.unit_rows(list(range(model.rowCount())))
    return [int(i) for i in window.session.table.ids.cluster_id[rows]]


def verified_as(session: Session, answer: Verification) -> None:
    """Let Bombcell answer what a session asks of the sheet that is shown."""
    table = session.table
    assert table is not None
    session.background.verifier.answered.emit(Verified(table.run, table.criteria, answer))
