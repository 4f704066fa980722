"""What is painted in which turn of the event loop."""

from __future__ import annotations

from functools import partial
from time import thread_time
from typing import Any

import pytest
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QEventLoop,
    QObject,
    Qt,
    QTimer,
)
from PySide6.QtGui import QGuiApplication, QPaintEvent
from PySide6.QtWidgets import QWidget

from bcviewer.widgets.drawing.painting import Curtain, MovedApart, PaintedApart

LONG_MS = 6.0


def looped(*acts: Any, ms: int = 120) -> None:
    """Do each of some things in a loop, apart by the same time, and go on that long."""
    loop = QEventLoop()
    for i, act in enumerate((*acts, loop.quit)):
        QTimer.singleShot(i * ms, act)
    loop.exec()


class Canvas(QWidget):
    """Notes when it is painted, and in which turn."""

    def __init__(self) -> None:
        super().__init__()
        self.turn = 0
        self.painted: list[int] = []

    def paintEvent(self, _: QPaintEvent) -> None:
        self.painted.append(self.turn)

    def work(self, ms: float) -> None:
        """Take so long in a turn, and let Qt come to paint in it."""
        self.turn += 1
        end = thread_time() + ms / 1e3
        while thread_time() < end:
            pass
        self.update()
        QCoreApplication.sendEvent(self, QEvent(QEvent.Type.UpdateRequest))


@pytest.fixture
def canvas(qtbot: Any) -> Canvas:
    canvas = Canvas()
    qtbot.addWidget(canvas)
    PaintedApart(canvas, LONG_MS)
    canvas.show()
    qtbot.waitUntil(lambda: bool(canvas.painted))
    QCoreApplication.processEvents()
    canvas.painted.clear()
    return canvas


def test_a_turn_that_took_long_paints_nothing_and_the_next_one_does(canvas: Canvas) -> None:
    def act() -> None:
        for _ in range(2):  # Qt may ask more than once
            canvas.work(2 * LONG_MS)
            assert not canvas.painted
        QTimer.singleShot(0, begin_next)

    def begin_next() -> None:
        canvas.turn += 1

    looped(act)
    assert canvas.painted == [3]


@pytest.mark.parametrize(("times", "first"), [(2, 2), (4, 3)])
def test_one_that_took_very_long_after_one_that_took_long_paints_nothing_either(
    canvas: Canvas, times: int, first: int
) -> None:
    """Seen: all of a window was painted in the turn in which it was laid out anew, in 71 ms."""
    loop = QEventLoop()

    def act() -> None:
        canvas.work(times * LONG_MS)
        QTimer.singleShot(0, act if canvas.turn < 4 else loop.quit)

    QTimer.singleShot(0, act)
    loop.exec()
    assert canvas.painted[0] == first


def test_what_is_drawn_while_it_paints_is_painted_in_another_turn(canvas: Canvas) -> None:
    """Seen: four paintings in one turn, of all there was, in 56 ms."""

    def act() -> None:
        canvas.work(2 * LONG_MS)  # put off…
        QTimer.singleShot(0, again)

    def again() -> None:
        for _ in range(3):  # …so this turn paints, once
            canvas.work(2 * LONG_MS)
        QTimer.singleShot(0, begin_next)

    def begin_next() -> None:
        canvas.turn += 1

    looped(act)
    assert canvas.painted == [2, 5]


def test_a_short_turn_paints_and_a_script_does_at_once(canvas: Canvas) -> None:
    looped(lambda: canvas.work(0))
    assert canvas.painted == [1]
    canvas.work(2 * LONG_MS)
    assert canvas.painted == [1, 2]
    loop = QEventLoop()
    QTimer.singleShot(0, lambda: (canvas.work(2 * LONG_MS), loop.quit()))
    loop.exec()  # it ends in the turn that put off
    canvas.work(0)
    assert canvas.painted == [1, 2, 4]


def test_turns_that_all_take_long_are_painted_all_the_same(canvas: Canvas) -> None:
    turns, loop = 20, QEventLoop()

    def act() -> None:
        canvas.work(2 * LONG_MS)
        QTimer.singleShot(0, act if canvas.turn < turns else loop.quit)

    QTimer.singleShot(0, act)
    loop.exec()
    assert len(canvas.painted) >= turns // 2 - 1


