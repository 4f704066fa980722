"""Units that phy made are scored one after the other; the curator's steps go first."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from factories import make_run, sheet_of
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from qt_fixtures import WAIT_MS

from bcviewer.app.background import scoring as module
from bcviewer.app.background.scoring import Scoring, control_of
from bcviewer.app.threads.waiting import wait_until
from bcviewer.app.threads.worker import close_all
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.phy import Phy, PhyState, unread
from bcviewer.core.run.scored import Scored, ScoredUnits
from bcviewer.errors import UserError
from bcviewer.oracle import score_by_bombcell, score_control

UNITS = {7: (7,), 8: (8,), 9: (2, 3)}


class Asked:
    """Scoring whose bombcell says GOOD of all clusters but those of :attr:`wrong`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.run = make_run()
        self.scored: list[tuple[int, ...]] = []
        self.wrong: dict[tuple[int, ...], str] = {}
        self.fails: set[tuple[int, ...]] = set()
        self.told: list[ScoredUnits] = []
        self.holds: threading.Event | None = None
        self.held: dict[tuple[int, ...], threading.Event] = {}
        self.at_work = threading.Event()
        monkeypatch.setattr(score_by_bombcell, "score", self._score)
        monkeypatch.setattr(module, "START_MS", 0)
        self.scoring = Scoring(None)  # type: ignore[arg-type]
        self.scoring.told.connect(self.told.append)

    def _score(self, run: Any, _recording: Any, ids: tuple[int, ...], *_: Any) -> Scored:
        self.at_work.set()
        if self.holds is not None:
            assert self.holds.wait(WAIT_MS / 1000)
        if ids in self.held:
            assert self.held[ids].wait(WAIT_MS / 1000)
        if ids in self.fails:
            raise ValueError(f"of {ids[0]}")
        self.scored.append(tuple(ids))
        if ids in self.wrong:
            raise UserError(self.wrong[ids])
        return Scored(run, Label.GOOD)

    def ask(
        self,
        units: Any = None,
        anew: bool = True,
        run: Any = None,
        control: int = -1,
        still: ScoredUnits | None = None,
        raw_file: str = "",
    ) -> None:
        given = UNITS if units is None else units
        of = run or self.run, object(), given, raw_file, control
        self.scoring.ask(*of, anew=anew, still=still)  # type: ignore[arg-type]

    def wait(self, n: int) -> ScoredUnits:
        def known() -> bool:
            return bool(self.told) and len(self.told[-1].units) == n

        assert wait_until(known, self.scoring.told, WAIT_MS)
        return self.told[-1]

    def wait_at_work(self) -> None:
        until = time.monotonic() + WAIT_MS / 1000
        while not self.at_work.wait(0.01):
            QApplication.processEvents()
            assert time.monotonic() < until


