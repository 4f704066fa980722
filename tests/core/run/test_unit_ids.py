"""Of which spikes clusters are, once files were read again."""

from __future__ import annotations

import numpy as np

from bcviewer.core.run.unit_ids import (
    BEING_READ,
    NO_ID,
    NOT_UNDERSTOOD,
    NOT_YET,
    OF_NONE,
    REST,
    UnitIds,
    has_still,
    is_not_yet,
    known_after,
    not_yet,
)

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


def test_whether_a_unit_has_the_spikes_still_is_told_where_it_is_known() -> None:
    assert has_still({5: "one", **OTHERS}, 5, "one") is True
    for spikes in ({5: "two"}, OTHERS):
        assert has_still(spikes, 5, "one") is False
    for spikes in ({5: ""}, {5: BEING_READ}, NOT_YET):
        assert has_still(spikes, 5, "one") is None
    assert has_still({6: "one"}, 5, "one") is True  # the files do not say
    for spikes in ({}, OTHERS, NOT_YET, {5: "one"}):
        assert has_still(spikes, 5, "") is True
        assert has_still(spikes, 5, NOT_UNDERSTOOD) is False


def test_an_id_beyond_kilosorts_templates_is_one_that_phy_gave() -> None:
    ids = UnitIds(np.array([0, 4, NO_ID, 5, 900]))
    whole = not_yet(NOT_YET, ids, 5)
    assert whole == {5: BEING_READ, 900: BEING_READ, REST: BEING_READ}
    assert is_not_yet(whole)
    assert not_yet({6: "", **NOT_YET}, ids, 5) == {6: "", **whole}
    for n in (901, 0, -1):  # it made all of them; nobody knows
        assert not_yet(NOT_YET, ids, n) is NOT_YET
    assert [is_not_yet(one) for one in ({}, OTHERS, {5: BEING_READ})] == [False] * 3
