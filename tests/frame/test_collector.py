"""Garbage is collected apart, and what takes long to go through is gone through once."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QObject, QTimer

from bcviewer.frame import collector
from bcviewer.frame.collector import Collector


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    before, enabled = gc.get_threshold(), gc.isenabled()
    gc.enable()
    gc.set_threshold(700, 10, 10)  # as Python has it
    yield
    gc.set_threshold(*before)
    if not enabled:
        gc.disable()


class Circle:
    def __init__(self) -> None:
        self.me = self


def test_python_does_not_go_through_all_there_is_by_itself(qapp: Any, qtbot: Any) -> None:
    parent, old = QObject(), Circle()
    gc.collect()  # by now it is no young one
    Collector(parent, 1)
    gone = weakref.ref(old)
    del old
    made = [Circle() for _ in range(100_000)]  # by itself: a tenth of these is enough
    assert gone() is not None
    qtbot.waitUntil(lambda: gone() is None)
    assert gc.get_threshold()[:2] == (700, 10)
    assert made


def test_garbage_goes_in_a_while_and_only_where_something_was_made(
    qapp: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected, parent = [], QObject()
    monkeypatch.setattr(collector.gc, "collect", lambda *_: collected.append(1))
    monkeypatch.setattr(collector.gc, "get_count", lambda: (5, 3, 0))
    Collector(parent, 1)
    ticks, timer = [], QTimer(parent)
    timer.timeout.connect(lambda: ticks.append(1))
    timer.start(2)
    qtbot.waitUntil(lambda: len(ticks) > 5)
    assert not collected
    monkeypatch.setattr(collector.gc, "get_count", lambda: (0, 0, 1))
    Collector(parent, 1)
    qtbot.waitUntil(lambda: len(collected) > 1)


def test_what_takes_long_to_go_through_is_gone_through_once(
    qapp: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    froze, clock, parent = [], iter([0, 0.001, 0, 0.001, 0, 1.0, *[0] * 99]), QObject()
    monkeypatch.setattr(collector, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(collector.gc, "freeze", lambda: froze.append(len(collected)))
    collected: list[int] = []
    monkeypatch.setattr(collector.gc, "collect", lambda *_: collected.append(1))
    monkeypatch.setattr(collector.gc, "get_count", lambda: (0, 0, 1))
    Collector(parent, 1)
    qtbot.waitUntil(lambda: len(collected) >= 5)
    assert froze == [1, 3], "at the first time, and the one that took long"
