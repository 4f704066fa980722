"""Of which spikes clusters are, by one rule for the window and for the command line."""

from __future__ import annotations

import numpy as np
from evidence_fakes import FakeRecording

from bcviewer.core.evidence.digests import spikes_of
from bcviewer.core.evidence.recording import Contingency
from bcviewer.core.run.unit_ids import OF_NONE, REST

ALL = np.array([1, 1, 2], np.int64)


def recording(told: dict[int, str], **more: str) -> FakeRecording:
    table = Contingency(np.array([0, 1, 2]), np.array([5, 5, 2]), ALL, ALL, **more)
    return FakeRecording(contingency=table, digests=told)


def test_of_those_that_are_there_and_of_no_others() -> None:
    found = spikes_of(recording({5: "five", 2: "two"}), [5, 2, 900])
    assert found == {5: "five", 2: "two", REST: OF_NONE}
    assert spikes_of(recording({}), [900]) == {REST: OF_NONE}


def test_files_that_do_not_tell_of_each_say_nothing_of_others() -> None:
    assert spikes_of(recording({5: "five"}), [5, 2]) == {5: "five"}
    assert spikes_of(recording({5: "five"}, no_templates="not there"), [5]) == {}
    assert spikes_of(recording({5: "five"}, no_clusters="not there"), [5]) == {}
    assert spikes_of(FakeRecording(), [5]) == {}
