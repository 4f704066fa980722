"""Evidence from the raw file: in a thread of its own, after a step, and given up alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from evidence_fakes import FakeRecording, unit_spikes
from factories import make_run

from bcviewer.app.background import evidence, evidence_kinds
from bcviewer.app.background.evidence import EvidenceService
from bcviewer.app.background.evidence_kinds import BOMBCELL, NUMBERS, RAW, EvidenceKind, lane_of
from bcviewer.app.background.shared_recording import SharedRecording
from bcviewer.app.threads import worker
from bcviewer.app.threads.job_thread import left_alone
from bcviewer.core.evidence.ask import Ask, Missing
from bcviewer.oracle.client import Bombcell

N, FROM_RAW, LATER = Ask("n"), Ask("raw", ("",)), Ask("later", ("",))
CHOSEN = Ask("raw", ("D:/mine.bin",))
UNITS = 20


class SlowBombcell(Bombcell):
    """Answers when its gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.entered = threading.Event(), threading.Event()
        self.gate.set()

    def ask(self, *_: Any) -> dict[str, Any]:
        self.entered.set()
        assert self.gate.wait(20)
        return {}


class Desk:
    """A service whose raw file is read until a gate closes."""

    def __init__(self, qtbot: Any) -> None:
        self.qtbot = qtbot
        self.run = make_run({"nSpikes": [9.0] * UNITS})
        self.recording = FakeRecording({i: unit_spikes(range(i)) for i in range(UNITS)})
        self.done: list[tuple[str, int]] = []
        self.gate, self.entered = threading.Event(), threading.Event()
        self.gate.set()
        self.bombcell = SlowBombcell()
        self.service = EvidenceService(self.bombcell, lambda run, control: self.recording)

    def number(self, unit: Any) -> int:
        return unit.recording.spikes(unit.row).n

    def raw(self, unit: Any, chosen: str) -> tuple[int, str]:
        unit.asker.at(chosen or "E:/raw.bin")
        self.entered.set()
        if not chosen:
            assert self.gate.wait(20)
        unit.asker.check()
        self.done.append(("raw", unit.row))
        return unit.row, chosen

    def later(self, unit: Any, bombcell: Any, chosen: str) -> int:
        unit.asker.at("E:/raw.bin")
        bombcell.ask("raw", {}, {})
        self.done.append(("later", unit.row))
        return unit.row

    def want(self, row: int, *asks: Ask) -> None:
        self.service.want(row, asks, (), asks)

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.service.busy, timeout=20_000)

    def answer(self, ask: Ask) -> object:
        return self.service.evidence.get(ask)


