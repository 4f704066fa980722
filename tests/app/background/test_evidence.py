"""Evidence off the GUI thread: the current unit first, neighbours ahead, nothing stale shown."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from evidence_fakes import FakeRecording, unit_spikes
from factories import make_run

from bcviewer.app.background import evidence, evidence_kinds
from bcviewer.app.background.arrays import KEPT_OPEN
from bcviewer.app.background.evidence import EvidenceService
from bcviewer.app.background.evidence_kinds import EvidenceKind
from bcviewer.app.background.wanted import Elsewhere, UnitAt
from bcviewer.app.threads import worker
from bcviewer.app.threads.job_thread import left_alone
from bcviewer.core.evidence.ask import Ask, Missing
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.core.sheet.ids import SheetRow
from bcviewer.errors import UserError
from bcviewer.oracle.asked import AskedFor
from bcviewer.oracle.client import Bombcell

N = Ask("n")
SLOW = Ask("slow")
ASKED = Ask("asked", (2.0,))
BROKEN = Ask("broken")
UNITS = 400


class Desk:
    """A service over a recording of units with as many spikes as their row, and what it did."""

    def __init__(self, qtbot: Any) -> None:
        self.qtbot = qtbot
        self.run = make_run({"nSpikes": [float(i) for i in range(UNITS)]})
        self.recording = FakeRecording({i: unit_spikes(range(i)) for i in range(UNITS - 1)})
        self.computed: list[tuple[str, int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.opener: Any = lambda run, control: self.recording
        self.service = EvidenceService(Bombcell(), lambda r, c: self.opener(r, c))

    def number(self, unit: Any) -> int:
        self.computed.append(("n", unit.row))
        return unit.recording.spikes(unit.row).n

    def slowly(self, unit: Any) -> int:
        self.computed.append(("slow", unit.row))
        self.entered.set()
        assert self.gate.wait(20)
        return -unit.row

    def asked(self, unit: Any, bombcell: Any, factor: float) -> float:
        assert isinstance(bombcell, AskedFor)
        self.computed.append(("asked", unit.row))
        return factor * unit.row

    def open(self) -> None:
        with self.qtbot.waitSignal(self.service.opened, timeout=20_000):
            self.service.open(self.run)

    def want(self, row: int, *asks: Ask, ahead: tuple[int, ...] = ()) -> None:
        self.service.want(row, asks, ahead, asks)

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.service.busy, timeout=20_000)

    def answer(self, ask: Ask) -> object:
        return self.service.evidence.get(ask)


@pytest.fixture
def desk(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk = Desk(qtbot)

    def broken(_: Any) -> None:
        raise UserError("templates.npy: cut off.")

    kinds = {
        "n": EvidenceKind(desk.number),
        "slow": EvidenceKind(desk.slowly),
        "asked": EvidenceKind(desk.asked, by_bombcell=True),
        "broken": EvidenceKind(broken),
    }
    monkeypatch.setattr(evidence_kinds, "KINDS", kinds)
    yield desk
    desk.gate.set()
    desk.service.close()
    desk.service.deleteLater()


def test_answers_both_kinds_of_asks(desk: Desk) -> None:
    desk.open()
    desk.want(7, N, ASKED)
    assert desk.service.busy
    desk.settle()
    assert (desk.answer(N), desk.answer(ASKED)) == (7, 14.0)
    assert desk.service.evidence.row == 7


def test_what_cannot_be_answered_says_why_and_the_rest_is_answered(desk: Desk) -> None:
    desk.open()
    desk.want(3, BROKEN, N)
    desk.settle()
    assert desk.answer(BROKEN) == Missing("templates.npy: cut off.")
    assert desk.answer(N) == 3
    desk.want(UNITS - 1, N)
    desk.settle()
    assert desk.answer(N) == Missing("spike_times.npy: not there.")


def test_neighbours_are_ready_before_they_are_wanted(desk: Desk) -> None:
    desk.open()
    desk.want(10, N, ahead=(11, 9, 12))
    desk.qtbot.waitUntil(lambda: len(desk.computed) == 4, timeout=20_000)
    assert [row for _, row in desk.computed] == [10, 11, 9, 12]
    desk.qtbot.waitUntil(lambda: desk.service._at(12) in desk.service._known, timeout=20_000)
    desk.want(11, N)
    assert desk.answer(N) == 11, "at once, without waiting"
    assert not desk.service.busy


def test_the_newest_request_goes_first_and_stale_ones_are_dropped(desk: Desk) -> None:
    desk.open()
    desk.gate.clear()
    desk.want(1, SLOW, N, ahead=(2, 3))
    desk.qtbot.waitUntil(desk.entered.is_set, timeout=20_000)
    for row in (20, 30, 40):
        desk.want(row, SLOW, N)
    assert desk.service.evidence.row == 40
    assert desk.answer(SLOW) is None, "not another unit's"
    desk.gate.set()
    desk.settle()
    assert (desk.answer(SLOW), desk.answer(N)) == (-40, 40)
    rows = {row for _, row in desk.computed}
    assert not rows & {2, 3, 20, 30}
    assert ("n", 1) not in desk.computed, "what nobody wants any more stops between two asks"


def test_an_answer_that_comes_late_is_not_shown_for_another_unit(desk: Desk) -> None:
    desk.open()
    desk.gate.clear()
    desk.want(5, SLOW)
    desk.qtbot.waitUntil(desk.entered.is_set, timeout=20_000)
    desk.want(6, N)
    desk.gate.set()
    desk.settle()
    assert desk.service.evidence.row == 6
    assert desk.answer(N) == 6
    assert desk.answer(SLOW) is None


@pytest.mark.long
def test_answers_of_few_units_are_kept(desk: Desk) -> None:
    from bcviewer.app.background.wanted import KEPT_UNITS

    desk.open()
    for row in range(KEPT_UNITS + 5):
        desk.want(row, N)
        desk.settle()
    assert len(desk.service._known) == KEPT_UNITS
    done = len(desk.computed)
    desk.want(KEPT_UNITS, N)
    assert desk.answer(N) == KEPT_UNITS
    desk.want(0, N)
    desk.settle()
    assert len(desk.computed) == done + 1


def test_arrays_that_cannot_be_opened_are_a_reason_for_every_ask(desk: Desk) -> None:
    def opener(run: Any, control: Any) -> Any:
        raise UserError("spike_times.npy: not there.")

    desk.opener = opener
    desk.want(0, N)
    desk.open()
    desk.want(0, N, ASKED)
    assert not desk.service.busy
    assert desk.answer(N) == desk.answer(ASKED) == Missing("spike_times.npy: not there.")


def test_opening_can_be_cancelled(desk: Desk) -> None:
    def opener(run: Any, control: Any) -> Any:
        desk.entered.set()
        while True:
            control.check()

    desk.opener = opener
    desk.service.open(desk.run)
    desk.qtbot.waitUntil(desk.entered.is_set, timeout=20_000)
    desk.want(0, N)
    assert desk.service.busy
    desk.service.cancel()
    assert not desk.service.busy
    answer = desk.answer(N)
    assert isinstance(answer, Missing)
    assert "cancelled" in answer.reason


def test_another_run_forgets_the_answers(desk: Desk) -> None:
    desk.open()
    desk.want(4, N)
    desk.settle()
    desk.recording = FakeRecording({4: unit_spikes([0.1])})
    desk.open()
    assert desk.answer(N) is None
    desk.want(4, N)
    desk.settle()
    assert desk.answer(N) == 1


def test_an_unexpected_error_is_reported_once_and_ends_the_wait(desk: Desk) -> None:
    def bug(_: Any) -> None:
        raise ZeroDivisionError("a bug")

    evidence_kinds.KINDS["bug"] = EvidenceKind(bug)
    desk.open()
    with desk.qtbot.capture_exceptions() as errors:
        desk.want(1, Ask("bug"), N)
        desk.settle()
    assert [kind for kind, *_ in errors] == [ZeroDivisionError]
    assert isinstance(desk.answer(Ask("bug")), Missing)


def test_answers_about_the_run_before_are_dropped(desk: Desk) -> None:
    """Opening another run while one is asked about must not show the old one's numbers."""
    desk.open()
    desk.gate.clear()
    desk.want(5, N, SLOW)
    assert desk.entered.wait(20)
    desk.entered.clear()
    desk.run = make_run({"nSpikes": [9.0] * UNITS})
    desk.recording = FakeRecording({i: unit_spikes(range(9)) for i in range(UNITS)})
    opening = threading.Event()
    fresh = desk.recording

    def open_late(*_: Any) -> FakeRecording:
        assert opening.wait(20)
        return fresh

    desk.opener = open_late
    desk.service.open(desk.run)
    desk.gate.set()
    desk.qtbot.wait(50)  # time for whatever is left of the run before
    assert len(desk.service._known) == 0
    with desk.qtbot.waitSignal(desk.service.opened, timeout=20_000):
        opening.set()
    desk.want(5, N)
    desk.settle()
    assert desk.answer(N) == 9


