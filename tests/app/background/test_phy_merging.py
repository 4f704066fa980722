"""Merges that a phy is asked for: what was done, and what was not, is said in the end."""

from __future__ import annotations

from fake_phy import Peer

from bcviewer.app.background.phy_merging import OLDER, STAY, PhyMerging
from bcviewer.core.run.phy_unsaved import PhyChange
from bcviewer.io.exchange.phy_messages import Merged


def test_what_was_refused_is_named_and_further_ones_are_counted(qapp: object) -> None:
    peer, told = Peer(), list[str]()
    merging = PhyMerging(peer, ("merge",), told.append)
    merging.merge([(0, 1), (2, 3), (4, 5), (6, 7), (8, 9), (10, 11)], range(12))
    merging.on_clustered(PhyChange("merge", "", (12,), (0, 1), ((0, 12), (1, 12))))
    merging.on_merged(Merged(peer.seq, (12,), (), busy=False))
    for i in (2, 4, 6, 8, 10):
        merging.on_merged(Merged(peer.seq, (), (i,), busy=False))
    assert len(peer.lines) == 6, "nothing is sent twice"
    assert told[:2] == ["Asked of phy: 6 merges …", "In phy: units 0, 1 → 12, not saved yet."]
    assert told[-1] == (
        "In phy: 1 merge done, not saved yet. Not merged: units 2, 3: unit 2 no longer there."
        " Not merged: units 4, 5: unit 4 no longer there. Not merged: units 6, 7: unit 6 no longer"
        " there. 2 more not merged."
    )


def test_what_is_said_again_while_phy_is_busy_is_no_answer(qapp: object) -> None:
    peer, told = Peer(), list[str]()
    merging = PhyMerging(peer, ("merge",), told.append)
    merging.merge([(0, 1)], range(4))
    merging.on_merged(Merged(peer.seq, (), (), busy=True))
    merging.on_merged(Merged(peer.seq, (), (0,), busy=False))
    assert told == ["Asked of phy: 1 merge …"]
    merging.stop("The link ended")  # it was to be asked for again
    assert told[1].startswith("In phy: no merge. The link ended: not merged, as far as is known")


def test_of_what_waits_nothing_is_sent_to_a_phy_that_is_gone_or_too_old(qapp: object) -> None:
    peer, told = Peer(), list[str]()
    merging = PhyMerging(peer, ("merge",), told.append)
    merging.merge([(0, 1), (2, 3)], range(4))
    peer.ended.emit()
    assert told[1:] == [
        "In phy: no merge. phy is gone: not merged, as far as is known: units 0, 1; units 2, 3. "
        + STAY
    ]
    assert len(peer.lines) == 1
    PhyMerging(peer, (), told.append).merge([(0, 1)], range(4))
    assert (told[-1], len(peer.lines)) == (OLDER, 1)
