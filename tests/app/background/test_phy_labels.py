"""What phy may have in ``bcv_label``: what it was asked for, what it told, and what it saved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from factories import make_run, make_table, sheet_of

from bcviewer.app.background.phy_labels import AskedLabel, BcvLabels
from bcviewer.app.background.phy_words import saved_bcv_labels
from bcviewer.core.run.phy import Phy, PhyState, unread
from bcviewer.core.run.phy_unsaved import PhyChange, Unsaved
from bcviewer.core.sheet.derive import derive

SAVED = {5: "NON-SOMA", 6: ""}


def label(value: str, *ids: int, field: str = "bcv_label") -> PhyChange:
    return PhyChange(f"metadata_{field}", name=field, values=dict.fromkeys(ids, value))


@pytest.mark.parametrize(
    ("cluster_id", "told", "asked", "saved", "may"),
    [
        (5, [], [], SAVED, True),
        (6, [], [], SAVED, False),
        (7, [], [], SAVED, False),
        (7, [], [], None, True),  # nobody knows: phy clears nothing where there is nothing
        (5, [label("", 5)], [], SAVED, False),
        (5, [label("", 5), label("MUA", 5)], [], SAVED, True),
        (5, [label("", 6)], [], SAVED, True),
        (5, [label("", 5, field="group")], [], SAVED, True),
        (5, [], [AskedLabel("bcv_label", "", (4, 5))], SAVED, False),
        (5, [], [AskedLabel("group", "good", (5,))], SAVED, True),
        (6, [], [AskedLabel("bcv_label", "NON-SOMA", (6,))], SAVED, True),
        (
            6,
            [label("MUA", 6)],
            [AskedLabel("bcv_label", "MUA", (6,)), AskedLabel("bcv_label", "", (6,))],
            SAVED,
            False,
        ),
    ],
)
def test_the_last_word_counts(
    cluster_id: int,
    told: list[PhyChange],
    asked: list[AskedLabel],
    saved: dict[int, str] | None,
    may: bool,
) -> None:
    assert BcvLabels(told).may_be(cluster_id, asked, Unsaved(), saved) == may


@pytest.mark.parametrize("pairs", [((5, 5),), ((5, 6), (6, 5))])
def test_units_that_are_said_to_be_of_each_other_are_asked_about_once(
    pairs: tuple[tuple[int, int], ...],
) -> None:
    """A message that phy never sends: it ended in a recursion."""
    made = tuple(sorted({new for _, new in pairs}))
    unsaved = Unsaved().after(PhyChange("merge", added=made, descendants=pairs))
    assert unsaved.parents(5)
    assert BcvLabels([]).may_be(5, (), unsaved, SAVED) == (pairs[0] == (5, 5))


def test_what_phy_makes_has_what_its_parts_had_until_it_is_told_of_it() -> None:
    """phy hands it on, and tells of none."""
    made = [
        PhyChange("merge", added=(n,), deleted=of, descendants=tuple((i, n) for i in of))
        for n, of in ((60, (5, 6)), (61, (2, 3)), (62, (60, 61)))
    ]
    unsaved, labels = Unsaved().after_all(made), BcvLabels(made)
    assert [labels.may_be(i, (), unsaved, SAVED) for i in (60, 61, 62)] == [True, False, True]
    labels.note([label("", 62)])
    assert not labels.may_be(62, (), unsaved, SAVED)


def test_what_is_saved_is_known_of_files_that_were_read_and_not_saved_to_since() -> None:
    run = make_run(make_table())
    sheet = sheet_of(run)
    assert saved_bcv_labels(sheet, unread=False) is None
    before = derive(replace(sheet.inputs, phy=unread(run)), sheet)
    assert saved_bcv_labels(before, unread=False) is None
    state = np.full(run.n_units, PhyState.CURRENT, np.int8)
    phy = Phy(run, state, np.empty(0, np.int64), {}, bcv_labels=SAVED)
    read = derive(replace(sheet.inputs, phy=phy), sheet)
    assert saved_bcv_labels(read, unread=False) == SAVED
    assert saved_bcv_labels(read, unread=True) is None
