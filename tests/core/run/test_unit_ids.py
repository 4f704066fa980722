"""Of which spikes clusters are, once files were read again."""

from __future__ import annotations

from bcviewer.core.run.unit_ids import NOT_YET, OF_NONE, REST, known_after

OTHERS = {REST: OF_NONE}


def test_of_what_is_gone_it_is_known_which_it_had() -> None:
    there = {4, 6}.__contains__
    had = {4: "four", 5: "five", 6: "six", **OTHERS}
    assert known_after(had, {6: "another", **OTHERS}, there) == {5: "five", 6: "another", **OTHERS}
    assert known_after({}, {6: "another"}, there) == {6: "another"}
    assert known_after({5: "five"}, {}, there) == {5: "five"}


def test_what_was_told_and_is_told_no_more_is_of_nobody_until_it_is() -> None:
    assert known_after({5: "five", **OTHERS}, {6: "six"}, {6}.__contains__) is NOT_YET
    assert known_after(NOT_YET, {}, {6}.__contains__) is NOT_YET
    assert known_after(NOT_YET, {6: "six", **OTHERS}, {6}.__contains__) == {6: "six", **OTHERS}