def test_a_run_with_further_rows_keeps_its_answers(desk: Desk) -> None:
    desk.open()
    desk.want(5, N)
    desk.settle()
    more = UnitIds(np.append(desk.run.cluster_id, UNITS + 7))
    desk.computed.clear()
    desk.service.arrays.adopt(more)
    assert desk.answer(N) == 5
    desk.want(UNITS, BROKEN)
    desk.settle()
    assert desk.computed == []
    desk.want(5, N, SLOW)
    desk.settle()
    assert desk.answer(SLOW) == -5


def test_an_answer_is_of_the_unit_that_was_asked_about_and_not_of_its_row(desk: Desk) -> None:
    desk.recording = FakeRecording({i: unit_spikes(range(i)) for i in range(UNITS + 1)})
    desk.open()
    desk.service.arrays.adopt(UnitIds(np.append(desk.run.cluster_id, UNITS + 7)))
    desk.want(UNITS, N, SLOW)
    desk.settle()
    assert (desk.answer(N), desk.answer(SLOW)) == (UNITS, -UNITS)
    desk.computed.clear()
    desk.gate.clear()
    desk.service.arrays.adopt(
        UnitIds(np.append(desk.run.cluster_id, UNITS + 8))
    )  # as many, another one
    desk.want(UNITS, SLOW)
    assert (desk.answer(N), desk.answer(SLOW)) == (None, None), "what is known is of the other one"
    desk.qtbot.waitUntil(lambda: ("slow", UNITS) in desk.computed, timeout=20_000)
    desk.service.arrays.adopt(UnitIds(np.append(desk.run.cluster_id, UNITS + 9)))
    desk.gate.set()
    desk.want(UNITS, SLOW)
    desk.settle()
    assert desk.computed == [("slow", UNITS)] * 2, "it was asked of another one"
    assert desk.answer(SLOW) == -UNITS


