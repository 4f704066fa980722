"""What is asked of one phy: which selections of its own hand count, and which ours overtake."""

from __future__ import annotations

from fake_phy import Peer

from bcviewer.app.background.phy_talk import PhyTalk
from bcviewer.io.exchange.phy_messages import Hello, PhyShows


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
