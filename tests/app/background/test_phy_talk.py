"""What is asked of one phy: which selections of its own hand count, and which ours overtake."""

from __future__ import annotations

from typing import Any

import pytest
from fake_phy import Peer
from qt_fixtures import WAIT_MS

from bcviewer.app.background import phy_talk
from bcviewer.app.background.phy_talk import AskedLabel, PhyTalk
from bcviewer.io.exchange.phy_messages import Hello, Labelled, PhyShows


def test_a_selection_overtakes_what_phy_did_before_it_and_nothing_after(qapp: object) -> None:
    peer = Peer()
    talk = PhyTalk(peer, Hello(1, "", (), ()), lambda _: None)  # type: ignore[arg-type]
    talk.select((4,))
    assert talk.coming == (4,)
    assert talk.overtakes(peer.seq - 1), "phy had not seen it"
    assert not talk.overtakes(peer.seq), "its hand came after that, before it is answered"
    talk.on_shown(PhyShows(peer.seq, (4,), (), (), busy=False))
    assert talk.coming == ()
    assert not talk.overtakes(0)


def test_what_was_dropped_is_not_missed(qapp: object) -> None:
    """Seen: phy's own hand had chosen another unit, and the sign said what its filter hides."""
    peer = Peer()
    talk = PhyTalk(peer, Hello(1, "", (), ()), lambda _: None)  # type: ignore[arg-type]
    talk.select((13, 20))
    talk.on_selected((30,))
    talk.drop()
    talk.on_shown(PhyShows(peer.seq, (30,), (), (13,), busy=False))
    assert (talk.shows, talk.told.words) == ((30,), "")


def test_what_waits_for_a_label_that_is_not_answered_is_not_yet_shown(
    qapp: object, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: phy was at an act of its own for a minute, and the sign said nothing."""
    monkeypatch.setattr(phy_talk, "LATE_MS", 20)
    peer = Peer()
    talk = PhyTalk(peer, Hello(1, "", (), ()), lambda _: None)  # type: ignore[arg-type]
    talk.label(AskedLabel("group", "good", (1,)))
    talk.select((2,))
    assert not talk.told.words
    qtbot.waitUntil(lambda: talk.told.short == "not yet 2", timeout=WAIT_MS)
    talk.select((3,))
    assert talk.told.short == "not yet 3"
    talk.on_labelled(Labelled(peer.seq, (1,), (), busy=False))
    talk.on_shown(PhyShows(peer.seq, (3,), (), (), busy=False))
    assert (talk.shows, talk.told.words) == ((3,), "")
