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


def test_what_its_hand_chose_before_it_is_asked_once_more_counts(
    qapp: object, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: a phy that was slow, or busy, was led away from what was clicked there meanwhile."""
    monkeypatch.setattr(phy_talk, "BUSY_MS", 0)
    for busy in (False, True):
        peer = Peer()
        talk = PhyTalk(peer, Hello(1, "", (), ()), lambda _: None)  # type: ignore[arg-type]
        talk.select((4,))
        first = peer.seq
        talk.on_shown(PhyShows(first, (3,), (), (), busy=busy))
        qtbot.waitUntil(lambda one=peer, until=first + 1: one.seq == until, timeout=WAIT_MS)
        assert talk.coming == (4,)
        assert talk.overtakes(first - 1)
        assert not talk.overtakes(first)
        talk.drop()
        talk.select((5,))  # an act of its own, which waits for the answer
        assert talk.overtakes(first), "it came before this"
        assert not talk.overtakes(peer.seq)


def test_each_selection_is_asked_for_once_more_and_the_one_before_is_not(qapp: object) -> None:
    peer = Peer()
    talk = PhyTalk(peer, Hello(1, "", (), ()), lambda _: None)  # type: ignore[arg-type]
    for ids in ((4,), (5,)):
        talk.select(ids)
        asked = peer.seq
        talk.on_shown(PhyShows(asked, (3,), (), (), busy=False))
        assert peer.seq == asked + 1
        assert not talk.told.words
        talk.on_shown(PhyShows(peer.seq, ids, (), (), busy=False))
    talk.select((6,))
    talk.select((7,))
    talk.on_shown(PhyShows(peer.seq, (5,), (), (6,), busy=False))  # 6 is no news any more
    assert talk.coming == (7,)
    assert not talk.told.short.startswith("hides")
    talk.on_shown(PhyShows(peer.seq, (7,), (), (), busy=False))
    assert talk.coming == ()


def test_a_phy_that_is_silent_for_long_is_asked_for_what_waits(
    qapp: object, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phy_talk, "UNANSWERED_MS", 20)
    peer = Peer()
    talk = PhyTalk(peer, Hello(1, "", (), ()), lambda _: None)  # type: ignore[arg-type]
    talk.select((4,))
    talk.select((5,))
    first = peer.seq
    qtbot.waitUntil(lambda: peer.seq > first, timeout=WAIT_MS)
    assert talk.coming == (5,)


def test_one_that_answers_that_it_is_busy_is_silent_no_more(
    qapp: object, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phy_talk, "LATE_MS", 0)
    peer = Peer()
    talk = PhyTalk(peer, Hello(1, "", (), ()), lambda _: None)  # type: ignore[arg-type]
    talk.select((4,))
    qtbot.waitUntil(lambda: bool(talk.told.words), timeout=WAIT_MS)
    talk.told = phy_talk.not_yet((4,), silent=True)
    talk.on_shown(PhyShows(peer.seq, (3,), (), (), busy=True))
    assert talk.told == phy_talk.not_yet((4,))


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
