"""Of which spikes clusters are together that an open phy merged: read in a thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from factories import make_run
from qt_fixtures import WAIT_MS

from bcviewer.app.background.merged_spikes import MergedSpikes
from bcviewer.app.threads.worker import close_all


class Arrays:
    """Digests that are clusters' ids, once they may be told."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.asked: list[tuple[int, ...]] = []
        self.problem, self.may = problem, threading.Event()
        self.may.set()

    def digest(self, clusters: tuple[int, ...]) -> str:
        self.asked.append(clusters)
        assert self.may.wait(WAIT_MS / 1000)
        if self.problem is not None:
            raise self.problem
        return "+".join(map(str, clusters))


@pytest.fixture
def reading(qapp: Any, no_leaks: None) -> Any:
    made = MergedSpikes()
    yield made
    close_all([made])


@pytest.fixture
def told(reading: MergedSpikes) -> list[Any]:
    out: list[Any] = []
    reading.found.connect(lambda run, digests: out.append((run, digests)))
    return out


def test_of_all_runs_it_is_found_out_once(
    reading: MergedSpikes, told: list[Any], qtbot: Any
) -> None:
    (one, other), arrays, others = (make_run(), make_run()), Arrays(), Arrays()
    arrays.may.clear()
    for _ in range(2):  # each act in phy asks
        reading.ask(one, arrays, ((0, 1),))
    qtbot.waitUntil(lambda: arrays.asked == [(0, 1)], timeout=WAIT_MS)
    reading.ask(other, others, ((2, 3), (4, 5)))
    arrays.may.set()
    qtbot.waitUntil(lambda: len(told) == 2, timeout=WAIT_MS)
    assert told == [(one, {(0, 1): "0+1"}), (other, {(2, 3): "2+3", (4, 5): "4+5"})]


def test_what_is_being_read_is_not_read_again_for_another_act(
    reading: MergedSpikes, told: list[Any], qtbot: Any
) -> None:
    run, arrays = make_run(), Arrays()
    arrays.may.clear()
    reading.ask(run, arrays, ((0, 1),))
    qtbot.waitUntil(lambda: arrays.asked == [(0, 1)], timeout=WAIT_MS)
    reading.ask(run, arrays, ((0, 1),))
    arrays.may.set()
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    assert arrays.asked == [(0, 1)]


@pytest.mark.parametrize("dropped", [lambda arrays: (None, ((0, 1),)), lambda arrays: (arrays, ())])
def test_what_was_dropped_is_not_told(
    reading: MergedSpikes, told: list[Any], qtbot: Any, dropped: Callable[[Arrays], Any]
) -> None:
    (one, other), arrays = (make_run(), make_run()), Arrays()
    arrays.may.clear()
    reading.ask(one, arrays, ((0, 1),))
    reading.ask(one, *dropped(arrays))  # its files are others by now
    reading.ask(other, arrays, ((2, 3),))
    arrays.may.set()
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    assert told == [(other, {(2, 3): "2+3"})]


def test_what_fails_is_not_known_and_is_not_asked_for_ever(
    reading: MergedSpikes, told: list[Any], qtbot: Any
) -> None:
    run = make_run()
    with qtbot.captureExceptions() as raised:
        reading.ask(run, Arrays(OSError("gone")), ((0, 1),))
        qtbot.waitUntil(lambda: bool(told) and bool(raised), timeout=WAIT_MS)
    assert told == [(run, {(0, 1): ""})]
    assert str(raised[0][1]) == "gone"