# -- a drive that never answers --------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "STUCK_S", 0.05)
    monkeypatch.setattr(worker, "WATCH_MS", 20)


def test_spikes_that_hang_are_named_and_cancel_leaves_them(desk: Desk, impatient: None) -> None:
    told: list[Any] = []
    desk.service.progressed.connect(told.append)
    desk.open()
    desk.gate.clear()
    desk.want(5, SLOW)
    assert desk.entered.wait(20)
    desk.qtbot.waitUntil(lambda: any(told), timeout=20_000)
    (text,) = {p.text.split(" for ")[0] for p in told if p}
    assert text == f"{desk.run.provenance.ks_dir} has not answered"
    assert desk.service.busy
    desk.service.cancel()
    assert not desk.service.busy
    assert told[-1] is None
    answer = desk.answer(SLOW)
    assert isinstance(answer, Missing)
    assert "has not answered for" in answer.reason
    assert "F5" in answer.reason


def test_what_is_read_for_bombcell_and_hangs_is_named_and_left_too(
    desk: Desk, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "BOMBCELL_MS", 0)
    monkeypatch.setitem(
        evidence_kinds.KINDS,
        "asked",
        EvidenceKind(lambda unit, bombcell, factor: desk.slowly(unit), by_bombcell=True),
    )
    told: list[Any] = []
    desk.service.progressed.connect(told.append)
    desk.open()
    desk.gate.clear()
    desk.want(5, ASKED)
    assert desk.entered.wait(20)
    desk.qtbot.waitUntil(lambda: any(told), timeout=20_000)
    desk.service.cancel()
    assert not desk.service.busy
    answer = desk.answer(ASKED)
    assert isinstance(answer, Missing)
    assert f"{desk.run.provenance.ks_dir} has not answered for" in answer.reason


def test_another_recording_is_read_while_one_hangs(desk: Desk, qtbot: Any) -> None:
    desk.open()
    desk.gate.clear()
    desk.want(5, SLOW)
    assert desk.entered.wait(20)
    run = replace(desk.run, provenance=replace(desk.run.provenance, ks_dir="C:/local"))
    with qtbot.waitSignal(desk.service.opened, timeout=20_000):
        desk.service.open(run)
    desk.want(6, N)
    desk.settle()
    assert desk.answer(N) == 6
    desk.gate.set()
    qtbot.waitUntil(lambda: left_alone() == 0, timeout=20_000)
    assert desk.answer(SLOW) is None


def test_opening_that_hangs_is_left_for_another_recording(desk: Desk, qtbot: Any) -> None:
    def hang(run: Any, control: Any) -> Any:
        if run is desk.run:
            desk.entered.set()
            assert desk.gate.wait(20)
        return desk.recording

    desk.opener = hang
    desk.gate.clear()
    desk.service.open(desk.run)
    qtbot.waitUntil(desk.entered.is_set, timeout=20_000)
    run = replace(desk.run, provenance=replace(desk.run.provenance, ks_dir="C:/local"))
    with qtbot.waitSignal(desk.service.opened, timeout=20_000):
        desk.service.open(run)
    desk.gate.set()
    qtbot.waitUntil(lambda: left_alone() == 0, timeout=20_000)


# -- several runs ----------------------------------------------------------------------------


