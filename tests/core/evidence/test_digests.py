"""Of which spikes clusters are, by one rule for the window and for the command line."""

from __future__ import annotations

import numpy as np
from evidence_fakes import FakeRecording

from bcviewer.core.evidence.digests import as_kilosort_made, spikes_of
from bcviewer.core.evidence.recording import Contingency
from bcviewer.core.run.unit_ids import OF_NONE, REST

ALL = np.array([1, 1, 2, 2, 1], np.int64)
TEMPLATES, CLUSTERS = np.array([0, 1, 2, 3, 4]), np.array([5, 5, 2, 6, 3])
"""phy made 5 of 0 and 1, 6 of 3, and 3 of 4; 2 is as Kilosort made it."""


def recording(told: dict[int, str], **more: str) -> FakeRecording:
    table = Contingency(TEMPLATES, CLUSTERS, ALL, ALL, **more)
    return FakeRecording(contingency=table, digests=told)


def test_of_those_that_phy_made_and_are_there_and_of_no_others() -> None:
    """Seen: the command line took what was said of spikes for a unit that Kilosort made."""
    told = {5: "five", 2: "two", 3: "three", 900: "nine"}
    assert spikes_of(recording(told), [5, 2, 900]) == {5: "five", REST: OF_NONE}
    assert spikes_of(recording(told), [2, 3]) == {3: "three", REST: OF_NONE}
    assert spikes_of(recording({}), [900]) == {REST: OF_NONE}


def test_as_kilosort_made_it_is_the_whole_of_its_template_alone() -> None:
    table = recording({}).table()
    assert as_kilosort_made(np.arange(8), table).nonzero()[0].tolist() == [2]
    split = Contingency(np.array([0, 0, 1, 2]), np.array([0, 4, 1, 1]), ALL[:4], ALL[:4])
    assert not as_kilosort_made(np.arange(5), split).any()
    none = recording({}, no_templates="not there").table()
    assert not as_kilosort_made(np.arange(8), none).any()


def test_files_that_do_not_tell_of_each_say_nothing_of_others() -> None:
    assert spikes_of(recording({5: "five"}), [5, 6]) == {5: "five"}
    assert spikes_of(recording({5: "five"}, no_templates="not there"), [5]) == {}
    assert spikes_of(recording({5: "five"}, no_clusters="not there"), [5]) == {}
    assert spikes_of(FakeRecording(), [5]) == {}
