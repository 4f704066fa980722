"""What a start imports before the table is painted: it is as fast as that is little."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bcviewer
from bcviewer.cli.window import BEFORE_QT
from bcviewer.frame.actions import LATER

PACKAGE = Path(bcviewer.__file__).parent
STARTS = ("bcviewer.cli.entry", "bcviewer.cli.window", "bcviewer.frame.application", *BEFORE_QT)
"""What is imported, and when it is, is said by these and by what they import at once."""

MOST_MODULES = 292
"""Of ours. Each costs 0.5 ms or more, and nearly that again for each of its dataclasses: what one
more feature needs is imported where it is first used, or after the first paint (``Docked``)."""

NOT_AT_THE_START = {
    "bcviewer.app.background.evidence_kinds",
    "bcviewer.app.background.phy_watch",
    "bcviewer.app.curating.label_jobs",
    "bcviewer.core.evidence.compare_phy",
    "bcviewer.core.filter.check",
    "bcviewer.core.filter.language",
    "bcviewer.core.sheet.joined",
    "bcviewer.frame.questions",
    "bcviewer.io.exchange",
    "bcviewer.report",
    "bcviewer.widgets.chrome.dialogs",
    "bcviewer.widgets.chrome.preferences",
    "bcviewer.widgets.curate.export_labels",
    "bcviewer.widgets.curate.import_labels",
    "bcviewer.widgets.population",
    *(f"bcviewer.frame.{module}" for module in LATER),
}
FOREIGN = {"pandas", "pyqtgraph", "bombcell", "scipy", "matplotlib", "jinja2", "numba"}
DEAR = {"numpy.ma", "importlib.metadata"}
"""Modules of NumPy and Python that a careless call imports: 16 and 25 ms."""

PAINTED = """
import gc, json, os, sys
from bcviewer.frame import qt_guard
before = qt_guard.check_platform
def patched():
    from bcviewer.app.trace import Trace
    def write(trace, event, **fields):
        if event == "painted":
            frozen = gc.get_freeze_count() > 0 and gc.isenabled()
            print(json.dumps({"modules": sorted(sys.modules), "frozen": frozen}), flush=True)
            os._exit(0)
    Trace.write = write
    before()
qt_guard.check_platform = patched
from bcviewer.cli.entry import main
raise SystemExit(main(["demo", "--probe", "A"]))
"""
"""Prints what is imported when the table of one probe is painted; further ones may come before."""

SMALL = {"bcviewer.frame.collector", "bcviewer.widgets.table.changed_cells"}
IN_THE_LOOP = """
import json, os, sys, threading
from PySide6.QtCore import QThread, QTimer
class Noted:
    def find_spec(self, name, path=None, target=None):
        of_window = threading.current_thread() is threading.main_thread()
        if of_window and QThread.currentThread().loopLevel():
            found.append(name)
found, ends = [], []
from bcviewer.frame import application
def begun(window):
    def look():
        if not window.session.under_way.busy and len(window.session.scene.runs) > 1:
            print(json.dumps(found), flush=True)
            os._exit(0)
    ends.append(QTimer(window))
    ends[0].timeout.connect(look)
    ends[0].start(200)
    sys.meta_path.insert(0, Noted())
application.tell_of_update = begun
from bcviewer.cli.entry import main
raise SystemExit(main(["demo"]))
"""
"""Prints what the window's thread imports in its event loop."""

DRAWN = """
import json, os, threading
from PySide6.QtCore import QThread
from bcviewer.app.threads import relay, waiting
from bcviewer.app.trace import Trace
from bcviewer.frame import application
sent, sending = threading.Event(), relay.Relay.send
def send(self, signal, *told):
    sending(self, signal, *told)
    if len(told) > 1 and getattr(told[1], "tag", "") == "load" and hasattr(told[1], "value"):
        sent.set()
def write(trace, event, **fields):
    if event == "loaded":
        print(json.dumps([QThread.currentThread().loopLevel(), waiting.in_loop()]), flush=True)
        os._exit(0)
relay.Relay.send, Trace.write = send, write
application.tell_of_update = lambda window: sent.wait(30)
from bcviewer.cli.entry import main
raise SystemExit(main(["demo"]))
"""
"""Lets what is read come before the event loop; prints in which loop it is drawn, and counts as."""


def file_of(module: str) -> Path | None:
    place = PACKAGE.parent.joinpath(*module.split("."))
    found = (place.with_suffix(".py"), place / "__init__.py")
    return next((file for file in found if file.is_file()), None)


def named(body: list[ast.stmt]) -> Iterator[str]:
    """Return what is imported when a module is, whatever it may be; not what functions import."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield node.module
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            yield from named([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            yield from named(node.body)


def imported() -> set[str]:
    """Return our modules that are there when the window can be built, as the sources say."""
    found, left = set[str](), [*STARTS]
    while left:
        module = left.pop()
        file = file_of(module)
        if module in found or file is None:
            continue
        found.add(module)
        left += [module.rpartition(".")[0], *named(ast.parse(file.read_text("utf-8")).body)]
    return found


def of_ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] == "bcviewer"}


@pytest.fixture(scope="module")
def sources() -> set[str]:
    return of_ours(imported())


def test_the_window_needs_few_modules(sources):
    assert 200 < len(sources) <= MOST_MODULES


def test_what_the_first_paint_does_not_need_is_imported_later(sources):
    assert not sources & NOT_AT_THE_START
    assert all(file_of(name) is not None for name in NOT_AT_THE_START)  # none has moved away


def test_what_is_imported_before_qt_knows_no_qt():
    rooms = {module.split(".")[1] for module in BEFORE_QT}
    assert rooms <= {"core", "io", "oracle"}  # import-linter sees to it that these know none


@pytest.mark.slow
def test_the_painted_table_needs_no_more_than_that(tmp_path, monkeypatch, sources):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("BCVIEWER_CONFIG_DIR", str(tmp_path))
    done = subprocess.run([sys.executable, "-c", PAINTED], capture_output=True, timeout=60)
    assert done.stdout, done.stderr.decode()
    told = json.loads(done.stdout)
    there = set(told["modules"])
    assert told["frozen"]
    assert not there & (FOREIGN | DEAR | NOT_AT_THE_START)
    assert of_ours(there) <= sources | {"bcviewer"}
    assert len(of_ours(there)) > 0.9 * len(sources)  # the walk through the sources is true


@pytest.mark.slow
def test_the_event_loop_imports_nothing_large(tmp_path, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("BCVIEWER_CONFIG_DIR", str(tmp_path))
    done = subprocess.run([sys.executable, "-c", IN_THE_LOOP], capture_output=True, timeout=60)
    assert done.stdout, done.stderr.decode()
    assert set(json.loads(done.stdout)) <= SMALL


@pytest.mark.slow
def test_what_is_read_before_the_event_loop_is_drawn_by_then_as_its_first_turn(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("BCVIEWER_CONFIG_DIR", str(tmp_path))
    done = subprocess.run([sys.executable, "-c", DRAWN], capture_output=True, timeout=60)
    assert done.stdout, done.stderr.decode()
    assert json.loads(done.stdout) == [0, True]
