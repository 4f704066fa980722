"""What became of proposed merges in phy: known from its files, and from what it has not saved."""

from __future__ import annotations

import numpy as np
from factories import make_run

from bcviewer.core.curation.merge_fates import Fate, fates_of, to_be_written
from bcviewer.core.run.phy import Phy, PhyState, not_known, unread

PAIRS = ((0, 1), (2, 3), (4, 5), (1, 2))


def phy_of(
    gone: tuple[int, ...], into: dict[int, tuple[int, ...]], made: tuple[int, ...] = ()
) -> Phy:
    """Return what became of six units, and of those that phy made, some of which are gone."""
    ids = [*range(6), *made]
    there = [PhyState.CURRENT] * 6 + [PhyState.NEW] * len(made)
    state = [PhyState.GONE if i in gone else was for i, was in zip(ids, there, strict=True)]
    run = make_run({"nSpikes": [2400.0] * 6})
    return Phy(run, np.array(state, np.int8), np.array(made, np.int64), {}, into=into)


def test_a_merge_is_done_where_all_its_units_are_in_one() -> None:
    phy = phy_of((0, 1, 4), {0: (6,), 1: (6,), 4: (7, 8)}, (6, 7, 8))
    assert fates_of(phy, PAIRS) == {(0, 1): Fate(6), (4, 5): Fate(None), (1, 2): Fate(None)}
    assert Fate(6).words == "done in phy (6)"
    assert Fate(None).words == "no longer there"
    apart = phy_of((0, 1), {0: (6,), 1: (7,)}, (6, 7))
    assert fates_of(apart, PAIRS[:1]) == {(0, 1): Fate(None)}
    for nothing in (None, unread(phy.run), not_known(phy.run, "no files"), phy_of((), {})):
        assert fates_of(nothing, PAIRS) == {}


def test_what_an_open_phy_has_not_saved_is_done_until_it_is_undone() -> None:
    read = phy_of((0, 1), {0: (6,), 1: (6,)}, (6,))
    ahead = read.with_unsaved({2: "merged", 3: "merged", 6: "merged"}, {7: (2, 3), 8: (4, 6)})
    fates = fates_of(ahead, PAIRS)
    assert fates[(0, 1)] == Fate(8, saved=False), "what it was merged into was merged again"
    assert fates[(2, 3)] == Fate(7, saved=False)
    assert fates[(2, 3)].words == "done in phy (7, not saved)"
    assert fates_of(ahead.with_unsaved({}), PAIRS)[(0, 1)] == Fate(6)
    parted = read.with_unsaved({6: "split into 7 and 8", 7: "made anew, of 6", 3: "split into 9"})
    none = Fate(None)
    assert fates_of(parted, PAIRS) == {(0, 1): none, (2, 3): none, (1, 2): none}
    parts = read.with_unsaved({2: "merged into 7 with 6", 3: "split into 8"}, {7: (2, 6)})
    assert fates_of(parts, PAIRS)[(2, 3)] == Fate(None), "not all of it is in 7"
    back = phy_of((6,), {}, (6,)).with_unsaved(
        {0: "merged into 6", 1: "merged into 6", 6: "there again, of 0 and 1"}, {6: (0, 1)}
    )
    assert fates_of(back, PAIRS)[(0, 1)] == Fate(6, saved=False)
    again = read.with_unsaved({2: "merged", 3: "merged", 6: "made anew, of 2 and 3"}, {6: (2, 3)})
    assert fates_of(again, PAIRS)[(2, 3)] == Fate(6, saved=False), "a 6 is saved, of others"
    undone = read.with_unsaved({6: "split", 0: "there again, of 6", 1: "there again, of 6"})
    assert fates_of(undone, PAIRS) == {}


def test_of_a_unit_that_phy_made_is_known_what_was_known_before_it_saved() -> None:
    before = {(5, 6): Fate(7, saved=False)}
    phy = phy_of((5, 6), {5: (7,)}, (6, 7))
    assert fates_of(phy, [(5, 6)]) == {(5, 6): Fate(None)}
    assert fates_of(phy, [(5, 6)], before) == {(5, 6): Fate(7)}
    again = phy_of((5, 6, 7), {5: (8,)}, (6, 7, 8))
    assert fates_of(again, [(5, 6)], before) == {(5, 6): Fate(None)}
    otherwise = phy_of((5, 6), {5: (8,)}, (6, 8))  # it was undone, and never saved
    assert fates_of(otherwise, [(5, 6)], before) == {(5, 6): Fate(None)}


def test_what_can_be_written_is_what_the_saved_sort_can_still_have() -> None:
    read = phy_of((0, 1, 4), {0: (6,), 1: (6,)}, (6,))
    phy = read.with_unsaved({2: "merged", 3: "merged"}, {7: (2, 3)})
    assert to_be_written(phy, PAIRS[:3]) == (
        ((2, 3),),
        [
            "1 merge is done in phy already (6): left out.",
            "1 merge left out, whose units are no longer there: 4 and 5.",
            "1 merge is done in phy, not saved there (7): it is written all the same.",
        ],
    )
    assert to_be_written(None, PAIRS) == (PAIRS, [])