@pytest.fixture
def desk(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(evidence, "BOMBCELL_MS", 0)
    desk = Desk(qtbot)
    kinds = {
        "n": EvidenceKind(desk.number),
        "raw": EvidenceKind(desk.raw, from_raw=True),
        "later": EvidenceKind(desk.later, by_bombcell=True, from_raw=True),
        "split": EvidenceKind(desk.raw, from_raw=True),
    }
    monkeypatch.setattr(evidence_kinds, "KINDS", kinds)
    with qtbot.waitSignal(desk.service.opened, timeout=20_000):
        desk.service.open(desk.run)
    yield desk
    desk.gate.set()
    desk.bombcell.gate.set()
    desk.service.close()
    desk.service.deleteLater()
    qtbot.waitUntil(lambda: left_alone() == 0, timeout=20_000)


def test_every_kind_has_one_who_answers() -> None:
    raw = {kind for kind in evidence_kinds.KINDS if kind.startswith("raw_")} | {"split", "together"}
    assert {kind for kind in evidence_kinds.KINDS if lane_of(Ask(kind)) == RAW} == raw
    assert lane_of(Ask("waveform")) == NUMBERS
    assert lane_of(Ask("shape")) == BOMBCELL


def test_a_raw_file_that_hangs_keeps_nothing_else_waiting(desk: Desk) -> None:
    desk.gate.clear()
    desk.want(5, FROM_RAW, LATER, N)
    desk.qtbot.waitUntil(desk.entered.is_set, timeout=20_000)
    desk.qtbot.waitUntil(lambda: desk.answer(N) is not None, timeout=20_000)
    assert desk.answer(N) == 5
    assert desk.answer(FROM_RAW) is None
    desk.want(6, N)
    desk.settle()
    assert desk.answer(N) == 6
    desk.gate.set()
    desk.want(5, FROM_RAW, LATER, N)
    desk.settle()
    assert desk.answer(FROM_RAW) == (5, "")
    assert desk.answer(LATER) == 5


def test_what_is_read_is_shown_before_bombcell_is_asked(desk: Desk) -> None:
    shown: list[set[str]] = []
    desk.service.changed.connect(
        lambda: shown.append({ask.kind for ask in desk.service.evidence.answers})
    )
    desk.want(5, FROM_RAW, LATER)
    desk.settle()
    assert shown == [{"raw"}, {"raw", "later"}]


def test_nothing_is_read_while_a_key_is_held(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "RAW_MS", 100_000)
    for row in range(1, 9):
        desk.want(row, FROM_RAW, N)
        desk.qtbot.waitUntil(lambda row=row: desk.answer(N) == row, timeout=20_000)
    assert desk.service.busy, "the raw file of the unit where the key stops is still to be read"
    assert not desk.done
    monkeypatch.setattr(evidence, "RAW_MS", 0)
    desk.want(9, FROM_RAW, N)
    desk.settle()
    assert desk.done == [("raw", 9)]


def test_what_nobody_waits_for_stops(desk: Desk) -> None:
    desk.gate.clear()
    desk.want(5, FROM_RAW)
    desk.qtbot.waitUntil(desk.entered.is_set, timeout=20_000)
    desk.want(6, FROM_RAW)
    desk.qtbot.waitUntil(lambda: not desk.service._raw_rests.isActive(), timeout=20_000)
    desk.gate.set()
    desk.settle()
    assert desk.done == [("raw", 6)]


def test_cancel_gives_up_the_raw_file_and_nothing_else(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "STUCK_S", 0.05)
    monkeypatch.setattr(worker, "WATCH_MS", 20)
    told: list[Any] = []
    desk.service.progressed.connect(told.append)
    desk.gate.clear()
    desk.want(5, FROM_RAW, LATER, N)
    desk.qtbot.waitUntil(lambda: any(told), timeout=20_000)
    (words,) = {p.text.split(" for ")[0] for p in told if p}
    assert words == "E:/raw.bin has not answered", "the drive that hangs is named, not the sort's"
    desk.service.cancel()
    assert told[-1] is None
    desk.settle()
    for ask in (FROM_RAW, LATER):
        answer = desk.answer(ask)
        assert isinstance(answer, Missing)
        assert "E:/raw.bin has not answered for" in answer.reason
    assert desk.answer(N) == 5
    desk.want(6, FROM_RAW, N)
    desk.settle()
    assert desk.answer(N) == 6
    assert isinstance(desk.answer(FROM_RAW), Missing), "it is not tried again for each unit"
    desk.want(6, CHOSEN, N)
    desk.settle()
    assert desk.answer(CHOSEN) == (6, "D:/mine.bin"), "another file may answer"


def test_that_bombcell_takes_long_is_not_the_silence_of_a_drive(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "STUCK_S", 0.05)
    monkeypatch.setattr(worker, "WATCH_MS", 20)
    told: list[Any] = []
    desk.service.progressed.connect(told.append)
    desk.bombcell.gate.clear()
    desk.want(5, FROM_RAW, LATER)
    desk.qtbot.waitUntil(desk.bombcell.entered.is_set, timeout=20_000)
    told.clear()
    lanes = desk.service.findChildren(worker.Worker)
    silent = 3 * worker.STUCK_S
    desk.qtbot.waitUntil(lambda: any(lane.silent_s > silent for lane in lanes), timeout=20_000)
    assert not any(told)
    desk.service.cancel()
    assert desk.service.busy, "nothing was given up"
    desk.want(6, FROM_RAW)  # it is read in another thread, and does not wait for bombcell
    desk.settle()
    assert desk.answer(FROM_RAW) == (6, "")
    desk.bombcell.gate.set()
    desk.want(5, FROM_RAW, LATER)
    desk.settle()
    assert desk.answer(LATER) == 5


def test_the_raw_file_is_not_behind_the_lock_of_the_recording() -> None:
    """Its drive may not answer: a thread that looks for it must not keep the others waiting."""
    inner = FakeRecording({0: unit_spikes([1.0])}, raw_traces=np.zeros((9, 2), np.int16))
    shared = SharedRecording(inner)
    read: list[int] = []

    def at(place: str) -> None:
        thread = threading.Thread(target=lambda: read.append(shared.spikes(0).n))
        thread.start()
        thread.join(20)

    assert shared.raw_file("x", at).about.n_samples == 9
    assert read == [1]


@pytest.mark.parametrize("step", [0, 1])
def test_a_preview_is_stopped_where_nobody_looks_at_it_any_more(desk: Desk, step: int) -> None:
    preview, other = Ask("split", ("",)), Ask("split", ("other",))
    desk.gate.clear()
    desk.want(3, N, preview)
    desk.qtbot.waitUntil(desk.entered.is_set, timeout=20_000)
    desk.want(3 + step, N, *(() if step else (other,)))  # a step, or another line
    desk.settle()
    assert desk.answer(other) == (None if step else (3, "other"))
    desk.gate.set()
    desk.want(3, N, preview)  # what was stopped is no answer: it is asked anew
    desk.settle()
    assert desk.answer(preview) == (3, "")