def two_runs(desk: Desk) -> Any:
    """Open a second run, whose units have ten times as many spikes; return it."""
    other = make_run({"nSpikes": [9.0] * UNITS})
    theirs = FakeRecording({i: unit_spikes(range(10 * i)) for i in range(UNITS)})
    own = desk.recording
    desk.opener = lambda run, _: theirs if run is other else own
    desk.open()
    with desk.qtbot.waitSignal(desk.service.opened, timeout=20_000):
        desk.service.open_arrays.ahead(other)
    return other


def test_a_unit_of_another_run_is_answered_by_its_own_recording_and_ahead_of_time(
    desk: Desk,
) -> None:
    other = two_runs(desk)
    ahead = Elsewhere(other, SheetRow(5), (N,))
    desk.service.want(5, (N,), (), (N,), (ahead,))
    desk.settle()
    assert desk.answer(N) == 5
    at = UnitAt(5, 5, other)
    desk.qtbot.waitUntil(lambda: N in desk.service._known.of(at), timeout=20_000)
    desk.computed.clear()
    desk.service.turn_to(other)
    assert desk.service.run is other
    desk.want(5, N)
    assert desk.answer(N) == 50, "the same row and the same id, of the other run"
    assert desk.service.evidence.run is other
    desk.service.turn_to(desk.run)
    desk.want(5, N)
    assert desk.answer(N) == 5
    assert desk.computed == [], "both were known"


def test_an_answer_that_comes_late_is_of_its_own_run(desk: Desk) -> None:
    other = two_runs(desk)
    desk.gate.clear()
    desk.want(7, SLOW)
    assert desk.entered.wait(20)
    desk.service.turn_to(other)
    desk.want(7, N)
    desk.gate.set()
    desk.settle()
    assert desk.answer(N) == 70
    assert desk.answer(SLOW) is None
    desk.service.turn_to(desk.run)
    desk.want(7, SLOW)
    desk.settle()
    assert desk.answer(SLOW) == -7


def test_a_run_that_is_read_again_forgets_its_own_answers_only(desk: Desk) -> None:
    other = two_runs(desk)
    desk.want(3, N)
    desk.settle()
    desk.service.turn_to(other)
    desk.want(3, N)
    desk.settle()
    with desk.qtbot.waitSignal(desk.service.opened, timeout=20_000):
        desk.service.open_again(desk.run)
    assert desk.answer(N) == 30
    desk.computed.clear()
    desk.service.turn_to(desk.run)
    desk.want(3, N)
    desk.settle()
    assert desk.computed == [("n", 3)]


def test_a_few_runs_stay_open_and_the_one_not_used_for_longest_goes(desk: Desk) -> None:
    desk.open()
    runs = [make_run({"nSpikes": [9.0] * UNITS}) for _ in range(KEPT_OPEN)]
    arrays = desk.service.open_arrays
    for run in runs:
        desk.service.turn_to(run)
        desk.qtbot.waitUntil(lambda: not arrays.busy, timeout=20_000)
    assert arrays.of(desk.run) is None
    assert all(arrays.of(run) is not None for run in runs)
    with desk.qtbot.waitSignal(desk.service.opened, timeout=20_000) as opened:
        desk.service.open_again(desk.run)  # phy saved it
    assert opened.args[0] is arrays.of(desk.run)
    desk.service.turn_to(desk.run)
    for run in runs:
        desk.service.turn_to(run)
        desk.qtbot.waitUntil(lambda: not arrays.busy, timeout=20_000)
    desk.service.turn_to(runs[0])
    desk.service.turn_to(desk.run)
    assert [arrays.of(run) is None for run in runs[:2]] == [False, True]
    desk.qtbot.waitUntil(lambda: not arrays.busy, timeout=20_000)
    desk.open()
    assert all(arrays.of(run) is None for run in runs), "another recording"


def test_what_is_cancelled_is_opened_when_a_unit_of_it_is_looked_at(desk: Desk) -> None:
    other, opening = make_run({"nSpikes": [9.0] * UNITS}), threading.Event()
    desk.open()

    def late(run: Any, control: Any) -> Any:
        while not opening.wait(0.001):
            control.check()
        return desk.recording

    desk.opener = late
    third = make_run({"nSpikes": [9.0] * UNITS})
    desk.service.open_arrays.ahead(other)
    desk.service.open_arrays.ahead(third)
    assert desk.service.busy
    desk.service.cancel()
    desk.qtbot.waitUntil(lambda: not desk.service.busy, timeout=20_000)
    assert "cancelled" in desk.service.open_arrays.of(other).problem
    assert desk.service.open_arrays.of(third) is None
    opening.set()
    with desk.qtbot.waitSignal(desk.service.opened, timeout=20_000):
        desk.service.turn_to(third)
    assert desk.service.arrays.problem == ""
