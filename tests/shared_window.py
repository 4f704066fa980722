"""One window for many tests: put back after each as it was, or else closed and opened anew.

Opening a window costs more than most tests do in it. What a test leaves in it is put back, and
then everything that can be told of the window is compared with what it was when it was new: what
every widget shows, what its objects hold and who listens to them, the settings, the journals and
the recording's files. Where anything differs it is not used again, so that no test sees another.
"""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QMetaMethod, QObject
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QScrollBar,
    QTabBar,
    QTextBrowser,
    QWidget,
)
from shiboken6 import isValid

from bcviewer.app.scene import Scene
from bcviewer.app.view import Arrived, FilterState, Sort
from bcviewer.cli.parsers import window_parser
from bcviewer.frame.application import demo_path
from bcviewer.frame.window import Window
from bcviewer.io.names import DRAFTS, JOURNALS, QUEUES
from bcviewer.widgets.chrome.docks import layout_version
from bcviewer.widgets.table.unit_table import UnitTable

Looks = dict[str, Any]

_PLAIN = (str, int, float, bool, bytes, type(None), frozenset, Sort, FilterState)
_READS: tuple[tuple[type[QWidget], tuple[str, ...]], ...] = (
    (QAbstractButton, ("text", "isChecked")),
    (QLabel, ("text",)),
    (QLineEdit, ("text",)),
    (QComboBox, ("currentIndex", "count")),
    (QAbstractSpinBox, ("text",)),
    (QTextBrowser, ("toPlainText",)),
    (QScrollBar, ("value",)),
    (QTabBar, ("count", "currentIndex")),
)
_CHOSEN = (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox)
"""What the person chose counts also where it is hidden; the rest is written when it is shown."""


def belongs(thing: QObject | None, window: Window | None) -> bool:
    """Whether something is a window, within it, or one of its menus and lists without a parent."""
    if window is None or thing is None:
        return False
    while thing is not window and (parent := thing.parent()) is not None:
        thing = parent
    return thing is window or isinstance(thing, (QMenu, QListView))


WAIT_MS = 20_000


def settle() -> None:
    """Handle what is pending, deletions included."""
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QCoreApplication.processEvents()


def rest(window: Window) -> None:
    """Wait until all is drawn, the room is shared out for what it needs, and nothing moves."""
    before: object = None
    while before != (before := (docks_of(window), window.centralWidget().geometry())):
        assert window.session.wait_idle(WAIT_MS)
        settle()


NEAR = 16
"""Pixels by which a dock may stand elsewhere in a window that is as good as new."""


def docks_of(window: Window) -> dict[str, tuple[int, int, int, int]]:
    """Return where the visible docks are."""
    there = {key: dock for key, dock in window.docks.items() if dock.isVisible()}
    return {key: tuple(dock.geometry().getRect()) for key, dock in there.items()}


