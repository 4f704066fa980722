"""Waiting with any number: it ends when it should, and turns no processor meanwhile."""

from __future__ import annotations

import math
import time
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import (
    QAbstractEventDispatcher,
    QCoreApplication,
    QObject,
    Qt,
    QTimer,
    Signal,
)
from pytestqt.qtbot import QtBot

from bcviewer.app.threads.waiting import LONG_MS, OwnTurn, first_turn, in_loop, wait_until


class Thing(QObject):
    changed = Signal()
    other = Signal()


@pytest.mark.parametrize("ms", [-1, -0.5, None, 10**12, 2**31, 1e300, math.inf, 20_000.5])
@pytest.mark.parametrize("name", ["changed", "other"])
def test_odd_times_wait_without_spinning(qapp: Any, ms: Any, name: str) -> None:
    thing, done, looks = Thing(), [], [0]

    def reached() -> bool:
        looks[0] += 1
        return bool(done)

    def happen() -> None:
        done.append(1)
        getattr(thing, name).emit()

    QTimer.singleShot(30, happen)
    assert wait_until(reached, thing.changed, ms, thing.other)
    assert looks[0] < 10


@pytest.mark.parametrize("ms", [0, 0.0, -0.0, 1, 0.3])
def test_a_short_time_is_over_soon(qapp: Any, ms: float) -> None:
    thing, start = Thing(), time.monotonic()
    assert not wait_until(lambda: False, thing.changed, ms)
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("ms", ["5", [], True, 1j])
def test_what_is_no_time_is_an_error(qapp: Any, ms: Any) -> None:
    with pytest.raises(TypeError, match="milliseconds"):
        wait_until(lambda: True, Thing().changed, ms)
    with pytest.raises(ValueError, match="nan"):
        wait_until(lambda: True, Thing().changed, math.nan)


def test_a_turn_of_its_own_comes_once_however_often_it_is_asked_for(qtbot: QtBot) -> None:
    parent = QObject()
    turn, came = OwnTurn(parent), []
    turn.come.connect(lambda: came.append(1))
    for start in (turn.start, lambda: (turn.start(), turn.start())):
        before = len(came)
        start()
        assert turn.is_coming
        qtbot.waitUntil(lambda before=before: len(came) > before)
        assert not turn.is_coming
    turn.start()
    turn.stop()
    assert not turn.is_coming
    turn.start(0)
    qtbot.waitUntil(lambda: len(came) > 2)
    assert len(came) == 3


def test_a_turn_of_its_own_is_not_the_one_that_asks(qtbot: QtBot) -> None:
    """A timer of no time may end in the turn that starts it: after events, Qt looks at timers."""
    thing, asked, came = Thing(), [], []
    turn, turns, dispatcher = OwnTurn(thing), [], QAbstractEventDispatcher.instance()
    dispatcher.aboutToBlock.connect(lambda: turns.append(1))
    turn.come.connect(lambda: came.append(len(turns)))

    def ask() -> None:
        asked.append(len(turns))
        turn.start(0)

    thing.changed.connect(ask, Qt.ConnectionType.QueuedConnection)
    due = QTimer(thing)  # Qt looks at timers where one is due
    due.start(0)
    for n in range(1, 21):
        QTimer.singleShot(0, thing.changed.emit)
        qtbot.waitUntil(lambda n=n: len(came) == n)
    assert all(now > then for then, now in zip(asked, came, strict=True))


def test_what_comes_before_the_loop_counts_as_its_first_turn_and_nothing_after_it(
    qapp: Any,
) -> None:
    assert not in_loop()
    with first_turn():
        with first_turn():
            assert in_loop()
        assert in_loop()
    assert not in_loop()


def test_of_turns_whose_time_has_come_each_is_another_where_they_take_long(qtbot: QtBot) -> None:
    """Seen in a loop that was late: panels drew, one was made and all was painted, in 0.13 s."""
    parent, turns, came = QObject(), [], []
    QAbstractEventDispatcher.instance().aboutToBlock.connect(lambda: turns.append(1), parent)
    several = [OwnTurn(parent) for _ in range(4)]

    def work(n: int) -> None:
        came.append((n, len(turns)))
        end = time.thread_time() + 2 * LONG_MS / 1e3
        while time.thread_time() < end:
            pass

    for n, turn in enumerate(several):
        turn.come.connect(partial(work, n))

    def late() -> None:
        for turn in several:
            turn.start(0)
        work(-1)

    QTimer.singleShot(0, parent, late)
    qtbot.waitUntil(lambda: len(came) == 1 + len(several))
    in_turns = [turn for _, turn in came]
    assert len(set(in_turns)) == len(in_turns), came
    assert [n for n, _ in came] == [-1, 0, 1, 2, 3], "none is forgotten, nor before its time"


def test_a_turn_of_its_own_comes_also_where_all_turns_are_long(qtbot: QtBot) -> None:
    parent, came = QObject(), []
    turn, busy = OwnTurn(parent), QTimer(parent)

    def work() -> None:
        end = time.thread_time() + 2 * LONG_MS / 1e3
        while time.thread_time() < end:
            pass

    busy.timeout.connect(work)
    busy.start(0)
    turn.come.connect(lambda: came.append(1))
    for n in range(3):
        turn.start(0)
        qtbot.waitUntil(lambda n=n: len(came) > n)
    busy.stop()


def test_a_script_that_handles_events_waits_for_no_other_turn(qapp: Any) -> None:
    parent, came = QObject(), []
    turn = OwnTurn(parent)
    turn.come.connect(lambda: came.append(1))
    turn.start(0)
    end = time.thread_time() + 2 * LONG_MS / 1e3
    while time.thread_time() < end:
        pass
    for _ in range(2):  # the time comes, and the turn
        QCoreApplication.processEvents()
    assert came == [1]
