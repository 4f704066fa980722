"""Times of actions: in order, believed or not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from curation_cases import at

from bcviewer.core.curation.times import (
    EARLIEST,
    LATEST,
    OWN_LATEST,
    is_believed,
    later,
    raw_time,
    stamp,
    undated,
    written_time,
)


def test_later_is_after_everything_seen() -> None:
    assert later(at(5), at(3), "") == at(5)
    assert later(at(5), at(5)) == at(5.000001)
    assert later(at(5), at(3), at(7.999999)) == at(8)


def test_a_time_to_write_is_after_all_that_was_seen_and_is_read_again() -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert stamp(now) == "2026-03-01T12:00:00.000000Z"
    assert stamp(now, "2026-03-01T12:00:00.000000Z") == "2026-03-01T12:00:00.000001Z"
    early = datetime(1970, 1, 1, tzinfo=UTC)  # a machine without a battery
    assert stamp(early) == EARLIEST
    assert stamp(early, at(5)) == "2026-03-01T00:00:05.000001Z"


@pytest.mark.parametrize(
    ("time", "others", "own"),
    [
        ("2019-12-31T23:59:59.999999Z", False, False),
        (EARLIEST, True, True),
        ("2099-12-31T23:59:59.999999Z", True, True),
        (LATEST, False, True),  # room in one's own journal to come after another's last
        (OWN_LATEST, False, False),
    ],
)
def test_times_that_are_believed(time: str, others: bool, own: bool) -> None:
    assert is_believed(time) is others
    assert is_believed(time, own=True) is own


def test_a_time_that_is_not_believed_is_before_all_and_stays_as_it_was() -> None:
    unread = undated("3026-01-01T00:00:00.000000Z")
    assert unread < EARLIEST
    assert raw_time(unread) == "3026-01-01T00:00:00.000000Z"
    assert written_time(unread) == ""
    assert raw_time(at(1)) == written_time(at(1)) == at(1)