class SharedWindow:
    """A window, and what it was like when it was new.

    Attributes
    ----------
    window : Window or None
        The window that is open; None: there is none.
    tests : list of str
        The tests that had it.
    threads : set of threading.Thread
        Those that ran before it was opened.
    failed : bool
        Whether one of the tests failed: its traceback then holds on to things.
    """

    def __init__(self) -> None:
        self.window: Window | None = None
        self.key: object = None
        self.config = Path()
        self.tests: list[str] = []
        self.threads: set[threading.Thread] = set()
        self.failed = False
        self._arguments: list[str] = []
        self._recording: Path | None = None
        self._looks: Looks = {}
        self._chosen: list[tuple[QCheckBox | QComboBox, int]] = []

    def take(self, window: Window, key: object, config: Path, arguments: list[str]) -> None:
        """Keep a window that was just opened and made ready."""
        self.window, self.key, self.config, self.tests = window, key, config, []
        self.failed = False
        self._arguments = arguments
        path = Path(arguments[0])
        self._recording = path if path.is_dir() else None
        self._put_back_looks(window)
        boxes = [box for panel in window.panels.values() for box in panel.findChildren(QWidget)]
        self._chosen = [
            (box, box.isChecked() if isinstance(box, QCheckBox) else box.currentIndex())
            for box in boxes
            if isinstance(box, (QCheckBox, QComboBox))
        ]
        self._looks = self.looks()
        self._docks = docks_of(window)

    def let_go(self) -> None:
        """Forget the window, which was closed, and put the recording's files back."""
        if self._looks:
            self._put_back_files()
        self.window, self.key, self._looks, self._chosen = None, None, {}, []

    def put_back(self, wait: Callable[[Window], None]) -> list[str]:
        """Put everything back, opening the recording again where that is needed.

        Returns
        -------
        list of str
            What is not as it was, by name; empty: the window is as good as new.
        """
        window = self.window
        assert window is not None
        if not isValid(window) or not window.isVisible():
            return ["closed"]
        self._put_back_looks(window)
        found = self._differs()
        if found:
            window.session.curation.wait_saved(20_000)
            self._put_back_files()
            self._open_again(window)
            wait(window)
            self._put_back_looks(window)
            window.session.viewing.shown.left_at.clear()  # it was opened, and never left
            found = self._differs()
            for _ in range(3):  # what had to give way is let back step by step
                if found and {*found} <= {"size", "state"}:
                    self._put_back_looks(window)
                    found = self._differs()
            if found == ["state"] and self._docks_are_near(window):
                self._looks["state"] = self.looks()["state"]
                found = []
        return found

    def _docks_are_near(self, window: Window) -> bool:
        """Whether the same docks are there, about as they were: a text of two lines takes room."""
        now = docks_of(window)
        return now.keys() == self._docks.keys() and all(
            abs(one - other) <= NEAR
            for key, was in self._docks.items()
            for one, other in zip(now[key], was, strict=True)
        )

    def _differs(self) -> list[str]:
        now = self.looks()
        return sorted(k for k in {*now, *self._looks} if now.get(k) != self._looks.get(k))

    # -- putting back ------------------------------------------------------------------------

    def _put_back_looks(self, window: Window) -> None:
        for widget in QApplication.topLevelWidgets():
            inside = belongs(widget, window) and widget is not window
            if inside and isinstance(widget, (QDialog, QMenu)) and widget.isVisible():
                widget.close()
            if inside and isinstance(widget, QDialog):
                widget.deleteLater()
        was = self._looks
        settings = window.prefs.settings
        if was and was["prefs"] != self._prefs(window):
            settings.clear()
            for key, value in was["prefs"].items():
                settings.setValue(key, value)
        for edit in window.findChildren(QLineEdit, "gotoEdit"):
            edit.clear()
        for box, value in self._chosen:
            if isinstance(box, QCheckBox):
                box.setChecked(bool(value))
            else:
                box.setCurrentIndex(value)
        session, table = window.session, window.unit_table
        session.set_queue(None)
        session.set_filter("")
        session.stage.become(filter=FilterState())
        session.set_label_source("bombcell")
        session.set_sort("attention")
        if was:
            layouts = window.layouts
            layouts.name, layouts.shares = was["layout"], was["shares"]
            if window.size() != was["size"]:
                window.resize(was["size"])
            if was["state"] != window.saveState(layout_version()).data():
                layouts.take_up(was["layout"], QByteArray(was["state"]), was["shares"])
            layouts.changed.emit(layouts.name)
            table.set_widths(was["widths"])
            table.set_frozen_count(was["frozen"])
            if table.shown_columns() != was["columns"]:
                table.set_shown_columns(was["columns"])
        table.clearSelection()
        table.selectionModel().clearCurrentIndex()
        session.viewing.start.begin(None, None, ())
        table.show_marked(session.current, session.selected)
        for bar in (table.verticalScrollBar(), table.horizontalScrollBar()):
            bar.setValue(0)
        session.stage.become(done=None, arrived=Arrived(), review=None)
        window.status.clearMessage()
        window.activateWindow()
        table.setFocus()
        settle()

    def _put_back_files(self) -> None:
        for kept in (JOURNALS, QUEUES, DRAFTS):
            shutil.rmtree(self.config / kept, ignore_errors=True)
        folder, was = self._recording, self._looks["files"]
        if folder is None:
            return
        for path in sorted(folder.rglob("*"), reverse=True):
            if str(path) not in was:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        for name, (mode, content) in sorted(was.items()):
            path = Path(name)
            if content is None:
                path.mkdir(exist_ok=True)
            elif not path.exists() or path.read_bytes() != content:
                path.write_bytes(content)
            path.chmod(mode)

    def _open_again(self, window: Window) -> None:
        given = window_parser().parse_args(self._arguments)
        window.session.open(
            demo_path() if given.path == "demo" else given.path,
            mode=given.mode,
            probe=given.probe,
            root=given.root,
            kilosort=given.kilosort,
            unit=given.unit,
        )

    # -- what it is like ---------------------------------------------------------------------

    def looks(self) -> Looks:
        """Return everything that can be told of the window, by name."""
        window = self.window
        assert window is not None
        out: Looks = dict(self._looks_of(window))
        for name, thing in _things(window):
            values = vars(thing)
            out[f"names of {name}"] = sorted(values)
            if not getattr(thing, "seen", True):
                continue  # a hidden panel draws anew when it is seen
            for key, value in values.items():
                if name == "evidence" and type(value) not in _PLAIN:
                    continue  # answers of before are kept for a while
                if type(value) in _PLAIN or isinstance(value, (dict, list, set, tuple)):
                    out[f"{name}.{key}"] = _held(value)
            if isinstance(thing, QObject):
                out[f"listeners of {name}"] = _listeners(thing)
        return out

    def _looks_of(self, window: Window) -> Iterator[tuple[str, Any]]:
        session, table = window.session, window.unit_table
        yield from _of_scene(session.scene)
        yield "widgets", Counter(_shown(window, w) for w in window.findChildren(QWidget))
        focus = window.focusWidget()
        yield "focus", None if focus is None else focus.objectName()
        yield "active", window.isActiveWindow()
        yield "message", window.status.currentMessage()
        yield "size", window.size()
        yield "layout", window.layouts.name
        yield "shares", window.layouts.shares
        yield "state", window.saveState(layout_version()).data()
        yield "title", window.windowTitle()
        actions = window.actions_by_key.by_key.items()
        yield "actions", [(k, a.isEnabled(), a.isVisible(), a.isChecked()) for k, a in actions]
        yield "columns", table.shown_columns()
        yield "widths", table.widths()
        yield "frozen", table.frozen_count
        yield "header", _header(table)
        yield "places", table.selected_places()
        yield "index", (table.currentIndex().row(), table.currentIndex().column())
        yield "panels", sorted(window.panels)
        yield "drawn", _drawn(window)
        yield "prefs", self._prefs(window)
        journals = self.config / JOURNALS
        yield "journals", sorted(str(p) for p in journals.rglob("*") if p.is_file())
        yield "files", _files(self._recording)

    @staticmethod
    def _prefs(window: Window) -> dict[str, object]:
        settings = window.prefs.settings
        return {key: settings.value(key) for key in settings.allKeys()}