@pytest.fixture
def asked(qapp: QApplication, no_leaks: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    found = Asked(monkeypatch)
    yield found
    assert close_all([found.scoring])
    found.scoring.deleteLater()


def test_all_are_scored_and_told_with_what_they_are_of(asked: Asked) -> None:
    asked.wrong = {(8,): "Unit 8 has no spikes in spike_clusters.npy."}
    asked.ask()
    found = asked.wait(3)
    assert (found.run, found.clusters) == (asked.run, UNITS)
    assert isinstance(found.units[7], Scored)
    assert found.units[8] == "Unit 8 has no spikes in spike_clusters.npy."
    assert asked.scored == [(7,), (8,), (2, 3)]


def test_which_are_being_scored_is_told_at_once_where_spikes_may_be_others(asked: Asked) -> None:
    asked.ask()
    assert [(told.units, told.clusters) for told in asked.told] == [({}, UNITS)]
    found = asked.wait(3)
    asked.told.clear()
    asked.ask({9: (2, 3)}, anew=False)  # a save may take it away and give it back: it is kept
    assert asked.told == []
    asked.wait(1)
    asked.told.clear()
    asked.ask({7: (7,), 8: (8,)}, still=ScoredUnits(asked.run, {7: found.units[7]}, {7: (7,)}))
    assert set(asked.told[0].units) == {7}
    assert set(asked.told[0].clusters) == {7, 8}


def test_what_is_known_is_not_asked_again_unless_the_spikes_are_others(asked: Asked) -> None:
    asked.ask()
    asked.wait(3)
    asked.ask({**UNITS, 11: (4, 5)}, anew=False)
    asked.wait(4)
    assert asked.scored == [(7,), (8,), (2, 3), (4, 5)]
    asked.ask({7: (7,)}, anew=False)  # the others are gone: told at once
    assert set(asked.wait(1).units) == {7}
    asked.ask({7: (7,), 8: (8,)}, anew=True)
    asked.wait(2)
    assert asked.scored[4:] == [(7,), (8,)]
    asked.ask({7: (7,)}, anew=False, run=make_run())  # another run's 7 is another unit
    asked.wait(1)
    assert asked.scored[6:] == [(7,)]


def test_what_has_the_same_spikes_still_is_known_and_the_others_are_scored(asked: Asked) -> None:
    asked.ask()
    found = asked.wait(3)
    still = ScoredUnits(asked.run, {7: found.units[7]}, {7: (7,)})
    asked.ask({7: (7,), 8: (8,)}, still=still)
    assert asked.wait(2).units[7] is found.units[7]
    assert asked.scored[3:] == [(8,)]
    asked.ask({7: (7,)}, still=still, raw_file="another.bin")  # more may be tested
    asked.wait(1)
    assert asked.scored[4:] == [(7,)]


def test_while_files_are_read_again_nothing_is_scored_or_told(asked: Asked) -> None:
    """Seen: a merge that phy saved lost its verdict where reading took longer than its rest."""
    asked.ask({9: (2, 3)})
    found = asked.wait(1)
    asked.told.clear()
    asked.scoring.hold(asked.run)
    asked.ask({}, anew=False)  # it is saved: nothing is unsaved, and 9 is not known to be there yet
    asked.ask({8: (8,)}, run=make_run())
    asked.wait(1)
    asked.ask({8: (8,)}, anew=False)
    asked.scoring.hold(make_run())  # was never asked about
    QTest.qWait(20)
    assert [set(told.units) for told in asked.told] == [set(), {8}], "the other run's"
    assert asked.scored == [(2, 3), (8,)]
    asked.told.clear()
    still = ScoredUnits(asked.run, found.units, {9: (9,)})
    asked.ask({9: (9,)}, still=still)
    assert asked.wait(1).units == found.units
    assert asked.scored == [(2, 3), (8,)]


def test_where_nobody_finds_out_what_was_saved_scoring_goes_on(asked: Asked) -> None:
    """A reading that is cancelled, or fails, asks nothing anew."""
    for run in (asked.run, make_run()):
        asked.ask({9: (2, 3)}, run=run)
        asked.scoring.hold(run)
    asked.scoring.release(asked.run)
    asked.wait(1)
    QTest.qWait(20)
    assert asked.scored == [(2, 3)], "the other one waits still"
    asked.scoring.release()
    assert wait_until(lambda: len(asked.scored) == 2, asked.scoring.told, WAIT_MS)
    assert asked.scored == [(2, 3), (2, 3)]


def test_units_of_several_runs_are_scored_those_of_the_current_one_first(asked: Asked) -> None:
    others = [make_run(), make_run()]
    asked.scoring.step(others[1], 2)
    asked.ask({7: (7,)})
    asked.ask({8: (8,)}, run=others[0])
    asked.ask({1: (1,), 2: (2,)}, run=others[1])
    known = {asked.run: 1, others[0]: 1, others[1]: 2}

    def done() -> bool:
        return {found.run: len(found.units) for found in asked.told} == known

    assert wait_until(done, asked.scoring.told, WAIT_MS)
    assert asked.scored == [(2,), (1,), (7,), (8,)]
    asked.ask({7: (7,)}, anew=False)
    asked.wait(1)
    assert asked.scored == [(2,), (1,), (7,), (8,)], "what is known is kept of each"


def test_a_step_goes_first_and_its_unit_is_the_next(asked: Asked) -> None:
    asked.holds = threading.Event()
    asked.ask()
    asked.wait_at_work()
    asked.scoring.step(asked.run, 9)
    asked.holds.set()
    assert set(asked.wait(3).units) == set(UNITS)
    first, *rest = asked.scored
    assert first == (7,)  # it was under way
    assert rest.index((2, 3)) < rest.index((8,))
    asked.scoring.step(asked.run, 7)  # nothing is left: nothing is asked
    assert len(asked.scored) == len(rest) + 1


def test_where_bombcell_cannot_be_asked_it_is_not_asked_of_each(asked: Asked) -> None:
    asked.wrong = {(7,): "bombcell cannot be imported: ModuleNotFoundError"}
    asked.ask()
    assert set(asked.wait(3).units.values()) == {"bombcell cannot be imported: ModuleNotFoundError"}
    assert asked.scored == [(7,)]


def test_what_was_scored_before_bombcell_could_not_be_asked_stays(asked: Asked) -> None:
    """Seen: the verdicts of one job were written over by the error that its last unit had."""
    ended = "bombcell cannot be asked: it ended"
    asked.wrong = {(8,): ended}
    asked.ask()
    found = asked.wait(3).units
    assert isinstance(found[7], Scored)
    assert (found[8], found[9]) == (ended, ended)
    assert asked.scored == [(7,), (8,)]


def test_one_that_fails_is_told_and_the_others_are_scored_all_the_same(
    asked: Asked, qtbot: Any
) -> None:
    asked.fails = {(8,)}
    with qtbot.captureExceptions() as errors:
        asked.ask()
        found = asked.wait(3).units
    assert [str(error) for _, error, _ in errors] == ["of 8"]
    assert found[8] == "It could not be scored; see the report."
    assert isinstance(found[9], Scored)
    asked.ask({4: (4,)}, run=make_run())
    asked.wait(1)
    assert asked.scored == [(7,), (2, 3), (4,)], "and it is not asked again"


def test_it_is_told_now_and_then(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TELL_EVERY_S", 0.0)
    asked.held[8,] = told = threading.Event()
    # 8 waits until 7 is told: what is asked about is told at once, and says nothing of a verdict
    asked.scoring.told.connect(lambda found: told.set() if found.units else None)
    asked.ask()
    asked.wait(3)
    assert [set(found.units) for found in asked.told[:2]] == [set(), {7}]
    assert len(asked.told) >= 3


def test_what_is_forgotten_is_not_told(asked: Asked) -> None:
    asked.holds = threading.Event()
    asked.ask()
    asked.wait_at_work()
    asked.scoring.forget()
    asked.holds.set()
    asked.scoring.step(asked.run, 7)
    asked.told.clear()
    asked.ask({8: (8,)})
    assert set(asked.wait(1).units) == {8}
    assert [set(told.units) for told in asked.told] == [set(), {8}]


def test_a_unit_that_nobody_changed_is_scored_once_before_the_others(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    warning, controls = "unit 3, which nobody changed, does not score as saved", []

    def control(_run: Any, _recording: Any, row: int, *_: Any) -> str:
        controls.append(row)
        assert not asked.scored
        return warning

    monkeypatch.setattr(score_control, "not_as_saved", control)
    asked.ask(control=3)
    assert [found.notes for found in asked.wait(3).units.values()] == [(warning,)] * 3
    asked.ask({**UNITS, 11: (4, 5)}, anew=False, control=3)
    assert asked.wait(4).units[11].notes == (warning,)
    assert controls == [3]


def test_where_it_cannot_be_scored_each_unit_says_why(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def control(*_: Any) -> str:
        raise UserError("amplitudes.npy: not there.")

    monkeypatch.setattr(score_control, "not_as_saved", control)
    asked.ask(control=3)
    assert [found.notes for found in asked.wait(3).units.values()] == [()] * 3


def test_the_control_is_a_current_unit_of_few_spikes() -> None:
    run = make_run({"nSpikes": [900.0, 400.0, 350.0, 200.0, np.nan]})
    state = np.array([1, 1, 2, 1, 1, PhyState.NEW], np.int8)
    phy = Phy(run, state, np.array([9]), {})
    assert control_of(sheet_of(run, phy=phy)) == 1  # 2 is stale, 3 has too few, 4 none
    assert control_of(sheet_of(run)) == -1
    changed = Phy(run, np.full(5, 2, np.int8), np.empty(0, np.int64), {})
    assert control_of(sheet_of(run, phy=changed)) == -1
    none = make_run(drop=["nSpikes"])
    assert control_of(sheet_of(none, phy=unread(none))) == -1