def test_what_is_put_off_is_painted_also_where_nobody_says_that_a_turn_ended(
    canvas: Canvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows says so only where nothing is left to do: a window was painted no more."""
    monkeypatch.setattr(PaintedApart, "_begin", lambda _: None)
    for ms in (2 * LONG_MS, 4 * LONG_MS):
        looped(partial(canvas.work, ms))
    assert canvas.painted == [1, 2]


class Page(QWidget):
    """A bar over a canvas, and what was painted: ``bar``, ``canvas``, in frames."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[set[str]] = []
        self.said: list[bool] = []
        self.bar, self.canvas = QWidget(self), QWidget(self)
        for name, part in (("bar", self.bar), ("canvas", self.canvas)):
            part.setObjectName(name)
            part.installEventFilter(self)
        self.installEventFilter(self)
        self.resize(200, 200)
        self.bar.setGeometry(0, 0, 200, 20)
        self.canvas.setGeometry(0, 20, 200, 100)
        self.made: list[tuple[int, int]] = []
        self.fails = False
        self.moved = MovedApart(self.canvas, self.make_ready)
        self.moved.waiting.connect(self.said.append)

    def make_ready(self, which: int, n: int) -> None:
        self.made.append((which, n))
        if self.fails:
            raise ValueError(which)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self and event.type() == QEvent.Type.UpdateRequest:
            self.frames.append(set())
        elif event.type() == QEvent.Type.Paint and watched is not self and self.frames:
            self.frames[-1].add(watched.objectName())
        return False

    def lower(self, by: int) -> None:
        self.bar.resize(200, self.bar.height() + by)
        self.canvas.move(0, self.canvas.y() + by)

    def painted(self) -> list[set[str]]:
        return [frame for frame in self.frames if frame]


@pytest.fixture
def page(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> Page:
    none = Qt.MouseButton.NoButton  # a test before may have left one pressed
    monkeypatch.setattr(QGuiApplication, "mouseButtons", lambda: none)
    page = Page()
    qtbot.addWidget(page)
    looped(page.show)
    page.frames.clear()
    return page


def paint(page: Page) -> None:
    """Paint what there is, as Qt does, soon."""
    QCoreApplication.sendEvent(page, QEvent(QEvent.Type.UpdateRequest))


def test_what_moved_is_painted_after_what_moved_it(page: Page, qtbot: Any) -> None:
    """Seen: a bar that came, and all of the table below it, painted in 60 ms."""

    def act() -> None:
        for _ in range(2):
            page.lower(25)
        assert page.said == [True]
        assert not page.canvas.updatesEnabled()
        paint(page)

    looped(act)
    qtbot.waitUntil(lambda: page.said == [True, False])
    qtbot.waitUntil(lambda: page.painted() == [{"bar"}, {"canvas"}])
    assert page.canvas.updatesEnabled()


@pytest.mark.parametrize("way", ["script", "window", "window again", "shown", "dragged"])
def test_where_nothing_would_be_left_of_it_all_is_painted_at_once(
    page: Page, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: a table that is black until the turn after."""

    def act() -> None:
        if way.startswith("window"):
            if way == "window again":
                page.lower(10)
                assert not page.canvas.updatesEnabled()
            page.resize(300, 300)
        elif way == "shown":
            page.hide()
            page.show()
        elif way == "dragged":
            left = Qt.MouseButton.LeftButton
            monkeypatch.setattr(QGuiApplication, "mouseButtons", lambda: left)
        for _ in range(3):
            page.lower(5)
        assert page.canvas.updatesEnabled()

    if way == "script":
        act()
    else:
        looped(act)
    assert page.said in ([], [True, False])


def test_what_a_part_is_painted_with_is_made_before_all_of_it_is_painted(
    page: Page, qtbot: Any
) -> None:
    shades: list[str] = []

    def act() -> None:
        page.moved.begin()
        page.moved.begin()
        page.lower(5)  # it is covered already
        shades.append(page.grab().toImage().pixelColor(50, 60).name())

    looped(act)
    qtbot.waitUntil(lambda: page.said == [True, False])
    assert page.made == [(which, 4) for which in (3, 2, 1, 0)]
    assert shades == [page.palette().base().color().name()], "it is covered meanwhile"
    assert not page.findChild(Curtain).is_down
    page.moved.begin()  # a script's call
    assert page.said == [True, False]


def test_before_a_loop_all_of_it_is_made_at_once(page: Page, qtbot: Any) -> None:
    def act() -> None:
        page.moved.begin()
        page.moved.make_ready()
        assert len(page.made) == 4

    looped(act)
    qtbot.waitUntil(lambda: page.said == [True, False])
    page.moved.make_ready()
    assert len(page.made) == 4


def test_a_part_that_fails_keeps_nothing_covered(page: Page, qtbot: Any) -> None:
    page.fails = True
    with qtbot.captureExceptions() as errors:
        looped(page.moved.begin)
        qtbot.waitUntil(lambda: page.said == [True, False])
    assert len(errors) == len(page.made) == 4
    assert not page.findChild(Curtain).is_down


def test_nothing_is_made_for_a_window_that_closes(page: Page) -> None:
    def act() -> None:
        page.moved.begin()
        page.moved.stop()
        page.moved.stop()

    looped(act)
    assert (page.said, page.made) == ([True, False], [])
    assert not page.findChild(Curtain).is_down