def _header(table: UnitTable) -> object:
    """Return what is seen of the header; columns that are hidden remember other widths."""
    header, keys = table.horizontalHeader(), table.unit_model.columns
    widths = [(keys[i], header.sectionSize(i)) for i in table.shown_sections()]
    order = header.sortIndicatorSection(), header.sortIndicatorOrder()
    return widths, header.isSortIndicatorShown() and order


def _things(window: Window) -> Iterator[tuple[str, Any]]:
    session = window.session
    yield "window", window
    yield "session", session
    for owner in (session, session.viewing):
        for key, value in vars(owner).items():
            if isinstance(value, QObject) and type(value).__module__.startswith("bcviewer.app."):
                yield key, value
    yield "evidence", session.background.evidence
    yield "layouts", window.layouts
    yield "docked", window.docked
    yield "table", window.unit_table
    yield "filter bar", window.filter_bar
    yield "actions", window.actions_by_key
    for viewer in window.viewers:
        yield getattr(viewer, "panel_id", type(viewer).__name__), viewer


def _held(value: Any) -> object:
    """Return a plain value, no number (which is not equal to itself) as a word.

    Of what holds things it is how many; what they are may be others of the same kind.
    """
    if type(value) in _PLAIN:
        return value if value == value else "nan"
    return (type(value).__name__, len(value))


def _listeners(thing: QObject) -> list[tuple[str, int]]:
    meta = thing.metaObject()
    methods = (meta.method(i) for i in range(meta.methodCount()))
    signals = [
        bytes(m.methodSignature()).decode()
        for m in methods
        if m.methodType() is QMetaMethod.MethodType.Signal
    ]
    return [(signal, thing.receivers(f"2{signal}")) for signal in signals]


def _of_scene(scene: Scene) -> Iterator[tuple[str, Any]]:
    for name in ("filter", "sort", "current", "save", "person", "done", "label_source"):
        yield f"scene.{name}", getattr(scene, name)
    yield "scene.rows", scene.view.rows.tolist()
    yield "scene.selected", scene.selected.tolist()
    yield "scene.queue", None if scene.queue is None else scene.queue.tolist()
    yield "scene.arrived", (scene.arrived.reorders, len(scene.arrived.rows))
    yield "scene.said", (len(scene.said.actions), len(scene.said.units), len(scene.said.sources))
    yield "scene.verification", scene.verification
    place = None if scene.catalogue is None else scene.catalogue.location
    yield "scene.place", None if place is None else str(place.results_dir)
    table, book = scene.table, scene.book
    if table is not None and book is not None:
        yield "scene.labels", table.values("label").tolist()
        yield "scene.names", table.names()
        yield "scene.phy", [sheet.phy is None for sheet in book.sheets]


def _shown(window: Window, widget: QWidget) -> tuple[object, ...]:
    parent = widget.parent()
    seen: object = widget.isVisibleTo(window)
    if isinstance(parent, QLineEdit):
        seen = "fading"  # the button that clears it, for a while
    read: list[object] = []
    for kind, names in _READS:
        if isinstance(widget, kind) and (seen or kind in _CHOSEN):
            read += [getattr(widget, name)() for name in names]
    return (
        type(widget).__name__,
        widget.objectName(),
        parent.objectName() if parent is not None else "",
        seen,
        widget.isEnabled(),
        *read,
    )


def _drawn(window: Window) -> list[object]:
    """Return what the plots on screen show: the ranges of their views."""
    return [
        (key, view.viewRange())
        for key, panel in sorted(window.panels.items())
        for view in panel.findChildren(QWidget)
        if panel.seen and hasattr(view, "viewRange")
    ]


def _files(folder: Path | None) -> dict[str, tuple[int, bytes | None]]:
    """Return the files of a recording, each with its mode and content; None: a folder."""
    if folder is None:
        return {}
    return {
        str(p): (p.lstat().st_mode & 0o7777, p.read_bytes() if p.is_file() else None)
        for p in folder.rglob("*")
    }
