"""Units are tested anew in the background: counted once, the newest limit wins, and it is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from factories import make_run
from PySide6.QtWidgets import QApplication
from qt_fixtures import WAIT_MS

from bcviewer.app.background import retester as module
from bcviewer.app.background.retester import Retester
from bcviewer.app.threads.waiting import wait_until
from bcviewer.app.threads.worker import close_all
from bcviewer.core.comparison.retested import Retested
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError
from bcviewer.oracle import status_by_bombcell

ROWS = [2, 0, 1]


class Asked:
    """A retester whose bombcell says of each unit the limit, and cannot read row 1."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.run = make_run({"nSpikes": [2400.0] * 3})
        self.counted: list[int] = []
        self.why = ""
        self.told: list[Retested] = []
        monkeypatch.setattr(status_by_bombcell, "counted", self._count)
        monkeypatch.setattr(status_by_bombcell, "statuses", self._decide)
        monkeypatch.setattr(module, "START_MS", 0)
        self.retester = Retester(None, self._open)  # type: ignore[arg-type]
        self.retester.told.connect(self.told.append)

    def _open(self, *_: object) -> object:
        if self.why:
            raise UserError(self.why)
        return object()

    def _count(self, _run: Run, row: int, *_: object) -> int | str:
        self.counted.append(row)
        return "no spikes" if row == 1 else row

    def _decide(
        self, units: Sequence[int], _run: Run, criteria: Criteria, *_: object
    ) -> dict[int, float]:
        return dict.fromkeys(units, criteria.thresholds["maxRPVviolations"])

    def ask(self, *limits: float) -> None:
        for limit in limits:
            criteria = self.run.criteria.replace(maxRPVviolations=limit)
            self.retester.ask([(Retested(self.run, limit, len(ROWS)), criteria, ROWS)])

    def wait(self) -> Retested:
        signal = self.retester.settled
        assert wait_until(lambda: not self.retester.busy, signal, WAIT_MS)
        return self.told[-1]


@pytest.fixture
def asked(qapp: QApplication, no_leaks: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    found = Asked(monkeypatch)
    yield found
    assert close_all([found.retester])
    found.retester.deleteLater()


def test_it_tells_what_it_found_and_counts_once_for_all_limits(asked: Asked) -> None:
    asked.ask(0.2)
    found = asked.wait()
    assert (found.limit, found.statuses, found.ended) == (0.2, {0: 0.2, 2: 0.2}, True)
    assert found.words == "RPV status of 3 units: 1 cannot be tested anew: no spikes"
    assert asked.counted == ROWS
    asked.ask(0.3)
    assert asked.wait().statuses == {0: 0.3, 2: 0.3}
    assert asked.counted == [*ROWS, 1], "only what could not be read is tried again"
    asked.retester.forget()
    asked.ask(0.2)
    asked.wait()
    assert asked.counted == [*ROWS, 1, *ROWS]


def test_the_newest_limit_wins_and_nothing_is_told_of_those_before(asked: Asked) -> None:
    asked.ask(0.2, 0.25, 0.3)
    asked.wait()
    assert {one.limit for one in asked.told} == {0.3}
    told = len(asked.told)
    asked.ask(0.4)
    asked.retester.ask(())
    assert not asked.retester.busy
    assert len(asked.told) == told


def test_how_far_it_is_is_told_meanwhile(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TELL_S", 0.0)
    asked.ask(0.2)
    found = asked.wait()
    assert found.n_done == 3
    words = Retested(asked.run, 0.2, 1316, n_done=410).words
    assert words == "RPV status of 1,316 units: 410 done"


def test_without_spikes_it_ends_and_says_why(asked: Asked) -> None:
    asked.why = "spike_times.npy is not there."
    asked.ask(0.2)
    found = asked.wait()
    assert (found.statuses, found.ended) == ({}, True)
    assert found.words == (
        "RPV status of 3 units: 3 cannot be tested anew: spike_times.npy is not there."
    )
