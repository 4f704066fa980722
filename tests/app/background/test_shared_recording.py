"""Two threads read one recording; what was just read is not read again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from evidence_fakes import FakeRecording, unit_spikes

from bcviewer.app.background import shared_recording
from bcviewer.app.background.shared_recording import KEPT, SharedRecording
from bcviewer.core.evidence.recording import Contingency, Likeness, UnitSpikes, Waveform
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.errors import UserError


class Counting(FakeRecording):
    inside = 0
    most = 0
    reads = 0

    def spikes(self, row: int) -> UnitSpikes:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.reads += 1
        try:
            return super().spikes(row)
        finally:
            self.inside -= 1


def recording(n: int = 100) -> Counting:
    waves = {i: Waveform(np.full((3, 2), float(i)), 1.0) for i in range(n)}
    trains = {i: unit_spikes(np.arange(i)) for i in range(n)}
    return Counting(trains, waves, waves, np.eye(n))


def test_a_unit_is_read_once_and_threads_take_turns() -> None:
    inner = recording()
    shared = SharedRecording(inner)
    with ThreadPoolExecutor(4) as pool:
        trains = list(pool.map(lambda i: shared.spikes(i % 5).n, range(200)))
    assert trains == [i % 5 for i in range(200)]
    assert inner.most == 1
    assert inner.reads == 5
    assert shared.template(3).values[0, 0] == shared.raw_waveform(3).values[0, 0] == 3.0
    assert shared.similarity(1, 1) == 1.0


def test_similar_units_are_looked_for_once_and_anew_among_other_rows() -> None:
    inner = recording()
    asked = []
    inner.similar = lambda row: asked.append(row) or Likeness(np.arange(2), np.ones(2), "", True)
    shared = SharedRecording(inner)
    assert shared.similar(3) is shared.similar(3)
    assert asked == [3]
    more = shared.with_ids(UnitIds(np.arange(101)))
    assert more.similar(3) is more.similar(3)
    assert asked == [3, 3]


def test_what_is_of_the_whole_recording_is_passed_on() -> None:
    inner = recording()
    inner.contingency = Contingency(*np.ones((4, 1), np.int64))
    shared = SharedRecording(inner)
    assert shared.table() is inner.contingency
    assert shared.n_spikes(7) == 7
    assert shared.total_spikes() == sum(range(100))
    assert shared.session_s() == inner.session_s() == (0.0, 98.0)


def test_few_units_are_kept_and_large_ones_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = recording()
    shared = SharedRecording(inner)
    for row in range(3 * KEPT + 1):
        shared.spikes(row)
    shared.spikes(0)
    assert inner.reads == 3 * KEPT + 2
    monkeypatch.setattr(shared_recording, "LARGE", 50)
    shared.spikes(60)
    shared.spikes(3 * KEPT)
    assert inner.reads == 3 * KEPT + 4


def test_a_failure_is_not_kept() -> None:
    shared = SharedRecording(FakeRecording())
    for _ in range(2):
        with pytest.raises(UserError, match=r"spike_times\.npy"):
            shared.spikes(0)


def test_what_is_kept_is_not_taken_for_another_unit_in_its_row() -> None:
    inner = recording()
    shared = SharedRecording(inner)
    assert shared.spikes(3).n == 3
    other = shared.with_ids(UnitIds(np.arange(4)))
    inner.spikes_of = {3: unit_spikes(np.arange(9))}
    assert other.spikes(3).n == 9
    assert shared.spikes(3).n == 3, "who still reads of the one before"
