"""What is asked of several runs is asked of one after the other, the newest question of each."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from factories import make_run, sheet_of

from bcviewer.app.background import verifier as module
from bcviewer.app.background.arrays import OpenArrays
from bcviewer.app.background.comparer import Compared, Comparer
from bcviewer.app.background.verifier import Verifier
from bcviewer.app.threads.worker import close_all
from bcviewer.core.run.run import Run
from bcviewer.oracle.client import Verification, Verified

UNITS = {"nSpikes": [9.0, 9.0]}


class Slow:
    """A bombcell that answers when it is let."""

    def __init__(self) -> None:
        self.asked: list[tuple[Run, Any]] = []
        self.go = threading.Event()
        self.entered = threading.Event()

    def verify(self, run: Run, criteria: Any) -> Verification:
        self.asked.append((run, criteria))
        self.entered.set()
        assert self.go.wait(20)
        return Verification("verified", "0.94")


@pytest.fixture
def asked(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Verifier, Slow]]:
    monkeypatch.setattr(module, "START_MS", 0)
    bombcell = Slow()
    verifier = Verifier(bombcell)  # type: ignore[arg-type]
    yield verifier, bombcell
    bombcell.go.set()
    close_all([verifier])


def test_every_run_is_verified_once_and_by_the_newest_criteria(
    qtbot: Any, asked: tuple[Verifier, Slow]
) -> None:
    verifier, bombcell = asked
    a, b = make_run(UNITS), make_run(UNITS)
    told: list[Verified] = []
    verifier.answered.connect(told.append)
    verifier.ask(a, a.criteria)
    verifier.ask(b, b.criteria)
    qtbot.waitUntil(bombcell.entered.is_set, timeout=20_000)
    strict = b.criteria.replace(minSNR=9.0)
    verifier.ask(b, strict)
    assert verifier.asked == ((a, a.criteria), (b, strict))
    bombcell.go.set()
    qtbot.waitUntil(lambda: len(told) == 2, timeout=20_000)
    assert bombcell.asked == [(a, a.criteria), (b, strict)]
    assert [one.run for one in told] == [a, b]
    assert told[1].holds_of(b, strict)
    assert not told[1].holds_of(b, b.criteria)


def test_what_was_asked_of_runs_that_were_left_is_not_asked(
    qtbot: Any, asked: tuple[Verifier, Slow]
) -> None:
    verifier, bombcell = asked
    a, b, c = (make_run(UNITS) for _ in range(3))
    told: list[Verified] = []
    verifier.answered.connect(told.append)
    verifier.ask(a, a.criteria)
    verifier.ask(b, b.criteria)
    qtbot.waitUntil(bombcell.entered.is_set, timeout=20_000)
    verifier.forget()
    verifier.ask(c, c.criteria)
    bombcell.go.set()
    qtbot.waitUntil(lambda: len(told) == 1, timeout=20_000)
    assert told[0].run is c
    assert [run for run, _ in bombcell.asked] == [a, c]


def test_each_run_is_compared_with_phy_and_the_newest_question_of_one_counts(qtbot: Any) -> None:
    comparer, told = Comparer(), list[Compared]()
    comparer.compared.connect(told.append)
    sheets = [sheet_of(make_run(UNITS)) for _ in range(3)]
    for sheet in sheets:
        comparer.ask(sheet, None, "no spikes")
    comparer.ask(sheets[2], None, "no spikes at all")
    comparer.ask(sheets[0], None, "none")
    qtbot.waitUntil(lambda: not comparer.busy, timeout=20_000)
    assert [(one.phy.run, one.phy.why) for one in told] == [
        (sheets[0].run, "none"),
        (sheets[1].run, "no spikes"),
        (sheets[2].run, "no spikes at all"),
    ]
    comparer.ask(sheets[0], None, "none")
    comparer.ask(sheets[1], None, "none")
    comparer.cancel()
    assert not comparer.busy
    assert len(told) == 3
    close_all([comparer])


def test_of_runs_that_were_to_be_opened_it_is_told_where_that_is_stopped(
    qtbot: Any, no_leaks: None
) -> None:
    """Seen: what phy had saved of one of them was not read, and nobody was told so."""
    begun, stopped = threading.Event(), list[Run]()

    def opener(_: Run, control: Any) -> Any:
        begun.set()
        while True:
            control.check()
            time.sleep(0.01)

    arrays, a, b = OpenArrays(opener), make_run(UNITS), make_run(UNITS)
    arrays.given_up.connect(stopped.append)
    arrays.open(a)
    arrays.open_again(b)
    qtbot.waitUntil(begun.is_set, timeout=20_000)
    arrays.cancel()
    assert stopped == [b]
    qtbot.waitUntil(lambda: not arrays.busy, timeout=20_000)
    assert set(arrays.tried) == {a}, "it was begun to read it, and nothing is read"
    assert arrays.read == {}
    assert close_all([arrays])
