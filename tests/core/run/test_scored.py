"""A unit that was scored here: its verdict says how far it was tested, and what else there is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from factories import make_run

from bcviewer.core.rules.labels import Label
from bcviewer.core.run.phy import Phy
from bcviewer.core.run.scored import Scored, ScoredUnits, listed, to_be_scored

DRIFT = ("drift", "isolation distance")


@pytest.mark.parametrize(
    ("label", "untested", "verdict"),
    [
        (Label.GOOD, DRIFT, "GOOD as far as tested"),
        (Label.NON_SOMA_GOOD, DRIFT, "NON-SOMA GOOD as far as tested"),
        (Label.GOOD, (), "GOOD"),
        (Label.MUA, DRIFT, "MUA"),
        (Label.NOISE, DRIFT, "NOISE"),
        (Label.EMPTY, (), "no spikes"),
    ],
)
def test_only_a_good_one_hangs_on_what_was_not_tested(label, untested, verdict):
    assert Scored(make_run(), label, untested=untested).verdict == verdict


def test_what_else_is_to_be_known_comes_the_weightiest_first():
    found = Scored(make_run(), Label.MUA, Label.GOOD, DRIFT, ("duplicates as removed before",))
    assert found.remarks == (
        "GOOD with its templates weighted by their spikes",
        "drift and isolation distance not tested",
        "duplicates as removed before",
    )
    assert Scored(make_run(), Label.GOOD).remarks == ()


def test_a_metric_that_it_has_not_is_no_number():
    found = Scored(make_run({"nSpikes": [812.0]}, drop=["maxDriftEstimate"]), Label.GOOD)
    assert found.value("nSpikes") == 812
    assert math.isnan(found.value("maxDriftEstimate"))


def test_a_saved_unit_finds_what_an_open_phy_merged_it_into():
    run, good = make_run(), Scored(make_run(), Label.GOOD)
    units = ScoredUnits(
        run, {7: good, 8: good, 9: "no spikes"}, {7: (7,), 8: (2, 3), 9: (2, 4), 10: (2, 5)}
    )
    assert units.merged_from(2) == [(8, good)]  # 9 has no verdict, 10 is not scored yet
    assert units.merged_from(7) == []  # it is that unit


def test_a_verdict_holds_as_long_as_its_unit_has_the_very_same_spikes():
    run = make_run()
    one, other, unasked = (Scored(run, Label.GOOD, spikes=said) for said in ("1", "2", ""))
    units = {7: one, 8: other, 9: one, 10: unasked, 11: "no spikes"}
    found = ScoredUnits(run, units, {**{i: (i,) for i in units}, 9: (2, 3)})
    now = {(7,): "1", (8,): "other", (2, 3): "1", (10,): "", (11,): ""}
    still = found.still(lambda of: now.get(of, ""))
    assert still is not None
    assert (still.run, still.units) == (run, {7: one, 9: one})
    assert still.clusters == {7: (7,), 9: (2, 3)}
    assert still.digests() == {(7,): "1", (2, 3): "1"}
    saved = still.still(lambda of: "1" if of == (9,) else "")  # its merge, with all its spikes
    assert saved is not None
    assert (saved.units, saved.clusters) == ({9: one}, {9: (9,)})
    assert found.still(lambda _: "") is None


def test_what_is_scored_is_what_phy_made_and_is_in_its_files_or_is_merged_of_what_is():
    run = make_run()
    read = Phy(run, np.array([1] * run.n_units + [4, 3], np.int8), np.array([60, 61]), {})
    phy = read.with_unsaved({61: "there again, of 60"})
    merged = {62: (60, 3), int(run.cluster_id[0]): (60,)}  # undo brought back one of the run's own
    assert to_be_scored(run, phy, merged) == {62: (60, 3), 60: (60,)}
    assert to_be_scored(run, None, {}) == {}


def test_names_are_listed_as_people_write_them():
    assert [listed(names) for names in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
